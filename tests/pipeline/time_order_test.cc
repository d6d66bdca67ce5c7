// SPDX-License-Identifier: BSD-3-Clause
//
// Packets that come out of the order of their times, and clocks that are set back.
#include "pipeline/time_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr int64_t kMs = 1'000'000;
constexpr TimeOrderOptions kOptions = {.window_ns = 50 * kMs, .step_ns = 900 * kMs};

// Takes what a TimeOrder hands on; its packets come in memory that is lost after each Add.
class Flow {
 public:
  explicit Flow(const TimeOrderOptions& options = kOptions)
      : order_(options, [this](std::span<const Packet> packets, bool) {
          for (const Packet& p : packets) {
            times_.push_back(p.time.nanoseconds());
            texts_.emplace_back(p.data.begin(), p.data.end());
          }
        }) {
    order_.Begin();
  }

  void Add(std::initializer_list<int64_t> times_ms) {
    std::vector<std::string> texts;
    for (const int64_t ms : times_ms) texts.push_back(std::to_string(ms));
    std::vector<Packet> packets;
    size_t i = 0;
    for (const int64_t ms : times_ms) {
      Packet packet;
      packet.time = Timestamp::FromNanoseconds(ms * kMs);
      const std::string& text = texts[i++];
      packet.data = {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
      packets.push_back(packet);
    }
    order_.Add(packets);
    for (std::string& text : texts) std::fill(text.begin(), text.end(), '?');
  }

  std::vector<int64_t> TakeMs() {
    std::vector<int64_t> ms;
    for (const int64_t ns : times_) ms.push_back(ns / kMs);
    times_.clear();
    return ms;
  }
  TimeOrder& order() { return order_; }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  TimeOrder order_;
  std::vector<int64_t> times_;
  std::vector<std::string> texts_;
};

TEST(TimeOrderTest, APacketWaitsUntilNoOtherCanBeEarlier) {
  Flow flow;
  flow.Add({1000, 1020});
  EXPECT_THAT(flow.TakeMs(), SizeIs(0));
  flow.Add({1049});
  EXPECT_THAT(flow.TakeMs(), SizeIs(0));
  flow.Add({1050});
  EXPECT_THAT(flow.TakeMs(), ElementsAre(1000));
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(1020, 1049, 1050));
  EXPECT_EQ(flow.order().statistics().overtaken, 0u);
}

TEST(TimeOrderTest, PacketsAreTakenInTheOrderOfTheirTimes) {
  Flow flow;
  flow.Add({1000, 1040, 1010});
  flow.Add({1030, 1060});
  flow.Add({1011});  // 49 ms late
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(1000, 1010, 1011, 1030, 1040, 1060));
  EXPECT_THAT(flow.texts(), ElementsAre("1000", "1010", "1011", "1030", "1040", "1060"));
  EXPECT_EQ(flow.order().statistics().overtaken, 3u);
}

TEST(TimeOrderTest, EqualTimesKeepTheirOrder) {
  std::vector<uint8_t> bytes = {0, 1, 2, 3};
  std::vector<Packet> packets(4);
  const int64_t ms[] = {10, 20, 10, 20};
  for (size_t i = 0; i < 4; ++i) {
    packets[i].time = Timestamp::FromNanoseconds(ms[i] * kMs);
    packets[i].data = std::span(bytes).subspan(i, 1);
  }
  std::vector<int> taken;
  TimeOrder order(kOptions, [&](std::span<const Packet> all, bool) {
    for (const Packet& p : all) taken.push_back(p.data[0]);
  });
  order.Begin();
  order.Add(packets);
  order.ReleaseAll();
  EXPECT_THAT(taken, ElementsAre(0, 2, 1, 3));
}

// More than the window, less than a step: as it comes, behind all that came before it.
TEST(TimeOrderTest, WhatIsLaterThanTheWindowDoesNotWait) {
  Flow flow;
  flow.Add({1000, 1300, 1310, 1200, 1320});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(1000, 1300, 1310, 1200, 1320));
  EXPECT_EQ(flow.order().statistics().steps, 0u);
}

TEST(TimeOrderTest, AClockThatIsSetBackGoesOn) {
  Flow flow;
  flow.Add({10'000, 10'010, 9'110, 9'130, 9'120});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(10'000, 10'010, 10'010, 10'020, 10'030));
  EXPECT_EQ(flow.order().statistics().steps, 1u);
  EXPECT_EQ(flow.order().statistics().longest_step_ns, 900 * kMs);
  flow.Add({5'000});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(10'030));
  EXPECT_EQ(flow.order().statistics().steps, 2u);
  // The next trace has a clock of its own.
  flow.order().Begin();
  flow.Add({7});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(7));
}

