#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A dashboard of Chronograf, by its name or number, to standard output.
#   export.sh http://SERVER:8888 TSTAT > TSTAT.json
set -eu
[ $# -eq 2 ] || { echo "usage: $0 http://SERVER:8888 NAME|NUMBER" >&2; exit 2; }
case $1 in http://?* | https://?*) ;; *) echo "$0: $1: http:// or https://" >&2; exit 2 ;; esac
PATH=$PATH:/opt/tstat/bin  # where the Tstat roll has one
command -v jq >/dev/null || { echo "$0: it needs jq: apt install jq" >&2; exit 1; }
found=$(curl --silent --show-error --fail --globoff "${1%/}/chronograf/v1/dashboards" |
  jq --arg which "$2" '[.dashboards[] | select(.name == $which or (.id | tostring) == $which)][0]')
[ -n "$found" ] && [ "$found" != null ] || { echo "$0: $1 has no dashboard $2" >&2; exit 1; }
printf '%s\n' "$found"
