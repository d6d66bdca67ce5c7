#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Fast Data Transfer, the client:
#   fdt-client.sh -c SERVER [-p PORT] -d DIRECTORY FILE...
#   fdt-client.sh FILE... [USER@]SERVER:DIRECTORY          (as scp)
# All arguments are FDT's. Without arguments, or without a server, its help is printed.
jar=${FDT_JAR:-/opt/fdt/lib/fdt.jar}
if [ ! -r "$jar" ]; then
  echo "$0: there is no $jar" >&2
  exit 1
fi
if ! command -v java >/dev/null 2>&1; then
  echo "$0: java is not on the PATH: yum install java-1.8.0-openjdk-headless" >&2
  exit 1
fi

help() {
  echo "*******************************************"
  echo "  $1"
  echo "*******************************************"
  exec java -jar "$jar" -h
}

[ $# -gt 0 ] || help "Parameters needed"
server=no
for word; do
  case $word in
    -c) server=yes ;;
    -*) ;;
    *:*) server=yes ;;
  esac
done
[ "$server" = yes ] || help "Please specify the server address"
exec java -jar "$jar" "$@"
