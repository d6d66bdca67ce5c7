// SPDX-License-Identifier: BSD-3-Clause
//
// TTL (IPv4) or hop limit (IPv6) of one direction.
//
// The sum is kept as "first value times segments, plus an excess": nearly always all values are the
// same, and then only three bytes are needed.
#ifndef TSTAT_TCP_TTL_TRACKER_H_
#define TSTAT_TCP_TTL_TRACKER_H_

#include <cstdint>

namespace tstat::internal {

class TtlTracker {
 public:
  // Returns what this segment adds to the excess, 0 nearly always.
  int OnSegment(uint8_t ttl, bool is_first) {
    if (is_first) first_ = ttl;
    if (min_ == 0 || ttl < min_) min_ = ttl;  // 0 is "unset", so a TTL of 0 does not stick
    if (ttl > max_) max_ = ttl;
    return int{ttl} - int{first_};
  }

  // What is no sum begins anew.
  void BeginPeriod() { max_ = min_ = 0; }

  uint8_t min() const { return min_; }
  uint8_t max() const { return max_; }
  uint64_t Sum(uint64_t segments, int64_t excess) const {
    return first_ * segments + static_cast<uint64_t>(excess);
  }

 private:
  uint8_t first_ = 0, min_ = 0, max_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_TTL_TRACKER_H_
