// SPDX-License-Identifier: BSD-3-Clause
//
// The boxes of an MP4 head, found by their names: mvhd (duration), the first tkhd (picture size,
// 0 when it is an audio track), btrt (average bit rate). Version 0 layouts (ISO 14496-12).
#include <string_view>

#include "l7/video/metadata.h"

namespace tstat::internal {

namespace {

// Places behind the first letter of a box's name.
constexpr size_t kTimescale = 16, kDuration = 20, kMovieBytes = 24;
constexpr size_t kTrackWidth = 80, kTrackHeight = 84, kTrackBytes = 84, kTrackEnd = 78;
constexpr size_t kAverageRate = 12, kBitRateBytes = 16;

}  // namespace

std::optional<Mp4Metadata> Mp4Metadata::Parse(ByteReader data) {
  constexpr size_t kNone = std::string_view::npos;
  std::optional<Mp4Metadata> metadata;
  const std::string_view text = data.Text();

  const size_t movie = text.find("mvhd");
  if (movie == kNone || !data.Has(movie, kMovieBytes)) return metadata;
  metadata.emplace();
  const uint32_t timescale = data.U32(movie + kTimescale);
  if (timescale > 0) {
    metadata->duration_s = static_cast<double>(data.U32(movie + kDuration)) / timescale;
  }

  const size_t track = text.find("tkhd", movie);
  if (track == kNone || !data.Has(track, kTrackBytes)) return metadata;
  // The integer parts of two 16.16 numbers; the second may lie beyond the data.
  metadata->width = data.U8(track + kTrackWidth) << 8 | data.U8(track + kTrackWidth + 1);
  metadata->height = data.U8(track + kTrackHeight) << 8 | data.U8(track + kTrackHeight + 1);

  const size_t bit_rate = text.find("btrt", track + kTrackEnd);
  if (bit_rate == kNone || !data.Has(bit_rate, kBitRateBytes)) return metadata;
  metadata->rate = data.U32(bit_rate + kAverageRate);
  return metadata;
}

}  // namespace tstat::internal
