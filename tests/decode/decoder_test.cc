// SPDX-License-Identifier: BSD-3-Clause
#include "decode/decoder.h"

#include <gtest/gtest.h>

#include <random>
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
using testing::kDestinationMac;
using testing::kSourceMac;
using testing::PacketOf;
using testing::Tcp;
using testing::Text;
using testing::U16;
using testing::Udp;

// A Datagram whose every member is wrong, so that a member that Decode does not set shows.
Datagram Used() {
  static const Bytes kOther = Fill(3, 0xEE);
  Datagram d;
  d.time = Timestamp::FromSeconds(1);
  d.source = d.destination = *IpAddress::Parse("ff::ff");
  d.source_port = d.destination_port = 0xEEEE;
  d.transport = Transport::kUdp;
  d.is_v6 = d.truncated = true;
  d.ttl = d.ip_protocol = d.type_of_service = 0xEE;
  d.ip_id = 0xEEEE;
  d.ip_total_length = 0xEEEE;
  d.ip_header_length = d.ip_payload_length = 0xEEEE;
  d.ip = d.captured = d.transport_bytes = ByteReader(kOther);
  d.origin = PacketOrigin::kExternalBoth;
  return d;
}

class DecoderTest : public ::testing::Test {
 protected:
  DecodeResult Decode(const Bytes& frame, LinkType type = LinkType::kEthernet) {
    frame_ = frame;
    d_ = Used();
    return decoder_.Decode(PacketOf(frame_, type), &d_);
  }
  uint64_t Dropped(DropReason reason) const {
    return decoder_.statistics().dropped[static_cast<size_t>(reason)];
  }

  Decoder decoder_{DecoderOptions{}};
  Bytes frame_;
  Datagram d_;
};

TEST_F(DecoderTest, Ipv4Tcp) {
  ASSERT_EQ(Decode(Ethernet(0x0800) + Ipv4({}, Tcp() + Text("hello"))), DecodeResult::kIp);
  EXPECT_EQ(d_.time, PacketOf({}).time);
  EXPECT_EQ(d_.source.ToString(), "10.0.0.1");
  EXPECT_EQ(d_.destination.ToString(), "192.168.1.2");
  EXPECT_EQ(d_.source_port, 40000);
  EXPECT_EQ(d_.destination_port, 80);
  EXPECT_EQ(d_.transport, Transport::kTcp);
  EXPECT_FALSE(d_.is_v6);
  EXPECT_FALSE(d_.truncated);
  EXPECT_EQ(d_.ttl, 61);
  EXPECT_EQ(d_.ip_protocol, 6);
  EXPECT_EQ(d_.type_of_service, 0x28);
  EXPECT_EQ(d_.ip_id, 0x1234);
  EXPECT_EQ(d_.ip_total_length, 45u);
  EXPECT_EQ(d_.ip_header_length, 20);
  EXPECT_EQ(d_.ip_payload_length, 25);
  EXPECT_EQ(d_.ip.size(), 45u);
  EXPECT_EQ(d_.captured.size(), 45u);
  EXPECT_EQ(d_.transport_bytes.size(), 25u);
  EXPECT_EQ(d_.origin, PacketOrigin::kUnknown);

  const TcpHeader h = ReadTcpHeader(d_);
  EXPECT_EQ(h.sequence, 0x01020304u);
  EXPECT_EQ(h.acknowledgment, 0x05060708u);
  EXPECT_EQ(h.flags, tcp_flags::kAck | tcp_flags::kPsh);
  EXPECT_FALSE(h.reserved_bits);
  EXPECT_EQ(h.window, 0x7210);
  EXPECT_EQ(h.checksum, 0xBEEF);
  EXPECT_EQ(h.header_length, 20);
  EXPECT_EQ(h.payload_length, 5);
  EXPECT_EQ(TcpPayload(d_, h).Text(), "hello");
}

TEST_F(DecoderTest, Ipv4UdpWithOptions) {
  ASSERT_EQ(Decode(Ethernet(0x0800) + Ipv4({.protocol = 17, .ihl = 7}, Udp(12) + Text("abcd"))),
            DecodeResult::kIp);
  EXPECT_EQ(d_.transport, Transport::kUdp);
  EXPECT_EQ(d_.ip_header_length, 28);
  EXPECT_EQ(d_.ip_payload_length, 12);
  EXPECT_EQ(d_.source_port, 5353);
  EXPECT_EQ(d_.destination_port, 53);
  EXPECT_EQ(ReadUdpHeader(d_).length, 12);
  EXPECT_EQ(ReadUdpHeader(d_).checksum, 0xCAFE);
  EXPECT_EQ(d_.transport_bytes.Text(8), "abcd");
}

