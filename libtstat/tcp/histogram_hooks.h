// SPDX-License-Identifier: BSD-3-Clause
//
// What the TCP tracker tells the histogram engine besides finished flows (spec 20, 8). A tracker
// without hooks spends nothing on them.
#ifndef TSTAT_TCP_HISTOGRAM_HOOKS_H_
#define TSTAT_TCP_HISTOGRAM_HOOKS_H_

#include <cstdint>

#include "flow/step.h"
#include "tstat/tcp_flow.h"

namespace tstat {

class TcpHistogramHooks {
 public:
  virtual ~TcpHistogramHooks() = default;

  // `tcp_cwnd`: bytes in flight when they are acknowledged (spec 20, 2.1 step 9).
  virtual void OnCongestionWindow(uint32_t bytes) = 0;
  // `tcp_anomalies_*`: one classification of the step's segment, by its value there; 0 for each
  // record appended in sequence (spec 20, 4.3).
  virtual void OnSegmentClass(const TcpSegmentStep& step, uint8_t value) = 0;
  // Closing statistics (spec 20, 8.2), before the flow's row; reported flows only.
  virtual void OnFlowClosed(const TcpFlow& flow) = 0;
};

}  // namespace tstat

#endif  // TSTAT_TCP_HISTOGRAM_HOOKS_H_
