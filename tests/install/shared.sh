#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A build with BUILD_SHARED_LIBS=ON, installed and used as the static one is.
#   shared.sh SOURCE_DIR BUILD_DIR CXX SCRATCH_DIR CMAKE_CACHE_ARGUMENTS...
set -euo pipefail
source_dir=$1 build_dir=$2 cxx=$3 shared=$4
shift 4
here=$(dirname "$0")

cmake -S "$source_dir" -B "$shared" -G Ninja -DBUILD_SHARED_LIBS=ON -DTSTAT_BUILD_TESTS=OFF -DTSTAT_BUILD_EXAMPLES=ON \
  -DCMAKE_CXX_COMPILER="$cxx" "$@" >"$shared.log" 2>&1 || { cat "$shared.log"; exit 1; }
cmake --build "$shared" >"$shared.log" 2>&1 || { cat "$shared.log"; exit 1; }
"$here/run.sh" "$source_dir" "$shared" "$cxx"

library=$(readlink -f "$shared/libtstat/libtstat.so")
"$here/hardening.py" --library "$library"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$*" >&2; exit 1; }

# What is exported: the public API, all of it (what the objects define, but for the hidden insides of its classes), and
# nothing of tstat::internal or of other libraries. Constants that are arguments of templates stay visible with clang,
# whatever it is told.
nm -DC --defined-only "$library" | cut -d' ' -f3- | sed -E 's/@.*//' | sed -E 's/^(vtable|typeinfo|typeinfo name|guard variable) for //' |
  grep -v '^template parameter object for ' | sort -u >"$work/exported"
grep -vE '^(tstat::v1::|tstat_|(tcp|udp)_cleaned$|(TSTAT_LIB_1|TSTAT_1|TSTAT_CXX_v1)$)' "$work/exported" >"$work/foreign" || true
[ ! -s "$work/foreign" ] || { head -20 "$work/foreign"; fail "exported, but not of the API"; }
find "$shared/libtstat" -name '*.o' -exec nm -C --defined-only {} + | sed -n 's/^[0-9a-f]* [TDBR] \(tstat::v1::\)/\1/p' |
  grep -vE '::Impl::|\(anonymous namespace\)' | sort -u >"$work/defined"
[ "$(wc -l <"$work/defined")" -gt 100 ] || fail "only $(wc -l <"$work/defined") functions of the API are defined"
comm -23 "$work/defined" "$work/exported" >"$work/hidden"
[ ! -s "$work/hidden" ] || { cat "$work/hidden"; fail "of the API, but not exported: TSTAT_EXPORT is missing"; }
# Each in the node of its interface.
readelf -W --dyn-syms "$library" | awk '$7 != "UND" { print $8 }' | grep '@' >"$work/versions"
grep -E '^(tstat_(init|new_logdir|next_pckt|close|print_report)|(tcp|udp)_cleaned)@' "$work/versions" >"$work/lib_1"
[ "$(grep -c '@@TSTAT_LIB_1$' "$work/lib_1")" = 7 ] || { cat "$work/lib_1"; fail "not the seven names of libtstat.h in TSTAT_LIB_1"; }
[ "$(grep -c '@@TSTAT_LIB_1$' "$work/versions")" = 7 ] || fail "TSTAT_LIB_1 has other names, too"
if grep '@@TSTAT_1$' "$work/versions" | grep -v '^tstat_'; then fail "TSTAT_1 has names without tstat_"; fi
if grep '@@TSTAT_CXX_v1$' "$work/versions" | grep -v 5tstat2v1; then fail "TSTAT_CXX_v1 has names that are not of tstat::v1"; fi
echo "exported: $(wc -l <"$work/exported") symbols"

# Types and tables are one on both sides of it: a program of its own visibility, by each compiler.
for compiler in "$cxx" g++; do
  for flags in "" "-fvisibility=hidden -fvisibility-inlines-hidden"; do
    "$compiler" -std=c++20 -Wall -Wextra -Werror $flags -I"$source_dir/libtstat/include" "$here/shared_api.cc" \
      -o "$work/shared_api" "$library" -Wl,-rpath,"$(dirname "$library")" -labsl_status -labsl_statusor -labsl_strings
    "$work/shared_api" "$source_dir/tests/traces/web.pcap"
  done
done
example_output=$("$shared/examples/example_count_flows" "$source_dir/tests/traces/web.pcap" 2>/dev/null)
[[ $example_output == "262 packets: 8 TCP flows"* ]] || fail "example: $example_output"

# The installed command finds the library beside it, wherever both are, and cannot do without.
cmake --install "$shared" --prefix "$work/one" >/dev/null
mv "$work/one" "$work/other"
readelf -dW "$work/other/bin/tstat" | grep -F '[$ORIGIN/'
readelf -dW "$work/other/bin/tstat" | grep -F '[libtstat.so.0]'
"$work/other/bin/tstat" -s "$work/out" "$source_dir/tests/traces/web.pcap" >/dev/null
find "$work/other" -name 'libtstat.so.*' -delete
if "$work/other/bin/tstat" -h >/dev/null 2>&1; then echo "it runs without its library" >&2; exit 1; fi
