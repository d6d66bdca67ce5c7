// SPDX-License-Identifier: BSD-3-Clause
//
// What records of flows have beside Tstat's measurements, as the trackers are told: members of
// AnalyzerOptions.
#ifndef TSTAT_FLOW_EXTRAS_OPTIONS_H_
#define TSTAT_FLOW_EXTRAS_OPTIONS_H_

#include <cstdint>
#include <memory>

#include "tstat/options.h"

namespace tstat::internal {

struct ExtrasOptions {
  uint16_t community_id_seed = 0;
  std::shared_ptr<const LabelRules> labels = nullptr;  // null: none
  uint8_t first_packets = 0;
  bool ndpi = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_EXTRAS_OPTIONS_H_
