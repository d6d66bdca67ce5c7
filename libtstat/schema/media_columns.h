// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of multimedia flows: log_mm_complete (spec 30, 4.7 and 4.9), and its other layout in
// the 3.3 profile, a row for each stream (spec 30, 4.8).
#ifndef TSTAT_SCHEMA_MEDIA_COLUMNS_H_
#define TSTAT_SCHEMA_MEDIA_COLUMNS_H_

#include "schema/log_schema.h"
#include "tstat/rtp_stream.h"

namespace tstat {

const LogSchema<MediaFlow>& MediaCompleteLog();

// One stream of a flow: one of `rtp` and `rtcp` is set.
struct MediaStream {
  const MediaFlow* flow = nullptr;
  Direction sender = Direction::kClientToServer;
  const RtpStream* rtp = nullptr;
  const RtcpStream* rtcp = nullptr;
};
const LogSchema<MediaStream>& MediaStreamLog();

}  // namespace tstat

#endif  // TSTAT_SCHEMA_MEDIA_COLUMNS_H_
