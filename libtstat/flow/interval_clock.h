// SPDX-License-Identifier: BSD-3-Clause
//
// When intervals of the statistics end, and after how many of them a stream's output rotates.
//
//   IntervalClock clock(options.globals);
//   clock.Start(first_packet);
//   if (clock.IsOver(now)) {
//     IntervalStep step = clock.End(now);      // counts it
//     clock.Start(now);
//     if (clock.index() >= globals.dirs) clock.RestartCount();   // a new output period
//   }
#ifndef TSTAT_FLOW_INTERVAL_CLOCK_H_
#define TSTAT_FLOW_INTERVAL_CLOCK_H_

#include <algorithm>
#include <cstdint>

#include "flow/clock_step.h"
#include "flow/step.h"
#include "tstat/options.h"
#include "tstat/time.h"

namespace tstat::internal {

class IntervalClock {
 public:
  explicit IntervalClock(const Globals& globals) : length_s_(globals.max_time_step_s) {}

  // An interval begins.
  void Start(Timestamp now) {
    start_ = now;
    constexpr double kLongest = 1e9;  // seconds, so that the sum cannot overflow
    const double length_s = std::min(std::max(0.0, length_s_), kLongest);
    goes_on_until_ =
        Timestamp::FromNanoseconds(now.nanoseconds() + static_cast<int64_t>(length_s * 1e9) - 1000);
  }
  // More than its length has passed, in microseconds.
  bool IsOver(Timestamp now) const {
    if (now < goes_on_until_) [[likely]]
      return false;
    return ElapsedMicroseconds(start_, now) > length_s_ * 1e6;
  }
  // The present interval as it would end now.
  IntervalStep Describe(Timestamp now) const {
    IntervalStep step;
    step.start = start_;
    step.now = now;
    step.index = index_;
    return step;
  }
  // Ends it: the next one has the next index.
  IntervalStep End(Timestamp now) {
    IntervalStep step = Describe(now);
    ++index_;
    return step;
  }
  // A new output period: the next interval is its first.
  void RestartCount() { index_ = 0; }
  // The clock of the packets was set: what of the interval had passed has passed.
  void Shift(int64_t by_ns) { Start(Shifted(start_, by_ns)); }

  uint32_t index() const { return index_; }

 private:
  double length_s_;
  Timestamp start_;
  Timestamp goes_on_until_;  // at least
  uint32_t index_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_INTERVAL_CLOCK_H_
