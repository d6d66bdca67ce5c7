// SPDX-License-Identifier: BSD-3-Clause
//
// Storage for flow state: chunks of objects with stable addresses, named by a 32-bit index. Growing
// never moves an object, so a pipeline may prefetch and hold pointers; freed objects are used
// again, last freed first (their lines are warm).
//
//   Slab<State> slab;
//   uint32_t i = slab.Allocate();     // value-initialised State
//   slab[i].packets++;
//   slab.Free(i);
#ifndef TSTAT_FLOW_SLAB_H_
#define TSTAT_FLOW_SLAB_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "flow/stable_array.h"

namespace tstat::internal {

// An array of T in chunks of 2^kChunkBits objects that grows on demand and never moves them.
// Objects are constructed with their chunk; the user decides which indexes are live.
template <typename T, unsigned kChunkBits = 10>
class ChunkedArray {
 public:
  T& operator[](uint32_t index) { return chunks_[index >> kChunkBits][index & kMask]; }
  const T& operator[](uint32_t index) const { return chunks_[index >> kChunkBits][index & kMask]; }

  // Makes `index` addressable.
  void GrowTo(uint32_t index) {
    while ((index >> kChunkBits) >= chunks_.size()) {
      chunks_.push_back(std::make_unique<T[]>(size_t{1} << kChunkBits));
    }
  }

  uint32_t capacity() const { return static_cast<uint32_t>(chunks_.size() << kChunkBits); }
  bool contains(uint32_t index) const { return (index >> kChunkBits) < chunks_.size(); }
  size_t memory_bytes() const { return capacity() * sizeof(T); }

 private:
  static constexpr uint32_t kMask = (1u << kChunkBits) - 1;
  std::vector<std::unique_ptr<T[]>> chunks_;
};

// An array that hands out its indexes itself. Allocate() gives a freshly value-initialised object.
template <typename T, typename Array>
class BasicSlab {
 public:
  BasicSlab() = default;
  explicit BasicSlab(size_t capacity) : array_(capacity) {}

  uint32_t Allocate() {
    uint32_t index;
    if (!free_.empty()) {
      index = free_.back();
      free_.pop_back();
      array_[index] = T();
    } else {
      index = used_++;
      array_.GrowTo(index);
    }
    ++live_;
    return index;
  }
  // What Allocate gives next, if it is an object used before; else UINT32_MAX.
  uint32_t next() const { return free_.empty() ? UINT32_MAX : free_.back(); }
  void Free(uint32_t index) {
    free_.push_back(index);
    --live_;
  }

  T& operator[](uint32_t index) { return array_[index]; }
  const T& operator[](uint32_t index) const { return array_[index]; }
  bool contains(uint32_t index) const { return array_.contains(index); }

  uint32_t live() const { return live_; }
  size_t memory_bytes() const {
    return array_.memory_bytes() + free_.capacity() * sizeof(uint32_t);
  }

 private:
  Array array_;
  std::vector<uint32_t> free_;
  uint32_t used_ = 0;
  uint32_t live_ = 0;
};

// Of what some flows have.
template <typename T, unsigned kChunkBits = 10>
using Slab = BasicSlab<T, ChunkedArray<T, kChunkBits>>;

// Of what every flow has, with a capacity given at the start.
template <typename T>
using StableSlab = BasicSlab<T, StableArray<T>>;

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_SLAB_H_
