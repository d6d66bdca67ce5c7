// SPDX-License-Identifier: BSD-3-Clause
#include "decode/icmp_quote.h"

#include <gtest/gtest.h>

#include "decode/ip_packet.h"
#include "tests/decode/frame_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::Fill;
using testing::Ipv4;
using testing::Ipv6;
using testing::Tcp;
using testing::Udp;

constexpr uint8_t kIcmp = 1, kIcmpv6 = 58, kUnreachable = 3, kEcho = 8, kTimeExceeded6 = 3;

std::optional<Datagram> Quoted(const Bytes& packet) {
  IpPacket ip;
  Datagram d;
  ParseIp(Part(ByteReader(packet), 0), &ip, &d);
  return QuotedDatagram(d);
}
Bytes Icmp(uint8_t type, const Bytes& quoted) { return Bytes{type, 3} + Fill(6) + quoted; }

TEST(IcmpQuoteTest, EightBytesOfTheTransportAreEnough) {
  Bytes inner = Ipv4({.total_length = 1500}, Tcp({.source_port = 40001, .destination_port = 443}));
  inner.resize(28);
  const auto quoted = Quoted(Ipv4({.protocol = kIcmp}, Icmp(kUnreachable, inner)));
  ASSERT_TRUE(quoted.has_value());
  EXPECT_EQ(quoted->transport, Transport::kTcp);
  EXPECT_EQ(quoted->source.ToString(), "10.0.0.1");
  EXPECT_EQ(quoted->destination.ToString(), "192.168.1.2");
  EXPECT_EQ(quoted->source_port, 40001);
  EXPECT_EQ(quoted->destination_port, 443);
}

TEST(IcmpQuoteTest, OfVersion6) {
  const Bytes inner = Ipv6({.next_header = 17}, Udp(8, 1234, 53));
  const auto quoted = Quoted(Ipv6({.next_header = kIcmpv6}, Icmp(kTimeExceeded6, inner)));
  ASSERT_TRUE(quoted.has_value());
  EXPECT_EQ(quoted->transport, Transport::kUdp);
  EXPECT_TRUE(quoted->is_v6);
  EXPECT_EQ(quoted->flow_space, flow_space::kV6);
  EXPECT_EQ(quoted->destination_port, 53);
}

TEST(IcmpQuoteTest, WhatQuotesNothing) {
  const Bytes inner = Ipv4({}, Tcp());
  EXPECT_FALSE(Quoted(Ipv4({.protocol = kIcmp}, Icmp(kEcho, inner))));
  EXPECT_FALSE(Quoted(Ipv6({.next_header = kIcmpv6}, Icmp(128, Ipv6({}, Tcp())))));
  EXPECT_FALSE(Quoted(Ipv4({.protocol = 47}, Icmp(kUnreachable, inner))));
  EXPECT_FALSE(Quoted(Ipv4({.protocol = kIcmp}, Icmp(kUnreachable, {}))));
  EXPECT_FALSE(Quoted(Ipv4({.protocol = kIcmp}, Icmp(kUnreachable, Fill(40)))));
  EXPECT_FALSE(
      Quoted(Ipv4({.protocol = kIcmp}, Icmp(kUnreachable, Ipv4({.protocol = kIcmp}, Fill(8))))));
  EXPECT_FALSE(
      Quoted(Ipv4({.protocol = kIcmp}, Icmp(kUnreachable, Ipv4({.fragment = 100}, Fill(8))))));
  // Each cut of a good one: all that is missing is seen.
  const Bytes whole = Ipv4({.protocol = kIcmp}, Icmp(kUnreachable, inner));
  for (size_t size = 0; size < whole.size(); ++size) {
    Quoted(Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)));
  }
}

}  // namespace
}  // namespace tstat::internal
