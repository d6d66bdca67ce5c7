// SPDX-License-Identifier: BSD-3-Clause
#include "rtp/rtcp_receiver.h"

#include <algorithm>

namespace tstat::internal {
namespace {

// Places in the payload: behind the header come the sender's report, if it is one, and the blocks.
constexpr size_t kSenderInfo = 8, kSenderInfoEnd = kSenderInfo + RtcpSenderInfo::kSize;
// Bytes that the reference wants behind a report, to think that it is whole: it compares with the
// last byte, and its structure of a sender's report is padded by four.
constexpr size_t kMargin = 1, kSenderMargin = 5;

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
  stream_.interval_sum_ms += ElapsedMilliseconds(stream_.last, now);
  Decode(h, p, now, rules, /*first=*/false, &result);
  stream_.last = now;
  return result;
}

bool RtcpReceiver::GoOn(const UdpPayload& p, size_t end, size_t margin, const RtcpRules& rules) {
  if (p.captured() >= end + margin) return true;
  stream_.errors |= RtcpStream::kTruncated;
  return !rules.stop_at_truncation;
}

void RtcpReceiver::Decode(const RtcpHeader& h, const UdpPayload& p, Timestamp now,
                          const RtcpRules& rules, bool first, RtcpPacketResult* result) {
  size_t block = kSenderInfo;
  if (h.packet_type == rtcp_type::kSenderReport) {
    if (!GoOn(p, kSenderInfoEnd, kSenderMargin, rules)) return;
    const std::optional<RtcpSenderInfo> info = RtcpSenderInfo::Parse(p.bytes.Sub(kSenderInfo));
    if (!info) return;
    TakeSenderInfo(*info, now, first, result);
    if (h.report_count == 0) return;
    block = kSenderInfoEnd;
  } else if (h.packet_type == rtcp_type::kReceiverReport) {
    if (h.report_count == 0 && !(first && rules.first_report_unchecked)) return;
  } else {
    return;
  }
  if (h.report_count > 1) {
    stream_.errors |= RtcpStream::kSeveralReports;
    return;
  }
  if (!GoOn(p, block + RtcpReportBlock::kSize, kMargin, rules)) return;
  const std::optional<RtcpReportBlock> report = RtcpReportBlock::Parse(p.bytes.Sub(block));
  if (report) TakeReportBlock(*report, first, result);
}

void RtcpReceiver::TakeSenderInfo(const RtcpSenderInfo& info, Timestamp now, bool first,
                                  RtcpPacketResult* result) {
  const double since_last_ms =
      last_report_time_.is_set() ? ElapsedMilliseconds(last_report_time_, now) : 0.0;
  last_report_time_ = now;
  last_report_id_ = info.report_id;
  stream_.sender_packets = info.packets;
  const uint32_t bits = (info.octets - stream_.sender_octets) * 8;
  stream_.sender_octets = info.octets;
  if (since_last_ms != 0 && !first) {
    result->has_bitrate = true;
    result->bitrate_kbps = static_cast<double>(bits) / since_last_ms;
  }
}

void RtcpReceiver::TakeReportBlock(const RtcpReportBlock& block, bool first,
                                   RtcpPacketResult* result) {
  const uint32_t jitter = block.jitter;
  stream_.jitter_sum += jitter;
  if (first) {
    stream_.jitter_max = stream_.jitter_min = jitter;
  } else {
    stream_.jitter_max = std::max(stream_.jitter_max, jitter);
    // A minimum that began at 0, because the first packet had no report, stays there.
    stream_.jitter_min = std::min(stream_.jitter_min, jitter);
  }
  ++stream_.reports;
  stream_.fraction_lost_sum += block.fraction_lost;

  result->has_report = !first;
  result->jitter = jitter;
  result->fraction_lost_percent = block.fraction_lost / 256.0 * 100.0;
  result->has_loss = stream_.reports >= 2;
  result->lost = block.cumulative_lost - stream_.cumulative_lost;
  stream_.cumulative_lost = block.cumulative_lost;
  if (block.report_id != 0) {
    result->echo = RtcpPacketResult::Echo{.report_id = block.report_id, .delay = block.delay};
  }
}

void RtcpReceiver::AddRoundTrip(const RtcpPacketResult::Echo& echo, Timestamp report_time,
                                Timestamp now, RtcpPacketResult* result) {
  const double ms =
      ElapsedMilliseconds(report_time, now) - static_cast<double>(echo.delay) * 1000.0 / 65536.0;
  if (ms < 0) return;
  if (ms < stream_.rtt_min_ms || stream_.rtt_sum_ms == 0) stream_.rtt_min_ms = ms;
  if (ms > stream_.rtt_max_ms || stream_.rtt_sum_ms == 0) stream_.rtt_max_ms = ms;
  stream_.rtt_sum_ms += ms;
  ++stream_.rtt_samples;
  result->has_round_trip = true;
  result->round_trip_ms = ms;
}

}  // namespace tstat::internal
