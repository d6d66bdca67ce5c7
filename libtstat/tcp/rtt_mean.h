// SPDX-License-Identifier: BSD-3-Clause
//
// The mean of round-trip times as Tstat prints it and decides by it: a little below the true one
// (RttStatistics::mean_us), so that no sample gives 0.
#ifndef TSTAT_TCP_RTT_MEAN_H_
#define TSTAT_TCP_RTT_MEAN_H_

#include <cstdint>

#include "tstat/tcp_flow.h"

namespace tstat::internal {

constexpr double ReferenceMean(double sum, uint32_t count) { return sum / (count + 0.0001); }

// As the flow's profile has it.
inline double ShownMean(const RttStatistics& rtt) {
  return rtt.shows_true_mean ? rtt.mean_us() : ReferenceMean(rtt.sum_us, rtt.count);
}

}  // namespace tstat::internal

#endif  // TSTAT_TCP_RTT_MEAN_H_
