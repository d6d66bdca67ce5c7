// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: the input is a byte that chooses the profile and the texts of a record of every
// kind (each: its length in a byte, then its bytes; before an HTTP value a byte of flags). All logs
// with text from packets write their rows: each has its number of cells, is UTF-8, has no control
// character and does not look like a header.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/schema/hostile_rows.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tstat::ByteReader input({data, size});
  const tstat::CompatProfile profile =
      input.U8(0) % 2 == 0 ? tstat::CompatProfile::Tstat311() : tstat::CompatProfile::Tstat33();
  tstat::ForEachHostileRow(input.Sub(1), profile, [](const tstat::HostileRow& row) {
    const std::string wrong = tstat::WhatIsWrong(row);
    if (wrong.empty()) return;
    std::fprintf(stderr, "%.*s: %s:\n%s", static_cast<int>(row.log.size()), row.log.data(),
                 wrong.c_str(), row.line.c_str());
    std::abort();
  });
  return 0;
}
