// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/rtt_estimator.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tstat::internal {
namespace {

TEST(RttEstimatorTest, StatisticsOfAWorkedExample) {
  // The client of trace `http`.
  RttEstimator rtt;
  EXPECT_FALSE(rtt.has_sample());
  for (double us : {7250.0, 7693.0, 6194.0}) rtt.AddSample(us);
  const RttStatistics s = rtt.statistics();
  EXPECT_EQ(s.count, 3u);
  EXPECT_EQ(s.min_us, 6194);
  EXPECT_EQ(s.max_us, 7693);
  EXPECT_NEAR(s.mean_us(), 7045.667, 0.0005);
  EXPECT_NEAR(s.deviation_us(), 770.107, 0.0005);
}

TEST(RttEstimatorTest, WithoutSamplesEverythingIsZero) {
  const RttStatistics s;
  EXPECT_EQ(s.mean_us(), 0);
  EXPECT_EQ(s.deviation_us(), 0);
}

TEST(RttEstimatorTest, TwoSamplesHaveNoDeviation) {
  RttEstimator rtt;
  rtt.AddSample(1);
  rtt.AddSample(1000);
  EXPECT_EQ(rtt.statistics().deviation_us(), 0);
}

TEST(RttEstimatorTest, AMinimumOfZeroIsUnset) {
  RttEstimator rtt;
  rtt.AddSample(0);
  EXPECT_EQ(rtt.statistics().min_us, 0);
  rtt.AddSample(5);
  EXPECT_EQ(rtt.statistics().min_us, 5);
}

TEST(RttEstimatorTest, ATrueMinimumMayBeZero) {
  RttEstimator rtt;
  for (const double us : {20, 0, 4}) rtt.AddTrueSample(us);
  EXPECT_EQ(rtt.statistics().min_us, 0);
  EXPECT_EQ(rtt.statistics().max_us, 20);
  EXPECT_EQ(rtt.statistics().count, 3u);
  rtt.BeginPeriod();
  EXPECT_EQ(rtt.statistics().min_us, 0);
  rtt.AddTrueSample(7);
  EXPECT_EQ(rtt.statistics().min_us, 7);
  EXPECT_EQ(rtt.statistics().max_us, 7);
}

TEST(RttEstimatorTest, ExtremesOfHoursAreExact) {
  RttEstimator rtt;
  rtt.AddSample(86'400'000'001);  // a day
  rtt.AddSample(4'294'967'297);
  EXPECT_EQ(rtt.statistics().max_us, 86'400'000'001);
  EXPECT_EQ(rtt.statistics().min_us, 4'294'967'297);
  EXPECT_EQ(sizeof(RttEstimator), 32u);
}

TEST(RttEstimatorTest, RoundingMayMakeTheDeviationNan) {
  EXPECT_TRUE(std::isnan(SampleDeviation(3e8, 2.9999e16, 3)));
}

}  // namespace
}  // namespace tstat::internal
