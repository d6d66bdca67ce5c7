// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/quic_handshake.h"

#include <algorithm>
#include <string_view>

#include "l7/tls/client_hello.h"
#include "l7/udp/hello_details.h"
#include "l7/udp/quic_varint.h"

namespace tstat::internal {
namespace {

// A handshake message: type, and a length of three bytes (RFC 8446, 4).
constexpr uint8_t kClientHello = 1;
constexpr size_t kMessageHeader = 4;

// Versions like 0x1a2a3a4a, which no server has, so that it answers with its own (RFC 9000, 15).
constexpr bool IsReservedQuicVersion(uint32_t version) {
  return (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}
// What keys such a first packet may have: of version 1, and of the drafts.
constexpr uint32_t kVersionsBehindReserved[] = {1, 0xff00001d, 0xff000017};

bool IsBeginOfHello(ByteReader message) {
  constexpr uint32_t kLongest = 1 << 16;
  return message.U8(0) == kClientHello && message.Has(0, kMessageHeader) &&
         message.U24(1) < kLongest;
}

// Google's own hello: tags with the ends of their values, which follow (QUIC Crypto, 2013).
std::string_view GoogleServerName(ByteReader message) {
  constexpr std::string_view kHello = "CHLO", kName = std::string_view("SNI\0", 4);
  constexpr size_t kCount = 4, kTags = 8, kTag = 8;
  if (!message.StartsWith(kHello)) return {};
  const size_t count = message.U16Le(kCount), values = kTags + count * kTag;
  uint32_t begin = 0;
  for (size_t i = 0; i < count && message.Has(kTags + i * kTag, kTag); ++i) {
    const size_t at = kTags + i * kTag;
    const uint32_t end = message.U32Le(at + 4);
    if (end < begin) break;
    if (message.StartsWith(kName, at)) {
      const std::string_view name = message.Text(values + begin, end - begin);
      return name.size() == end - begin && IsHelloName(name) ? name : std::string_view();
    }
    begin = end;
  }
  return {};
}

// Google's user_agent among the transport parameters (RFC 9000, 18).
std::string_view UserAgent(ByteReader parameters) {
  constexpr uint64_t kUserAgent = 0x3129;
  for (size_t at = 0; at < parameters.size();) {
    const std::optional<QuicVarint> id = QuicVarint::Parse(parameters, at);
    if (!id) break;
    at += id->size;
    const std::optional<QuicVarint> length = QuicVarint::Parse(parameters, at);
    if (!length || length->value > parameters.size()) break;
    at += length->size;
    if (!parameters.Has(at, length->value)) break;
    if (id->value == kUserAgent) return parameters.Text(at, length->value);
    at += length->value;
  }
  return {};
}

}  // namespace

QuicHandshakeTracker::Id::Id(ByteReader id) : size_(static_cast<uint8_t>(id.size())) {
  std::copy(id.bytes().begin(), id.bytes().end(), bytes_.begin());
}

bool QuicHandshakeTracker::OnDatagram(Direction sender, const UdpPayload& p, uint32_t& state) {
  constexpr uint8_t kLongWithFixedBit = 0xC0;
  ByteReader rest = p.bytes.Sub(0, p.captured());
  if (state == kNone) {
    if ((rest.U8(0) & kLongWithFixedBit) != kLongWithFixedBit) return false;
    const std::optional<QuicLongPacket> first = QuicLongPacket::Parse(rest);
    if (!first || first->version == 0) return false;
  }
  Flow& flow = flows_.Open(state);
  for (int i = 0; i < kMostCoalesced && !rest.empty(); ++i) {
    const std::optional<QuicLongPacket> packet = QuicLongPacket::Parse(rest);
    if (!packet) break;
    OnPacket(static_cast<uint8_t>(Index(sender)), *packet, flow);
    rest = rest.Sub(packet->size);
  }
  return flow.found;
}

void QuicHandshakeTracker::OnPacket(uint8_t sender, const QuicLongPacket& packet, Flow& flow) {
  switch (packet.type) {
    case QuicPacketType::kVersionNegotiation:
      // It answers with the ids turned round (RFC 8999, 6).
      if (flow.has_sent[1 - sender] && flow.source_id[1 - sender] == Id(packet.destination_id)) {
        flow.found = true;
      }
      return;
    case QuicPacketType::kRetry:
      flow.retried |= flow.has_sent[1 - sender];
      return;
    case QuicPacketType::kInitial:
      TakeInitial(sender, packet, flow);
      break;
    case QuicPacketType::kZeroRtt:
      ++flow.zero_rtt_packets;
      break;
    case QuicPacketType::kHandshake:
      break;
  }
  Match(sender, packet, flow);
}

// Packets of both sides that answer each other show QUIC without a key, too: of a version that
// nobody knows here, or whose first packets were not captured.
void QuicHandshakeTracker::Match(uint8_t sender, const QuicLongPacket& packet, Flow& flow) {
  const auto other = static_cast<uint8_t>(1 - sender);
  const Id destination(packet.destination_id);
  if (flow.has_sent[other] && flow.source_id[other] == destination &&
      (flow.version[other] == packet.version || IsQuicVersion(packet.version)) &&
      (!destination.empty() || IsQuicVersion(packet.version))) {
    flow.found = true;
  }
  flow.has_sent[sender] = true;
  flow.version[sender] = packet.version;
  flow.source_id[sender] = Id(packet.source_id);
}

void QuicHandshakeTracker::TakeInitial(uint8_t sender, const QuicLongPacket& packet, Flow& flow) {
  if (flow.done || (flow.authentic && sender != flow.client)) return;
  if (flow.opened >= kMostOpened) {
    if (flow.buffer != kNone) ++given_up_;
    GiveUp(flow);
    flow.done = true;
    return;
  }
  ++flow.opened;
  // With the keys of the packets before: the client's first connection id makes them, whatever ids
  // come later.
  const bool in_other = flow.keys && flow.keys_version != packet.version;
  if (flow.keys && !in_other && OpenWith(*flow.keys, packet, false, flow)) return;
  if (in_other && OpenInOther(packet, flow)) return;
  // Or with those of its own: the first one, or the first after a Retry or another version.
  if (!IsReservedQuicVersion(packet.version)) {
    OpenAs(packet.version, sender, packet, flow);
    return;
  }
  // The client wants to hear which versions there are, and uses the keys of one that it has.
  for (const uint32_t version : kVersionsBehindReserved) {
    if (OpenAs(version, sender, packet, flow)) return;
  }
}

bool QuicHandshakeTracker::OpenAs(uint32_t version, uint8_t sender, const QuicLongPacket& packet,
                                  Flow& flow) {
  const bool is_new = flow.keys && flow.keys_version != packet.version;
  const std::optional<QuicClientKeys> keys =
      QuicClientKeys::Derive(QuicRulesOf(version), packet.destination_id.bytes());
  if (!keys || !OpenWith(*keys, packet, is_new, flow)) return false;
  flow.keys = keys;
  flow.keys_version = packet.version;
  flow.keys_id = Id(packet.destination_id);
  flow.client = sender;
  return true;
}

bool QuicHandshakeTracker::OpenInOther(const QuicLongPacket& packet, Flow& flow) {
  const std::optional<QuicClientKeys> keys =
      QuicClientKeys::Derive(QuicRulesOf(packet.version), flow.keys_id.bytes());
  if (!keys || !OpenWith(*keys, packet, false, flow)) return false;
  flow.keys = keys;
  flow.keys_version = packet.version;
  return true;
}

bool QuicHandshakeTracker::OpenWith(const QuicClientKeys& keys, const QuicLongPacket& packet,
                                    bool is_new, Flow& flow) {
  const QuicOpener::Opened opened = opener_.Open(packet, keys);
  if (opened.plain.empty() || (packet.whole() && !opened.is_authentic)) return false;
  return TakeFrames(ByteReader(opened.plain), opened.is_authentic, is_new, flow);
}

// What was cut is believed if all of it are frames, and the message begins as a hello.
bool QuicHandshakeTracker::TakeFrames(ByteReader plain, bool is_authentic, bool is_new,
                                      Flow& flow) {
  bool is_hello = false;
  const auto look = [&](uint64_t offset, ByteReader data) {
    is_hello |= offset == 0 && (IsBeginOfHello(data) || data.StartsWith("CHLO"));
  };
  if (!ForEachCryptoFrame(plain, look) && !is_authentic) return false;
  if (!is_authentic && !is_hello && (is_new || flow.buffer == kNone)) return false;
  if (is_new) flows_.FreeBuffer(flow.buffer);
  flow.found = true;
  flow.authentic |= is_authentic;
  HelloBuffer& buffer = flows_.Buffer(flow.buffer);
  bool fits = true;
  ForEachCryptoFrame(
      plain, [&](uint64_t offset, ByteReader data) { fits = fits && buffer.Add(offset, data); });
  const ByteReader message = buffer.front();
  if (!fits) {
    ++given_up_;
  } else if (message.size() < kMessageHeader ||
             (IsBeginOfHello(message) && message.size() < kMessageHeader + message.U24(1) &&
              message.size() < HelloBuffer::kCapacity)) {
    return true;  // the rest may come
  }
  ReadHello(message, flow);
  flows_.FreeBuffer(flow.buffer);
  flow.done = true;
  return true;
}

void QuicHandshakeTracker::ReadHello(ByteReader message, Flow& flow) {
  if (const std::string_view name = GoogleServerName(message); !name.empty()) {
    flow.details = std::make_shared<QuicDetails>();
    flow.details->server_name = name;
    flow.handshake = std::make_shared<HandshakeDetails>();
    flow.handshake->server_name = name;
    return;
  }
  if (!IsBeginOfHello(message)) return;
  const std::optional<ClientHello> hello =
      ClientHello::Parse(message.Sub(kMessageHeader, message.U24(1)), HelloCarrier::kQuic,
                         message.Has(kMessageHeader, message.U24(1)));
  if (!hello) return;
  flow.handshake = std::make_shared<HandshakeDetails>(DetailsOf(*hello, HelloCarrier::kQuic));
  flow.details = std::make_shared<QuicDetails>();
  flow.details->server_name = hello->server_name;
  flow.details->user_agent = PercentEncoded(UserAgent(hello->quic_parameters));
  flow.details->ech_length = hello->encrypted_hello_length;
}

void QuicHandshakeTracker::Finish(uint32_t state) {
  if (state != kNone) GiveUp(flows_[state]);
}

void QuicHandshakeTracker::GiveUp(Flow& flow) {
  if (flow.done || flow.buffer == kNone) return;
  ReadHello(flows_.Buffer(flow.buffer).front(), flow);
  flows_.FreeBuffer(flow.buffer);
  flow.done = true;
}

std::shared_ptr<const QuicDetails> QuicHandshakeTracker::Details(uint32_t state) const {
  if (state == kNone || !flows_[state].found) return nullptr;
  const Flow& flow = flows_[state];
  auto details = flow.details != nullptr ? std::make_shared<QuicDetails>(*flow.details)
                                         : std::make_shared<QuicDetails>();
  details->flagged = true;
  details->client_version = flow.version[flow.client];
  details->server_version = flow.version[1 - flow.client];
  details->zero_rtt_packets = flow.zero_rtt_packets;
  return details;
}

std::shared_ptr<const HandshakeDetails> QuicHandshakeTracker::Handshake(uint32_t state) const {
  if (state == kNone || !flows_[state].found) return nullptr;
  const Flow& flow = flows_[state];
  auto details = flow.handshake != nullptr ? std::make_shared<HandshakeDetails>(*flow.handshake)
                                           : std::make_shared<HandshakeDetails>();
  details->quic_version = flow.version[flow.client];
  details->server_answered = flow.has_sent[1 - flow.client];
  details->retried = flow.retried;
  return details;
}

}  // namespace tstat::internal
