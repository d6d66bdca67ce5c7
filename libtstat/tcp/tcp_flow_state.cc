// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/tcp_flow_state.h"

namespace tstat::internal {

void TcpPools::AttachData(TcpDirectionState& side) {
  side.data = data.Allocate();
  if (keep_rates) {
    rates.GrowTo(side.data);
    rates[side.data] = RateStatistics();
  }
}

void TcpPools::Release(TcpDirectionState& side) {
  side.space.Clear(sequence);
  if (side.data != TcpDirectionState::kNone) {
    data[side.data].messages.Clear(message_sizes);
    data.Free(side.data);
    side.data = TcpDirectionState::kNone;
  }
  if (side.rare != TcpDirectionState::kNone) {
    rare.Free(side.rare);
    side.rare = TcpDirectionState::kNone;
  }
}

size_t TcpPools::memory_bytes() const {
  return data.memory_bytes() + rare.memory_bytes() + message_sizes.memory_bytes() +
         sequence.memory_bytes() + rates.memory_bytes();
}

namespace {

void ExportData(const TcpDirectionState& side, const TcpPools& pools, TcpDirection* out) {
  const DataState& data = pools.data[side.data];
  out->data_packets = data.payload.packets();
  out->data_bytes = data.payload.bytes();
  out->unique_bytes = data.payload.unique_bytes();
  out->first_payload = data.payload.first();
  out->last_payload = data.payload.last();
  out->payload_max = data.payload.max();
  out->payload_min = data.payload.min();
  out->initial_window_bytes = data.flight.initial_window_bytes();
  out->in_flight_max = data.flight.max();
  out->in_flight_min = data.flight.min();
  out->messages = data.messages.count();
  out->message_sizes = data.messages.Sizes(pools.message_sizes);
  if (pools.keep_gaps) out->gaps = data.gaps.statistics();
  if (pools.keep_rates) out->rate = pools.rates[side.data];
}

}  // namespace

void TcpMeasured::Export(size_t direction, TcpDirection* out) const {
  const TcpDirectionState& side = state.side[direction];
  const TcpColdState::Side& rest = cold.side[direction];
  out->packets = side.packets;
  out->pure_ack_packets = side.pure_acks;
  out->syn_count = side.syn_count;
  out->fin_count = side.fin_count;
  out->rst_count = side.rst_count;
  out->first_ack = rest.first_ack;
  out->rtt = side.rtt.statistics();
  out->ttl_min = side.ttl.min();
  out->ttl_max = side.ttl.max();
  out->window_scale_sent = side.options.window_scale_sent();
  out->timestamp_sent = side.options.timestamp_sent();
  out->sack_permitted = side.options.sack_permitted();
  out->mptcp = side.options.mptcp();
  out->window_scale = side.options.window_scale();
  out->mss = side.options.mss();
  out->window_max = side.window.max();
  out->window_min = side.window.min();
  out->window_sum = side.window.sum();
  out->zero_windows = side.window.zero();
  out->inconsistent_syn_or_fin = side.inconsistent;
  out->isn = side.isn.value();
  out->highest_sequence = side.highest.value();
  out->fin_position = rest.fin_position.value();

  int64_t ttl_excess = 0;
  if (side.rare != TcpDirectionState::kNone) {
    const RareState& rare = pools.rare[side.rare];
    out->retransmitted_packets = rare.retransmitted_packets;
    out->retransmitted_bytes = rare.retransmitted_bytes;
    out->out_of_order_packets = rare.out_of_order_packets;
    out->sack_segments = rare.sack_segments;
    out->syn_count += 256 * rare.syn_wraps;
    out->fin_count += 256 * rare.fin_wraps;
    out->anomalies = rare.anomalies;
    ttl_excess = rare.ttl_excess;
  }
  out->ttl_sum = side.ttl.Sum(side.packets, ttl_excess);
  if (side.data != TcpDirectionState::kNone) ExportData(side, pools, out);
  rest.measured.Export(out);
}

}  // namespace tstat::internal
