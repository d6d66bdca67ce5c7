// SPDX-License-Identifier: BSD-3-Clause
//
// Measures UDP flows from their Steps: counters, times and TTLs of each direction, and asks layer 7
// and the multimedia trackers what they carry.
//
//   UdpTracker tracker({profile, globals, wants}, &sink);
//   tracker.OnOpen(step); tracker.OnDatagram(step); ... tracker.OnClose(step);
//   // -> sink.OnUdpFlow, sink.OnMediaFlow, sink.OnSkypeFlow
#ifndef TSTAT_UDP_UDP_TRACKER_H_
#define TSTAT_UDP_UDP_TRACKER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "flow/community_id.h"
#include "flow/extras_options.h"
#include "flow/observer.h"
#include "flow/slab.h"
#include "flow/step.h"
#include "l7/extras_tracker.h"
#include "l7/skype/skype_udp.h"
#include "l7/udp/application_tracker.h"
#include "l7/udp/behaviour.h"
#include "l7/udp/classifier.h"
#include "l7/udp/payload.h"
#include "l7/udp/quic.h"
#include "names/dns_log.h"
#include "names/dns_transactions.h"
#include "rtp/media_tracker.h"
#include "rtp/rtp_plus_tracker.h"
#include "tstat/event_sink.h"
#include "tstat/options.h"
#include "tstat/skype.h"
#include "tstat/statistics.h"
#include "tstat/udp_flow.h"

namespace tstat::inline v1 {
struct UdpFlowMoment;
}

namespace tstat::internal {

struct UdpTrackerOptions {
  CompatProfile profile;
  Globals globals;
  EventMask wants;                                            // of all sinks together
  bool stop_at_truncated_reports = false;                     // as in AnalyzerOptions
  std::shared_ptr<const SkypeModels> skype_models = nullptr;  // null: no Skype (-B)
  ExtrasOptions extras = {};
  size_t media_streams = SIZE_MAX;  // at most, with profile.rtp_plus
};

class UdpTracker {
 public:
  // `out` must outlive the tracker; it receives the events of `options.wants` only. `observer` may
  // be null.
  UdpTracker(const UdpTrackerOptions& options, EventSink* out, Observer* observer = nullptr);
  UdpTracker(const UdpTracker&) = delete;
  UdpTracker& operator=(const UdpTracker&) = delete;

  void OnOpen(const OpenStep& step);
  void OnDatagram(const UdpDatagramStep& step);
  // Of the flow whose CloseStep comes next.
  void OnAnnounced(const AnnouncedStep& step) {
    if (classifies_) announced_ = step.media;
  }
  void OnClose(const CloseStep& step);
  void SetLabels(std::shared_ptr<const LabelRules> rules) {
    ExtrasTracker::SetLabels(std::move(rules), &extras_);
  }
  // Where the state of an open flow lies, so that it can be fetched into the cache: without the
  // endpoints.
  const char* StateForPrefetch(FlowIndex flow) const {
    return reinterpret_cast<const char*>(&flows_[flow]);
  }
  static constexpr size_t kStateBytes = 144;
  // And what stands beside it, not in Tstat's profiles.
  void PrefetchApplication(FlowIndex flow) const {
    if (applications_ != nullptr) __builtin_prefetch(&application_flows_[flow], 1);
  }

  // What is known of an open flow, for who reports its packets. What packets look like (`may_be_`)
  // is left as it is in `out` when it is not known any more.
  void Describe(FlowIndex index, UdpFlowMoment* out) const;
  const Endpoints& endpoints(FlowIndex index) const { return flows_[index].endpoints; }
  uint64_t flow_number(FlowIndex index) const { return flows_[index].number; }

  // RTP and RTCP flows. They are known when somebody wants to know the types of UDP flows.
  void AddTo(Statistics* statistics) const;
  // With profile.rtp_plus.
  TableUse media_use() const {
    const size_t most = options_.media_streams;
    return {.name = "media_streams",
            .used = media_plus_.streams(),
            .limit = most == SIZE_MAX ? 0 : most,
            .evicted = media_plus_.floods()};
  }

  size_t memory_bytes() const;

