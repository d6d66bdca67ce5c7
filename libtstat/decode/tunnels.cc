// SPDX-License-Identifier: BSD-3-Clause
#include "decode/tunnels.h"

#include <algorithm>
#include <cstddef>

#include "decode/gre.h"
#include "decode/ipv6_headers.h"

namespace tstat::inline v1 {

const char* Tunnel::name() const {
  static constexpr std::array kNames = {
      "",     "ipip", "6in4",   "4in6",  "6in6",   "gre",  "nvgre",  "erspan", "pptp", "etherip",
      "mpls", "l2tp", "l2tpv3", "vxlan", "geneve", "gtpu", "teredo", "gue",    "lisp", "tzsp",
  };
  static_assert(kNames.size() == static_cast<size_t>(TunnelKind::kTzsp) + 1);
  return is_outer ? "outer" : kNames[static_cast<size_t>(kind)];
}

}  // namespace tstat::inline v1

namespace tstat::internal {
namespace {

TunnelContent Content(TunnelKind kind) {
  TunnelContent content;
  content.tunnel.kind = kind;
  return content;
}
TunnelContent Content(TunnelKind kind, uint32_t id) {
  TunnelContent content = Content(kind);
  content.tunnel.has_id = true;
  content.tunnel.id = id;
  return content;
}
TunnelContent None() { return {}; }

TunnelContent OpenIpInIp(bool outer_is_v6, const Part& payload) {
  const bool inner_is_v6 = payload.bytes.U8(0) >> 4 == 6;
  constexpr TunnelKind kKinds[2][2] = {{TunnelKind::kIpip, TunnelKind::k6in4},
                                       {TunnelKind::k4in6, TunnelKind::k6in6}};
  TunnelContent content = Content(kKinds[outer_is_v6][inner_is_v6]);
  content.Add(Layer::Of(LayerKind::kIp, payload));
  return content;
}

TunnelContent OpenMpls(const Part& payload) {
  constexpr int kLabelShift = 12;
  TunnelContent content = Content(TunnelKind::kMplsInIp, payload.bytes.U32(0) >> kLabelShift);
  content.Add(Layer::Of(LayerKind::kMpls, payload));
  return content;
}

// RFC 3378, 3: version 3, reserved bits.
TunnelContent OpenEtherIp(const Part& payload) {
  constexpr uint16_t kVersion = 0x3000;
  constexpr size_t kHeaderBytes = 2;
  if (payload.bytes.U16(0) != kVersion) return None();
  TunnelContent content = Content(TunnelKind::kEtherIp);
  content.Add(Layer::Of(LayerKind::kEthernet, payload.From(kHeaderBytes)));
  return content;
}

// What follows the session (RFC 3931, 4.1): a cookie of 0, 4 or 8 bytes and a sublayer of 0 or 4,
// which nothing but the control connection tells.
void AddBehindCookie(const Part& part, TunnelContent* content) {
  for (const size_t bytes : {0, 4, 8, 12}) {
    content->Add(Layer::Of(LayerKind::kEthernet, part.From(bytes)));
  }
}

TunnelContent OpenL2tpv3(const Part& payload) {
  constexpr size_t kSessionBytes = 4;
  const uint32_t session = payload.bytes.U32(0);
  if (session == 0) return None();  // control messages
  TunnelContent content = Content(TunnelKind::kL2tpv3, session);
  AddBehindCookie(payload.From(kSessionBytes), &content);
  return content;
}

// Version 2 (RFC 2661, 3.1), or 3 over UDP (RFC 3931, 4.1.2.1).
TunnelContent OpenL2tp(const Part& payload) {
  constexpr uint16_t kControl = 0x8000, kLength = 0x4000, kSequence = 0x0800, kOffset = 0x0200,
                     kReserved = 0x34F0, kVersionMask = 0x000F;
  constexpr size_t kFlagsBytes = 2, kVersion3Bytes = 4;
  const ByteReader& bytes = payload.bytes;
  const uint16_t flags = bytes.U16(0);
  if ((flags & (kControl | kReserved)) != 0) return None();
  if ((flags & kVersionMask) == 3) return OpenL2tpv3(payload.From(kVersion3Bytes));
  if ((flags & kVersionMask) != 2) return None();
  size_t at = kFlagsBytes + ((flags & kLength) != 0 ? 2 : 0);
  TunnelContent content = Content(TunnelKind::kL2tp, bytes.U32(at));
  at += 4;
  if ((flags & kSequence) != 0) at += 4;
  if ((flags & kOffset) != 0) at += size_t{2} + bytes.U16(at);
  content.Add(Layer::Of(LayerKind::kPpp, payload.From(at)));
  return content;
}

// RFC 7348, 5.
TunnelContent OpenVxlan(const Part& payload) {
  constexpr uint8_t kHasNetwork = 0x08;
  constexpr size_t kNetwork = 4, kHeaderBytes = 8;
  if ((payload.bytes.U8(0) & kHasNetwork) == 0) return None();
  TunnelContent content = Content(TunnelKind::kVxlan, payload.bytes.U24(kNetwork));
  content.Add(Layer::Of(LayerKind::kEthernet, payload.From(kHeaderBytes)));
  return content;
}

// The generic protocol extension (draft-ietf-nvo3-vxlan-gpe): the last byte of the first word names
// the protocol if a flag says so.
TunnelContent OpenVxlanGpe(const Part& payload) {
  constexpr uint8_t kHasProtocol = 0x04;
  constexpr size_t kProtocol = 3, kHeaderBytes = 8;
  TunnelContent content = OpenVxlan(payload);
  if (content.count == 0 || (payload.bytes.U8(0) & kHasProtocol) == 0) return content;
  constexpr LayerKind kKinds[] = {LayerKind::kNothing,  LayerKind::kIp,  LayerKind::kIp,
                                  LayerKind::kEthernet, LayerKind::kNsh, LayerKind::kMpls};
  const uint8_t protocol = payload.bytes.U8(kProtocol);
  if (protocol >= std::size(kKinds)) return None();
  content.candidates[0] = Layer::Of(kKinds[protocol], payload.From(kHeaderBytes));
  return content;
}

// RFC 8926, 3.4: the length of the options in words, an Ethernet type, the network.
TunnelContent OpenGeneve(const Part& payload) {
  constexpr size_t kType = 2, kNetwork = 4, kHeaderBytes = 8, kWord = 4;
  const ByteReader& bytes = payload.bytes;
  if (!bytes.Has(0, kHeaderBytes) || bytes.U8(0) >> 6 != 0) return None();
  const size_t options = (bytes.U8(0) & 0x3F) * kWord;
  TunnelContent content = Content(TunnelKind::kGeneve, bytes.U24(kNetwork));
  content.Add(
      Layer::Of(LayerKind::kEtherType, payload.From(kHeaderBytes + options), bytes.U16(kType)));
  return content;
}

// 3GPP TS 29.281, 5: user data (255) of version 1, and extension headers, each of as many words as
// its first byte says, the last byte naming the next.
TunnelContent OpenGtpu(const Part& payload) {
  constexpr uint8_t kVersionAndType = 0xF0, kVersion1 = 0x30, kUserData = 255;
  constexpr uint8_t kAnyOptional = 0x07, kHasExtensions = 0x04;
  constexpr size_t kType = 1, kLength = 2, kEndpoint = 4, kHeaderBytes = 8, kOptionalBytes = 4,
                   kWord = 4;
  const ByteReader& bytes = payload.bytes;
  if ((bytes.U8(0) & kVersionAndType) != kVersion1 || bytes.U8(kType) != kUserData) return None();
  TunnelContent content = Content(TunnelKind::kGtpu, bytes.U32(kEndpoint));
  size_t at = kHeaderBytes;
  if ((bytes.U8(0) & kAnyOptional) != 0) at += kOptionalBytes;
  if ((bytes.U8(0) & kHasExtensions) != 0) {
    while (bytes.U8(at - 1) != 0) {
      const size_t length = bytes.U8(at) * kWord;
      if (length == 0) return None();
      at += length;
    }
  }
  const size_t end = kHeaderBytes + bytes.U16(kLength);
  const Part inside = payload.UpTo(std::min<uint64_t>(end, payload.length)).From(at);
  content.Add(Layer::Of(LayerKind::kIp, inside));
  content.Add(Layer::Of(LayerKind::kEthernet, inside));  // 5G sessions of that kind
  return content;
}

// RFC 4380, 5.1.1: authentication and origin indications may come before the packet.
TunnelContent OpenTeredo(const Part& payload) {
  constexpr uint16_t kAuthentication = 0x0001, kOrigin = 0x0000;
  constexpr size_t kIdLength = 2, kValueLength = 3, kFixedBytes = 13, kOriginBytes = 8;
  Part part = payload;
  if (part.bytes.Has(0, kFixedBytes) && part.bytes.U16(0) == kAuthentication) {
    part = part.From(kFixedBytes + part.bytes.U8(kIdLength) + part.bytes.U8(kValueLength));
  }
  if (part.bytes.Has(0, kOriginBytes) && part.bytes.U16(0) == kOrigin) {
    part = part.From(kOriginBytes);
  }
  if (part.bytes.U8(0) >> 4 != 6) return None();
  TunnelContent content = Content(TunnelKind::kTeredo);
  content.Add(Layer::Of(LayerKind::kIp, part));
  return content;
}

// draft-ietf-intarea-gue: version 0 has a header with an IP protocol, version 1 is IP at once.
TunnelContent OpenGue(const Part& payload) {
  constexpr uint8_t kControl = 0x20, kLengthMask = 0x1F;
  constexpr size_t kProtocol = 1, kHeaderBytes = 4, kWord = 4;
  const uint8_t first = payload.bytes.U8(0);
  TunnelContent content = Content(TunnelKind::kGue);
  if (first >> 6 == 1) {
    content.Add(Layer::Of(LayerKind::kIp, payload));
    return content;
  }
  if (first >> 6 != 0 || (first & kControl) != 0) return None();
  const Part inside = payload.From(kHeaderBytes + (first & kLengthMask) * kWord);
  TunnelContent by_protocol = OpenIpProtocol(payload.bytes.U8(kProtocol), false, inside);
  // What GUE carries is better named by itself, but IP in it is just that.
  if (by_protocol.tunnel.kind == TunnelKind::kIpip ||
      by_protocol.tunnel.kind == TunnelKind::k6in4) {
    by_protocol.tunnel.kind = TunnelKind::kGue;
  }
  return by_protocol;
}

// RFC 9300, 5.1: flags, nonce, then locators or the instance.
TunnelContent OpenLisp(const Part& payload) {
  constexpr uint8_t kHasInstance = 0x08;
  constexpr size_t kInstance = 4, kHeaderBytes = 8;
  TunnelContent content = (payload.bytes.U8(0) & kHasInstance) != 0
                              ? Content(TunnelKind::kLisp, payload.bytes.U24(kInstance))
                              : Content(TunnelKind::kLisp);
  content.Add(Layer::Of(LayerKind::kIp, payload.From(kHeaderBytes)));
  return content;
}

// Version 1, a received packet (0) of Ethernet (1) or IEEE 802.11 (18), tagged fields to an end.
TunnelContent OpenTzsp(const Part& payload) {
  constexpr size_t kType = 1, kProtocol = 2, kHeaderBytes = 4;
  constexpr uint8_t kVersion = 1, kPadding = 0, kEnd = 1;
  constexpr uint16_t kEthernet = 1, kWlan = 18;
  const ByteReader& bytes = payload.bytes;
  const uint16_t protocol = bytes.U16(kProtocol);
  if (bytes.U8(0) != kVersion || bytes.U8(kType) != 0) return None();
  if (protocol != kEthernet && protocol != kWlan) return None();
  size_t at = kHeaderBytes;
  while (bytes.Has(at) && bytes.U8(at) != kEnd) {
    at += bytes.U8(at) == kPadding ? 1 : size_t{2} + bytes.U8(at + 1);
  }
  TunnelContent content = Content(TunnelKind::kTzsp);
  content.Add(Layer::Of(protocol == kEthernet ? LayerKind::kEthernet : LayerKind::kWlan,
                        payload.From(at + 1)));
  return content;
}

// Those of IANA, and 8472 of Linux.
struct UdpTunnel {
  uint16_t port;
  bool either_port;  // else it is the destination's
  TunnelContent (*open)(const Part& payload);
};
constexpr std::array kUdpTunnels = {
    UdpTunnel{4789, false, OpenVxlan},    UdpTunnel{8472, false, OpenVxlan},
    UdpTunnel{4790, false, OpenVxlanGpe}, UdpTunnel{6081, false, OpenGeneve},
    UdpTunnel{2152, false, OpenGtpu},     UdpTunnel{1701, true, OpenL2tp},
    UdpTunnel{3544, true, OpenTeredo},    UdpTunnel{6080, false, OpenGue},
    UdpTunnel{4754, false, OpenGre},      UdpTunnel{6635, false, OpenMpls},
    UdpTunnel{4341, false, OpenLisp},     UdpTunnel{37008, false, OpenTzsp},
};

// The lower halves of these ports: most others have none of them.
constexpr std::array<bool, 256> kLowerHalves = [] {
  std::array<bool, 256> halves{};
  for (const UdpTunnel& tunnel : kUdpTunnels) halves[tunnel.port & 0xFF] = true;
  return halves;
}();

const UdpTunnel* FindUdpTunnel(uint16_t source_port, uint16_t destination_port) {
  if (!kLowerHalves[source_port & 0xFF] && !kLowerHalves[destination_port & 0xFF]) return nullptr;
  for (const UdpTunnel& tunnel : kUdpTunnels) {
    if (tunnel.port == destination_port) return &tunnel;
    if (tunnel.either_port && tunnel.port == source_port) return &tunnel;
  }
  return nullptr;
}

}  // namespace

TunnelContent OpenIpProtocol(uint8_t protocol, bool is_v6, const Part& payload) {
  constexpr uint8_t kGre = 47, kEtherIp = 97, kL2tpv3 = 115, kMpls = 137, kEthernet = 143;
  switch (protocol) {
    case ip_protocol::kIpv4:
    case ip_protocol::kIpv6:
      return OpenIpInIp(is_v6, payload);
    case kGre:
      return OpenGre(payload);
    case kEtherIp:
      return OpenEtherIp(payload);
    case kL2tpv3:
      return OpenL2tpv3(payload);
    case kMpls:
      return OpenMpls(payload);
    case kEthernet: {  // RFC 8986
      TunnelContent content = Content(TunnelKind::kEtherIp);
      content.Add(Layer::Of(LayerKind::kEthernet, payload));
      return content;
    }
    default:
      return None();
  }
}

bool MayBeUdpTunnel(uint16_t source_port, uint16_t destination_port) {
  return FindUdpTunnel(source_port, destination_port) != nullptr;
}

TunnelContent OpenUdp(uint16_t source_port, uint16_t destination_port, const Part& payload) {
  const UdpTunnel* const tunnel = FindUdpTunnel(source_port, destination_port);
  return tunnel != nullptr ? tunnel->open(payload) : None();
}

}  // namespace tstat::internal
