// SPDX-License-Identifier: BSD-3-Clause
//
// How the columns about retransmissions add up, as docs/retransmissions.md tells users.
#include <gtest/gtest.h>

#include <cstdint>
#include <random>

#include "tests/tcp/segment_feeder.h"

namespace tstat::internal {
namespace {

constexpr uint32_t kSegment = 1000;  // bytes

uint32_t Causes(const AnomalyCounts& a) {
  return a.rto + a.fast_retransmit + a.reordering + a.network_duplicate + a.unknown +
         a.flow_control + a.unnecessary_rto + a.unnecessary_fast;
}

// A server that sends segments of its data in any order, any number of times, `most` at once, to a
// client that acknowledges any of them.
TcpDirection RandomServer(uint32_t seed, uint32_t most) {
  std::mt19937 random(seed);
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  SegmentFeeder feed;
  feed.Client(0, kSyn, {.seq = 100});
  feed.Server(20, kSyn | kAck, {.seq = 500, .ack = 101});
  feed.Client(40, kAck, {.seq = 101, .ack = 501});
  double ms = 50;
  for (int i = 0; i < 200; ++i) {
    ms += below(40) == 0 ? 300 : below(20);
    if (below(3) == 0) {
      feed.Client(ms, kAck, {.seq = 101, .ack = 501 + kSegment * below(40)});
    } else {
      feed.Server(ms, kAck,
                  {.seq = 501 + kSegment * below(40),
                   .ack = 101,
                   .length = static_cast<int32_t>(kSegment * (1 + below(most)))});
    }
  }
  return feed.Close(CloseCause::kEndOfTrace, ms + 1).server;
}

TEST(RetransmissionCounts, OneCauseForEachSegmentThatRepeatsOrFillsAHole) {
  uint32_t retransmitted = 0, out_of_order = 0;
  for (uint32_t seed = 1; seed <= 50; ++seed) {
    const TcpDirection server = RandomServer(seed, 1);
    EXPECT_EQ(Causes(server.anomalies), server.retransmitted_packets + server.out_of_order_packets)
        << "seed " << seed;
    EXPECT_LE(server.anomalies.reordering, server.out_of_order_packets) << "seed " << seed;
    EXPECT_EQ(server.data_bytes, server.unique_bytes + server.retransmitted_bytes);
    retransmitted += server.retransmitted_packets;
    out_of_order += server.out_of_order_packets;
  }
  EXPECT_GT(retransmitted, 1000u);
  EXPECT_GT(out_of_order, 200u);
}

TEST(RetransmissionCounts, NeverFewerCausesWhenSegmentsCoverSeveral) {
  bool more = false;
  for (uint32_t seed = 1; seed <= 50; ++seed) {
    const TcpDirection server = RandomServer(seed, 4);
    const uint32_t counted = server.retransmitted_packets + server.out_of_order_packets;
    EXPECT_GE(Causes(server.anomalies), counted) << "seed " << seed;
    more |= Causes(server.anomalies) > counted;
  }
  EXPECT_TRUE(more);
}

// Lost before the probe: the second copy is the first one that it sees.
TEST(RetransmissionCounts, LossBeforeTheProbeIsOutOfOrder) {
  SegmentFeeder feed;
  feed.Client(0, kSyn, {.seq = 100});
  feed.Server(20, kSyn | kAck, {.seq = 500, .ack = 101});
  feed.Client(40, kAck, {.seq = 101, .ack = 501});
  feed.Server(41, kAck, {.seq = 501, .ack = 101, .length = 1000});
  feed.Server(43, kAck, {.seq = 2501, .ack = 101, .length = 1000});
  feed.Client(61, kAck, {.seq = 101, .ack = 1501});
  feed.Server(443, kAck, {.seq = 1501, .ack = 101, .length = 1000});
  const TcpDirection server = feed.Close(CloseCause::kEndOfTrace, 500).server;
  EXPECT_EQ(server.retransmitted_packets, 0u);
  EXPECT_EQ(server.out_of_order_packets, 1u);
  EXPECT_EQ(server.anomalies.rto, 1u);
}

}  // namespace
}  // namespace tstat::internal
