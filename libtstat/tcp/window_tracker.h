// SPDX-License-Identifier: BSD-3-Clause
//
// Receive windows that one direction advertised, in bytes.
#ifndef TSTAT_TCP_WINDOW_TRACKER_H_
#define TSTAT_TCP_WINDOW_TRACKER_H_

#include <cstdint>

#include "tcp/option_tracker.h"

namespace tstat::internal {

class WindowTracker {
 public:
  // The window that a segment with ACK or SYN advertises. It is scaled once both directions have
  // sent the option in *earlier* segments, whatever the segment's flags. Shifts are modulo 64, as
  // on the reference's hardware, and the result keeps its 64 bits.
  static uint64_t Effective(uint16_t field, const OptionTracker& self, const OptionTracker& other) {
    const bool scaled = self.window_scale_sent() && other.window_scale_sent();
    return uint64_t{field} << (scaled ? self.window_scale() & 63 : 0);
  }

  // A segment with ACK or SYN and without RST. What is stored has 32 bits.
  void OnSegment(uint64_t window, bool ack) {
    current_ = static_cast<uint32_t>(window);
    // Without branches. A minimum of 0, "none", is larger than anything when 1 is taken away, and
    // so is a window of 0.
    max_ = window > max_ ? current_ : max_;
    min_ = window - 1 < uint64_t{min_} - 1 ? current_ : min_;
    sum_ += current_;
    zero_ += ack & (window == 0);
  }

  // What is no sum begins anew.
  void BeginPeriod() { max_ = min_ = 0; }

  uint32_t current() const { return current_; }
  uint32_t max() const { return max_; }
  uint32_t min() const { return min_; }  // of those > 0; 0: none
  uint32_t sum() const { return sum_; }  // modulo 2^32
  uint32_t zero() const { return zero_; }

 private:
  uint32_t current_ = 0, max_ = 0, min_ = 0, sum_ = 0;
  uint32_t zero_ = 0;  // segments with ACK that advertised 0
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_WINDOW_TRACKER_H_
