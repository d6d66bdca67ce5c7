#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Dashboards from files into Chronograf.
#   import.sh http://SERVER:8888 FILE...
set -eu
[ $# -ge 2 ] || { echo "usage: $0 http://SERVER:8888 FILE..." >&2; exit 2; }
case $1 in http://?* | https://?*) ;; *) echo "$0: $1: http:// or https://" >&2; exit 2 ;; esac
server=${1%/}
shift
for file; do
  # (curl goes on without a file that it cannot read, and takes "-" for its input.)
  [ -r "$file" ] && [ ! -d "$file" ] || { echo "$0: $file cannot be read" >&2; exit 1; }
  curl --silent --show-error --fail --globoff -X POST -H 'Content-Type: application/json' --data-binary @- \
    "$server/chronograf/v1/dashboards" <"$file" >/dev/null
  echo "$file: imported"
done
