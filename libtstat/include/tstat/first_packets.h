// SPDX-License-Identifier: BSD-3-Clause
//
// The first packets with payload of a flow, in both directions (AnalyzerOptions::first_packets):
// what classifiers learn from.
//
//   for (const FirstPacket& packet : flow.extras->first_packets.packets) {
//     const double bytes = packet.bytes;
//     features.push_back(packet.sender == Direction::kClientToServer ? bytes : -bytes);
//   }
#ifndef TSTAT_FIRST_PACKETS_H_
#define TSTAT_FIRST_PACKETS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tstat/flow.h"

namespace tstat::inline v1 {

struct FirstPacket {
  int64_t time_ns = 0;  // since the first packet of the record
  uint32_t bytes = 0;   // payload of TCP or UDP, by its header, not by what was captured
  Direction sender = Direction::kClientToServer;
};

// In the order in which they came, packets sent again included. Copies, which the capture made, are
// not among them. A flow that is reported while it is open begins anew with each record.
struct FirstPackets {
  std::vector<FirstPacket> packets;
  // The same as the columns have it: lists with commas between; empty: no packet.
  std::string sizes;       // "517,1448": bytes
  std::string directions;  // "1,-1": from the client, from the server
  std::string times;       // "0.1,12.354": milliseconds
};

}  // namespace tstat::inline v1

#endif  // TSTAT_FIRST_PACKETS_H_
