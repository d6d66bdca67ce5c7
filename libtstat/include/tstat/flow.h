// SPDX-License-Identifier: BSD-3-Clause
//
// What TCP and UDP flows have in common: endpoints, directions, order of records.
#ifndef TSTAT_FLOW_H_
#define TSTAT_FLOW_H_

#include <compare>
#include <cstdint>
#include <memory>
#include <string>

#include "tstat/ip_address.h"
#include "tstat/time.h"

namespace tstat::inline v1 {

// The client is the sender of the flow's first packet.
enum class Direction : uint8_t { kClientToServer = 0, kServerToClient = 1 };
[[nodiscard]] constexpr Direction Opposite(Direction d) {
  return d == Direction::kClientToServer ? Direction::kServerToClient : Direction::kClientToServer;
}
[[nodiscard]] constexpr int Index(Direction d) { return static_cast<int>(d); }

// Total order of everything that comes out of an analysis: the number of the packet that caused it
// (1 = the first of the run), then the position among what that packet caused. No two events of a
// run have the same; sorted by it they are in the order in which they were told.
struct OrderKey {
  uint64_t packet = 0;
  uint64_t sub = 0;
  friend constexpr auto operator<=>(const OrderKey&, const OrderKey&) = default;
};

// One end of a flow. The flags are those of the flow's first packet.
struct Endpoint {
  IpAddress address;
  uint16_t port = 0;
  bool internal = true;    // in the networks of -N / the MACs of -M
  bool cloud = false;      // in the networks of -C
  bool encrypted = false;  // in -Y and not in -W: the address is printed anonymised
};

// A name that the client resolved before it opened the flow (DN-Hunter).
struct DnsResolution {
  OrderKey order;            // of the answer
  uint64_t flow_number = 0;  // of the answer's UDP flow
  std::string name;
  IpAddress resolver;
  Timestamp request_time, response_time;
  bool resolver_encrypted = false;  // the resolver is in -Y and not in -W (printed by 3.3 only)
};

struct Endpoints {
  Endpoint client, server;
  std::shared_ptr<const DnsResolution> resolution;  // null: no name known

  [[nodiscard]] const Endpoint& of(Direction sender) const {
    return sender == Direction::kClientToServer ? client : server;
  }
  // Neither end is internal: the flow is measured but never reported.
  [[nodiscard]] bool external_only() const { return !client.internal && !server.internal; }
};

enum class FlowProtocol : uint8_t { kTcp, kUdp };

// A flow that begins, for AnalyzerOptions::flow_filter.
struct NewFlow {
  FlowProtocol protocol = FlowProtocol::kTcp;
  Timestamp time;  // of the first packet
  const Endpoints& endpoints;
};

// A flow that is open (Analyzer::ForEachLiveFlow).
struct LiveFlow {
  FlowProtocol protocol = FlowProtocol::kTcp;
  uint64_t flow_number = 0;  // as in TcpFlow and UdpFlow
  IpAddress client, server;
  uint16_t client_port = 0, server_port = 0;
  Timestamp first, last;  // duplicates included
  uint64_t packets = 0;   // counted ones
};

// What a capture lacks of a flow: bits of TcpFlow::partial.
namespace flow_part {
inline constexpr uint8_t kBeginning = 1,  // no SYN of the client
    kClient = 2,                          // all that the client sent
    kServer = 4;                          // all that the server sent, which the client acknowledged
}  // namespace flow_part

// What a connection's handshake says of congestion notification, and of several paths.
namespace ecn_use {
inline constexpr uint8_t kNone = 0, kAsked = 1, kAgreed = 2;
}  // namespace ecn_use
namespace mptcp_use {
inline constexpr uint8_t kNone = 0, kOffered = 1, kAgreed = 2, kJoinOffered = 3, kJoined = 4;
}  // namespace mptcp_use

// What headers tell of a flow beside its addresses and lengths, with
// CompatProfile::flows_follow_connections.
struct FlowMarks {
  uint16_t vlan = 0;                     // the innermost tag of its first packet; 0: none
  uint16_t icmp_errors = 0;              // that quote a packet of the flow; 65535: as many or more
  std::array<uint32_t, 2> congestion{};  // packets marked CE (RFC 3168), by Index(Direction)
  uint8_t ecn = ecn_use::kNone;          // of TCP
  uint8_t mptcp = mptcp_use::kNone;      // of TCP
  bool asked_accurate_ecn = false;       // the client's SYN, of RFC 9768
};
// A flow's Community ID, version 1: 30 characters; empty: it was not made.
using CommunityIdText = std::array<char, 30>;

// Why a flow ended (UDP flows know kIdle, kEndOfTrace, kEvicted and kActiveTimeout).
enum class CloseCause : uint8_t {
  kHalfDuplex,    // client payload before any SYN of the server
  kReset,         // the first RST
  kFinished,      // both FINs acknowledged
  kIdle,          // closed by the collector
  kExpiredAtEnd,  // end of trace; the collector's rule held
  kEndOfTrace,    // end of trace, still active
  kEvicted,       // the table was full (only with a limit on memory)
  // With CompatProfile::flows_follow_connections:
  kNewConnection,  // a SYN with another initial number began one on the same ports
  kActiveTimeout,  // none: the row is of one period, the flow goes on in the next
};

}  // namespace tstat::inline v1

#endif  // TSTAT_FLOW_H_
