// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/rate_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace tstat::internal {
namespace {

constexpr int64_t kSecond = 1'000'000;
Timestamp At(double seconds) {
  return Timestamp::FromMicroseconds(1'500'000'000'000'000 + std::llround(seconds * 1e6));
}

// A sampler with its statistics.
class Rate {
 public:
  void OnData(Timestamp now, uint32_t bytes, int64_t period_us) {
    sampler_.OnData(now, bytes, period_us, &statistics_);
  }
  void Finish(Timestamp now, int64_t period_us, Rate* streak_owner) {
    sampler_.Finish(now, period_us, &statistics_, &streak_owner->statistics_);
  }
  const RateStatistics& statistics() const { return statistics_; }

 private:
  RateSampler sampler_;
  RateStatistics statistics_;
};

TEST(RateSamplerTest, WindowsBeginWithTheFirstData) {
  Rate rate;
  rate.OnData(At(0.25), 1000, kSecond);
  rate.OnData(At(1.2), 500, kSecond);
  rate.OnData(At(1.25), 300, kSecond);  // the window ends before it
  EXPECT_EQ(rate.statistics().samples, 1u);
  EXPECT_EQ(rate.statistics().first_bytes[0], 1500u);
  rate.Finish(At(1.75), kSecond, &rate);
  const RateStatistics& s = rate.statistics();
  EXPECT_EQ(s.samples, 2u);
  EXPECT_EQ(s.first_bytes[1], 300u);
  EXPECT_EQ(s.first_count, 2u);
  EXPECT_DOUBLE_EQ(s.min, 600);  // 300 bytes in half a second
  EXPECT_DOUBLE_EQ(s.max, 1500);
  EXPECT_DOUBLE_EQ(s.sum, 2100);
  EXPECT_DOUBLE_EQ(s.sum2, 1500.0 * 1500 + 600.0 * 600);
  EXPECT_EQ(s.empty, 0u);
}

TEST(RateSamplerTest, EmptyWindowsAreSamplesOnly) {
  Rate rate;
  rate.OnData(At(0), 100, kSecond);
  rate.OnData(At(4.5), 200, kSecond);  // windows 1, 2, 3 are empty
  const RateStatistics& s = rate.statistics();
  EXPECT_EQ(s.samples, 4u);
  EXPECT_EQ(s.empty, 3u);
  EXPECT_EQ(s.longest_empty_streak, 3u);
  EXPECT_DOUBLE_EQ(s.min, 100);
  EXPECT_DOUBLE_EQ(s.sum, 100);
  EXPECT_EQ(s.first_count, 4u);
  rate.OnData(At(5.0), 1, kSecond);
  EXPECT_EQ(s.samples, 5u);
  EXPECT_EQ(s.first_bytes[4], 200u);
  EXPECT_EQ(s.longest_empty_streak, 3u);
}

TEST(RateSamplerTest, OnlyTenAreKept) {
  Rate rate;
  rate.OnData(At(0), 1, kSecond);
  rate.OnData(At(8.5), 2, kSecond);
  for (int i = 9; i < 14; ++i) rate.OnData(At(i), static_cast<uint32_t>(i), kSecond);
  EXPECT_EQ(rate.statistics().first_count, 10u);
  EXPECT_EQ(rate.statistics().first_bytes[8], 2u);
  EXPECT_EQ(rate.statistics().first_bytes[9], 9u);
  EXPECT_EQ(rate.statistics().samples, 13u);
}

TEST(RateSamplerTest, AGapOfYearsIsCountedAtOnce) {
  Rate rate;
  rate.OnData(At(0), 1, kSecond);
  rate.OnData(At(1e9), 1, kSecond);
  EXPECT_EQ(rate.statistics().samples, 1000000000u);
  EXPECT_EQ(rate.statistics().empty, 999999999u);
}

TEST(RateSamplerTest, StreakOfTheServersCloseCountsForTheClient) {
  Rate client, server;
  client.OnData(At(0), 1, kSecond);
  server.OnData(At(0), 1, kSecond);
  client.Finish(At(0.5), kSecond, &client);
  server.Finish(At(7.5), kSecond, &client);
  EXPECT_EQ(client.statistics().longest_empty_streak, 6u);
  EXPECT_EQ(server.statistics().longest_empty_streak, 0u);
  EXPECT_EQ(server.statistics().empty, 6u);
  EXPECT_DOUBLE_EQ(server.statistics().max, 1);
}

TEST(RateSamplerTest, CloseAtTheWindowsBeginningIsInfinite) {
  Rate rate;
  rate.OnData(At(0), 10, kSecond);
  rate.Finish(At(0), kSecond, &rate);
  EXPECT_TRUE(std::isinf(rate.statistics().max));
}

TEST(RateSamplerTest, WithoutDataNothingIsFinished) {
  Rate rate;
  rate.Finish(At(5), kSecond, &rate);
  EXPECT_EQ(rate.statistics().samples, 0u);
}

}  // namespace
}  // namespace tstat::internal
