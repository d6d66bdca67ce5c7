// SPDX-License-Identifier: BSD-3-Clause
#include "decode/ip_packet.h"

#include <gtest/gtest.h>

#include "tests/decode/frame_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::Extension;
using testing::Fill;
using testing::Fragment;
using testing::Ipv4;
using testing::Ipv6;
using testing::Tcp;
using testing::Text;
using testing::U16;
using testing::U32;
using testing::Udp;

class IpPacketTest : public ::testing::Test {
 protected:
  // `length`: on the wire; 0: as long as what there is.
  DropReason Parse(const Bytes& packet, uint64_t length = 0) {
    bytes_ = packet;
    return ParseIp(Part(ByteReader(bytes_), length), &ip_, &d_);
  }
  int32_t TcpLength() const { return ReadTcpHeader(d_).payload_length; }

  Bytes bytes_;
  IpPacket ip_;
  Datagram d_;
};

TEST_F(IpPacketTest, NothingBehindTheEnd) {
  ASSERT_EQ(Parse(Ipv4({}, Tcp() + Text("abc")) + Fill(9, 'x')), DropReason::kCount);
  EXPECT_EQ(TcpPayload(d_, ReadTcpHeader(d_)).Text(), "abc");
  EXPECT_EQ(d_.captured.size(), 43u);
  ASSERT_EQ(Parse(Ipv6({}, Tcp() + Text("abc")) + Fill(9, 'x')), DropReason::kCount);
  EXPECT_EQ(TcpPayload(d_, ReadTcpHeader(d_)).Text(), "abc");
}

// The header tells, not what was captured.
TEST_F(IpPacketTest, CutPackets) {
  ASSERT_EQ(Parse(Ipv4({.total_length = 1500}, Tcp()), 1500), DropReason::kCount);
  EXPECT_EQ(TcpLength(), 1460);
  ASSERT_EQ(Parse(Ipv4({.total_length = 1500}, Tcp())), DropReason::kCount);
  EXPECT_EQ(TcpLength(), 1460);
  ASSERT_EQ(Parse(Ipv4({.total_length = 1500}, Fill(19)), 1500), DropReason::kShortTransportHeader);
  EXPECT_TRUE(d_.truncated);
  EXPECT_EQ(Parse(Bytes{0x45, 0, 0, 40}, 40), DropReason::kShortIpHeader);
  EXPECT_FALSE(ip_.is_valid);
}