TEST_F(DecoderTest, Ipv6Tcp) {
  ASSERT_EQ(Decode(Ethernet(0x86DD) + Ipv6({}, Tcp() + Text("hello"))), DecodeResult::kIp);
  EXPECT_TRUE(d_.is_v6);
  EXPECT_EQ(d_.source.ToString(), "2001:db8::1");
  EXPECT_EQ(d_.destination.ToString(), "2001:db8:0:1::2");
  EXPECT_EQ(d_.ttl, 55);
  EXPECT_EQ(d_.type_of_service, 0xB8);
  EXPECT_EQ(d_.ip_protocol, 6);
  EXPECT_EQ(d_.ip_id, 25);  // the payload length
  EXPECT_EQ(d_.ip_total_length, 65u);
  EXPECT_EQ(d_.ip_header_length, 40);
  EXPECT_EQ(d_.ip_payload_length, 25);
  EXPECT_EQ(d_.transport, Transport::kTcp);
  EXPECT_FALSE(d_.truncated);
  EXPECT_EQ(TcpPayload(d_, ReadTcpHeader(d_)).Text(), "hello");
}

TEST_F(DecoderTest, VersionNibbleDecidesNotTheEthernetType) {
  ASSERT_EQ(Decode(Ethernet(0x0800) + Ipv6({}, Tcp())), DecodeResult::kIp);
  EXPECT_TRUE(d_.is_v6);
  ASSERT_EQ(Decode(Ethernet(0x86DD) + Ipv4({}, Tcp())), DecodeResult::kIp);
  EXPECT_FALSE(d_.is_v6);
  Bytes version5 = Ethernet(0x0800) + Ipv4({}, Tcp());
  version5[14] = 0x55;
  EXPECT_EQ(Decode(version5), DecodeResult::kDelivered);
  EXPECT_EQ(Dropped(DropReason::kBadIpVersion), 1u);
}

// What counts as "packets seen", and the transport found.
TEST_F(DecoderTest, Encapsulations) {
  const Bytes tcp4 = Ipv4({}, Tcp()), tcp6 = Ipv6({}, Tcp());
  const Bytes ipip = Ipv4({.protocol = 4}, tcp4);
  const struct {
    const char* name;
    Bytes frame;
    bool seen, tcp;
  } kCases[] = {
      {"plain", Ethernet(0x0800) + tcp4, true, true},
      {"VLAN", Ethernet(0x8100) + U16(5) + U16(0x0800) + tcp4, true, true},
      {"PPPoE", Ethernet(0x8864) + Bytes{0x11, 0, 0, 1, 0, 42, 0, 0x21} + tcp4, true, true},
      {"MPLS", Ethernet(0x8847) + Bytes{0, 1, 1, 64} + tcp4, true, true},
      {"VLAN MPLS", Ethernet(0x8100) + U16(5) + U16(0x8847) + Bytes{0, 1, 1, 64} + tcp4, true,
       true},
      {"IPv4 in IPv4", Ethernet(0x0800) + ipip, true, true},
      {"IPv4 in IPv4 IHL 6", Ethernet(0x0800) + Ipv4({.protocol = 4, .ihl = 6}, tcp4), true, true},
      {"6in4", Ethernet(0x0800) + Ipv4({.protocol = 41}, tcp6), true, true},
      {"protocol 4, content 6", Ethernet(0x0800) + Ipv4({.protocol = 4}, tcp6), true, true},
      {"4in6", Ethernet(0x86DD) + Ipv6({.next_header = 4}, tcp4), true, false},
      {"6in6", Ethernet(0x86DD) + Ipv6({.next_header = 41}, tcp6), true, false},
      {"GRE", Ethernet(0x0800) + Ipv4({.protocol = 47}, U16(0) + U16(0x0800) + tcp4), true, false},
      {"IPIP in IPIP", Ethernet(0x0800) + Ipv4({.protocol = 4}, ipip), true, false},
      {"6in4 in IPIP", Ethernet(0x0800) + Ipv4({.protocol = 4}, Ipv4({.protocol = 41}, tcp6)), true,
       false},
      {"later fragment", Ethernet(0x0800) + Ipv4({.fragment = 1}, Tcp()), true, false},
      {"first fragment", Ethernet(0x0800) + Ipv4({.fragment = 0x2000}, Tcp()), true, true},
      {"do not fragment", Ethernet(0x0800) + Ipv4({.fragment = 0x4000}, Tcp()), true, true},
      {"tunnel in a fragment", Ethernet(0x0800) + Ipv4({.protocol = 4, .fragment = 9}, tcp4), true,
       true},
      {"QinQ", Ethernet(0x8100) + U16(5) + U16(0x8100) + U16(6) + U16(0x0800) + tcp4, false, false},
      {"two labels", Ethernet(0x8847) + Bytes{0, 1, 0, 64, 0, 2, 1, 64} + tcp4, false, false},
      {"PPPoE in VLAN",
       Ethernet(0x8100) + U16(5) + U16(0x8864) + Bytes{0x11, 0, 0, 1, 0, 42, 0, 0x21} + tcp4, false,
       false},
      {"inner version 5", Ethernet(0x0800) + Ipv4({.protocol = 4}, Fill(40, 0x55)), false, false},
      // As in a real trace: the second of two tags looks like IPv6.
      {"tag taken for IPv6", Ethernet(0x8100) + U16(5) + U16(0x8100) + U16(0x61F9) + Fill(60), true,
       false},
  };
  for (const auto& c : kCases) {
    const DecodeResult r = Decode(c.frame);
    EXPECT_EQ(r, c.seen ? DecodeResult::kIp : DecodeResult::kDelivered) << c.name;
    if (r == DecodeResult::kIp) {
      EXPECT_EQ(d_.transport == Transport::kTcp && !d_.truncated, c.tcp) << c.name;
    }
  }
}

