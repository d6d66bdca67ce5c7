// SPDX-License-Identifier: BSD-3-Clause
//
// Inter-arrival times of one direction's data segments and their jitter: |gap - mean gap so far|.
// Only multimedia over TCP shows them.
#ifndef TSTAT_TCP_GAP_TRACKER_H_
#define TSTAT_TCP_GAP_TRACKER_H_

#include <cmath>

#include "tstat/tcp_flow.h"

namespace tstat::internal {

class GapTracker {
 public:
  // `gap_us`: since the segment before it, with or without data; 0 for the first one.
  void OnData(double gap_us) {
    const double gap_ms = gap_us / 1000;
    statistics_.sum_ms += gap_ms;
    ++statistics_.count;
    const double jitter = std::fabs(gap_ms - statistics_.sum_ms / statistics_.count);
    statistics_.jitter_sum_ms += jitter;
    if (jitter > statistics_.jitter_max_ms) statistics_.jitter_max_ms = static_cast<float>(jitter);
    if (jitter < statistics_.jitter_min_ms) statistics_.jitter_min_ms = static_cast<float>(jitter);
  }

  const GapStatistics& statistics() const { return statistics_; }

 private:
  GapStatistics statistics_;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_GAP_TRACKER_H_
