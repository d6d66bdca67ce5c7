// SPDX-License-Identifier: BSD-3-Clause
//
// Layer 7 of TCP: what the TCP tracker calls. Segments of one flow go in, in capture
// order; the flow's classification comes out in its record, with TLS, HTTP, chat and video events
// on the way.
//
//   TcpLayer7Tracker layer7({profile, globals, strict_privacy, wants}, &sink);
//   TcpLayer7Flow* state = nullptr;                  // one for each flow
//   layer7.OnSegment(input, state);                  // every counted segment, pure ACKs too
//   layer7.OnFlowClosing(step, endpoints, state, &record);   // before the record is emitted
//   sink.OnTcpFlow(record);
//   layer7.OnFlowClosed(step, record, state);        // after it; frees the state
//
// `state` stays nullptr until the first segment with payload. The tracker owns it: OnFlowClosed
// must be called exactly once for each flow and sets it to nullptr again.
//
// Order for each segment: Skype and streams, P2P signatures, side detectors, state machine, video,
// HTTP, and the RTMP size check, which sees every segment.
#ifndef TSTAT_L7_TCP_LAYER7_H_
#define TSTAT_L7_TCP_LAYER7_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "flow/observer.h"
#include "flow/slab.h"
#include "flow/step.h"
#include "l7/http/growing_text.h"
#include "l7/skype/skype_tcp.h"
#include "l7/stream/stream_tracker.h"
#include "l7/tcp/application_trackers.h"
#include "l7/tcp/state_machine.h"
#include "l7/tcp_layer7_flow.h"
#include "l7/tcp_layer7_input.h"
#include "tstat/event_sink.h"
#include "tstat/options.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {

struct TcpLayer7Options {
  CompatProfile profile;
  Globals globals;
  bool strict_privacy = false;
  EventMask wants;                                            // of all sinks together
  std::shared_ptr<const SkypeModels> skype_models = nullptr;  // null: no Skype (-B)
  size_t http_texts = TextBudget::kMost;                      // bytes
};

class TcpLayer7Tracker {
 public:
  // `out` must outlive the tracker; it receives the events of `options.wants` only; kHistograms
  // there: they need the video types of flows. `observer` is told of chats; null: nobody is.
  TcpLayer7Tracker(const TcpLayer7Options& options, EventSink* out, Observer* observer = nullptr);
  TcpLayer7Tracker(const TcpLayer7Tracker&) = delete;
  TcpLayer7Tracker& operator=(const TcpLayer7Tracker&) = delete;

  // One counted segment, after its transport measurements (for a RST: without messages).
  void OnSegment(const TcpLayer7Input& in, TcpLayer7Flow*& flow) {
    if (flow == nullptr) {
      if (!in.inspected()) return;
      flow = Attach();
    }
    if (in.inspected()) Inspect(in, *flow);
    if (flow->has(connection_type::kRtmp)) CheckSizes(in, *flow);
  }

  // After OnSegment.
  Layer7Need NeedAfter(const TcpLayer7Input& in, const TcpLayer7Flow& flow) const;
  // Whether OnSegment has to see a segment of a flow with that need.
  static bool Concerns(Layer7Need need, ByteReader payload, int32_t payload_length) {
    if (need == Layer7Need::kEverySegment) [[unlikely]]
      return true;
    if (payload.empty() || payload_length == 0) return false;
    return need == Layer7Need::kPayload || MayBeginHttp(payload.U8(0));
  }

  // The flow closes. `record` holds the transport part already (endpoints, times, both directions,
  // complete); its layer-7 fields are filled: `layer7`, and of both directions first_http ...
  // first_icy, last_handshake, first_app_data*, protocol_negotiation and tls_versions. Chat flows
  // are emitted here, before any other event of the close.
  void OnFlowClosing(const CloseStep& step, const Endpoints& endpoints, TcpLayer7Flow*& flow,
                     TcpFlow* record);

  // A record of the flow is due that goes on: as OnFlowClosing, without events. Requests and
  // responses are those since the record before.
  void OnFlowPeriod(TcpLayer7Flow* flow, TcpFlow* record);

  // After the record was emitted: video and multimedia events, then the state is released.
  void OnFlowClosed(const CloseStep& step, const TcpFlow& record, TcpLayer7Flow*& flow);

  // Index of the flow in the L7 histograms at this moment; 49: unknown.
  static int Layer7Index(const TcpLayer7Flow* flow);
  // Index of the flow in the video histograms at this moment; 0: no video. Known when a sink wants
  // histograms or video flows.
  static int VideoIndex(const TcpLayer7Flow* flow) {
    if (flow == nullptr || flow->video == nullptr || !flow->has(connection_type::kHttp)) return 0;
    return VideoHistogramIndex(flow->video->content_type, flow->video->payload_type);
  }

  // Closed flows that carried RTP.
  uint64_t tunneled_rtp_flows() const { return tunneled_rtp_flows_; }
  TextBudget texts() const {
    return streams_ == nullptr ? TextBudget{.used = 0, .most = 0} : streams_->texts();
  }
  StreamCounters stream_counters() const {
    return streams_ == nullptr ? StreamCounters() : streams_->counters();
  }

  size_t memory_bytes() const;

 private:
  // Whether InspectMore may still have to see segments of the flow.
  bool InspectsMore(const TcpLayer7Flow& flow) const {
    const bool streams_done = flow.stream_done[0] && flow.stream_done[1];
    return inspects_more_ && (options_.skype_models != nullptr || !streams_done);
  }
  // The first byte of HTTP, GET, POST, HEAD, PUT, PATCH, DELETE, OPTIONS.
  static constexpr bool MayBeginHttp(uint8_t byte) {
    return byte == 'G' || byte == 'H' || byte == 'P' || byte == 'D' || byte == 'O';
  }
  TcpLayer7Flow* Attach();
  void Inspect(const TcpLayer7Input& in, TcpLayer7Flow& flow);
  [[gnu::noinline]] void InspectMore(const TcpLayer7Input& in, TcpLayer7Flow& flow);
  void JudgeSkype(const CloseStep& step, TcpLayer7Flow& flow, TcpFlow* record);
  static void CheckSizes(const TcpLayer7Input& in, TcpLayer7Flow& flow);
  void CountHttp(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix);

  TcpLayer7Options options_;
  EventSink* out_;
  StableSlab<TcpLayer7Flow> flows_;
  ApplicationTrackers trackers_;
  TcpStateMachine machine_;
  SkypeTcpTracker skype_;
  std::unique_ptr<StreamTracker> streams_;  // null but with CompatProfile::modern_layer7
  bool inspects_more_;                      // there is one of the two
  uint64_t tunneled_rtp_flows_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_TCP_LAYER7_H_
