#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# While packages are installed no service starts, and afterwards the machine's own rule about that is what it was.
#   packages.sh SOURCE_DIR
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$*" >&2; exit 1; }
export TSTAT_POLICY=$work/policy-rc.d
. "$1/cmake/debian_packages.sh"

# says COMMAND...: exit status of the policy while the command runs, and that of the command.
says() {
  local status=0
  without_services "" bash -c '"$0" apache2 start; echo "policy $?"; exit "$1"' "$TSTAT_POLICY" "$1" >"$work/said" || status=$?
  echo "$(cat "$work/said"), status $status"
}
[ "$(says 0)" = "policy 101, status 0" ] || fail "services may start: $(cat "$work/said")"
[ ! -e "$TSTAT_POLICY" ] || fail "a policy is left where none was"
[ "$(says 3)" = "policy 101, status 3" ] || fail "another status"
[ ! -e "$TSTAT_POLICY" ] || fail "a policy is left after a failure"

printf '#!/bin/sh\nexit 0\n' >"$work/own"
chmod 755 "$work/own"
ln -s own "$TSTAT_POLICY"
[ "$(says 0)" = "policy 101, status 0" ] || fail "the machine's own policy counts meanwhile"
[ "$(readlink "$TSTAT_POLICY")" = own ] || fail "the machine's own policy is not put back"
[ "$(says 3)" = "policy 101, status 3" ] || fail "another status"
[ "$(readlink "$TSTAT_POLICY")" = own ] || fail "the machine's own policy is not put back after a failure"
"$TSTAT_POLICY" || fail "the machine's own policy is another one"

