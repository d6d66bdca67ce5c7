// SPDX-License-Identifier: BSD-3-Clause
//
// What the TCP tracker tells the histogram engine besides finished flows. A tracker
// without hooks spends nothing on them.
#ifndef TSTAT_TCP_HISTOGRAM_HOOKS_H_
#define TSTAT_TCP_HISTOGRAM_HOOKS_H_

#include <cstdint>

#include "flow/step.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {

struct TcpLayer7Flow;

class TcpHistogramHooks {
 public:
  virtual ~TcpHistogramHooks() = default;

  // `tcp_cwnd`: bytes in flight when they are acknowledged.
  virtual void OnCongestionWindow(uint32_t bytes) = 0;
  // `tcp_anomalies_*`: one classification of the step's segment, by its value there; 0 for each
  // record appended in sequence.
  virtual void OnSegmentClass(const TcpSegmentStep& step, uint8_t value) = 0;
  // `tcp_bitrate_*` and its like: every segment, with what layer 7 makes of its flow by then (null:
  // nothing yet).
  virtual void OnSegment(const TcpSegmentStep& step, const TcpLayer7Flow* layer7) = 0;
  // Closing statistics, before the flow's row; reported flows only. `video_index`:
  // in the video histograms, 0 when the flow is no video.
  virtual void OnFlowClosed(const TcpFlow& flow, int video_index) = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_HISTOGRAM_HOOKS_H_