TEST_F(DecoderTest, InnerPacketReplacesTheOuterOne) {
  const Bytes inner = Ipv4({.ttl = 9, .source = 0x01020304}, Tcp() + Text("abc"));
  ASSERT_EQ(Decode(Ethernet(0x0800) + Ipv4({.protocol = 4, .ttl = 200}, inner) + Fill(6)),
            DecodeResult::kIp);
  EXPECT_EQ(d_.source.ToString(), "1.2.3.4");
  EXPECT_EQ(d_.ttl, 9);
  EXPECT_EQ(d_.ip_total_length, 43u);
  EXPECT_EQ(d_.captured.size(), 49u);
  EXPECT_EQ(d_.ip.size(), 44u);
}

// Padding is cut, but for one byte.
TEST_F(DecoderTest, Ipv4Trimming) {
  const Bytes ip = Ipv4({}, Tcp());
  ASSERT_EQ(Decode(Ethernet(0x0800) + ip + Fill(6, 0x77)), DecodeResult::kIp);
  EXPECT_EQ(d_.ip.size(), 41u);
  EXPECT_EQ(d_.transport_bytes.size(), 21u);
  EXPECT_EQ(d_.captured.size(), 46u);
  Decode(Ethernet(0x0800) + ip + Fill(1));
  EXPECT_EQ(d_.ip.size(), 41u);
  Decode(Ethernet(0x0800) + ip);
  EXPECT_EQ(d_.ip.size(), 40u);
  // A total length that claims more than was captured changes nothing.
  Decode(Ethernet(0x0800) + Ipv4({.total_length = 1500}, Tcp()));
  EXPECT_EQ(d_.ip.size(), 40u);
  EXPECT_EQ(d_.ip_payload_length, 1480);
  EXPECT_FALSE(d_.truncated);
}

TEST_F(DecoderTest, Ipv6IsNotTrimmed) {
  Decode(Ethernet(0x86DD) + Ipv6({.payload_length = 20}, Tcp()) + Fill(6));
  EXPECT_EQ(d_.transport_bytes.size(), 26u);
  EXPECT_EQ(d_.ip_payload_length, 20);
}

