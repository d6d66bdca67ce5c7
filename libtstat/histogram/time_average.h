// SPDX-License-Identifier: BSD-3-Clause
//
// The average of a counter over time: how many flows were open, how many chats ran.
//
//   TimeAverage open;
//   open.Change(+1, now); ... open.Change(-1, later);
//   double average = open.Take(end);    // since the last Take; NaN when no time passed
#ifndef TSTAT_HISTOGRAM_TIME_AVERAGE_H_
#define TSTAT_HISTOGRAM_TIME_AVERAGE_H_

#include <cstdint>

#include "flow/clock_step.h"
#include "tstat/time.h"

namespace tstat::internal {

class TimeAverage {
 public:
  void Change(int by, Timestamp now) {
    Accumulate(now);
    number_ += by;
  }

  double Take(Timestamp now) {
    Accumulate(now);
    const double average = area_ / ElapsedMicroseconds(start_, now) * 1000;
    Restart(now);
    return average;
  }

  // The clock was set: from now on it is `by_ns` later, or earlier.
  void Shift(int64_t by_ns) {
    start_ = Shifted(start_, by_ns);
    last_ = Shifted(last_, by_ns);
  }

  // A new window; the counter keeps its value.
  void Restart(Timestamp now) {
    area_ = 0;
    start_ = last_ = now;
  }

 private:
  void Accumulate(Timestamp now) {
    area_ += ElapsedMicroseconds(last_, now) / 1000.0 * static_cast<double>(number_);
    last_ = now;
  }

  int64_t number_ = 0;
  double area_ = 0;  // in ms
  // The first window of a run begins with the epoch, so that its average is 0 (a quirk of the
  // format).
  Timestamp start_, last_;
};

}  // namespace tstat::internal

#endif  // TSTAT_HISTOGRAM_TIME_AVERAGE_H_
