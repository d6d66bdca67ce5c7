// SPDX-License-Identifier: BSD-3-Clause
#include "decode/gre.h"

#include <cstddef>

namespace tstat::internal {
namespace {

constexpr uint16_t kHasChecksum = 0x8000, kHasRouting = 0x4000, kHasKey = 0x2000,
                   kHasSequence = 0x1000, kHasAcknowledgment = 0x0080, kGreVersionMask = 0x0007;
constexpr uint16_t kGreBridged = 0x6558, kGrePpp = 0x880B, kGreErspan = 0x88BE,
                   kGreErspan3 = 0x22EB, kGreRedirect = 0x883E;
constexpr size_t kGreWordBytes = 4;

struct GreHeader {
  uint16_t flags = 0, protocol = 0;
  uint32_t key = 0;
  size_t bytes = kGreWordBytes;

  bool has(uint16_t flag) const { return (flags & flag) != 0; }
};

TunnelContent Content(const GreHeader& header, TunnelKind kind) {
  TunnelContent content;
  content.tunnel.kind = kind;
  content.tunnel.has_id = header.has(kHasKey);
  content.tunnel.id = header.key;
  return content;
}

// Source routes: entries of family, offset and length, to one of length 0 (RFC 1701).
size_t RoutesEnd(const ByteReader& bytes, size_t at) {
  constexpr size_t kLength = 3;
  while (bytes.Has(at, kGreWordBytes)) {
    const size_t length = bytes.U8(at + kLength);
    at += kGreWordBytes + length;
    if (length == 0) break;
  }
  return at;
}

// Type II begins with version 1, type III with version 2; type I has no header and, unlike them, no
// sequence number.
TunnelContent OpenErspan(const GreHeader& header, const Part& part) {
  constexpr size_t kBytes2 = 8, kBytes3 = 12, kSubheaderBytes = 8, kSession = 2, kLast = 10;
  constexpr uint16_t kSessionMask = 0x03FF;
  TunnelContent content = Content(header, TunnelKind::kErspan);
  const uint8_t version = part.bytes.U8(0) >> 4;
  const bool is_3 = header.protocol == kGreErspan3 || version == 2;
  if (header.protocol == kGreErspan && !header.has(kHasSequence)) {
    content.Add(Layer::Of(LayerKind::kEthernet, part));
    return content;
  }
  content.tunnel.has_id = true;
  content.tunnel.id = part.bytes.U16(kSession) & kSessionMask;
  if (!is_3) {
    content.Add(Layer::Of(LayerKind::kEthernet, part.From(kBytes2)));
    return content;
  }
  constexpr uint16_t kFrameTypeMask = 0x7C00, kIpFrame = 0x0800, kHasSubheader = 0x0001;
  const uint16_t last = part.bytes.U16(kLast);
  const size_t bytes = kBytes3 + ((last & kHasSubheader) != 0 ? kSubheaderBytes : 0);
  const bool is_ip = (last & kFrameTypeMask) == kIpFrame;
  content.Add(Layer::Of(is_ip ? LayerKind::kIp : LayerKind::kEthernet, part.From(bytes)));
  return content;
}

// RFC 2637, 4.1: the key is the length of the payload and the call.
TunnelContent OpenPptp(GreHeader header, const Part& part) {
  constexpr uint32_t kCallMask = 0xFFFF;
  if (!header.has(kHasKey) || header.protocol != kGrePpp) return {};
  if (header.has(kHasAcknowledgment)) header.bytes += kGreWordBytes;
  const uint32_t length = header.key >> 16;
  header.key &= kCallMask;
  TunnelContent content = Content(header, TunnelKind::kPptp);
  content.Add(Layer::Of(LayerKind::kPpp, part.From(header.bytes).UpTo(length)));
  return content;
}

// The subnets from 0x1000 on are NVGRE's (RFC 7637, 3.3), whose keys are subnet and flow, and which
// has no other optional field. Smaller keys are keys.
bool IsNvgre(const GreHeader& header) {
  constexpr uint32_t kFirstSubnet = 0x1000, kNoSubnet = 0xFFFFFF;
  const uint32_t subnet = header.key >> 8;
  return header.flags == kHasKey && subnet >= kFirstSubnet && subnet != kNoSubnet;
}

TunnelContent OpenBridged(GreHeader header, const Part& payload) {
  const bool is_nvgre = IsNvgre(header);
  if (is_nvgre) header.key >>= 8;
  TunnelContent content = Content(header, is_nvgre ? TunnelKind::kNvgre : TunnelKind::kGre);
  content.Add(Layer::Of(LayerKind::kEthernet, payload));
  return content;
}

// Web caches' redirection: IP at once, or behind a header of one word in version 2.
TunnelContent OpenRedirect(const GreHeader& header, const Part& payload) {
  TunnelContent content = Content(header, TunnelKind::kGre);
  const bool is_ip = payload.bytes.U8(0) >> 4 == 4;
  content.Add(Layer::Of(LayerKind::kIp, is_ip ? payload : payload.From(kGreWordBytes)));
  return content;
}

}  // namespace

TunnelContent OpenGre(const Part& part) {
  const ByteReader& bytes = part.bytes;
  if (!bytes.Has(0, kGreWordBytes)) return {};
  GreHeader header;
  header.flags = bytes.U16(0);
  header.protocol = bytes.U16(2);
  const uint16_t version = header.flags & kGreVersionMask;
  if (version > 1) return {};
  if (header.has(kHasChecksum | kHasRouting)) header.bytes += kGreWordBytes;
  if (header.has(kHasKey)) {
    header.key = bytes.U32(header.bytes);
    header.bytes += kGreWordBytes;
  }
  if (header.has(kHasSequence)) header.bytes += kGreWordBytes;
  if (version == 1) return OpenPptp(header, part);
  if (header.has(kHasRouting)) header.bytes = RoutesEnd(bytes, header.bytes);
  const Part payload = part.From(header.bytes);
  switch (header.protocol) {
    case kGreErspan:
    case kGreErspan3:
      return OpenErspan(header, payload);
    case kGreBridged:
      return OpenBridged(header, payload);
    case kGreRedirect:
      return OpenRedirect(header, payload);
    default: {
      TunnelContent content = Content(header, TunnelKind::kGre);
      content.Add(Layer::Of(LayerKind::kEtherType, payload, header.protocol));
      return content;
    }
  }
}

}  // namespace tstat::internal
