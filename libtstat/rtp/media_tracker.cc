// SPDX-License-Identifier: BSD-3-Clause
#include "rtp/media_tracker.h"

namespace tstat::internal {
namespace {

constexpr uint8_t kHighestPayloadType = 126;

// RTP ports are even, those of its RTCP one higher (RFC 3550, 11).
bool PortsAre(const Datagram& d, unsigned parity) {
  return (d.source_port & 1) == parity && (d.destination_port & 1) == parity &&
         d.source_port > kReservedPorts && d.destination_port > kReservedPorts;
}

constexpr bool IsRtcpType(uint8_t type) {
  return type >= rtcp_type::kSenderReport && type <= rtcp_type::kLast;
}

int32_t RtpPayloadBytes(const Datagram& d, const RtpHeader& h) {
  return d.ip_payload_length - 8 - h.size();
}

}  // namespace

void MediaTracker::OnUnknown(const UdpDatagramStep& step, const UdpPayload& p, int64_t data_bytes,
                             MediaState& self, const MediaState& other) {
  const Datagram& d = *step.datagram;
  if (IsRtcpType(p.bytes.U8(1)) && PortsAre(d, 1)) {
    const RtcpHeader header = *RtcpHeader::Parse(p.bytes);
    self.record = records_.Allocate();
    self.type = UdpType::kFirstRtcp;
    Rtcp& rtcp = records_[self.record].emplace<Rtcp>();
    rtcp.initial_bytes = static_cast<uint64_t>(data_bytes) - step.header.length;
    rtcp.receiver = RtcpReceiver(header, d.time);
    RtcpPacketResult result = rtcp.receiver.OnFirstPacket(header, p, d.time, rtcp_rules_);
    MatchEcho(other, d.time, rtcp.receiver, &result);
  } else if ((p.bytes.U8(1) & 0x7F) <= kHighestPayloadType && PortsAre(d, 0)) {
    self.record = records_.Allocate();
    self.type = UdpType::kFirstRtp;
    records_[self.record].emplace<RtpReceiver>(*RtpHeader::Parse(p.bytes), d.time);
  }
}

void MediaTracker::OnFollowing(const UdpDatagramStep& step, const UdpPayload& p,
                               const Endpoints& ends, MediaState& self, const MediaState& other) {
  if (p.captured() < RtpHeader::kSize) return;
  const bool rtp = self.type == UdpType::kFirstRtp || self.type == UdpType::kRtp;
  const bool follows =
      rtp ? FollowRtp(step, p, ends, self) : FollowRtcp(step, p, ends, self, other);
  if (follows) return;
  Release(self);
  self.type = UdpType::kUnknown;
}

bool MediaTracker::FollowRtp(const UdpDatagramStep& step, const UdpPayload& p,
                             const Endpoints& ends, MediaState& self) {
  RtpReceiver& receiver = std::get<RtpReceiver>(records_[self.record]);
  const std::optional<RtpHeader> header = RtpHeader::Parse(p.bytes);
  if (!header || header->ssrc != receiver.ssrc() || header->payload_type > kHighestPayloadType) {
    return false;
  }
  if (self.type == UdpType::kFirstRtp) {
    // No wrap: a stream whose first number is 65535 is not confirmed.
    if (receiver.initial_sequence() + 1 != header->sequence) return false;
    Confirm(ends, step.direction, UdpType::kRtp, self);
  }
  const Datagram& d = *step.datagram;
  const RtpPacketResult result = receiver.OnPacket(*header, RtpPayloadBytes(d, *header), d.time);
  if (observer_ != nullptr) observer_->OnRtpPacket(ends, step.direction, result);
  return true;
}

bool MediaTracker::FollowRtcp(const UdpDatagramStep& step, const UdpPayload& p,
                              const Endpoints& ends, MediaState& self, const MediaState& other) {
  RtcpReceiver& receiver = std::get<Rtcp>(records_[self.record]).receiver;
  const std::optional<RtcpHeader> header = RtcpHeader::Parse(p.bytes);
  if (!header || header->ssrc != receiver.ssrc() || !IsRtcpType(header->packet_type)) return false;
  if (self.type == UdpType::kFirstRtcp) Confirm(ends, step.direction, UdpType::kRtcp, self);
  const Timestamp now = step.datagram->time;
  RtcpPacketResult result = receiver.OnPacket(*header, p, now, rtcp_rules_);
  MatchEcho(other, now, receiver, &result);
  if (observer_ != nullptr) observer_->OnRtcpPacket(ends, step.direction, result);
  return true;
}

// The round trip, when the report answers the last sender report of the other direction.
void MediaTracker::MatchEcho(const MediaState& other, Timestamp now, RtcpReceiver& receiver,
                             RtcpPacketResult* result) const {
  if (!result->echo || (other.type != UdpType::kFirstRtcp && other.type != UdpType::kRtcp)) return;
  const RtcpReceiver& sender = std::get<Rtcp>(records_[other.record]).receiver;
  if (result->echo->report_id != sender.last_report_id()) return;
  receiver.AddRoundTrip(*result->echo, sender.last_report_time(), now, result);
}

void MediaTracker::Confirm(const Endpoints& ends, Direction sender, UdpType type,
                           MediaState& self) {
  self.type = type;
  const bool rtp = type == UdpType::kRtp;
  ++(rtp ? confirmed_.rtp : confirmed_.rtcp);
  if (observer_ != nullptr) observer_->OnMediaConfirmed(ends, sender, rtp ? kRtpIndex : kRtcpIndex);
}

void MediaTracker::Finish(const Endpoints& ends, Direction sender, const MediaState& self,
                          int64_t data_bytes, MediaDirection* out) {
  if (self.type == UdpType::kRtp) {
    RtpReceiver& receiver = std::get<RtpReceiver>(records_[self.record]);
    receiver.Finish([&](uint64_t burst) {
      if (observer_ != nullptr) observer_->OnRtpBurst(ends, sender, burst);
    });
    out->rtp.push_back(receiver.stream());
  } else if (self.type == UdpType::kRtcp) {
    const Rtcp& rtcp = std::get<Rtcp>(records_[self.record]);
    out->rtcp.push_back(rtcp.receiver.stream());
    RtcpStream& stream = out->rtcp.back();
    stream.data_bytes = static_cast<uint64_t>(data_bytes) - rtcp.initial_bytes - 8 * stream.packets;
  }
}

}  // namespace tstat::internal
