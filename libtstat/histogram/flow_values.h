// SPDX-License-Identifier: BSD-3-Clause
//
// What flows that ended add to histograms, for the table of definitions
// (HistogramDefinition::of_tcp, of_udp).
#ifndef TSTAT_HISTOGRAM_FLOW_VALUES_H_
#define TSTAT_HISTOGRAM_FLOW_VALUES_H_

#include <algorithm>
#include <cstdint>
#include <optional>

#include "tstat/flow.h"
#include "tstat/tcp_flow.h"
#include "tstat/time.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {

// 1 both sides sent an option, 2 the client, 3 the server, 4 none.
template <bool TcpDirection::*kSent>
std::optional<double> BothOrOne(const TcpFlow& flow, Direction) {
  if (flow.client.*kSent) return flow.server.*kSent ? 1 : 2;
  return flow.server.*kSent ? 3 : 4;
}

// Above 32767 they are negative, and then large (a quirk of the format).
inline uint32_t UnsignedMss(const TcpDirection& d) {
  return static_cast<uint32_t>(static_cast<int32_t>(static_cast<int16_t>(d.mss)));
}
inline std::optional<double> ClientMss(const TcpFlow& flow, Direction) {
  return UnsignedMss(flow.client);
}
inline std::optional<double> ServerMss(const TcpFlow& flow, Direction) {
  return UnsignedMss(flow.server);
}
inline std::optional<double> UsedMss(const TcpFlow& flow, Direction) {
  constexpr uint32_t kDefaultMss = 536;
  const uint32_t client = UnsignedMss(flow.client), server = UnsignedMss(flow.server);
  return client == 0 || server == 0 ? kDefaultMss : std::min(client, server);
}

inline std::optional<double> PacketsSent(const TcpFlow& flow, Direction sender) {
  return static_cast<double>(flow.of(sender).packets);
}

template <typename Flow>
std::optional<double> Milliseconds(const Flow& flow, Direction) {
  return ElapsedMicroseconds(flow.first, flow.last) / 1000;
}

}  // namespace tstat::internal

#endif  // TSTAT_HISTOGRAM_FLOW_VALUES_H_
