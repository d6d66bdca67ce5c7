// SPDX-License-Identifier: BSD-3-Clause
//
// Which flow is closed early when a table is full: first the singletons (connections that nobody
// answered, single datagrams), the oldest one first; when there is none, the flow that has been
// silent for the longest time. So a flood of connection attempts displaces itself.
//
//   EvictionOrder order;
//   order.OnOpen({flow, number, time});                          // every new flow
//   uint32_t victim = order.Next(state_of, for_each, live);    // see there
//
// A flow costs nothing while it lives: entries are checked when they are about to be used.
#ifndef TSTAT_FLOW_EVICTION_ORDER_H_
#define TSTAT_FLOW_EVICTION_ORDER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tstat/time.h"

namespace tstat::internal {

class EvictionOrder {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // A flow as it was at some time. Numbers of flows are used again, so number and time tell whether
  // it is still the same one.
  struct Entry {
    uint32_t flow = kNone;
    uint32_t number = 0;  // of the flow in the run, its lower half
    Timestamp time;       // of singletons: the first packet's; of others: the last one's
  };
  // What the caller knows of a flow now.
  struct State {
    bool live = false;  // and has a slot
    bool singleton = false;
    uint32_t number = 0;  // of the flow in the run, its lower half
    Timestamp first, last;
  };

  void OnOpen(const Entry& entry) { singletons_.push_back(entry); }

  // The flow to close; kNone when there is none. `state_of(flow)` gives a State; `for_each(visit)`
  // calls visit(Entry) with the last time of each live flow; `live`: their number. On average a
  // call looks at some ten flows.
  template <typename StateOf, typename ForEach>
  uint32_t Next(StateOf&& state_of, ForEach&& for_each, size_t live) {
    while (next_ < singletons_.size()) {
      const Entry& entry = singletons_[next_++];
      if (IsSingleton(entry, state_of(entry.flow))) return entry.flow;
    }
    singletons_.clear();
    next_ = 0;
    for (bool looked = false;; looked = true) {
      while (!silent_.empty()) {
        const Entry entry = silent_.back();
        silent_.pop_back();
        const State state = state_of(entry.flow);
        if (state.live && state.number == entry.number && state.last == entry.time)
          return entry.flow;
      }
      if (looked) return kNone;
      FindSilent(for_each, live);
    }
  }

  // Forgets flows that are gone or no singletons any more, now and then; call before OnOpen.
  template <typename StateOf>
  void Tidy(StateOf&& state_of, size_t live) {
    if (singletons_.size() < 2 * live + kLeast) return;
    size_t kept = 0;
    for (size_t i = next_; i < singletons_.size(); ++i) {
      const Entry entry = singletons_[i];
      if (IsSingleton(entry, state_of(entry.flow))) singletons_[kept++] = entry;
    }
    singletons_.resize(kept);
    next_ = 0;
  }

  size_t memory_bytes() const {
    return (singletons_.capacity() + silent_.capacity()) * sizeof(Entry);
  }

 private:
  static constexpr size_t kLeast = 4096;
  // Of all flows the longest silent sixteenth is kept ready.
  static constexpr size_t kShare = 16;

  static bool IsSingleton(const Entry& entry, const State& state) {
    return state.live && state.singleton && state.number == entry.number &&
           state.first == entry.time;
  }

  template <typename ForEach>
  void FindSilent(ForEach&& for_each, size_t live) {
    silent_.clear();
    silent_.reserve(live);
    for_each([&](const Entry& entry) { silent_.push_back(entry); });
    // The latest first, so that the next one is the last. Equal times: in the order of their visit,
    // which is that of the slots.
    std::reverse(silent_.begin(), silent_.end());
    std::stable_sort(silent_.begin(), silent_.end(),
                     [](const Entry& a, const Entry& b) { return a.time > b.time; });
    const size_t keep = std::min(silent_.size(), silent_.size() / kShare + 1);
    silent_.erase(silent_.begin(), silent_.end() - static_cast<ptrdiff_t>(keep));
  }

  std::vector<Entry> singletons_;  // as they began; those before next_ are done with
  size_t next_ = 0;
  std::vector<Entry> silent_;  // others, to be taken from the end
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_EVICTION_ORDER_H_
