// SPDX-License-Identifier: BSD-3-Clause
//
// What the table has room for: flows that make room for others, and what is told of it.
#include "flow/flow_table.h"

namespace tstat::internal {

template <typename Life>
EvictionOrder::State FlowTable::StateForEviction(const Table<Life>& table, uint32_t flow) const {
  const Life& life = table.lives[flow];
  return {.live = life.key.is_valid() && life.slot != SlotRing::kNoSlot,
          .singleton = life.singleton() || (follows_connections() && life.packets <= 1),
          .number = static_cast<uint32_t>(life.number()),
          .first = life.first,
          .last = life.last};
}

template <typename Life>
bool FlowTable::Evict(Table<Life>& table, Timestamp now) {
  if constexpr (std::is_same_v<Life, TcpLife>) {
    if (connections_ != nullptr && CloseFirstEnded(now)) return true;
  }
  const uint32_t flow = table.eviction.Next(
      [&](uint32_t f) { return StateForEviction(table, f); },
      [&](auto visit) {
        for (uint32_t slot = 0; slot < table.ring.used_end(); ++slot) {
          const uint32_t f = table.ring.owner(slot);
          if (f == SlotRing::kNoFlow) continue;
          visit(EvictionOrder::Entry{f, static_cast<uint32_t>(table.lives[f].number()),
                                     table.lives[f].last});
        }
      },
      table.lives.live());
  if (flow == EvictionOrder::kNone) return false;
  CloseStep close = MakeClose(table.lives[flow], flow, CloseCause::kEvicted, now);
  Close(table, flow, &close);
  ++table.evicted;
  return true;
}

// Without a limit on memory, what flows need is not known here.
template <typename Life>
TableUse FlowTable::UseOf(const char* name, const Table<Life>& table) {
  const bool has_limit = table.most_charged != MemoryPlan::kNoLimit;
  return {.name = name,
          .used = table.lives.live(),
          .limit = table.most_live != 0 ? table.most_live : table.ring.size(),
          .bytes = has_limit ? table.charged
                             : table.lives.memory_bytes() + table.index.memory_bytes() +
                                   table.ring.memory_bytes(),
          .most_bytes = has_limit ? table.most_charged : 0,
          .evicted = table.evicted + table.refused};
}

void FlowTable::AddTo(Statistics* s) const {
  s->tcp_packets += counts_.tcp_packets;
  s->udp_packets += counts_.udp_packets - outer_packets_;
  s->tcp_packets_tracked += counts_.tcp_tracked;
  s->tcp_trash_packets += counts_.tcp_trash;
  s->tcp_without_syn += counts_.tcp_without_syn;
  s->tcp_without_slot += counts_.tcp_without_slot;
  s->copied_packets += counts_.duplicates;
  s->tcp_flows += tcp_.created;
  s->udp_flows += udp_.created - outer_flows_;
  s->open_tcp_flows += tcp_.open;
  s->open_udp_flows += udp_.open - open_outer_flows_;
  s->evicted_flows += tcp_.evicted + udp_.evicted;
  s->refused_tcp_flows += tcp_.refused;
  s->refused_udp_flows += udp_.refused;
  s->search_iterations += counts_.compared;
  s->tables.push_back(UseOf("tcp_flows", tcp_));
  s->tables.push_back(UseOf("udp_flows", udp_));
  if (connections_ != nullptr) connections_->AddTo(s);
  s->last_tcp_slot = tcp_.ring.last_given();
}

size_t FlowTable::memory_bytes() const {
  return tcp_.lives.memory_bytes() + tcp_.index.memory_bytes() + tcp_.ring.memory_bytes() +
         udp_.lives.memory_bytes() + udp_.index.memory_bytes() + udp_.ring.memory_bytes() +
         tcp_.eviction.memory_bytes() + udp_.eviction.memory_bytes() +
         (connections_ != nullptr ? connections_->memory_bytes() : 0);
}

// What flow_table.cc and flow_table_connections.cc use.
template EvictionOrder::State FlowTable::StateForEviction(const Table<TcpLife>&, uint32_t) const;
template EvictionOrder::State FlowTable::StateForEviction(const Table<UdpLife>&, uint32_t) const;
template bool FlowTable::Evict(Table<TcpLife>&, Timestamp);
template bool FlowTable::Evict(Table<UdpLife>&, Timestamp);

}  // namespace tstat::internal
