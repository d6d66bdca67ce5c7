// SPDX-License-Identifier: BSD-3-Clause
//
// What happens at which time; of two events of one time the one that was added first comes first.
#ifndef TSTAT_ACCURACY_EVENT_QUEUE_H_
#define TSTAT_ACCURACY_EVENT_QUEUE_H_

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "benchmarks/accuracy/link/packet.h"

namespace accuracy {

template <typename Event>
class EventQueue {
 public:
  void Add(Nanoseconds time, Event event) {
    heap_.push_back({time, order_++, std::move(event)});
    std::push_heap(heap_.begin(), heap_.end(), Later);
  }

  bool empty() const { return heap_.empty(); }

  // REQUIRES: not empty.
  Nanoseconds NextTime() const { return heap_.front().time; }

  Event Take() {
    std::pop_heap(heap_.begin(), heap_.end(), Later);
    Event event = std::move(heap_.back().event);
    heap_.pop_back();
    return event;
  }

 private:
  struct Entry {
    Nanoseconds time;
    uint64_t order;
    Event event;
  };

  static bool Later(const Entry& a, const Entry& b) {
    return a.time != b.time ? a.time > b.time : a.order > b.order;
  }

  uint64_t order_ = 0;
  std::vector<Entry> heap_;
};

}  // namespace accuracy

#endif  // TSTAT_ACCURACY_EVENT_QUEUE_H_
