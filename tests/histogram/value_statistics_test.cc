// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/value_statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace tstat {
namespace {

ValueStatistics Of(const std::vector<double>& values) {
  ValueStatistics s;
  for (double v : values) s.Add(v);
  return s;
}

TEST(ValueStatisticsTest, SmallNumbersByHand) {
  const ValueStatistics s = Of({2, -4, 0.5, 7.5});
  EXPECT_EQ(s.count(), 4u);
  EXPECT_DOUBLE_EQ(s.mean(), 1.5);
  EXPECT_DOUBLE_EQ(s.square_sum(), 0.25 + 30.25 + 1 + 36);
  EXPECT_DOUBLE_EQ(s.variance(), 67.5 / 3);
  EXPECT_DOUBLE_EQ(s.min(), -4);
  EXPECT_DOUBLE_EQ(s.max(), 7.5);
}

TEST(ValueStatisticsTest, NoneAndOne) {
  ValueStatistics s;
  EXPECT_EQ(s.mean(), 0);
  EXPECT_EQ(s.variance(), 0);
  EXPECT_TRUE(std::signbit(s.variance()));
  EXPECT_EQ(s.min(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(s.max(), -std::numeric_limits<double>::infinity());
  s.Add(-3);
  EXPECT_EQ(s.mean(), -3);
  EXPECT_TRUE(std::isnan(s.variance()));
  EXPECT_EQ(s.max(), -3);
}

TEST(ValueStatisticsTest, WholeNumbersOfAnyTypeAreExact) {
  ValueStatistics whole;
  whole.Add(int8_t{-5});
  whole.Add(uint64_t{1} << 63);
  whole.Add(true);
  whole.Add(std::numeric_limits<int64_t>::min());
  const ValueStatistics s = Of({-5, 9223372036854775808.0, 1, -9223372036854775808.0});
  EXPECT_EQ(whole.mean(), -1);
  EXPECT_EQ(s.mean(), whole.mean());
  EXPECT_EQ(s.square_sum(), whole.square_sum());
}

// Where a sum of squares in doubles has no digit left.
TEST(ValueStatisticsTest, ASmallVarianceFarFromZero) {
  ValueStatistics s;
  for (int i = 0; i < 1'000'000; ++i) s.Add(uint64_t{1'000'000'000'000} + i % 2);
  EXPECT_DOUBLE_EQ(s.mean(), 1e12 + 0.5);
  EXPECT_DOUBLE_EQ(s.square_sum(), 250'000);
}

TEST(ValueStatisticsTest, NeitherOrderNorPartsShow) {
  std::mt19937_64 random(3);
  std::vector<double> values;
  for (int i = 0; i < 3000; ++i) {
    const double size =
        std::ldexp(static_cast<double>(random() >> 11), -static_cast<int>(random() % 90));
    values.push_back(random() % 2 ? size : -size);
  }
  const ValueStatistics expected = Of(values);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(values.begin(), values.end(), random);
    ValueStatistics parts[4], sum;
    for (double v : values) parts[random() % 4].Add(v);
    for (const ValueStatistics& part : parts) sum += part;
    EXPECT_EQ(sum.count(), expected.count());
    EXPECT_EQ(sum.mean(), expected.mean());
    EXPECT_EQ(sum.square_sum(), expected.square_sum());
    EXPECT_EQ(sum.min(), expected.min());
    EXPECT_EQ(sum.max(), expected.max());
  }
}

// The textbook's way in long double, two passes.
TEST(ValueStatisticsTest, AgreesWithTwoPasses) {
  std::mt19937_64 random(4);
  std::lognormal_distribution<double> milliseconds(3, 2);
  std::vector<double> values;
  for (int i = 0; i < 10000; ++i) values.push_back(milliseconds(random));
  long double sum = 0, squares = 0;
  for (double v : values) sum += v;
  const long double mean = sum / 10000;
  for (double v : values) squares += (v - mean) * (v - mean);
  const ValueStatistics s = Of(values);
  EXPECT_NEAR(s.mean(), static_cast<double>(mean), 1e-10);
  EXPECT_NEAR(s.variance() / static_cast<double>(squares / 9999), 1, 1e-12);
}

TEST(ValueStatisticsTest, VeryLargeAndVerySmallOnes) {
  EXPECT_DOUBLE_EQ(Of({1e26, 3e26}).mean(), 2e26);
  EXPECT_DOUBLE_EQ(Of({1e26, 3e26}).square_sum(), 2e52);
  EXPECT_EQ(Of({1e-300, 5e-324, -0.0}).mean(), 0);
  EXPECT_DOUBLE_EQ(Of({std::ldexp(1.0, -64)}).mean(), std::ldexp(1.0, -64));
  EXPECT_DOUBLE_EQ(Of({std::ldexp(1.0, -65)}).mean(), std::ldexp(1.0, -64));  // rounded up
  EXPECT_EQ(Of({std::ldexp(0.99, -65)}).mean(), 0);
  EXPECT_DOUBLE_EQ(Of({std::ldexp(1.0, 127)}).mean(), std::ldexp(1.0, 127));
  EXPECT_DOUBLE_EQ(Of({1e300}).mean(), std::ldexp(1.0, 128));  // as large as there is room for
  EXPECT_DOUBLE_EQ(Of({-1e300, 1e300}).mean(), 0);
}

// The databases show six digits: in the middle between two, the mean of doubles decides, not that
// of decimal fractions.
TEST(ValueStatisticsTest, MeansAreThoseOfTheDoubles) {
  EXPECT_EQ(Of({0.130602, 0.130603}).mean(), (0.130602 + 0.130603) / 2);
  EXPECT_EQ(Of({0.001, 0.002}).mean(), (0.001 + 0.002) / 2);
}

}  // namespace
}  // namespace tstat
