// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/quic.h"

#include <algorithm>
#include <optional>

#include "l7/udp/quic_varint.h"

namespace tstat::internal {
namespace {

// Integers of the header are read only where as many bytes follow as the reference asks for.
constexpr size_t kVarintRoom = 5;

constexpr uint8_t kInitial = 0, kZeroRtt = 1;  // types

std::optional<QuicVarint> ReadHeaderVarint(ByteReader b, size_t offset) {
  if (!b.Has(offset, kVarintRoom)) return std::nullopt;
  return QuicVarint::Parse(b, offset);
}

// What is behind the first byte.
void ReadLongHeader(ByteReader b, QuicHeader* h) {
  constexpr size_t kVersion = 1, kDestinationIdLength = 5;
  h->version = b.U32(kVersion);
  h->destination_id_length = b.U8(kDestinationIdLength);
  size_t at = QuicHeader::kDestinationId + h->destination_id_length;
  if (h->destination_id_length > QuicHeader::kMaxIdLength || at >= b.size()) return;
  h->source_id_length = b.U8(at);
  at += size_t{1} + h->source_id_length;
  if (h->source_id_length > QuicHeader::kMaxIdLength || at >= b.size() || h->type != kInitial) {
    return;
  }
  const std::optional<QuicVarint> token = ReadHeaderVarint(b, at);
  if (!token || token->value > b.size()) return;
  h->token_field_bytes = token->size + token->value;
  h->has_long_integer = token->size == QuicVarint::kLongest;
  const std::optional<QuicVarint> length = ReadHeaderVarint(b, at + h->token_field_bytes);
  if (!length) return;
  h->length_field_bytes = length->size;
  h->packet_length = length->value;
  h->has_long_integer |= length->size == QuicVarint::kLongest;
}

}  // namespace

std::optional<QuicHeader> QuicHeader::Parse(ByteReader b) {
  constexpr uint8_t kLongForm = 0x80, kFixedBit = 0x40;
  const uint8_t first = b.U8(0);
  if ((first & kLongForm) == 0) return std::nullopt;
  std::optional<QuicHeader> header;
  header.emplace();
  header->fixed_bit = (first & kFixedBit) != 0;
  header->type = first >> 4 & 3;
  ReadLongHeader(b, &*header);
  return header;
}

bool QuicTracker::OnPacket(Direction sender, uint64_t flow_packets, uint64_t packets,
                           const UdpPayload& p, uint32_t& state) {
  if (flow_packets >= kPacketBudget) {
    // The hello is not added to any more.
    if (state != kNone && flows_[state].hello != kNone) {
      hellos_.Free(flows_[state].hello);
      flows_[state].hello = kNone;
    }
    return false;
  }
  constexpr uint64_t kPacketsOfFound = 10;
  if (state != kNone && flows_[state].flagged && packets > kPacketsOfFound) return false;
  constexpr size_t kShortest = 19;
  if (p.captured() < kShortest || p.length_field == 0) return false;

  const std::optional<QuicHeader> h = QuicHeader::Parse(p.bytes.Sub(0, p.captured()));
  if (state == kNone) {
    // Only an Initial begins anything; one without a connection id its hello alone.
    if (!h || !h->fixed_bit || h->type != kInitial || !h->ids_fit()) return false;
    const bool has_hello = options_.read_hello && sender == Direction::kClientToServer;
    if (h->destination_id_length == 0 && !has_hello) return false;
    state = flows_.Allocate();
  }
  Flow& flow = flows_[state];
  const auto self = static_cast<size_t>(Index(sender));
  if (h && flow.state[self] != State::kDone) FollowHandshake(sender, *h, p, flow);
  if (options_.read_hello && sender == Direction::kClientToServer &&
      (flow.state[self] != State::kDone || packets <= kPacketsOfFound)) {
    ReadHello(h, p, flow);
  }
  return flow.flagged;
}

void QuicTracker::FollowHandshake(Direction sender, const QuicHeader& h, const UdpPayload& p,
                                  Flow& flow) {
  if (!h.fixed_bit || !h.ids_fit()) return;
  State& self = flow.state[static_cast<size_t>(Index(sender))];
  State& other = flow.state[static_cast<size_t>(1 - Index(sender))];
  if (h.type == kInitial) {
    if (sender == Direction::kClientToServer) {
      const std::span<const uint8_t> id =
          p.bytes.Sub(QuicHeader::kDestinationId, h.destination_id_length).bytes();
      std::copy(id.begin(), id.end(), flow.id.begin());
      flow.has_id = true;
    }
    if (h.destination_id_length > 0 && other != State::kOpen) {
      flow.client_version = h.version;
      self = State::kOpen;
    } else if (h.source_id_length > 0 && other == State::kOpen) {
      flow.server_version = h.version;
      if (flow.server_version == flow.client_version) {
        self = other = State::kDone;
        flow.flagged = true;
      }
    }
    // 0-RTT packets behind the Initial in the same datagram are not counted.
  } else if (h.type == kZeroRtt && self == State::kOpen && h.destination_id_length > 0) {
    ++flow.zero_rtt_packets;
  }
}

void QuicTracker::ReadHello(const std::optional<QuicHeader>& h, const UdpPayload& p, Flow& flow) {
  if (h && flow.has_id && h->ids_fit()) DecryptInitial(*h, p, flow);
  if (flow.hello != kNone) hellos_[flow.hello].ReadHello(options_.read_drafts, &flow.found);
}

void QuicTracker::DecryptInitial(const QuicHeader& h, const UdpPayload& p, Flow& flow) {
  constexpr size_t kFixedBytes = QuicHeader::kDestinationId + 1, kShortest = 19, kRoom = 19;
  // An 8-bit sum: long tokens are not followed (a quirk).
  const size_t token_bytes = static_cast<uint8_t>(h.token_field_bytes);
  const size_t packet_number_at = kFixedBytes + h.destination_id_length + h.source_id_length +
                                  token_bytes + h.length_field_bytes;
  // Counted with the UDP header and a packet number of one byte.
  const size_t encrypted_at = kUdpHeaderBytes + packet_number_at + 1;
  if (encrypted_at < kShortest || encrypted_at + kRoom > p.available) return;
  if (flow.hello == kNone) flow.hello = hellos_.Allocate();
  const std::span<const uint8_t> id(flow.id.data(), h.destination_id_length);
  const std::span<const uint8_t> plain =
      decryptor_.Decrypt(p.bytes.Sub(0, p.captured()), packet_number_at, id);
  // The reference takes the upper bits of the longest integers for a part of the value.
  if (h.has_long_integer && !options_.read_drafts) return;
  hellos_[flow.hello].AddFrames(ByteReader(plain), h.packet_length, options_.read_drafts);
}

std::shared_ptr<const QuicDetails> QuicTracker::Details(uint32_t state) const {
  if (state == kNone) return nullptr;
  const Flow& flow = flows_[state];
  if (!flow.flagged && flow.found.server_name.empty() && flow.found.user_agent.empty()) {
    return nullptr;
  }
  auto details = std::make_shared<QuicDetails>();
  details->server_name = flow.found.server_name.view();
  details->user_agent = flow.found.user_agent.view();
  details->flagged = flow.flagged;
  details->client_version = flow.client_version;
  details->server_version = flow.server_version;
  details->zero_rtt_packets = flow.zero_rtt_packets;
  details->ech_length = flow.found.ech_length;
  return details;
}

void QuicTracker::Release(uint32_t& state) {
  if (state == kNone) return;
  if (flows_[state].hello != kNone) hellos_.Free(flows_[state].hello);
  flows_.Free(state);
  state = kNone;
}

}  // namespace tstat::internal
