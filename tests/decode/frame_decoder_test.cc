// SPDX-License-Identifier: BSD-3-Clause
#include "decode/frame_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/decode/frame_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::Ethernet;
using testing::Extension;
using testing::Fill;
using testing::Fragment;
using testing::Ipv4;
using testing::Ipv6;
using testing::PacketOf;
using testing::Tcp;
using testing::Text;
using testing::U16;
using testing::U32;
using testing::Udp;

constexpr uint16_t kIpv4Type = 0x0800, kIpv6Type = 0x86DD;
constexpr uint8_t kUdpProtocol = 17;

// What is at the bottom of most frames here: five bytes of TCP.
Bytes Inside() { return Ipv4({}, Tcp() + Text("hello")); }
Bytes Inside6() { return Ipv6({}, Tcp() + Text("hello")); }
Bytes InEthernet() { return Ethernet(kIpv4Type) + Inside(); }
Bytes Tag(uint16_t id, uint16_t next) { return U16(id) + U16(next); }
Bytes Label(uint32_t label, bool is_last) { return U32(label << 12 | (is_last ? 0x100u : 0) | 64); }
Bytes Snap(uint16_t type) { return Bytes{0xAA, 0xAA, 3, 0, 0, 0} + U16(type); }
Bytes InLength(const Bytes& payload) {
  return Ethernet(static_cast<uint16_t>(payload.size())) + payload;
}
Bytes InIp(uint8_t protocol, const Bytes& payload) {
  return Ethernet(kIpv4Type) + Ipv4({.protocol = protocol, .source = 0x01010101}, payload);
}
Bytes InUdp(uint16_t port, const Bytes& payload) {
  return InIp(kUdpProtocol, Udp(static_cast<uint16_t>(payload.size() + 8), 50000, port) + payload);
}
// Data to all stations of a wireless network: 24 bytes and what `more` adds.
Bytes Wlan(uint16_t control, const Bytes& more) { return U16(control) + Fill(22, 1) + more; }

class FrameDecoderTest : public ::testing::Test {
 protected:
  FrameResult Decode(const Bytes& frame, LinkType type = LinkType::kEthernet,
                     uint32_t original_length = 0) {
    frame_ = frame;
    outer_.clear();
    Packet packet = PacketOf(frame_, type);
    if (original_length != 0) packet.original_length = original_length;
    return decoder_.Decode(packet, &d_, &outer_);
  }
  // The packet of Inside() or Inside6() was found.
  void ExpectInside() const {
    EXPECT_EQ(d_.transport, Transport::kTcp);
    EXPECT_EQ(d_.source_port, 40000);
    EXPECT_EQ(d_.destination_port, 80);
    EXPECT_EQ(d_.ip_payload_length, 25);
    const TcpHeader header = ReadTcpHeader(d_);
    EXPECT_EQ(header.payload_length, 5);
    EXPECT_EQ(TcpPayload(d_, header).Text(), "hello");
    EXPECT_EQ(d_.source.ToString(), d_.is_v6 ? "2001:db8::1" : "10.0.0.1");
  }
  // Every shorter frame is decoded without a read outside (the sanitizers watch), and finds either
  // nothing or a packet that is within it.
  void CutEverywhere(const Bytes& frame, LinkType type = LinkType::kEthernet) {
    for (size_t size = 0; size < frame.size(); ++size) {
      const Bytes cut(frame.begin(), frame.begin() + static_cast<ptrdiff_t>(size));
      const FrameResult result = Decode(cut, type, static_cast<uint32_t>(frame.size()));
      if (result.has_ip) {
        EXPECT_LE(d_.ip.size(), size);
        EXPECT_LE(d_.transport_bytes.size(), d_.ip.size());
      }
    }
  }

  FrameDecoder decoder_{/*opens_tunnels=*/true};
  Bytes frame_;
  Datagram d_;
  std::vector<Datagram> outer_;
};

struct LinkCase {
  const char* name;
  LinkType type;
  Bytes frame;
};

class LinkTest : public FrameDecoderTest, public ::testing::WithParamInterface<LinkCase> {};

