#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The Debian packages in a Debian that has nothing else: piuparts installs, removes and purges them, all at once, and compares all files
# before and after; then upgrade_test.py does what it does, in the same root. The root is made by debootstrap from the archive
# that this system installs from, and stays in BUILD_DIR.
#   piuparts.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
source_dir=$1 build_dir=$2
[ "$(id -u)" -eq 0 ] || { echo "no root: skipped"; exit 77; }
for program in piuparts debootstrap; do
  command -v $program >/dev/null || { echo "no $program: skipped"; exit 77; }
done
read -r mirror suite < <(apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' 'Origin: Debian' 'Component: main' |
  grep -vE -- '(-updates|-security|-backports)$' | sort -u) || { echo "apt knows no archive of Debian: skipped"; exit 77; }
base=$build_dir/debian-root.tar.gz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One that is older than a week is made anew.
if [ -z "$(find "$base" -mtime -7 2>/dev/null)" ]; then
  debootstrap --variant=minbase "$suite" "$work/root" "$mirror" >"$work/log" 2>&1 || { tail -n 50 "$work/log"; exit 1; }
  tar -C "$work/root" --one-file-system -czf "$work/base.tar.gz" .
  mv "$work/base.tar.gz" "$base"
fi
piuparts --distribution "$suite" --mirror "$mirror main" --basetgz "$base" --no-upgrade-test --tmpdir "$work" \
  "$build_dir"/packages/*.deb >"$work/log" 2>&1 || { tail -n 100 "$work/log"; exit 1; }
tail -n 1 "$work/log"
python3 -B "$source_dir/tests/install/upgrade_test.py" "$build_dir/packages" "$source_dir" --base "$base" -v
