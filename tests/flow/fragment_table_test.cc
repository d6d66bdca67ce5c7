// SPDX-License-Identifier: BSD-3-Clause
#include "flow/fragment_table.h"

#include <gtest/gtest.h>

#include <vector>

#include "decode/ip_packet.h"
#include "tests/decode/frame_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::Fill;
using testing::Fragment;
using testing::Ipv4;
using testing::Ipv6;
using testing::Tcp;
using testing::Text;
using testing::Udp;
using Verdict = FragmentTable::Verdict;

constexpr uint16_t kMore = 0x2000;

class FragmentTableTest : public ::testing::Test {
 protected:
  Verdict Take(const Bytes& packet, double time_s = 0) {
    bytes_ = packet;
    IpPacket ip;
    ParseIp(Part(ByteReader(bytes_), 0), &ip, &d_);
    d_.time =
        Timestamp::FromMicroseconds(1'500'000'000'000'000 + static_cast<int64_t>(time_s * 1e6));
    return fragments_.Take(&d_, {});
  }
  static Bytes First(uint16_t id = 7, uint32_t source = 0x0A000001) {
    return Ipv4({.fragment = kMore, .id = id, .source = source}, Tcp() + Text("abcd"));
  }
  // 24 bytes of TCP later, `size` bytes.
  static Bytes Last(size_t size, uint16_t id = 7, uint32_t source = 0x0A000001) {
    return Ipv4({.fragment = 3, .id = id, .source = source}, Fill(size));
  }

  FragmentTable fragments_;
  Bytes bytes_;
  Datagram d_;
};

TEST_F(FragmentTableTest, ASegmentCountsWithAllItsBytesWhenItsLastFragmentHasCome) {
  EXPECT_EQ(Take(First()), Verdict::kHeld);
  EXPECT_EQ(Take(Ipv4({.fragment = kMore | 1, .id = 7}, Fill(16))), Verdict::kAsItIs);
  ASSERT_EQ(Take(Last(100), 0.5), Verdict::kCompletes);
  const Datagram& whole = fragments_.segment();
  EXPECT_EQ(ReadTcpHeader(whole).payload_length, 104);
  EXPECT_EQ(TcpPayload(whole, ReadTcpHeader(whole)).Text(), "abcd");
  EXPECT_EQ(whole.time, d_.time);
  EXPECT_EQ(whole.ip_total_length, 144u);
  // It is forgotten: a further last fragment waits for a first one.
  EXPECT_EQ(Take(Last(100), 0.6), Verdict::kAsItIs);
  EXPECT_EQ(fragments_.incomplete(), 0u);
}

TEST_F(FragmentTableTest, TheLastFragmentMayComeFirst) {
  EXPECT_EQ(Take(Last(60)), Verdict::kAsItIs);
  ASSERT_EQ(Take(First(), 0.9), Verdict::kAsItIs);
  EXPECT_EQ(ReadTcpHeader(d_).payload_length, 64);
  // But not long before.
  EXPECT_EQ(Take(Last(60, 8)), Verdict::kAsItIs);
  EXPECT_EQ(Take(First(8), 1.1), Verdict::kHeld);
}

TEST_F(FragmentTableTest, NoLastFragmentMakesASegmentShorterThanItsFirst) {
  EXPECT_EQ(Take(Ipv4({.fragment = kMore, .id = 7}, Tcp() + Fill(100))), Verdict::kHeld);
  ASSERT_EQ(Take(Ipv4({.fragment = 1, .id = 7}, Fill(4)), 0.5), Verdict::kCompletes);
  EXPECT_EQ(ReadTcpHeader(fragments_.segment()).payload_length, 100);
  // Nor when it comes first.
  EXPECT_EQ(Take(Ipv4({.fragment = 1, .id = 8}, Fill(4))), Verdict::kAsItIs);
  EXPECT_EQ(Take(Ipv4({.fragment = kMore, .id = 8}, Tcp() + Fill(100))), Verdict::kAsItIs);
  EXPECT_EQ(ReadTcpHeader(d_).payload_length, 100);
}

TEST_F(FragmentTableTest, WhoIsToldApart) {
  EXPECT_EQ(Take(First()), Verdict::kHeld);
  EXPECT_EQ(Take(Last(9, 8)), Verdict::kAsItIs);
  EXPECT_EQ(Take(Last(9, 7, 0x0A000002)), Verdict::kAsItIs);
  EXPECT_EQ(Take(Last(9)), Verdict::kCompletes);
}

TEST_F(FragmentTableTest, Ipv6) {
  EXPECT_EQ(Take(Ipv6({.next_header = 44}, Fragment(6, 1) + Tcp() + Text("abcd"))), Verdict::kHeld);
  ASSERT_EQ(Take(Ipv6({.next_header = 44}, Fragment(6, 24) + Fill(700))), Verdict::kCompletes);
  EXPECT_EQ(ReadTcpHeader(fragments_.segment()).payload_length, 704);
}

TEST_F(FragmentTableTest, OfUdpNothingIsHeld) {
  EXPECT_EQ(Take(Ipv4({.protocol = 17, .fragment = kMore}, Udp(3008) + Fill(8))), Verdict::kAsItIs);
  EXPECT_EQ(ReadUdpHeader(d_).length, 3008u);
  EXPECT_EQ(Take(Ipv4({.protocol = 17, .fragment = 2}, Fill(8))), Verdict::kAsItIs);
  EXPECT_EQ(fragments_.memory_bytes(), 0u);
}

TEST_F(FragmentTableTest, MemoryIsLimited) {
  FragmentTable small(uint64_t{64} << 10);
  const auto take = [&](uint16_t id) {
    Take(First(id, 0x0A000000u + id));  // reads the packet
    return small.Take(&d_, {});
  };
  uint16_t held = 0;
  while (take(held) == Verdict::kHeld) ++held;
  EXPECT_GT(held, 10);
  EXPECT_LT(held, 64);
  EXPECT_EQ(take(held), Verdict::kAsItIs);
  EXPECT_EQ(small.use().used, held);
  EXPECT_EQ(small.use().evicted, 2u);
}

TEST_F(FragmentTableTest, WhatNeverComesIsGivenUp) {
  EXPECT_EQ(Take(First()), Verdict::kHeld);
  EXPECT_EQ(Take(First(8), 20), Verdict::kHeld);
  EXPECT_EQ(Take(Last(9), 30.1), Verdict::kAsItIs);
  EXPECT_EQ(fragments_.incomplete(), 1u);
  EXPECT_EQ(Take(Last(9, 8), 40), Verdict::kCompletes);
  EXPECT_EQ(Take(First(9), 80), Verdict::kHeld);
  EXPECT_EQ(fragments_.incomplete(), 1u);  // last fragments alone are no segments
}

TEST_F(FragmentTableTest, ASenderHasALimitOfItsOwn) {
  for (uint16_t id = 0; id < FragmentTable::kMostOfSource; ++id) {
    ASSERT_EQ(Take(First(id)), Verdict::kHeld);
  }
  EXPECT_EQ(Take(First(999)), Verdict::kAsItIs);
  EXPECT_EQ(ReadTcpHeader(d_).payload_length, 4);
  EXPECT_EQ(fragments_.incomplete(), 0u);  // it is analysed
  EXPECT_EQ(Take(First(999, 0x0A000002)), Verdict::kHeld);
  EXPECT_EQ(Take(Last(9, 0)), Verdict::kCompletes);
  EXPECT_EQ(Take(First(999)), Verdict::kHeld);
  fragments_.GiveUpAll();
  EXPECT_EQ(fragments_.incomplete(), FragmentTable::kMostOfSource + 1);
  EXPECT_EQ(fragments_.memory_bytes(), 0u);
}

TEST_F(FragmentTableTest, WhatIsHeldIsBounded) {
  const Bytes big = Ipv4({.fragment = kMore}, Tcp() + Fill(60'000));
  for (uint32_t source = 0; source < 3 * FragmentTable::kMost / FragmentTable::kMostOfSource;
       ++source) {
    for (uint16_t id = 0; id < FragmentTable::kMostOfSource; ++id) {
      bytes_ = big;
      IpPacket ip;
      ParseIp(Part(ByteReader(bytes_), 0), &ip, &d_);
      d_.source = IpAddress::V4(source);
      d_.fragment_id = id;
      fragments_.Take(&d_, {});
    }
  }
  EXPECT_LT(fragments_.memory_bytes(), size_t{64} << 20);
  // All of it goes in time.
  Take(Last(9), 100);
  EXPECT_LT(fragments_.memory_bytes(), size_t{1} << 20);
  EXPECT_EQ(fragments_.incomplete(), FragmentTable::kMost);
}

}  // namespace
}  // namespace tstat::internal
