// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/needless_counter.h"

#include <gtest/gtest.h>

namespace tstat::internal {
namespace {

class NeedlessCounterTest : public ::testing::Test {
 protected:
  static Timestamp At(int64_t ms) { return Timestamp::FromMicroseconds(1000 * ms); }
  void SentAgain(uint32_t first, uint32_t end, bool needless = false, int64_t ms = 0,
                 bool joins = false) {
    counter.OnSentAgain(SequenceNumber(first), SequenceNumber(end), At(ms),
                        {.joins = joins, .needless = needless});
  }
  void Needless(uint32_t first, uint32_t end) {
    counter.OnNeedless(SequenceNumber(first), SequenceNumber(end));
  }
  void Twice(uint32_t first, uint32_t end) {
    counter.OnTwice(SequenceNumber(first), SequenceNumber(end));
  }

  NeedlessCounter counter;
};

TEST_F(NeedlessCounterTest, EachRepetitionIsNeedlessOnce) {
  SentAgain(100, 200);
  Twice(100, 200);
  Twice(100, 200);
  EXPECT_EQ(counter.count(), 1u);
  Twice(300, 400);
  EXPECT_EQ(counter.count(), 1u);
}

TEST_F(NeedlessCounterTest, ADSackFollowsWhatIsKnownToBeNeedless) {
  SentAgain(100, 200, true);
  EXPECT_EQ(counter.count(), 1u);
  Twice(100, 200);
  EXPECT_EQ(counter.count(), 1u);
  SentAgain(300, 400);
  Needless(300, 301);
  Needless(300, 301);
  Twice(300, 400);
  EXPECT_EQ(counter.count(), 2u);
}

TEST_F(NeedlessCounterTest, OfTwoRepetitionsTheLastWasNeedless) {
  SentAgain(100, 200);
  SentAgain(500, 600);
  SentAgain(100, 200);
  Needless(100, 101);
  Twice(100, 200);
  EXPECT_EQ(counter.count(), 1u);
  Twice(100, 200);
  EXPECT_EQ(counter.count(), 2u);
}

TEST_F(NeedlessCounterTest, ThoseThatJoinAreOneEntry) {
  for (uint32_t i = 0; i < 200; ++i) SentAgain(100 * i, 100 * i + 100, false, 0, true);
  for (uint32_t i = 0; i < 200; ++i) Twice(100 * i, 100 * i + 100);
  EXPECT_EQ(counter.count(), 200u);
}

TEST_F(NeedlessCounterTest, TheOldestOfManyIsForgotten) {
  for (uint32_t i = 0; i < 9; ++i) SentAgain(1000 * i, 1000 * i + 100);
  Twice(0, 100);
  EXPECT_EQ(counter.count(), 0u);
  Twice(1000, 1100);
  EXPECT_EQ(counter.count(), 1u);
}

TEST_F(NeedlessCounterTest, AnAnswerIsOfWhatWasSentLatelyBelowTheNumber) {
  SentAgain(100, 200, false, 10);
  SentAgain(300, 400, false, 50);
  counter.OnAnswered(SequenceNumber(300), At(20));
  EXPECT_EQ(counter.count(), 0u);
  counter.OnAnswered(SequenceNumber(400), At(20));
  EXPECT_EQ(counter.count(), 1u);
  counter.OnAnswered(SequenceNumber(400), At(20));
  EXPECT_EQ(counter.count(), 1u);
}

TEST_F(NeedlessCounterTest, AnAnswerIsOfWhatIsKnownToBeNeedless) {
  SentAgain(100, 200);
  SentAgain(300, 400, true);
  counter.OnAnswered(SequenceNumber(400), At(0));
  EXPECT_EQ(counter.count(), 1u);
}

}  // namespace
}  // namespace tstat::internal
