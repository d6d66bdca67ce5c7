// SPDX-License-Identifier: BSD-3-Clause
#include "decode/layers.h"

#include <array>
#include <cstddef>

#include "decode/wlan_header.h"

namespace tstat::internal {
namespace {

// Ethernet types (IEEE registration authority).
namespace type {
constexpr uint16_t kIpv4 = 0x0800, kIpv6 = 0x86DD, kBridged = 0x6558, kPpp = 0x880B, kMpls = 0x8847,
                   kMplsMulticast = 0x8848, kPppoeSession = 0x8864, kJumboLlc = 0x8870,
                   kMacsec = 0x88E5, kBackboneService = 0x88E7, kNsh = 0x894F;
constexpr uint16_t kLongestLength = 1500;  // up to here it is a length (IEEE 802.3, 3.2.6)
}  // namespace type

// Tags: the Ethernet type of what follows stands in their last two bytes.
struct Tag {
  uint16_t ether_type;
  uint8_t bytes;
  bool is_vlan;  // the lower 12 bits of the first two bytes
};
constexpr std::array kTags = {
    Tag{0x8100, 4, true},  Tag{0x88A8, 4, true}, Tag{0x9100, 4, true},
    Tag{0x9200, 4, true},  Tag{0x9300, 4, true}, Tag{0x8926, 6, false},  // VN-Tag
    Tag{0x893F, 8, false},                                               // E-tag (IEEE 802.1BR)
    Tag{0x892F, 6, false},                                               // HSR (IEC 62439-3)
    Tag{0x8909, 8, false},                                               // Cisco metadata
};
constexpr uint16_t kVlanMask = 0x0FFF;

// PPP protocols (RFC 1661, 2; IANA).
namespace ppp {
constexpr uint16_t kIpv4 = 0x0021, kIpv6 = 0x0057, kMpls = 0x0281, kMplsMulticast = 0x0283;
}  // namespace ppp

Layer Next(const Layer& from, LayerKind kind, const Part& part, uint16_t protocol = 0) {
  Layer layer = Layer::Of(kind, part, protocol);
  layer.vlan = from.vlan;
  return layer;
}
Layer Short() { return Layer::Nothing(DropReason::kShortLinkHeader); }
Layer NotIp() { return Layer::Nothing(DropReason::kNotIp); }

// `at`: where the Ethernet type stands; what it names follows.
Layer TypeAt(const Layer& from, const Part& part, size_t at) {
  if (!part.bytes.Has(at, 2)) return Short();
  return Next(from, LayerKind::kEtherType, part.From(at + 2), part.bytes.U16(at));
}

// 802.1AE, 9.3: what is neither encrypted nor changed can be read, all but the check value at the
// end.
Layer Macsec(const Layer& layer) {
  constexpr uint8_t kHasChannel = 0x20, kEncryptedOrChanged = 0x0C;
  constexpr size_t kTagBytes = 6, kChannelBytes = 8;
  if (!layer.part.bytes.Has(0)) return Short();
  const uint8_t control = layer.part.bytes.U8(0);
  if ((control & kEncryptedOrChanged) != 0) return Layer::Nothing(DropReason::kEncrypted);
  return TypeAt(layer, layer.part, kTagBytes + ((control & kHasChannel) != 0 ? kChannelBytes : 0));
}

// RFC 2516, 4: version and type, code (0: session data), session, length.
Layer PppoeSession(const Layer& layer) {
  constexpr size_t kCode = 1, kLength = 4, kHeaderBytes = 6;
  if (!layer.part.bytes.Has(0, kHeaderBytes)) return Short();
  if (layer.part.bytes.U8(kCode) != 0) return NotIp();
  const uint16_t length = layer.part.bytes.U16(kLength);
  const Part payload = layer.part.From(kHeaderBytes);
  // Packets that were put together from several keep the length of one, or 0.
  return Next(layer, LayerKind::kPpp,
              length == 0 || length < payload.length / 2 ? payload : payload.UpTo(length));
}

Layer OfEtherType(const Layer& layer) {
  const Part& part = layer.part;
  for (const Tag& tag : kTags) {
    if (tag.ether_type != layer.protocol) continue;
    Layer next = TypeAt(layer, part, tag.bytes - size_t{2});
    if (tag.is_vlan && (part.bytes.U16(0) & kVlanMask) != 0) {
      next.vlan = part.bytes.U16(0) & kVlanMask;
    }
    return next;
  }
  switch (layer.protocol) {
    case type::kIpv4:
    case type::kIpv6:
      return Next(layer, LayerKind::kIp, part);
    case type::kMpls:
    case type::kMplsMulticast:
      return Next(layer, LayerKind::kMpls, part);
    case type::kPppoeSession:
      return PppoeSession(layer);
    case type::kPpp:
      return Next(layer, LayerKind::kPpp, part);
    case type::kBridged:
      return Next(layer, LayerKind::kEthernet, part);
    case type::kJumboLlc:
      return Next(layer, LayerKind::kLlc, part);
    case type::kBackboneService: {
      constexpr size_t kServiceBytes = 4;  // flags and service (IEEE 802.1Q, 9.7)
      return Next(layer, LayerKind::kEthernet, part.From(kServiceBytes));
    }
    case type::kNsh:
      return Next(layer, LayerKind::kNsh, part);
    case type::kMacsec:
      return Macsec(layer);
    default:
      if (layer.protocol > type::kLongestLength) return NotIp();
      return Next(layer, LayerKind::kLlc, part.UpTo(layer.protocol));
  }
}

Layer OfEthernet(const Layer& layer) {
  constexpr size_t kType = 12;
  // A frame with the header of Cisco's ISL in front goes to one of two addresses.
  constexpr uint32_t kIsl = 0x01000C00, kIslAlternative = 0x0C000C00;
  constexpr size_t kIslBytes = 26;
  const uint32_t address = layer.part.bytes.U32(0);
  if ((address == kIsl || address == kIslAlternative) && layer.part.bytes.U8(4) == 0) {
    return Next(layer, LayerKind::kEthernet, layer.part.From(kIslBytes));
  }
  return TypeAt(layer, layer.part, kType);
}

// IEEE 802.2: with SNAP (RFC 1042) an Ethernet type, else an address of IP itself.
Layer OfLlc(const Layer& layer) {
  constexpr uint8_t kSnap = 0xAA, kIp = 0x06, kUnnumbered = 0x03;
  constexpr size_t kHeaderBytes = 3, kOrganisation = 3, kSnapType = 6;
  constexpr uint32_t kEncapsulatedEthernet = 0x000000, kBridgeTunnel = 0x0000F8,
                     kIeee8021 = 0x0080C2;
  const ByteReader& bytes = layer.part.bytes;
  if (!bytes.Has(0, kHeaderBytes)) return Short();
  const uint8_t service = bytes.U8(0);
  if (bytes.U8(1) != service || bytes.U8(2) != kUnnumbered) return NotIp();
  if (service == kIp) return Next(layer, LayerKind::kIp, layer.part.From(kHeaderBytes));
  if (service != kSnap) return NotIp();
  if (!bytes.Has(0, kSnapType + 2)) return Short();
  const uint32_t organisation = bytes.U24(kOrganisation);
  if (organisation == kEncapsulatedEthernet || organisation == kBridgeTunnel) {
    return TypeAt(layer, layer.part, kSnapType);
  }
  // Bridged frames (RFC 2684, 5.2): Ethernet with or without its check sequence behind a pad.
  const uint16_t bridged = bytes.U16(kSnapType);
  if (organisation != kIeee8021 || (bridged != 0x0001 && bridged != 0x0007)) return NotIp();
  constexpr size_t kPad = 2;
  return Next(layer, LayerKind::kEthernet, layer.part.From(kSnapType + 2 + kPad));
}

// RFC 1661 and 1662: address and control may be left out, as may the upper byte of the protocol.
Layer OfPpp(const Layer& layer) {
  constexpr uint16_t kAddressAndControl = 0xFF03;
  Part part = layer.part;
  if (part.bytes.U16(0) == kAddressAndControl) part = part.From(2);
  if (!part.bytes.Has(0)) return Short();
  const bool is_compressed = (part.bytes.U8(0) & 1) != 0;
  if (!is_compressed && !part.bytes.Has(0, 2)) return Short();
  const uint16_t protocol = is_compressed ? part.bytes.U8(0) : part.bytes.U16(0);
  part = part.From(is_compressed ? 1 : 2);
  switch (protocol) {
    case ppp::kIpv4:
    case ppp::kIpv6:
      return Next(layer, LayerKind::kIp, part);
    case ppp::kMpls:
    case ppp::kMplsMulticast:
      return Next(layer, LayerKind::kMpls, part);
    default:
      return NotIp();
  }
}

// RFC 3032, 2.1.
Layer OfMpls(const Layer& layer) {
  constexpr size_t kLabelBytes = 4, kMostLabels = 32;
  constexpr uint32_t kBottom = 0x100;
  for (size_t i = 0; i < kMostLabels; ++i) {
    if (!layer.part.bytes.Has(i * kLabelBytes, kLabelBytes)) return Short();
    if ((layer.part.bytes.U32(i * kLabelBytes) & kBottom) != 0) {
      return Next(layer, LayerKind::kPseudowire, layer.part.From((i + 1) * kLabelBytes));
    }
  }
  return Layer::Nothing(DropReason::kTooManyHeaders);
}

// RFC 8300, 2.2: the length in words is the lower six bits of the second byte.
Layer OfNsh(const Layer& layer) {
  constexpr size_t kLength = 1, kProtocol = 3, kLeastBytes = 8, kWord = 4;
  const ByteReader& bytes = layer.part.bytes;
  if (!bytes.Has(0, kLeastBytes)) return Short();
  const size_t header_bytes = (bytes.U8(kLength) & 0x3F) * kWord;
  if (bytes.U8(0) >> 6 != 0 || header_bytes < kLeastBytes) return NotIp();
  const Part payload = layer.part.From(header_bytes);
  switch (bytes.U8(kProtocol)) {
    case 1:
    case 2:
      return Next(layer, LayerKind::kIp, payload);
    case 3:
      return Next(layer, LayerKind::kEthernet, payload);
    case 4:
      return Next(layer, LayerKind::kNsh, payload);
    case 5:
      return Next(layer, LayerKind::kMpls, payload);
    default:
      return NotIp();
  }
}

// Linux cooked captures: an Ethernet type, or a number below those that says what comes.
Layer OfCooked(const Part& frame, uint16_t protocol, uint16_t hardware, size_t header_bytes) {
  constexpr uint16_t kRadiotap = 803, kGre = 778, kNoLink = 65534, kPppLink = 512;
  constexpr uint16_t kNovell = 1, kLlc = 4, kPppLinux = 7;
  if (!frame.bytes.Has(0, header_bytes)) return Short();
  const Part payload = frame.From(header_bytes);
  if (hardware == kRadiotap) return Layer::Of(LayerKind::kRadiotap, payload);
  if (protocol == kLlc) return Layer::Of(LayerKind::kLlc, payload);
  if (protocol == kPppLinux) return Layer::Of(LayerKind::kPpp, payload);
  if (protocol == kNovell) return NotIp();
  if (protocol > type::kLongestLength) return Layer::Of(LayerKind::kEtherType, payload, protocol);
  // Links without a header of their own.
  if (hardware == kNoLink || hardware == kPppLink || hardware == kGre) {
    return Layer::Of(LayerKind::kIp, payload);
  }
  return NotIp();
}

// Token Ring (IEEE 802.5): a route may stand between the addresses and LLC. Some systems write
// Ethernet frames with this number.
Layer OfTokenRing(const Part& frame) {
  constexpr size_t kSource = 8, kHeaderBytes = 14;
  constexpr uint8_t kHasRoute = 0x80, kRouteBytes = 0x1F;
  size_t header_bytes = kHeaderBytes;
  if ((frame.bytes.U8(kSource) & kHasRoute) != 0) {
    header_bytes += frame.bytes.U8(kHeaderBytes) & kRouteBytes;
  }
  constexpr uint16_t kSnap = 0xAAAA;
  return frame.bytes.U16(header_bytes) == kSnap
             ? Layer::Of(LayerKind::kLlc, frame.From(header_bytes))
             : Layer::Of(LayerKind::kEthernet, frame);
}

// RFC 2684: LLC, or IP at once.
Layer OfAtm(const Part& frame) {
  constexpr uint8_t kSnap = 0xAA;
  return Layer::Of(frame.bytes.U8(0) == kSnap ? LayerKind::kLlc : LayerKind::kIp, frame);
}

// Cisco HDLC (RFC 1547, 4.3.1) and PPP (RFC 1662) share links.
Layer OfHdlc(const Part& frame) {
  constexpr uint8_t kUnicast = 0x0F, kMulticast = 0x8F;
  const uint8_t address = frame.bytes.U8(0);
  if (address == kUnicast || address == kMulticast) return TypeAt(Layer(), frame, 2);
  return Layer::Of(LayerKind::kPpp, frame);
}

}  // namespace

Layer FirstLayer(LinkType link, const Part& frame) {
  constexpr auto kSecondEthernet = static_cast<LinkType>(100);
  constexpr size_t kFamilyBytes = 4, kSlipBytes = 16, kFddiBytes = 13;
  if (link == kSecondEthernet) return Layer::Of(LayerKind::kEthernet, frame);
  switch (link) {
    case LinkType::kEthernet:
      return Layer::Of(LayerKind::kEthernet, frame);
    case LinkType::kRaw:
    case LinkType::kIpv4:
    case LinkType::kIpv6:
      return Layer::Of(LayerKind::kIp, frame);
    case LinkType::kNull:
    case LinkType::kLoop:
      // The family has the writing system's number and byte order. The packet tells its version.
      return Layer::Of(LayerKind::kIp, frame.From(kFamilyBytes));
    case LinkType::kSlip:
      return Layer::Of(LayerKind::kIp, frame.From(kSlipBytes));
    case LinkType::kIeee802:
      return OfTokenRing(frame);
    case LinkType::kFddi:
      return Layer::Of(LayerKind::kLlc, frame.From(kFddiBytes));
    case LinkType::kAtmRfc1483:
      return OfAtm(frame);
    case LinkType::kPpp:
    case LinkType::kPppHdlc:
    case LinkType::kCiscoHdlc:
      return OfHdlc(frame);
    case LinkType::kPppoe:
      return Layer::Of(LayerKind::kEtherType, frame, type::kPppoeSession);
    case LinkType::kLinuxCooked: {
      constexpr size_t kHardware = 2, kProtocol = 14, kBytes = 16;
      return OfCooked(frame, frame.bytes.U16(kProtocol), frame.bytes.U16(kHardware), kBytes);
    }
    case LinkType::kLinuxCooked2: {
      constexpr size_t kProtocol = 0, kHardware = 8, kBytes = 20;
      return OfCooked(frame, frame.bytes.U16(kProtocol), frame.bytes.U16(kHardware), kBytes);
    }
    case LinkType::kIeee80211:
      return Layer::Of(LayerKind::kWlan, frame);
    case LinkType::kRadiotap:
      return Layer::Of(LayerKind::kRadiotap, frame);
    case LinkType::kPrism:
      return Layer::Of(LayerKind::kPrism, frame);
  }
  return Layer::Nothing(DropReason::kUnsupportedLinkType);
}

Layer NextLayer(const Layer& layer) {
  switch (layer.kind) {
    case LayerKind::kEthernet:
      return OfEthernet(layer);
    case LayerKind::kEtherType:
      return OfEtherType(layer);
    case LayerKind::kLlc:
      return OfLlc(layer);
    case LayerKind::kPpp:
      return OfPpp(layer);
    case LayerKind::kMpls:
      return OfMpls(layer);
    case LayerKind::kNsh:
      return OfNsh(layer);
    case LayerKind::kWlan:
      return AfterWlanHeader(layer);
    case LayerKind::kRadiotap:
      return AfterRadiotapHeader(layer);
    case LayerKind::kPrism:
      return AfterPrismHeader(layer);
    case LayerKind::kNothing:
    case LayerKind::kIp:
    case LayerKind::kPseudowire:
      break;
  }
  return NotIp();
}

}  // namespace tstat::internal
