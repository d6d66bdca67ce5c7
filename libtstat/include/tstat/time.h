// SPDX-License-Identifier: BSD-3-Clause
//
// Points in time as the analyser sees them: packet time, never the wall clock.
//
//   Timestamp t = Timestamp::FromMicroseconds(1500000000042164);
//   double waited_us = ElapsedMicroseconds(syn_time, t);   // never negative
#ifndef TSTAT_TIME_H_
#define TSTAT_TIME_H_

#include <compare>
#include <cstdint>

namespace tstat::inline v1 {

// Nanoseconds since the Unix epoch, UTC. Captured times have microsecond resolution, as in Tstat,
// unless TraceOptions::nanoseconds asks for more: a PacketSource truncates what is finer. The zero
// value means "never" wherever a time is optional.
class Timestamp {
 public:
  constexpr Timestamp() = default;

  [[nodiscard]] static constexpr Timestamp FromNanoseconds(int64_t ns) { return Timestamp(ns); }
  [[nodiscard]] static constexpr Timestamp FromMicroseconds(int64_t us) {
    return Timestamp(us * 1000);
  }
  [[nodiscard]] static constexpr Timestamp FromSeconds(int64_t s) {
    return Timestamp(s * 1'000'000'000);
  }

  // The times that packets may have: 1938 to 2223. Within these bounds two times can be subtracted,
  // and time-outs added, without leaving 64 bits. A PacketSource delivers no packet of another
  // time.
  [[nodiscard]] static constexpr Timestamp EarliestOfPacket() {
    return Timestamp(-1'000'000'000'000'000'000);
  }
  [[nodiscard]] static constexpr Timestamp LatestOfPacket() {
    return Timestamp(8'000'000'000'000'000'000);
  }

  [[nodiscard]] constexpr int64_t nanoseconds() const { return ns_; }
  [[nodiscard]] constexpr int64_t microseconds() const { return ns_ / 1000; }
  // Whole seconds, rounded towards minus infinity, so that sub-second parts are never negative.
  [[nodiscard]] constexpr int64_t seconds() const {
    return ns_ >= 0 ? ns_ / 1'000'000'000 : -((-ns_ + 999'999'999) / 1'000'000'000);
  }
  // Milliseconds since the epoch in double arithmetic: the form in which logs print absolute times
  // (the rounding of the double is part of the format).
  [[nodiscard]] constexpr double milliseconds() const {
    return static_cast<double>(microseconds()) / 1000.0;
  }

  [[nodiscard]] constexpr bool is_set() const { return ns_ != 0; }

  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;

 private:
  constexpr explicit Timestamp(int64_t ns) : ns_(ns) {}
  int64_t ns_ = 0;
};

// Microseconds from `from` to `to`; 0 when `to` is earlier (time running back is never negative).
[[nodiscard]] constexpr double ElapsedMicroseconds(Timestamp from, Timestamp to) {
  return to <= from ? 0.0 : static_cast<double>((to.nanoseconds() - from.nanoseconds()) / 1000);
}

[[nodiscard]] constexpr double ElapsedMilliseconds(Timestamp from, Timestamp to) {
  return ElapsedMicroseconds(from, to) / 1000.0;
}

// Microseconds from `from` to `to`, negative when `to` is earlier.
[[nodiscard]] constexpr double SignedMicroseconds(Timestamp from, Timestamp to) {
  return static_cast<double>((to.nanoseconds() - from.nanoseconds()) / 1000);
}

}  // namespace tstat::inline v1

#endif  // TSTAT_TIME_H_
