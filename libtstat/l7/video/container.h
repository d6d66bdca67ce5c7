// SPDX-License-Identifier: BSD-3-Clause
//
// The video container that the first bytes of a body show.
//
//   if (const auto container = VideoContainer::Parse(data)) Use(container->code);
#ifndef TSTAT_L7_VIDEO_CONTAINER_H_
#define TSTAT_L7_VIDEO_CONTAINER_H_

#include <cstdint>
#include <optional>

#include "decode/byte_reader.h"
#include "tstat/video.h"

namespace tstat::internal {

struct VideoContainer {
  // Whose metadata the data may hold.
  enum class Head : uint8_t { kNone, kFlv, kMp4, kAvi };

  VideoCode code;
  Head head;

  // `data`: the bytes of one segment from the beginning of a body on. Nothing unless 5 are there.
  static std::optional<VideoContainer> Parse(ByteReader data);
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_VIDEO_CONTAINER_H_
