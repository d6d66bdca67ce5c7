#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Dashboards from files into Chronograf.
#   import.sh http://SERVER:8888 FILE...
set -eu
[ $# -ge 2 ] || { echo "usage: $0 http://SERVER:8888 FILE..." >&2; exit 2; }
server=${1%/}
shift
for file; do
  curl --silent --show-error --fail -X POST -H 'Content-Type: application/json' --data-binary "@$file" \
    "$server/chronograf/v1/dashboards" >/dev/null
  echo "$file: imported"
done
