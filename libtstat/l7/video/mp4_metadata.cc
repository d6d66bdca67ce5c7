// SPDX-License-Identifier: BSD-3-Clause
//
// The boxes of an MP4 head, found by their names: mvhd (duration), the first tkhd (picture size,
// 0 when it is an audio track), btrt (average bit rate). Version 0 layouts (ISO 14496-12).
#include <string_view>

#include "l7/video/metadata.h"

namespace tstat::internal {

void ParseMp4Metadata(ByteReader data, VideoMetadataState* state) {
  constexpr size_t kNone = std::string_view::npos;
  const std::string_view text = data.Text();

  const size_t movie = text.find("mvhd");
  if (movie == kNone || !data.Has(movie, 24)) return;
  const uint32_t timescale = data.U32(movie + 16);
  if (timescale > 0) {
    state->shown.duration_s = static_cast<double>(data.U32(movie + 20)) / timescale;
  }

  const size_t track = text.find("tkhd", movie);
  if (track == kNone || !data.Has(track, 84)) return;
  // The integer parts of two 16.16 numbers; the second may lie beyond the data.
  state->shown.width = data.U8(track + 80) << 8 | data.U8(track + 81);
  state->shown.height = data.U8(track + 84) << 8 | data.U8(track + 85);

  const size_t bit_rate = text.find("btrt", track + 78);
  if (bit_rate == kNone || !data.Has(bit_rate, 16)) return;
  state->shown.rate = data.U32(bit_rate + 12);
}

}  // namespace tstat::internal
