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
//   analyzer.Process(packet); ...                    // says what became of it
//   analyzer.EndTrace();
#ifndef TSTAT_ANALYZER_H_
#define TSTAT_ANALYZER_H_

#include <functional>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "tstat/event_sink.h"
#include "tstat/export.h"
#include "tstat/options.h"
#include "tstat/packet.h"
#include "tstat/packet_result.h"
#include "tstat/packet_source.h"
#include "tstat/statistics.h"

namespace tstat::inline v1 {

// How one trace is treated.
struct TraceContext {
  // Standard input, FIFO or live interface: output rotates every Globals::dirs intervals.
  bool is_stream = false;
  // With AnalyzerOptions::concatenate: the last trace of the run, flows are flushed at its end.
  bool is_last = true;
  // The first output does not begin with the first packet either, but with BeginOutput. Until then
  // nothing is written.
  bool waits_for_output = false;
};

// One analysis. Nothing is shared between Analyzers: each may run on its own thread. Not
// thread-safe itself. No exception leaves it, but one that the caller's own source, `after_batch`
// or `visit` throws.
//
// States, and what a call does in each:
//
//   call             before any trace      in a trace              between traces
//   AddSink          adds it               error, not added        error, not added
//   BeginTrace       begins one            ends that one first     begins the next one
//   Process          begins one by itself  analyses the packet     begins one by itself
//   EndTrace         nothing               flushes, tells sinks    nothing
//   StartNewOutput   nothing               from the first packet   nothing (with `concatenate` as
//                                          on: a new output        in a trace)
//   BeginOutput      nothing               with waits_for_output:  nothing
//                                          a new output
//   AdvanceTime      nothing               from the first packet   nothing that shows
//                                          on: idle flows,
//                                          intervals end
//   Settle           nothing               tells what waits        nothing
//   ~Analyzer        nothing is lost       open flows are          nothing is lost
//                                          discarded: no event
//                                          comes from a destructor
//
// A trace begun "by itself" has the TraceContext {}. Run is BeginTrace, the source's packets,
// EndTrace. What is an error shows in status(), and the analysis goes on. So are these calls from
// within a function of a sink or filter: they do nothing; no sink (null) is none.
//
// Address space of some 0.7 GB is reserved for the slots of Globals when the first trace begins
// (resident memory is what the open flows take); where there is less, fewer flows fit. When memory
// ends, or a sink or filter throws, the analysis does: status() is ResourceExhausted or Internal,
// and further calls do nothing. Flows that were open are lost.
class TSTAT_EXPORT Analyzer {
 public:
  explicit Analyzer(AnalyzerOptions options);
  ~Analyzer();
  Analyzer(const Analyzer&) = delete;
  Analyzer& operator=(const Analyzer&) = delete;

  // `sink` must outlive the Analyzer. What it wants is settled here (see Resubscribe).
  void AddSink(EventSink* sink);

  // Reads `source` to its end as one trace. `after_batch`, when given, is called after each batch
  // of packets and stops the run early (flushing as at a normal end) when it returns false. Returns
  // the source's error (what was read before it was analysed), else status().
  absl::Status Run(PacketSource& source, const TraceContext& context = {},
                   const std::function<bool()>& after_batch = {});

  void BeginTrace(const TraceContext& context);
  // The packets' bytes need to live during the call only.
  PacketResult Process(const Packet& packet);
  void ProcessBatch(std::span<const Packet> packets);
  // Flushes all flows (unless concatenating and not last) and closes the sinks' outputs.
  void EndTrace();

  // A new output period begins: each sink's OnNewOutput.
  void StartNewOutput(Timestamp time);
  // With TraceContext::waits_for_output: likewise, before the first packet, too; open flows are
  // counted from now on.
  void BeginOutput(Timestamp time);
  // At the next output each sink's Wants() is asked again. A sink can come to want what others want
  // already, or AnalyzerOptions::later_wants announced; more is an error, and it keeps what it had.
  void Resubscribe();
  // The same at once, between packets: for sinks that need no new output to begin with.
  void ResubscribeNow();
  // Flows that end from now on have their labels from `rules`; null: none.
  void SetLabels(std::shared_ptr<const LabelRules> rules);
  // It is `now`, and no packet came since the last one: flows end that would end if a flow began
  // now, never earlier, and intervals end. A time that is not later than all before does nothing.
  void AdvanceTime(Timestamp now);
  // With AnalyzerOptions::threads above 1: tells the sinks what waits of the packets so far, for
  // packets are measured some thousand at a time. Not from a sink.
  void Settle();
  // Calls `visit` for each open flow, TCP flows first. Not from a sink.
  void ForEachLiveFlow(const std::function<void(const LiveFlow&)>& visit) const;

  // True once a packet of the current trace was delivered.
  [[nodiscard]] bool trace_has_packets() const;
  [[nodiscard]] Statistics statistics() const;
  // A small part of them, for those who ask after each packet.
  [[nodiscard]] ClosedFlows closed_flows() const;
  // The analysis ended for want of memory: nothing is taken any more.
  [[nodiscard]] bool out_of_memory() const;
  // The first error: misuse, no memory, a packet filter that libpcap does not understand, or that
  // of a sink.
  [[nodiscard]] absl::Status status() const;

 private:
  class TSTAT_NO_EXPORT Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_ANALYZER_H_
