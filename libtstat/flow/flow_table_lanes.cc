// SPDX-License-Identifier: BSD-3-Clause
//
// Packets of several lanes at once. A lane looks up, follows and closes its own flows; slots,
// numbers, names and what the collector closes are given in the order of all packets, afterwards.
// So nothing that a lane decides may depend on what the collector does meanwhile. It closes a flow
// that has been idle for its limit at the time of some packet of the epoch; a packet of a flow that
// may be such a one by the time of the latest is set aside, with those of the flow behind it, and
// taken in its turn. Of a flow whose packets are not, the collector finds, whenever it looks, that
// it was active within its limit: before the packet (as the lane found), and after it (the epoch's
// packets are earlier than others before them by less than a limit).
#include <cassert>
#include <optional>

#include "flow/flow_table.h"

namespace tstat::internal {

bool FlowTable::CanTakeInLanes(const Epoch& epoch) {
  const auto has_limit = [](const auto& table) {
    return table.most_live != 0 || table.most_charged != MemoryPlan::kNoLimit;
  };
  if (follows_connections() || has_limit(tcp_) || has_limit(udp_) || options_.flow_filter) {
    return false;
  }
  const bool clock_was_set = stepped_back_to_ != Timestamp::FromNanoseconds(INT64_MAX);
  const int64_t least = std::min(SingletonLimit(TcpLife()), SingletonLimit(UdpLife()));
  if (clock_was_set || epoch.back_ns >= least) return false;
  // Each may begin a flow, and must find a slot then.
  return tcp_.ring.CanAllocate(epoch.tcp) && udp_.ring.CanAllocate(epoch.udp);
}

void FlowTable::ReserveInLanes(const Epoch& epoch,
                               std::span<const std::vector<uint32_t>> packets_of_lane) {
  tcp_.index.Reserve(epoch.tcp);
  udp_.index.Reserve(epoch.udp);
  for (uint32_t lane = 0; lane < packets_of_lane.size(); ++lane) {
    const size_t packets = packets_of_lane[lane].size();
    tcp_.lives.Reserve(lane, std::min<size_t>(packets, epoch.tcp));
    udp_.lives.Reserve(lane, std::min<size_t>(packets, epoch.udp));
  }
}

uint32_t FlowTable::PrefetchInLane(const Datagram& d, uint32_t hash) const {
  const bool is_tcp = d.transport == Transport::kTcp;
  const uint32_t flow = (is_tcp ? tcp_.index : udp_.index).Peek(hash);
  if (flow == kNoFlow) return kNoFlow;
  const void* const tcp_life = &tcp_.lives[flow];
  const void* const udp_life = &udp_.lives[flow];
  const void* const life = is_tcp ? tcp_life : udp_life;
  __builtin_prefetch(life, 1);
  __builtin_prefetch(static_cast<const char*>(life) + 64, 1);
  return flow;
}

template <typename Life>
uint32_t FlowTable::Begin(Table<Life>& table, const Datagram& d, uint32_t hash, const PacketFlags*,
                          InLane turn) {
  constexpr bool kIsTcp = std::is_same_v<Life, TcpLife>;
  OpenStep open;
  SetEndpoints(d, classifier_.Classify(d), Direction::kClientToServer, &open.endpoints);
  open.flow = table.lives.Allocate(LaneFor(hash));
  open.time = d.time;
  open.tunnel = d.tunnel;

  Life& life = table.lives[open.flow];
  life.key = FlowKey::Of(d);
  life.hash = hash;
  life.last = d.time;
  life.reported = !open.endpoints.external_only();
  table.index.Place(hash, open.flow);
  ++(kIsTcp ? turn.shard->placed_tcp : turn.shard->placed_udp);
  turn.shard->Open(kIsTcp ? FlowShard::Kind::kTcpOpen : FlowShard::Kind::kUdpOpen, open);
  return open.flow;
}

template <typename Life>
void FlowTable::OpenInTurn(Table<Life>& table, const Datagram& d, OpenStep* open) {
  constexpr bool kIsTcp = std::is_same_v<Life, TcpLife>;
  Endpoints& endpoints = open->endpoints;
  if (options_.on_encrypted_endpoint) TellOfEncrypted(endpoints);
  Collect(d.time);
  ++table.created;
  if (!kIsTcp && tell_of_udp_flow_) tell_of_udp_flow_(d);
  const uint32_t slot = table.ring.Allocate(open->flow);
  assert(slot != SlotRing::kNoSlot);  // CanTakeInLanes
  table.CountOpen();
  if (names_ != nullptr) {
    endpoints.resolution = names_->Lookup(endpoints.client.address, endpoints.server.address);
  }
  open->order = NextOrder();
  open->number = table.created;
  if constexpr (kIsTcp) {
    sink_->OnTcpOpen(*open);
  } else {
    sink_->OnUdpOpen(*open);
  }
  Life& life = table.lives[open->flow];
  life.slot = slot;
  life.set_number(table.created);
  LowerDeadline(table, slot, Later(d.time, SingletonLimit(life)));
  table.ring.PrefetchNext();
}

template <typename Life>
void FlowTable::Touch(Table<Life>&, Life& life, uint32_t flow, Timestamp now, InLane turn) {
  if (!life.first.is_set()) life.first = now;
  if (now < life.last) [[unlikely]] {
    constexpr bool kIsTcp = std::is_same_v<Life, TcpLife>;
    turn.shard->Add(kIsTcp ? FlowShard::Kind::kTcpBackInTime : FlowShard::Kind::kUdpBackInTime,
                    flow);
  }
  life.last = now;
}

template <typename Life>
void FlowTable::LowerInTurn(Table<Life>& table, uint32_t flow, Timestamp now) {
  const Life& life = table.lives[flow];
  if (life.slot == SlotRing::kNoSlot) return;
  LowerDeadline(table, life.slot, Later(now, SingletonLimit(life)));
}

// Where it was, nothing begins before it has been closed in its turn.
void FlowTable::End(Table<TcpLife>& table, uint32_t flow, CloseStep* step, InLane turn) {
  TcpLife& life = table.lives[flow];
  life.key.Invalidate();
  table.index.Remove(life.hash, flow);
  --turn.shard->placed_tcp;
  turn.shard->Add(FlowShard::Kind::kTcpClose, *step, &turn.shard->closes);
}

void FlowTable::BeginEvents(const FlowShard& shard) {
  tcp_.index.Count(shard.placed_tcp);
  udp_.index.Count(shard.placed_udp);
}

void FlowTable::TakeEvents(uint32_t packet, const Datagram& d, uint32_t hash, FlowShard* shard) {
  using Kind = FlowShard::Kind;
  std::optional<OrderKey> datagram;  // of a flow that it opens
  bool opened = false;
  for (; shard->next < shard->events.size(); ++shard->next) {
    const FlowShard::Event& event = shard->events[shard->next];
    if (event.packet != packet) break;
    switch (event.kind) {
      case Kind::kTcpOpen:
        OpenInTurn(tcp_, d, &shard->opened[event.at]);
        opened = true;
        break;
      case Kind::kUdpOpen:
        OpenInTurn(udp_, d, &shard->opened[event.at]);
        opened = true;
        break;
      case Kind::kTcpSegment:
        shard->segments[event.at].order = NextOrder();
        sink_->OnTcpSegment(shard->segments[event.at]);
        break;
      case Kind::kUdpDatagram:
        datagram = NextOrder();
        shard->datagrams[event.at].order = *datagram;
        sink_->OnUdpDatagram(shard->datagrams[event.at]);
        break;
      case Kind::kDns: {
        FlowShard::DnsDatagram& dns = shard->dns[event.at];
        if (datagram.has_value()) dns.step.order = *datagram;
        names_->OnDnsDatagram(dns.step, udp_.lives[dns.step.flow].number(), dns.request_time,
                              dns.response_time);
        break;
      }
      case Kind::kTcpClose: {
        CloseStep& close = shard->closes[event.at];
        close.number = tcp_.lives[close.flow].number();
        if (opened) close.order = NextOrder();
        sink_->OnTcpClose(close);
        CountClosed(tcp_, close);
        Release(tcp_, close.flow);
        break;
      }
      case Kind::kTcpBackInTime:
        LowerInTurn(tcp_, event.at, d.time);
        break;
      case Kind::kUdpBackInTime:
        LowerInTurn(udp_, event.at, d.time);
        break;
      case Kind::kSetAside:
        ++packets_set_aside_;
        ProcessBy<false>(d, hash, kNoFlow, nullptr);
        break;
    }
  }
}

void FlowTable::EndEvents(FlowShard* shard) {
  // What comes next of the last packet, such as the end of the trace, follows what the lane did.
  if (shard->order.packet == order_.packet) order_ = std::max(order_, shard->order);
  counts_ += shard->counts;
  for (const uint32_t flow : shard->tcp_set_aside) tcp_.lives[flow].set_aside = false;
  for (const uint32_t flow : shard->udp_set_aside) udp_.lives[flow].set_aside = false;
  shard->Clear();
}

// What flow_table.cc uses.
template uint32_t FlowTable::Begin(Table<TcpLife>&, const Datagram&, uint32_t, const PacketFlags*,
                                   InLane);
template uint32_t FlowTable::Begin(Table<UdpLife>&, const Datagram&, uint32_t, const PacketFlags*,
                                   InLane);
template void FlowTable::Touch(Table<TcpLife>&, TcpLife&, uint32_t, Timestamp, InLane);
template void FlowTable::Touch(Table<UdpLife>&, UdpLife&, uint32_t, Timestamp, InLane);

}  // namespace tstat::internal
