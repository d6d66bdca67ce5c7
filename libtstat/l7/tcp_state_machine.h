// SPDX-License-Identifier: BSD-3-Clause
//
// The per-flow state machine of TCP classification, with its side detectors (spec 40, 3 and 4): one
// state a flow, one action for each inspected segment, and packet budgets after which a flow is
// given up. The protocols' own rules are in one file each; here is only who is asked when.
#ifndef TSTAT_L7_TCP_STATE_MACHINE_H_
#define TSTAT_L7_TCP_STATE_MACHINE_H_

#include <cstddef>
#include <cstdint>

#include "flow/slab.h"
#include "l7/application_engines.h"
#include "l7/http_hostname.h"
#include "l7/tcp_layer7_flow.h"
#include "l7/tcp_layer7_input.h"
#include "l7/tls_state.h"
#include "tstat/event_sink.h"
#include "tstat/options.h"

namespace tstat {

class TcpStateMachine {
 public:
  TcpStateMachine(const CompatProfile& profile, const Globals& globals, EventMask wants,
                  EventSink* out, ApplicationEngines* engines);

  // One inspected segment. `prefix`: its first four bytes as a big-endian number, 0 if fewer than
  // five were captured (so a four-byte prefix is only ever found with a byte behind it).
  void OnSegment(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix) {
    if (flow.state != Layer7State::kIgnore) Step(in, flow, prefix);
  }

  // [3.3] Keeps the host name of a request's head, the first one of the flow (spec 40, 13.7).
  void SearchHostname(const TcpLayer7Input& in, TcpLayer7Flow& flow);

  // Emits the TlsHandshake of a flow whose server never answered the client hello.
  void OnFlowClosing(const CloseStep& step, const Endpoints& endpoints, TcpLayer7Flow& flow);
  // Releases what was attached.
  void OnFlowClosed(TcpLayer7Flow& flow);

  size_t memory_bytes() const { return tls_.memory_bytes() + hostnames_.memory_bytes(); }

 private:
  enum class Outcome : uint8_t { kContinue, kReturn };  // kReturn: steps 7 and 8 are skipped

  void Step(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix);
  Outcome Act(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix);
  Outcome OnUnknown(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix);
  void OnHttpRequestOpening(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix);
  void OnHttpCommand(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix);
  void OnHttpResponse(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix);
  void OnLaterRequest(const TcpLayer7Input& in, TcpLayer7Flow& flow, HttpMethod method);
  void OnRtspResponse(const TcpLayer7Input& in, TcpLayer7Flow& flow);
  // True if `prefix` is one of the server commands of MSN.
  bool OnMsnServer(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix, bool tunnel);

  void OnUnlisted(const TcpLayer7Input& in, TcpLayer7Flow& flow);
  void OnClientHello(const TcpLayer7Input& in, TcpLayer7Flow& flow, bool sslv2);
  void OnSslHandshake(const TcpLayer7Input& in, TcpLayer7Flow& flow);
  void OnServerHello(const TcpLayer7Input& in, TcpLayer7Flow& flow);
  void OnSslData(const TcpLayer7Input& in, TcpLayer7Flow& flow);
  void OnFacebookZeroHello(const TcpLayer7Input& in, TcpLayer7Flow& flow);
  TlsState& AttachTls(TcpLayer7Flow& flow);
  void ReportTls(const TcpLayer7Flow& flow, const Endpoints& endpoints, OrderKey order,
                 Timestamp time, bool answered);

  CompatProfile profile_;
  uint32_t entropy_sample_;
  double entropy_threshold_;
  bool report_tls_;
  EventSink* out_;
  ApplicationEngines* engines_;
  Slab<TlsState, 6> tls_;
  Slab<HostnameState, 6> hostnames_;
};

}  // namespace tstat

#endif  // TSTAT_L7_TCP_STATE_MACHINE_H_