TEST_F(DecoderTest, ShortTransport) {
  const auto is_short = [this](const Bytes& ip) {
    EXPECT_EQ(Decode(Ethernet(0x0800) + ip), DecodeResult::kIp);
    EXPECT_NE(d_.transport, Transport::kOther);
    if (d_.truncated) {
      EXPECT_EQ(d_.source_port, 0);
      EXPECT_EQ(d_.destination_port, 0);
    }
    return d_.truncated;
  };
  EXPECT_TRUE(is_short(Ipv4({.total_length = 0}, Tcp())));  // segmentation offload
  EXPECT_TRUE(is_short(Ipv4({.total_length = 38}, Tcp())));
  EXPECT_FALSE(is_short(Ipv4({.total_length = 39}, Tcp())));  // the byte past the end completes it
  EXPECT_TRUE(is_short(Ipv4({}, Fill(19))));
  EXPECT_FALSE(is_short(Ipv4({}, Fill(20))));
  EXPECT_TRUE(is_short(Ipv4({.protocol = 17}, Fill(7))));
  EXPECT_FALSE(is_short(Ipv4({.protocol = 17}, Fill(8))));
  EXPECT_TRUE(is_short(Ipv4({.protocol = 17, .ihl = 15}, {})));
  EXPECT_EQ(Dropped(DropReason::kShortTransportHeader), 5u);
}

TEST_F(DecoderTest, SmallHeaderLengthIsAccepted) {
  ASSERT_EQ(Decode(Ethernet(0x0800) + Ipv4({.ihl = 4}, Tcp())), DecodeResult::kIp);
  EXPECT_EQ(d_.transport, Transport::kTcp);
  EXPECT_EQ(d_.source_port, 0xC0A8);  // read from the destination address
  EXPECT_EQ(d_.ip_header_length, 16);
}

TEST_F(DecoderTest, NegativePayloadLengths) {
  Decode(Ethernet(0x0800) + Ipv4({.total_length = 5}, Tcp()));
  EXPECT_EQ(d_.ip_payload_length, -15);
  Decode(Ethernet(0x0800) + Ipv4({}, Tcp({.offset_byte = 0xF0})));
  EXPECT_EQ(ReadTcpHeader(d_).payload_length, -40);
  EXPECT_TRUE(TcpPayload(d_, ReadTcpHeader(d_)).empty());
}

TEST_F(DecoderTest, OtherProtocols) {
  ASSERT_EQ(Decode(Ethernet(0x0800) + Ipv4({.protocol = 1}, Bytes{8, 0, 1, 2})), DecodeResult::kIp);
  EXPECT_EQ(d_.transport, Transport::kOther);
  EXPECT_EQ(d_.source_port, 0);
  EXPECT_FALSE(d_.truncated);
  EXPECT_EQ(d_.transport_bytes.U8(0), 8);
  ASSERT_EQ(Decode(Ethernet(0x86DD) + Ipv6({.next_header = 0}, Extension(58) + Bytes{135, 0, 1})),
            DecodeResult::kIp);
  EXPECT_EQ(d_.transport, Transport::kOther);
  EXPECT_EQ(d_.ip_protocol, 58);
  EXPECT_EQ(d_.transport_bytes.U8(0), 135);
  EXPECT_EQ(Dropped(DropReason::kNotTcpUdp), 2u);
}

TEST_F(DecoderTest, Ipv6Extensions) {
  // 16 bytes are stepped over where the fragment header has 8: the TCP header is found 8 bytes late
  // while sizes are computed with the true length.
  ASSERT_EQ(Decode(Ethernet(0x86DD) + Ipv6({.next_header = 44}, Fragment(6, 1) + Tcp() + Fill(30))),
            DecodeResult::kIp);
  EXPECT_EQ(d_.transport, Transport::kTcp);
  EXPECT_EQ(d_.source_port, 0x0506);
  EXPECT_EQ(d_.ip_header_length, 48);
  EXPECT_EQ(d_.ip_payload_length, 50);

  Decoder decoder_33({.ipv6_fragment_header_bytes = 8, .macs = {}});
  ASSERT_EQ(decoder_33.Decode(PacketOf(frame_), &d_), DecodeResult::kIp);
  EXPECT_EQ(d_.source_port, 40000);

  Decode(Ethernet(0x86DD) + Ipv6({.next_header = 44}, Fragment(6, 1024) + Tcp()));
  EXPECT_EQ(d_.transport, Transport::kOther);
  EXPECT_EQ(d_.ip_protocol, 44);
  EXPECT_EQ(Dropped(DropReason::kFragment), 1u);

  // The mobility header counts as payload.
  Decode(Ethernet(0x86DD) + Ipv6({.next_header = 135}, Extension(17) + Udp(8)));
  EXPECT_EQ(d_.transport, Transport::kUdp);
  EXPECT_EQ(d_.source_port, 5353);
  EXPECT_EQ(d_.ip_header_length, 40);
  EXPECT_EQ(d_.ip_payload_length, 16);

  // The next header is named but not captured.
  Decode(Ethernet(0x86DD) + Ipv6({.next_header = 0, .payload_length = 100}, Extension(6)));
  EXPECT_EQ(d_.transport, Transport::kOther);
  EXPECT_EQ(d_.ip_protocol, 6);
  EXPECT_EQ(d_.ip_header_length, -1);
  EXPECT_EQ(d_.ip_payload_length, 141);
  EXPECT_TRUE(d_.transport_bytes.empty());
  EXPECT_EQ(Dropped(DropReason::kBadExtensionHeaders), 1u);
}

