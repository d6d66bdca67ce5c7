// SPDX-License-Identifier: BSD-3-Clause
//
// Which application one datagram shows, by what its standard says of every message
// (CompatProfile::modern_layer7). Total functions. What takes several datagrams to tell (QUIC,
// DTLS, RTP, OpenVPN) is in application_tracker.h.
//
//   const UdpMessage message{payload, size, source_port, destination_port};
//   Application found = RecogniseUdp(message);
#ifndef TSTAT_L7_UDP_APPLICATIONS_H_
#define TSTAT_L7_UDP_APPLICATIONS_H_

#include <cstddef>
#include <cstdint>

#include "decode/byte_reader.h"
#include "tstat/application.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {

struct UdpMessage {
  ByteReader bytes;  // captured payload
  size_t size = 0;   // of the payload, as sent
  uint16_t source_port = 0, destination_port = 0;

  bool HasPort(uint16_t port) const { return source_port == port || destination_port == port; }
};

// kUnknown: none of those that one datagram shows.
Application RecogniseUdp(const UdpMessage& m);

// A compound packet of RTCP (RFC 3550, 6.1), captured as a whole: a report, then others that fill
// the datagram, and in one of them who sends it. The same ports may have RTP.
bool IsRtcpCompound(const UdpMessage& m);

// That is registered for the port of a server; kUnknown: none that is known here.
Application UdpApplicationOfPort(uint16_t port);

// Both ways between the two lists, as far as they have the same; kUnknown: not.
Application ApplicationOf(UdpType type);
UdpType UdpTypeOf(Application application);

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_APPLICATIONS_H_
