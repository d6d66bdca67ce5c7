// SPDX-License-Identifier: BSD-3-Clause
//
// The histograms of one analysis: its parts feed the recorder and the averages, the analyser ends
// the intervals, snapshots go to the sinks.
//
//   HistogramEngine engine(options, &sinks);
//   engine.recorder().Add(family, suffix, 64);
//   engine.EndInterval(step);                     // a snapshot goes to the sinks
#ifndef TSTAT_HISTOGRAM_ENGINE_H_
#define TSTAT_HISTOGRAM_ENGINE_H_

#include <cstdint>
#include <memory>

#include "flow/step.h"
#include "histogram/address_counters.h"
#include "histogram/ordered_averages.h"
#include "histogram/recorder.h"
#include "tstat/event_sink.h"
#include "tstat/options.h"

namespace tstat::internal {

class HistogramEngine {
 public:
  // REQUIRES: options.histograms. `out` must outlive the engine.
  HistogramEngine(const AnalyzerOptions& options, EventSink* out);

  HistogramRecorder& recorder() { return recorder_; }
  OrderedAverages& averages() { return averages_; }
  const HistogramSelection& selection() const { return *selection_; }
  const CompatProfile& profile() const { return profile_; }

  // The first IP packet of the run.
  void Start(Timestamp now) { addresses_.Start(now); }
  // The clock of the packets was set back or forth: times of theirs go on from there.
  void OnClockStep(int64_t by_ns);
  // The figures of addresses, so far in the run.
  void AddTo(Statistics* statistics) const { addresses_.AddTo(statistics); }
  // The first packet of a trace (of the run, when traces are concatenated).
  void BeginTrace(Timestamp now);

  // With one more at the same moment, byte counters go on.
  void EndInterval(const IntervalStep& step);
  // `last`: the interval that the end cut short.
  void EndTrace(const IntervalStep& last);

  bool counts_addresses() const { return selection_->addresses; }
  bool counts_internal_addresses() const {
    return selection_->addresses && selection_->internal_addresses;
  }
  AddressCounters& addresses() { return addresses_; }
  // A block of internal addresses that is due. `index`: of the present interval.
  void EmitInternalAddresses(Timestamp now, uint32_t index, OrderKey order);

 private:
  void Finish(const IntervalStep& step);
  void SetRates(double elapsed_us);
  void FeedGlobal(const HistogramDefinition& definition, const HistogramCells& rates);
  void SetAverages(const IntervalStep& step);
  void Emit(HistogramSnapshot::Kind kind, const IntervalStep& step);

  std::shared_ptr<const HistogramSelection> selection_;
  CompatProfile profile_;
  EventSink* out_;
  HistogramRecorder recorder_;
  AddressCounters addresses_;
  OrderedAverages averages_;
  uint64_t refused_tcp_before_ = 0, refused_udp_before_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_HISTOGRAM_ENGINE_H_
