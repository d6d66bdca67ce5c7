// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: a segment that begins with a request line, for the URL rules.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "l7/http/content.h"
#include "l7/http/hostname.h"
#include "tstat/tcp_flow.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tstat::ByteReader payload({data, size});
  for (uint8_t code : {tstat::ClassifyGet(payload), tstat::ClassifyPost(payload)}) {
    if (code > tstat::http_content::kDropbox) std::abort();
    tstat::HttpHistogramIndex(code);
    tstat::WebCategory(code, false);
  }
  const auto name = tstat::HttpHostname::Parse(payload);
  if (name && (name->text.empty() || name->text.size() > 199)) std::abort();
  return 0;
}
