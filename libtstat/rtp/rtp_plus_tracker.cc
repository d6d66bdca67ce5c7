// SPDX-License-Identifier: BSD-3-Clause
#include "rtp/rtp_plus_tracker.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>

namespace tstat::internal {
namespace {

// MTURN's length of what follows, and what it does not count: the header of UDP and its own.
constexpr size_t kMturnLength = 2, kMturnNotCounted = kUdpHeaderBytes + 4;

// Static audio and video types, and the dynamic ones (RFC 3551, 6).
constexpr std::array<bool, 128> MakePayloadTypes() {
  std::array<bool, 128> types{};
  for (size_t t : {0, 25, 26, 28}) types[t] = true;
  for (size_t t = 3; t <= 18; ++t) types[t] = true;
  for (size_t t = 31; t <= 34; ++t) types[t] = true;
  for (size_t t = 96; t <= 127; ++t) types[t] = true;
  return types;
}
constexpr std::array<bool, 128> kPayloadTypes = MakePayloadTypes();

}  // namespace

struct RtpPlusTracker::Input {
  const UdpDatagramStep& step;
  const UdpPayload& payload;
  const Endpoints& ends;

  Timestamp now() const { return step.datagram->time; }
  bool ports_are_free() const {
    return step.datagram->source_port > kReservedPorts &&
           step.datagram->destination_port > kReservedPorts;
  }
};

// By the first byte (RFC 7983, 7), with MTURN added.
RtpPlusTracker::Class RtpPlusTracker::Classify(ByteReader b) {
  const uint8_t first = b.U8(0), second = b.U8(1);
  if (first <= 3) return Class::kStun;
  if (first >= 16 && first <= 19) return Class::kZrtp;
  if (first >= 20 && first <= 63) return Class::kDtls;
  if (first >= 64 && first <= 79) return Class::kTurn;
  if (first >= 128 && first <= 191) {
    if (kPayloadTypes[second & 0x7F]) return Class::kRtp;
    if (second >= 191 && second <= 213) return Class::kRtcp;
  }
  return b.U16(0) == 0xFF10 ? Class::kMturn : Class::kUnknown;
}

// By RFC 7983, 7, and RFC 5761, 4: RTCP has the packet types 192 to 223, which RTP with its marker
// bit leaves free. What is no header as a whole is neither.
RtpPlusTracker::Class RtpPlusTracker::ClassifyTruly(ByteReader b, size_t captured, size_t claimed) {
  constexpr uint8_t kFirstRtcp = 192, kLastRtcp = 223, kFirstShared = 64, kLastShared = 95;
  constexpr size_t kRtcpWords = 2, kWordBytes = 4;
  const uint8_t first = b.U8(0), second = b.U8(1), type = second & 0x7F;
  if (first >> 6 != kRtpVersion) return Classify(b);
  if (second >= kFirstRtcp && second <= kLastRtcp) {
    const size_t size = (size_t{b.U16(kRtcpWords)} + 1) * kWordBytes;
    return size <= claimed ? Class::kRtcp : Class::kUnknown;
  }
  if (type >= kFirstShared && type <= kLastShared) return Class::kUnknown;
  const std::optional<RtpHeader> header = RtpHeader::Parse(b.Sub(0, captured));
  if (!header) return Class::kUnknown;
  const int size = RtpPlusHeaderBytes(*header, b, true);
  return static_cast<size_t>(size) <= claimed ? Class::kRtp : Class::kUnknown;
}

// Whether a packet is of the same stream as the one before (RFC 3550, A.1, but that some may be
// lost between the two). The same number again tells nothing: so look many protocols with a field
// of flags there.
bool RtpPlusTracker::Continues(const RtpPlusStream& stream, const RtpHeader& header) {
  constexpr uint16_t kBack = 100;
  const auto ahead = static_cast<uint16_t>(header.sequence - stream.highest_sequence());
  return ahead != 0 && (ahead < RtpSequence::kMaxDropout || ahead > UINT16_MAX - kBack);
}

uint8_t RtpPlusTracker::ProtocolBit(Class c) {
  switch (c) {
    case Class::kRtp:
      return media_protocol::kRtp;
    case Class::kRtcp:
      return media_protocol::kRtcp;
    case Class::kStun:
      return media_protocol::kStun;
    case Class::kZrtp:
      return media_protocol::kZrtp;
    case Class::kDtls:
      return media_protocol::kDtls;
    case Class::kTurn:
      return media_protocol::kTurn;
    case Class::kMturn:
      return media_protocol::kMturn;
    case Class::kUnknown:
      break;
  }
  return 0;
}

void RtpPlusTracker::OnDatagram(const UdpDatagramStep& step, const UdpPayload& p,
                                const Endpoints& ends, MediaState& self, const MediaState& other) {
  assert(Concerns(self.type));
  if (p.captured() < RtpHeader::kSize) return;
  const Input in{step, p, ends};
  const size_t claimed = p.length_field > kUdpHeaderBytes ? p.length_field - kUdpHeaderBytes : 0;
  const Class c = is_true_ ? ClassifyTruly(p.bytes, p.captured(), claimed) : Classify(p.bytes);
  if (self.type == UdpType::kUnknown || self.type == UdpType::kDtls) {
    OnFirst(in, c, self, other);
  } else if (!OnNext(in, c, self, other)) {
    self.type = UdpType::kUnknown;
  }
}

// Once there were records, the direction does not begin anew.
void RtpPlusTracker::OnFirst(const Input& in, Class c, MediaState& self, const MediaState& other) {
  if (c != Class::kRtp && c != Class::kRtcp) return;
  if (self.record != kNone || !(is_true_ || in.ports_are_free())) return;
  self.record = sides_.Allocate();
  Side& side = sides_[self.record];
  if (self.type == UdpType::kDtls) side.protocols = media_protocol::kDtls;
  if (c == Class::kRtcp) {
    AddRtcp(in, self.record, other);
  } else {
    AddRtp(in, self.record);
  }
  self.type = UdpType::kFirstRtpPlus;
}

bool RtpPlusTracker::OnNext(const Input& in, Class c, MediaState& self, const MediaState& other) {
  switch (c) {
    case Class::kUnknown:
      return is_true_;
    case Class::kRtp:
      return OnRtp(in, self);
    case Class::kRtcp:
      return OnRtcp(in, self, other);
    case Class::kMturn:
      if (in.payload.bytes.U16(kMturnLength) + kMturnNotCounted != in.payload.length_field) {
        return is_true_;
      }
      break;
    default:
      break;
  }
  sides_[self.record].protocols |= ProtocolBit(c);
  return true;
}

bool RtpPlusTracker::OnRtp(const Input& in, MediaState& self) {
  const RtpHeader header = *RtpHeader::Parse(in.payload.bytes);
  Side& side = sides_[self.record];
  const uint32_t node = Find(rtp_, side.rtp, rtp_index_, self.record, header.ssrc);
  const bool first = self.type == UdpType::kFirstRtpPlus;
  if (node == kNone) {
    if (!AddRtp(in, self.record)) return is_true_ && !first;
    if (first) side.protocols |= media_protocol::kRtp;
    return true;
  }
  RtpPlusStream& stream = rtp_[node].stream;
  int payload_bytes = in.step.datagram->ip_payload_length - 8 -
                      RtpPlusHeaderBytes(header, in.payload.bytes, is_true_);
  if (first) {
    // No wrap at 2^16.
    if (is_true_ ? !Continues(stream, header)
                 : stream.initial_sequence() + stream.packets() != header.sequence) {
      return true;
    }
    Confirm(in, kRtpIndex, self);
    payload_bytes = std::max(payload_bytes, 0);
  } else if (payload_bytes < 0) {
    return is_true_;
  }
  side.protocols |= media_protocol::kRtp;
  const bool was_singleton = stream.packets() == 1;
  const RtpPacketResult result =
      stream.OnPacket(header, static_cast<uint32_t>(payload_bytes), in.now());
  if (was_singleton && stream.packets() != 1) --side.rtp.singletons;
  if (observer_ != nullptr) observer_->OnRtpPacket(in.ends, in.step.direction, result);
  return true;
}

bool RtpPlusTracker::OnRtcp(const Input& in, MediaState& self, const MediaState& other) {
  const RtcpHeader header = *RtcpHeader::Parse(in.payload.bytes);
  Side& side = sides_[self.record];
  const uint32_t node = Find(rtcp_, side.rtcp, rtcp_index_, self.record, header.ssrc);
  if (node == kNone) {
    if (!AddRtcp(in, self.record, other)) return is_true_ && self.type == UdpType::kRtpPlus;
    side.protocols |= media_protocol::kRtcp;
    return true;
  }
  RtcpReceiver& receiver = rtcp_[node].receiver;
  if (self.type == UdpType::kFirstRtpPlus) {
    if (receiver.packets() != 1) return true;
    Confirm(in, kRtcpIndex, self);
  }
  side.protocols |= media_protocol::kRtcp;
  const bool was_singleton = receiver.packets() == 1;
  RtcpPacketResult result = receiver.OnPacket(header, in.payload, in.now(), rtcp_rules_);
  if (was_singleton && receiver.packets() != 1) --side.rtcp.singletons;
  // Of the IP payload, unlike the first packet's: they differ for the first fragment of a datagram
  // and for a wrong length field.
  receiver.AddBytes(static_cast<uint64_t>(int64_t{in.step.datagram->ip_payload_length} - 8));
  MatchEcho(in, other, receiver, &result);
  if (observer_ != nullptr) observer_->OnRtcpPacket(in.ends, in.step.direction, result);
  return true;
}

template <typename Nodes>
uint32_t RtpPlusTracker::Find(const Nodes& nodes, const List& list, const Index& index,
                              uint32_t record, uint32_t ssrc) {
  if (list.count > kWalked) [[unlikely]] {
    const auto found = index.find(SourceOf(record, ssrc));
    return found == index.end() ? kNone : found->second;
  }
  uint32_t node = list.head;
  while (node != kNone && nodes[node].ssrc() != ssrc) node = nodes[node].next;
  return node;
}

template <typename Nodes>
void RtpPlusTracker::Link(Nodes& nodes, uint32_t node, uint32_t record, List* list, Index* index) {
  nodes[node].next = list->head;
  list->head = node;
  list->singletons += nodes[node].packets() == 1 ? 1 : 0;
  if (++list->count <= kWalked) return;
  // All of them when the list becomes too long to be walked through; then each new one.
  const uint32_t end = list->count == kWalked + 1 ? kNone : nodes[node].next;
  for (uint32_t n = node; n != end; n = nodes[n].next) {
    index->insert_or_assign(SourceOf(record, nodes[n].ssrc()), n);
  }
}

template <typename Nodes>
void RtpPlusTracker::FreeAll(Nodes& nodes, const List& list, uint32_t record, Index* index) {
  for (uint32_t node = list.head, next; node != kNone; node = next) {
    next = nodes[node].next;
    if (list.count > kWalked) index->erase(SourceOf(record, nodes[node].ssrc()));
    nodes.Free(node);
  }
}

bool RtpPlusTracker::AddRtp(const Input& in, uint32_t record) {
  Side& side = sides_[record];
  if (!HasRoom(side.rtp)) {
    ++floods_;
    return false;
  }
  const RtpHeader header = *RtpHeader::Parse(in.payload.bytes);
  const uint32_t node = rtp_.Allocate();
  const int payload_bytes =
      int{in.payload.length_field} - 8 - RtpPlusHeaderBytes(header, in.payload.bytes, is_true_);
  rtp_[node].stream =
      RtpPlusStream(header, static_cast<uint32_t>(payload_bytes), in.now(), is_true_);
  Link(rtp_, node, record, &side.rtp, &rtp_index_);
  return true;
}

bool RtpPlusTracker::AddRtcp(const Input& in, uint32_t record, const MediaState& other) {
  Side& side = sides_[record];
  if (!HasRoom(side.rtcp)) {
    ++floods_;
    return false;
  }
  const RtcpHeader header = *RtcpHeader::Parse(in.payload.bytes);
  const uint32_t node = rtcp_.Allocate();
  RtcpReceiver& receiver = rtcp_[node].receiver;
  receiver = RtcpReceiver(header, in.now());
  RtcpPacketResult result = receiver.OnFirstPacket(header, in.payload, in.now(), rtcp_rules_);
  receiver.AddBytes(static_cast<uint64_t>(int64_t{in.payload.length_field} - 8));
  MatchEcho(in, other, receiver, &result);
  Link(rtcp_, node, record, &side.rtcp, &rtcp_index_);
  return true;
}

// The round trip, when the report answers a sender report of any source of the other direction.
void RtpPlusTracker::MatchEcho(const Input& in, const MediaState& other, RtcpReceiver& receiver,
                               RtcpPacketResult* result) {
  if (!result->echo || other.record == kNone ||
      (other.type != UdpType::kFirstRtpPlus && other.type != UdpType::kRtpPlus)) {
    return;
  }
  for (uint32_t node = sides_[other.record].rtcp.head; node != kNone; node = rtcp_[node].next) {
    const RtcpReceiver& sender = rtcp_[node].receiver;
    if (sender.last_report_id() != result->echo->report_id) continue;
    receiver.AddRoundTrip(*result->echo, sender.last_report_time(), in.now(), result);
    return;
  }
}

void RtpPlusTracker::Confirm(const Input& in, int layer7_index, MediaState& self) {
  self.type = UdpType::kRtpPlus;
  ++(layer7_index == kRtpIndex ? confirmed_.rtp : confirmed_.rtcp);
  if (observer_ != nullptr) observer_->OnMediaConfirmed(in.ends, in.step.direction, layer7_index);
}

void RtpPlusTracker::Finish(const MediaState& self, MediaDirection* out) const {
  out->protocols = Protocols(self);
  if (self.record == kNone) return;
  const Side& side = sides_[self.record];
  for (uint32_t node = side.rtp.head; node != kNone; node = rtp_[node].next) {
    if (is_true_ && rtp_[node].stream.packets() == 1) continue;
    out->rtp.push_back(rtp_[node].stream.stream());
  }
  for (uint32_t node = side.rtcp.head; node != kNone; node = rtcp_[node].next) {
    out->rtcp.push_back(rtcp_[node].receiver.stream());
  }
}

uint8_t RtpPlusTracker::Protocols(const MediaState& self) const {
  const uint8_t shared = self.record == kNone ? uint8_t{0} : sides_[self.record].protocols;
  return self.type == UdpType::kDtls ? shared | media_protocol::kDtls : shared;
}

void RtpPlusTracker::Release(MediaState& self) {
  if (self.record == kNone) return;
  const Side& side = sides_[self.record];
  FreeAll(rtp_, side.rtp, self.record, &rtp_index_);
  FreeAll(rtcp_, side.rtcp, self.record, &rtcp_index_);
  sides_.Free(self.record);
  self.record = kNone;
}

}  // namespace tstat::internal
