#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The unit of the service: systemd understands every line of it, and how much of the system it still sees is below a
# limit (0: nothing, 10: everything; most of what is left is CAP_NET_RAW and packet sockets).
#   service.sh SOURCE_DIR
set -euo pipefail
unit=$1/packaging/systemd/tstat.service
limit=1.5
command -v systemd-analyze >/dev/null || { echo "no systemd-analyze: skipped"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A command that is here.
sed 's/^ExecStart=tstat /ExecStart=\/bin\/true /' "$unit" >"$work/tstat.service"
told=$(systemd-analyze verify --man=no --recursive-errors=no "$work/tstat.service" 2>&1 | grep -F "$work" || true)
[ -z "$told" ] || { echo "$told" >&2; exit 1; }

systemd-analyze security --offline=yes --no-pager "$work/tstat.service" >"$work/table" || { cat "$work/table"; exit 1; }
grep '✗' "$work/table" || true
score=$(sed -n 's/.*exposure level for tstat.service: \([0-9.]*\) .*/\1/p' "$work/table")
echo "exposure $score, limit $limit"
awk -v score="$score" -v limit="$limit" 'BEGIN { exit !(score != "" && score <= limit) }'
