// SPDX-License-Identifier: BSD-3-Clause
#include "benchmarks/accuracy/link/headers.h"

#include <gtest/gtest.h>

#include "tests/accuracy/packets.h"

namespace accuracy {
namespace {

TEST(Headers, TellWhatTheLinkAsks) {
  const auto headers = ReadHeaders(Segment(0xfffffff0, 100, Headers::kAck | Headers::kPush));
  ASSERT_TRUE(headers);
  EXPECT_EQ(headers->version, 4);
  EXPECT_TRUE(headers->tcp);
  EXPECT_EQ(headers->sequence, 0xfffffff0);
  EXPECT_EQ(headers->payload_length, 100U);
  EXPECT_EQ(headers->flags, Headers::kAck | Headers::kPush);
  const auto datagram = ReadHeaders(Datagram(7, 9));
  ASSERT_TRUE(datagram);
  EXPECT_FALSE(datagram->tcp);
  EXPECT_EQ(datagram->version, 6);
  EXPECT_EQ(datagram->payload_length, 9U);
  EXPECT_NE(datagram->flow, ReadHeaders(Datagram(8, 9))->flow);
}

TEST(Headers, AreAbsentWhereBytesAre) {
  const auto whole = Segment(1, 0);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(ReadHeaders({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}))
        << size;
  }
}

TEST(Segments, AreThoseOfANetworkCard) {
  const auto whole =
      Segment(0xffffff00, 2500, Headers::kAck | Headers::kPush | Headers::kFin | 0x80);
  const auto headers = ReadHeaders(whole);
  const auto segments = CutIntoSegments(whole, *headers, 1000);
  ASSERT_EQ(segments.size(), 3U);
  std::vector<uint8_t> payload;
  for (size_t i = 0; i < segments.size(); ++i) {
    const auto one = ReadHeaders(segments[i]);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->sequence, static_cast<uint32_t>(0xffffff00 + 1000 * i));
    EXPECT_EQ(one->payload_length, i < 2 ? 1000U : 500U);
    EXPECT_EQ(one->flags,
              Headers::kAck | (i == 0 ? 0x80 : 0) | (i == 2 ? Headers::kPush | Headers::kFin : 0));
    EXPECT_EQ(segments[i][5], 9 + i);  // the identification goes on
    EXPECT_EQ(SumOf(segments[i], 0, 20), 0xffffU);
    EXPECT_TRUE(HasGoodTcpChecksum(segments[i]));
    payload.insert(payload.end(), segments[i].begin() + 40, segments[i].end());
  }
  EXPECT_EQ(payload, std::vector<uint8_t>(whole.begin() + 40, whole.end()));
}

TEST(Checksum, IsFilledInWhereTheKernelLeftIt) {
  for (const size_t payload : {0, 1, 101}) {
    auto bytes = Segment(1, payload);
    EXPECT_FALSE(HasGoodTcpChecksum(bytes));
    FillChecksum(bytes, *ReadHeaders(bytes));
    EXPECT_TRUE(HasGoodTcpChecksum(bytes)) << payload;
  }
}

TEST(TooBig, IsToldToTheSender) {
  const auto packet = Segment(1, 1000);
  const auto message = TooBigMessage(packet, 700);
  ASSERT_GE(message.size(), 28U);
  EXPECT_EQ(SumOf(message, 0, 20), 0xffffU);
  EXPECT_EQ(SumOf(message, 20, message.size()), 0xffffU);
  EXPECT_EQ(message[9], 1);
  EXPECT_EQ(message[20], 3);
  EXPECT_EQ(message[21], 4);
  EXPECT_EQ(message[26] << 8 | message[27], 700);
  EXPECT_EQ(std::vector<uint8_t>(message.begin() + 12, message.begin() + 16),
            std::vector<uint8_t>(packet.begin() + 16, packet.begin() + 20));
  EXPECT_EQ(std::vector<uint8_t>(message.begin() + 28, message.begin() + 68),
            std::vector<uint8_t>(packet.begin(), packet.begin() + 40));
}

TEST(TooBig, IsNotToldWhereRoutersCutThemselves) {
  auto packet = Segment(1, 1000);
  packet[6] = 0;
  EXPECT_TRUE(TooBigMessage(packet, 700).empty());
}

TEST(TooBig, IsOfIcmpInIpV6) {
  const auto message = TooBigMessage(Datagram(1, 100), 1280);
  EXPECT_EQ(message[6], 58);
  EXPECT_EQ(message[40], 2);
  EXPECT_EQ(message[46] << 8 | message[47], 1280);
  const uint32_t pseudo = static_cast<uint32_t>(message.size() - 40) + 58;
  EXPECT_EQ(SumOf(message, 40, message.size(), SumOf(message, 8, 40, pseudo)), 0xffffU);
}

}  // namespace
}  // namespace accuracy
