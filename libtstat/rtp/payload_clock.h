// SPDX-License-Identifier: BSD-3-Clause
//
// Clock rates of the static RTP payload types (RFC 3551, 6).
#ifndef TSTAT_RTP_PAYLOAD_CLOCK_H_
#define TSTAT_RTP_PAYLOAD_CLOCK_H_

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace tstat::internal {

namespace payload_clock_internal {

constexpr std::array<uint32_t, 128> MakeTable() {
  std::array<uint32_t, 128> table{};
  const auto set = [&table](uint32_t hertz, std::initializer_list<size_t> types) {
    for (size_t type : types) table[type] = hertz;
  };
  set(8000, {0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 15, 18});
  set(11025, {16});
  set(16000, {6});
  set(22050, {17});
  set(44100, {10, 11});
  set(90000, {14, 25, 26, 28, 31, 32, 33});
  return table;
}
inline constexpr std::array<uint32_t, 128> kTable = MakeTable();

}  // namespace payload_clock_internal

// Timestamp units per second; 0: not known, as for all dynamic types. REQUIRES: type < 128.
constexpr uint32_t PayloadClock(uint8_t type) {
  assert(type < 128);
  return payload_clock_internal::kTable[type];
}

// Length of a timestamp unit in milliseconds; 1000 when the clock is not known.
constexpr double PayloadPeriodMs(uint32_t clock) {
  return clock == 0 ? 1000.0 : 1000.0 / static_cast<double>(clock);
}

}  // namespace tstat::internal

#endif  // TSTAT_RTP_PAYLOAD_CLOCK_H_
