// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of multimedia flows: log_mm_complete, and its other layout in
// the 3.3 profile, a row for each stream.
#ifndef TSTAT_SCHEMA_MEDIA_COLUMNS_H_
#define TSTAT_SCHEMA_MEDIA_COLUMNS_H_

#include <functional>
#include <string>

#include "schema/log_schema.h"
#include "tstat/rtp_stream.h"

namespace tstat::internal {

const LogSchema<MediaFlow>& MediaCompleteLog();

// One stream of a flow: one of `rtp` and `rtcp` is set.
struct MediaStream {
  const MediaFlow* flow = nullptr;
  Direction sender = Direction::kClientToServer;
  const RtpStream* rtp = nullptr;
  const RtcpStream* rtcp = nullptr;
  // Comma-separated, made by ForEachMediaStream; "-": none.
  std::string types, type_counts;
  std::string ssrc;  // 0x and hexadecimal digits
};
const LogSchema<MediaStream>& MediaStreamLog();

// Calls `visit` for the streams in the order of their rows: the client's RTP, its RTCP, the
// server's.
void ForEachMediaStream(const MediaFlow& flow,
                        const std::function<void(const MediaStream&)>& visit);

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_MEDIA_COLUMNS_H_
