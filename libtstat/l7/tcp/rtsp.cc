// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/rtsp.h"

#include <string_view>

#include "l7/prefix.h"

namespace tstat::internal {

bool IsRtspDescribe(ByteReader payload) {
  constexpr std::string_view kDescribe = "DESCRIBE";
  return payload.size() > kDescribe.size() && payload.StartsWith(kDescribe);
}

bool IsRtspResponse(ByteReader payload) { return PayloadPrefix(payload) == Prefix("RTSP"); }

std::optional<InterleavedFrame> InterleavedFrame::Parse(ByteReader payload) {
  // A dollar sign, channel and length; then the RTP header, whose second byte has marker and
  // payload type.
  constexpr size_t kPayloadType = 5, kShortest = 2, kWithRtpHeader = 16;
  constexpr uint8_t kPayloadTypeBits = 0x7F, kNotCaptured = 128;
  if (payload.size() < kShortest || payload.U8(0) != '$') return std::nullopt;
  const uint8_t type = static_cast<uint8_t>(payload.U8(kPayloadType) & kPayloadTypeBits);
  return InterleavedFrame{payload.size() >= kWithRtpHeader ? type : kNotCaptured};
}

}  // namespace tstat::internal
