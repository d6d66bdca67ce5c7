// SPDX-License-Identifier: BSD-3-Clause
//
// The fixed headers of RTP and RTCP packets (RFC 3550, 5.1 and 6.4).
//
//   if (std::optional<RtpHeader> h = RtpHeader::Parse(payload)) ...
#ifndef TSTAT_RTP_RTP_HEADER_H_
#define TSTAT_RTP_RTP_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "decode/byte_reader.h"

namespace tstat::internal {

struct RtpHeader {
  static constexpr size_t kSize = 12;

  uint8_t csrc_count;    // 0..15
  bool has_extension;    // x
  uint8_t payload_type;  // without the marker bit
  uint16_t sequence;
  uint32_t timestamp;
  uint32_t ssrc;

  // Nothing unless all 12 bytes are there and the version is 2.
  static std::optional<RtpHeader> Parse(const ByteReader& b) {
    if (!b.Has(0, kSize) || b.U8(0) >> 6 != 2) return std::nullopt;
    return RtpHeader{.csrc_count = static_cast<uint8_t>(b.U8(0) & 0x0F),
                     .has_extension = (b.U8(0) & 0x10) != 0,
                     .payload_type = static_cast<uint8_t>(b.U8(1) & 0x7F),
                     .sequence = b.U16(2),
                     .timestamp = b.U32(4),
                     .ssrc = b.U32(8)};
  }

  // Bytes of the fixed header and the contributing sources, as claimed.
  int size() const { return static_cast<int>(kSize) + 4 * csrc_count; }
};

struct RtcpHeader {
  // 8 bytes are read, but 12 must be there, as for RTP.
  static constexpr size_t kSize = 12;

  uint8_t report_count;  // 0..31
  uint8_t packet_type;
  uint32_t ssrc;

  static std::optional<RtcpHeader> Parse(const ByteReader& b) {
    if (!b.Has(0, kSize) || b.U8(0) >> 6 != 2) return std::nullopt;
    return RtcpHeader{.report_count = static_cast<uint8_t>(b.U8(0) & 0x1F),
                      .packet_type = b.U8(1),
                      .ssrc = b.U32(4)};
  }
};

namespace rtcp_type {
inline constexpr uint8_t kSenderReport = 200, kReceiverReport = 201, kLast = 204;
}  // namespace rtcp_type

}  // namespace tstat::internal

#endif  // TSTAT_RTP_RTP_HEADER_H_
