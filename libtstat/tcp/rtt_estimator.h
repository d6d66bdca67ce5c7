// SPDX-License-Identifier: BSD-3-Clause
//
// Round-trip times of one direction: from its segments to the acknowledgments of the other side, as
// seen at the probe (spec 20, 3.3). Which acknowledgments are samples, SequenceSpace decides.
#ifndef TSTAT_TCP_RTT_ESTIMATOR_H_
#define TSTAT_TCP_RTT_ESTIMATOR_H_

#include <cstdint>

#include "tstat/tcp_flow.h"

namespace tstat {

class RttEstimator {
 public:
  // 0 means "unset" for the minimum, so that a sample of 0 us does not stick when a longer one
  // follows (spec 20, 3.3).
  void AddSample(double us) {
    if (statistics_.min_us == 0 || statistics_.min_us > us) statistics_.min_us = us;
    if (statistics_.max_us < us) statistics_.max_us = us;
    statistics_.sum_us += us;
    statistics_.sum2_us += us * us;
    ++statistics_.count;
  }

  bool has_sample() const { return statistics_.count > 0; }
  const RttStatistics& statistics() const { return statistics_; }

 private:
  RttStatistics statistics_;
};

// Standard deviation (n - 1) of `count` samples with this sum and sum of squares; 0 for two samples
// or fewer, NaN when rounding makes the variance negative.
double SampleDeviation(double sum, double sum2, uint32_t count);

}  // namespace tstat

#endif  // TSTAT_TCP_RTT_ESTIMATOR_H_
