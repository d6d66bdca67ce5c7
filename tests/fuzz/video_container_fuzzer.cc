// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: one server segment for the video engine; the containers' parsers also get it
// without a signature in front of them.
#include <cstddef>
#include <cstdint>

#include "l7/video/metadata.h"
#include "l7/video/video_state.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tstat::ByteReader payload({data, size});
  tstat::VideoState state;
  while (tstat::InspectVideoSegment(payload, &state)) {
  }
  tstat::ParseFlvMetadata(payload, &state.metadata);
  tstat::ParseMp4Metadata(payload, &state.metadata);
  tstat::ParseAviMetadata(payload, &state.metadata);
  return 0;
}
