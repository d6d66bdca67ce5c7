// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/unread_packets.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "capture/link_types.h"
#include "decode/byte_reader.h"

namespace tstat::internal {
namespace {

struct NumberName {
  uint32_t number;
  std::string_view name;
};

// IEEE and IANA registries.
constexpr NumberName kEthernetTypes[] = {
    {0x0806, "ARP"},
    {0x0842, "Wake-on-LAN"},
    {0x22f3, "TRILL"},
    {0x6003, "DECnet"},
    {0x8035, "RARP"},
    {0x809b, "AppleTalk"},
    {0x80f3, "AppleTalk ARP"},
    {0x8100, "VLAN tags"},
    {0x8137, "IPX"},
    {0x8847, "MPLS"},
    {0x8848, "MPLS"},
    {0x8863, "PPPoE discovery"},
    {0x8864, "PPPoE without IP"},
    {0x886d, "Intel ANS"},
    {0x888e, "EAPOL"},
    {0x8892, "PROFINET"},
    {0x88a2, "ATA over Ethernet"},
    {0x88a4, "EtherCAT"},
    {0x88a8, "VLAN tags (802.1ad)"},
    {0x88b8, "GOOSE"},
    {0x88cc, "LLDP"},
    {0x88e1, "HomePlug"},
    {0x88e5, "MACsec"},
    {0x88e7, "provider backbone bridges"},
    {0x88f7, "PTP"},
    {0x8902, "connectivity faults (802.1ag)"},
    {0x8906, "FCoE"},
    {0x8914, "FCoE initialization"},
    {0x8915, "RoCE"},
    {0x8926, "VN-Tag"},
    {0x894f, "NSH"},
    {0x8809, "LACP and other slow protocols"},
    {0x9000, "loop back"},
    {0x9100, "VLAN tags (0x9100)"},
};
constexpr NumberName kProtocols[] = {
    {0, "IPv6 hop-by-hop options"},
    {1, "ICMP"},
    {2, "IGMP"},
    {4, "IP in IP"},
    {8, "EGP"},
    {33, "DCCP"},
    {41, "IPv6 in IP"},
    {43, "IPv6 routing"},
    {44, "IPv6 fragment"},
    {46, "RSVP"},
    {47, "GRE"},
    {50, "ESP"},
    {51, "AH"},
    {55, "mobility"},
    {58, "ICMPv6"},
    {59, "IPv6 without payload"},
    {60, "IPv6 destination options"},
    {88, "EIGRP"},
    {89, "OSPF"},
    {97, "EtherIP"},
    {103, "PIM"},
    {108, "IPComp"},
    {112, "VRRP"},
    {115, "L2TPv3"},
    {132, "SCTP"},
    {136, "UDP-Lite"},
    {137, "MPLS in IP"},
    {139, "HIP"},
};
constexpr NumberName kTunnelPorts[] = {
    {1701, "L2TP"},      {2152, "GTP-U"},  {3544, "Teredo"}, {4789, "VXLAN"},
    {4790, "VXLAN-GPE"}, {6081, "GENEVE"}, {8472, "VXLAN"},
};

constexpr uint32_t kLinkType = 1 << 16;  // beside types: numbers of link types
constexpr uint32_t kLlc = 1 << 17;       // and of 802.2 service access points

template <size_t n>
std::string_view NameOf(const NumberName (&table)[n], uint32_t number) {
  for (const NumberName& entry : table) {
    if (entry.number == number) return entry.name;
  }
  return {};
}

// Where the Ethernet type stands; tags of VLANs are looked behind, as deep as anybody stacks them.
uint32_t TypeOf(const Packet& packet) {
  const ByteReader frame(packet.data);
  size_t at = 0;
  switch (packet.link_type) {
    case LinkType::kEthernet:
    case LinkType::kIeee802:
      at = 12;
      break;
    case LinkType::kLinuxCooked:
      at = 14;
      break;
    case LinkType::kLinuxCooked2:
    case LinkType::kCiscoHdlc:
      at = packet.link_type == LinkType::kCiscoHdlc ? 2 : 0;
      break;
    default:
      return kLinkType | static_cast<uint32_t>(packet.link_type);
  }
  uint16_t type = frame.U16(at);
  for (int tags = 0; tags < 4; ++tags) {
    if ((type != 0x8100 && type != 0x88a8 && type != 0x9100) || !frame.Has(at + 4, 2)) break;
    at += 4;
    type = frame.U16(at);
  }
  constexpr uint16_t kLeastType = 0x600;  // below: a length, and 802.2
  return type < kLeastType ? kLlc | frame.U8(at + 2) : type;
}

std::string TypeName(uint32_t type) {
  if ((type & kLlc) != 0) {
    switch (type & 0xff) {
      case 0x42:
        return "spanning tree";
      case 0xaa:
        return "802.2 SNAP";
      case 0xe0:
        return "IPX";
      case 0xf0:
        return "NetBEUI";
      case 0xfe:
        return "IS-IS";
      default:
        return "802.2";
    }
  }
  if ((type & kLinkType) != 0) {
    return absl::StrCat("link type ", LinkTypeText(static_cast<int>(type - kLinkType)));
  }
  const std::string_view name = NameOf(kEthernetTypes, type);
  return name.empty() ? absl::StrFormat("type 0x%04x", type) : std::string(name);
}

std::string ProtocolName(uint32_t protocol) {
  const std::string_view name = NameOf(kProtocols, protocol);
  return name.empty() ? absl::StrCat("protocol ", protocol) : std::string(name);
}

using Named = std::vector<std::pair<std::string, uint64_t>>;

void AddNamed(std::string name, uint64_t count, Named* all) {
  if (count == 0) return;
  const auto known = std::find_if(all->begin(), all->end(),
                                  [&name](const auto& entry) { return entry.first == name; });
  if (known == all->end()) {
    all->emplace_back(std::move(name), count);
  } else {
    known->second += count;
  }
}

void SortNamed(Named* all) {
  std::stable_sort(all->begin(), all->end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
}

}  // namespace

void UnreadPackets::OnFrame(const Packet& packet) {
  const uint32_t type = TypeOf(packet);
  if (type == 0x0800 || type == 0x86dd) return;  // what is wrong with it is told
  if (frames_.size() == kMostTypes && !frames_.contains(type)) {
    ++other_frames_;
  } else {
    ++frames_[type];
  }
}

void UnreadPackets::OnIcmpv6(const Datagram& d) {
  const uint8_t type = d.transport_bytes.U8(0);
  constexpr uint8_t kRouterSolicitation = 133, kRedirect = 137;
  if (type >= kRouterSolicitation && type <= kRedirect) ++neighbour_discovery_;
}

void UnreadPackets::OnUdpFlow(const Datagram& d) {
  for (const uint16_t port : {d.destination_port, d.source_port}) {
    if (NameOf(kTunnelPorts, port).empty()) continue;
    ++tunnels_[port];
    return;
  }
}

void UnreadPackets::AddTo(Statistics* statistics) const {
  for (const auto& [type, count] : frames_) {
    AddNamed(TypeName(type), count, &statistics->unread_frames);
  }
  AddNamed("other types", other_frames_, &statistics->unread_frames);
  SortNamed(&statistics->unread_frames);
  for (uint32_t protocol = 0; protocol < protocols_.size(); ++protocol) {
    uint64_t count = protocols_[protocol];
    if (protocol == kIcmpv6) count -= neighbour_discovery_;
    AddNamed(ProtocolName(protocol), count, &statistics->unread_protocols);
  }
  AddNamed("IPv6 neighbour discovery", neighbour_discovery_, &statistics->unread_protocols);
  SortNamed(&statistics->unread_protocols);
  for (const auto& [port, count] : tunnels_) {
    AddNamed(std::string(NameOf(kTunnelPorts, port)), count, &statistics->unopened_tunnels);
  }
  SortNamed(&statistics->unopened_tunnels);
}

}  // namespace tstat::internal
