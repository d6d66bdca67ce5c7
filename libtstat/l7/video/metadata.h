// SPDX-License-Identifier: BSD-3-Clause
//
// Duration, rate and picture size from the head of a FLV, MP4 or AVI container. The parsers look at
// the bytes of one segment; what lies beyond reads as 0.
//
//   VideoMetadataState state;                                          // one a flow
//   if (const auto found = Mp4Metadata::Parse(data)) state.Take(*found);
#ifndef TSTAT_L7_VIDEO_METADATA_H_
#define TSTAT_L7_VIDEO_METADATA_H_

#include <cstdint>
#include <optional>

#include "decode/byte_reader.h"
#include "tstat/video.h"

namespace tstat::internal {

// What a head says; the rest is not set.
struct ContainerMetadata {
  std::optional<double> duration_s, rate;
  std::optional<int32_t> width, height;
};

// `data` begins at the container's first byte.
struct FlvMetadata : ContainerMetadata {
  std::optional<double> audio_rate;  // rates are in kb/s
  std::optional<uint32_t> size;      // bytelength or filesize

  static std::optional<FlvMetadata> Parse(ByteReader data);
};
struct Mp4Metadata : ContainerMetadata {
  static std::optional<Mp4Metadata> Parse(ByteReader data);
};
struct AviMetadata : ContainerMetadata {
  static std::optional<AviMetadata> Parse(ByteReader data);
};

// A flow's metadata, with what the FLV rule needs from one head to the next. A value that is found
// replaces the one before, so that a flow's values add up over its segments.
struct VideoMetadataState {
  VideoMetadata shown;
  double audio_rate = 0;
  uint32_t size = 0;

  void Take(const ContainerMetadata& found);
  // To be called for every FLV head, also for one that says nothing.
  void Take(const FlvMetadata& found);
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_VIDEO_METADATA_H_
