#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A build with BUILD_SHARED_LIBS=ON, installed and used as the static one is.
#   shared.sh SOURCE_DIR BUILD_DIR CXX SCRATCH_DIR CMAKE_CACHE_ARGUMENTS...
set -euo pipefail
source_dir=$1 build_dir=$2 cxx=$3 shared=$4
shift 4
here=$(dirname "$0")

cmake -S "$source_dir" -B "$shared" -G Ninja -DBUILD_SHARED_LIBS=ON -DTSTAT_BUILD_TESTS=OFF -DTSTAT_BUILD_EXAMPLES=OFF \
  -DCMAKE_CXX_COMPILER="$cxx" "$@" >"$shared.log" 2>&1 || { cat "$shared.log"; exit 1; }
cmake --build "$shared" >"$shared.log" 2>&1 || { cat "$shared.log"; exit 1; }
"$here/run.sh" "$source_dir" "$shared" "$cxx"

library=$(readlink -f "$shared/libtstat/libtstat.so")
"$here/hardening.py" --library "$library"

# The installed command finds the library beside it, wherever both are, and cannot do without.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$shared" --prefix "$work/one" >/dev/null
mv "$work/one" "$work/other"
readelf -dW "$work/other/bin/tstat" | grep -F '[$ORIGIN/'
readelf -dW "$work/other/bin/tstat" | grep -F '[libtstat.so.0]'
"$work/other/bin/tstat" -s "$work/out" "$source_dir/tests/traces/web.pcap" >/dev/null
find "$work/other" -name 'libtstat.so.*' -delete
if "$work/other/bin/tstat" -h >/dev/null 2>&1; then echo "it runs without its library" >&2; exit 1; fi
