// SPDX-License-Identifier: BSD-3-Clause
#include "histogram/ordered_averages.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tstat::internal {
namespace {

Timestamp At(double seconds) {
  return Timestamp::FromMicroseconds(static_cast<int64_t>(seconds * 1e6));
}

TEST(OrderedAveragesTest, MegabytesAreOfOneInterval) {
  OrderedAverages averages;
  averages.OnTcpData(1.5e6, 0);
  averages.OnTcpData(1e6, 2e6);
  const OrderedAverages::Interval first = averages.Take(At(10));
  EXPECT_DOUBLE_EQ(first.received_megabytes, 2.5);
  EXPECT_DOUBLE_EQ(first.missed_megabytes, 2);
  const OrderedAverages::Interval second = averages.Take(At(20));
  EXPECT_DOUBLE_EQ(second.received_megabytes, 0);
  EXPECT_DOUBLE_EQ(second.missed_megabytes, 0);
}

TEST(OrderedAveragesTest, EachProtocolHasItsChats) {
  OrderedAverages averages;
  averages.RestartChats(At(100));
  averages.OnChatChange(ChatProtocol::kXmpp, {.presences = 1}, At(105));
  averages.OnChatChange(ChatProtocol::kYmsg, {.presences = 1, .chats = 2}, At(100));
  averages.OnChatChange(ChatProtocol::kYmsg, {.chats = -1}, At(105));
  const OrderedAverages::Interval interval = averages.Take(At(110));
  EXPECT_DOUBLE_EQ(interval.chats[0].running, 0);
  EXPECT_DOUBLE_EQ(interval.chats[1].present, 0.5);
  EXPECT_DOUBLE_EQ(interval.chats[1].running, 0);
  EXPECT_DOUBLE_EQ(interval.chats[2].present, 1);
  EXPECT_DOUBLE_EQ(interval.chats[2].running, 1.5);
}

// Those still open go on in the next interval.
TEST(OrderedAveragesTest, OpenFlowsOfBothProtocols) {
  OrderedAverages averages;
  averages.Take(At(100));  // the first window begins with the epoch
  averages.OnOpenTcp(+1, At(100));
  averages.OnOpenTcp(+1, At(105));
  averages.OnOpenUdp(+1, At(109));
  const OrderedAverages::Interval first = averages.Take(At(110));
  EXPECT_DOUBLE_EQ(first.open_tcp, 1.5);
  EXPECT_DOUBLE_EQ(first.open_udp, 0.1);
  averages.OnOpenTcp(-1, At(115));
  const OrderedAverages::Interval second = averages.Take(At(120));
  EXPECT_DOUBLE_EQ(second.open_tcp, 1.5);
  EXPECT_DOUBLE_EQ(second.open_udp, 1);
  EXPECT_TRUE(std::isnan(averages.Take(At(120)).open_tcp));
}

TEST(OrderedAveragesTest, AClockThatIsSetTakesWindowsWithIt) {
  OrderedAverages averages;
  averages.RestartChats(At(100));
  averages.Take(At(100));
  averages.OnOpenUdp(+2, At(100));
  averages.OnChatChange(ChatProtocol::kMsn, {.chats = 1}, At(100));
  averages.Shift(-50'000'000'000);
  const OrderedAverages::Interval interval = averages.Take(At(60));
  EXPECT_DOUBLE_EQ(interval.open_udp, 2);
  EXPECT_DOUBLE_EQ(interval.chats[0].running, 1);
}

}  // namespace
}  // namespace tstat::internal
