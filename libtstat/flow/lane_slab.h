// SPDX-License-Identifier: BSD-3-Clause
//
// Storage for the lives of flows that lanes measure: as StableSlab, and an index says whose flow it
// is. Each lane's flows are numbered from 0 on, so that its state is as large as its share.
//
//   LaneSlab<Life> lives(capacity, /*lane_bits=*/2);     // four lanes
//   uint32_t flow = lives.Allocate(lane);
//   lives.lane(flow) == lane; lives.local(flow) ...       // what the lane knows it by
#ifndef TSTAT_FLOW_LANE_SLAB_H_
#define TSTAT_FLOW_LANE_SLAB_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "flow/stable_array.h"

namespace tstat::internal {

template <typename T>
class LaneSlab {
 public:
  // At most `capacity` objects a lane.
  LaneSlab(size_t capacity, unsigned lane_bits)
      : array_(capacity << lane_bits),
        lane_bits_(lane_bits),
        lane_mask_((1u << lane_bits) - 1),
        lanes_(size_t{1} << lane_bits) {}

  uint32_t lane(uint32_t index) const { return index & lane_mask_; }
  uint32_t local(uint32_t index) const { return index >> lane_bits_; }

  // A freshly value-initialised object.
  uint32_t Allocate(uint32_t lane) {
    Lane& of = lanes_[lane];
    uint32_t index;
    if (!of.free.empty()) {
      index = of.free.back();
      of.free.pop_back();
      array_[index] = T();
    } else {
      index = of.used++ << lane_bits_ | lane;
      array_.GrowTo(index);
    }
    ++live_;
    return index;
  }
  void Free(uint32_t index) {
    lanes_[lane(index)].free.push_back(index);
    --live_;
  }
  // What Allocate gives next, if it is an object used before; else UINT32_MAX.
  uint32_t next(uint32_t lane) const {
    const std::vector<uint32_t>& free = lanes_[lane].free;
    return free.empty() ? UINT32_MAX : free.back();
  }

  T& operator[](uint32_t index) { return array_[index]; }
  const T& operator[](uint32_t index) const { return array_[index]; }

  uint32_t live() const { return live_; }
  size_t memory_bytes() const {
    size_t free_bytes = 0;
    for (const Lane& of : lanes_) free_bytes += of.free.capacity() * sizeof(uint32_t);
    return array_.memory_bytes() + free_bytes;
  }

 private:
  struct Lane {
    std::vector<uint32_t> free;
    uint32_t used = 0;
  };

  StableArray<T> array_;
  unsigned lane_bits_;
  uint32_t lane_mask_;
  std::vector<Lane> lanes_;
  uint32_t live_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_LANE_SLAB_H_
