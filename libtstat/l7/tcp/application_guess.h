// SPDX-License-Identifier: BSD-3-Clause
//
// Which application a TCP flow is, of all that is known when a record of it is due
// (CompatProfile::modern_layer7): the signatures of streams, else what Tstat's classifier found,
// else the server's port, else a name of the server.
#ifndef TSTAT_L7_TCP_APPLICATION_GUESS_H_
#define TSTAT_L7_TCP_APPLICATION_GUESS_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "tstat/application.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {

// Completes `application` and `evidence`.
void CompleteApplication(TcpFlow* record);

// What a port of a TCP server is registered for; kUnknown: nothing in the list.
Application ApplicationOfTcpPort(uint16_t port);
// What TLS on that port is known to carry.
Application ApplicationInTls(uint16_t port);
// What a host serves by its name: "imap.example.test"; kUnknown: the name does not say.
Application ApplicationOfName(std::string_view name);

}  // namespace tstat::internal

#endif  // TSTAT_L7_TCP_APPLICATION_GUESS_H_
