// SPDX-License-Identifier: BSD-3-Clause
//
// The avih and strh chunks of an AVI head, little-endian.
#include <string_view>

#include "l7/video/metadata.h"

namespace tstat::internal {

void ParseAviMetadata(ByteReader data, VideoMetadataState* state) {
  constexpr size_t kNone = std::string_view::npos;
  const std::string_view text = data.Text();

  const size_t header = text.find("avih");
  if (header == kNone || !data.Has(header, 28)) return;
  const uint32_t frames = data.U32Le(header + 24);
  if (!data.Has(header, 48)) return;
  state->shown.width = static_cast<int32_t>(data.U32Le(header + 40));
  state->shown.height = static_cast<int32_t>(data.U32Le(header + 44));

  const size_t stream = text.find("strh", header + 52);
  if (stream == kNone || !data.Has(stream, 36)) return;
  const uint32_t scale = data.U32Le(stream + 28);
  const uint32_t rate = data.U32Le(stream + 32);
  if (scale > 0 && rate > 0) {
    state->shown.duration_s = frames / (static_cast<double>(rate) / scale);
  }
}

}  // namespace tstat::internal
