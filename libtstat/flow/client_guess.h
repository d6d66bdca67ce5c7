// SPDX-License-Identifier: BSD-3-Clause
//
// Who is the server of a TCP connection whose SYN was not captured, by the first segments that
// were.
#ifndef TSTAT_FLOW_CLIENT_GUESS_H_
#define TSTAT_FLOW_CLIENT_GUESS_H_

#include <optional>

#include "decode/datagram.h"

namespace tstat::internal {

// The sender of the segment is the server: it answers a SYN; else, if its payload begins a message
// of TLS or HTTP that says so; else, if its port is the lower one. Of two equal ports the first
// sender's is the client's.
bool IsSentByServer(const Datagram& d, const TcpHeader& h);

// The same as far as the segment itself tells: by its SYN or its payload. Nothing: it does not.
std::optional<bool> SaysServer(const Datagram& d, const TcpHeader& h);

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_CLIENT_GUESS_H_
