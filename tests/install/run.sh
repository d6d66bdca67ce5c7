#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Installs a build into a scratch folder and builds an outside project against it, by find_package and by pkg-config,
# with the compiler that built it and with others that are there.
#   run.sh SOURCE_DIR BUILD_DIR CXX
set -euo pipefail
source_dir=$1 build_dir=$2 cxx=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
example=$source_dir/examples/count_flows.cc
trace=$source_dir/tests/traces/web.pcap
fail() { echo "$*" >&2; exit 1; }

cmake --install "$build_dir" --prefix "$work/usr" >"$work/install.log"
test -e "$work"/usr/include/tstat/analyzer.h
# Before anything can help it find a library.
if [ -e "$build_dir/apps/tstat-cli/tstat" ]; then "$work"/usr/bin/tstat -s "$work/out" "$trace" >/dev/null; fi

# Every public header stands alone.
for header in "$work"/usr/include/tstat/*.h; do
  printf '#include "tstat/%s"\n' "$(basename "$header")" >"$work/one.cc"
  "$cxx" -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I"$work/usr/include" "$work/one.cc"
done

cmake -S "$source_dir/tests/install/project" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/usr" \
  -DCMAKE_CXX_COMPILER="$cxx" -DEXAMPLE_SOURCE="$example" >"$work/configure.log"
cmake --build "$work/build" >"$work/build.log" || { cat "$work/build.log"; exit 1; }
expected=$("$work/build/count_flows" "$trace")
echo "find_package: $expected"
[[ $expected == "262 packets: 8 TCP flows"* ]] || fail "not what the example prints elsewhere"

pc=$(find "$work/usr" -name tstat.pc)
lib=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH=$(dirname "$pc")
static=$lib/libtstat.a
if [ -e "$static" ]; then
  # Bytecode for link-time optimisation is of one compiler version; and it would take seconds to link.
  [ "$(readelf -SW "$static" | grep -c '\.gnu\.lto_' || true)" = 0 ] || fail "$static has sections .gnu.lto_*"
fi
others=0
for compiler in "$cxx" g++-11 clang++; do
  command -v "$compiler" >/dev/null || { echo "$compiler: not here"; continue; }
  "$compiler" -std=c++20 -c "$example" -o "$work/count_flows.o" $(pkg-config --cflags tstat)
  TIMEFORMAT='%U %S'
  { time "$compiler" "$work/count_flows.o" -o "$work/count_flows" $(pkg-config --libs tstat) 2>"$work/link.log"; } \
    2>"$work/time" || { cat "$work/link.log" >&2; fail "$compiler cannot link"; }
  printed=$(LD_LIBRARY_PATH=$lib "$work/count_flows" "$trace")
  echo "pkg-config, $compiler: $printed (CPU seconds of linking: user, system $(cat "$work/time"))"
  [ "$printed" = "$expected" ] || fail "$compiler: not the same"
  # Processor time, for other tests run beside.
  awk '{ exit !($1 + $2 < 1) }' "$work/time" || fail "$compiler: linking takes a second and more"
  others=$((others + 1))
done
[ $others -ge 2 ] || echo "only one compiler is here"
