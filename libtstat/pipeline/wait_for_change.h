// SPDX-License-Identifier: BSD-3-Clause
//
// Waiting for another thread that needs but a moment: what the system does to let a thread sleep
// and wake it costs more than some microseconds of looking.
//
//   std::atomic<bool> done = false;           // another thread sets it, and calls notify_all()
//   WaitForChange(done, false);
//   WaitUntil(done, [](bool is_done) { return is_done; });
#ifndef TSTAT_PIPELINE_WAIT_FOR_CHANGE_H_
#define TSTAT_PIPELINE_WAIT_FOR_CHANGE_H_

#include <atomic>

namespace tstat::internal {

// So that what shares the processor goes on.
inline void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

// As value.wait(from); whoever changes it calls notify_all().
template <typename T>
void WaitForChange(const std::atomic<T>& value, T from) {
  constexpr int kLooks = 500;  // 10 to 30 microseconds
  for (int i = 0; i < kLooks; ++i) {
    if (value.load() != from) return;
    Pause();
  }
  value.wait(from);
}

// Until is_reached(the value).
template <typename T, typename Reached>
void WaitUntil(const std::atomic<T>& value, Reached is_reached) {
  for (T now = value.load(); !is_reached(now); now = value.load()) WaitForChange(value, now);
}

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_WAIT_FOR_CHANGE_H_
