// SPDX-License-Identifier: BSD-3-Clause
//
// What a flow was wrapped in, or what it wraps (CompatProfile::reads_every_header).
#ifndef TSTAT_TUNNEL_H_
#define TSTAT_TUNNEL_H_

#include <cstdint>

#include "tstat/export.h"

namespace tstat::inline v1 {

enum class TunnelKind : uint8_t {
  kNone,
  kIpip,      // IPv4 in IPv4 (RFC 2003)
  k6in4,      // IPv6 in IPv4 (RFC 4213)
  k4in6,      // IPv4 in IPv6 (RFC 2473)
  k6in6,      // IPv6 in IPv6 (RFC 2473)
  kGre,       // RFC 2784, 2890; the key
  kNvgre,     // RFC 7637; the virtual subnet
  kErspan,    // a switch's mirror port in GRE; the session
  kPptp,      // PPP in GRE version 1 (RFC 2637); the call
  kEtherIp,   // RFC 3378
  kMplsInIp,  // RFC 4023, 7510; the top label
  kL2tp,      // version 2 (RFC 2661): tunnel * 65536 + session
  kL2tpv3,    // RFC 3931; the session
  kVxlan,     // RFC 7348, and the generic protocol extension; the network
  kGeneve,    // RFC 8926; the network
  kGtpu,      // 3GPP TS 29.281; the tunnel endpoint
  kTeredo,    // RFC 4380
  kGue,       // generic UDP encapsulation
  kLisp,      // RFC 9300; the instance, if there is one
  kTzsp,      // sniffers' streaming protocol
};

// Of a flow: its innermost tunnel. Of the flow that the tunnel's own datagrams form: what it is.
struct Tunnel {
  TunnelKind kind = TunnelKind::kNone;
  bool is_outer = false;  // the flow of the tunnel's datagrams, not one of those inside
  bool has_id = false;
  uint32_t id = 0;  // VNI, TEID, key, session ... of the first packet

  // As in logs: "vxlan", "gtpu" ..., "outer"; empty: in no tunnel.
  [[nodiscard]] TSTAT_EXPORT const char* name() const;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_TUNNEL_H_
