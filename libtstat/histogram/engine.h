// SPDX-License-Identifier: BSD-3-Clause
//
// The histograms of one analysis: its parts feed the recorder and the averages, the analyser ends
// the intervals, snapshots go to the sinks.
//
//   HistogramEngine engine(options, &sinks);
//   engine.recorder().Add(...);
//   engine.EndInterval(interval_start, now, index, HistogramEngine::After::kNewInterval);
#ifndef TSTAT_HISTOGRAM_ENGINE_H_
#define TSTAT_HISTOGRAM_ENGINE_H_

#include <cstdint>
#include <memory>

#include "histogram/address_counters.h"
#include "histogram/ordered_averages.h"
#include "histogram/recorder.h"
#include "tstat/event_sink.h"
#include "tstat/options.h"

namespace tstat::internal {

class HistogramEngine {
 public:
  // What follows an interval: with one more at the same moment, byte counters go on.
  enum class After { kNewInterval, kSameMoment };

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
  // Addresses that the tables had no room for, so far in the run.
  uint64_t uncounted_addresses() const { return addresses_.refused(); }
  // The first packet of a trace (of the run, when traces are concatenated).
  void BeginTrace(Timestamp now);

  void EndInterval(Timestamp start, Timestamp now, uint32_t index, After after);
  void EndTrace(Timestamp start, Timestamp now, uint32_t index);

  // Flows without a slot, so far in the run.
  void SetRefused(uint64_t tcp, uint64_t udp) { refused_tcp_ = tcp, refused_udp_ = udp; }

  bool counts_addresses() const { return selection_->addresses; }
  bool counts_internal_addresses() const {
    return selection_->addresses && selection_->internal_addresses;
  }
  AddressCounters& addresses() { return addresses_; }
  // The block of internal addresses that is due.
  void EmitInternalAddresses(Timestamp now, uint32_t index);

 private:
  void Finish(Timestamp start, Timestamp now);
  void SetRates(double elapsed_us);
  void FeedGlobal(const HistogramDefinition& definition, const HistogramCells& rates);
  void SetAverages(Timestamp now);
  void Emit(HistogramSnapshot::Kind kind, Timestamp now, uint32_t index);

  std::shared_ptr<const HistogramSelection> selection_;
  CompatProfile profile_;
  EventSink* out_;
  HistogramRecorder recorder_;
  AddressCounters addresses_;
  OrderedAverages averages_;
  uint64_t refused_tcp_ = 0, refused_udp_ = 0, refused_tcp_before_ = 0, refused_udp_before_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_HISTOGRAM_ENGINE_H_