 private:
  struct Side {
    Timestamp first, last;
    int64_t data_bytes = 0;
    uint64_t packets = 0;
    uint64_t ttl_sum = 0;
    MediaState media;  // with the direction's type
    uint8_t ttl_min = 0, ttl_max = 0;
  };
  struct alignas(64) Flow {
    std::array<Side, 2> side;
    UdpBehaviour behaviour;
    Endpoints endpoints;
    uint64_t number = 0;
  };
  static_assert(offsetof(Flow, endpoints) <= kStateBytes);
  // Of flows that were reported while they were open.
  struct Reported {
    std::array<uint64_t, 2> packets{};    // in records before
    std::array<bool, 2> awaits_packet{};  // since
  };

  // The flow goes on.
  void ReportPeriod(const CloseStep& step);
  void BeginPeriod(const UdpDatagramStep& step, Side& side);
  static void Count(const UdpDatagramStep& step, Side& side);
  void Classify(const UdpDatagramStep& step, Flow& flow);
  // With profile.modern_layer7. True: nothing else is to look at the datagram.
  bool Recognise(const UdpDatagramStep& step, const UdpPayload& p, Flow& flow);
  void TakeVerdict(UdpApplicationTracker::Verdict verdict, Side& side, Flow& flow);
  void LogDns(const UdpDatagramStep& step, Flow& flow);
  bool LogDnsTruly(const UdpDatagramStep& step, const Flow& flow);
  void SetBothTypes(UdpType type, Flow& flow);
  void SetType(UdpType type, Side& side);
  void TrackMedia(const UdpDatagramStep& step, const UdpPayload& p, Flow& flow);
  UdpType Behave(const UdpDatagramStep& step, const UdpPayload& p, Flow& flow);
  bool HasReportsOnly(FlowIndex index) const;
  bool IsMedia(const UdpFlow& record) const;
  void FinishMedia(FlowIndex index, MediaFlow* media);
  // The Skype part of the chain.
  void InspectSkype(const UdpDatagramStep& step, const UdpPayload& p);
  void JudgeSkype(FlowIndex index, OrderKey step_order, UdpFlow* record);
  UdpType LoggedType(FlowIndex index, Direction sender) const;
  int Layer7Index(FlowIndex index, Direction sender) const;
  void Export(FlowIndex index, Direction sender, UdpDirection* out) const;
  UdpFlow MakeRecord(FlowIndex index, OrderKey order) const;
  void Report(const CloseStep& step);
  void FillInClose(const CloseStep& step, UdpFlow* record);

  UdpTrackerOptions options_;
  bool classifies_;    // somebody wants to know
  bool may_log_dns_;   // somebody wants it, or may come to
  bool replaces_old_;  // types are those of profile.modern_layer7
  EventSink* out_;
  Observer* observer_;
  UdpClassifier classifier_;
  UdpBehaviourTracker behaviour_;
  QuicTracker quic_;
  MediaTracker media_;
  RtpPlusTracker media_plus_;  // with profile.rtp_plus, in its place
  SkypeUdpTracker skype_;
  DnsLog dns_;
  std::unique_ptr<UdpApplicationTracker> applications_;  // with profile.modern_layer7, else null
  StableArray<Flow> flows_;
  ChunkedArray<Tunnel> tunnels_;  // of the same flows, with profile.reads_every_header
  ChunkedArray<UdpApplicationTracker::Flow> application_flows_;  // of the same flows, likewise
  Slab<DnsTransactions, 6> transactions_;                        // of those with a log of DNS
  ChunkedArray<uint32_t> quic_states_;        // of the same flows, with profile.quic_ietf only
  ChunkedArray<SkypeUdpState> skype_states_;  // of the same flows, with models only
  // Never gone through: no output depends on the order.
  absl::flat_hash_map<FlowIndex, Reported> reported_;
  CommunityIds community_ids_;
  std::unique_ptr<ExtrasTracker> extras_;            // null: nothing is asked for
  std::shared_ptr<const AnnouncedMedia> announced_;  // of the flow that is about to close
  bool has_special_flows_;  // there may be tunnels' own, reported ones, or extras
};

}  // namespace tstat::internal

#endif  // TSTAT_UDP_UDP_TRACKER_H_
