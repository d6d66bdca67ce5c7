// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: one server segment for the video tracker; the containers' parsers also get it
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
  if (const auto found = tstat::FlvMetadata::Parse(payload)) state.metadata.Take(*found);
  if (const auto found = tstat::Mp4Metadata::Parse(payload)) state.metadata.Take(*found);
  if (const auto found = tstat::AviMetadata::Parse(payload)) state.metadata.Take(*found);
  return 0;
}
