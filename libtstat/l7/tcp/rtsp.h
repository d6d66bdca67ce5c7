// SPDX-License-Identifier: BSD-3-Clause
//
// RTSP and the RTP that it interleaves on the same connection (RFC 2326, 10.12).
#ifndef TSTAT_L7_TCP_RTSP_H_
#define TSTAT_L7_TCP_RTSP_H_

#include <cstdint>
#include <optional>

#include "decode/byte_reader.h"

namespace tstat::internal {

// Only DESCRIBE opens a session for us.
bool IsRtspDescribe(ByteReader payload);
bool IsRtspResponse(ByteReader payload);

// An interleaved frame at the start of a segment.
struct InterleavedFrame {
  uint8_t payload_type;  // of the RTP packet in it; 128: its header was not captured

  static std::optional<InterleavedFrame> Parse(ByteReader payload);
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_TCP_RTSP_H_
