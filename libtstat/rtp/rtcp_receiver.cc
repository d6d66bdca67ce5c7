// SPDX-License-Identifier: BSD-3-Clause
#include "rtp/rtcp_receiver.h"

#include <algorithm>

namespace tstat::internal {
namespace {

// Places in the payload.
constexpr size_t kSenderInfo = 8, kSenderInfoSize = 20, kReportBlockSize = 24;

constexpr double Milliseconds(Timestamp from, Timestamp to) {
  return ElapsedMicroseconds(from, to) / 1000.0;
}

// Signed, 24 bits.
int32_t CumulativeLost(const ByteReader& block) {
  return static_cast<int32_t>(block.U24(5) << 8) >> 8;
}

}  // namespace

RtcpReceiver::RtcpReceiver(const RtcpHeader& h, Timestamp now) {
  stream_.ssrc = h.ssrc;
  stream_.first = stream_.last = now;
}

RtcpPacketResult RtcpReceiver::OnFirstPacket(const RtcpHeader& h, const UdpPayload& p,
                                             Timestamp now, const RtcpRules& rules) {
  RtcpPacketResult result;
  stream_.packets = 1;
  stream_.packet_types.Count(h.packet_type);
  Decode(h, p, now, rules, /*first=*/true, &result);
  return result;
}

RtcpPacketResult RtcpReceiver::OnPacket(const RtcpHeader& h, const UdpPayload& p, Timestamp now,
                                        const RtcpRules& rules) {
  RtcpPacketResult result;
  ++stream_.packets;
  stream_.packet_types.Count(h.packet_type);
  stream_.interval_sum_ms += Milliseconds(stream_.last, now);
  Decode(h, p, now, rules, /*first=*/false, &result);
  stream_.last = now;
  return result;
}

bool RtcpReceiver::Check(const UdpPayload& p, size_t end, size_t margin, const RtcpRules& rules) {
  if (p.captured() < end + margin) {
    stream_.errors |= RtcpStream::kTruncated;
    if (rules.stop_at_truncation) return false;
  }
  return p.bytes.Has(0, end);
}

void RtcpReceiver::Decode(const RtcpHeader& h, const UdpPayload& p, Timestamp now,
                          const RtcpRules& rules, bool first, RtcpPacketResult* result) {
  size_t block = kSenderInfo;
  if (h.packet_type == rtcp_type::kSenderReport) {
    // The reference's structure is padded by four bytes, and it compares with the last byte.
    if (!Check(p, kSenderInfo + kSenderInfoSize, 5, rules)) return;
    ReadSenderReport(p.bytes, now, first, result);
    if (h.report_count == 0) return;
    block += kSenderInfoSize;
  } else if (h.packet_type == rtcp_type::kReceiverReport) {
    if (h.report_count == 0 && !(first && rules.first_report_unchecked)) return;
  } else {
    return;
  }
  if (h.report_count > 1) {
    stream_.errors |= RtcpStream::kSeveralReports;
    return;
  }
  if (!Check(p, block + kReportBlockSize, 1, rules)) return;
  ReadReportBlock(p.bytes.Sub(block), first, result);
}

void RtcpReceiver::ReadSenderReport(const ByteReader& b, Timestamp now, bool first,
                                    RtcpPacketResult* result) {
  const double since_last_ms =
      last_report_time_.is_set() ? Milliseconds(last_report_time_, now) : 0.0;
  last_report_time_ = now;
  last_report_id_ = b.U32(kSenderInfo + 2);  // the middle of the NTP timestamp
  stream_.sender_packets = b.U32(kSenderInfo + 12);
  const uint32_t octets = b.U32(kSenderInfo + 16);
  const uint32_t bits = (octets - stream_.sender_octets) * 8;
  stream_.sender_octets = octets;
  if (since_last_ms != 0 && !first) {
    result->has_bitrate = true;
    result->bitrate_kbps = static_cast<double>(bits) / since_last_ms;
  }
}

void RtcpReceiver::ReadReportBlock(const ByteReader& block, bool first, RtcpPacketResult* result) {
  const uint8_t fraction = block.U8(4);
  const int32_t cumulative = CumulativeLost(block);
  const uint32_t jitter = block.U32(12);
  stream_.jitter_sum += jitter;
  if (first) {
    stream_.jitter_max = stream_.jitter_min = jitter;
  } else {
    stream_.jitter_max = std::max(stream_.jitter_max, jitter);
    // A minimum that began at 0, because the first packet had no report, stays there.
    stream_.jitter_min = std::min(stream_.jitter_min, jitter);
  }
  ++stream_.reports;
  stream_.fraction_lost_sum += fraction;

  result->has_report = !first;
  result->jitter = jitter;
  result->fraction_lost_percent = fraction / 256.0 * 100.0;
  result->has_loss = stream_.reports >= 2;
  result->lost = cumulative - stream_.cumulative_lost;
  stream_.cumulative_lost = cumulative;
  if (const uint32_t id = block.U32(16); id != 0) {
    result->echo = RtcpPacketResult::Echo{.report_id = id, .delay = block.U32(20)};
  }
}

void RtcpReceiver::AddRoundTrip(const RtcpPacketResult::Echo& echo, Timestamp report_time,
                                Timestamp now, RtcpPacketResult* result) {
  const double ms =
      Milliseconds(report_time, now) - static_cast<double>(echo.delay) * 1000.0 / 65536.0;
  if (ms < 0) return;
  if (ms < stream_.rtt_min_ms || stream_.rtt_sum_ms == 0) stream_.rtt_min_ms = ms;
  if (ms > stream_.rtt_max_ms || stream_.rtt_sum_ms == 0) stream_.rtt_max_ms = ms;
  stream_.rtt_sum_ms += ms;
  ++stream_.rtt_samples;
  result->has_round_trip = true;
  result->round_trip_ms = ms;
}

}  // namespace tstat::internal
