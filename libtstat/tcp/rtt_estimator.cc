// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/rtt_estimator.h"

#include <cmath>

namespace tstat::internal {

double SampleDeviation(double sum, double sum2, uint32_t count) {
  if (count <= 2) return 0;
  return std::sqrt((sum2 - sum * sum / count) / (count - 1));
}

}  // namespace tstat::internal

namespace tstat::inline v1 {

double RttStatistics::mean_us() const { return count > 0 ? sum_us / count : 0; }

double RttStatistics::deviation_us() const {
  return internal::SampleDeviation(sum_us, sum2_us, count);
}

}  // namespace tstat::inline v1
