// SPDX-License-Identifier: BSD-3-Clause
#include "flow/random_number.h"

#include <sys/random.h>
#include <unistd.h>

#include <atomic>
#include <chrono>

namespace tstat::internal {
namespace {

// Spreads every bit over all (the finalizer of SplitMix64).
uint64_t Mixed(uint64_t number) {
  number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9;
  number = (number ^ number >> 27) * 0x94d049bb133111eb;
  return number ^ number >> 31;
}

uint64_t NumberOfThisProcess() {
  static std::atomic<uint64_t> calls{0};
  const auto time = std::chrono::steady_clock::now().time_since_epoch().count();
  uint64_t number = Mixed(static_cast<uint64_t>(time) + ++calls);
  number = Mixed(number + static_cast<uint64_t>(getpid()));
  return Mixed(number + reinterpret_cast<uintptr_t>(&calls));
}

}  // namespace

uint64_t RandomNumber() {
  uint64_t number = 0;
  // So few bytes come at once, whatever signals arrive.
  if (getrandom(&number, sizeof number, 0) == ssize_t{sizeof number}) return number;
  return NumberOfThisProcess();
}

}  // namespace tstat::internal
