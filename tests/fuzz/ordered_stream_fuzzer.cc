// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: segments in any order, cut and overlapping, beside a map of the first bytes.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/l7/stream/stream_model.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tstat::internal::ByteReader;
  const ByteReader input({data, size < 4096 ? size : 4096});
  const std::string error = tstat::internal::StreamModel::Run(input, 0xFFFFFF00u);
  if (error.empty()) return 0;
  std::fprintf(stderr, "%s\n", error.c_str());
  std::abort();
}