TEST(TimeOrderTest, LessThanAStepMovesNothing) {
  Flow flow;
  flow.Add({10'000, 9'101});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(10'000, 9'101));
  EXPECT_EQ(flow.order().statistics().steps, 0u);
}

TEST(TimeOrderTest, StepsCanBeLeftToOthers) {
  Flow flow({.window_ns = 50 * kMs, .step_ns = 900 * kMs, .moves_times = false});
  flow.Add({10'000, 5'000, 5'010});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(10'000, 5'000, 5'010));
}

// One packet with a wrong time: it is what is wrong, not all that follow.
TEST(TimeOrderTest, APacketFromTheFutureMovesNoOthers) {
  Flow flow;
  flow.Add({1000, 1010, 99'000'000});
  flow.Add({1020, 1030});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(1000, 1010, 1010, 1020, 1030));
  EXPECT_THAT(flow.texts(), ElementsAre("1000", "1010", "99000000", "1020", "1030"));
  EXPECT_EQ(flow.order().statistics().steps, 1u);
  EXPECT_EQ(flow.order().statistics().longest_step_ns, 98'998'980 * kMs);
  // A pause, and then a small step, is none.
  flow.Add({11'000, 10'000});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(11'000, 11'000));
  EXPECT_EQ(flow.order().statistics().steps, 2u);
}

TEST(TimeOrderTest, SomePacketsFromTheFutureMoveNoOthersEither) {
  Flow flow;
  // The second and third of them are out of their order, as is what comes when the clock is back.
  flow.Add({1000, 1010, 99'000'000, 99'000'020, 99'000'010, 99'002'000, 1005, 1020});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(1000, 1005, 1010, 1010, 1010, 1010, 1010, 1020));
  EXPECT_THAT(flow.texts(), ElementsAre("1000", "1005", "1010", "99000000", "99000010", "99000020",
                                        "99002000", "1020"));
}

TEST(TimeOrderTest, ASilenceIsBelieved) {
  Flow flow;
  flow.Add({1000, 5'000'000});
  // Nobody knows yet, nor what else may come with the time before it.
  EXPECT_THAT(flow.TakeMs(), SizeIs(0));
  for (int i = 1; i <= 16; ++i) flow.Add({5'000'000 + 100 * i});
  std::vector<int64_t> taken = flow.TakeMs();
  ASSERT_THAT(taken, SizeIs(17));
  EXPECT_EQ(taken[0], 1000);
  EXPECT_EQ(taken[1], 5'000'000);
  // That was a step now, or the clock had been wrong for so long: no time of others is moved.
  flow.Add({30'000});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(5'001'600, 30'000));
}

TEST(TimeOrderTest, ASilenceIsBelievedWhenTheTraceEndsOrTimePasses) {
  Flow flow;
  flow.Add({1000, 5'000'000});
  flow.order().ReleaseUntil(Timestamp::FromNanoseconds(4'000'000 * kMs));
  EXPECT_THAT(flow.TakeMs(), ElementsAre(1000));
  flow.order().ReleaseUntil(Timestamp::FromNanoseconds(5'000'050 * kMs));
  EXPECT_THAT(flow.TakeMs(), ElementsAre(5'000'000));
  flow.Add({9'000'000});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(9'000'000));
}

// Each of them is a leap.
TEST(TimeOrderTest, SlowPacketsHaveOutliersToo) {
  Flow flow;
  flow.Add({1000, 2000, 3000, 4000, 77'000'000, 5000, 6000, 0, 7000, 8000});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(),
              ElementsAre(1000, 2000, 3000, 4000, 4000, 5000, 6000, 6000, 7000, 8000));
}

