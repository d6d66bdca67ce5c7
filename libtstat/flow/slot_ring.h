// SPDX-License-Identifier: BSD-3-Clause
//
// The numbered slots that live flows occupy (spec 20, 1.2; spec 30, 1.2). Which slot a flow gets
// decides when the collector sees it and in which order flows are flushed, so the search rule is
// followed to the letter.
#ifndef TSTAT_FLOW_SLOT_RING_H_
#define TSTAT_FLOW_SLOT_RING_H_

#include <cstdint>
#include <vector>

namespace tstat {

class SlotRing {
 public:
  static constexpr uint32_t kNoSlot = UINT32_MAX;
  static constexpr uint32_t kNoFlow = UINT32_MAX;

  // `last_given`: where the search begins; the first flow gets the slot behind it. `max_skipped`:
  // busy slots that a search passes over (Globals::list_search_dept).
  SlotRing(uint32_t size, uint32_t last_given, uint32_t max_skipped)
      : owners_(size, 0), last_(last_given), max_skipped_(max_skipped) {}

  // A free slot, now owned by `flow`; kNoSlot when the search fails (the next one starts behind
  // where this one ended).
  uint32_t Allocate(uint32_t flow) {
    const uint32_t start = last_;
    Advance();
    for (uint32_t skipped = 0; owners_[last_] != 0 && skipped < max_skipped_ && last_ != start;
         ++skipped) {
      Advance();
    }
    if (owners_[last_] != 0) return kNoSlot;
    owners_[last_] = flow + 1;
    if (last_ >= used_end_) used_end_ = last_ + 1;
    return last_;
  }
  void Free(uint32_t slot) { owners_[slot] = 0; }

  // The flow in `slot`, or kNoFlow.
  uint32_t owner(uint32_t slot) const { return owners_[slot] - 1; }
  uint32_t size() const { return static_cast<uint32_t>(owners_.size()); }
  // No slot at or behind this one was ever used.
  uint32_t used_end() const { return used_end_; }
  uint32_t last_given() const { return last_; }
  size_t memory_bytes() const { return owners_.size() * sizeof(uint32_t); }

 private:
  void Advance() { last_ = last_ + 1 == owners_.size() ? 0 : last_ + 1; }

  std::vector<uint32_t> owners_;  // flow + 1; 0: free
  uint32_t last_;
  uint32_t max_skipped_;
  uint32_t used_end_ = 0;
};

}  // namespace tstat

#endif  // TSTAT_FLOW_SLOT_RING_H_
