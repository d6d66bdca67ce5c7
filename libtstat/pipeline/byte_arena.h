// SPDX-License-Identifier: BSD-3-Clause
//
// Memory for copies of packets, filled from the front and used again.
//
//   ByteArena arena;
//   std::span<const uint8_t> copy = arena.Copy(packet.data);
//   arena.Clear();                                           // copies are gone, the memory stays
#ifndef TSTAT_PIPELINE_BYTE_ARENA_H_
#define TSTAT_PIPELINE_BYTE_ARENA_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

namespace tstat::internal {

class ByteArena {
 public:
  // Valid until Clear.
  std::span<const uint8_t> Copy(std::span<const uint8_t> bytes) {
    if (bytes.empty()) return {};
    uint8_t* const at = Reserve(bytes.size());
    std::memcpy(at, bytes.data(), bytes.size());
    return {at, bytes.size()};
  }
  void Clear() {
    // Of a burst of large packets, not all is kept for ever.
    if (chunks_.size() > kMostChunks) chunks_.resize(kMostChunks);
    chunk_ = used_ = bytes_ = 0;
  }
  // Copied since Clear.
  size_t bytes() const { return bytes_; }

 private:
  static constexpr size_t kChunkBytes = size_t{256} << 10;
  static constexpr size_t kMostChunks = 16;
  struct Chunk {
    std::unique_ptr<uint8_t[]> bytes;
    size_t size = 0;
  };

  uint8_t* Reserve(size_t count) {
    while (chunk_ < chunks_.size() && chunks_[chunk_].size - used_ < count) {
      ++chunk_;
      used_ = 0;
    }
    if (chunk_ == chunks_.size()) {
      const size_t size = std::max(count, kChunkBytes);
      chunks_.push_back({std::make_unique_for_overwrite<uint8_t[]>(size), size});
    }
    uint8_t* const at = chunks_[chunk_].bytes.get() + used_;
    used_ += count;
    bytes_ += count;
    return at;
  }

  std::vector<Chunk> chunks_;
  size_t chunk_ = 0, used_ = 0;  // the chunk that is filled, and how far
  size_t bytes_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_BYTE_ARENA_H_
