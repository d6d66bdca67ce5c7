// SPDX-License-Identifier: BSD-3-Clause
//
// Where a trace file is mapped into memory at present: what a handler of SIGBUS needs to know, for
// somebody may cut the file while it is read. Whoever gives one to OpenTrace says that he handles
// that signal.
//
//   tstat::MappedRange range;                          // outlives the source
//   auto source = tstat::OpenTrace("trace.pcap", {.mapping = &range});
//
// and in the program's handler of the signal:
//
//   void OnBusError(int, siginfo_t* info, void*) {
//     if (range.Contains(info->si_addr)) ...           // put another page there
//   }
#ifndef TSTAT_MAPPED_RANGE_H_
#define TSTAT_MAPPED_RANGE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tstat::inline v1 {

class MappedRange {
 public:
  // Safe in a signal handler.
  [[nodiscard]] bool Contains(const void* address) const {
    const auto value = reinterpret_cast<uintptr_t>(address);
    return value < end_.load() && value >= begin_.load();
  }

  // For the source that maps: what is mapped from now on, before anything in it is touched.
  void Set(const void* begin, size_t bytes) {
    Clear();
    begin_.store(reinterpret_cast<uintptr_t>(begin));
    end_.store(reinterpret_cast<uintptr_t>(begin) + bytes);
  }
  // Nothing is; before the memory is given back.
  void Clear() { end_.store(0); }

 private:
  static_assert(std::atomic<uintptr_t>::is_always_lock_free);
  std::atomic<uintptr_t> begin_ = 0;
  std::atomic<uintptr_t> end_ = 0;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_MAPPED_RANGE_H_
