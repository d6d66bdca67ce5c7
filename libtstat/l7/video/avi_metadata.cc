// SPDX-License-Identifier: BSD-3-Clause
//
// The avih and strh chunks of an AVI head, little-endian.
#include <string_view>

#include "l7/video/metadata.h"

namespace tstat::internal {

namespace {

// Places behind the first letter of a chunk's name.
constexpr size_t kFrames = 24, kWidth = 40, kHeight = 44, kHeaderBytes = 48;
constexpr size_t kNextChunk = 52;
constexpr size_t kScale = 28, kRate = 32, kStreamBytes = 36;

}  // namespace

std::optional<AviMetadata> AviMetadata::Parse(ByteReader data) {
  constexpr size_t kNone = std::string_view::npos;
  std::optional<AviMetadata> metadata;
  const std::string_view text = data.Text();

  const size_t header = text.find("avih");
  if (header == kNone || !data.Has(header, kHeaderBytes)) return metadata;
  metadata.emplace();
  const uint32_t frames = data.U32Le(header + kFrames);
  metadata->width = static_cast<int32_t>(data.U32Le(header + kWidth));
  metadata->height = static_cast<int32_t>(data.U32Le(header + kHeight));

  const size_t stream = text.find("strh", header + kNextChunk);
  if (stream == kNone || !data.Has(stream, kStreamBytes)) return metadata;
  const uint32_t scale = data.U32Le(stream + kScale);
  const uint32_t rate = data.U32Le(stream + kRate);
  if (scale > 0 && rate > 0) {
    metadata->duration_s = frames / (static_cast<double>(rate) / scale);
  }
  return metadata;
}

}  // namespace tstat::internal
