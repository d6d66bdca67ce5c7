// SPDX-License-Identifier: BSD-3-Clause
#include "decode/decoder.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "decode/ipv6_headers.h"
#include "decode/tunnels.h"

namespace tstat::internal {
namespace {

constexpr uint32_t kEthernetHeaderBytes = 14;
// Longer captures are cut.
constexpr size_t kMaxFrameBytes = 65535;
constexpr size_t kIpv4FixedHeaderBytes = 20;
constexpr uint16_t kFragmentOffsetMask = 0x1FFF;

// Places in the IPv4 header (RFC 791, 3.1).
namespace ipv4 {
constexpr size_t kVersionAndLength = 0, kTypeOfService = 1, kTotalLength = 2, kIdentification = 4,
                 kFragment = 6, kTtl = 8, kProtocol = 9, kSource = 12, kDestination = 16;
}  // namespace ipv4
// In the IPv6 header (RFC 8200, 3): version, traffic class and flow label share the first word.
namespace ipv6 {
constexpr size_t kVersionAndClass = 0, kPayloadLength = 4, kHopLimit = 7, kSource = 8,
                 kDestination = 24, kAddressBytes = 16;
constexpr int kClassShift = 4;
}  // namespace ipv6
// In an Ethernet header.
namespace ethernet {
constexpr size_t kDestination = 0, kSource = 6, kAddressBytes = 6;
}  // namespace ethernet

constexpr std::array<std::string_view, static_cast<size_t>(DropReason::kCount)> kReasonNames = {
    "unsupported link type",
    "short link header",
    "not IP",
    "bad IP version",
    "short IP header",
    "bad IP version in tunnel",
    "fragment",
    "not TCP or UDP",
    "bad IPv6 extension headers",
    "short TCP or UDP header",
    "bad TCP header",
    "bad IP header",
    "encrypted by the link",
    "too many headers in one another",
};

uint8_t Version(ByteReader ip) { return ip.U8(0) >> 4; }
size_t Ipv4HeaderBytes(uint8_t first_byte) { return (first_byte & 0x0F) * size_t{4}; }

// True when the fixed IP header is captured in full. The version is 4 or 6.
bool HoldsFixedHeader(ByteReader ip, uint8_t version) {
  return ip.Has(0, version == 4 ? kIpv4FixedHeaderBytes : kIpv6FixedHeaderBytes);
}

bool IsTunnel(uint8_t protocol) {
  return protocol == ip_protocol::kIpv4 || protocol == ip_protocol::kIpv6;
}

bool RepeatsPrevious(LinkType type) { return type == LinkType::kPpp || type == LinkType::kFddi; }

bool IsIpVersion(uint8_t version) { return version == 4 || version == 6; }

// The TCP or UDP header at the start of out->transport_bytes.
struct TransportInfo {
  Transport transport = Transport::kOther;
  uint8_t header_bytes = 0;  // the least that must be there
};
// By IP protocol. A table, because a branch between TCP and UDP could not be predicted.
constexpr std::array<TransportInfo, 256> kTransports = [] {
  std::array<TransportInfo, 256> all;
  all[ip_protocol::kTcp] = {Transport::kTcp, 20};
  all[ip_protocol::kUdp] = {Transport::kUdp, 8};
  return all;
}();

inline DropReason ReadTransport(uint8_t protocol, Datagram* out) {
  const TransportInfo info = kTransports[protocol];
  out->transport = info.transport;
  if (info.transport == Transport::kOther) return DropReason::kNotTcpUdp;
  if (!out->transport_bytes.Has(0, info.header_bytes)) {
    out->truncated = true;
    return DropReason::kShortTransportHeader;
  }
  constexpr size_t kSourcePort = 0, kDestinationPort = 2;  // of TCP and UDP
  out->source_port = out->transport_bytes.U16(kSourcePort);
  out->destination_port = out->transport_bytes.U16(kDestinationPort);
  return DropReason::kCount;
}

void ClearTransport(Datagram* out) {
  out->source_port = 0;
  out->destination_port = 0;
  out->transport = Transport::kOther;
  out->truncated = false;
}

}  // namespace

std::string_view DropReasonName(DropReason reason) {
  const auto i = static_cast<size_t>(reason);
  return i < kReasonNames.size() ? kReasonNames[i] : std::string_view();
}

Decoder::Decoder(DecoderOptions options)
    : options_(std::move(options)), frames_(options_.opens_tunnels) {}

DecodeResult Decoder::Drop(DropReason reason) {
  ++statistics_.dropped[static_cast<size_t>(reason)];
  switch (reason) {
    case DropReason::kShortLinkHeader:
      // Nothing says that this was IP, but that IP is what comes on this link.
      return saw_ip_ ? DecodeResult::kShort : DecodeResult::kDropped;
    case DropReason::kShortIpHeader:
      return DecodeResult::kShort;
    case DropReason::kBadIpVersion:
    case DropReason::kBadInnerIpVersion:
      return DecodeResult::kDelivered;
    default:
      return DecodeResult::kDropped;
  }
}

inline DropReason Decoder::DecodeIpv4(ByteReader ip, Datagram* out) {
  const HeaderReader<kIpv4FixedHeaderBytes> header = ip.Header<kIpv4FixedHeaderBytes>();
  const uint16_t total_length = header.U16<ipv4::kTotalLength>();
  const size_t header_bytes = Ipv4HeaderBytes(header.U8<ipv4::kVersionAndLength>());
  out->source.AssignV4(header.U32<ipv4::kSource>());
  out->destination.AssignV4(header.U32<ipv4::kDestination>());
  out->is_v6 = false;
  out->flow_space = 0;
  out->ttl = header.U8<ipv4::kTtl>();
  out->ip_protocol = header.U8<ipv4::kProtocol>();
  out->type_of_service = header.U8<ipv4::kTypeOfService>();
  out->ip_id = header.U16<ipv4::kIdentification>();
  out->ip_total_length = total_length;
  out->ip_header_length = static_cast<int32_t>(header_bytes);
  out->ip_payload_length = int32_t{total_length} - out->ip_header_length;
  // Padding is cut, but for its first byte (a quirk).
  out->ip = ip.Sub(0, size_t{total_length} + 1);
  out->transport_bytes = out->ip.Sub(header_bytes);
  if ((header.U16<ipv4::kFragment>() & kFragmentOffsetMask) != 0) return DropReason::kFragment;
  return ReadTransport(out->ip_protocol, out);
}

DecodeResult Decoder::DecodeAsTstat(const Packet& packet, Datagram* out) {
  ++statistics_.frames;
  const ByteReader frame(packet.data.first(std::min(packet.data.size(), kMaxFrameBytes)));
  const IpLocation location = link_.Locate(packet.link_type, frame);
  if (!location.found()) [[unlikely]]
    return DecodeOther(packet, location.reason, out);

  const ByteReader ip = frame.Sub(location.offset);
  if (ip.empty()) [[unlikely]]
    return Drop(DropReason::kShortLinkHeader);
  // The first comparison is known where Ethernet was found; whole frames of both links have others.
  if (location.offset != kEthernetHeaderBytes && RepeatsPrevious(packet.link_type)) [[unlikely]] {
    KeepForRepeats(ip);
  }
  return DecodeIp(packet, ip, out);
}

// Of what the flow key is to hold beside the endpoints. VLANs are told apart for certain, tunnels
// but for one of 2^29 pairs that have the same endpoints inside.
uint32_t Decoder::FlowSpaceOf(const Datagram& d) const {
  constexpr uint32_t kMask = 0x1FFFFFFF;
  const uint32_t vlan = options_.vlan_in_flow_key ? d.vlan : 0;
  if (!options_.tunnel_in_flow_key || d.tunnel.kind == TunnelKind::kNone || d.tunnel.is_outer) {
    return vlan << flow_space::kShift;
  }
  const uint32_t id = HasNumberOfBothWays(d.tunnel.kind) ? d.tunnel.id : 0;
  uint64_t mixed =
      (uint64_t{id} << 32 | vlan << 8 | static_cast<uint32_t>(d.tunnel.kind)) * 0x9E3779B97F4A7C15;
  mixed ^= mixed >> 32;
  return (static_cast<uint32_t>(mixed * 0xD6E8FEB86659FD93 >> 32) & kMask) << flow_space::kShift;
}

// What is no IP packet still tells the time, as long as it is one frame of a link that carries IP.
DecodeResult Decoder::DecodeTruly(const Packet& packet, Datagram* out) {
  ++statistics_.frames;
  const size_t first_outer = outer_.size();
  const FrameResult found = frames_.Decode(packet, out, &outer_);
  if (found.reason != DropReason::kCount) {
    ++statistics_.dropped[static_cast<size_t>(found.reason)];
  }
  if (!found.has_ip) {
    return found.reason == DropReason::kShortIpHeader ? DecodeResult::kShort
                                                      : DecodeResult::kDropped;
  }
  const auto complete = [&](Datagram& d) {
    d.time = packet.time;
    d.zeros_behind = true;
    d.origin = packet.origin;
    if (options_.vlan_in_flow_key || options_.tunnel_in_flow_key) d.flow_space |= FlowSpaceOf(d);
    if (options_.macs.enabled && packet.origin == PacketOrigin::kUnknown) {
      d.origin = OriginByMac(packet.link_type, ByteReader(packet.data));
    }
  };
  complete(*out);
  for (Datagram& outer : std::span(outer_).subspan(first_outer)) complete(outer);
  return DecodeResult::kIp;
}

void Decoder::KeepForRepeats(ByteReader ip) {
  if (options_.repeats_previous_packet) {
    previous_ip_.assign(ip.bytes().begin(), ip.bytes().end());
  }
}

DecodeResult Decoder::DecodeOther(const Packet& packet, DropReason reason, Datagram* out) {
  if (reason != DropReason::kNotIp || !RepeatsPrevious(packet.link_type) ||
      !options_.repeats_previous_packet) {
    return Drop(reason);
  }
  if (previous_ip_.empty()) return DecodeResult::kDelivered;
  std::vector<uint8_t>& copy = repeated_[next_repeated_];
  next_repeated_ = (next_repeated_ + 1) % repeated_.size();
  copy = previous_ip_;
  return DecodeIp(packet, ByteReader(copy), out);
}

inline DecodeResult Decoder::DecodeIp(const Packet& packet, ByteReader ip, Datagram* out) {
  out->zeros_behind = longest_ip_ <= ip.size();
  longest_ip_ = std::max(longest_ip_, ip.size());
  uint8_t version = Version(ip);
  if (!IsIpVersion(version)) [[unlikely]]
    return Drop(DropReason::kBadIpVersion);
  if (!HoldsFixedHeader(ip, version)) [[unlikely]]
    return Drop(DropReason::kShortIpHeader);

  if (version == 4 && IsTunnel(ip.U8(ipv4::kProtocol))) [[unlikely]] {
    // One level; the inner packet takes the outer one's place.
    ip = ip.Sub(Ipv4HeaderBytes(ip.U8(ipv4::kVersionAndLength)));
    if (ip.empty()) return Drop(DropReason::kShortIpHeader);
    version = Version(ip);
    if (!IsIpVersion(version)) return Drop(DropReason::kBadInnerIpVersion);
    if (!HoldsFixedHeader(ip, version)) return Drop(DropReason::kShortIpHeader);
  }

  saw_ip_ = true;
  out->time = packet.time;
  out->captured = ip;
  out->origin = packet.origin;
  if (options_.macs.enabled && packet.origin == PacketOrigin::kUnknown) [[unlikely]] {
    out->origin = OriginByMac(packet.link_type, ByteReader(packet.data));
  }
  ClearTransport(out);
  const DropReason reason = version == 4 ? DecodeIpv4(ip, out) : DecodeIpv6(ip, out);
  if (reason != DropReason::kCount) ++statistics_.dropped[static_cast<size_t>(reason)];
  return DecodeResult::kIp;
}

DropReason Decoder::DecodeIpv6(ByteReader ip, Datagram* out) {
  const uint16_t payload_length = ip.U16(ipv6::kPayloadLength);
  out->source = IpAddress::V6(ip.bytes().subspan<ipv6::kSource, ipv6::kAddressBytes>());
  out->destination = IpAddress::V6(ip.bytes().subspan<ipv6::kDestination, ipv6::kAddressBytes>());
  out->is_v6 = true;
  out->flow_space = flow_space::kV6;
  out->ttl = ip.U8(ipv6::kHopLimit);
  out->type_of_service = static_cast<uint8_t>(ip.U16(ipv6::kVersionAndClass) >> ipv6::kClassShift);
  out->ip_id = payload_length;  // the bytes of IPv4's identification (a quirk)
  out->ip_total_length = uint32_t{payload_length} + kIpv6FixedHeaderBytes;
  out->ip = ip;

  const Ipv6Transport transport = FindIpv6Transport(ip, options_.ipv6_fragment_header_bytes);
  out->ip_protocol = transport.protocol;
  out->ip_header_length = Ipv6HeaderLength(ip);
  out->ip_payload_length = static_cast<int32_t>(out->ip_total_length) - out->ip_header_length;
  out->transport_bytes = transport.outcome == Ipv6Transport::Outcome::kPastCapture
                             ? ByteReader()
                             : ip.Sub(transport.offset);
  switch (transport.outcome) {
    case Ipv6Transport::Outcome::kFragment:
      return DropReason::kFragment;
    case Ipv6Transport::Outcome::kPastCapture:
      return DropReason::kBadExtensionHeaders;
    case Ipv6Transport::Outcome::kEnd:
      break;
  }
  return ReadTransport(transport.protocol, out);
}

PacketOrigin Decoder::OriginByMac(LinkType type, ByteReader frame) const {
  if (!LinkLayer::IsEthernet(type) || !frame.Has(0, 2 * ethernet::kAddressBytes))
    return PacketOrigin::kExternalBoth;
  const auto is_internal = [this](std::span<const uint8_t, ethernet::kAddressBytes> address) {
    return std::any_of(options_.macs.internal.begin(), options_.macs.internal.end(),
                       [address](const std::array<uint8_t, 6>& mac) {
                         return std::memcmp(mac.data(), address.data(), mac.size()) == 0;
                       });
  };
  const bool source =
      is_internal(frame.bytes().subspan<ethernet::kSource, ethernet::kAddressBytes>());
  const bool destination =
      is_internal(frame.bytes().subspan<ethernet::kDestination, ethernet::kAddressBytes>());
  if (source) return destination ? PacketOrigin::kInternalBoth : PacketOrigin::kInternalSource;
  return destination ? PacketOrigin::kExternalSource : PacketOrigin::kExternalBoth;
}

}  // namespace tstat::internal
