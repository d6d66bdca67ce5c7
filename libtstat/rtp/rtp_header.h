// SPDX-License-Identifier: BSD-3-Clause
//
// The fixed headers of RTP and RTCP packets, and the reports behind those of RTCP (RFC 3550, 5.1
// and 6.4).
//
//   if (std::optional<RtpHeader> h = RtpHeader::Parse(payload)) ...
#ifndef TSTAT_RTP_RTP_HEADER_H_
#define TSTAT_RTP_RTP_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "decode/byte_reader.h"

namespace tstat::internal {

inline constexpr uint8_t kRtpVersion = 2;
// Neither end of a stream has such a port.
inline constexpr uint16_t kReservedPorts = 1024;
// In the L7 histograms.
inline constexpr int kRtpIndex = 1, kRtcpIndex = 2;

struct RtpHeader {
  static constexpr size_t kSize = 12;

  uint8_t csrc_count;    // 0..15
  bool has_extension;    // x
  uint8_t payload_type;  // without the marker bit
  uint16_t sequence;
  uint32_t timestamp;
  uint32_t ssrc;

  // Nothing unless all 12 bytes are there and the version is 2.
  static std::optional<RtpHeader> Parse(ByteReader b) {
    constexpr size_t kFlags = 0, kPayloadType = 1, kSequence = 2, kTimestamp = 4, kSsrc = 8;
    constexpr uint8_t kExtension = 0x10, kCsrcCount = 0x0F, kWithoutMarker = 0x7F;
    if (!b.Has(0, kSize) || b.U8(kFlags) >> 6 != kRtpVersion) return std::nullopt;
    return RtpHeader{.csrc_count = static_cast<uint8_t>(b.U8(kFlags) & kCsrcCount),
                     .has_extension = (b.U8(kFlags) & kExtension) != 0,
                     .payload_type = static_cast<uint8_t>(b.U8(kPayloadType) & kWithoutMarker),
                     .sequence = b.U16(kSequence),
                     .timestamp = b.U32(kTimestamp),
                     .ssrc = b.U32(kSsrc)};
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

  static std::optional<RtcpHeader> Parse(ByteReader b) {
    constexpr size_t kFlags = 0, kPacketType = 1, kSsrc = 4;
    constexpr uint8_t kReportCount = 0x1F;
    if (!b.Has(0, kSize) || b.U8(kFlags) >> 6 != kRtpVersion) return std::nullopt;
    return RtcpHeader{.report_count = static_cast<uint8_t>(b.U8(kFlags) & kReportCount),
                      .packet_type = b.U8(kPacketType),
                      .ssrc = b.U32(kSsrc)};
  }
};

// What a sender report says behind the header (RFC 3550, 6.4.1).
struct RtcpSenderInfo {
  static constexpr size_t kSize = 20;

  uint32_t report_id;  // the middle of the NTP timestamp, by which receivers name it
  uint32_t packets, octets;

  static std::optional<RtcpSenderInfo> Parse(ByteReader b) {
    constexpr size_t kReportId = 2, kPackets = 12, kOctets = 16;
    if (!b.Has(0, kSize)) return std::nullopt;
    return RtcpSenderInfo{
        .report_id = b.U32(kReportId), .packets = b.U32(kPackets), .octets = b.U32(kOctets)};
  }
};

// What a receiver says of one source.
struct RtcpReportBlock {
  static constexpr size_t kSize = 24;

  uint8_t fraction_lost;  // in 1/256
  int32_t cumulative_lost;
  uint32_t jitter;     // in units of the media's clock
  uint32_t report_id;  // of the last sender report; 0: none
  uint32_t delay;      // since it came, in 1/65536 s

  static std::optional<RtcpReportBlock> Parse(ByteReader b) {
    constexpr size_t kFraction = 4, kCumulative = 5, kJitter = 12, kReportId = 16, kDelay = 20;
    if (!b.Has(0, kSize)) return std::nullopt;
    return RtcpReportBlock{
        .fraction_lost = b.U8(kFraction),
        .cumulative_lost = static_cast<int32_t>(b.U24(kCumulative) << 8) >> 8,  // signed, 24 bits
        .jitter = b.U32(kJitter),
        .report_id = b.U32(kReportId),
        .delay = b.U32(kDelay)};
  }
};

namespace rtcp_type {
inline constexpr uint8_t kSenderReport = 200, kReceiverReport = 201, kLast = 204;
}  // namespace rtcp_type

}  // namespace tstat::internal

#endif  // TSTAT_RTP_RTP_HEADER_H_
