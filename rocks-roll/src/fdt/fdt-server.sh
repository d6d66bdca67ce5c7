#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Fast Data Transfer, the server: port 54321 unless -p says another one. All arguments are FDT's.
jar=${FDT_JAR:-/opt/fdt/lib/fdt.jar}
if [ ! -r "$jar" ]; then
  echo "$0: there is no $jar" >&2
  exit 1
fi
if ! command -v java >/dev/null 2>&1; then
  echo "$0: java is not on the PATH: yum install java-1.8.0-openjdk-headless" >&2
  exit 1
fi
exec java -jar "$jar" "$@"
