// SPDX-License-Identifier: BSD-3-Clause
//
// What UDP flows are, by the rules of docs/truth.md (CompatProfile::modern_layer7): one datagram
// after the other until it is known, and what the handshakes of QUIC and DTLS say.
//
//   UdpApplicationTracker applications;
//   UdpApplicationTracker::Flow flow;                              // one a flow
//   const auto verdict = applications.OnDatagram(step, payload, flow);
//   ...
//   applications.Fill(flow, /*is_last=*/true, /*with_quic=*/true, &record);   // each record
//   applications.Release(flow);                                    // at close
#ifndef TSTAT_L7_UDP_APPLICATION_TRACKER_H_
#define TSTAT_L7_UDP_APPLICATION_TRACKER_H_

#include <cstddef>
#include <cstdint>

#include "flow/step.h"
#include "l7/udp/applications.h"
#include "l7/udp/dtls_handshake.h"
#include "l7/udp/payload.h"
#include "l7/udp/quic_handshake.h"
#include "tstat/application.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {

class UdpApplicationTracker {
 public:
  // Datagrams of a flow, of both directions, that are looked at; those of a handshake.
  static constexpr uint8_t kMostDatagrams = 24, kMostOfHandshake = 80;

  struct Flow {
    static constexpr uint32_t kNone = UINT32_MAX;
    uint32_t quic = QuicHandshakeTracker::kNone, dtls = DtlsHandshakeTracker::kNone;
    uint32_t transactions = kNone;                    // of DNS: the owner's
    Application application = Application::kUnknown;  // by signature
    uint8_t datagrams = 0;
    UdpType guess = UdpType::kUnknown;  // of a signature that says little
    bool is_settled = false;            // nothing more is looked for
    bool has_stun = false, has_dtls = false, has_rtcp = false;
    uint64_t openvpn_session = 0;  // of the client, from its first datagram
  };
  struct Verdict {
    UdpType type = UdpType::kUnknown;  // what the datagram shows
    bool of_both = false;              // directions
  };

  Verdict OnDatagram(const UdpDatagramStep& step, const UdpPayload& p, Flow& flow) {
    if (flow.is_settled) return {};
    return Look(step, p, flow);
  }
  // Whether `type`, by one of Tstat's signatures, is believed: at once where the signature is of
  // several fields, else with a second datagram of the same kind.
  bool Confirms(UdpType type, const UdpPayload& p, Flow& flow) const;
  // No other classifier is to guess what such a flow is.
  static bool IsKnown(const Flow& flow) { return flow.application != Application::kUnknown; }

  // Application, evidence, and what handshakes said. REQUIRES: types, endpoints and `announced` of
  // `record` are set. `is_last`: the flow closes. `with_quic`: its details, too.
  void Fill(Flow& flow, bool is_last, bool with_quic, UdpFlow* record);
  void Release(Flow& flow);

  uint64_t given_up_hellos() const { return quic_.given_up() + dtls_.given_up(); }
  size_t memory_bytes() const { return quic_.memory_bytes() + dtls_.memory_bytes(); }

 private:
  Verdict Look(const UdpDatagramStep& step, const UdpPayload& p, Flow& flow);
  Verdict LookAtQuic(Direction sender, const UdpPayload& p, Flow& flow);
  Verdict LookAtDtls(Direction sender, const UdpPayload& p, Flow& flow);
  static bool LookAtOpenVpn(Direction sender, const UdpMessage& m, Flow& flow);

  QuicHandshakeTracker quic_;
  DtlsHandshakeTracker dtls_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_APPLICATION_TRACKER_H_
