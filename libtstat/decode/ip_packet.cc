// SPDX-License-Identifier: BSD-3-Clause
#include "decode/ip_packet.h"

#include <algorithm>
#include <cstddef>

#include "decode/ipv6_headers.h"

namespace tstat::internal {
namespace {

constexpr size_t kIpv4LeastBytes = 20;
constexpr size_t kWordBytes = 4, kLongWordBytes = 8;
// Places in the IPv4 header (RFC 791, 3.1) and in the IPv6 header (RFC 8200, 3).
namespace v4 {
constexpr size_t kVersionAndLength = 0, kTypeOfService = 1, kTotalLength = 2, kIdentification = 4,
                 kFragment = 6, kTtl = 8, kProtocol = 9, kSource = 12, kDestination = 16;
constexpr uint16_t kOffsetMask = 0x1FFF, kMoreFragments = 0x2000;
}  // namespace v4
namespace v6 {
constexpr size_t kVersionAndClass = 0, kPayloadLength = 4, kNextHeader = 6, kHopLimit = 7,
                 kSource = 8, kDestination = 24, kAddressBytes = 16;
constexpr int kClassShift = 4;
constexpr uint8_t kNoNextHeader = 59;
}  // namespace v6

uint8_t VersionOf(const Part& part) { return part.bytes.U8(0) >> 4; }
size_t Ipv4HeaderLength(const Part& part) {
  return (part.bytes.U8(v4::kVersionAndLength) & 0x0F) * kWordBytes;
}

// The length of the packet. 0 in the field of what left or reached an interface that segments or
// joins packets: the frame tells.
uint64_t Ipv4Length(const Part& part) {
  const uint16_t total = part.bytes.U16(v4::kTotalLength);
  return total != 0 ? total : part.length;
}

// The jumbo payload option, if the first extension header has one (RFC 2675, 2); 0: none.
uint32_t JumboLength(const Part& part) {
  constexpr uint8_t kPadding = 0, kJumbo = 0xC2, kJumboBytes = 4;
  constexpr size_t kFirstOption = kIpv6FixedHeaderBytes + 2;
  const ByteReader& bytes = part.bytes;
  if (bytes.U8(v6::kNextHeader) != ip_protocol::kHopByHop) return 0;
  const size_t end =
      kIpv6FixedHeaderBytes + kLongWordBytes + kLongWordBytes * bytes.U8(kIpv6FixedHeaderBytes + 1);
  for (size_t at = kFirstOption; at < end && bytes.Has(at, 2);) {
    if (bytes.U8(at) == kPadding) {
      ++at;
      continue;
    }
    if (bytes.U8(at) == kJumbo && bytes.U8(at + 1) == kJumboBytes) return bytes.U32(at + 2);
    at += size_t{2} + bytes.U8(at + 1);
  }
  return 0;
}

uint64_t Ipv6Length(const Part& part) {
  const uint16_t payload = part.bytes.U16(v6::kPayloadLength);
  if (payload != 0) return kIpv6FixedHeaderBytes + uint64_t{payload};
  if (const uint32_t jumbo = JumboLength(part); jumbo != 0) return kIpv6FixedHeaderBytes + jumbo;
  // A packet of nothing but its header says so.
  if (part.bytes.U8(v6::kNextHeader) == v6::kNoNextHeader) return kIpv6FixedHeaderBytes;
  return part.length;
}

// The walk over what stands between the fixed header and TCP or UDP.
struct Walk {
  uint8_t protocol = 0;
  size_t offset = 0;  // of that protocol's header
  DropReason reason = DropReason::kCount;
};

void ReadFragmentHeader(const ByteReader& header, Datagram* out) {
  constexpr size_t kOffset = 2, kIdentification = 4;
  constexpr uint16_t kMore = 1;
  const uint16_t word = header.U16(kOffset);
  out->fragment_offset = word >> 3;
  out->more_fragments = (word & kMore) != 0;
  out->fragment_id = header.U32(kIdentification);
}

// RFC 8200, 4; 4302 (authentication); 6275 (mobility), 7401 (HIP), 5533 (shim6).
size_t ExtensionBytes(uint8_t protocol, uint8_t length) {
  constexpr uint8_t kHostIdentity = 139, kShim6 = 140;
  switch (protocol) {
    case ip_protocol::kHopByHop:
    case ip_protocol::kRouting:
    case ip_protocol::kDestinationOptions:
    case ip_protocol::kMobility:
    case kHostIdentity:
    case kShim6:
      return kLongWordBytes + kLongWordBytes * length;
    case ip_protocol::kFragment:
      return kLongWordBytes;
    case ip_protocol::kAuthentication:
      return 2 * kWordBytes + kWordBytes * length;
    default:
      return 0;
  }
}

void WalkExtensions(const ByteReader& ip, bool is_v6, Walk* walk, Datagram* out) {
  while (true) {
    if (!is_v6 && walk->protocol != ip_protocol::kAuthentication) return;
    const bool is_fragment = walk->protocol == ip_protocol::kFragment;
    const size_t bytes = ExtensionBytes(walk->protocol, ip.U8(walk->offset + 1));
    if (bytes == 0) return;
    if (!ip.Has(walk->offset, kLongWordBytes)) {
      walk->reason = DropReason::kBadExtensionHeaders;
      return;
    }
    if (is_fragment) ReadFragmentHeader(ip.Sub(walk->offset), out);
    walk->protocol = ip.U8(walk->offset);
    walk->offset += bytes;
    if (is_fragment && out->fragment_offset != 0) {
      walk->reason = DropReason::kFragment;
      return;
    }
  }
}

void ForgetTransport(Datagram* out) {
  out->source_port = 0;
  out->destination_port = 0;
  out->transport = Transport::kOther;
  out->truncated = false;
  out->udp_length = 0;
}

DropReason ReadTcp(const Part& segment, Datagram* out) {
  constexpr size_t kLeastBytes = 20, kDataOffset = 12;
  if (!segment.bytes.Has(0, kLeastBytes)) {
    out->transport = Transport::kTcp;
    out->truncated = true;
    return DropReason::kShortTransportHeader;
  }
  const size_t header_bytes = (segment.bytes.U8(kDataOffset) >> 4) * kWordBytes;
  if (header_bytes < kLeastBytes || header_bytes > segment.length) {
    return DropReason::kBadTransportHeader;
  }
  out->transport = Transport::kTcp;
  return DropReason::kCount;
}

// A datagram is as long as its own field says (RFC 768). Where that cannot be - 0 in jumbograms
// (RFC 2675, 4) and before segmentation, less than the header, more than the packet holds - it ends
// with the packet.
DropReason ReadUdp(const Part& segment, Datagram* out) {
  constexpr size_t kHeaderBytes = 8, kLength = 4;
  out->transport = Transport::kUdp;
  if (!segment.bytes.Has(0, kHeaderBytes)) {
    out->truncated = true;
    return DropReason::kShortTransportHeader;
  }
  const uint16_t length = segment.bytes.U16(kLength);
  const bool fits = length >= kHeaderBytes && (length <= segment.length || out->more_fragments);
  out->udp_length = fits ? length : static_cast<uint32_t>(segment.length);
  return DropReason::kCount;
}

DropReason FindTransport(const Part& segment, Datagram* out) {
  DropReason reason = DropReason::kNotTcpUdp;
  if (out->ip_protocol == ip_protocol::kTcp) reason = ReadTcp(segment, out);
  if (out->ip_protocol == ip_protocol::kUdp) reason = ReadUdp(segment, out);
  if (reason == DropReason::kCount) {
    out->source_port = segment.bytes.U16(0);
    out->destination_port = segment.bytes.U16(2);
  }
  return reason;
}

// The fixed headers. They return the length of the packet and where the walk begins.
uint64_t ReadIpv4Header(const Part& part, Walk* walk, Datagram* out) {
  const HeaderReader<kIpv4LeastBytes> header = part.bytes.Header<kIpv4LeastBytes>();
  const uint16_t fragment = header.U16<v4::kFragment>();
  out->source.AssignV4(header.U32<v4::kSource>());
  out->destination.AssignV4(header.U32<v4::kDestination>());
  out->is_v6 = false;
  out->flow_space = 0;
  out->ttl = header.U8<v4::kTtl>();
  out->type_of_service = header.U8<v4::kTypeOfService>();
  out->ip_id = header.U16<v4::kIdentification>();
  out->fragment_id = out->ip_id;
  out->fragment_offset = fragment & v4::kOffsetMask;
  out->more_fragments = (fragment & v4::kMoreFragments) != 0;
  walk->protocol = header.U8<v4::kProtocol>();
  walk->offset = Ipv4HeaderLength(part);
  if (out->fragment_offset != 0) walk->reason = DropReason::kFragment;
  return Ipv4Length(part);
}

uint64_t ReadIpv6Header(const Part& part, Walk* walk, Datagram* out) {
  const ByteReader& ip = part.bytes;
  out->source = IpAddress::V6(ip.bytes().subspan<v6::kSource, v6::kAddressBytes>());
  out->destination = IpAddress::V6(ip.bytes().subspan<v6::kDestination, v6::kAddressBytes>());
  out->is_v6 = true;
  out->flow_space = flow_space::kV6;
  out->ttl = ip.U8(v6::kHopLimit);
  out->type_of_service = static_cast<uint8_t>(ip.U16(v6::kVersionAndClass) >> v6::kClassShift);
  out->ip_id = 0;
  out->fragment_id = 0;
  out->fragment_offset = 0;
  out->more_fragments = false;
  walk->protocol = ip.U8(v6::kNextHeader);
  walk->offset = kIpv6FixedHeaderBytes;
  return Ipv6Length(part);
}

// The fixed header is there in full, and the length of an IPv4 header is possible.
DropReason CheckFixedHeader(const Part& part) {
  const uint8_t version = VersionOf(part);
  if (part.bytes.empty()) return DropReason::kShortLinkHeader;
  if (version != 4 && version != 6) return DropReason::kBadIpVersion;
  if (!part.bytes.Has(0, version == 4 ? kIpv4LeastBytes : kIpv6FixedHeaderBytes)) {
    return DropReason::kShortIpHeader;
  }
  if (version == 6) return DropReason::kCount;
  const size_t header_bytes = Ipv4HeaderLength(part);
  const bool is_possible = header_bytes >= kIpv4LeastBytes && header_bytes <= Ipv4Length(part);
  return is_possible ? DropReason::kCount : DropReason::kBadIpHeader;
}

}  // namespace

// All that the steps of ParseIp would find, without asking for each of them.
bool ParseUsualIp(const Part& part, IpPacket* ip, Datagram* out) {
  constexpr size_t kTcpBytes = 20, kUdpBytes = 8, kDataOffset = 12, kUdpLength = 4;
  constexpr uint8_t kVersion4Length20 = 0x45;
  if (!part.bytes.Has(0, kIpv4LeastBytes + kTcpBytes)) return false;
  const HeaderReader<kIpv4LeastBytes + kTcpBytes> header =
      part.bytes.Header<kIpv4LeastBytes + kTcpBytes>();
  const size_t total = header.U16<v4::kTotalLength>();
  const uint8_t protocol = header.U8<v4::kProtocol>();
  if (header.U8<v4::kVersionAndLength>() != kVersion4Length20 ||
      (header.U16<v4::kFragment>() & (v4::kOffsetMask | v4::kMoreFragments)) != 0 ||
      total < kIpv4LeastBytes + kTcpBytes) {
    return false;
  }
  const size_t payload = total - kIpv4LeastBytes;
  out->udp_length = 0;
  if (protocol == ip_protocol::kTcp) {
    const size_t tcp_bytes = (header.U8<kIpv4LeastBytes + kDataOffset>() >> 4) * kWordBytes;
    if (tcp_bytes < kTcpBytes || tcp_bytes > payload) return false;
    out->transport = Transport::kTcp;
  } else if (protocol == ip_protocol::kUdp) {
    const uint16_t udp_bytes = header.U16<kIpv4LeastBytes + kUdpLength>();
    if (udp_bytes < kUdpBytes || udp_bytes > payload) return false;
    out->transport = Transport::kUdp;
    out->udp_length = udp_bytes;
  } else {
    return false;
  }
  out->source.AssignV4(header.U32<v4::kSource>());
  out->destination.AssignV4(header.U32<v4::kDestination>());
  out->is_v6 = false;
  out->flow_space = 0;
  out->ttl = header.U8<v4::kTtl>();
  out->type_of_service = header.U8<v4::kTypeOfService>();
  out->ip_id = header.U16<v4::kIdentification>();
  out->fragment_id = out->ip_id;
  out->fragment_offset = 0;
  out->more_fragments = false;
  out->source_port = header.U16<kIpv4LeastBytes>();
  out->destination_port = header.U16<kIpv4LeastBytes + 2>();
  out->truncated = false;
  out->ip = out->captured = part.bytes.Sub(0, total);
  out->ip_protocol = protocol;
  out->ip_total_length = static_cast<uint32_t>(total);
  out->ip_header_length = static_cast<int32_t>(kIpv4LeastBytes);
  out->ip_payload_length = static_cast<int32_t>(payload);
  out->transport_bytes = out->ip.Sub(kIpv4LeastBytes);
  ip->is_valid = true;
  ip->is_later_fragment = false;
  ip->payload = Part(out->transport_bytes, payload);
  return true;
}

DropReason ParseIp(const Part& part, IpPacket* ip, Datagram* out) {
  if (ParseUsualIp(part, ip, out)) [[likely]]
    return DropReason::kCount;
  ip->is_valid = false;
  if (const DropReason fault = CheckFixedHeader(part); fault != DropReason::kCount) return fault;
  ip->is_valid = true;
  const bool is_v6 = VersionOf(part) == 6;
  Walk walk;
  const uint64_t length =
      is_v6 ? ReadIpv6Header(part, &walk, out) : ReadIpv4Header(part, &walk, out);
  const Part packet = part.UpTo(length);
  ForgetTransport(out);
  if (walk.reason == DropReason::kCount) WalkExtensions(packet.bytes, is_v6, &walk, out);
  if (walk.offset > length) {
    walk.offset = static_cast<size_t>(length);
    walk.reason = DropReason::kBadExtensionHeaders;
  }
  out->ip = packet.bytes;
  out->captured = packet.bytes;
  out->ip_protocol = walk.protocol;
  // Lengths beyond these come from no network card.
  constexpr uint64_t kMost = 0x7FFFFFFF;
  out->ip_total_length = static_cast<uint32_t>(std::min(length, kMost));
  out->ip_header_length = static_cast<int32_t>(std::min<uint64_t>(walk.offset, kMost));
  out->ip_payload_length = static_cast<int32_t>(out->ip_total_length) - out->ip_header_length;
  ip->payload = packet.From(walk.offset);
  out->transport_bytes = ip->payload.bytes;
  ip->is_later_fragment = out->fragment_offset != 0;
  if (walk.reason != DropReason::kCount) return walk.reason;
  return FindTransport(ip->payload, out);
}

bool IsPlausibleIp(const Part& part) {
  if (CheckFixedHeader(part) != DropReason::kCount) return false;
  return (VersionOf(part) == 4 ? Ipv4Length(part) : Ipv6Length(part)) <= part.length;
}

bool HasIpv4Checksum(const Part& part) {
  uint32_t sum = 0;
  for (size_t at = 0; at < Ipv4HeaderLength(part); at += 2) sum += part.bytes.U16(at);
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return sum == 0xFFFF;
}

}  // namespace tstat::internal
