// SPDX-License-Identifier: BSD-3-Clause
#include "flow/closed_flow_memory.h"

namespace tstat::internal {

uint32_t ClosedFlowMemory::Position(const FlowKey& key, uint32_t hash, bool* reversed) const {
  return index_.Find(hash, [&](uint32_t position) {
    const FlowKey& known = flows_[position].key;
    *reversed = known.Difference(key) != 0;
    return !*reversed || known.DifferenceReversed(key) == 0;
  });
}

const ClosedFlow* ClosedFlowMemory::Find(const FlowKey& key, uint32_t hash, bool* reversed) const {
  const uint32_t position = Position(key, hash, reversed);
  return position == kNone ? nullptr : &flows_[position];
}

void ClosedFlowMemory::Drop(uint32_t position) {
  ClosedFlow& flow = flows_[position];
  if (!flow.key.is_valid()) return;
  index_.Erase(flow.hash, position);
  flow.key.Invalidate();
}

void ClosedFlowMemory::Remember(const ClosedFlow& flow) {
  if (limit_ == 0) return;
  bool reversed;
  const uint32_t known = Position(flow.key, flow.hash, &reversed);
  if (known != kNone) Drop(known);
  if (count_ < limit_) {
    next_ = count_++;
    flows_.GrowTo(next_);
  } else {
    next_ = next_ + 1 == limit_ ? 0 : next_ + 1;
    Drop(next_);
  }
  flows_[next_] = flow;
  index_.Insert(flow.hash, next_);
}

void ClosedFlowMemory::Forget() {
  count_ = next_ = 0;
  index_ = FlowIndexTable();
}

}  // namespace tstat::internal
