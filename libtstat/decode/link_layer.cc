// SPDX-License-Identifier: BSD-3-Clause
#include "decode/link_layer.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tstat::internal {
namespace {

constexpr uint16_t kPppIpv4 = 0x0021, kPppIpv6 = 0x0057;

constexpr bool IsIpEtherType(uint16_t type) {
  return type == ether_type::kIpv4 || type == ether_type::kIpv6;
}

// Ethernet frames whose IP header does not follow the first Ethernet type.
struct TagRule {
  uint16_t ether_type;
  uint8_t ip_offset;
  // The 16 bits at `test_offset` (0: no test) ...
  uint8_t test_offset;
  uint16_t test_value;
  // ... are `test_value`: IP at `match_offset`. They are not: IP at `ip_offset`, 0 = not IP.
  uint8_t match_offset;
};
constexpr std::array kTagRules = {
    TagRule{ether_type::kVlan, 18, 16, ether_type::kMpls, 22},
    TagRule{ether_type::kPppoeSession, 0, 20, kPppIpv4, 22},
    TagRule{ether_type::kMpls, 18, 0, 0, 0},
};

// Link types with an IP header at a fixed place (108, 228, 229 and 276 are extensions).
constexpr uint16_t kNoTest = 0xFFFF;
struct FixedRule {
  LinkType type;
  uint16_t ip_offset;
  uint16_t ether_type_offset;  // where 0x0800 or 0x86DD must stand
};
constexpr std::array kFixedRules = {
    FixedRule{LinkType::kRaw, 0, kNoTest},
    FixedRule{LinkType::kLinuxCooked, 16, kNoTest},
    FixedRule{LinkType::kLinuxCooked2, 20, 0},
    FixedRule{LinkType::kNull, 4, kNoTest},
    FixedRule{LinkType::kLoop, 4, kNoTest},
    FixedRule{LinkType::kIpv4, 0, kNoTest},
    FixedRule{LinkType::kIpv6, 0, kNoTest},
    FixedRule{LinkType::kIeee802, 14, 12},
    FixedRule{LinkType::kSlip, 16, kNoTest},
    FixedRule{LinkType::kAtmRfc1483, 8, kNoTest},
    FixedRule{LinkType::kCiscoHdlc, 4, kNoTest},
    // 24 bytes of 802.11 without QoS, 8 of LLC/SNAP.
    FixedRule{LinkType::kIeee80211, 32, kNoTest},
    FixedRule{LinkType::kPrism, 176, kNoTest},
    // The tested bytes lie in the radiotap header: hardly a frame passes. A decoder for its real,
    // variable length would deliver packets that Tstat never saw.
    FixedRule{LinkType::kRadiotap, 88, 12},
};

// Where IP starts in PPP frames, by the first byte.
struct PppRule {
  uint8_t first_byte;
  uint8_t ip_offset;
  uint8_t protocol_offset;
  bool has_protocol;  // the PPP protocol at `protocol_offset` must be IPv4
};
constexpr std::array kPppRules = {
    PppRule{0xFF, 4, 2, true},   // address and control field
    PppRule{0x0F, 4, 0, false},  // Cisco HDLC
    PppRule{0x21, 1, 0, false},  // compressed protocol field
    PppRule{0x00, 2, 0, true},
};

// The end of an LLC/SNAP header in front of IPv4: SSAP, control, OUI, Ethernet type.
constexpr std::array<uint8_t, 7> kFddiPattern = {0xAA, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00};

constexpr IpLocation kShort = IpLocation::Not(DropReason::kShortLinkHeader);
constexpr IpLocation kNotIp = IpLocation::Not(DropReason::kNotIp);

IpLocation LocateFixed(const FixedRule& rule, ByteReader frame) {
  if (rule.ether_type_offset != kNoTest) {
    if (!frame.Has(rule.ether_type_offset, 2)) return kShort;
    if (!IsIpEtherType(frame.U16(rule.ether_type_offset))) return kNotIp;
  }
  return IpLocation::At(rule.ip_offset);
}

IpLocation LocatePpp(ByteReader frame) {
  if (frame.empty()) return kShort;
  const uint8_t first_byte = frame.U8(0);
  for (const PppRule& rule : kPppRules) {
    if (rule.first_byte != first_byte) continue;
    if (rule.has_protocol) {
      if (!frame.Has(rule.protocol_offset, 2)) return kShort;
      if (frame.U16(rule.protocol_offset) != kPppIpv4) return kNotIp;
    }
    return IpLocation::At(rule.ip_offset);
  }
  return kNotIp;
}

// PPP in HDLC-like framing (RFC 1662) or Cisco HDLC (RFC 1547, 4.3.1): four bytes whose last two
// are a PPP protocol or an Ethernet type.
IpLocation LocatePppHdlc(ByteReader frame) {
  constexpr size_t kAddress = 0, kProtocol = 2, kHeaderBytes = 4;
  if (!frame.Has(0, kHeaderBytes)) return kShort;
  const uint8_t address = frame.U8(kAddress);
  const uint16_t protocol = frame.U16(kProtocol);
  const bool is_ppp = address == 0xFF && (protocol == kPppIpv4 || protocol == kPppIpv6);
  const bool is_cisco = (address == 0x0F || address == 0x8F) && IsIpEtherType(protocol);
  return is_ppp || is_cisco ? IpLocation::At(kHeaderBytes) : kNotIp;
}

// PPPoE without an Ethernet header (RFC 2516, 4): version and type, code (0 = session data),
// session, length, PPP protocol.
IpLocation LocatePppoe(ByteReader frame) {
  constexpr size_t kCode = 1, kProtocol = 6, kHeaderBytes = 8;
  if (!frame.Has(0, kHeaderBytes)) return kShort;
  const uint16_t protocol = frame.U16(kProtocol);
  const bool is_ip = frame.U8(kCode) == 0 && (protocol == kPppIpv4 || protocol == kPppIpv6);
  return is_ip ? IpLocation::At(kHeaderBytes) : kNotIp;
}

}  // namespace

