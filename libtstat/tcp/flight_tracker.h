// SPDX-License-Identifier: BSD-3-Clause
//
// Bytes of one direction that were sent and not yet acknowledged, as the probe sees them, and those
// of the initial window.
#ifndef TSTAT_TCP_FLIGHT_TRACKER_H_
#define TSTAT_TCP_FLIGHT_TRACKER_H_

#include <cassert>
#include <cstdint>

#include "tcp/sequence_number.h"

namespace tstat::internal {

class FlightTracker {
 public:
  // Bytes in flight up to `end` when `acknowledged` was the last ACK number of the other side; 0
  // when the ACK number is ahead.
  static uint32_t InFlight(SequenceNumber end, SequenceNumber acknowledged) {
    const uint32_t bytes = end - acknowledged;
    return static_cast<int32_t>(bytes) > 0 ? bytes : 0;
  }

  // REQUIRES: bytes > 0.
  void Add(uint32_t bytes) {
    assert(bytes > 0);
    max_ = bytes > max_ ? bytes : max_;
    min_ = bytes - 1 < min_ - 1 ? bytes : min_;  // an unset minimum is the largest of all
  }

  // Data sent before the other side acknowledged any.
  void AddInitialWindow(uint32_t bytes) { initial_window_bytes_ += bytes; }

  // What is no sum begins anew.
  void BeginPeriod() { max_ = min_ = 0; }

  uint32_t max() const { return max_; }
  uint32_t min() const { return min_; }  // 0: none
  uint32_t initial_window_bytes() const { return initial_window_bytes_; }

 private:
  uint32_t max_ = 0, min_ = 0;
  uint32_t initial_window_bytes_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_FLIGHT_TRACKER_H_
