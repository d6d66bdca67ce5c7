// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/true_sequence_space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Space = TrueSequenceSpace;
using Ranges = std::vector<std::pair<uint32_t, uint32_t>>;

class TrueSequenceSpaceTest : public ::testing::Test {
 protected:
  static Timestamp At(int64_t us) { return Timestamp::FromMicroseconds(1'000'000 + us); }

  Space::Insertion Insert(uint32_t first, uint32_t length, int64_t us = 0, bool below = false) {
    Space::Sent sent;
    sent.time = At(us);
    return space_.Insert(SequenceNumber(first), SequenceNumber(first) + length, sent, below,
                         pools_);
  }
  Space::Acknowledgment Ack(uint32_t number) {
    return space_.Acknowledge(SequenceNumber(number), pools_);
  }
  Ranges InFlight() const {
    Ranges ranges;
    space_.ForEach(pools_, [&](const Space::Range& r) {
      ranges.emplace_back(r.first.value(), r.end.value());
    });
    return ranges;
  }

  Space::Pools pools_;
  Space space_;
};

TEST_F(TrueSequenceSpaceTest, DataInOrderRepeatNothing) {
  space_.Start(SequenceNumber(100));
  EXPECT_EQ(Insert(100, 10).repeated, 0u);
  EXPECT_EQ(Insert(110, 10).filled, 0u);
  EXPECT_THAT(InFlight(), ElementsAre(std::pair(100u, 110u), std::pair(110u, 120u)));
  const auto ack = Ack(120);
  EXPECT_EQ(ack.advanced, 20u);
  EXPECT_TRUE(ack.exact);
  EXPECT_THAT(InFlight(), IsEmpty());
  EXPECT_EQ(space_.missed(pools_), 0u);
}

TEST_F(TrueSequenceSpaceTest, ARepetitionKeepsTheTimesOfWhatItDoesNotCover) {
  space_.Start(SequenceNumber(0));
  Insert(0, 100, 1);
  const auto in = Insert(40, 20, 500);
  EXPECT_EQ(in.repeated, 20u);
  EXPECT_EQ(in.before.time, At(1));
  EXPECT_FALSE(in.first_repeated && in.at_tail);
  std::vector<int64_t> times;
  space_.ForEach(pools_, [&](const Space::Range& r) {
    times.push_back(static_cast<int64_t>(SignedMicroseconds(At(0), r.sent.time)));
  });
  EXPECT_THAT(times, ElementsAre(1, 500, 1));
  EXPECT_TRUE(Insert(90, 10, 600).at_tail);
}

TEST_F(TrueSequenceSpaceTest, AHoleIsMissedUntilItIsFilled) {
  space_.Start(SequenceNumber(0));
  Insert(0, 10, 1);
  Insert(30, 10, 2);
  EXPECT_EQ(space_.missed(pools_), 20u);
  const auto in = Insert(10, 15, 3);
  EXPECT_EQ(in.filled, 15u);
  EXPECT_EQ(in.repeated, 0u);
  EXPECT_EQ(in.next.time, At(2));
  EXPECT_EQ(space_.missed(pools_), 5u);
  Ack(40);
  EXPECT_EQ(space_.missed(pools_), 5u);
  // What is acknowledged may still come.
  const auto late = Insert(20, 15, 4);
  EXPECT_EQ(late.filled, 5u);
  EXPECT_EQ(late.repeated, 10u);
  EXPECT_TRUE(late.acknowledged);
  EXPECT_EQ(space_.missed(pools_), 0u);
}

TEST_F(TrueSequenceSpaceTest, WhatIsAcknowledgedAndWasNeverSeenIsMissed) {
  space_.Start(SequenceNumber(0));
  Insert(0, 10);
  EXPECT_EQ(Ack(50).never_sent, 40u);
  EXPECT_EQ(space_.missed(pools_), 40u);
  EXPECT_EQ(space_.next(), SequenceNumber(50));
  EXPECT_EQ(Insert(50, 10).repeated, 0u);
  EXPECT_EQ(Insert(20, 10).filled, 10u);
  EXPECT_EQ(Insert(20, 10).repeated, 10u);
  EXPECT_EQ(space_.missed(pools_), 30u);
}

