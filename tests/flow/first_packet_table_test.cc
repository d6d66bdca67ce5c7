// SPDX-License-Identifier: BSD-3-Clause
#include "flow/first_packet_table.h"

#include <gtest/gtest.h>

#include <limits>

namespace tstat::internal {
namespace {

constexpr Direction kClient = Direction::kClientToServer, kServer = Direction::kServerToClient;
Timestamp At(int64_t ns) { return Timestamp::FromNanoseconds(1'500'000'000'000'000'000 + ns); }

TEST(FirstPacketTableTest, GivesWhatCameInItsOrder) {
  FirstPacketTable table(4);
  table.Begin(7);
  table.Add(7, kClient, 517, At(100'000));
  table.Add(7, kServer, 1448, At(12'354'000));
  table.Add(7, kServer, 1, At(13'000'000));
  table.Add(7, kClient, 70'000, At(13'000'067));
  table.Add(7, kClient, 9, At(14'000'000));  // one more than is wanted
  const auto made = table.Make(7, At(0));
  ASSERT_EQ(made.packets.size(), 4u);
  EXPECT_EQ(made.packets[1].bytes, 1448u);
  EXPECT_EQ(made.packets[1].sender, kServer);
  EXPECT_EQ(made.packets[1].time_ns, 12'354'000);
  EXPECT_EQ(made.sizes, "517,1448,1,70000");
  EXPECT_EQ(made.directions, "1,-1,-1,1");
  EXPECT_EQ(made.times, "0.1,12.354,13,13.000067");
}

TEST(FirstPacketTableTest, FlowsWithoutPacketsHaveEmptyLists) {
  FirstPacketTable table(1);
  table.Begin(0);
  const auto made = table.Make(0, At(0));
  EXPECT_TRUE(made.packets.empty());
  EXPECT_EQ(made.sizes + made.directions + made.times, "");
  EXPECT_EQ(table.live_blocks(), 0u);
}

TEST(FirstPacketTableTest, FlowsDoNotMixAndGiveBackTheirMemory) {
  constexpr uint8_t kMost = 255;
  FirstPacketTable table(kMost);
  for (FlowIndex flow : {0u, 1u}) table.Begin(flow);
  for (uint32_t i = 0; i < 300; ++i) {
    table.Add(0, kClient, i + 1, At(i));
    table.Add(1, kServer, 1000 + i, At(i));
  }
  const auto first = table.Make(0, At(0)), second = table.Make(1, At(0));
  ASSERT_EQ(first.packets.size(), kMost);
  ASSERT_EQ(second.packets.size(), kMost);
  for (uint32_t i = 0; i < kMost; ++i) {
    EXPECT_EQ(first.packets[i].bytes, i + 1);
    EXPECT_EQ(first.packets[i].sender, kClient);
    EXPECT_EQ(second.packets[i].bytes, 1000 + i);
    EXPECT_EQ(second.packets[i].sender, kServer);
  }
  EXPECT_EQ(table.live_blocks(), 64u);
  table.Begin(0);
  EXPECT_EQ(table.live_blocks(), 32u);
  EXPECT_TRUE(table.Make(0, At(0)).packets.empty());
  table.Begin(1);
  EXPECT_EQ(table.live_blocks(), 0u);
}

TEST(FirstPacketTableTest, TimesBeforeTheFirstPacketAreNegative) {
  FirstPacketTable table(2);
  table.Begin(0);
  table.Add(0, kClient, 1, At(-1'500'000));
  table.Add(0, kClient, 1, At(-1));
  EXPECT_EQ(table.Make(0, At(0)).times, "-1.5,-0.000001");
}

TEST(FirstPacketTableTest, SizesBeyondAllBoundsAreTheLargest) {
  FirstPacketTable table(1);
  table.Begin(0);
  table.Add(0, kServer, std::numeric_limits<uint32_t>::max(), At(0));
  EXPECT_EQ(table.Make(0, At(0)).sizes, "2147483647");
  EXPECT_EQ(table.Make(0, At(0)).directions, "-1");
}

}  // namespace
}  // namespace tstat::internal
