// SPDX-License-Identifier: BSD-3-Clause
//
// The numbered slots that live flows occupy. Which slot a flow gets
// decides when the collector sees it and in which order flows are flushed, so the search rule is
// followed to the letter.
#ifndef TSTAT_FLOW_SLOT_RING_H_
#define TSTAT_FLOW_SLOT_RING_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace tstat::internal {

class SlotRing {
 public:
  static constexpr uint32_t kNoSlot = UINT32_MAX;
  static constexpr uint32_t kNoFlow = UINT32_MAX;

  // `last_given`: where the search begins; the first flow gets the slot behind it. `max_skipped`:
  // busy slots that a search passes over (Globals::list_search_dept). `columns`: the collector
  // looks at every columns-th slot together (Globals::gc_split_ratio), so these lie side by side.
  SlotRing(uint32_t size, uint32_t last_given, uint32_t max_skipped, uint32_t columns)
      : size_(size),
        columns_(columns),
        rows_((size + columns - 1) / columns),
        slots_(static_cast<Slot*>(std::calloc(size_t{columns} * rows_, sizeof(Slot)))),
        last_(last_given),
        max_skipped_(max_skipped) {
    if (slots_ == nullptr) throw std::bad_alloc();
  }

  // A free slot, now owned by `flow`; kNoSlot when the search fails (the next one starts behind
  // where this one ended).
  uint32_t Allocate(uint32_t flow) {
    const uint32_t start = last_;
    Advance();
    for (uint32_t skipped = 0; busy(last_) && skipped < max_skipped_ && last_ != start; ++skipped) {
      Advance();
    }
    return busy(last_) ? kNoSlot : Give(flow);
  }
  // The next free slot, however many busy ones it passes over; kNoSlot: there is none.
  uint32_t AllocateAnywhere(uint32_t flow) {
    const uint32_t start = last_;
    do {
      Advance();
    } while (busy(last_) && last_ != start);
    return busy(last_) ? kNoSlot : Give(flow);
  }
  // The next `count` searches will all find a slot, however many are freed meanwhile.
  bool CanAllocate(uint32_t count) {
    if (assured_ < count) LookAhead(count);
    return assured_ >= count;
  }
  // Fetches what the next search looks at first.
  void PrefetchNext() const {
    __builtin_prefetch(&slots_[position(last_ + 1 == size_ ? 0 : last_ + 1)], 1);
  }
  void Free(uint32_t slot) { slots_[position(slot)] = {}; }

  // The flow in `slot`, or kNoFlow.
  uint32_t owner(uint32_t slot) const { return slots_[position(slot)].owner - 1; }
  uint32_t size() const { return size_; }
  // No slot at or behind this one was ever used.
  uint32_t used_end() const { return used_end_; }
  uint32_t last_given() const { return last_; }

  // Slots of one column have consecutive positions, in the order of their numbers.
  size_t position(uint32_t slot) const { return size_t{slot % columns_} * rows_ + slot / columns_; }
  size_t first_position(uint32_t column) const { return size_t{column} * rows_; }
  uint32_t rows() const { return rows_; }
  uint32_t rows_in_use() const { return (used_end_ + columns_ - 1) / columns_; }
  uint32_t column(uint32_t slot) const { return slot % columns_; }
  uint32_t owner_at(size_t position) const { return slots_[position].owner - 1; }
  // When the flow may be due (DeadlineSeconds), for the collector; INT32_MAX when there is none.
  int32_t deadline_at(size_t position) const {
    return slots_[position].hidden_deadline_s ^ INT32_MAX;
  }
  void set_deadline_at(size_t position, int32_t deadline_s) {
    slots_[position].hidden_deadline_s = deadline_s ^ INT32_MAX;
  }

  size_t memory_bytes() const { return size_t{columns_} * rows_ * sizeof(Slot); }

 private:
  struct Slot {
    uint32_t owner;             // flow + 1; 0: free
    int32_t hidden_deadline_s;  // its low 31 bits inverted; 0: none
  };
  struct FreeMemory {
    void operator()(void* memory) const { std::free(memory); }
  };
  uint32_t Give(uint32_t flow) {
    slots_[position(last_)] = {.owner = flow + 1, .hidden_deadline_s = 0};
    if (last_ >= used_end_) used_end_ = last_ + 1;
    if (assured_ != 0) --assured_;
    return last_;
  }
  // Searches only go forward, and what is freed lies before a slot that they would have found: so
  // what is free now will do. Looks for more than is asked for, so that this is rare.
  void LookAhead(uint32_t count) {
    constexpr uint64_t kAhead = 16, kSlotsForOne = 64;
    const uint64_t wanted = kAhead * count;
    const uint64_t most = std::min<uint64_t>(size_ - 1, kSlotsForOne * count);
    uint32_t slot = last_, busy_in_a_row = 0;
    assured_ = 0;
    for (uint64_t looked = 0; looked < most && assured_ < wanted; ++looked) {
      slot = slot + 1 == size_ ? 0 : slot + 1;
      if (!busy(slot)) {
        busy_in_a_row = 0;
        ++assured_;
      } else if (++busy_in_a_row > max_skipped_) {
        break;
      }
    }
  }
  bool busy(uint32_t slot) const { return slots_[position(slot)].owner != 0; }
  void Advance() { last_ = last_ + 1 == size_ ? 0 : last_ + 1; }

  uint32_t size_;
  uint32_t columns_, rows_;
  // Zeros at first: a page of them costs nothing until a slot in it is used, and most never are.
  std::unique_ptr<Slot[], FreeMemory> slots_;
  uint32_t last_;
  uint32_t max_skipped_;
  uint32_t used_end_ = 0;
  uint32_t assured_ = 0;  // searches that will find a slot
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_SLOT_RING_H_
