// SPDX-License-Identifier: BSD-3-Clause
//
// Payload of one direction: counts, sizes and times.
#ifndef TSTAT_TCP_PAYLOAD_TRACKER_H_
#define TSTAT_TCP_PAYLOAD_TRACKER_H_

#include <cassert>
#include <cstdint>

#include "tstat/time.h"

namespace tstat::internal {

class PayloadTracker {
 public:
  // A segment with payload. REQUIRES: length > 0.
  void OnData(uint32_t length) {
    assert(length > 0);
    ++packets_;
    bytes_ += length;
    max_ = length > max_ ? length : max_;
    min_ = length - 1 < min_ - 1 ? length : min_;  // an unset minimum is the largest of all
  }
  // A segment whose payload length is not 0: malformed ones with a negative length, too.
  void OnPayloadTime(Timestamp now) {
    if (!first_.is_set()) first_ = now;
    last_ = now;
  }
  // What is no sum begins anew.
  void BeginPeriod() {
    first_ = last_ = Timestamp();
    max_ = min_ = 0;
  }
  void AddUnique(int64_t bytes) { unique_bytes_ += static_cast<uint64_t>(bytes); }

  uint64_t packets() const { return packets_; }
  uint64_t bytes() const { return bytes_; }
  uint64_t unique_bytes() const { return unique_bytes_; }
  uint32_t max() const { return max_; }
  uint32_t min() const { return min_; }  // 0: none
  Timestamp first() const { return first_; }
  Timestamp last() const { return last_; }

 private:
  uint64_t packets_ = 0, bytes_ = 0, unique_bytes_ = 0;
  Timestamp first_, last_;
  uint32_t max_ = 0, min_ = 0;
};

// `retransmitted` (R) without the sequence numbers of a repeated SYN or FIN.
// -1 for a repeated SYN with another ISN when `syn_below_zero`: a quirk of 3.1.1.
struct RepeatedControl {
  bool syn = false, fin = false;  // set in the segment, and not for the first time
};
inline int32_t RetransmittedPayload(uint32_t retransmitted, RepeatedControl repeated,
                                    bool syn_below_zero) {
  int32_t x = static_cast<int32_t>(retransmitted);
  if (repeated.syn && (syn_below_zero || x > 0)) --x;
  if (repeated.fin && x > 0) --x;
  return x;
}

}  // namespace tstat::internal

#endif  // TSTAT_TCP_PAYLOAD_TRACKER_H_
