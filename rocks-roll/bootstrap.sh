#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Prepares a machine for `make roll`: the programs that it needs (on Debian or CentOS), and payloads.
set -eu
cd "$(dirname "$0")"

usage() {
  cat <<'EOF'
usage: ./bootstrap.sh [--payloads DIR] [--download] [--dry-run]

Installs what `make roll` needs and this machine lacks; that alone needs root (or sudo).
  --payloads DIR  copies what others made from DIR, by the names of payloads.tsv, when their sums are right
  --download      fetches those that are not there from where payloads.tsv says; nothing is fetched otherwise
  --dry-run       says what it would install, and does nothing
EOF
}

payloads="" download=no dry_run=no
while [ $# -gt 0 ]; do
  case $1 in
    --payloads)
      [ $# -gt 1 ] || { echo "$0: --payloads needs a directory" >&2; exit 2; }
      case $2 in /*) payloads=$2 ;; *) payloads=${OLDPWD:-.}/$2 ;; esac
      shift
      ;;
    --download) download=yes ;;
    --dry-run) dry_run=yes ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

# Program, its package on Debian, its package on CentOS ("-": not in what that comes with; the guide is then HTML alone).
needed="make make make
python3 python3 python3
rpmbuild rpm rpm-build
xorriso xorriso xorriso
createrepo_c createrepo-c createrepo_c
pandoc pandoc pandoc
cmake cmake cmake3
strip binutils binutils
weasyprint weasyprint -
doxygen doxygen -"

if command -v apt-get >/dev/null 2>&1; then system=debian
elif command -v yum >/dev/null 2>&1; then system=centos
else system=""; fi
missing=""
while read -r program debian centos; do
  command -v "$program" >/dev/null 2>&1 && continue
  case $system in
    debian) missing="$missing $debian" ;;
    centos) [ "$centos" = - ] || missing="$missing $centos" ;;
    *) missing="$missing $program" ;;
  esac
done <<EOF
$needed
EOF

if [ -n "$missing" ]; then
  as_root=""
  if [ "$(id -u)" != 0 ]; then as_root=sudo; fi
  echo "installs:$missing"
  if [ "$dry_run" = no ]; then
    # Names of packages have no blanks.
    # shellcheck disable=SC2086
    case $system in
      debian) $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null ;;
      centos) $as_root yum -y install $missing ;;
      *) echo "$0: neither apt-get nor yum is here; install these programs:$missing" >&2; exit 1 ;;
    esac
  fi
else
  echo "installs: nothing, all is there"
fi
[ "$dry_run" = no ] || exit 0

maker() { PYTHONDONTWRITEBYTECODE=1 VERSION=$(make -s print-version) python3 -m maker "$@"; }
status=0
if [ -n "$payloads" ]; then maker take "$payloads" || status=1; fi
if [ "$download" = yes ]; then maker download || status=1; fi
exit $status