TEST_F(DecoderTest, CutInsideLinkOrIpHeaderCountsAsSeenOnly) {
  const struct {
    const char* name;
    Bytes frame;
    size_t complete;  // the first length that is not short
  } kCases[] = {
      {"IPv4", Ethernet(0x0800) + Ipv4({}, Tcp()), 34},
      {"IPv6", Ethernet(0x86DD) + Ipv6({}, Tcp()), 54},
      {"VLAN", Ethernet(0x8100) + U16(5) + U16(0x0800) + Ipv4({}, Tcp()), 38},
      {"PPPoE", Ethernet(0x8864) + Bytes{0x11, 0, 0, 1, 0, 42, 0, 0x21} + Ipv4({}, Tcp()), 42},
      {"6in4", Ethernet(0x0800) + Ipv4({.protocol = 41}, Ipv6({}, Tcp())), 74},
  };
  EXPECT_EQ(Decode(Fill(13)), DecodeResult::kDropped);  // no IP packet yet
  EXPECT_EQ(Decode(Ethernet(0x0800)), DecodeResult::kDropped);
  EXPECT_EQ(Decode(Ethernet(0x0800) + Fill(1, 0x45)), DecodeResult::kShort);
  ASSERT_EQ(Decode(Ethernet(0x0800) + Ipv4({}, Tcp())), DecodeResult::kIp);
  for (const auto& c : kCases) {
    for (size_t n = 0; n <= c.frame.size(); ++n) {
      const DecodeResult r = Decode(Bytes(c.frame.begin(), c.frame.begin() + n));
      EXPECT_EQ(r, n < c.complete ? DecodeResult::kShort : DecodeResult::kIp) << c.name << " " << n;
    }
  }
  EXPECT_GT(Dropped(DropReason::kShortLinkHeader), 0u);
  EXPECT_GT(Dropped(DropReason::kShortIpHeader), 0u);
}

TEST_F(DecoderTest, LongCapturesAreCut) {
  Bytes frame = Ethernet(0x86DD) + Ipv6({.payload_length = 65535}, Tcp());
  frame.resize(70000);
  ASSERT_EQ(Decode(frame), DecodeResult::kIp);
  EXPECT_EQ(d_.captured.size(), 65535u - 14);
}

TEST_F(DecoderTest, NonIpFramesAreCountedByReason) {
  EXPECT_EQ(Decode(Ethernet(0x0806) + Fill(46)), DecodeResult::kDropped);
  EXPECT_EQ(Decode({0xFF, 0x03, 0xC0, 0x21, 1, 1}, LinkType::kPppHdlc), DecodeResult::kDropped);
  EXPECT_EQ(Decode(Fill(60), static_cast<LinkType>(14)), DecodeResult::kDropped);
  EXPECT_EQ(Dropped(DropReason::kNotIp), 2u);
  EXPECT_EQ(Dropped(DropReason::kUnsupportedLinkType), 1u);
  EXPECT_EQ(decoder_.statistics().frames, 3u);
}