// Segmentation offload.
TEST_F(IpPacketTest, TotalLengthZero) {
  ASSERT_EQ(Parse(Ipv4({.total_length = 0}, Tcp()), 100'040), DropReason::kCount);
  EXPECT_EQ(TcpLength(), 100'000);
  EXPECT_EQ(d_.ip_total_length, 100'040u);
  ASSERT_EQ(Parse(Ipv6({.payload_length = 0}, Tcp()), 100'060), DropReason::kCount);
  EXPECT_EQ(TcpLength(), 100'000);
}

TEST_F(IpPacketTest, JumboPayloadOption) {
  const Bytes option = Bytes{6, 0, 0xC2, 4} + U32(8 + 20 + 300'000);
  ASSERT_EQ(Parse(Ipv6({.next_header = 0, .payload_length = 0}, option + Tcp()), 300'068),
            DropReason::kCount);
  EXPECT_EQ(TcpLength(), 300'000);
  // Behind other options, padding among them.
  const Bytes behind = Bytes{6, 1, 0, 5, 2, 0, 0, 0xC2, 4} + U32(16 + 20 + 70'000) + Bytes{1, 1, 0};
  ASSERT_EQ(Parse(Ipv6({.next_header = 0, .payload_length = 0}, behind + Tcp()), 80),
            DropReason::kCount);
  EXPECT_EQ(TcpLength(), 70'000);
}

TEST_F(IpPacketTest, NoNextHeader) {
  EXPECT_EQ(Parse(Ipv6({.next_header = 59, .payload_length = 0}, {}) + Fill(6)),
            DropReason::kNotTcpUdp);
  EXPECT_EQ(d_.ip_payload_length, 0);
}

TEST_F(IpPacketTest, ExtensionHeaders) {
  const Bytes segment = Tcp() + Text("data");
  for (const uint8_t header : {0, 43, 60, 135, 139, 140}) {
    ASSERT_EQ(Parse(Ipv6({.next_header = header}, Extension(6, 2) + segment)), DropReason::kCount);
    EXPECT_EQ(TcpLength(), 4) << int{header};
    EXPECT_EQ(d_.ip_header_length, 64);
  }
  ASSERT_EQ(Parse(Ipv6({.next_header = 51}, Extension(6, 4, 4) + segment)), DropReason::kCount);
  EXPECT_EQ(TcpLength(), 4);
  ASSERT_EQ(Parse(Ipv4({.protocol = 51}, Extension(6, 4, 4) + segment)), DropReason::kCount);
  EXPECT_EQ(TcpLength(), 4);
  // All of them, the length of one above 127.
  ASSERT_EQ(Parse(Ipv6({.next_header = 0}, Extension(43) + Extension(60, 200) + Extension(51) +
                                               Extension(44, 1, 4) + Fragment(60, 0) +
                                               Extension(6) + segment)),
            DropReason::kCount);
  EXPECT_EQ(TcpLength(), 4);
}

TEST_F(IpPacketTest, ExtensionHeadersBeyondThePacket) {
  EXPECT_EQ(Parse(Ipv6({.next_header = 60}, Bytes{6, 200} + Fill(30))),
            DropReason::kBadExtensionHeaders);
  EXPECT_GE(d_.ip_payload_length, 0);
  EXPECT_EQ(Parse(Ipv6({.next_header = 60}, Bytes{60})), DropReason::kBadExtensionHeaders);
}

TEST_F(IpPacketTest, Fragments) {
  // An atomic one is no fragment (RFC 6946).
  ASSERT_EQ(Parse(Ipv6({.next_header = 44}, Fragment(6, 0) + Tcp() + Text("1234567"))),
            DropReason::kCount);
  EXPECT_EQ(TcpLength(), 7);
  EXPECT_FALSE(d_.more_fragments);
  ASSERT_EQ(Parse(Ipv6({.next_header = 44}, Fragment(17, 1) + Udp(3008) + Fill(1000))),
            DropReason::kCount);
  EXPECT_TRUE(d_.more_fragments);
  EXPECT_EQ(d_.fragment_id, 0x11223344u);
  EXPECT_EQ(ReadUdpHeader(d_).length, 3008u);
  EXPECT_EQ(Parse(Ipv6({.next_header = 44}, Fragment(17, 8) + Fill(100))), DropReason::kFragment);
  EXPECT_TRUE(ip_.is_later_fragment);
  EXPECT_EQ(d_.fragment_offset, 1);
  EXPECT_EQ(Parse(Ipv4({.protocol = 17, .fragment = 0x00B9, .id = 7}, Fill(100))),
            DropReason::kFragment);
  EXPECT_EQ(d_.fragment_offset, 185);
  EXPECT_EQ(d_.fragment_id, 7u);
  EXPECT_EQ(d_.ip_payload_length, 100);
}

TEST_F(IpPacketTest, LengthsOfUdp) {
  const auto length_of = [this](uint16_t field, size_t payload) {
    EXPECT_EQ(Parse(Ipv4({.protocol = 17}, Udp(field) + Fill(payload))), DropReason::kCount);
    return ReadUdpHeader(d_).length;
  };
  EXPECT_EQ(length_of(28, 20), 28u);
  EXPECT_EQ(length_of(18, 20), 18u);  // options behind it (RFC 9868)
  EXPECT_EQ(length_of(8, 20), 8u);
  EXPECT_EQ(length_of(0, 20), 28u);
  EXPECT_EQ(length_of(7, 20), 28u);
  EXPECT_EQ(length_of(1000, 20), 28u);
}

TEST_F(IpPacketTest, ImpossibleHeaders) {
  EXPECT_EQ(Parse(Bytes{0x44} + Fill(60)), DropReason::kBadIpHeader);
  EXPECT_FALSE(ip_.is_valid);
  EXPECT_EQ(Parse(Ipv4({.total_length = 19}, Tcp())), DropReason::kBadIpHeader);
  EXPECT_EQ(Parse(Bytes{0x55} + Fill(60)), DropReason::kBadIpVersion);
  for (const uint8_t offset : {0x40, 0x60}) {  // too short; longer than the packet
    EXPECT_EQ(Parse(Ipv4({}, Tcp({.offset_byte = offset}))), DropReason::kBadTransportHeader);
    EXPECT_TRUE(ip_.is_valid);
    EXPECT_EQ(d_.transport, Transport::kOther);
    EXPECT_EQ(d_.source_port, 0);
  }
}

TEST_F(IpPacketTest, Plausibility) {
  const auto is_plausible = [](const Bytes& packet, uint64_t length) {
    return IsPlausibleIp(Part(ByteReader(packet), length));
  };
  EXPECT_TRUE(is_plausible(Ipv4({}, Tcp()), 40));
  EXPECT_TRUE(is_plausible(Ipv6({.payload_length = 500}, Tcp()), 540));
  EXPECT_FALSE(is_plausible(Ipv6({.payload_length = 500}, Tcp()), 539));
  EXPECT_FALSE(is_plausible(Ipv4({.total_length = 41}, Tcp()), 40));
  EXPECT_FALSE(is_plausible(Fill(40, 0x70), 40));
}

}  // namespace
}  // namespace tstat::internal
