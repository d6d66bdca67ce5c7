// SPDX-License-Identifier: BSD-3-Clause
//
// What the video tracker and the YouTube URL rules know of a flow, and the record made of it.
#ifndef TSTAT_L7_VIDEO_VIDEO_STATE_H_
#define TSTAT_L7_VIDEO_VIDEO_STATE_H_

#include <cstdint>

#include "decode/byte_reader.h"
#include "l7/video/metadata.h"
#include "l7/video/youtube_url.h"
#include "tstat/tcp_flow.h"
#include "tstat/video.h"

namespace tstat::internal {

struct VideoState {
  VideoCode content_type = VideoCode::kNone;
  VideoCode payload_type = VideoCode::kNone;
  uint8_t server_segments = 0;  // looked at
  VideoMetadataState metadata;
  YoutubeRequest youtube;

  uint32_t slot = 0;  // of this object in its slab
};

// One server segment of at least 5 captured bytes, after the client's first request. Returns false
// when nothing more is to be learnt from the flow.
bool InspectVideoSegment(ByteReader payload, VideoState* state);

// The rules that select the flows of log_video_complete, apart from completeness.
// `state` may be nullptr.
bool IsVideoFlow(const TcpLayer7& layer7, const VideoState* state);

// The record of such a flow. `state` may be nullptr; strict privacy hides identifiers.
VideoFlow MakeVideoFlow(const TcpFlow& flow, const VideoState* state, bool strict_privacy);

// Index in the video histograms: the payload's code wins, rare containers share an
// entry. Counts only for flows marked as HTTP.
constexpr int VideoHistogramIndex(VideoCode content_type, VideoCode payload_type) {
  const VideoCode code = payload_type != VideoCode::kNone ? payload_type : content_type;
  const bool shared = code == VideoCode::k3gpp || code == VideoCode::kOgg;
  return static_cast<int>(shared ? VideoCode::kQuickTime : code);
}

}  // namespace tstat::internal

#endif  // TSTAT_L7_VIDEO_VIDEO_STATE_H_
