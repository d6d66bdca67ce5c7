#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The units: systemd understands every line of them, and how much of the system the services still see is below a limit
# (0: nothing, 10: everything; most of what is left to the capture is CAP_NET_RAW and packet sockets).
#   service.sh SOURCE_DIR
set -euo pipefail
units=$1/packaging/systemd
command -v systemd-analyze >/dev/null || { echo "no systemd-analyze: skipped"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for unit in "$units"/*.service "$units"/*.socket; do
  # A command that is here.
  sed -E 's/^ExecStart=[^ ]+/ExecStart=\/bin\/true/' "$unit" >"$work/$(basename "$unit")"
done
told=$(systemd-analyze verify --man=no --recursive-errors=no "$work"/* 2>&1 | grep -F "$work" || true)
[ -z "$told" ] || { echo "$told" >&2; exit 1; }

# sees UNIT LIMIT
sees() {
  systemd-analyze security --offline=yes --no-pager "$work/$1" >"$work/table" || { cat "$work/table"; exit 1; }
  grep '✗' "$work/table" || true
  score=$(sed -n "s/.*exposure level for $1: \([0-9.]*\) .*/\1/p" "$work/table")
  echo "$1: exposure $score, limit $2"
  awk -v score="$score" -v limit="$2" 'BEGIN { exit !(score != "" && score <= limit) }'
}
sees tstat.service 1.5
sees tstat-rrd-cgi.service 0.5
sees tstat-ship.service 1.2