TEST(TimeOrderTest, APacketFromThePastMovesNoOthers) {
  Flow flow;
  flow.Add({100'000, 0, 100'020, 50'000, 50'010, 100'040, 100'030});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(),
              ElementsAre(100'000, 100'000, 100'020, 100'020, 100'030, 100'030, 100'040));
  EXPECT_EQ(flow.order().statistics().steps, 2u);
  // Nothing else for a while.
  flow.Add({100'041, 99'000, 100'045, 95'000, 200'000});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(100'041, 100'041, 100'045, 100'045, 200'000));
  flow.order().Begin();
  // More than one after the other, of two times.
  flow.Add({100'050, 60'000, 0, 100'060});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(100'050, 100'050, 100'050, 100'060));
}

// Also when nobody can wait for what comes next, and when there are many.
TEST(TimeOrderTest, AClockThatIsSetRightAgainIsRight) {
  Flow flow;
  flow.Add({100'000});
  for (int i = 0; i < 100; ++i) {
    flow.Add({1 + 10 * i});
    flow.order().ReleaseAll();
  }
  EXPECT_EQ(flow.TakeMs().back(), 100'990);
  flow.Add({101'000, 102'000});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(101'000, 102'000));
}

TEST(TimeOrderTest, AnOutlierMayFollowAnother) {
  Flow flow;
  flow.Add({100'000, 99'000'000, 0, 100'020, 0, 99'000'000, 100'040});
  flow.order().ReleaseAll();
  std::vector<int64_t> taken = flow.TakeMs();
  ASSERT_THAT(taken, SizeIs(7));
  EXPECT_EQ(taken[1], 100'000);
  EXPECT_EQ(taken[2], 100'000);
  EXPECT_EQ(taken[3], 100'020);
  EXPECT_EQ(taken[4], 100'020);
  EXPECT_EQ(taken[5], 100'020);
  EXPECT_EQ(taken[6], 100'040);
}

TEST(TimeOrderTest, TimesMayBeAsFarApartAsTheyCan) {
  const int64_t last = Timestamp::LatestOfPacket().nanoseconds() / kMs;
  const int64_t first = Timestamp::EarliestOfPacket().nanoseconds() / kMs + 1;
  Flow flow;
  for (int i = 0; i < 10; ++i) flow.Add({last, 1, last / 4 * 3, 1, last, first, 1'000'000, first});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), SizeIs(80));
}

// Two capture points whose clocks are not the same.
TEST(TimeOrderTest, ClocksMayAlternate) {
  Flow flow;
  for (int i = 0; i < 100; ++i) flow.Add({10'000 + 100 * i + (i % 2 == 0 ? 2000 : 0)});
  flow.order().ReleaseAll();
  const std::vector<int64_t> taken = flow.TakeMs();
  EXPECT_TRUE(std::is_sorted(taken.begin(), taken.end()));
  EXPECT_EQ(taken.front(), 12'000);
  EXPECT_EQ(taken.back(), 21'800);
}

// What was silent for a while is no clock that is right again.
TEST(TimeOrderTest, StepsAndPausesAreTwoThings) {
  Flow flow;
  flow.Add({10'000, 10'010, 5'000, 5'020, 8'020, 8'040, 28'040, 28'050});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(),
              ElementsAre(10'000, 10'010, 10'010, 10'030, 13'030, 13'050, 33'050, 33'060));
  // A pause of a second, long before a step of a second.
  flow.order().Begin();
  flow.Add({1'000, 2'000});
  for (int i = 1; i < 30; ++i) flow.Add({2'000 + 500 * i});
  flow.order().ReleaseAll();
  flow.TakeMs();
  flow.Add({15'500, 15'510});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(16'500, 16'510));
}

TEST(TimeOrderTest, TimeZeroIsATime) {
  Flow flow;
  flow.Add({0, 0, 5});
  flow.order().ReleaseAll();
  EXPECT_THAT(flow.TakeMs(), ElementsAre(0, 0, 5));
}

TEST(TimeOrderTest, TimeThatPassesWithoutPacketsReleasesThem) {
  Flow flow;
  flow.Add({1000, 1020});
  flow.order().ReleaseUntil(Timestamp::FromNanoseconds(1049 * kMs));
  EXPECT_THAT(flow.TakeMs(), SizeIs(0));
  flow.order().ReleaseUntil(Timestamp::FromNanoseconds(1050 * kMs));
  EXPECT_THAT(flow.TakeMs(), ElementsAre(1000));
  flow.order().ReleaseUntil(Timestamp::FromNanoseconds(2000 * kMs));
  EXPECT_THAT(flow.TakeMs(), ElementsAre(1020));
}

// However packets come in batches, and whatever their sizes, the result is a stable sort.
TEST(TimeOrderTest, IsAStableSortInAnyBatches) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::vector<uint8_t>> bytes;
    std::vector<Packet> packets;
    int64_t now = 1'000'000'000;
    for (int i = 0; i < 5000; ++i) {
      now += random() % 400'000;
      bytes.emplace_back(random() % 3000, static_cast<uint8_t>(i));
      Packet packet;
      packet.time = Timestamp::FromNanoseconds(now - random() % (25 * kMs));
      packet.original_length = static_cast<uint32_t>(i);
      packets.push_back(packet);
    }
    std::vector<Packet> sorted = packets;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Packet& a, const Packet& b) { return a.time < b.time; });
    std::vector<uint32_t> taken;
    TimeOrder order(kOptions, [&](std::span<const Packet> all, bool) {
      for (const Packet& p : all) {
        const std::vector<uint8_t>& of = bytes[p.original_length];
        EXPECT_TRUE(std::equal(p.data.begin(), p.data.end(), of.begin(), of.end()));
        taken.push_back(p.original_length);
      }
    });
    order.Begin();
    std::vector<uint8_t> buffer;
    for (size_t at = 0; at < packets.size();) {
      const size_t count = std::min<size_t>(1 + random() % 40, packets.size() - at);
      std::vector<Packet> batch(packets.begin() + static_cast<ptrdiff_t>(at),
                                packets.begin() + static_cast<ptrdiff_t>(at + count));
      buffer.clear();
      buffer.reserve(count * 3000);
      for (Packet& p : batch) {
        const std::vector<uint8_t>& of = bytes[p.original_length];
        const size_t begin = buffer.size();
        buffer.insert(buffer.end(), of.begin(), of.end());
        p.data = std::span(buffer).subspan(begin, of.size());
      }
      order.Add(batch);
      std::fill(buffer.begin(), buffer.end(), uint8_t{0xee});
      at += count;
    }
    order.ReleaseAll();
    ASSERT_EQ(taken.size(), sorted.size());
    for (size_t i = 0; i < sorted.size(); ++i) {
      ASSERT_EQ(taken[i], sorted[i].original_length) << i;
    }
  }
}

// Whose bytes stay: no copy is made; a batch is told to be so if all of its packets are.
TEST(TimeOrderTest, WhatStaysIsNotCopied) {
  const std::vector<uint8_t> kept(300, 1);
  std::vector<uint8_t> lent(300, 2);
  std::vector<std::pair<const uint8_t*, bool>> taken;
  TimeOrder order(kOptions, [&](std::span<const Packet> all, bool keeps_bytes) {
    for (const Packet& p : all) taken.emplace_back(p.data.data(), keeps_bytes);
  });
  order.Begin();
  const auto add = [&](int64_t ms, const std::vector<uint8_t>& bytes, bool keeps_bytes) {
    Packet packet;
    packet.time = Timestamp::FromNanoseconds(ms * kMs);
    packet.data = bytes;
    order.Add({&packet, 1}, keeps_bytes);
  };
  add(1000, kept, true);
  add(1010, kept, true);
  add(1005, kept, true);
  EXPECT_EQ(order.use().used, 3u);
  EXPECT_EQ(order.use().bytes, 900u);
  add(1100, kept, true);
  ASSERT_THAT(taken, SizeIs(3));
  for (const auto& [data, keeps_bytes] : taken) {
    EXPECT_EQ(data, kept.data());
    EXPECT_TRUE(keeps_bytes);
  }
  EXPECT_EQ(order.use().bytes, 300u);
  taken.clear();
  add(1110, lent, false);
  add(1120, kept, true);
  order.ReleaseAll();
  ASSERT_THAT(taken, SizeIs(3));
  EXPECT_EQ(taken[0], std::pair(kept.data(), false));
  EXPECT_NE(taken[1].first, lent.data());
  EXPECT_EQ(taken[2], std::pair(kept.data(), false));
  EXPECT_EQ(order.use().bytes, 0u);
}

// A few large packets may be more than may wait.
TEST(TimeOrderTest, FewPacketsAreBounded) {
  for (const bool keeps_bytes : {false, true}) {
    std::vector<int64_t> taken;
    TimeOrder order({.window_ns = 50 * kMs, .most_bytes = 100'000},
                    [&](std::span<const Packet> all, bool) {
                      for (const Packet& p : all) taken.push_back(p.time.nanoseconds() / kMs);
                    });
    order.Begin();
    const std::vector<uint8_t> bytes(60'000);
    for (const int64_t ms : {1002, 1001, 1003, 1000}) {
      Packet packet;
      packet.time = Timestamp::FromNanoseconds(ms * kMs);
      packet.data = bytes;
      order.Add({&packet, 1}, keeps_bytes);
      EXPECT_LE(order.use().bytes, 120'000u);
    }
    EXPECT_THAT(taken, ElementsAre(1001, 1002));
    order.ReleaseAll();
    EXPECT_THAT(taken, ElementsAre(1001, 1002, 1000, 1003));
    EXPECT_EQ(order.use().bytes, 0u);
  }
}

TEST(TimeOrderTest, WhatWaitsIsBounded) {
  const std::vector<uint8_t> bytes(60'000);
  for (const bool keeps_bytes : {false, true}) {
    Packet packet;
    packet.time = Timestamp::FromSeconds(1);
    packet.data = bytes;
    size_t taken = 0;
    TimeOrder order(kOptions, [&](std::span<const Packet> all, bool) { taken += all.size(); });
    order.Begin();
    const std::vector<Packet> batch(32, packet);
    for (int i = 0; i < 100; ++i) order.Add(batch, keeps_bytes);
    EXPECT_GE((3200 - taken) * bytes.size(), TimeOrderOptions::kMostBytes - 32 * bytes.size());
    EXPECT_LE((3200 - taken) * bytes.size(), TimeOrderOptions::kMostBytes + 32 * bytes.size());
    order.ReleaseAll();
    EXPECT_EQ(taken, 3200u);
  }
}

}  // namespace
}  // namespace tstat::internal
