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
    ++of.live;
    return index;
  }
  void Free(uint32_t index) {
    Lane& of = lanes_[split_.lane(index)];
    of.free.push_back(index);
    --of.live;
  }
  // Room for `count` more of a lane. Until they are all allocated, objects of different lanes may
  // be allocated at once, on different threads.
  void Reserve(uint32_t lane, size_t count) {
    const Lane& of = lanes_[lane];
    if (count <= of.free.size()) return;
    array_.GrowTo(split_.index(lane, of.used + static_cast<uint32_t>(count - of.free.size() - 1)));
  }
  // What Allocate gives next, if it is an object used before; else UINT32_MAX.
  uint32_t next(uint32_t lane) const {
    const std::vector<uint32_t>& free = lanes_[lane].free;
    return free.empty() ? UINT32_MAX : free.back();
  }

  T& operator[](uint32_t index) { return array_[index]; }
  const T& operator[](uint32_t index) const { return array_[index]; }

  uint32_t live() const {
    uint32_t live = 0;
    for (const Lane& of : lanes_) live += of.live;
    return live;
  }
  size_t memory_bytes() const {
    size_t free_bytes = 0;
    for (const Lane& of : lanes_) free_bytes += of.free.capacity() * sizeof(uint32_t);
    return array_.memory_bytes() + free_bytes;
  }

 private:
  // Each in a cache line of its own, for its thread.
  struct alignas(64) Lane {
    std::vector<uint32_t> free;
    uint32_t used = 0, live = 0;
  };

  StableArray<T> array_;
  LaneSplit split_;
  std::vector<Lane> lanes_;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_LANE_SLAB_H_
