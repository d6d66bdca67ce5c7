// SPDX-License-Identifier: BSD-3-Clause
//
// Memory for what streams hold: blocks of 1, 2, 4, 8 or 16 KiB, each with the ranges in it. What is
// given back is used again, so that a run allocates only until it has as much as it needs at once.
#ifndef TSTAT_L7_STREAM_STREAM_BUFFERS_H_
#define TSTAT_L7_STREAM_STREAM_BUFFERS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace tstat::internal {

// What one direction holds.
struct HeldBytes {
  static constexpr uint32_t kMostRanges = 32;

  // Bytes behind what is in order, by their offsets in the stream.
  struct Range {
    uint64_t first = 0, end = 0;
    bool lost = false;  // they were not captured
  };

  std::unique_ptr<uint8_t[]> block;
  size_t block_size = 0;
  uint64_t end = 0;                           // offset behind the last byte in the block
  std::array<Range, kMostRanges + 2> ranges;  // in order, apart from each other
  uint32_t range_count = 0;
};

class StreamBuffers {
 public:
  static constexpr size_t kSmallest = 1024;

  std::unique_ptr<HeldBytes> Take() {
    if (free_states_.empty()) {
      allocated_bytes_ += sizeof(HeldBytes);
      return std::make_unique<HeldBytes>();
    }
    std::unique_ptr<HeldBytes> state = std::move(free_states_.back());
    free_states_.pop_back();
    return state;
  }
  void Give(std::unique_ptr<HeldBytes> state) {
    GiveBlock(*state);
    state->range_count = 0;
    free_states_.push_back(std::move(state));
  }

  // Room for `bytes`, at most 16 KiB; of the block that was there the first `used` bytes stay.
  void Grow(HeldBytes& state, size_t bytes, size_t used);

  size_t memory_bytes() const { return allocated_bytes_; }

 private:
  void GiveBlock(HeldBytes& state) {
    if (state.block == nullptr) return;
    free_blocks_[Index(state.block_size)].push_back(std::move(state.block));
    state.block_size = 0;
  }
  static constexpr size_t Index(size_t size) {
    size_t index = 0;
    for (size_t s = kSmallest; s < size; s *= 2) ++index;
    return index;
  }

  std::array<std::vector<std::unique_ptr<uint8_t[]>>, 5> free_blocks_;
  std::vector<std::unique_ptr<HeldBytes>> free_states_;
  size_t allocated_bytes_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_STREAM_STREAM_BUFFERS_H_
