// SPDX-License-Identifier: BSD-3-Clause
//
// Storage for the lives of flows that lanes measure: as StableSlab, and an index says whose flow it
// is. Each lane's flows are numbered from 0 on, so that its state is as large as its share. All
// Steps of a flow go to the same lane, which shares nothing with the others.
//
//   LaneSplit split(2);                                   // four lanes
//   LaneSlab<Life> lives(capacity, split);
//   uint32_t flow = lives.Allocate(lane);
//   Use(split.lane(flow), split.local(flow));             // `lane`, and what it knows the flow by
#ifndef TSTAT_FLOW_LANE_SLAB_H_
#define TSTAT_FLOW_LANE_SLAB_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "flow/stable_array.h"

namespace tstat::internal {

// Indexes of flows among 2^`bits` lanes. With one lane they are those of the lane.
class LaneSplit {
 public:
  explicit constexpr LaneSplit(unsigned bits = 0) : bits_(bits), mask_((1u << bits) - 1) {}

  constexpr uint32_t lane(uint32_t index) const { return index & mask_; }
  constexpr uint32_t local(uint32_t index) const { return index >> bits_; }
  constexpr uint32_t index(uint32_t lane, uint32_t local) const { return local << bits_ | lane; }
  constexpr size_t lanes() const { return size_t{1} << bits_; }

 private:
  unsigned bits_;
  uint32_t mask_;
};

template <typename T>
class LaneSlab {
 public:
  // At most `capacity` objects a lane.
  LaneSlab(size_t capacity, LaneSplit split)
      : array_(capacity * split.lanes()), split_(split), lanes_(split.lanes()) {}

  const LaneSplit& split() const { return split_; }

  // A freshly value-initialised object.
  uint32_t Allocate(uint32_t lane) {
    Lane& of = lanes_[lane];
    uint32_t index;
    if (!of.free.empty()) {
      index = of.free.back();
      of.free.pop_back();
      array_[index] = T();
    } else {
      index = split_.index(lane, of.used++);
      array_.GrowTo(index);
    }
    ++live_;
    return index;
  }
  void Free(uint32_t index) {
    lanes_[split_.lane(index)].free.push_back(index);
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
  LaneSplit split_;
  std::vector<Lane> lanes_;
  uint32_t live_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_LANE_SLAB_H_
