// SPDX-License-Identifier: BSD-3-Clause
//
// The histogram engine and what the front feeds it with; exists only when a sink wants histograms.
// Lanes have an observer each, and several lanes a recorder each, which the engine's absorbs.
#ifndef TSTAT_PIPELINE_HISTOGRAMS_H_
#define TSTAT_PIPELINE_HISTOGRAMS_H_

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

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_HISTOGRAMS_H_