IpLocation LinkLayer::LocateTagged(uint16_t ether_type, ByteReader frame) {
  constexpr size_t kEthernetHeaderBytes = 14;
  if (!frame.Has(0, kEthernetHeaderBytes)) return kShort;
  for (const TagRule& rule : kTagRules) {
    if (rule.ether_type != ether_type) continue;
    if (rule.test_offset == 0) return IpLocation::At(rule.ip_offset);
    if (!frame.Has(rule.test_offset, 2)) return kShort;
    if (frame.U16(rule.test_offset) == rule.test_value) return IpLocation::At(rule.match_offset);
    return rule.ip_offset != 0 ? IpLocation::At(rule.ip_offset) : kNotIp;
  }
  return kNotIp;
}

IpLocation LinkLayer::LocateOther(LinkType type, ByteReader frame) {
  for (const FixedRule& rule : kFixedRules) {
    if (rule.type == type) return LocateFixed(rule, frame);
  }
  switch (type) {
    case LinkType::kPpp:
      return LocatePpp(frame);
    case LinkType::kPppHdlc:
      return LocatePppHdlc(frame);
    case LinkType::kPppoe:
      return LocatePppoe(frame);
    case LinkType::kFddi:
      return LocateFddi(frame);
    default:
      return IpLocation::Not(DropReason::kUnsupportedLinkType);
  }
}

IpLocation LinkLayer::LocateFddi(ByteReader frame) {
  if (fddi_offset_ == 0) {
    const auto bytes = frame.bytes();
    const auto found =
        std::search(bytes.begin(), bytes.end(), kFddiPattern.begin(), kFddiPattern.end());
    if (found == bytes.end()) return kNotIp;
    fddi_offset_ = static_cast<uint32_t>(found - bytes.begin() + kFddiPattern.size());
  }
  return IpLocation::At(fddi_offset_);
}

}  // namespace tstat::internal