TEST_F(TrueSequenceSpaceTest, OneSegmentFillsRepeatsAndGoesOn) {
  space_.Start(SequenceNumber(0));
  Insert(0, 10);
  Insert(20, 10);
  const auto in = Insert(5, 40);
  EXPECT_EQ(in.repeated, 15u);
  EXPECT_EQ(in.filled, 10u);
  EXPECT_TRUE(in.first_repeated);
  EXPECT_FALSE(in.last_repeated);
  EXPECT_EQ(space_.next(), SequenceNumber(45));
  EXPECT_EQ(space_.missed(pools_), 0u);
}

TEST_F(TrueSequenceSpaceTest, BordersOfTheSequenceSpaceDoNotShow) {
  for (const uint32_t border : {1u << 30, 2u << 30, 3u << 30, 0u}) {
    for (uint32_t offset = 0; offset < 30; ++offset) {
      space_.Clear(pools_);
      const uint32_t first = border - offset;
      space_.Start(SequenceNumber(first));
      for (uint32_t i = 0; i < 6; ++i) {
        const auto in = Insert(first + 10 * i, 10);
        EXPECT_EQ(in.repeated + in.filled, 0u) << border << " " << offset;
      }
      Ack(first + 25);
      EXPECT_EQ(Insert(first + 20, 20).repeated, 20u);
      Ack(first + 60);
      EXPECT_THAT(InFlight(), IsEmpty());
      EXPECT_EQ(space_.missed(pools_), 0u);
    }
  }
}

TEST_F(TrueSequenceSpaceTest, WithoutAcknowledgmentsGigabytesPass) {
  space_.Start(SequenceNumber(7));
  uint32_t at = 7;
  for (int i = 0; i < 100'000; ++i, at += 65160) {
    const auto in = Insert(at, 65160);
    ASSERT_EQ(in.repeated + in.filled, 0u);
  }
  EXPECT_EQ(space_.missed(pools_), 0u);
  EXPECT_EQ(Insert(at - 65160, 65160).repeated, 65160u);
  EXPECT_LE(pools_.ranges.live(), Space::kMostRanges);
}

TEST_F(TrueSequenceSpaceTest, AHoleFarBelowIsForgottenBeforeItsNumbersComeAgain) {
  space_.Start(SequenceNumber(0));
  Insert(0, 10);
  Insert(20, 10);
  Ack(30);
  uint32_t at = 30;
  for (int i = 0; i < 80'000; ++i, at += 65160) {
    const auto in = Insert(at, 65160);
    ASSERT_EQ(in.repeated + in.filled, 0u) << i;
    Ack(at + 65160);
  }
  EXPECT_EQ(space_.missed(pools_), 10u);
  EXPECT_EQ(pools_.hole_nodes.live(), 0u);
}

TEST_F(TrueSequenceSpaceTest, ThousandsOfHolesAreBoundedAndStayMissed) {
  space_.Start(SequenceNumber(0));
  for (uint32_t i = 0; i < 5000; ++i) Insert(20 * i + 10, 10, i);
  EXPECT_LE(pools_.ranges.live(), Space::kMostRanges);
  EXPECT_GT(pools_.forgotten, 0u);
  EXPECT_EQ(space_.missed(pools_), 50000u);
  Ack(100000);
  EXPECT_LE(pools_.hole_nodes.live(), Space::kMostHoles);
  EXPECT_EQ(space_.missed(pools_), 50000u);
  space_.Clear(pools_);
  EXPECT_EQ(pools_.live(), 0u);
}

