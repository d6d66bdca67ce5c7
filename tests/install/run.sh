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
if [ -d "$work/usr/share/doc/tstat" ]; then python3 -B "$source_dir/tests/install/pages_test.py" "$work/usr/share/doc/tstat"; fi
# Before anything can help it find a library.
if [ -e "$build_dir/apps/tstat-cli/tstat" ]; then "$work"/usr/bin/tstat -s "$work/out" "$trace" >/dev/null; fi

cmake -S "$source_dir/tests/install/project" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/usr" \
  -DCMAKE_CXX_COMPILER="$cxx" -DEXAMPLE_SOURCE="$example" >"$work/configure.log"
cmake --build "$work/build" >"$work/build.log" || { cat "$work/build.log"; exit 1; }
expected=$("$work/build/count_flows" "$trace" 2>/dev/null)
echo "find_package: $expected"
[[ $expected == "262 packets: 8 TCP flows"* ]] || fail "not what the example prints elsewhere"

pc=$(find "$work/usr" -name tstat.pc)
lib=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH=$(dirname "$pc")
static=$lib/libtstat.a
if [ -e "$static" ]; then
  # Every public header stands alone (those of a shared library are the same).
  for header in "$work"/usr/include/tstat/*.h; do
    printf '#include "tstat/%s"\n' "$(basename "$header")" >"$work/one.cc"
    "$cxx" -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I"$work/usr/include" "$work/one.cc"
  done
  # Bytecode for link-time optimisation is of one compiler version; and it would take seconds to link.
  [ "$(readelf -SW "$static" | grep -c '\.gnu\.lto_' || true)" = 0 ] || fail "$static has sections .gnu.lto_*"
fi
# C programs: by pkg-config, as the original's users link theirs, and with the static library alone.
if [ -e "$lib/libtstat.so" ]; then
  c_example=$source_dir/examples/c/feed_ports.c
  echo "-s $work/ports" >"$work/conf"
  cc=(cc -Wall -Wextra -Werror)
  "${cc[@]}" "$c_example" -o "$work/ports1" $(pkg-config --cflags --libs libtstat) -Wl,-rpath,"$lib"
  "${cc[@]}" "$c_example" -o "$work/ports2" -I"$work/usr/include" -L"$lib" -ltstat -lpcap -lpthread -lm -Wl,--rpath -Wl,"$lib"
  "${cc[@]}" -c "$c_example" -o "$work/ports.o" -I"$work/usr/include"
  programs="ports1 ports2"
  if pkg-config --libs tstat | grep -F libtstat.a >/dev/null; then
    cc "$work/ports.o" -o "$work/ports3" $(pkg-config --libs tstat) -lstdc++ -lm
    ! readelf -dW "$work/ports3" | grep -F libtstat || fail "the static one needs the shared one"
    programs+=" ports3"
  fi
  for program in $programs; do
    "$work/$program" "$work/conf" >"$work/ports.log"
    grep -q '^36 packets of flows' "$work/ports.log" || { cat "$work/ports.log"; fail "$program"; }
  done
  readelf -dW "$work/ports1" | grep -F '[libtstat.so.0]' >/dev/null || fail "the SONAME is not libtstat.so.0"
  [ "$(pkg-config --modversion libtstat)" = 1.0.0 ] || fail "libtstat.pc has another version"
  echo "C programs: $programs"
fi
# The library that a program is linked with is the one that its headers are of ...
cat >"$work/version.cc" <<'END'
#include <cstdio>
#include "tstat/version.h"
int main() { return std::printf("%s", tstat::Version()) > 0 && tstat::Version() == tstat::kVersion ? 0 : 1; }
END
"$cxx" -std=c++20 "$work/version.cc" -o "$work/version" $(pkg-config --cflags --libs tstat)
version=$(LD_LIBRARY_PATH=$lib "$work/version")
[ "$version" = "$(pkg-config --modversion tstat)" ] || fail "version $version, but $(pkg-config --modversion tstat) in tstat.pc"
# ... for a program of another version of the API does not link.
mkdir "$work/next"
cp -r "$work/usr/include/tstat" "$work/next"
sed -i 's/^namespace tstat::inline v1 {/namespace tstat::inline v2 {/' "$work"/next/tstat/*.h
"$cxx" -std=c++20 -c "$example" -o "$work/next.o" -I"$work/next" $(pkg-config --cflags tstat)
if "$cxx" "$work/next.o" -o "$work/next.out" $(pkg-config --libs tstat) 2>"$work/next.log"; then
  fail "a program of API v2 links"
fi
grep -q 'undefined reference to .*tstat::v2::Analyzer::Analyzer' "$work/next.log" || { cat "$work/next.log"; fail "it does not link, but not for its version"; }
# link LOG COMMAND...: its processor seconds, user and system, in $seconds.
TIMEFORMAT='%U %S'
link() {
  local log=$1
  shift
  { time "$@" 2>"$log"; } 2>"$work/time" || { cat "$log" >&2; fail "cannot link: $*"; }
  seconds=$(awk '{ print $1 + $2 }' "$work/time")
}
compilers=0
echo 'int main() {}' >"$work/empty.cc"
for compiler in "$cxx" g++-11 clang++; do
  command -v "$compiler" >/dev/null || { echo "$compiler: not here"; continue; }
  "$compiler" -std=c++20 -c "$example" -o "$work/count_flows.o" $(pkg-config --cflags tstat)
  link "$work/link.log" "$compiler" "$work/empty.cc" -o "$work/empty"
  nothing=$seconds
  link "$work/link.log" "$compiler" "$work/count_flows.o" -o "$work/count_flows" $(pkg-config --libs tstat)
  printed=$(LD_LIBRARY_PATH=$lib "$work/count_flows" "$trace" 2>/dev/null)
  echo "pkg-config, $compiler: $printed (linked in $seconds s of processor time; an empty program: $nothing)"
  [ "$printed" = "$expected" ] || fail "$compiler: not the same"
  # A busy machine makes everything longer, so the empty program's time counts, too.
  awk -v s="$seconds" -v n="$nothing" 'BEGIN { exit !(s < 1 || s < 6 * n) }' || fail "$compiler: linking takes a second and more"
  compilers=$((compilers + 1))
done
[ $compilers -ge 2 ] || echo "only one compiler is here"
