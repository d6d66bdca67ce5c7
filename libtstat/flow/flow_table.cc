// SPDX-License-Identifier: BSD-3-Clause
#include "flow/flow_table.h"

#include <algorithm>
#include <utility>

namespace tstat::internal {
namespace {

int64_t SecondsToNanoseconds(double seconds) { return static_cast<int64_t>(seconds * 1e6) * 1000; }

uint32_t Lower(uint64_t number) { return static_cast<uint32_t>(number); }

}  // namespace

FlowTable::FlowTable(const AnalyzerOptions& options, NameSource* names, StepSink* sink,
                     LaneSplit split)
    : options_(options),
      classifier_(options),
      names_(names),
      sink_(sink),
      hash_key_(HashKey::Random()),
      tcp_idle_ns_(SecondsToNanoseconds(options.globals.tcp_idle_time_s)),
      tcp_singleton_ns_(
          std::min(SecondsToNanoseconds(options.globals.tcp_singleton_time_s), tcp_idle_ns_)),
      udp_idle_ns_(SecondsToNanoseconds(options.globals.udp_idle_time_s)),
      udp_singleton_ns_(
          std::min(SecondsToNanoseconds(options.globals.udp_singleton_time_s), udp_idle_ns_)),
      clock_(static_cast<int64_t>(options.globals.gc_cycle_time_s * 1e6),
             options.globals.gc_split_ratio),
      // The first TCP flow of a run gets slot 1, the first UDP flow slot 0.
      tcp_(options.globals.max_tcp_pairs, 0, options.globals, split),
      udp_(options.globals.max_udp_pairs, options.globals.max_udp_pairs - 1, options.globals,
           split) {
  if (options.profile.flows_follow_connections) {
    connections_ = std::make_unique<ConnectionLives>(options, split);
  }
  tcp_.LimitLive(options.max_live_flows);
  udp_.LimitLive(options.max_live_flows);
  const MemoryPlan plan = MemoryPlan::Of(options);
  tcp_.LimitMemory(plan.tcp_flows, plan.tcp_flow);
  udp_.LimitMemory(plan.udp_flows, plan.udp_flow);
}

// As a call it costs 3 % of the instructions of a packet.
template <typename Life>
[[gnu::always_inline]] inline uint32_t FlowTable::FindFlow(const Table<Life>& table,
                                                           const FlowKey& key, uint32_t hash,
                                                           uint32_t expected, Direction* direction,
                                                           PacketCounts* counts) const {
  const auto is_same = [&](uint32_t flow) {
    // With identical endpoints everything is client to server: the direct match comes first. Both
    // are computed, for which one it is cannot be predicted.
    const FlowKey& known = table.lives[flow].key;
    const uint64_t direct = known.Difference(key), reversed = known.DifferenceReversed(key);
    *direction = static_cast<Direction>(direct != 0);
    return std::min(direct, reversed) == 0;
  };
  uint32_t flow = expected;
  if (flow == kNoFlow || !is_same(flow)) [[unlikely]]
    flow = table.index.Find(hash, is_same);
  // How many are in vain depends on the order of look-ups.
  counts->compared += flow != kNoFlow ? 1 : 0;
  if (flow == kNoFlow) *direction = Direction::kClientToServer;  // of the flow it may begin
  return flow;
}

template <typename Life>
void FlowTable::LowerDeadline(Table<Life>& table, uint32_t slot, Timestamp deadline) {
  const int32_t seconds = DeadlineSeconds(deadline);
  const size_t position = table.ring.position(slot);
  table.ring.set_deadline_at(position, std::min(table.ring.deadline_at(position), seconds));
  table.columns.Lower(table.ring.column(slot), seconds);
}

template <typename Life>
void FlowTable::TouchBackInTime(Table<Life>& table, const Life& life, Timestamp now) {
  LowerDeadline(table, life.slot, Later(now, IdleLimit(life)));
}

template <typename Turn>
FlowResult FlowTable::ProcessTcp(const Datagram& d, uint32_t hash, uint32_t expected,
                                 const PacketFlags* flags, Turn turn) {
  PacketCounts& counts = CountsOf(turn);
  ++counts.tcp_packets;
  if (d.truncated) return FlowResult::kShort;
  TcpSegmentStep step;
  step.header = ReadTcpHeader(d);
  const TcpHeader& h = step.header;
  const bool syn = h.flags & tcp_flags::kSyn, ack = h.flags & tcp_flags::kAck,
             fin = h.flags & tcp_flags::kFin, rst = h.flags & tcp_flags::kRst;

  uint32_t flow = FindFlow(tcp_, FlowKey::Of(d), hash, expected, &step.direction, &counts);
  if (flow == kNoFlow) {
    if (syn && !ack) flow = Begin(tcp_, d, hash, flags, turn);
    if (flow == kNoFlow) {
      ++counts.tcp_trash;
      ++(syn && !ack ? counts.tcp_without_slot : counts.tcp_without_syn);
      return FlowResult::kTrash;
    }
  } else if (SetsAside(tcp_.lives[flow], flow, turn)) {
    --counts.tcp_packets;
    --counts.compared;  // it will be looked for again
    return FlowResult::kNotAnalysed;
  }
  TcpLife& life = tcp_.lives[flow];
  const int self = Index(step.direction), other = 1 - self;
  if (life.reported) ++counts.tcp_tracked;
  Touch(tcp_, life, flow, d.time, turn);
  if (options_.profile.duplicate_filter && !d.is_v6 &&
      life.duplicates[self].IsDuplicate(d.ip_id, h.checksum, d.ip_total_length,
                                        life.last_counted[self], d.time,
                                        options_.globals.min_delta_t_tcp_dup_pkt_us)) {
    ++counts.duplicates;
    return FlowResult::kDuplicate;
  }

  if (syn) ++life.syn_count[self];
  if (fin) {
    ++life.fin_count[self];
    life.fin_position[self] = h.sequence + static_cast<uint32_t>(h.payload_length);
  }
  if (life.syn_count[1] == 0 && step.direction == Direction::kClientToServer && !syn &&
      h.payload_length != 0) {
    CloseStep close = MakeClose(life, flow, CloseCause::kHalfDuplex, d.time, NextOrder(turn));
    close.direction = step.direction;
    close.uncounted_flags = h.flags;
    End(tcp_, flow, &close, turn);
    return FlowResult::kCounted;
  }
  if (ack && life.fin_count[other] >= 1 && h.acknowledgment >= life.fin_position[other] + 1) {
    life.closed[other] = true;
  }
  life.last_counted[self] = d.time;
  ++life.packets;

  step.flow = flow;
  step.order = NextOrder(turn);
  step.datagram = &d;
  if (flags != nullptr) step.flags = *flags;
  if (life.measured) [[likely]]
    Hand(step, turn);

  if (rst || (life.closed[0] && life.closed[1])) {
    const CloseCause cause = rst ? CloseCause::kReset : CloseCause::kFinished;
    CloseStep close = MakeClose(life, flow, cause, d.time, NextOrder(turn));
    close.complete = rst ? life.both_syns() : true;
    End(tcp_, flow, &close, turn);
  }
  return FlowResult::kCounted;
}

template <typename Turn>
FlowResult FlowTable::ProcessUdp(const Datagram& d, uint32_t hash, uint32_t expected,
                                 const PacketFlags* flags, Turn turn) {
  if (d.truncated) return FlowResult::kShort;
  PacketCounts& counts = CountsOf(turn);
  ++counts.udp_packets;
  UdpDatagramStep step;
  step.header = ClaimedUdpHeader(d);
  uint32_t flow = FindFlow(udp_, FlowKey::Of(d), hash, expected, &step.direction, &counts);
  if (flow == kNoFlow) {
    flow = Begin(udp_, d, hash, flags, turn);
    if (flow == kNoFlow) return FlowResult::kTrash;
  } else if (SetsAside(udp_.lives[flow], flow, turn)) {
    --counts.udp_packets;
    --counts.compared;  // it will be looked for again
    return FlowResult::kNotAnalysed;
  }
  UdpLife& life = udp_.lives[flow];
  const int self = Index(step.direction);
  Touch(udp_, life, flow, d.time, turn);
  if (options_.profile.duplicate_filter && !d.is_v6 &&
      life.duplicates[self].IsDuplicate(d.ip_id, step.header.checksum, d.ip_total_length,
                                        life.last_counted[self], d.time,
                                        options_.globals.min_delta_t_udp_dup_pkt_us)) {
    ++counts.duplicates;
    return FlowResult::kDuplicate;
  }
  life.last_counted[self] = d.time;
  ++life.packets;

  step.flow = flow;
  step.order = NextOrder(turn);
  step.datagram = &d;
  if (flags != nullptr) step.flags = *flags;
  if (life.measured) [[likely]]
    Hand(step, turn);

  if (names_ != nullptr && (d.source_port == 53 || d.destination_port == 53)) {
    TellDns(step, life, turn);
  }
  return FlowResult::kCounted;
}

template <typename Life>
uint32_t FlowTable::Create(Table<Life>& table, const Datagram& d, uint32_t hash,
                           const PacketFlags* flags, Direction sender) {
  // Long before the sink copies it: a processor cannot forward these narrow stores to wide loads.
  const PacketFlags f = flags != nullptr ? *flags : classifier_.Classify(d);
  OpenStep open;
  Endpoints& endpoints = open.endpoints;
  SetEndpoints(d, f, sender, &endpoints);
  if (options_.on_encrypted_endpoint) TellOfEncrypted(endpoints);
  const bool reversed = sender == Direction::kServerToClient;

  Collect(d.time);
  ++table.created;
  began_flow_ = true;
  constexpr bool kIsTcp = std::is_same_v<Life, TcpLife>;
  if (!kIsTcp && tell_of_udp_flow_) tell_of_udp_flow_(d);
  const bool evicts = table.most_live != 0;
  if (evicts && table.lives.live() >= table.most_live) Evict(table, d.time);
  const uint32_t lane = LaneFor(hash);
  const uint32_t flow = table.lives.Allocate(lane);
  uint32_t slot = evicts ? table.ring.AllocateAnywhere(flow) : table.ring.Allocate(flow);
  if (slot == SlotRing::kNoSlot && kIsTcp && follows_connections()) slot = MakeSlot(flow, d.time);
  if (slot == SlotRing::kNoSlot) {
    table.lives.Free(flow);
    ++table.refused;
    return kNoFlow;
  }
  table.CountOpen();

  // The sink first: what it reads must not have to wait for stores to the cold lines below.
  if (names_ != nullptr) {
    endpoints.resolution = names_->Lookup(endpoints.client.address, endpoints.server.address);
  }
  open.flow = flow;
  open.order = NextOrder();
  open.time = d.time;
  open.number = table.created;
  open.tunnel = d.tunnel;
  if (d.tunnel.is_outer) [[unlikely]] {
    ++outer_flows_;
    ++open_outer_flows_;
  }
  const bool measured =
      options_.flow_filter == nullptr ||
      options_.flow_filter({.protocol = kIsTcp ? FlowProtocol::kTcp : FlowProtocol::kUdp,
                            .time = d.time,
                            .endpoints = endpoints});
  if (!measured) {
    // Its slot and its time count, nothing else.
  } else if constexpr (kIsTcp) {
    sink_->OnTcpOpen(open);
  } else {
    sink_->OnUdpOpen(open);
  }

  Life& life = table.lives[flow];
  life.key = reversed ? FlowKey::Of(d).Reversed() : FlowKey::Of(d);
  life.slot = slot;
  life.hash = hash;
  life.last = d.time;
  life.reported = !endpoints.external_only();
  life.measured = measured;
  life.set_number(table.created);
  table.index.Insert(hash, flow);
  if (evicts) {
    table.eviction.Tidy([&](uint32_t other) { return StateForEviction(table, other); },
                        table.lives.live());
    table.eviction.OnOpen({flow, Lower(table.created), d.time});
  }
  LowerDeadline(table, slot, Later(d.time, SingletonLimit(life)));
  table.ring.PrefetchNext();
  if (const uint32_t next = table.lives.next(lane); next != kNoFlow) {
    PrefetchAnyFlow(kIsTcp, &table.lives[next], next);
  }
  return flow;
}

void FlowTable::SetEndpoint(const IpAddress& address, uint16_t port, bool internal, bool cloud,
                            Endpoint* out) const {
  out->address = address;
  out->port = port;
  out->internal = internal;
  out->cloud = cloud;
  out->encrypted = classifier_.Encrypted(address, internal);
}

void FlowTable::TellOfEncrypted(const Endpoints& endpoints) const {
  for (const Endpoint* end : {&endpoints.client, &endpoints.server}) {
    if (end->encrypted) options_.on_encrypted_endpoint(end->address);
  }
}

void FlowTable::OnClockStep(Timestamp before, Timestamp now) {
  clock_.Shift(now.nanoseconds() - before.nanoseconds());
  stepped_back_to_ = now;
  deadlines_too_late_ = true;
}

template <typename Life>
void FlowTable::LowerDeadlines(Table<Life>& table, Timestamp now) {
  for (uint32_t slot = 0; slot < table.ring.used_end(); ++slot) {
    if (table.ring.owner(slot) != SlotRing::kNoFlow) LowerDeadline(table, slot, now);
  }
}

void FlowTable::Collect(Timestamp now) {
  // A clock that steps back again and again must not cost a pass over all slots each time.
  constexpr uint64_t kPacketsBetweenPasses = 8192;
  if (deadlines_too_late_ && (deadlines_lowered_at_ == 0 ||
                              order_.packet - deadlines_lowered_at_ > kPacketsBetweenPasses)) {
    deadlines_too_late_ = false;
    deadlines_lowered_at_ = order_.packet;
    LowerDeadlines(tcp_, now);
    LowerDeadlines(udp_, now);
  }
  const int32_t now_s = DeadlineSeconds(now);
  clock_.Run(now, [&](uint32_t begin, uint32_t end) {
    uint32_t column = DeadlineColumns::FindDue(tcp_.columns, udp_.columns, begin, end, now_s);
    while (column != end) {
      const uint32_t following =
          DeadlineColumns::FindDue(tcp_.columns, udp_.columns, column + 1, end, now_s);
      if (following != end) PrefetchDue(following, now_s);
      if (tcp_.columns.MayBeDue(column, now_s)) VisitColumn(tcp_, column, now);
      if (udp_.columns.MayBeDue(column, now_s)) VisitColumn(udp_, column, now);
      column = following;
    }
  });
  // Flows that the collector meets have been idle: their state is far away. What the next run will
  // probably close is fetched now.
  const uint32_t next = clock_.next_column(), ahead = clock_.Ahead(kColumnsAhead);
  const uint32_t due = DeadlineColumns::FindDue(tcp_.columns, udp_.columns, next, ahead, now_s);
  if (due == ahead) return;
  if (!follows_connections() || due != fetched_column_) {
    PrefetchDue(due, now_s);
    fetched_column_ = due;
    fetched_attached_ = false;
  } else if (!std::exchange(fetched_attached_, true)) {
    PrefetchDueAttached(due, now_s);
  }
}

void FlowTable::PrefetchDue(uint32_t column, int32_t now_s) const {
  if (tcp_.columns.MayBeDue(column, now_s)) PrefetchColumn(tcp_, column, now_s);
  if (udp_.columns.MayBeDue(column, now_s)) PrefetchColumn(udp_, column, now_s);
}

template <typename Life>
void FlowTable::PrefetchColumn(const Table<Life>& table, uint32_t column, int32_t now_s) const {
  size_t position = table.ring.first_position(column);
  for (uint32_t row = 0; row < table.ring.rows_in_use(); ++row, ++position) {
    if (table.ring.deadline_at(position) <= now_s) {
      const uint32_t flow = table.ring.owner_at(position);
      if (flow == SlotRing::kNoFlow) continue;
      PrefetchAnyFlow(std::is_same_v<Life, TcpLife>, &table.lives[flow], flow);
      if (follows_connections()) connections_->PrefetchMarks(std::is_same_v<Life, TcpLife>, flow);
    }
  }
}

template <typename Life>
void FlowTable::VisitColumn(Table<Life>& table, uint32_t column, Timestamp now) {
  const int32_t now_s = DeadlineSeconds(now);
  int32_t earliest = INT32_MAX;
  size_t position = table.ring.first_position(column);
  for (uint32_t row = 0; row < table.ring.rows_in_use(); ++row, ++position) {
    int32_t deadline_s = table.ring.deadline_at(position);
    if (deadline_s <= now_s) {
      const uint32_t flow = table.ring.owner_at(position);
      if (flow == SlotRing::kNoFlow) continue;  // the clock has run beyond 2106
      Life& life = table.lives[flow];
      const Timestamp deadline = Later(LastActive(life, now), IdleLimit(life));
      if (now > deadline) {
        CloseStep close = MakeClose(life, flow, CloseCause::kIdle, now);
        if constexpr (std::is_same_v<Life, TcpLife>) {
          close.complete = life.both_syns();
          if (life.measured) sink_->PrefetchTcpClose(flow);
        }
        Close(table, flow, &close);
        continue;
      }
      deadline_s = DeadlineSeconds(deadline);
      table.ring.set_deadline_at(position, deadline_s);
    }
    earliest = std::min(earliest, deadline_s);
  }
  table.columns.Reset(column, earliest);
}

void FlowTable::Flush(Timestamp end_time, bool keep) {
  // Where flows follow their connections, the next trace has its own.
  keep = keep && connections_ == nullptr;
  if (connections_ != nullptr) {
    while (CloseFirstEnded(end_time)) {
    }
  }
  // First the flows for which the collector's rule holds now, then all the others.
  for (uint32_t slot = 0; slot < tcp_.ring.used_end(); ++slot) {
    const uint32_t flow = tcp_.ring.owner(slot);
    if (flow == SlotRing::kNoFlow) continue;
    TcpLife& life = tcp_.lives[flow];
    if (!(end_time > Later(life.last, IdleLimit(life)))) continue;
    CloseStep close = MakeClose(life, flow, CloseCause::kExpiredAtEnd, end_time);
    close.complete = life.both_syns();
    // Such a flow stays in the look-up table only. Their number is bounded like that of the slots.
    close.state_kept = keep && kept_without_slot_ < tcp_.ring.size();
    Close(tcp_, flow, &close);
    if (close.state_kept) {
      tcp_.ring.Free(slot);
      life.slot = SlotRing::kNoSlot;
      ++kept_without_slot_;
    }
  }
  for (uint32_t slot = 0; slot < tcp_.ring.used_end(); ++slot) {
    const uint32_t flow = tcp_.ring.owner(slot);
    if (flow == SlotRing::kNoFlow) continue;
    CloseStep close = MakeClose(tcp_.lives[flow], flow, CloseCause::kEndOfTrace, end_time);
    close.state_kept = keep;
    Close(tcp_, flow, &close);
  }
  for (uint32_t slot = 0; slot < udp_.ring.used_end(); ++slot) {
    const uint32_t flow = udp_.ring.owner(slot);
    if (flow == SlotRing::kNoFlow) continue;
    CloseStep close = MakeClose(udp_.lives[flow], flow, CloseCause::kEndOfTrace, end_time);
    Close(udp_, flow, &close);
  }
  if (connections_ != nullptr) connections_->ForgetClosed();
}

template <typename Life>
CloseStep FlowTable::MakeClose(const Life& life, uint32_t flow, CloseCause cause, Timestamp now,
                               OrderKey order) {
  CloseStep close;
  close.flow = flow;
  close.order = order;
  close.number = life.number();
  close.cause = cause;
  close.first = life.first;
  close.last = life.last;
  close.now = now;
  close.reported = life.reported;
  close.is_outer = life.key.is_outer();
  return close;
}

void FlowTable::Close(Table<TcpLife>& table, uint32_t flow, CloseStep* step) {
  if (connections_ != nullptr) [[unlikely]]
    DescribeEnd(table.lives[flow], flow, step);
  if (table.lives[flow].measured) sink_->OnTcpClose(*step);
  if (connections_ != nullptr) [[unlikely]]
    RememberClosed(table.lives[flow], flow, *step);
  CountClosed(table, *step);
  if (!step->state_kept) Forget(table, flow);
}

void FlowTable::CountClosed(Table<TcpLife>& table, const CloseStep&) {
  --table.open;
  ++closed_flows_.tcp;
}

void FlowTable::Close(Table<UdpLife>& table, uint32_t flow, CloseStep* step) {
  if (connections_ != nullptr) [[unlikely]]
    DescribeEnd(table.lives[flow], flow, step);
  if (table.lives[flow].measured) sink_->OnUdpClose(*step);
  if (connections_ != nullptr) [[unlikely]]
    RememberClosed(table.lives[flow], flow, *step);
  CountClosed(table, *step);
  Forget(table, flow);
}

void FlowTable::CountClosed(Table<UdpLife>& table, const CloseStep& step) {
  --table.open;
  if (step.is_outer) [[unlikely]] {
    --open_outer_flows_;
  } else {
    closed_flows_.idle_udp += step.cause == CloseCause::kIdle ? 1 : 0;
  }
}

template <typename Life>
void FlowTable::Forget(Table<Life>& table, uint32_t flow) {
  Life& life = table.lives[flow];
  table.charged -= table.bytes.open;
  if constexpr (std::is_same_v<Life, TcpLife>) {
    if (connections_ != nullptr && connections_->tcp[flow].side(0).has_payload)
      table.charged -= table.bytes.state;
  } else if (life.has_state) {
    table.charged -= table.bytes.state;
  }
  life.key.Invalidate();
  table.index.Erase(life.hash, flow);
  Release(table, flow);
}

template <typename Life>
void FlowTable::Release(Table<Life>& table, uint32_t flow) {
  const Life& life = table.lives[flow];
  if (life.slot != SlotRing::kNoSlot) {
    table.ring.Free(life.slot);
  } else {
    --kept_without_slot_;
  }
  table.lives.Free(flow);
}

void FlowTable::AdvanceTime(Timestamp now) {
  if (connections_ != nullptr) CloseEndedLongAgo(now);
  Collect(now);
}

template <typename Life>
void FlowTable::VisitLive(const Table<Life>& table,
                          absl::FunctionRef<void(const LiveFlow&)> visit) const {
  for (uint32_t slot = 0; slot < table.ring.used_end(); ++slot) {
    const uint32_t flow = table.ring.owner(slot);
    if (flow == SlotRing::kNoFlow) continue;
    const Life& life = table.lives[flow];
    LiveFlow live;
    live.protocol = std::is_same_v<Life, TcpLife> ? FlowProtocol::kTcp : FlowProtocol::kUdp;
    live.flow_number = life.number();
    life.key.GetEndpoints(&live.client, &live.client_port, &live.server, &live.server_port);
    live.first = life.first;
    live.last = life.last;
    live.packets = life.packets;
    visit(live);
  }
}

void FlowTable::ForEachLive(absl::FunctionRef<void(const LiveFlow&)> visit) const {
  VisitLive(tcp_, visit);
  VisitLive(udp_, visit);
}

void FlowTable::ResetOpenCounters() { tcp_.open = udp_.open = open_outer_flows_ = 0; }

// What flow_table_connections.cc and flow_table_lanes.cc use.
template uint32_t FlowTable::FindFlow(const Table<TcpLife>&, const FlowKey&, uint32_t, uint32_t,
                                      Direction*, PacketCounts*) const;
template uint32_t FlowTable::FindFlow(const Table<UdpLife>&, const FlowKey&, uint32_t, uint32_t,
                                      Direction*, PacketCounts*) const;
template uint32_t FlowTable::Create(Table<TcpLife>&, const Datagram&, uint32_t, const PacketFlags*,
                                    Direction);
template uint32_t FlowTable::Create(Table<UdpLife>&, const Datagram&, uint32_t, const PacketFlags*,
                                    Direction);
template void FlowTable::LowerDeadline(Table<TcpLife>&, uint32_t, Timestamp);
template void FlowTable::LowerDeadline(Table<UdpLife>&, uint32_t, Timestamp);
template void FlowTable::Release(Table<TcpLife>&, uint32_t);
template void FlowTable::TouchBackInTime(Table<TcpLife>&, const TcpLife&, Timestamp);
template void FlowTable::TouchBackInTime(Table<UdpLife>&, const UdpLife&, Timestamp);
template CloseStep FlowTable::MakeClose(const TcpLife&, uint32_t, CloseCause, Timestamp, OrderKey);
template CloseStep FlowTable::MakeClose(const UdpLife&, uint32_t, CloseCause, Timestamp, OrderKey);
template FlowResult FlowTable::ProcessTcp(const Datagram&, uint32_t, uint32_t, const PacketFlags*,
                                          InTurn);
template FlowResult FlowTable::ProcessUdp(const Datagram&, uint32_t, uint32_t, const PacketFlags*,
                                          InTurn);
template FlowResult FlowTable::ProcessTcp(const Datagram&, uint32_t, uint32_t, const PacketFlags*,
                                          InLane);
template FlowResult FlowTable::ProcessUdp(const Datagram&, uint32_t, uint32_t, const PacketFlags*,
                                          InLane);

}  // namespace tstat::internal
