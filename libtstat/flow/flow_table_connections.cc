// SPDX-License-Identifier: BSD-3-Clause
//
// The life of flows that follow their connections.
#include <algorithm>
#include <limits>
#include <utility>

#include "flow/client_guess.h"
#include "flow/flow_marks.h"
#include "flow/flow_table.h"

namespace tstat::internal {
namespace {

// Of the packets that count.
TcpConnection::Copies CopiesOf(const TcpConnection& connection, uint64_t packets) {
  using Copies = TcpConnection::Copies;
  const uint64_t copies = uint64_t{connection.side(0).copies} + connection.side(1).copies;
  if (2 * copies >= packets) return Copies::kMost;
  return 16 * copies >= packets ? Copies::kSome : Copies::kRare;
}

// The flow ended while its connection went on.
bool EndedOpen(CloseCause cause) {
  return cause != CloseCause::kFinished && cause != CloseCause::kReset;
}

// What comes of a connection that ended: nothing new, or only what may have been under way when it
// was reset. `sender`: side of the closed flow.
bool IsLate(const ClosedFlow& closed, const Datagram& d, const TcpHeader& h, int sender,
            double copy_window_us) {
  // Of what was sent before; and beyond, when the other side had not heard of the reset. What has
  // no payload may be a little beyond: some repeat a FIN behind itself.
  constexpr uint32_t kBehind = 1u << 24, kAhead = 1u << 20, kEmptyAhead = 1u << 16;
  if (d.time.nanoseconds() - closed.time.nanoseconds() > ConnectionLives::kLateNs) return false;
  if ((h.flags & tcp_flags::kSyn) != 0) {
    // Nobody repeats a SYN that was answered, but some do one that was refused; and recorded
    // connections are sent again. Sooner it is a copy.
    const bool again = ElapsedMicroseconds(closed.time, d.time) >= copy_window_us;
    return closed.sent[sender] && h.sequence + 1 == closed.base[sender] && !again;
  }
  if ((h.flags & tcp_flags::kRst) != 0 || !closed.sent[sender]) return true;
  const bool has_not_heard = closed.cause == CloseCause::kReset && sender != closed.reset_by;
  const uint32_t ahead = has_not_heard ? kAhead : h.payload_length > 0 ? 0 : kEmptyAhead;
  const uint32_t first = closed.next[sender] - kBehind;
  return h.sequence + SequenceLength(h) - first <= kBehind + ahead;
}

}  // namespace

// Both sides' SYNs, or their FINs and a SYN: the connection is known from its beginning to its end.
bool FlowTable::IsComplete(const TcpLife& life, CloseCause cause) {
  if (cause == CloseCause::kEndOfTrace) return false;
  return life.both_syns() || (cause == CloseCause::kFinished && life.any_syn());
}

// A datagram of which more may be kept than is counted of all: of QUIC (long headers), RTP or RTCP,
// which begin with a bit that is set, or a handshake of DTLS.
bool FlowTable::MayNeedState(const Datagram& d) {
  constexpr size_t kUdpHeader = 8;
  constexpr uint8_t kDtlsHandshake = 22;
  if (!d.transport_bytes.Has(kUdpHeader) || d.source_port == 53 || d.destination_port == 53) {
    return false;
  }
  const uint8_t first = d.transport_bytes.U8(kUdpHeader);
  return first >= 0x80 || first == kDtlsHandshake;
}

template <typename Life>
void FlowTable::MakeRoom(Table<Life>& table, Timestamp now) {
  while (table.charged > table.most_charged && Evict(table, now)) {
  }
}

template <typename Life>
bool FlowTable::EndsBySilence(Table<Life>& table, uint32_t flow, Timestamp now) {
  const Life& life = table.lives[flow];
  if (now.nanoseconds() - LastActive(life, now).nanoseconds() <= IdleLimit(life)) return false;
  CloseStep close = MakeClose(life, flow, CloseCause::kIdle, now);
  if constexpr (std::is_same_v<Life, TcpLife>) close.complete = IsComplete(life, close.cause);
  Close(table, flow, &close);
  return true;
}

template <typename Life>
void FlowTable::ReportIfLong(Table<Life>& table, uint32_t flow, Timestamp now) {
  Life& life = table.lives[flow];
  if (life.packets == 0 ||
      now.nanoseconds() - life.first.nanoseconds() < connections_->active_timeout_ns) {
    return;
  }
  CloseStep close = MakeClose(life, flow, CloseCause::kActiveTimeout, now);
  close.state_kept = true;
  close.next_number = ++table.created;
  outer_flows_ += close.is_outer ? 1 : 0;
  Describe(life, flow, &close);
  if constexpr (std::is_same_v<Life, TcpLife>) {
    close.complete = life.both_syns();
    if (life.measured) sink_->OnTcpClose(close);
    for (const int side : {0, 1}) connections_->tcp[flow].side(side).copies = 0;
    life.guessed = false;  // a record has told it
    BeginPeriod(&connections_->tcp_marks[flow]);
    connections_->tcp[flow].predecessor = life.number();
  } else {
    TellCall(life, close);
    if (life.measured) sink_->OnUdpClose(close);
    connections_->udp[flow].copies = {};
    BeginPeriod(&connections_->udp_marks[flow]);
    connections_->udp[flow].predecessor = life.number();
  }
  life.set_number(close.next_number);
  life.first = now;
}

uint32_t FlowTable::BeginConnection(const Datagram& d, const TcpHeader& h, uint32_t hash,
                                    const PacketFlags* flags, Direction* sender) {
  bool reversed = false;
  const FlowKey key = FlowKey::Of(d);
  const ClosedFlow* const closed = connections_->closed_tcp.Find(key, hash, &reversed);
  const bool syn = (h.flags & tcp_flags::kSyn) != 0, ack = (h.flags & tcp_flags::kAck) != 0;
  uint64_t predecessor = 0;
  if (closed != nullptr) {
    const int side = reversed ? 1 : 0;
    const bool same_isn = closed->sent[side] && closed->base[side] == h.sequence + 1;
    const bool was_reset = closed->cause == CloseCause::kReset;
    if (!EndedOpen(closed->cause) && IsLate(*closed, d, h, side, options_.copy_window_us)) {
      ++(was_reset ? connections_->after_reset : connections_->after_close);
      return kNoFlow;
    }
    // The attempt before had no answer, or was refused.
    const bool tries_again =
        same_isn && !closed->sent[1 - side] && closed->next[side] == closed->base[side];
    // A reset may have been forged: who sends what comes next has not sent it.
    const bool goes_on = h.sequence == closed->next[side];
    if (EndedOpen(closed->cause) ? !syn || tries_again
                                 : was_reset && (syn ? tries_again : goes_on)) {
      predecessor = closed->number;
    }
  }
  if (predecessor != 0) {
    *sender = reversed ? Direction::kServerToClient : Direction::kClientToServer;
  } else if (syn && !ack) {
    *sender = Direction::kClientToServer;
  } else {
    *sender = IsSentByServer(d, h) ? Direction::kServerToClient : Direction::kClientToServer;
  }
  const uint32_t flow = Create(tcp_, d, hash, flags, *sender);
  if (flow == kNoFlow) {
    ++counts_.tcp_without_slot;
    return kNoFlow;
  }
  connections_->tcp.GrowTo(flow);
  connections_->tcp[flow] = TcpConnection();
  connections_->tcp[flow].predecessor = predecessor;
  tcp_.lives[flow].guessed = predecessor == 0 && !syn && h.payload_length <= 0;
  connections_->tcp_marks.GrowTo(flow);
  connections_->tcp_marks[flow] = FlowMarks();
  connections_->tcp_marks[flow].vlan = d.vlan;
  return flow;
}

bool FlowTable::IsCopy(uint32_t flow, const Datagram& d, const TcpHeader& h, int self,
                       const CopyFilter::Mark& mark) const {
  const TcpConnection& connection = connections_->tcp[flow];
  if (!connection.has_ended() && connection.IsNews(self, h)) return false;
  if (!connections_->copies.IsWithin(d.time, tcp_.lives[flow].last_counted[self])) return false;
  const CopyFilter::Match match =
      connections_->copies.Find(mark, d.time, order_.packet, connection.side(self).marks);
  // A sender does not change its TTL, a router does.
  return match == CopyFilter::Match::kRouted ||
         (match == CopyFilter::Match::kSame &&
          !connection.WasSentTwice(self, h, d, CopiesOf(connection, tcp_.lives[flow].packets)));
}

bool FlowTable::FollowConnection(uint32_t flow, const Datagram& d, const TcpHeader& h, int self) {
  TcpLife& life = tcp_.lives[flow];
  TcpConnection& connection = connections_->tcp[flow];
  const int other = 1 - self;
  if ((h.flags & tcp_flags::kSyn) != 0) {
    ++life.syn_count[self];
    NoteHandshake(d, h, &connections_->tcp_marks[flow]);
  }
  if ((h.flags & tcp_flags::kFin) != 0) {
    ++life.fin_count[self];
    life.fin_position[self] = h.sequence + static_cast<uint32_t>(std::max(h.payload_length, 0));
  }
  if ((h.flags & tcp_flags::kAck) != 0 && life.fin_count[other] >= 1 &&
      IsAfter(h.acknowledgment, life.fin_position[other])) {
    life.closed[other] = true;
  }
  if (h.payload_length > 0 && !connection.side(0).has_payload) {
    connection.side(0).has_payload = true;
    Charge(tcp_);
  }
  const bool resets = (h.flags & tcp_flags::kRst) != 0 && connection.MayReset(self, h);
  connection.OnSegment(self, h, d);
  if (resets || (life.closed[0] && life.closed[1])) {
    connection.End(self, resets, d.time);
    return true;
  }
  return false;
}

void FlowTable::CloseEnded(uint32_t flow, Timestamp now) {
  CloseStep close = MakeClose(tcp_.lives[flow], flow, CloseCause::kFinished, now);
  Close(tcp_, flow, &close);
}

bool FlowTable::CloseFirstEnded(Timestamp now) {
  std::deque<ConnectionLives::Ended>& ended = connections_->ended;
  while (!ended.empty()) {
    const ConnectionLives::Ended first = ended.front();
    ended.pop_front();
    const TcpLife& life = tcp_.lives[first.flow];
    if (!life.key.is_valid() || life.number() != first.number) continue;  // it was closed since
    CloseEnded(first.flow, now);
    return true;
  }
  return false;
}

void FlowTable::CloseEndedLongAgo(Timestamp now) {
  const std::deque<ConnectionLives::Ended>& ended = connections_->ended;
  const auto is_due = [&] {
    return !ended.empty() &&
           now.nanoseconds() - ended.front().time.nanoseconds() > ConnectionLives::kCountedLateNs;
  };
  if (is_due()) {
    while (is_due()) CloseFirstEnded(now);
    PrefetchEnded();
  }
  if (tcp_.charged > tcp_.most_charged) [[unlikely]]
    MakeRoom(tcp_, now);
}

uint32_t FlowTable::MakeSlot(uint32_t flow, Timestamp now) {
  uint32_t slot = SlotRing::kNoSlot;
  while (slot == SlotRing::kNoSlot && CloseFirstEnded(now)) slot = tcp_.ring.Allocate(flow);
  return slot;
}

bool FlowTable::BeginsAnother(uint32_t flow, const Datagram& d, const TcpHeader& h,
                              int self) const {
  // Longer than what was under way takes.
  constexpr double kUnderWayUs = 1e6;
  const TcpConnection& connection = connections_->tcp[flow];
  if (connection.BeginsAnother(self, h)) return true;
  if (!connection.IsSentAnew(self, h)) return false;
  const TcpLife& life = tcp_.lives[flow];
  return ElapsedMicroseconds(life.last_counted[self], d.time) >=
         (life.fin_count[self] > 0 ? options_.copy_window_us : kUnderWayUs);
}

bool FlowTable::IsLateIn(uint32_t flow, const Datagram& d, const TcpHeader& h, int self) const {
  const TcpLife& life = tcp_.lives[flow];
  CloseStep step;
  SetEnd(life, connections_->tcp[flow], &step);
  return IsLate(Summary(life, flow, step), d, h, self, options_.copy_window_us);
}

template <typename Life>
const Datagram& FlowTable::NotBefore(const Table<Life>& table, uint32_t flow,
                                     const Datagram& packet) {
  if (flow == kNoFlow || packet.time >= table.lives[flow].last) [[likely]]
    return packet;
  const Timestamp last = table.lives[flow].last;
  const int64_t step_ns = options_.profile.clock_step_ms * int64_t{1'000'000};
  const bool was_set = last.nanoseconds() - packet.time.nanoseconds() >= step_ns;
  if (options_.follow_clock_back && was_set) return packet;
  Datagram& moved = connections_->moved;
  moved = packet;
  moved.time = last;
  return moved;
}

bool FlowTable::MakeMark(const Datagram& d, uint32_t hash, CopyFilter::Mark* mark) const {
  if (connections_ == nullptr || !connections_->tells_copies || d.truncated) return false;
  *mark = d.transport == Transport::kTcp ? TcpMark(d, ReadTcpHeader(d), hash)
                                         : UdpMark(d, ReadUdpHeader(d), hash);
  return true;
}

FlowResult FlowTable::ProcessConnection(const Datagram& packet, uint32_t hash, uint32_t expected,
                                        const PacketFlags* flags, const CopyFilter::Mark* made) {
  ++counts_.tcp_packets;
  if (packet.truncated) return FlowResult::kShort;
  TcpSegmentStep step;
  step.header = ReadTcpHeader(packet);
  const TcpHeader& h = step.header;

  CloseEndedLongAgo(packet.time);
  uint32_t flow = FindFlow(tcp_, FlowKey::Of(packet), hash, expected, &step.direction, &counts_);
  if (flow != kNoFlow && EndsBySilence(tcp_, flow, packet.time)) flow = kNoFlow;
  const Datagram& d = NotBefore(tcp_, flow, packet);
  if (flow != kNoFlow && connections_->tcp[flow].has_ended()) [[unlikely]] {
    if (!IsLateIn(flow, d, h, Index(step.direction))) {
      CloseEnded(flow, d.time);
      flow = kNoFlow;
    }
  } else if (flow != kNoFlow && (h.flags & tcp_flags::kSyn) != 0 &&
             BeginsAnother(flow, d, h, Index(step.direction))) [[unlikely]] {
    const TcpLife& old = tcp_.lives[flow];
    CloseStep close = MakeClose(old, flow, CloseCause::kNewConnection, d.time);
    close.complete = IsComplete(old, close.cause);
    Close(tcp_, flow, &close);
    flow = kNoFlow;
  }
  if (flow == kNoFlow) {
    flow = BeginConnection(d, h, hash, flags, &step.direction);
    if (flow == kNoFlow) {
      ++counts_.tcp_trash;
      return FlowResult::kTrash;
    }
  }
  TcpLife& life = tcp_.lives[flow];
  TcpConnection& connection = connections_->tcp[flow];
  if (life.guessed && !connection.has_ended()) [[unlikely]]
    TurnIfSaid(flow, d, h, flags, &step.direction);
  const int self = Index(step.direction);
  TcpConnection::Side& side = connection.side(self);
  if (life.reported) ++counts_.tcp_tracked;
  if (connections_->tells_copies) {
    const CopyFilter::Mark mark = made != nullptr ? *made : TcpMark(d, h, hash);
    if (IsCopy(flow, d, h, self, mark)) {
      connection.OnCopy(self);
      ++counts_.duplicates;
      return FlowResult::kDuplicate;
    }
    connections_->copies.Remember(mark, d.time, order_.packet, &side.marks);
  }
  const bool is_late = connection.has_ended();
  if (connections_->active_timeout_ns != 0 && !is_late) ReportIfLong(tcp_, flow, d.time);
  Touch(tcp_, life, d.time);
  bool ends = false;
  if (is_late) [[unlikely]] {
    connection.OnLateSegment(self, h, d);
  } else {
    ends = FollowConnection(flow, d, h, self);
  }
  CountMarks(d, self, &connections_->tcp_marks[flow]);
  life.last_counted[self] = d.time;
  ++life.packets;

  step.flow = flow;
  step.order = NextOrder();
  step.datagram = &d;
  if (flags != nullptr) step.flags = *flags;
  if (life.measured) [[likely]] {
    handed_on_ = true;
    sink_->OnTcpSegment(step);
  }
  TellNames(step, life.number());

  if (ends && connections_->counts_late) {
    connections_->ended.push_back({flow, life.number(), d.time});
  } else if (ends) {
    CloseEnded(flow, d.time);
  }
  return FlowResult::kCounted;
}

// What crosses flows: DNS over TCP, SIP.
void FlowTable::TellNames(const TcpSegmentStep& step, uint64_t number) {
  constexpr uint16_t kDns = 53, kSip = CallSource::kPort;
  const Datagram& d = *step.datagram;
  if (names_ != nullptr && (d.source_port == kDns || d.destination_port == kDns)) [[unlikely]]
    names_->OnDnsSegment(step, number);
  CallSource* const calls = connections_->calls;
  if (calls != nullptr && (d.source_port == kSip || d.destination_port == kSip)) [[unlikely]]
    calls->OnSipSegment(step, number);
}

FlowResult FlowTable::ProcessConversation(const Datagram& packet, uint32_t hash, uint32_t expected,
                                          const PacketFlags* flags, const CopyFilter::Mark* made) {
  if (packet.truncated) return FlowResult::kShort;
  ++counts_.udp_packets;
  UdpDatagramStep step;
  step.header = ReadUdpHeader(packet);
  const FlowKey key = FlowKey::Of(packet);
  if (udp_.charged > udp_.most_charged) [[unlikely]]
    MakeRoom(udp_, packet.time);
  uint32_t flow = FindFlow(udp_, key, hash, expected, &step.direction, &counts_);
  if (flow != kNoFlow && EndsBySilence(udp_, flow, packet.time)) flow = kNoFlow;
  const Datagram& d = NotBefore(udp_, flow, packet);
  if (flow == kNoFlow) {
    bool reversed = false;
    const ClosedFlow* const closed = connections_->closed_udp.Find(key, hash, &reversed);
    const uint64_t predecessor = closed != nullptr ? closed->number : 0;
    step.direction =
        reversed && closed != nullptr ? Direction::kServerToClient : Direction::kClientToServer;
    flow = Create(udp_, d, hash, flags, step.direction);
    if (flow == kNoFlow) return FlowResult::kTrash;
    connections_->udp.GrowTo(flow);
    connections_->udp[flow] = Conversation();
    connections_->udp[flow].predecessor = predecessor;
    connections_->udp_marks.GrowTo(flow);
    connections_->udp_marks[flow] = FlowMarks();
    connections_->udp_marks[flow].vlan = d.vlan;
  }
  UdpLife& life = udp_.lives[flow];
  const int self = Index(step.direction);
  if (connections_->tells_copies) {
    Conversation& conversation = connections_->udp[flow];
    const bool is_outer = d.tunnel.is_outer;
    CopyFilter& copies = is_outer ? connections_->outer_copies : connections_->copies;
    const uint64_t number = is_outer ? ++connections_->outer_datagrams : order_.packet;
    const CopyFilter::Mark mark = made != nullptr ? *made : UdpMark(d, step.header, hash);
    CopyFilter::History& marks = conversation.marks[self];
    if (copies.IsWithin(d.time, life.last_counted[self]) &&
        copies.Find(mark, d.time, number, marks) != CopyFilter::Match::kNone) {
      ++conversation.copies[self];
      counts_.duplicates += is_outer ? 0 : 1;
      return FlowResult::kDuplicate;
    }
    copies.Remember(mark, d.time, number, &marks);
  }
  if (connections_->active_timeout_ns != 0) ReportIfLong(udp_, flow, d.time);
  Touch(udp_, life, d.time);
  if (!life.has_state && MayNeedState(d)) {
    life.has_state = true;
    Charge(udp_);
  }
  CountMarks(d, self, &connections_->udp_marks[flow]);
  life.last_counted[self] = d.time;
  ++life.packets;

  step.flow = flow;
  step.order = NextOrder();
  step.datagram = &d;
  if (flags != nullptr) step.flags = *flags;
  if (life.measured) [[likely]] {
    handed_on_ = true;
    sink_->OnUdpDatagram(step);
  }
  if (names_ != nullptr && NameSource::MayBeDns(d)) {
    names_->OnDnsDatagram(step, life.number(), life.last_counted[0], life.last_counted[1]);
  }
  if (connections_->calls != nullptr && CallSource::MayBeSip(d) && !d.tunnel.is_outer) {
    connections_->calls->OnSipDatagram(step, life.number());
  }
  return FlowResult::kCounted;
}

void FlowTable::NoteIcmpError(const Datagram& quoted) {
  const bool is_tcp = quoted.transport == Transport::kTcp;
  const FlowKey key = FlowKey::Of(quoted);
  const uint32_t hash = Prepare(quoted);
  Direction direction;
  const uint32_t flow = is_tcp ? FindFlow(tcp_, key, hash, kNoFlow, &direction, &counts_)
                               : FindFlow(udp_, key, hash, kNoFlow, &direction, &counts_);
  if (flow == kNoFlow) return;
  if (connections_->tells_copies) {
    const CopyFilter::Mark mark = QuoteMark(quoted);
    CopyFilter::History& marks = connections_->icmp_marks;
    const uint64_t number = ++connections_->outer_datagrams;
    if (connections_->outer_copies.Find(mark, quoted.time, number, marks) !=
        CopyFilter::Match::kNone) {
      return;
    }
    connections_->outer_copies.Remember(mark, quoted.time, number, &marks);
  }
  uint16_t& errors =
      (is_tcp ? connections_->tcp_marks[flow] : connections_->udp_marks[flow]).icmp_errors;
  if (errors < UINT16_MAX) ++errors;
}

}  // namespace tstat::internal
