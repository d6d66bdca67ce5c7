// SPDX-License-Identifier: BSD-3-Clause
//
// What layer 7 asks about the messages of a direction (MessageTracker).
#ifndef TSTAT_L7_MESSAGE_SUMMARY_H_
#define TSTAT_L7_MESSAGE_SUMMARY_H_

#include <array>
#include <cstdint>

namespace tstat::internal {

struct MessageSummary {
  uint32_t count = 0;
  std::array<uint32_t, 2> first_sizes{};  // bytes
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_MESSAGE_SUMMARY_H_