TEST_P(LinkTest, FindsThePacket) {
  const LinkCase& c = GetParam();
  ASSERT_TRUE(Decode(c.frame, c.type).has_ip);
  ExpectInside();
  EXPECT_TRUE(outer_.empty());
  EXPECT_EQ(d_.tunnel.kind, TunnelKind::kNone);
  // What the link adds behind is no payload.
  ASSERT_TRUE(Decode(c.frame + Fill(7, 0xFF), c.type).has_ip);
  ExpectInside();
  CutEverywhere(c.frame, c.type);
}

const LinkCase kLinkCases[] = {
    {"ethernet", LinkType::kEthernet, InEthernet()},
    {"vlan", LinkType::kEthernet, Ethernet(0x8100) + Tag(7, kIpv4Type) + Inside()},
    {"priority_tag", LinkType::kEthernet, Ethernet(0x8100) + Tag(0xE000, kIpv6Type) + Inside6()},
    {"four_tags", LinkType::kEthernet,
     Ethernet(0x88A8) + Tag(1, 0x9100) + Tag(2, 0x9200) + Tag(3, 0x8100) + Tag(0x4004, kIpv4Type) +
         Inside()},
    {"vn_tag", LinkType::kEthernet,
     Ethernet(0x8926) + U32(0x80010002) + U16(0x8100) + Tag(3, kIpv4Type) + Inside()},
    {"e_tag", LinkType::kEthernet, Ethernet(0x893F) + Fill(6, 1) + U16(kIpv4Type) + Inside()},
    {"hsr", LinkType::kEthernet, Ethernet(0x892F) + U32(1) + U16(kIpv4Type) + Inside()},
    {"backbone", LinkType::kEthernet, Ethernet(0x88E7) + U32(77) + InEthernet()},
    {"macsec_in_the_clear", LinkType::kEthernet,
     Ethernet(0x88E5) + Bytes{0x20, 0} + U32(1) + Fill(8, 2) + U16(kIpv4Type) + Inside()},
    {"isl", LinkType::kEthernet, Bytes{1, 0, 0x0C, 0, 0} + Fill(21, 5) + InEthernet()},
    {"mpls", LinkType::kEthernet, Ethernet(0x8847) + Label(16, true) + Inside()},
    {"three_labels", LinkType::kEthernet,
     Ethernet(0x8848) + Label(16, false) + Label(17, false) + Label(18, true) + Inside6()},
    {"mpls_in_vlan", LinkType::kEthernet,
     Ethernet(0x8100) + Tag(5, 0x8847) + Label(16, true) + Inside()},
    {"eompls_control_word", LinkType::kEthernet,
     Ethernet(0x8847) + Label(16, true) + U32(42) + InEthernet()},
    {"eompls", LinkType::kEthernet, Ethernet(0x8847) + Label(16, true) + InEthernet()},
    {"eompls_vlan_inside", LinkType::kEthernet,
     Ethernet(0x8847) + Label(16, true) + Ethernet(0x8100) + Tag(9, kIpv4Type) + Inside()},
    {"pppoe", LinkType::kEthernet,
     Ethernet(0x8864) + Bytes{0x11, 0} + U16(1) + U16(47) + U16(0x21) + Inside()},
    {"pppoe_in_vlans", LinkType::kEthernet,
     Ethernet(0x88A8) + Tag(2, 0x8100) + Tag(3, 0x8864) + Bytes{0x11, 0} + U16(1) + U16(67) +
         U16(0x57) + Inside6()},
    {"llc_snap", LinkType::kEthernet, InLength(Snap(kIpv4Type) + Inside())},
    {"llc_ip", LinkType::kEthernet, InLength(Bytes{6, 6, 3} + Inside())},
    {"snap_vlan", LinkType::kEthernet, InLength(Snap(0x8100) + Tag(4, kIpv4Type) + Inside())},
    {"nsh", LinkType::kEthernet, Ethernet(0x894F) + Bytes{0, 6, 1, 3} + Fill(20, 9) + InEthernet()},
    {"raw", LinkType::kRaw, Inside6()},
    {"null", LinkType::kNull, Bytes{2, 0, 0, 0} + Inside()},
    {"null_big_endian", LinkType::kNull, U32(2) + Inside()},
    {"null_odd_family", LinkType::kNull, U32(0xABCD) + Inside6()},
    {"loop", LinkType::kLoop, U32(30) + Inside6()},
    {"ppp", LinkType::kPpp, Bytes{0xFF, 3} + U16(0x21) + Inside()},
    {"ppp_compressed", LinkType::kPpp, Bytes{0x57} + Inside6()},
    {"ppp_mpls", LinkType::kPpp, Bytes{0xFF, 3} + U16(0x281) + Label(20, true) + Inside()},
    {"hdlc", LinkType::kCiscoHdlc, Bytes{0x0F, 0} + U16(kIpv6Type) + Inside6()},
    {"hdlc_mpls", LinkType::kPppHdlc, Bytes{0x0F, 0} + U16(0x8847) + Label(3, true) + Inside()},
    {"cooked", LinkType::kLinuxCooked, Fill(2) + U16(1) + Fill(10) + U16(kIpv4Type) + Inside()},
    {"cooked_vlan", LinkType::kLinuxCooked,
     Fill(2) + U16(1) + Fill(10) + U16(0x8100) + Tag(12, kIpv4Type) + Inside()},
    {"cooked_llc", LinkType::kLinuxCooked,
     Fill(2) + U16(1) + Fill(10) + U16(4) + Snap(kIpv4Type) + Inside()},
    {"cooked_without_link", LinkType::kLinuxCooked, Fill(2) + U16(65534) + Fill(12) + Inside()},
    {"cooked2_vlans", LinkType::kLinuxCooked2,
     U16(0x88A8) + Fill(6) + U16(1) + Fill(10) + Tag(1, 0x8100) + Tag(2, kIpv6Type) + Inside6()},
    {"wlan", LinkType::kIeee80211, Wlan(0x0801, Snap(kIpv4Type) + Inside())},
    {"wlan_qos", LinkType::kIeee80211, Wlan(0x8802, Fill(2) + Snap(kIpv4Type) + Inside())},
    {"wlan_four_addresses", LinkType::kIeee80211,
     Wlan(0x8883, Fill(6) + Fill(2) + Fill(4) + Snap(kIpv4Type) + Inside())},
    {"radiotap", LinkType::kRadiotap,
     Bytes{0, 0, 13, 0, 0x0E, 0, 0, 0, 0x10, 2, 3, 4, 5} +
         Wlan(0x0801, Snap(kIpv4Type) + Inside()) + U32(0xDEADBEEF)},
    {"radiotap_two_words_and_padding", LinkType::kRadiotap,
     Bytes{0, 0, 25, 0, 3, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0} + Fill(8) + Bytes{0x20} +
         Wlan(0x8801, Fill(2) + Fill(2) + Snap(kIpv4Type) + Inside())},
    {"prism", LinkType::kPrism,
     U32(0x44) + U32(144) + Fill(136) + Wlan(0x0801, Snap(kIpv4Type) + Inside())},
    {"avs", LinkType::kPrism,
     U32(0x80211001) + U32(64) + Fill(56) + Wlan(0x0801, Snap(kIpv4Type) + Inside())},
    {"token_ring_with_route", LinkType::kIeee802,
     Fill(8) + Bytes{0x80, 1, 2, 3, 4, 5, 4, 0, 1, 2} + Snap(kIpv4Type) + Inside()},
    {"fddi", LinkType::kFddi, Fill(13, 0x50) + Snap(kIpv4Type) + Inside()},
    {"atm_bridged", LinkType::kAtmRfc1483,
     Bytes{0xAA, 0xAA, 3, 0, 0x80, 0xC2, 0, 7, 0, 0} + InEthernet()},
};
std::string NameOf(const ::testing::TestParamInfo<LinkCase>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(All, LinkTest, ::testing::ValuesIn(kLinkCases), NameOf);

struct TunnelCase {
  const char* name;
  Bytes frame;
  TunnelKind kind;
  int64_t id;  // -1: none
  size_t outer;
};

class TunnelTest : public FrameDecoderTest, public ::testing::WithParamInterface<TunnelCase> {};

TEST_P(TunnelTest, FindsThePacketAndTheDatagramsAround) {
  const TunnelCase& c = GetParam();
  ASSERT_TRUE(Decode(c.frame).has_ip);
  ExpectInside();
  EXPECT_STREQ(d_.tunnel.name(), Tunnel{.kind = c.kind}.name());
  EXPECT_EQ(d_.tunnel.has_id, c.id >= 0);
  if (c.id >= 0) {
    EXPECT_EQ(d_.tunnel.id, static_cast<uint32_t>(c.id));
  }
  EXPECT_FALSE(d_.tunnel.is_outer);
  EXPECT_EQ(d_.flow_space & flow_space::kOuter, 0u);
  ASSERT_EQ(outer_.size(), c.outer);
  for (const Datagram& outer : outer_) {
    EXPECT_EQ(outer.transport, Transport::kUdp);
    EXPECT_TRUE(outer.tunnel.is_outer);
    EXPECT_STREQ(outer.tunnel.name(), "outer");
    EXPECT_NE(outer.flow_space & flow_space::kOuter, 0u);
    EXPECT_EQ(outer.source_port, 50000);
  }
  CutEverywhere(c.frame);

  const Bytes frame = c.frame;
  const FrameDecoder closed(/*opens_tunnels=*/false);
  std::vector<Datagram> none;
  ASSERT_TRUE(closed.Decode(PacketOf(frame), &d_, &none).has_ip);
  EXPECT_NE(d_.transport, Transport::kTcp);
  EXPECT_TRUE(none.empty());
}

const Bytes kVxlan = Bytes{8, 0, 0, 0} + U32(0x00ABCD00);
const TunnelCase kTunnelCases[] = {
    {"ipip", InIp(4, Inside()), TunnelKind::kIpip, -1, 0},
    {"in_6in4", InIp(41, Inside6()), TunnelKind::k6in4, -1, 0},
    {"in_4in6", Ethernet(kIpv6Type) + Ipv6({.next_header = 4}, Inside()), TunnelKind::k4in6, -1, 0},
    {"in_6in6_behind_options",
     Ethernet(kIpv6Type) + Ipv6({.next_header = 60}, Extension(41) + Inside6()), TunnelKind::k6in6,
     -1, 0},
    {"gre", InIp(47, U16(0) + U16(kIpv4Type) + Inside()), TunnelKind::kGre, -1, 0},
    {"gre_all_fields",
     InIp(47, U16(0xB000) + U16(kIpv6Type) + U32(9) + U32(77) + U32(1) + Inside6()),
     TunnelKind::kGre, 77, 0},
    {"gre_routes",
     InIp(47, U16(0x4000) + U16(kIpv4Type) + U32(0) + Bytes{8, 0, 0, 4, 1, 2, 3, 4} + U32(0) +
                  Inside()),
     TunnelKind::kGre, -1, 0},
    {"gre_mpls", InIp(47, U16(0) + U16(0x8847) + Label(9, true) + Inside()), TunnelKind::kGre, -1,
     0},
    {"gre_bridged", InIp(47, U16(0x2000) + U16(0x6558) + U32(5) + InEthernet()), TunnelKind::kGre,
     5, 0},
    {"nvgre", InIp(47, U16(0x2000) + U16(0x6558) + U32(0x00500001) + InEthernet()),
     TunnelKind::kNvgre, 0x5000, 0},
    {"erspan1", InIp(47, U16(0) + U16(0x88BE) + InEthernet()), TunnelKind::kErspan, -1, 0},
    {"erspan2",
     InIp(47,
          U16(0x1000) + U16(0x88BE) + U32(5) + U16(0x1001) + U16(0x0064) + U32(0) + InEthernet()),
     TunnelKind::kErspan, 100, 0},
    {"erspan3",
     InIp(47, U16(0x1000) + U16(0x22EB) + U32(5) + U16(0x2001) + U16(0xFC65) + U32(0) + U32(0) +
                  InEthernet()),
     TunnelKind::kErspan, 101, 0},
    {"erspan3_subheader",
     InIp(47, U16(0x1000) + U16(0x22EB) + U32(5) + U16(0x2001) + U16(1) + U32(0) + U32(1) +
                  Fill(8) + InEthernet()),
     TunnelKind::kErspan, 1, 0},
    {"pptp",
     InIp(47,
          U16(0x3081) + U16(0x880B) + U16(47) + U16(12) + U32(1) + U32(2) + U16(0x21) + Inside()),
     TunnelKind::kPptp, 12, 0},
    {"etherip", InIp(97, U16(0x3000) + InEthernet()), TunnelKind::kEtherIp, -1, 0},
    {"mpls_in_ip", InIp(137, Label(33, true) + Inside()), TunnelKind::kMplsInIp, 33, 0},
    {"l2tpv3", InIp(115, U32(0x12345678) + InEthernet()), TunnelKind::kL2tpv3, 0x12345678, 0},
    {"l2tpv3_cookie_and_sublayer", InIp(115, U32(3) + Fill(8, 0xC0) + U32(0) + InEthernet()),
     TunnelKind::kL2tpv3, 3, 0},
    {"l2tpv3_udp", InUdp(1701, U16(3) + U16(0) + U32(9) + U32(0xC00C1E00) + InEthernet()),
     TunnelKind::kL2tpv3, 9, 1},
    {"l2tp",
     InUdp(1701, U16(0x4002) + U16(59) + U16(1) + U16(2) + Bytes{0xFF, 3} + U16(0x21) + Inside()),
     TunnelKind::kL2tp, 0x10002, 1},
    {"l2tp_all_fields",
     InUdp(1701, U16(0x4A02) + U16(0) + U16(1) + U16(2) + U32(0) + U16(3) + Fill(3) + Bytes{0x21} +
                     Inside()),
     TunnelKind::kL2tp, 0x10002, 1},
    {"vxlan", InUdp(4789, kVxlan + InEthernet()), TunnelKind::kVxlan, 0xABCD, 1},
    {"vxlan_linux_vlan_inside",
     InUdp(8472, kVxlan + Ethernet(0x8100) + Tag(2, kIpv6Type) + Inside6()), TunnelKind::kVxlan,
     0xABCD, 1},
    {"vxlan_gpe", InUdp(4790, Bytes{0x0C, 0, 0, 2} + U32(0x500) + Inside6()), TunnelKind::kVxlan, 5,
     1},
    {"vxlan_gpe_nsh",
     InUdp(4790, Bytes{0x0C, 0, 0, 4} + U32(0x500) + Bytes{0, 2, 1, 1} + U32(7) + Inside()),
     TunnelKind::kVxlan, 5, 1},
    {"geneve", InUdp(6081, Bytes{0, 0} + U16(0x6558) + U32(0x700) + InEthernet()),
     TunnelKind::kGeneve, 7, 1},
    {"geneve_options_ip",
     InUdp(6081, Bytes{2, 0} + U16(kIpv4Type) + U32(0x700) + Fill(8, 3) + Inside()),
     TunnelKind::kGeneve, 7, 1},
    {"gtpu", InUdp(2152, Bytes{0x30, 0xFF} + U16(45) + U32(0xCAFEF00D) + Inside()),
     TunnelKind::kGtpu, 0xCAFEF00D, 1},
    {"gtpu_extensions",
     InUdp(2152, Bytes{0x36, 0xFF} + U16(81) + U32(8) + U16(1) + Bytes{0, 0x85, 1, 1, 2, 0x32, 2} +
                     Fill(6) + Bytes{0} + Inside6()),
     TunnelKind::kGtpu, 8, 1},
    {"teredo", InUdp(3544, Inside6()), TunnelKind::kTeredo, -1, 1},
    {"teredo_indications",
     InUdp(3544, Bytes{0, 1, 2, 3} + Fill(5) + Fill(9) + Fill(2) + Fill(6, 1) + Inside6()),
     TunnelKind::kTeredo, -1, 1},
    {"gue", InUdp(6080, Bytes{1, 4, 0, 0} + Fill(4) + Inside()), TunnelKind::kGue, -1, 1},
    {"gue_direct", InUdp(6080, Inside()), TunnelKind::kGue, -1, 1},
    {"gre_in_udp", InUdp(4754, U16(0x2000) + U16(kIpv4Type) + U32(6) + Inside()), TunnelKind::kGre,
     6, 1},
    {"mpls_in_udp", InUdp(6635, Label(2000, true) + Inside6()), TunnelKind::kMplsInIp, 2000, 1},
    {"lisp", InUdp(4341, Bytes{8, 0, 0, 0} + U32(0x900) + Inside()), TunnelKind::kLisp, 9, 1},
    {"tzsp", InUdp(37008, Bytes{1, 0, 0, 1, 0, 10, 1, 9, 1} + InEthernet()), TunnelKind::kTzsp, -1,
     1},
    {"vxlan_in_vlan_in_gre",
     InIp(47, U16(0) + U16(0x6558) + Ethernet(0x8100) + Tag(3, kIpv4Type) +
                  Ipv4({.protocol = kUdpProtocol},
                       Udp(static_cast<uint16_t>(16 + InEthernet().size()), 50000, 4789) + kVxlan +
                           InEthernet())),
     TunnelKind::kVxlan, 0xABCD, 1},
    {"gtpu_in_vxlan",
     InUdp(4789, kVxlan + InUdp(2152, Bytes{0x30, 0xFF} + U16(45) + U32(1) + Inside())),
     TunnelKind::kGtpu, 1, 2},
};
std::string TunnelNameOf(const ::testing::TestParamInfo<TunnelCase>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(All, TunnelTest, ::testing::ValuesIn(kTunnelCases), TunnelNameOf);

// The nibble of a VLAN's priority, and what follows it, is no version.
TEST_F(FrameDecoderTest, ATagIsNoPacket) {
  const Bytes frame = Ethernet(0x8100) + Tag(0x4001, 0x0806) + Fill(60, 0x45);
  const FrameResult result = Decode(frame);
  EXPECT_FALSE(result.has_ip);
  EXPECT_EQ(result.reason, DropReason::kNotIp);
}

TEST_F(FrameDecoderTest, TheInnermostVlanIsKept) {
  ASSERT_TRUE(
      Decode(Ethernet(0x88A8) + Tag(0x2064, 0x8100) + Tag(0x300A, kIpv4Type) + Inside()).has_ip);
  EXPECT_EQ(d_.vlan, 10);
  ASSERT_TRUE(Decode(Ethernet(0x8100) + Tag(5, 0x8100) + Tag(0, kIpv4Type) + Inside()).has_ip);
  EXPECT_EQ(d_.vlan, 5);
}

TEST_F(FrameDecoderTest, WhatIsEncryptedIsNotRead) {
  EXPECT_EQ(Decode(Ethernet(0x88E5) + Bytes{0x2C, 0} + Fill(60)).reason, DropReason::kEncrypted);
  EXPECT_EQ(Decode(Wlan(0x0841, Fill(8) + Snap(kIpv4Type) + Inside()), LinkType::kIeee80211).reason,
            DropReason::kEncrypted);
}

TEST_F(FrameDecoderTest, FramesWithoutData) {
  EXPECT_EQ(Decode(Wlan(0x4801, Fill(80)), LinkType::kIeee80211).reason, DropReason::kNotIp);
  EXPECT_EQ(Decode(Wlan(0x8000, Fill(80)), LinkType::kIeee80211).reason, DropReason::kNotIp);
  EXPECT_EQ(Decode(Ethernet(0x8863) + Fill(60)).reason, DropReason::kNotIp);
  EXPECT_EQ(Decode(Fill(60), static_cast<LinkType>(9999)).reason, DropReason::kUnsupportedLinkType);
}

TEST_F(FrameDecoderTest, AnAggregateEndsWithItsFirstPacket) {
  const Bytes first = Snap(kIpv4Type) + Inside();
  const Bytes aggregate = Fill(12, 3) + U16(static_cast<uint16_t>(first.size())) + first;
  ASSERT_TRUE(
      Decode(Wlan(0x8801, Bytes{0x80, 0} + aggregate + Fill(60)), LinkType::kIeee80211).has_ip);
  ExpectInside();
}

TEST_F(FrameDecoderTest, HeadersInOneAnotherHaveALimit) {
  Bytes tags = Ethernet(0x8100);
  for (int i = 0; i < 200; ++i) tags = tags + Tag(1, 0x8100);
  EXPECT_EQ(Decode(tags).reason, DropReason::kTooManyHeaders);
  // Packets in packets: the one at the limit stands for all that are in it.
  Bytes packets = Inside();
  for (int i = 0; i < 40; ++i) packets = Ipv4({.protocol = 4}, packets);
  const FrameResult result = Decode(Ethernet(kIpv4Type) + packets);
  EXPECT_TRUE(result.has_ip);
  EXPECT_EQ(result.reason, DropReason::kNotTcpUdp);
}

// What does not fit into the datagram of the tunnel is no packet, and the datagram stays what it
// is.
TEST_F(FrameDecoderTest, ATunnelWithoutAPacketStaysClosed) {
  const Bytes too_long = Ipv4({.total_length = 1000}, Tcp());
  const Bytes cases[] = {
      InUdp(4789, kVxlan + Ethernet(kIpv4Type) + too_long),
      InUdp(4789, Bytes{0, 0, 0, 0} + U32(0x100) + InEthernet()),
      InUdp(4789, kVxlan + Ethernet(0x0806) + Fill(28)),
      InUdp(2152, Bytes{0x32, 1} + U16(4) + Fill(8)),
      InUdp(2152, Bytes{0x30, 0xFE} + U16(45) + U32(1) + Inside()),
      InUdp(1701, U16(0xC802) + U16(12) + Fill(8)),
      InUdp(3544, Fill(60)),
      InUdp(6081, Bytes{0x40, 0} + U16(kIpv4Type) + U32(0x700) + Inside()),
      InUdp(53, kVxlan + InEthernet()),
  };
  for (const Bytes& frame : cases) {
    const FrameResult result = Decode(frame);
    ASSERT_TRUE(result.has_ip);
    EXPECT_EQ(result.reason, DropReason::kCount);
    EXPECT_EQ(d_.transport, Transport::kUdp);
    EXPECT_EQ(d_.source.ToString(), "1.1.1.1");
    EXPECT_EQ(d_.flow_space, 0u);
    EXPECT_EQ(d_.tunnel.kind, TunnelKind::kNone);
    EXPECT_TRUE(outer_.empty());
  }
  ASSERT_TRUE(Decode(InIp(47, U16(2) + U16(kIpv4Type) + Inside())).has_ip);
  EXPECT_EQ(d_.transport, Transport::kOther);
  EXPECT_EQ(d_.ip_protocol, 47);
  EXPECT_EQ(d_.source.ToString(), "1.1.1.1");
}

// The first fragment of a tunnel's datagram: what is inside is longer than it.
TEST_F(FrameDecoderTest, AFirstFragmentOfATunnelIsOpened) {
  const Bytes inner = Ethernet(kIpv4Type) + Ipv4({.total_length = 1400}, Tcp() + Fill(500));
  ASSERT_TRUE(Decode(Ethernet(kIpv4Type) + Ipv4({.protocol = kUdpProtocol, .fragment = 0x2000},
                                                Udp(1438, 50000, 4789) + kVxlan + inner))
                  .has_ip);
  EXPECT_EQ(d_.transport, Transport::kTcp);
  EXPECT_EQ(ReadTcpHeader(d_).payload_length, 1360);
  ASSERT_EQ(outer_.size(), 1u);
  EXPECT_TRUE(outer_[0].more_fragments);
  EXPECT_EQ(ReadUdpHeader(outer_[0]).length, 1438u);
}

}  // namespace
}  // namespace tstat::internal
