// SPDX-License-Identifier: BSD-3-Clause
#include "flow/flow_index.h"

#include <cassert>

namespace tstat::internal {

void FlowIndexTable::Insert(uint32_t hash, uint32_t flow) {
  Reserve(1);
  Place(hash, flow);
  ++size_;
}

void FlowIndexTable::Erase(uint32_t hash, uint32_t flow) {
  Remove(hash, flow);
  --size_;
}

void FlowIndexTable::Place(uint32_t hash, uint32_t flow) {
  size_t i = hash & mask();
  while (cells_[i].flow != kEmpty) i = Behind(i);
  cells_[i] = {hash, flow + 1};
}

void FlowIndexTable::Remove(uint32_t hash, uint32_t flow) {
  size_t hole = hash & mask();
  while (cells_[hole].flow != flow + 1) {
    assert(cells_[hole].flow != kEmpty);
    hole = Behind(hole);
  }
  // Close the gap: move back what would not be found behind an empty cell.
  for (size_t i = Behind(hole); cells_[i].flow != kEmpty; i = Behind(i)) {
    const size_t home = cells_[i].hash & mask();
    if (((i - home) & mask()) >= ((i - hole) & mask())) {
      cells_[hole] = cells_[i];
      hole = i;
    }
  }
  cells_[hole] = Cell();
}

void FlowIndexTable::Grow() {
  decltype(cells_) old(cells_.size() * 2);
  old.swap(cells_);
  for (const Cell& cell : old) {
    if (cell.flow == kEmpty) continue;
    size_t i = cell.hash & mask();
    while (cells_[i].flow != kEmpty) i = Behind(i);
    cells_[i] = cell;
  }
}

}  // namespace tstat::internal
