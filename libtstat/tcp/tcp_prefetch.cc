// SPDX-License-Identifier: BSD-3-Clause
//
// What a segment will touch in the true profile beside what it touches in all.
#include "l7/tcp/layer7.h"
#include "tcp/tcp_tracker.h"

namespace tstat::internal {

void TcpTracker::PrefetchTruth(FlowIndex flow, const TcpFlowState& state) const {
  truth_->Prefetch(flow);
  for (const TcpDirectionState& side : state.side) truth_->Prefetch(side.true_space);
  const bool needs_layer7 = state.layer7 != nullptr && state.layer7_need != Layer7Need::kHttp;
  const char* layer7 = needs_layer7 ? reinterpret_cast<const char*>(state.layer7)
                                    : reinterpret_cast<const char*>(&state);
  for (size_t at : {0, 64, 192}) __builtin_prefetch(layer7 + at, 1);
}

void TcpTracker::PrefetchStream(FlowIndex flow, Direction sender) const {
  const TcpFlowState& state = flows_[flow];
  if (state.layer7 != nullptr && state.layer7_need != Layer7Need::kHttp) {
    StreamTracker::Prefetch(*state.layer7, sender);
  }
}

}  // namespace tstat::internal
