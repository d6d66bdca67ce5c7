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

// Deadlines of the flows of one table: of each slot, and the earliest of each column. They are
// lower bounds: a flow that went on since is due later, which is found out when its bound has
// passed.
//
// A sparse trace makes the collector pass over millions of columns in which nothing is due. So the
// earliest deadline of 16 columns together is kept, too, and passing them is one comparison.
// Columns go by whole seconds in 32 bits, which keeps both arrays in the second-level cache.
class DeadlineColumns {
 public:
  DeadlineColumns(uint32_t columns, uint32_t rows)
      : rows_(rows),
        earliest_s_(columns, INT32_MAX),
        blocks_s_(columns / kBlock + 1, INT32_MAX),
        deadlines_(size_t{columns} * rows, INT64_MAX) {}

  // The flow at `position` (SlotRing::position) is new: it is not due before `deadline`.
  void Set(size_t position, Timestamp deadline) {
    deadlines_[position] = deadline.nanoseconds();
    LowerColumn(position, deadline);
  }
  // The flow may be due earlier than was known.
  void Lower(size_t position, Timestamp deadline) {
    deadlines_[position] = std::min(deadlines_[position], deadline.nanoseconds());
    LowerColumn(position, deadline);
  }
  int64_t deadline_at(size_t position) const { return deadlines_[position]; }
  void set_deadline_at(size_t position, int64_t ns) { deadlines_[position] = ns; }
  // After a visit: the earliest deadline of the flows that are left.
  void Reset(uint32_t column, Timestamp earliest) { earliest_s_[column] = Seconds(earliest); }

  // The first column in [begin, end) where a flow of `a` or `b` may be due, that is idle for longer
  // than its limit; `end` if there is none. REQUIRES: both have as many columns.
  static uint32_t FindDue(DeadlineColumns& a, DeadlineColumns& b, uint32_t begin, uint32_t end,
                          Timestamp now) {
    const int32_t now_s = Seconds(now);
    while (begin < end) {
      if (begin % kBlock == 0 && begin + kBlock <= end && !a.BlockMayBeDue(begin, now_s) &&
          !b.BlockMayBeDue(begin, now_s)) {
        begin += kBlock;
      } else if (a.earliest_s_[begin] <= now_s || b.earliest_s_[begin] <= now_s) {
        return begin;
      } else {
        ++begin;
      }
    }
    return end;
  }

 private:
  static constexpr uint32_t kBlock = 16;

  static int32_t Seconds(Timestamp t) {
    return static_cast<int32_t>(std::clamp<int64_t>(t.seconds(), INT32_MIN, INT32_MAX));
  }
  void LowerColumn(size_t position, Timestamp deadline) {
    const auto column = static_cast<uint32_t>(position / rows_);
    const int32_t seconds = Seconds(deadline);
    earliest_s_[column] = std::min(earliest_s_[column], seconds);
    blocks_s_[column / kBlock] = std::min(blocks_s_[column / kBlock], seconds);
  }
  // The block that begins with `column`. Its bound is brought up to date when it has passed.
  bool BlockMayBeDue(uint32_t column, int32_t now_s) {
    int32_t& bound = blocks_s_[column / kBlock];
    if (bound > now_s) return false;
    bound = *std::min_element(earliest_s_.begin() + column, earliest_s_.begin() + column + kBlock);
    return bound <= now_s;
  }

  uint32_t rows_;
  std::vector<int32_t> earliest_s_;  // of each column
  std::vector<int32_t> blocks_s_;    // of each kBlock columns
  std::vector<int64_t> deadlines_;   // of each slot
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

}  // namespace tstat

#endif  // TSTAT_FLOW_COLLECTOR_H_
