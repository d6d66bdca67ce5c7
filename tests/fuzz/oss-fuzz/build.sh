#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Builds the fuzz targets as OSS-Fuzz wants them: with $CC, $CFLAGS, $CXX, $CXXFLAGS and $LIB_FUZZING_ENGINE, of the sources in
# the current directory, in $WORK; what is run goes to $OUT. TARGETS: names of targets, else all.
set -euo pipefail
# The libraries of the system that are linked in are made with libstdc++.
export CXXFLAGS=${CXXFLAGS//-stdlib=libc++/}
cmake -S . -B "$WORK/tstat" -G Ninja -DCMAKE_BUILD_TYPE=None -DTSTAT_BUILD_FUZZERS=ON -DTSTAT_FUZZING_ENGINE="$LIB_FUZZING_ENGINE" \
  -DTSTAT_UNIT_TESTS=ON -DTSTAT_BUILD_TESTS=OFF -DTSTAT_BUILD_EXAMPLES=OFF -DTSTAT_BUILD_SHARED=OFF -DTSTAT_UNITY=ON -DTSTAT_HARDENING=OFF \
  -DTSTAT_WITH_SECCOMP=OFF -DCMAKE_BUILD_RPATH='$ORIGIN/lib'
targets=()
for name in ${TARGETS:-$(cd tests/fuzz/corpus && echo *)}; do targets+=("${name}_fuzzer"); done
ninja -C "$WORK/tstat" "${targets[@]}"

mkdir -p "$OUT/lib"
for target in "${targets[@]}"; do
  cp "$WORK/tstat/tests/fuzz/$target" "$OUT/"
  # All but the C library itself, which is there.
  ldd "$WORK/tstat/tests/fuzz/$target" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | grep -Ev '/(libc|libm|libdl|librt|libpthread|libresolv)\.so' | xargs -r cp -ut "$OUT/lib"
  (cd tests/fuzz/corpus && zip -qr "$OUT/${target}_seed_corpus.zip" "${target%_fuzzer}")
done
