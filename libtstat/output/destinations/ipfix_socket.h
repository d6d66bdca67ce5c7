// SPDX-License-Identifier: BSD-3-Clause
//
// A socket that is connected to a host and port, for IPFIX.
#ifndef TSTAT_OUTPUT_DESTINATIONS_IPFIX_SOCKET_H_
#define TSTAT_OUTPUT_DESTINATIONS_IPFIX_SOCKET_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "config/descriptor.h"

namespace tstat::internal {

struct ConnectedSocket {
  std::unique_ptr<Descriptor> descriptor;
  bool is_v6 = false;
};
// `type`: SOCK_STREAM or SOCK_DGRAM. It does not block. Tries the addresses of the name in their
// order.
absl::StatusOr<ConnectedSocket> ConnectSocket(const std::string& host, uint16_t port, int type,
                                              std::chrono::nanoseconds timeout,
                                              const std::stop_token& stop);

// The error that waits on a socket (SO_ERROR), which is taken; 0: none.
int TakeSocketError(int descriptor);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_IPFIX_SOCKET_H_
