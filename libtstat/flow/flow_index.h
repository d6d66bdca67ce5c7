// SPDX-License-Identifier: BSD-3-Clause
//
// Hash index from flow keys to flow numbers: open addressing over 8-byte cells (a 32-bit hash and
// the flow's number), eight a cache line, so that a miss costs one line. It stores no keys: the
// caller compares the candidates.
//
//   uint32_t hash = key.Hash(secret);
//   index.Prefetch(hash);
//   uint32_t flow = index.Find(hash, [&](uint32_t f) { return keys[f].Difference(key) == 0; });
#ifndef TSTAT_FLOW_FLOW_INDEX_H_
#define TSTAT_FLOW_FLOW_INDEX_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "flow/huge_pages.h"

namespace tstat::internal {

class FlowIndexTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // Of several lanes (a power of two), each has cells of its own, by the lowest bits of the hash:
  // flows of different lanes may be looked up, placed and removed at once, on different threads.
  explicit FlowIndexTable(size_t lanes = 1)
      : lanes_(lanes), cells_(std::max(kInitialCells, kInitialCellsOfLane * lanes)) {}

  void Prefetch(uint32_t hash) const { __builtin_prefetch(&cells_[hash & mask()]); }

  // The first flow with this hash for which `same(flow)` holds, or kNone.
  template <typename Same>
  uint32_t Find(uint32_t hash, Same&& same) const {
    for (size_t i = hash & mask();; i = Behind(i)) {
      const Cell& cell = cells_[i];
      if (cell.flow == kEmpty) return kNone;
      if (cell.hash == hash && same(cell.flow - 1)) return cell.flow - 1;
    }
  }

  // A flow that probably has this hash (the keys are not compared), for prefetching; kNone if none
  // has.
  uint32_t Peek(uint32_t hash) const {
    return Find(hash, [](uint32_t) { return true; });
  }

  void Insert(uint32_t hash, uint32_t flow);
  // REQUIRES: the pair was inserted.
  void Erase(uint32_t hash, uint32_t flow);

  // The parts of it for several threads. REQUIRES: there is room (Reserve), and what is placed and
  // removed is counted (Count) before the next Insert, Erase or Reserve.
  void Place(uint32_t hash, uint32_t flow);
  void Remove(uint32_t hash, uint32_t flow);
  void Count(int64_t placed) { size_ += static_cast<size_t>(placed); }
  // Room for so many more.
  void Reserve(size_t count) {
    while ((size_ + count) * 2 > cells_.size()) Grow();
  }

  size_t size() const { return size_; }
  size_t memory_bytes() const { return cells_.capacity() * sizeof(Cell); }

 private:
  // So many, half full, that none of the lanes is ever full, by any hash that is as good as random.
  static constexpr size_t kInitialCells = 1 << 12, kInitialCellsOfLane = 1 << 8;
  static constexpr uint32_t kEmpty = 0;
  struct Cell {
    uint32_t hash = 0;
    uint32_t flow = kEmpty;  // flow number + 1
  };

  size_t mask() const { return cells_.size() - 1; }
  size_t Behind(size_t cell) const { return (cell + lanes_) & mask(); }
  void Grow();

  size_t lanes_;
  std::vector<Cell, HugePageAllocator<Cell>> cells_;  // a power of two, at most half full
  size_t size_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_FLOW_INDEX_H_