TEST_F(TrueSequenceSpaceTest, OfManyRangesThoseWithoutHolesBecomeOne) {
  space_.Start(SequenceNumber(0));
  Insert(0, 10);
  Insert(20, 10);  // a hole that must not be forgotten
  uint32_t at = 30;
  for (; at < 100'000; at += 10) Insert(at, 10, at);
  EXPECT_LE(pools_.ranges.live(), Space::kMostRanges);
  EXPECT_EQ(pools_.forgotten, 0u);
  EXPECT_EQ(Insert(10, 10).filled, 10u);
  EXPECT_EQ(Insert(500, 100).repeated, 100u);
  EXPECT_EQ(space_.missed(pools_), 0u);
}

// A map of bytes tells the truth.
TEST_F(TrueSequenceSpaceTest, RandomSchedulesAreThoseOfAMapOfBytes) {
  constexpr uint32_t kBytes = 1500;
  for (uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto pick = [&random](uint32_t n) { return static_cast<uint32_t>(random() % n); };
    const uint32_t isn = seed % 3 == 0 ? 0u - pick(kBytes) : random();
    space_.Clear(pools_);
    space_.Start(SequenceNumber(isn));
    std::vector<bool> seen(kBytes);
    uint32_t next = 0, acknowledged = 0;
    for (int step = 0; step < 150; ++step) {
      if (pick(4) == 0) {
        const uint32_t number = std::min(kBytes, acknowledged + pick(next - acknowledged + 30));
        if (number > acknowledged) {
          const auto ack = Ack(isn + number);
          EXPECT_EQ(ack.advanced, number - acknowledged);
          EXPECT_EQ(ack.never_sent, number > next ? number - next : 0);
          acknowledged = number;
          next = std::max(next, number);
        }
        continue;
      }
      // Mostly near what was sent last.
      const uint32_t around = pick(3) == 0 ? pick(kBytes) : next + pick(60);
      const uint32_t first = std::min(around - std::min(around, 20u), kBytes - 1);
      const uint32_t length = 1 + pick(std::min(50u, kBytes - first));
      uint32_t repeated = 0, filled = 0;
      const bool first_seen = seen[first], last_seen = seen[first + length - 1];
      for (uint32_t i = first; i < first + length; ++i) {
        if (seen[i])
          ++repeated;
        else if (i < next)
          ++filled;
        seen[i] = true;
      }
      const bool any_acknowledged = first < acknowledged;
      const auto in = Insert(isn + first, length, step);
      EXPECT_EQ(in.repeated, repeated);
      EXPECT_EQ(in.filled, filled);
      EXPECT_EQ(in.first_repeated, first_seen);
      EXPECT_EQ(in.last_repeated, last_seen);
      EXPECT_EQ(in.acknowledged, any_acknowledged);
      next = std::max(next, first + length);
      EXPECT_EQ(space_.next(), SequenceNumber(isn + next));
      EXPECT_EQ(space_.missed(pools_),
                static_cast<uint64_t>(std::count(seen.begin(), seen.begin() + next, false)));
      ASSERT_FALSE(HasFailure()) << "step " << step;
    }
    EXPECT_EQ(pools_.forgotten, 0u);
  }
  space_.Clear(pools_);
  EXPECT_EQ(pools_.live(), 0u);
}

TEST_F(TrueSequenceSpaceTest, NumbersBelowTheStartExtendItWhileNothingIsAcknowledged) {
  space_.Start(SequenceNumber(100));
  Insert(100, 10, 2);
  const auto in = Insert(70, 10, 3, true);
  EXPECT_EQ(in.filled, 10u);
  EXPECT_EQ(in.repeated, 0u);
  EXPECT_EQ(space_.missed(pools_), 20u);
  EXPECT_EQ(Insert(80, 20, 4, true).filled, 20u);
  EXPECT_EQ(space_.missed(pools_), 0u);
  Ack(110);
  EXPECT_EQ(Insert(60, 10, 5).repeated, 10u);
}

}  // namespace
}  // namespace tstat::internal
