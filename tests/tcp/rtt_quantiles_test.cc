// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/rtt_quantiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace tstat::internal {
namespace {

double Exact(std::vector<uint32_t> samples, double quantile) {
  std::sort(samples.begin(), samples.end());
  const auto rank = static_cast<size_t>(std::ceil(quantile * static_cast<double>(samples.size())));
  return samples[std::max<size_t>(rank, 1) - 1];
}

TEST(RttQuantilesTest, WithoutSamplesAllAreZero) {
  RttQuantiles::Pools pools;
  const RttQuantiles quantiles;
  EXPECT_EQ(quantiles.At(0.5, pools), 0);
  EXPECT_EQ(pools.live(), 0u);
}

TEST(RttQuantilesTest, FewSamplesAreExact) {
  std::mt19937 random(1);
  RttQuantiles::Pools pools;
  for (size_t count = 1; count <= RttQuantiles::kExact; ++count) {
    RttQuantiles quantiles;
    std::vector<uint32_t> samples;
    for (size_t i = 0; i < count; ++i) {
      samples.push_back(static_cast<uint32_t>(random() % 1'000'000));
      quantiles.Add(samples.back(), pools);
    }
    for (const double q : {0.5, 0.95, 0.99}) {
      EXPECT_EQ(quantiles.At(q, pools), Exact(samples, q)) << count << " " << q;
    }
    EXPECT_EQ(pools.live(), count > RttQuantiles::kInPlace ? 1u : 0u);
    quantiles.Clear(pools);
    EXPECT_EQ(pools.live(), 0u);
  }
}

struct Spread {
  double factor, error;  // of the largest to the smallest; of a quantile
};

class SpreadTest : public ::testing::TestWithParam<Spread> {};

TEST_P(SpreadTest, ManySamplesAreWithinTheErrorOfTheSketch) {
  for (uint32_t seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    RttQuantiles::Pools pools;
    RttQuantiles quantiles;
    std::vector<uint32_t> samples;
    const double smallest = 20 + static_cast<double>(random() % 50000);
    std::uniform_real_distribution<double> exponent(0, std::log(GetParam().factor));
    for (int i = 0; i < 3000; ++i) {
      samples.push_back(
          static_cast<uint32_t>(std::min(4e9, std::ceil(smallest * std::exp(exponent(random))))));
      quantiles.Add(samples.back(), pools);
    }
    EXPECT_EQ(pools.samples.live(), 0u);
    EXPECT_EQ(pools.sketches.live(), 1u);
    for (const double q : {0.01, 0.5, 0.95, 0.99, 1.0}) {
      const double exact = Exact(samples, q);
      EXPECT_NEAR(quantiles.At(q, pools), exact, exact * GetParam().error + 1) << seed << " " << q;
    }
    quantiles.Clear(pools);
    EXPECT_EQ(pools.live(), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Factors, SpreadTest,
                         ::testing::Values(Spread{1.5, 0.016}, Spread{14, 0.016},
                                           Spread{200, 0.032}, Spread{50000, 0.063},
                                           Spread{1e8, 0.125}));

TEST(RttQuantilesTest, TheOrderOfSamplesIsOfNoAccount) {
  std::mt19937 random(3);
  std::vector<uint32_t> samples;
  for (int i = 0; i < 500; ++i) samples.push_back(static_cast<uint32_t>(random() >> random() % 32));
  std::vector<std::vector<double>> results;
  for (int order = 0; order < 20; ++order) {
    RttQuantiles::Pools pools;
    RttQuantiles quantiles;
    for (const uint32_t sample : samples) quantiles.Add(sample, pools);
    results.push_back(
        {quantiles.At(0.5, pools), quantiles.At(0.95, pools), quantiles.At(0.99, pools)});
    std::shuffle(samples.begin(), samples.end(), random);
  }
  for (const auto& result : results) EXPECT_EQ(result, results.front());
}

TEST(RttQuantilesTest, ExtremesHaveTheirPlace) {
  RttQuantiles::Pools pools;
  RttQuantiles quantiles;
  for (int i = 0; i < 100; ++i) {
    quantiles.Add(0, pools);
    quantiles.Add(UINT32_MAX, pools);
  }
  EXPECT_NEAR(quantiles.At(0.5, pools), 0, 4);
  EXPECT_EQ(quantiles.At(1, pools), UINT32_MAX);
  EXPECT_NEAR(quantiles.At(0.95, pools), UINT32_MAX, 0.125 * UINT32_MAX);
}

}  // namespace
}  // namespace tstat::internal
