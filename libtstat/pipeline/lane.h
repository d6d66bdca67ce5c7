// SPDX-License-Identifier: BSD-3-Clause
//
// Measures the flows that are given to it, from their Steps: trackers and layer 7. Lanes share
// nothing, so that any number of them measures the same.
//
//   Lane lane(options, wants, &events, histograms);
//   FlowTable table(options, &names, &lane);          // with one lane, which is its StepSink
#ifndef TSTAT_PIPELINE_LANE_H_
#define TSTAT_PIPELINE_LANE_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>

#include "flow/lane_slab.h"
#include "flow/step_sink.h"
#include "histogram/observer.h"
#include "histogram/recorder.h"
#include "l7/tcp/layer7.h"
#include "pipeline/flow_packets.h"
#include "pipeline/histograms.h"
#include "tcp/tcp_periodic.h"
#include "tcp/tcp_tracker.h"
#include "tstat/event_sink.h"
#include "tstat/options.h"
#include "tstat/statistics.h"
#include "udp/udp_periodic.h"
#include "udp/udp_tracker.h"

namespace tstat::internal {

// Which of the lanes one is.
struct LanePlace {
  LaneSplit split = LaneSplit();
  uint32_t number = 0;
  // Of a lane on a thread of its own, or one of several: who keeps the order of what has one. Null:
  // it runs in the order of all packets.
  OrderedFeed* feed = nullptr;
  // It counts where the front does.
  bool is_only() const { return split.lanes() == 1 && feed == nullptr; }
};

class Lane final : public StepSink {
 public:
  // `out` receives the events of `wants` only; it and `histograms` (null: none) must outlive the
  // lane. What nobody wants is not measured. The only lane counts where the front does; one of
  // several has a recorder of its own.
  Lane(const AnalyzerOptions& options, EventMask wants, EventSink* out, Histograms* histograms,
       const LanePlace& place = {});

  void OnTcpOpen(const OpenStep& step) override {
    open_flows_.OnTcpOpen(step);
    if (!measures_tcp_) return;
    if (tcp_periodic_) tcp_periodic_->OnOpen(step);
    tcp_.OnOpen(step);
  }
  void OnTcpTurn(const OpenStep& step) override {
    if (!measures_tcp_) return;
    if (tcp_periodic_) tcp_periodic_->OnTurn(step);
    tcp_.OnTurn(step);
  }
  void OnTcpSegment(const TcpSegmentStep& step) override {
    if (only_measures_tcp_) [[likely]] {
      tcp_.OnSegment(step);
      return;
    }
    if (measures_tcp_) MeasureAndReport(step);
  }
  void OnTcpClose(const CloseStep& step) override;
  void OnUdpOpen(const OpenStep& step) override {
    const bool is_counted = !step.tunnel.is_outer;
    open_flows_.OnUdpOpen(step);
    if (!measures_udp_) return;
    if (udp_periodic_ && is_counted) udp_periodic_->OnOpen(step);
    udp_.OnOpen(step);
  }
  void OnUdpDatagram(const UdpDatagramStep& step) override {
    if (only_measures_udp_) [[likely]] {
      udp_.OnDatagram(step);
      return;
    }
    if (measures_udp_) MeasureAndReport(step);
  }
  void OnUdpClose(const CloseStep& step) override;
  void OnUdpAnnounced(const AnnouncedStep& step) override {
    if (measures_udp_) udp_.OnAnnounced(step);
  }

  // Packets of both protocols come in a random order: as many lines of either, without a branch.
  void Prefetch(bool is_tcp, FlowIndex flow) override {
    static_assert(TcpTracker::kStateBytes >= UdpTracker::kStateBytes);
    const char* state = is_tcp ? tcp_.StateForPrefetch(flow) : udp_.StateForPrefetch(flow);
    const size_t last = (is_tcp ? TcpTracker::kStateBytes : UdpTracker::kStateBytes) - 1;
    for (size_t at = 0; at < TcpTracker::kStateBytes; at += 64) {
      __builtin_prefetch(state + std::min(at, last), 1);
    }
    __builtin_prefetch(state + last, 1);
  }
  void PrefetchTcpClose(FlowIndex flow) override {
    if (measures_tcp_) tcp_.PrefetchForClose(flow);
  }
  void PrefetchApplication(FlowIndex udp_flow) const {
    if (measures_udp_) udp_.PrefetchApplication(udp_flow);
  }
  // What the state of an open flow points to. For a lane that runs on the thread of the front.
  template <bool kAsTstat>
  void PrefetchTcpAttached(FlowIndex flow, Direction sender) const {
    tcp_.PrefetchAttached<kAsTstat>(flow, sender);
  }

  void PrefetchStream(FlowIndex tcp_flow, Direction sender) const {
    tcp_.PrefetchStream(tcp_flow, sender);
  }

  // Of flows that end from now on; null: none.
  void SetLabels(const std::shared_ptr<const LabelRules>& rules) {
    tcp_.SetLabels(rules);
    udp_.SetLabels(rules);
  }

  // What this lane counted by itself, to be absorbed; null: nothing.
  HistogramRecorder* partial() { return partial_.has_value() ? &*partial_ : nullptr; }

  bool measures_tcp() const { return measures_tcp_; }
  bool measures_udp() const { return measures_udp_; }
  // Adds this lane's figures.
  void AddTo(Statistics* statistics) const;
  size_t memory_bytes() const;

 private:
  // `needs`: of `histograms`.
  Lane(const AnalyzerOptions& options, EventMask wants, EventSink* out, Histograms* histograms,
       const HistogramNeeds& needs, const LanePlace& place);

  // What is reported while flows are open.
  void MeasureAndReport(const TcpSegmentStep& step);
  void MeasureAndReport(const UdpDatagramStep& step);

  bool measures_tcp_, measures_udp_;
  bool only_measures_tcp_, only_measures_udp_;  // and reports no periods or packets
  std::optional<HistogramRecorder> partial_;
  std::optional<HistogramObserver> observer_;
  TcpLayer7Tracker layer7_;
  TcpTracker tcp_;
  UdpTracker udp_;
  std::optional<TcpPeriodicReporter> tcp_periodic_;  // [3.3]
  std::optional<UdpPeriodicReporter> udp_periodic_;  // [3.3]
  std::optional<FlowPacketReporter> packets_;
  OpenFlowCounter open_flows_;
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_LANE_H_
