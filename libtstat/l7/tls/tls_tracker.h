// SPDX-License-Identifier: BSD-3-Clause
//
// The TLS part of a flow's life: from a client hello over the server's to the first
// application data. Keeps names and marks, and reports each flow once as a TlsHandshake.
#ifndef TSTAT_L7_TLS_TLS_TRACKER_H_
#define TSTAT_L7_TLS_TLS_TRACKER_H_

#include <cstddef>
#include <string_view>

#include "flow/slab.h"
#include "flow/step.h"
#include "l7/tcp_layer7_flow.h"
#include "l7/tcp_layer7_input.h"
#include "l7/tls/tls.h"
#include "l7/tls/tls_state.h"
#include "tstat/event_sink.h"
#include "tstat/options.h"

namespace tstat::internal {

class TlsTracker {
 public:
  TlsTracker(const CompatProfile& profile, EventMask wants, EventSink* out);

  // A client's segment of unknown protocol. True if it is a client hello: the state has changed.
  bool OnPossibleClientHello(const TcpLayer7Input& in, TcpLayer7Flow& flow);
  // States kTlsHandshake and kTlsData.
  void OnHandshake(const TcpLayer7Input& in, TcpLayer7Flow& flow);
  void OnData(const TcpLayer7Input& in, TcpLayer7Flow& flow);

  // Stores a server name, whatever protocol told it. An empty one changes nothing.
  void KeepServerName(TcpLayer7Flow& flow, std::string_view name);

  void OnFlowClosing(const CloseStep& step, const Endpoints& endpoints, TcpLayer7Flow& flow);
  void Release(TcpLayer7Flow& flow);

  size_t memory_bytes() const { return states_.memory_bytes() + fragments_.memory_bytes(); }

 private:
  TlsState& Attach(TcpLayer7Flow& flow);
  void TakeClientHello(const TlsClientHello& hello, TcpLayer7Flow& flow);
  void TakeServerHello(const TlsServerHello& hello, const TcpLayer7Input& in, TcpLayer7Flow& flow);
  void TakeVersions(const TlsHello& hello, Direction from, TcpLayer7Flow& flow);
  void BeginFragments(const TlsClientHello& hello, ByteReader payload, TcpLayer7Flow& flow);
  void AppendFragment(ByteReader payload, TcpLayer7Flow& flow);
  void Report(const TcpLayer7Flow& flow, const Endpoints& endpoints, uint64_t number,
              OrderKey order, Timestamp time);

  CompatProfile profile_;
  bool report_;
  EventSink* out_;
  Slab<TlsState, 6> states_;
  Slab<TlsFragments, 4> fragments_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_TLS_TLS_TRACKER_H_
