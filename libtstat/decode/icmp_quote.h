// SPDX-License-Identifier: BSD-3-Clause
//
// The packet that an ICMP error quotes (RFC 792; RFC 4443, 2.4 c).
//
//   if (const auto quoted = QuotedDatagram(icmp)) Show(quoted->source, quoted->source_port);
#ifndef TSTAT_DECODE_ICMP_QUOTE_H_
#define TSTAT_DECODE_ICMP_QUOTE_H_

#include <optional>

#include "decode/datagram.h"

namespace tstat::internal {

// Of the quoted packet the addresses, the ports, the transport (TCP or UDP) and its flow space are
// set, if there is one and its ports are there. `icmp`: an IP packet that is no TCP or UDP.
std::optional<Datagram> QuotedDatagram(const Datagram& icmp);

}  // namespace tstat::internal

#endif  // TSTAT_DECODE_ICMP_QUOTE_H_
