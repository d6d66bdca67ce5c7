// SPDX-License-Identifier: BSD-3-Clause
//
// Duration, rate and picture size from the head of a FLV, MP4 or AVI container. The
// parsers look at the bytes of one segment; what lies beyond reads as 0. Each overwrites what it
// finds and leaves the rest, so that a flow's values add up over its segments.
#ifndef TSTAT_L7_VIDEO_METADATA_H_
#define TSTAT_L7_VIDEO_METADATA_H_

#include <cstdint>

#include "decode/byte_reader.h"
#include "tstat/video.h"

namespace tstat::internal {

// A flow's metadata, with what the FLV rule needs from one parse to the next.
struct VideoMetadataState {
  VideoMetadata shown;
  double audio_rate = 0;  // FLV audiodatarate
  uint32_t size = 0;      // FLV bytelength or filesize
};

// `data` begins at the container's first byte.
void ParseFlvMetadata(ByteReader data, VideoMetadataState* state);
void ParseMp4Metadata(ByteReader data, VideoMetadataState* state);
void ParseAviMetadata(ByteReader data, VideoMetadataState* state);

}  // namespace tstat::internal

#endif  // TSTAT_L7_VIDEO_METADATA_H_
