#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# All dashboards of a Chronograf into another one.
#   export_to_other.sh http://FROM:8888 http://TO:8888
set -eu
[ $# -eq 2 ] || { echo "usage: $0 http://FROM:8888 http://TO:8888" >&2; exit 2; }
for server in "$1" "$2"; do
  case $server in http://?* | https://?*) ;; *) echo "$0: $server: http:// or https://" >&2; exit 2 ;; esac
done
PATH=$PATH:/opt/tstat/bin  # where the Tstat roll has one
command -v jq >/dev/null || { echo "$0: it needs jq: apt install jq" >&2; exit 1; }
all=$(curl --silent --show-error --fail --globoff "${1%/}/chronograf/v1/dashboards")
all=$(printf '%s\n' "$all" | jq -c '.dashboards[]') || { echo "$0: $1 has answered something else than dashboards" >&2; exit 1; }
[ -n "$all" ] || { echo "$0: $1 has no dashboards" >&2; exit 1; }
printf '%s\n' "$all" | while IFS= read -r dashboard; do
  printf '%s' "$dashboard" | curl --silent --show-error --fail --globoff -X POST -H 'Accept: application/json' \
    -H 'Content-Type: application/json' --data-binary @- "${2%/}/chronograf/v1/dashboards" >/dev/null
  printf '%s: copied\n' "$(printf '%s' "$dashboard" | jq -r .name)"
done
