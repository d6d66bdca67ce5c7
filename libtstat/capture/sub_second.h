// SPDX-License-Identifier: BSD-3-Clause
//
// Packet times from their two fields, with the reference's repair of files that hold nanoseconds
// where microseconds belong.
#ifndef TSTAT_CAPTURE_SUB_SECOND_H_
#define TSTAT_CAPTURE_SUB_SECOND_H_

#include <cstdint>
#include <string_view>

#include "tstat/time.h"

namespace tstat {

class SubSecondClock {
 public:
  // A microsecond field of a million or more turns on, for the rest of the trace, the division of
  // every sub-second field by 1000.
  Timestamp Convert(int64_t seconds, int64_t microseconds) {
    if (microseconds >= 1'000'000) bogus_nanoseconds_ = true;
    if (bogus_nanoseconds_) microseconds /= 1000;
    return Timestamp::FromMicroseconds(seconds * 1'000'000 + microseconds);
  }

  // The reference's words, for PacketSource::note().
  std::string_view note() const {
    return bogus_nanoseconds_ ? "tcpdump: attempting to adapt to bogus nanosecond timestamps" : "";
  }

 private:
  bool bogus_nanoseconds_ = false;
};

}  // namespace tstat

#endif  // TSTAT_CAPTURE_SUB_SECOND_H_
