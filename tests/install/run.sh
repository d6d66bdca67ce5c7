#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Installs a build into a scratch folder and builds an outside project against it, by find_package and by pkg-config.
#   run.sh SOURCE_DIR BUILD_DIR CXX
set -euo pipefail
source_dir=$1 build_dir=$2 cxx=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
example=$source_dir/examples/count_flows.cc
trace=$source_dir/tests/traces/web.pcap

cmake --install "$build_dir" --prefix "$work/usr" >"$work/install.log"
test -e "$work"/usr/include/tstat/analyzer.h
if [ -e "$build_dir/apps/tstat-cli/tstat" ]; then "$work"/usr/bin/tstat -s "$work/out" "$trace" >/dev/null; fi

# Every public header stands alone.
for header in "$work"/usr/include/tstat/*.h; do
  printf '#include "tstat/%s"\n' "$(basename "$header")" >"$work/one.cc"
  "$cxx" -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I"$work/usr/include" "$work/one.cc"
done

cmake -S "$source_dir/tests/install/project" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/usr" \
  -DCMAKE_CXX_COMPILER="$cxx" -DEXAMPLE_SOURCE="$example" >"$work/configure.log"
cmake --build "$work/build" >"$work/build.log" || { cat "$work/build.log"; exit 1; }
by_cmake=$("$work/build/count_flows" "$trace")

pc=$(find "$work/usr" -name tstat.pc)
flags=$(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --cflags --libs tstat)
"$cxx" -std=c++20 "$example" -o "$work/count_flows" $flags
by_pkg_config=$(LD_LIBRARY_PATH=$(dirname "$(dirname "$pc")") "$work/count_flows" "$trace")

echo "find_package: $by_cmake"
echo "pkg-config:   $by_pkg_config"
[ -n "$by_cmake" ] && [ "$by_cmake" = "$by_pkg_config" ]
