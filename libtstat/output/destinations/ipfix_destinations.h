// SPDX-License-Identifier: BSD-3-Clause
//
// Collectors of IPFIX (RFC 7011, 10), over TCP and over UDP. Batches are messages, their header the
// templates. Neither way has an answer: what is known of a batch's fate is less than of other
// destinations.
//
// TCP. A batch is delivered when the other system has acknowledged all of it; its program may not
// have read it yet. When the connection then breaks, other than by an orderly end, what may have
// been in that system's buffers (the last kMostInDoubt bytes) is sent again on the next connection.
//
// UDP. A batch is delivered when it was sent. While the other side is known to be away (no route,
// no such port), batches wait; the message before the one that was refused is sent again. Templates
// come at the begin of a session, each `refresh`, and after an error.
#ifndef TSTAT_OUTPUT_DESTINATIONS_IPFIX_DESTINATIONS_H_
#define TSTAT_OUTPUT_DESTINATIONS_IPFIX_DESTINATIONS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "output/destinations/destination.h"

namespace tstat::internal {

struct IpfixAddress {
  std::string name;  // "tcp://[::1]:4739": for messages
  std::string host;  // a name, or an address without brackets
  uint16_t port = 0;
};

struct IpfixTcpOptions {
  IpfixAddress address;
  std::chrono::seconds timeout{30};  // without a byte taken
  std::chrono::seconds connect_timeout{10};
};
// As much as a receiver's buffers have by default (Linux: tcp_rmem), and more.
inline constexpr size_t kMostInDoubt = size_t{8} << 20;
std::unique_ptr<Destination> MakeIpfixTcpDestination(IpfixTcpOptions options);

struct IpfixUdpOptions {
  IpfixAddress address;
  std::chrono::seconds refresh{60};   // of templates
  uint64_t mtu = 1500;                // of the path: larger messages are refused
  uint64_t rate = uint64_t{8} << 20;  // bytes a second at most: a receiver's buffer is small
};
std::unique_ptr<Destination> MakeIpfixUdpDestination(IpfixUdpOptions options);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_IPFIX_DESTINATIONS_H_