// A quirk: what is no IP on PPP and FDDI is the previous packet of such a link again.
TEST_F(DecoderTest, PppAndFddiRepeatThePreviousPacket) {
  const Bytes lcp = {0xFF, 0x03, 0xC0, 0x21, 1, 1}, ppp = {0xFF, 0x03, 0x00, 0x21};
  EXPECT_EQ(Decode(lcp, LinkType::kPpp), DecodeResult::kDelivered);  // zeros: no version
  EXPECT_EQ(Decode(Ethernet(0x0800) + Ipv4({.protocol = 17}, Udp(8))), DecodeResult::kIp);
  EXPECT_EQ(Decode(lcp, LinkType::kPpp), DecodeResult::kDelivered);

  // As many as are decoded before anybody looks at them keep what they are.
  std::vector<Datagram> decoded(Decoder::kBatchSize);
  for (size_t i = 0; i < decoded.size(); i += 2) {
    const auto port = static_cast<uint16_t>(1000 + i);
    ASSERT_EQ(Decode(ppp + Ipv4({.protocol = 17}, Udp(11, port) + Text("abc")), LinkType::kPpp),
              DecodeResult::kIp);
    Packet later = PacketOf(lcp, i % 4 == 0 ? LinkType::kPpp : LinkType::kFddi);
    later.time = Timestamp::FromSeconds(static_cast<int64_t>(i));
    ASSERT_EQ(decoder_.Decode(later, &decoded[i]), DecodeResult::kIp);
  }
  for (size_t i = 0; i < decoded.size(); i += 2) {
    EXPECT_EQ(decoded[i].time, Timestamp::FromSeconds(static_cast<int64_t>(i)));
    EXPECT_EQ(decoded[i].source_port, 1000 + i);
    EXPECT_EQ(decoded[i].transport_bytes.U16(0), 1000 + i);
    EXPECT_EQ(decoded[i].transport_bytes.size(), 8u + 3);
  }
  EXPECT_EQ(Dropped(DropReason::kNotIp), 0u);

  Decoder without({.repeats_previous_packet = false, .macs = {}});
  const Bytes first = ppp + Ipv4({.protocol = 17}, Udp(8));
  EXPECT_EQ(without.Decode(PacketOf(first, LinkType::kPpp), &d_), DecodeResult::kIp);
  EXPECT_EQ(without.Decode(PacketOf(lcp, LinkType::kPpp), &d_), DecodeResult::kDropped);
}

TEST_F(DecoderTest, EveryReasonHasAName) {
  for (int i = 0; i < static_cast<int>(DropReason::kCount); ++i) {
    EXPECT_FALSE(DropReasonName(static_cast<DropReason>(i)).empty()) << i;
  }
  EXPECT_EQ(DropReasonName(DropReason::kCount), "");
}

TEST(DecoderMacListTest, OriginByMac) {
  const Bytes frame = Ethernet(0x0800) + Ipv4({}, Tcp());
  const std::array<uint8_t, 6> other = {1, 2, 3, 4, 5, 6};
  const struct {
    std::vector<std::array<uint8_t, 6>> internal;
    PacketOrigin expected;
  } kCases[] = {
      {{other, kSourceMac}, PacketOrigin::kInternalSource},
      {{kDestinationMac}, PacketOrigin::kExternalSource},
      {{kSourceMac, kDestinationMac}, PacketOrigin::kInternalBoth},
      {{other}, PacketOrigin::kExternalBoth},
      {{}, PacketOrigin::kExternalBoth},
  };
  for (const auto& c : kCases) {
    Decoder decoder({.macs = {.internal = c.internal, .enabled = true}});
    Datagram d;
    ASSERT_EQ(decoder.Decode(PacketOf(frame), &d), DecodeResult::kIp);
    EXPECT_EQ(d.origin, c.expected);

    // What the source says wins.
    Packet directed = PacketOf(frame);
    directed.origin = PacketOrigin::kExternalSource;
    decoder.Decode(directed, &d);
    EXPECT_EQ(d.origin, PacketOrigin::kExternalSource);

    // Nothing but Ethernet has MAC addresses.
    const Bytes raw = Ipv4({}, Tcp());
    decoder.Decode(PacketOf(raw, LinkType::kRaw), &d);
    EXPECT_EQ(d.origin, PacketOrigin::kExternalBoth);
  }
}

