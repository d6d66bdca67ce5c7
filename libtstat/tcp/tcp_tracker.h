// SPDX-License-Identifier: BSD-3-Clause
//
// Measures TCP flows from their Steps and has layer 7 look at them. When a flow closes, its record
// goes to the sink.
//
//   TcpTracker tracker({profile, globals, wants}, &sink, &layer7);
//   tracker.OnOpen(step); tracker.OnSegment(step); ... tracker.OnClose(step);   // -> OnTcpFlow
//
// The life of flows (creation, duplicates, when and why they close) is the FlowTable's work; each
// measurement has its class in this folder. This class keeps them in Tstat's order, which shows in
// the figures.
#ifndef TSTAT_TCP_TCP_TRACKER_H_
#define TSTAT_TCP_TCP_TRACKER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "flow/community_id.h"
#include "flow/extras_options.h"
#include "flow/observer.h"
#include "flow/slab.h"
#include "flow/step.h"
#include "l7/extras_tracker.h"
#include "tcp/reported_totals.h"
#include "tcp/tcp_flow_state.h"
#include "tcp/true_measurements.h"
#include "tstat/event_sink.h"
#include "tstat/options.h"

namespace tstat::internal {

class TcpLayer7Tracker;

struct TcpTrackerOptions {
  CompatProfile profile;
  Globals globals;
  EventMask wants;  // of all sinks together
  ExtrasOptions extras = {};
};

class TcpTracker {
 public:
  // `out` must outlive the tracker; it receives the events of `options.wants` only. `layer7` and
  // `observer` may be null.
  TcpTracker(const TcpTrackerOptions& options, EventSink* out, TcpLayer7Tracker* layer7,
             Observer* observer = nullptr);
  TcpTracker(const TcpTracker&) = delete;
  TcpTracker& operator=(const TcpTracker&) = delete;

  void OnOpen(const OpenStep& step);
  // The flow's client is its server (StepSink::OnTcpTurn).
  void OnTurn(const OpenStep& step) {
    TcpFlowState& flow = flows_[step.flow];
    TcpColdState& cold = cold_[step.flow];
    cold.identity.endpoints = step.endpoints;
    std::swap(flow.side[0], flow.side[1]);
    std::swap(cold.side[0], cold.side[1]);
    if (truth_ != nullptr) truth_->Turn(step.flow);
  }
  void OnSegment(const TcpSegmentStep& step);
  void OnClose(const CloseStep& step);
  // From now on the verdicts about segments are added to `verdicts`; null: nobody wants them.
  void KeepVerdicts(std::vector<SegmentVerdict>* verdicts) { pools_.verdicts = verdicts; }

  void SetLabels(std::shared_ptr<const LabelRules> rules) {
    ExtrasTracker::SetLabels(std::move(rules), &extras_);
  }

  // Where the state of an open flow lies, so that it can be fetched into the cache.
  const char* StateForPrefetch(FlowIndex flow) const {
    return reinterpret_cast<const char*>(&flows_[flow]);
  }
  static constexpr size_t kStateBytes = sizeof(TcpFlowState);

  // Fetches what the flow's state points to and a segment of `sender` needs. The state itself
  // should have arrived. `kAsTstat`: the profile is known to have Tstat's retransmissions.
  template <bool kAsTstat = false>
  void PrefetchAttached(FlowIndex flow, Direction sender) const {
    const TcpFlowState& state = flows_[flow];
    const TcpDirectionState& side = state.side[static_cast<size_t>(Index(sender))];
    // A direction without data fetches what others need: cheaper than a branch.
    const char* data = reinterpret_cast<const char*>(
        &pools_.data[side.data != TcpDirectionState::kNone ? side.data : 0]);
    __builtin_prefetch(data, 1);
    __builtin_prefetch(data + 64, 1);
    if (!kAsTstat && truth_ != nullptr) return PrefetchTruth(flow, state);
    for (const TcpDirectionState& either : state.side) either.space.Prefetch(pools_.sequence);
    const bool needs_layer7 = state.layer7 != nullptr && state.layer7_need != Layer7Need::kHttp;
    const char* layer7 = needs_layer7 ? reinterpret_cast<const char*>(state.layer7)
                                      : reinterpret_cast<const char*>(&state);
    for (size_t at : {0, 64, 192}) __builtin_prefetch(layer7 + at, 1);
  }
  // What layer 7 has of the bytes that `sender` sends, when what PrefetchAttached fetches has
  // arrived. Not in Tstat's profiles.
  void PrefetchStream(FlowIndex flow, Direction sender) const;
  // The same for what a flow's end needs.
  void PrefetchForClose(FlowIndex flow) const {
    for (const Direction sender : {Direction::kClientToServer, Direction::kServerToClient}) {
      PrefetchAttached(flow, sender);
      const TcpDirectionState& side = flows_[flow].side[static_cast<size_t>(Index(sender))];
      if (pools_.keep_rates && side.data != TcpDirectionState::kNone) {
        const char* rate = reinterpret_cast<const char*>(&pools_.rates[side.data]);
        __builtin_prefetch(rate, 1);
        __builtin_prefetch(rate + 64, 1);
      }
    }
    const char* cold = reinterpret_cast<const char*>(&cold_[flow]);
    __builtin_prefetch(cold);
    __builtin_prefetch(cold + sizeof(TcpColdState) - 1);
  }

  // What was measured of an open flow, for who reports it while it runs.
  TcpMeasured measured(FlowIndex flow) const { return {flows_[flow], cold_[flow], pools_}; }

  size_t memory_bytes() const;
  // States and records that are attached to open flows at present.
  size_t attached_states() const {
    return pools_.live() + (truth_ != nullptr ? truth_->live() : 0);
  }
  // Of a flow without data and anomalies.
  static constexpr size_t bytes_per_flow() { return sizeof(TcpFlowState) + sizeof(TcpColdState); }
  // Sequence records that were given up for want of memory (see SequencePools).
  uint64_t forgotten_ranges() const {
    return pools_.sequence.dropped_records + (truth_ != nullptr ? truth_->forgotten_holes() : 0);
  }

 private:
  // `kTrue`: by rules of the true profile, one at least.
  template <bool kTrue>
  void Measure(const TcpSegmentStep& step, TcpFlowState& flow);
  // Apart from OnSegment, whose other profiles are the usual ones.
  [[gnu::noinline]] void MeasureTruly(const TcpSegmentStep& step, TcpFlowState& flow);
  void PrefetchTruth(FlowIndex flow, const TcpFlowState& state) const;
  void InspectPayload(const TcpSegmentStep& step, TcpFlowState& flow);
  // The flow goes on.
  [[gnu::noinline]] void ReportPeriod(const CloseStep& step, TcpFlow* record);
  void FinishRates(TcpFlowState& flow, Timestamp now);
  void BeginExtras(FlowIndex flow) {
    if (extras_ != nullptr) [[unlikely]]
      extras_->Begin(flow);
  }

  TcpTrackerOptions options_;
  int64_t rate_period_us_;
  EventSink* out_;
  TcpLayer7Tracker* layer7_;
  Observer* observer_;
  StableArray<TcpFlowState> flows_;
  StableArray<TcpColdState> cold_;
  ChunkedArray<Tunnel> tunnels_;  // of the same flows, with profile.reads_every_header
  TcpPools pools_;
  ReportedTotals reported_;
  std::unique_ptr<TrueMeasurements> truth_;  // null but for CompatProfile::true_retransmissions
  CommunityIds community_ids_;
  std::unique_ptr<ExtrasTracker> extras_;  // null: nothing is asked for
  const bool measures_truly_;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_TCP_TRACKER_H_
