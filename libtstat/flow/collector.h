// SPDX-License-Identifier: BSD-3-Clause
//
// When the lazy garbage collector looks at which slots.
//
// It acts only when a flow is about to be created, in steps: step t visits the slots t, t+S,
// t+2S,... where S is the split ratio. Here the slots of one step are a "column". The collector
// keeps, for each column, a time before which none of its flows can be due, so that a step costs
// one comparison in a compact array, and a gap of years costs one pass over the columns. The flows
// are touched only in columns where something may be due.
#ifndef TSTAT_FLOW_COLLECTOR_H_
#define TSTAT_FLOW_COLLECTOR_H_

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "flow/clock_step.h"
#include "tstat/time.h"

namespace tstat::internal {

// Deadlines go by whole seconds in 32 bits, from 1970 to 2106, which keeps the arrays in the
// second-level cache. They are lower bounds: a flow that went on since is due later, which is found
// out when its bound has passed. Times that do not fit are bounded too early rather than too late.
inline int32_t DeadlineSeconds(Timestamp t) {
  constexpr int64_t kMiddle = int64_t{1} << 31;
  return static_cast<int32_t>(std::clamp<int64_t>(t.seconds() - kMiddle, INT32_MIN, INT32_MAX));
}

// The earliest deadline of each column of one table. A sparse trace makes the collector pass over
// millions of columns in which nothing is due; so the earliest one of 16 columns together is kept,
// too, and passing them is one comparison.
class DeadlineColumns {
 public:
  explicit DeadlineColumns(uint32_t columns)
      : earliest_s_((columns / kBlock + 1) * kBlock, INT32_MAX),
        blocks_s_(columns / kBlock + 1, INT32_MAX) {}

  // A flow in the column is not due before `deadline_s`.
  void Lower(uint32_t column, int32_t deadline_s) {
    earliest_s_[column] = std::min(earliest_s_[column], deadline_s);
    blocks_s_[column / kBlock] = std::min(blocks_s_[column / kBlock], deadline_s);
  }
  // A flow in the column may be due at `now_s`.
  bool MayBeDue(uint32_t column, int32_t now_s) const { return earliest_s_[column] <= now_s; }
  // After a visit: the earliest deadline of the flows that are left.
  void Reset(uint32_t column, int32_t earliest_s) { earliest_s_[column] = earliest_s; }

  // The first column in [begin, end) where a flow of `a` or `b` may be due at `now_s`; `end` if
  // there is none. REQUIRES: both have as many columns.
  static uint32_t FindDue(DeadlineColumns& a, DeadlineColumns& b, uint32_t begin, uint32_t end,
                          int32_t now_s) {
    assert(a.earliest_s_.size() == b.earliest_s_.size());
    while (begin < end) {
      const uint32_t block = begin / kBlock;
      const uint32_t block_end = std::min(end, (block + 1) * kBlock);
      if (a.BlockMayBeDue(block, now_s) || b.BlockMayBeDue(block, now_s)) {
        for (; begin < block_end; ++begin) {
          if (std::min(a.earliest_s_[begin], b.earliest_s_[begin]) <= now_s) return begin;
        }
      }
      begin = block_end;
    }
    return end;
  }

 private:
  static constexpr uint32_t kBlock = 16;

  // The bound is brought up to date when it has passed.
  bool BlockMayBeDue(uint32_t block, int32_t now_s) {
    int32_t& bound = blocks_s_[block];
    if (bound > now_s) [[likely]]
      return false;
    const int32_t* earliest = &earliest_s_[size_t{block} * kBlock];
    bound = earliest[0];
    for (uint32_t i = 1; i < kBlock; ++i) bound = std::min(bound, earliest[i]);
    return bound <= now_s;
  }

  std::vector<int32_t> earliest_s_;  // of each column
  std::vector<int32_t> blocks_s_;    // of each kBlock columns
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

  // The clock of the packets was set: from now on it is `by_ns` later, or earlier.
  void Shift(int64_t by_ns) { last_ = Shifted(last_, by_ns); }

  // Calls visit(begin, end) for the columns to be visited at `now`, in order: one range, or two
  // when it goes past the last column. Never more than one full cycle: `now` does not change during
  // it, so further rounds would find nothing.
  template <typename Visit>
  void Run(Timestamp now, Visit&& visit) {
    const double elapsed = ElapsedMicroseconds(last_, now);
    if (!(elapsed > static_cast<double>(fire_us_))) return;
    last_ = now;
    const auto period = static_cast<uint64_t>(fire_us_);
    const uint64_t steps = (static_cast<uint64_t>(elapsed) + period - 1) / period;
    const uint64_t end = next_ + std::min<uint64_t>(steps, split_ratio_);
    visit(next_, static_cast<uint32_t>(std::min<uint64_t>(end, split_ratio_)));
    if (end > split_ratio_) visit(0, static_cast<uint32_t>(end - split_ratio_));
    next_ = static_cast<uint32_t>((next_ + steps % split_ratio_) % split_ratio_);
  }

  // Where the next run begins.
  uint32_t next_column() const { return next_; }
  // A column at most `count` behind that, without going past the last one.
  uint32_t Ahead(uint32_t count) const { return std::min(next_ + count, split_ratio_); }

 private:
  int64_t fire_us_;
  uint32_t split_ratio_;
  Timestamp last_;
  bool started_ = false;
  uint32_t next_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_COLLECTOR_H_
