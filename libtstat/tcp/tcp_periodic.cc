// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/tcp_periodic.h"

#include <utility>

#include "decode/datagram.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {
namespace {

size_t At(Direction d) { return static_cast<size_t>(Index(d)); }

// Retransmitted and reordered segments of a direction: they tell nothing about its flight.
uint64_t Repeated(const TcpDirectionState& side, const TcpPools& pools) {
  if (side.rare == TcpDirectionState::kNone) return 0;
  const RareState& rare = pools.rare[side.rare];
  return uint64_t{rare.retransmitted_packets} + rare.out_of_order_packets;
}

// Counters since the flow's start.
TcpPeriod::Side SinceStart(const TcpDirection& d) {
  TcpPeriod::Side s;
  s.packets = d.packets;
  s.ack_packets = d.ack_packets;
  s.pure_ack_packets = d.pure_ack_packets;
  s.data_packets = d.data_packets;
  s.data_bytes = d.data_bytes;
  s.unique_bytes = d.unique_bytes;
  s.retransmitted_packets = d.retransmitted_packets;
  s.retransmitted_bytes = d.retransmitted_bytes;
  s.out_of_order_packets = d.out_of_order_packets;
  s.syn_count = d.syn_count;
  s.fin_count = d.fin_count;
  s.rst_count = d.rst_count;
  s.sack_segments = d.sack_segments;
  s.rtt_count = d.rtt.count;
  return s;
}

// The counters between two moments; narrow ones wrap.
TcpPeriod::Side Difference(const TcpPeriod::Side& now, const TcpPeriod::Side& before) {
  TcpPeriod::Side s;
  s.packets = now.packets - before.packets;
  s.ack_packets = now.ack_packets - before.ack_packets;
  s.pure_ack_packets = now.pure_ack_packets - before.pure_ack_packets;
  s.data_packets = now.data_packets - before.data_packets;
  s.data_bytes = now.data_bytes - before.data_bytes;
  s.unique_bytes = now.unique_bytes - before.unique_bytes;
  s.retransmitted_packets = now.retransmitted_packets - before.retransmitted_packets;
  s.retransmitted_bytes = now.retransmitted_bytes - before.retransmitted_bytes;
  s.out_of_order_packets = now.out_of_order_packets - before.out_of_order_packets;
  s.syn_count = now.syn_count - before.syn_count;
  s.fin_count = now.fin_count - before.fin_count;
  s.rst_count = static_cast<uint8_t>(now.rst_count - before.rst_count);
  s.sack_segments = now.sack_segments - before.sack_segments;
  s.rtt_count = now.rtt_count - before.rtt_count;
  return s;
}

}  // namespace

void TcpPeriodicReporter::OnOpen(const OpenStep& step) {
  flows_.GrowTo(step.flow);
  Flow& flow = flows_[step.flow];
  flow.Open(step);
  flow.side = {};
}

void TcpPeriodicReporter::OnTurn(const OpenStep& step) {
  Flow& flow = flows_[step.flow];
  flow.endpoints = step.endpoints;
  flow.endpoints.resolution = nullptr;
  std::swap(flow.side[0], flow.side[1]);
}

// The segment that ends a period is the first of the next one. Without a log no period ends: when a
// reload switches it on, the first row of each flow has everything since the flow's start.
void TcpPeriodicReporter::BeforeSegment(const TcpSegmentStep& step, const TcpMeasured& measured) {
  Flow& flow = flows_[step.flow];
  const Timestamp now = step.datagram->time;
  if (flow.IsOver(now, interval_us_) && out_->Wants().has(Event::kTcpPeriodic)) {
    out_->OnTcpPeriod(TakePeriod(flow, measured, step.order, now));
  }
  flow.repeated = Repeated(measured.state.side[At(step.direction)], measured.pools);
}

// The bytes in flight, as in the flow's own row, but from the period's segments only.
void TcpPeriodicReporter::AfterSegment(const TcpSegmentStep& step, const TcpMeasured& measured) {
  Flow& flow = flows_[step.flow];
  flow.last = step.datagram->time;
  if ((step.header.flags & (tcp_flags::kSyn | tcp_flags::kRst)) != 0) return;
  if (Repeated(measured.state.side[At(step.direction)], measured.pools) != flow.repeated) return;
  const SequenceNumber end =
      SequenceNumber(step.header.sequence) + static_cast<uint32_t>(step.header.payload_length);
  const SequenceNumber acknowledged =
      measured.state.side[At(Opposite(step.direction))].acknowledgment;
  const uint32_t bytes = FlightTracker::InFlight(end, acknowledged);
  if (bytes > 0) flow.side[At(step.direction)].flight.Add(bytes);
}

void TcpPeriodicReporter::OnClose(const CloseStep& step, const TcpMeasured& measured) {
  Flow& flow = flows_[step.flow];
  const bool by_segment = step.cause == CloseCause::kHalfDuplex;
  // The segment is not counted, but it ends a period as others do.
  if (by_segment && flow.IsOver(step.now, interval_us_)) {
    out_->OnTcpPeriod(TakePeriod(flow, measured, step.order, step.now));
  }
  flow.last = by_segment ? step.now : step.last;
  TcpPeriod period = TakePeriod(flow, measured, step.order, step.now);
  period.order = At(step.order, EventPlace::kPeriodAtClose);
  if (by_segment) {
    TcpPeriod::Side& side =
        step.direction == Direction::kClientToServer ? period.client : period.server;
    if ((step.uncounted_flags & tcp_flags::kRst) != 0) ++side.rst_count;
    if ((step.uncounted_flags & tcp_flags::kFin) != 0) ++side.fin_count;
  }
  // Of flows between external hosts, too, which have no other row.
  out_->OnTcpPeriod(period);
}

TcpPeriod TcpPeriodicReporter::TakePeriod(Flow& flow, const TcpMeasured& measured, OrderKey order,
                                          Timestamp next) {
  TcpPeriod period;
  flow.Describe(order, &period);
  for (size_t i = 0; i < 2; ++i) {
    Side& side = flow.side[i];
    TcpDirection total;
    measured.Export(i, &total);
    const TcpPeriod::Side now = SinceStart(total);
    TcpPeriod::Side& out = i == 0 ? period.client : period.server;
    out = Difference(now, side.before);
    RttStatistics rtt;
    rtt.count = out.rtt_count;
    rtt.sum_us = total.rtt.sum_us - side.rtt_sum_us_before;
    out.rtt_sum_us = rtt.sum_us;
    out.in_flight_min = side.flight.min();
    out.in_flight_max = side.flight.max();
    side = {.before = now, .rtt_sum_us_before = total.rtt.sum_us, .flight = {}};
  }
  flow.begin = next;
  return period;
}

}  // namespace tstat::internal
