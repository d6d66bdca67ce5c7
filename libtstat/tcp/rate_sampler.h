// SPDX-License-Identifier: BSD-3-Clause
//
// Bit rate of one direction in windows of fixed length, for log_video_complete (spec 20, 2.4).
//
//   sampler.OnData(now, bytes, period);   // every segment with payload
//   sampler.Finish(now, period, &client_sampler);   // once, at close
//   sampler.statistics()
#ifndef TSTAT_TCP_RATE_SAMPLER_H_
#define TSTAT_TCP_RATE_SAMPLER_H_

#include <cstdint>

#include "tstat/tcp_flow.h"
#include "tstat/time.h"

namespace tstat {

class RateSampler {
 public:
  // `period_us` > 0.
  void OnData(Timestamp now, uint32_t bytes, int64_t period_us) {
    if (started_ && now < window_end_) {
      bytes_ += bytes;
      return;
    }
    Turn(now, bytes, period_us);
  }

  // The last, partial window. The longest empty streak found here goes to `streak_owner`, which is
  // the client's sampler for both directions (quirk).
  void Finish(Timestamp now, int64_t period_us, RateSampler* streak_owner);

  const RateStatistics& statistics() const { return statistics_; }

 private:
  void Turn(Timestamp now, uint32_t bytes, int64_t period_us);
  // Ends the window at `now`, at least once; returns the streak of empty windows.
  uint32_t CloseWindow(Timestamp now, double sample, int64_t period_us);
  void AddWindow(uint32_t bytes);

  Timestamp window_end_;
  uint32_t bytes_ = 0;
  bool started_ = false;
  RateStatistics statistics_;
};

}  // namespace tstat

#endif  // TSTAT_TCP_RATE_SAMPLER_H_
