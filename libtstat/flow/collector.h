// SPDX-License-Identifier: BSD-3-Clause
//
// When the lazy garbage collector looks at which slots (spec 30, 1.5; spec 20, 1.5).
//
// It acts only when a flow is about to be created, in steps: step t visits the slots t, t+S, t+2S,
// ... where S is the split ratio. Here the slots of one step are a "column". The collector keeps,
// for each column, a time before which none of its flows can be due, so that a step costs one
// comparison in a compact array, and a gap of years costs one pass over the columns. The flows are
// touched only in columns where something may be due.
#ifndef TSTAT_FLOW_COLLECTOR_H_
#define TSTAT_FLOW_COLLECTOR_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "tstat/time.h"

namespace tstat {

// The earliest deadlines of the columns of one flow table.
class DeadlineColumns {
 public:
  explicit DeadlineColumns(uint32_t split_ratio) : earliest_(split_ratio, INT64_MAX) {}

  // The flow in `slot` is not due before `deadline`.
  void Lower(uint32_t slot, Timestamp deadline) {
    int64_t& earliest = earliest_[slot % earliest_.size()];
    earliest = std::min(earliest, deadline.nanoseconds());
  }
  // True when a flow of column `column` may be due, that is idle for longer than its limit, at
  // `now`.
  bool MayBeDue(uint32_t column, Timestamp now) const {
    return now.nanoseconds() > earliest_[column];
  }
  // After a visit: the earliest deadline of the flows that are left.
  void Reset(uint32_t column, Timestamp earliest) { earliest_[column] = earliest.nanoseconds(); }

 private:
  std::vector<int64_t> earliest_;
};

// The collector's clock: how many steps are due when a flow is created.
class CollectorClock {
 public:
  // `cycle_us / split_ratio` (integer division) is the time between two steps.
  CollectorClock(int64_t cycle_us, uint32_t split_ratio)
      : fire_us_(std::max<int64_t>(cycle_us / split_ratio, 1)), split_ratio_(split_ratio) {}

  // The first IP packet of the run.
  void Start(Timestamp now) {
    if (started_) return;
    last_ = now;
    started_ = true;
  }

  // Calls visit(column) for each column due at `now`, in order. Never more than one full cycle:
  // `now` does not change during it, so further rounds would find nothing.
  template <typename Visit>
  void Run(Timestamp now, Visit&& visit) {
    const double elapsed = ElapsedMicroseconds(last_, now);
    if (!(elapsed > static_cast<double>(fire_us_))) return;
    last_ = now;
    const auto elapsed_us = static_cast<uint64_t>(elapsed);
    const uint64_t steps =
        (elapsed_us + static_cast<uint64_t>(fire_us_) - 1) / static_cast<uint64_t>(fire_us_);
    const uint64_t executed = std::min<uint64_t>(steps, split_ratio_);
    uint32_t column = next_;
    for (uint64_t i = 0; i < executed; ++i) {
      visit(column);
      column = column + 1 == split_ratio_ ? 0 : column + 1;
    }
    next_ = static_cast<uint32_t>((next_ + steps % split_ratio_) % split_ratio_);
  }

 private:
  int64_t fire_us_;
  uint32_t split_ratio_;
  Timestamp last_;
  bool started_ = false;
  uint32_t next_ = 0;
};

}  // namespace tstat

#endif  // TSTAT_FLOW_COLLECTOR_H_
