// SPDX-License-Identifier: BSD-3-Clause
#include "flow/flow_shard.h"

namespace tstat::internal {

PacketCounts& PacketCounts::operator+=(const PacketCounts& other) {
  tcp_packets += other.tcp_packets;
  tcp_tracked += other.tcp_tracked;
  tcp_trash += other.tcp_trash;
  udp_packets += other.udp_packets;
  compared += other.compared;
  tcp_without_syn += other.tcp_without_syn;
  tcp_without_slot += other.tcp_without_slot;
  duplicates += other.duplicates;
  return *this;
}

void FlowShard::Clear() {
  counts = {};
  events.clear();
  opened.clear();
  segments.clear();
  datagrams.clear();
  dns.clear();
  closes.clear();
  tcp_set_aside.clear();
  udp_set_aside.clear();
  placed_tcp = placed_udp = 0;
  next = 0;
}

}  // namespace tstat::internal
