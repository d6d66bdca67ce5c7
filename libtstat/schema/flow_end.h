// SPDX-License-Identifier: BSD-3-Clause
//
// The value of the column `end` (kFlowEndCodes).
#ifndef TSTAT_SCHEMA_FLOW_END_H_
#define TSTAT_SCHEMA_FLOW_END_H_

#include <cstdint>

#include "tstat/flow.h"

namespace tstat::internal {

constexpr uint8_t FlowEndCode(CloseCause cause) {
  switch (cause) {
    case CloseCause::kFinished:
      return 1;
    case CloseCause::kReset:
      return 2;
    case CloseCause::kIdle:
    case CloseCause::kExpiredAtEnd:
      return 3;
    case CloseCause::kEndOfTrace:
      return 4;
    case CloseCause::kNewConnection:
      return 5;
    case CloseCause::kActiveTimeout:
      return 6;
    case CloseCause::kEvicted:
      return 7;
    case CloseCause::kHalfDuplex:
      break;
  }
  return 8;
}

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_FLOW_END_H_
