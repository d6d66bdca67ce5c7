// SPDX-License-Identifier: BSD-3-Clause
//
// What a clock that was set does to the times that are remembered: they move with it.
#ifndef TSTAT_FLOW_CLOCK_STEP_H_
#define TSTAT_FLOW_CLOCK_STEP_H_

#include <algorithm>
#include <cstdint>

#include "tstat/time.h"

namespace tstat::internal {

// `time`, later (or earlier) by `by_ns`, but within the times that packets may have: steps add up.
constexpr Timestamp Shifted(Timestamp time, int64_t by_ns) {
  const __int128 moved = static_cast<__int128>(time.nanoseconds()) + by_ns;
  return Timestamp::FromNanoseconds(
      static_cast<int64_t>(std::clamp<__int128>(moved, Timestamp::EarliestOfPacket().nanoseconds(),
                                                Timestamp::LatestOfPacket().nanoseconds())));
}

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_CLOCK_STEP_H_
