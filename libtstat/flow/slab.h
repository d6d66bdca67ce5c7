// SPDX-License-Identifier: BSD-3-Clause
//
// Storage for per-flow state: arrays that grow by whole chunks, so that addresses never change and
// no packet pays for a reallocation.
//
//   ChunkedSlab<Life> lives;              // indexed by FlowIndex
//   lives.Ensure(index) = Life{...};      // when a flow opens: grows when needed
//   lives[index].last = now;              // afterwards
//
//   SlabPool<Record> records;             // rare things that are attached to some flows only
//   uint32_t r = records.Allocate();      // value-initialised
//   records[r].first = 7;
//   records.Release(r);
//
// Not thread-safe. Neither gives memory back before its end: its size is that of the busiest
// moment.
#ifndef TSTAT_FLOW_SLAB_H_
#define TSTAT_FLOW_SLAB_H_

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace tstat {

// "No object": what an optional index into a SlabPool holds when there is none.
inline constexpr uint32_t kNoSlabIndex = UINT32_MAX;

// An array of T whose elements stay where they are. Elements are value-initialised when their chunk
// is made and are never destroyed before the slab: a reused element is assigned anew by its owner.
// `kChunkSize` is a power of two.
template <typename T, size_t kChunkSize = 1024>
class ChunkedSlab {
  static_assert((kChunkSize & (kChunkSize - 1)) == 0, "a chunk holds a power of two of elements");

 public:
  // The element `index`, made when it is not there yet.
  T& Ensure(uint32_t index) {
    const size_t chunk = index / kChunkSize;
    if (chunk >= chunks_.size()) [[unlikely]]
      chunks_.resize(chunk + 1);
    if (chunks_[chunk] == nullptr) [[unlikely]] {
      chunks_[chunk] = std::make_unique<Chunk>();
      ++chunks_made_;
    }
    return chunks_[chunk]->elements[index % kChunkSize];
  }

  // REQUIRES: Ensure(index) was called before.
  T& operator[](uint32_t index) {
    assert(Has(index));
    return chunks_[index / kChunkSize]->elements[index % kChunkSize];
  }
  const T& operator[](uint32_t index) const {
    assert(Has(index));
    return chunks_[index / kChunkSize]->elements[index % kChunkSize];
  }

  bool Has(uint32_t index) const {
    return index / kChunkSize < chunks_.size() && chunks_[index / kChunkSize] != nullptr;
  }

  size_t memory_bytes() const {
    return chunks_made_ * sizeof(Chunk) + chunks_.capacity() * sizeof(chunks_[0]);
  }

 private:
  struct alignas(64) Chunk {
    T elements[kChunkSize]{};
  };
  std::vector<std::unique_ptr<Chunk>> chunks_;
  size_t chunks_made_ = 0;
};

// Objects of one type, given out and taken back; the ones taken back last are given out first, so
// that the memory in use stays in the cache. `limit` bounds the number of live objects.
template <typename T, size_t kChunkSize = 1024>
class SlabPool {
  static_assert(std::is_trivially_destructible_v<T> && std::is_trivially_copyable_v<T>);
  static_assert(sizeof(T) >= sizeof(uint32_t), "free objects hold the index of the next one");
  static_assert((kChunkSize & (kChunkSize - 1)) == 0, "a chunk holds a power of two of objects");

 public:
  explicit SlabPool(uint32_t limit = kNoSlabIndex) : limit_(limit) {}
  SlabPool(const SlabPool&) = delete;
  SlabPool& operator=(const SlabPool&) = delete;

  // True when `limit` objects are live: Allocate() would give kNoSlabIndex.
  bool full() const { return live_ >= limit_; }

  // A value-initialised object, or kNoSlabIndex when the pool is full.
  uint32_t Allocate() {
    if (full()) [[unlikely]]
      return kNoSlabIndex;
    ++live_;
    uint32_t index = free_;
    if (index != kNoSlabIndex) {
      std::memcpy(&free_, Address(index), sizeof(free_));
    } else {
      index = fresh_++;
      if (index / kChunkSize == chunks_.size()) [[unlikely]] {
        chunks_.push_back(std::make_unique_for_overwrite<Chunk>());
      }
    }
    new (Address(index)) T{};
    return index;
  }

  // REQUIRES: `index` was given out by Allocate() and not released since.
  void Release(uint32_t index) {
    assert(index < fresh_ && live_ > 0);
    std::memcpy(Address(index), &free_, sizeof(free_));
    free_ = index;
    --live_;
  }

  T& operator[](uint32_t index) {
    assert(index < fresh_);
    return *std::launder(reinterpret_cast<T*>(Address(index)));
  }
  const T& operator[](uint32_t index) const {
    assert(index < fresh_);
    return *std::launder(reinterpret_cast<const T*>(Address(index)));
  }

  uint32_t live() const { return live_; }
  size_t memory_bytes() const {
    return chunks_.size() * sizeof(Chunk) + chunks_.capacity() * sizeof(chunks_[0]);
  }

 private:
  struct alignas(64) Chunk {
    std::byte bytes[kChunkSize * sizeof(T)];
  };
  static_assert(alignof(T) <= 64);

  std::byte* Address(uint32_t index) const {
    return chunks_[index / kChunkSize]->bytes + index % kChunkSize * sizeof(T);
  }

  std::vector<std::unique_ptr<Chunk>> chunks_;
  uint32_t limit_;
  uint32_t live_ = 0;
  uint32_t fresh_ = 0;            // objects ever made
  uint32_t free_ = kNoSlabIndex;  // head of the list of released ones
};

}  // namespace tstat

#endif  // TSTAT_FLOW_SLAB_H_
