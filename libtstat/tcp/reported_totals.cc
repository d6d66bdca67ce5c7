// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/reported_totals.h"

#include <algorithm>
#include <utility>

namespace tstat::internal {
namespace {

void SubtractAnomalies(const AnomalyCounts& before, AnomalyCounts* d) {
  d->rto -= before.rto;
  d->fast_retransmit -= before.fast_retransmit;
  d->reordering -= before.reordering;
  d->network_duplicate -= before.network_duplicate;
  d->unknown -= before.unknown;
  d->flow_control -= before.flow_control;
  d->unnecessary_rto -= before.unnecessary_rto;
  d->unnecessary_fast -= before.unnecessary_fast;
}

void SubtractDirection(const TcpDirection& before, TcpDirection* d) {
  d->packets -= before.packets;
  d->ack_packets -= before.ack_packets;
  d->pure_ack_packets -= before.pure_ack_packets;
  d->data_packets -= before.data_packets;
  d->data_bytes -= before.data_bytes;
  d->unique_bytes -= before.unique_bytes;
  d->retransmitted_packets -= before.retransmitted_packets;
  d->retransmitted_bytes -= before.retransmitted_bytes;
  d->out_of_order_packets -= before.out_of_order_packets;
  d->syn_count -= before.syn_count;
  d->fin_count -= before.fin_count;
  d->rst_count = static_cast<uint8_t>(d->rst_count - before.rst_count);
  d->rtt.sum_us -= before.rtt.sum_us;
  d->rtt.sum2_us -= before.rtt.sum2_us;
  d->rtt.count -= before.rtt.count;
  d->ttl_sum -= before.ttl_sum;
  d->sack_segments -= before.sack_segments;
  d->window_sum -= before.window_sum;
  d->zero_windows -= before.zero_windows;
  d->initial_window_bytes -= before.initial_window_bytes;
  SubtractAnomalies(before.anomalies, &d->anomalies);
  d->tail_loss_probes -= before.tail_loss_probes;
  d->needless_retransmissions -= before.needless_retransmissions;
  d->keep_alives -= before.keep_alives;
  // What was missed then may have come since.
  d->missed_bytes -= std::min(d->missed_bytes, before.missed_bytes);
  // The sizes are those of the flow's first messages.
  if (before.messages > 0) d->message_sizes = {};
  d->messages -= before.messages;
}

}  // namespace

void ReportedTotals::Take(FlowIndex flow, TcpDirection* client, TcpDirection* server) {
  std::array<TcpDirection, 2> totals = {*client, *server};
  Subtract(flow, client, server);
  flows_[flow] = std::move(totals);
}

void ReportedTotals::Subtract(FlowIndex flow, TcpDirection* client, TcpDirection* server) const {
  const auto before = flows_.find(flow);
  if (before == flows_.end()) return;
  SubtractDirection(before->second[0], client);
  SubtractDirection(before->second[1], server);
}

void ReportedTotals::BeginPeriod(TcpFlowState& state, TcpColdState& cold, TcpPools& pools) {
  for (TcpDirectionState& side : state.side) {
    side.window.BeginPeriod();
    side.ttl.BeginPeriod();
    side.rtt.BeginPeriod();
    side.sent_ack = false;
    if (side.data == TcpDirectionState::kNone) continue;
    pools.data[side.data].payload.BeginPeriod();
    pools.data[side.data].flight.BeginPeriod();
  }
  for (TcpColdState::Side& side : cold.side) side.first_ack = Timestamp();
}

}  // namespace tstat::internal
