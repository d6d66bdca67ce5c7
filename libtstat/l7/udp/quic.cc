// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/quic.h"

#include <algorithm>
#include <optional>

#include "l7/udp/quic_varint.h"

namespace tstat::internal {
namespace {

// Integers of the header are read only where as many bytes follow as the reference asks for.
constexpr size_t kVarintRoom = 5;

std::optional<QuicVarint> ReadHeaderVarint(const ByteReader& b, size_t offset) {
  if (!b.Has(offset, kVarintRoom)) return std::nullopt;
  return ReadQuicVarint(b, offset);
}

}  // namespace

QuicHeader QuicHeader::Parse(const ByteReader& b) {
  QuicHeader h;
  const uint8_t first = b.U8(0);
  h.fixed_bit = (first & 0x40) != 0;
  h.long_form = (first & 0x80) != 0;
  if (!h.long_form) return h;
  h.type = first >> 4 & 3;
  h.version = b.U32(1);
  h.destination_id_length = b.U8(5);
  size_t at = size_t{6} + h.destination_id_length;
  if (h.destination_id_length > kMaxIdLength || at >= b.size()) return h;
  h.source_id_length = b.U8(at);
  at += size_t{1} + h.source_id_length;
  if (h.source_id_length > kMaxIdLength || at >= b.size() || h.type != 0) return h;

  const std::optional<QuicVarint> token = ReadHeaderVarint(b, at);
  if (!token || token->value > b.size()) return h;
  h.token_field_bytes = token->size + token->value;
  const std::optional<QuicVarint> length = ReadHeaderVarint(b, at + h.token_field_bytes);
  if (!length) return h;
  h.length_field_bytes = length->size;
  h.packet_length = length->value;
  return h;
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
  if (p.available < 27 || p.length_field == 0) return false;

  const QuicHeader h = QuicHeader::Parse(p.bytes.Sub(0, p.captured()));
  if (state == kNone) {
    // Only an Initial begins anything.
    if (!h.long_form || !h.fixed_bit || h.type != 0 || !h.ids_fit() ||
        h.destination_id_length == 0) {
      return false;
    }
    state = flows_.Allocate();
  }
  Flow& flow = flows_[state];
  const auto self = static_cast<size_t>(Index(sender));
  if (flow.state[self] != State::kDone) FollowHandshake(sender, h, p, flow);
  if (options_.read_hello && sender == Direction::kClientToServer &&
      (flow.state[self] != State::kDone || packets <= kPacketsOfFound)) {
    ReadHello(h, p, flow);
  }
  return flow.flagged;
}

void QuicTracker::FollowHandshake(Direction sender, const QuicHeader& h, const UdpPayload& p,
                                  Flow& flow) {
  constexpr uint8_t kInitial = 0, kZeroRtt = 1;
  if (!h.long_form || !h.fixed_bit || !h.ids_fit()) return;
  State& self = flow.state[static_cast<size_t>(Index(sender))];
  State& other = flow.state[static_cast<size_t>(1 - Index(sender))];
  if (h.type == kInitial) {
    if (sender == Direction::kClientToServer) {
      const std::span<const uint8_t> id = p.bytes.Sub(6, h.destination_id_length).bytes();
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

void QuicTracker::ReadHello(const QuicHeader& h, const UdpPayload& p, Flow& flow) {
  // An 8-bit sum: long tokens are not followed (a quirk).
  const size_t token_bytes = static_cast<uint8_t>(h.token_field_bytes);
  const size_t packet_number_at =
      size_t{7} + h.destination_id_length + h.source_id_length + token_bytes + h.length_field_bytes;
  // Counted with the UDP header and a packet number of one byte.
  const size_t encrypted_at = 8 + packet_number_at + 1;
  const bool is_initial = h.long_form && flow.has_id && h.ids_fit() && encrypted_at >= 19 &&
                          encrypted_at + 19 <= p.available;
  if (is_initial) {
    if (flow.hello == kNone) {
      flow.hello = hellos_.Allocate();
    }
    const std::span<const uint8_t> id(flow.id.data(), h.destination_id_length);
    const std::span<const uint8_t> plain =
        decryptor_.Decrypt(p.bytes.Sub(0, p.captured()), packet_number_at, id);
    hellos_[flow.hello].AddFrames(ByteReader(plain), h.packet_length);
  }
  if (flow.hello != kNone) hellos_[flow.hello].ReadHello(&flow.found);
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
