// SPDX-License-Identifier: BSD-3-Clause
//
// The histogram engine and what the front feeds it with; exists only when a sink wants histograms.
// Lanes have an observer each, and several lanes a recorder each, which the engine's absorbs.
#ifndef TSTAT_PIPELINE_HISTOGRAMS_H_
#define TSTAT_PIPELINE_HISTOGRAMS_H_

#include "flow/step.h"
#include "histogram/definitions.h"
#include "histogram/engine.h"
#include "histogram/packet_observer.h"

namespace tstat::internal {

struct Histograms {
  Histograms(const AnalyzerOptions& options, EventSink* out)
      : needs(Needs(*options.histograms, options.profile)),
        engine(options, out),
        packets(&engine) {}

  const HistogramNeeds needs;
  HistogramEngine engine;
  PacketObserver packets;
};

// Counts the open flows of profile_flows: for those who get Steps in the order of all packets.
class OpenFlowCounter {
 public:
  // Null: nobody wants histograms, or somebody else counts.
  explicit OpenFlowCounter(Histograms* histograms)
      : averages_(histograms != nullptr ? &histograms->engine.averages() : nullptr) {}

  void OnTcpOpen(const OpenStep& step) {
    if (averages_ != nullptr) averages_->OnOpenTcp(+1, step.time);
  }
  void OnUdpOpen(const OpenStep& step) {
    if (averages_ != nullptr && !step.tunnel.is_outer) averages_->OnOpenUdp(+1, step.time);
  }
  // Flows still open at the end stay in the average of the next trace (a quirk of the format).
  void OnTcpClose(const CloseStep& step) {
    if (averages_ != nullptr && step.cause != CloseCause::kEndOfTrace &&
        step.cause != CloseCause::kExpiredAtEnd && step.cause != CloseCause::kActiveTimeout) {
      averages_->OnOpenTcp(-1, step.now);
    }
  }
  // Of no sum: a flow that goes on, and that of a tunnel.
  void OnUdpClose(const CloseStep& step) {
    if (averages_ != nullptr && step.cause != CloseCause::kActiveTimeout && !step.is_outer) {
      averages_->OnOpenUdp(-1, step.now);
    }
  }

 private:
  OrderedAverages* averages_;
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_HISTOGRAMS_H_
