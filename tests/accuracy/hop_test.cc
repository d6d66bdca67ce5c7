// SPDX-License-Identifier: BSD-3-Clause
#include "benchmarks/accuracy/link/hop.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/accuracy/packets.h"

namespace accuracy {
namespace {

constexpr Nanoseconds kMillisecond = 1'000'000;

// The numbers, from 1, of those packets that are lost.
std::vector<int> LostOf(Hop& hop, const std::vector<std::vector<uint8_t>>& packets) {
  std::vector<int> lost;
  for (size_t i = 0; i < packets.size(); ++i) {
    Packet packet;
    packet.bytes = packets[i];
    const Nanoseconds now = static_cast<Nanoseconds>(i) * kMillisecond;
    if (hop.Pass(packet, now, now).empty()) lost.push_back(static_cast<int>(i) + 1);
    EXPECT_EQ(IsLost(packet.fate), !lost.empty() && lost.back() == static_cast<int>(i) + 1);
  }
  return lost;
}

TEST(Hop, DelaysAllByTheSameTime) {
  HopOptions options;
  options.delay = 10 * kMillisecond;
  Hop hop(options, 1);
  Packet packet;
  packet.bytes = Segment(1, 100);
  const auto departures = hop.Pass(packet, 5, 5);
  ASSERT_EQ(departures.size(), 1U);
  EXPECT_EQ(departures[0].time, 10 * kMillisecond + 5);
  EXPECT_FALSE(departures[0].duplicate);
}

TEST(Hop, NobodyOvertakesUnlessJitterMay) {
  HopOptions options;
  options.jitter = 20 * kMillisecond;
  for (const bool reorders : {false, true}) {
    options.jitter_reorders = reorders;
    Hop hop(options, 1);
    Nanoseconds before = 0;
    int overtaken = 0;
    for (int i = 0; i < 200; ++i) {
      Packet packet;
      packet.bytes = Segment(1, 100);
      const Nanoseconds now = i * kMillisecond;
      const Nanoseconds time = hop.Pass(packet, now, now)[0].time;
      EXPECT_GE(time, now);
      EXPECT_TRUE(!reorders || time <= now + options.jitter);
      overtaken += time < before;
      before = time;
    }
    EXPECT_EQ(overtaken > 0, reorders);
  }
}

TEST(Hop, LosesByNumberOfNewDataAndOfItsCopies) {
  HopOptions options;
  options.lose = {{LossRule::Kind::kData, 2, 3, 2}};
  Hop hop(options, 1);
  // 1, 2, 3, 4, then 2, 3, 2 again.
  EXPECT_EQ(LostOf(hop, {Segment(1, 100), Segment(101, 100), Segment(201, 100), Segment(301, 100),
                         Segment(101, 100), Segment(201, 100), Segment(101, 100)}),
            (std::vector<int>{2, 3, 5, 6}));
}

TEST(Hop, LosesByNumberOfEachKind) {
  using Kind = LossRule::Kind;
  const std::vector<std::vector<uint8_t>> packets = {Segment(1, 0, Headers::kSyn),
                                                     Segment(1, 0, Headers::kSyn),
                                                     Segment(2, 0),
                                                     Segment(2, 50),
                                                     Segment(2, 50),
                                                     Segment(52, 0),
                                                     Segment(52, 0, Headers::kFin | Headers::kAck)};
  const std::vector<std::pair<LossRule, int>> rules = {{{Kind::kSyn, 2, 2, 1}, 2},
                                                       {{Kind::kAck, 2, 2, 1}, 6},
                                                       {{Kind::kSegment, 2, 2, 1}, 5},
                                                       {{Kind::kFin, 1, 1, 1}, 7}};
  for (const auto& [rule, number] : rules) {
    HopOptions options;
    options.lose = {rule};
    Hop hop(options, 1);
    EXPECT_EQ(LostOf(hop, packets), std::vector<int>{number});
  }
}

TEST(Hop, CountsEachFlowByItself) {
  HopOptions options;
  options.lose = {{LossRule::Kind::kData, 1, 1, 1}};
  Hop hop(options, 1);
  EXPECT_EQ(LostOf(hop, {Segment(1, 10), Datagram(40, 10), Datagram(41, 10), Segment(11, 10),
                         Datagram(40, 10)}),
            (std::vector<int>{1, 2, 3}));
}

TEST(Hop, LosesAtRandomAsOftenAsItIsTold) {
  HopOptions options;
  options.loss = 0.1;
  Hop hop(options, 42);
  const std::vector<std::vector<uint8_t>> packets(20000, Segment(1, 10));
  const auto lost = LostOf(hop, packets);
  EXPECT_NEAR(static_cast<double>(lost.size()), 2000, 130);  // three deviations
  Hop same(options, 42), other(options, 43);
  EXPECT_EQ(LostOf(same, packets), lost);
  EXPECT_NE(LostOf(other, packets), lost);
}

TEST(Hop, LosesInBurstsWhoseLengthIsTold) {
  HopOptions options;
  options.burst_begin = 0.01;
  options.burst_end = 0.25;  // four packets on average
  Hop hop(options, 7);
  const auto lost = LostOf(hop, std::vector<std::vector<uint8_t>>(50000, Segment(1, 10)));
  const auto bursts =
      1 + std::count_if(lost.begin() + 1, lost.end(), [previous = lost[0]](int n) mutable {
        return std::exchange(previous, n) + 1 != n;
      });
  EXPECT_NEAR(static_cast<double>(lost.size()) / static_cast<double>(bursts), 4, 0.4);
  EXPECT_NEAR(static_cast<double>(lost.size()) / 50000, 0.01 / 0.26, 0.006);
}

TEST(Hop, AnotherOptionMovesNoRandomLoss) {
  HopOptions options;
  options.loss = 0.05;
  Hop plain(options, 3);
  options.jitter = kMillisecond;
  options.lose = {{LossRule::Kind::kSyn, 1, 1, 1}};
  Hop other(options, 3);
  const std::vector<std::vector<uint8_t>> packets(1000, Segment(1, 10));
  // Those that pass draw more numbers than those that are lost, in both in the same way.
  EXPECT_EQ(LostOf(plain, packets), LostOf(other, packets));
}

TEST(Hop, LosesAllInAnOutageAndDelaysAllInASpike) {
  HopOptions options;
  options.outages = {{2 * kMillisecond, 4 * kMillisecond, 0}};
  options.spikes = {{5 * kMillisecond, 6 * kMillisecond, 50 * kMillisecond}};
  Hop hop(options, 1);
  EXPECT_EQ(LostOf(hop, std::vector<std::vector<uint8_t>>(5, Segment(1, 10))),
            (std::vector<int>{3, 4}));
  Packet packet;
  packet.bytes = Segment(1, 10);
  EXPECT_EQ(hop.Pass(packet, 5 * kMillisecond, 5 * kMillisecond)[0].time, 55 * kMillisecond);
}

TEST(Hop, SendsAtItsRateAndDropsWhatFindsNoRoom) {
  HopOptions options;
  options.bytes_per_second = 1e6;  // 1000 bytes a millisecond
  options.queue = 3000;
  Hop hop(options, 1);
  std::vector<Nanoseconds> times;
  for (int i = 0; i < 5; ++i) {
    Packet packet;
    packet.bytes = Segment(1, 960);  // and 40 bytes of headers
    for (const auto& departure : hop.Pass(packet, 0, 0)) times.push_back(departure.time);
    EXPECT_EQ(packet.fate, i < 3 ? Fate::kOnTheWay : Fate::kLostInQueue);
  }
  EXPECT_EQ(times, (std::vector<Nanoseconds>{kMillisecond, 2 * kMillisecond, 3 * kMillisecond}));
}

TEST(Hop, MarksThoseThatCanBeMarkedWhenManyWait) {
  HopOptions options;
  options.bytes_per_second = 1e6;
  options.mark_above = 1500;
  Hop hop(options, 1);
  std::vector<bool> marked;
  for (int i = 0; i < 5; ++i) {
    Packet packet;
    packet.bytes = Segment(1, 960);
    if (i != 3) packet.bytes[1] = 2;  // ECT(0)
    hop.Pass(packet, 0, 0);
    marked.push_back(packet.marked);
    EXPECT_EQ((packet.bytes[1] & 3) == 3, packet.marked);
    EXPECT_TRUE(HasGoodIpChecksum(packet.bytes));
  }
  EXPECT_EQ(marked, (std::vector<bool>{false, false, true, false, true}));
}

TEST(Hop, HoldsSomeBackAndDuplicatesSome) {
  HopOptions options;
  options.reorder = 0.2;
  options.reorder_by = 3 * kMillisecond;
  options.duplicate = 0.1;
  options.duplicate_after = kMillisecond;
  Hop hop(options, 9);
  int held = 0, duplicates = 0;
  for (int i = 0; i < 1000; ++i) {
    Packet packet;
    packet.bytes = Segment(1, 10);
    const auto departures = hop.Pass(packet, 0, 0);
    held += packet.held;
    EXPECT_EQ(departures[0].time, packet.held ? 3 * kMillisecond : 0);
    duplicates += departures.size() == 2;
    if (departures.size() == 2) {
      EXPECT_TRUE(departures[1].duplicate);
      EXPECT_EQ(departures[1].time, departures[0].time + kMillisecond);
    }
  }
  EXPECT_NEAR(held, 200, 40);
  EXPECT_NEAR(duplicates, 100, 30);
}

TEST(Hop, HasALargestPacket) {
  HopOptions options;
  options.mtu = 140;
  Hop hop(options, 1);
  EXPECT_EQ(LostOf(hop, {Segment(1, 100), Segment(101, 101)}), std::vector<int>{2});
}

}  // namespace
}  // namespace accuracy
