// SPDX-License-Identifier: BSD-3-Clause
//
// Flows that ended lately: what still comes of a closed connection is no new one, and a flow that
// goes on after a silence names the one before it. The last `limit` flows that ended are known, in
// the order of their ends.
//
//   ClosedFlowMemory memory(limit);
//   memory.Remember(closed);
//   bool reversed;
//   if (const ClosedFlow* f = memory.Find(key, hash, &reversed)) ...
#ifndef TSTAT_FLOW_CLOSED_FLOW_MEMORY_H_
#define TSTAT_FLOW_CLOSED_FLOW_MEMORY_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "flow/flow_index.h"
#include "flow/flow_key.h"
#include "flow/stable_array.h"
#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::internal {

struct ClosedFlow {
  FlowKey key;
  uint64_t number = 0;
  Timestamp time;  // of the end
  uint32_t hash = 0;
  CloseCause cause = CloseCause::kIdle;
  uint8_t reset_by = 0;  // the side, with kReset
  // Of TCP, by side: TcpConnection's. Nothing is known of a side that sent nothing.
  std::array<bool, 2> sent{};
  std::array<uint32_t, 2> base{}, next{};
};

class ClosedFlowMemory {
 public:
  explicit ClosedFlowMemory(uint32_t limit) : limit_(limit), flows_(limit) {}

  // The flow with these ends that was remembered last; null: none is known. `*reversed`: its client
  // is the destination of `key`.
  const ClosedFlow* Find(const FlowKey& key, uint32_t hash, bool* reversed) const;
  // Of a flow whose cell may be needed soon; and when that has come, of what it leads to.
  void PrefetchCell(uint32_t hash) const { index_.Prefetch(hash); }
  void Prefetch(uint32_t hash) const {
    const uint32_t position = index_.Peek(hash);
    if (position == kNone) return;
    const char* const flow = reinterpret_cast<const char*>(&flows_[position]);
    __builtin_prefetch(flow);
    __builtin_prefetch(flow + sizeof(ClosedFlow) - 1);
  }
  // What Remember will touch.
  void PrefetchRemember(uint32_t hash) const {
    index_.Prefetch(hash);
    if (count_ < limit_ || limit_ == 0) return;
    index_.Prefetch(flows_[next_ + 1 == limit_ ? 0 : next_ + 1].hash);
  }
  // Instead of what was known of the same ends.
  void Remember(const ClosedFlow& flow);
  // All of them: what comes next is of another network, or another time.
  void Forget();

  // Flows that are known.
  size_t size() const { return index_.size(); }
  uint32_t limit() const { return limit_; }
  size_t memory_bytes() const { return flows_.memory_bytes() + index_.memory_bytes(); }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  uint32_t Position(const FlowKey& key, uint32_t hash, bool* reversed) const;
  void Drop(uint32_t position);

  uint32_t limit_;
  StableArray<ClosedFlow> flows_;  // a ring, once it is full
  uint32_t count_ = 0;             // of flows_ that are used
  uint32_t next_ = 0;              // the last of them
  FlowIndexTable index_;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_CLOSED_FLOW_MEMORY_H_
