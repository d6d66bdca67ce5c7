// SPDX-License-Identifier: BSD-3-Clause
//
// The analyser: packets in, events out.
//
//   tstat::Analyzer analyzer(options);
//   analyzer.AddSink(&my_sink);
//   auto source = tstat::OpenTrace("trace.pcap");
//   if (!source.ok()) return source.status();
//   absl::Status end = analyzer.Run(**source);      // one whole trace, flushed at its end
//
// or packet by packet:
//   analyzer.BeginTrace({});
//   analyzer.Process(packet); ...
//   analyzer.EndTrace();
#ifndef TSTAT_ANALYZER_H_
#define TSTAT_ANALYZER_H_

#include <functional>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "tstat/event_sink.h"
#include "tstat/options.h"
#include "tstat/packet.h"
#include "tstat/packet_source.h"
#include "tstat/statistics.h"

namespace tstat::inline v1 {

// How one trace is treated.
struct TraceContext {
  // Standard input, FIFO or live interface: output rotates every Globals::dirs intervals.
  bool is_stream = false;
  // With AnalyzerOptions::concatenate: the last trace of the run, flows are flushed at its end.
  bool is_last = true;
};

// One analysis. Nothing is shared between Analyzers: each may run on its own thread. Not
// thread-safe itself.
//
// States, and what a call does in each:
//
//   call          before any trace      in a trace              between traces
//   AddSink       adds it               not allowed             not allowed
//   BeginTrace    begins one            ends that one first     begins the next one
//   Process       begins one by itself  analyses the packet     begins one by itself
//   EndTrace      nothing               flushes, tells sinks    nothing
//   ~Analyzer     nothing is lost       open flows are          nothing is lost
//                                       discarded: no event
//                                       comes from a destructor
//
// A trace begun "by itself" has the TraceContext {}. Run is BeginTrace, the source's packets,
// EndTrace.
//
// Address space of some 0.7 GB is reserved for the slots of Globals when the first trace begins
// (resident memory is what the open flows take); where there is less, fewer flows fit, and with
// next to none std::bad_alloc is thrown.
class Analyzer {
 public:
  explicit Analyzer(AnalyzerOptions options);
  ~Analyzer();
  Analyzer(const Analyzer&) = delete;
  Analyzer& operator=(const Analyzer&) = delete;

  // `sink` must outlive the Analyzer. REQUIRES: no packet processed yet.
  void AddSink(EventSink* sink);

  // Reads `source` to its end as one trace. `after_batch`, when given, is called after each batch
  // of packets and stops the run early (flushing as at a normal end) when it returns false. Returns
  // the source's error (what was read before it was analysed), else the first error of a sink.
  absl::Status Run(PacketSource& source, const TraceContext& context = {},
                   const std::function<bool()>& after_batch = {});

  void BeginTrace(const TraceContext& context);
  // The packets' bytes need to live during the call only.
  void Process(const Packet& packet) { ProcessBatch({&packet, 1}); }
  void ProcessBatch(std::span<const Packet> packets);
  // Flushes all flows (unless concatenating and not last) and closes the sinks' outputs.
  void EndTrace();

  // True once a packet of the current trace was delivered.
  bool trace_has_packets() const;
  Statistics statistics() const;
  // First error of any sink.
  absl::Status sink_status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_ANALYZER_H_
