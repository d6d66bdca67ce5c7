// SPDX-License-Identifier: BSD-3-Clause
//
// The per-flow state machine of TCP classification, with its side detectors: one state a flow, one
// action for each inspected segment, and packet budgets after which a flow is given up. The
// protocols' own rules are in one file each, the first bytes that open them in openings.cc;
// here is only who is asked when.
#ifndef TSTAT_L7_TCP_STATE_MACHINE_H_
#define TSTAT_L7_TCP_STATE_MACHINE_H_

#include <cstddef>
#include <cstdint>

#include "flow/slab.h"
#include "l7/http/hostname.h"
#include "l7/tcp/application_trackers.h"
#include "l7/tcp_layer7_flow.h"
#include "l7/tcp_layer7_input.h"
#include "l7/tls/tls_tracker.h"
#include "tstat/event_sink.h"
#include "tstat/options.h"

namespace tstat::internal {

struct Opening;

class TcpStateMachine {
 public:
  TcpStateMachine(const CompatProfile& profile, const Globals& globals, EventMask wants,
                  EventSink* out, ApplicationTrackers* trackers);

  // One inspected segment. `prefix`: PayloadPrefix() of it.
  void OnSegment(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix) {
    if (flow.state != Layer7State::kIgnore) Step(in, flow, prefix);
  }

  // [3.3] Keeps the host name of a request's head, the first one of the flow.
  void SearchHostname(const TcpLayer7Input& in, TcpLayer7Flow& flow);

  // The flow closes: reports a TLS flow that was not reported yet.
  void OnFlowClosing(const CloseStep& step, const Endpoints& endpoints, TcpLayer7Flow& flow) {
    tls_.OnFlowClosing(step, endpoints, flow);
  }
  // Releases what was attached.
  void OnFlowClosed(TcpLayer7Flow& flow);

  size_t memory_bytes() const { return tls_.memory_bytes() + hostnames_.memory_bytes(); }

 private:
  // kReturn: the budget of all states and the handshake mark are skipped.
  enum class Outcome : uint8_t { kContinue, kReturn };

  void Step(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix);
  Outcome Act(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix);
  Outcome OnUnknown(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix);
  Outcome Open(const TcpLayer7Input& in, TcpLayer7Flow& flow, const Opening& opening);
  void OnFirstRequest(const TcpLayer7Input& in, TcpLayer7Flow& flow, HttpMethod method,
                      uint8_t code);
  void OnHttpCommand(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix);
  void OnHttpResponse(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix);
  void OnLaterRequest(const TcpLayer7Input& in, TcpLayer7Flow& flow, HttpMethod method);
  void OnMsnOpening(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix);
  // True if the segment is one of the server's MSN commands.
  bool OnMsnServer(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix, bool tunnel);
  void OnAwaitedAnswer(const TcpLayer7Input& in, TcpLayer7Flow& flow);
  void OnRtspResponse(const TcpLayer7Input& in, TcpLayer7Flow& flow);

  CompatProfile profile_;
  uint32_t entropy_sample_;
  double entropy_threshold_;
  TlsTracker tls_;
  ApplicationTrackers* trackers_;
  Slab<HostnameState, 6> hostnames_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_TCP_STATE_MACHINE_H_