// Exact-size heap buffers: a sanitizer build sees every read outside.
TEST(DecoderRobustnessTest, EveryTruncationOfEveryLinkType) {
  const Bytes packets[] = {
      Ipv4({}, Tcp() + Text("x")),
      Ipv4({.protocol = 17, .ihl = 15}, Udp(9) + Text("x")),
      Ipv4({.protocol = 4}, Ipv4({.ihl = 6}, Tcp())),
      Ipv4({.protocol = 41, .ihl = 0}, Tcp()),
      Ipv6({.next_header = 0}, Extension(43, 1) + Extension(51) + Extension(44, 2, 4) +
                                   Fragment(135, 1) + Fill(8) + Extension(17) + Udp(8)),
      Ipv6({.next_header = 60}, {60, 255, 60, 255, 60, 255}),
  };
  const struct {
    LinkType type;
    Bytes header;
  } kLinks[] = {
      {LinkType::kEthernet, Ethernet(0x0800)},
      {LinkType::kEthernet, Ethernet(0x8100) + U16(1) + U16(0x8847) + Fill(4)},
      {LinkType::kEthernet, Ethernet(0x8864) + Bytes{0x11, 0, 0, 1, 0, 42, 0, 0x21}},
      {LinkType::kNull, Fill(4)},
      {LinkType::kLoop, Fill(4)},
      {LinkType::kIeee802, Ethernet(0x86DD)},
      {LinkType::kSlip, Fill(16)},
      {LinkType::kPpp, {0xFF, 0x03, 0x00, 0x21}},
      {LinkType::kPpp, {0x21}},
      {LinkType::kPppHdlc, {0xFF, 0x03, 0x00, 0x21}},
      {LinkType::kPppoe, {0x11, 0, 0, 1, 0, 42, 0, 0x21}},
      {LinkType::kFddi, Fill(14) + Bytes{0xAA, 0x03, 0, 0, 0, 8, 0}},
      {LinkType::kAtmRfc1483, Fill(8)},
      {LinkType::kRaw, {}},
      {LinkType::kIpv4, {}},
      {LinkType::kIpv6, {}},
      {LinkType::kCiscoHdlc, Fill(4)},
      {LinkType::kIeee80211, Fill(32)},
      {LinkType::kLinuxCooked, Fill(16)},
      {LinkType::kLinuxCooked2, U16(0x0800) + Fill(18)},
      {LinkType::kPrism, Fill(176)},
      {LinkType::kRadiotap, Ethernet(0x0800) + Fill(74)},
  };
  for (const auto& link : kLinks) {
    for (const Bytes& packet : packets) {
      Decoder decoder{DecoderOptions{}};
      Datagram d;
      const Bytes whole = link.header + packet;
      EXPECT_EQ(decoder.Decode(PacketOf(whole, link.type), &d), DecodeResult::kIp)
          << static_cast<int>(link.type);
      for (size_t n = 0; n < whole.size(); ++n) {
        const Bytes cut(whole.begin(), whole.begin() + n);
        if (decoder.Decode(PacketOf(cut, link.type), &d) == DecodeResult::kIp) {
          EXPECT_LE(d.ip.size(), d.captured.size());
          EXPECT_LE(d.captured.size(), n);
        }
      }
    }
  }
}

TEST(DecoderRobustnessTest, RandomBytes) {
  std::mt19937 random(11);
  constexpr uint16_t kTypes[] = {0,   1,   6,   8,   9,   10,  11,  12,  50,  51,
                                 104, 105, 108, 113, 119, 127, 228, 229, 276, 14};
  Decoder decoder{DecoderOptions{}};
  Datagram d;
  for (int n = 0; n < 100000; ++n) {
    Bytes frame(random() % 260);
    // Small values make plausible headers.
    for (uint8_t& b : frame) b = static_cast<uint8_t>(random() % 4 ? random() % 64 : random());
    if (frame.size() > 14 && n % 2) {
      frame[12] = n % 4 == 1 ? 0x08 : 0x81;
      frame[13] = 0;
      frame[14] = n % 8 == 1 ? 0x45 : 0x60;
    }
    const auto type = static_cast<LinkType>(n % 2 ? 1 : kTypes[random() % std::size(kTypes)]);
    if (decoder.Decode(PacketOf(frame, type), &d) != DecodeResult::kIp) continue;
    if (d.transport == Transport::kTcp && !d.truncated) TcpPayload(d, ReadTcpHeader(d));
  }
  uint64_t dropped = 0;
  for (uint64_t count : decoder.statistics().dropped) dropped += count;
  EXPECT_LE(dropped, decoder.statistics().frames);
}

}  // namespace
}  // namespace tstat::internal
