// SPDX-License-Identifier: BSD-3-Clause
//
// Recognises a packet that was captured twice: IPv4, and the same
// identification, checksum and total length as the packet before it in this direction, closely
// behind the last packet that counted.
#ifndef TSTAT_FLOW_DUPLICATE_FILTER_H_
#define TSTAT_FLOW_DUPLICATE_FILTER_H_

#include <cstdint>

#include "tstat/time.h"

namespace tstat::internal {

// State of one direction.
class DuplicateFilter {
 public:
  // True when the packet is a duplicate. Remembers its values in any case. `last_counted` is the
  // time of the last packet of this direction that was not a duplicate.
  bool IsDuplicate(uint16_t ip_id, uint16_t checksum, uint32_t total_length, Timestamp last_counted,
                   Timestamp now, double limit_us) {
    const uint64_t packet = kSeen | uint64_t{ip_id} << 32 | uint64_t{checksum} << 16 |
                            static_cast<uint16_t>(total_length);
    const bool same = packet == last_;
    last_ = packet;
    return same && ElapsedMicroseconds(last_counted, now) < limit_us;
  }

 private:
  static constexpr uint64_t kSeen = uint64_t{1} << 48;
  uint64_t last_ = 0;  // kSeen, identification, checksum, total length
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_DUPLICATE_FILTER_H_
