// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/rtsp.h"

#include "l7/prefix.h"

namespace tstat::internal {

bool IsRtspDescribe(ByteReader payload) {
  return payload.size() >= 9 && payload.StartsWith("DESCRIBE");
}

bool IsRtspResponse(ByteReader payload) { return PayloadPrefix(payload) == Prefix("RTSP"); }

bool IsInterleavedFrame(ByteReader payload) { return payload.size() >= 2 && payload.U8(0) == '$'; }

uint8_t InterleavedPayloadType(ByteReader payload) {
  // Four bytes of framing, then the RTP header: its second byte has marker and payload type.
  return payload.size() >= 16 ? payload.U8(5) & 0x7F : 128;
}

}  // namespace tstat::internal
