// SPDX-License-Identifier: BSD-3-Clause
//
// What records get of the true profile's measurements, and the end of a flow.
#include <array>

#include "tcp/true_measurements.h"

namespace tstat::internal {

void TrueMeasurements::Export(FlowIndex flow, size_t side, const TrueSequenceSpace& space,
                              TcpDirection* out) const {
  const Side& s = sides_[2 * flow + static_cast<uint32_t>(side)];
  out->missed_bytes = space.missed(space_);
  out->rtt.shows_true_mean = true;
  if (s.syn_rtt_us != kNone) out->handshake_rtt_us = s.syn_rtt_us;
  const auto [p50, p95, p99] = s.quantiles.At(std::array{0.5, 0.95, 0.99}, quantiles_);
  out->rtt_p50_us = p50;
  out->rtt_p95_us = p95;
  out->rtt_p99_us = p99;
  if (const Rare* rare = RareIf(s)) {
    out->tail_loss_probes = rare->tail_probes;
    out->needless_retransmissions = rare->needless.count();
    out->keep_alives = rare->keep_alives;
  }
}

void TrueMeasurements::BeginPeriod(FlowIndex flow) {
  for (uint32_t i = 2 * flow; i <= 2 * flow + 1; ++i) {
    sides_[i].quantiles.Clear(quantiles_);
    sides_[i].syn_rtt_us = kNone;
  }
}

void TrueMeasurements::Release(FlowIndex flow) {
  for (uint32_t i = 2 * flow; i <= 2 * flow + 1; ++i) {
    Side& side = sides_[i];
    side.quantiles.Clear(quantiles_);
    if (side.rare != kNone) rare_.Free(side.rare);
    side.rare = kNone;
  }
}

}  // namespace tstat::internal
