// SPDX-License-Identifier: BSD-3-Clause
//
// Bit rate of one direction in windows of fixed length, for log_video_complete.
//
//   sampler.OnData(now, bytes, period, &statistics);   // every segment with payload
//   sampler.Finish(now, period, &statistics, &client_statistics);   // once, at close
//
// The statistics change once a window only, so they are stored elsewhere.
#ifndef TSTAT_TCP_RATE_SAMPLER_H_
#define TSTAT_TCP_RATE_SAMPLER_H_

#include <cstdint>
#include <limits>

#include "tstat/tcp_flow.h"
#include "tstat/time.h"

namespace tstat::internal {

class RateSampler {
 public:
  // `period_us` > 0.
  void OnData(Timestamp now, uint32_t bytes, int64_t period_us, RateStatistics* statistics) {
    if (now < window_end_) {
      bytes_ += bytes;
      return;
    }
    Turn(now, bytes, period_us, statistics);
  }

  // The last, partial window. The longest empty streak found here goes to `streak_owner`, which is
  // the client's statistics for both directions (quirk).
  void Finish(Timestamp now, int64_t period_us, RateStatistics* statistics,
              RateStatistics* streak_owner);

 private:
  static constexpr Timestamp kNotStarted =
      Timestamp::FromNanoseconds(std::numeric_limits<int64_t>::min());

  void Turn(Timestamp now, uint32_t bytes, int64_t period_us, RateStatistics* statistics);
  // Ends the window at `now`, at least once; returns the streak of empty windows.
  uint32_t CloseWindow(Timestamp now, double sample, int64_t period_us, RateStatistics* statistics);

  Timestamp window_end_ = kNotStarted;
  uint32_t bytes_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_RATE_SAMPLER_H_
