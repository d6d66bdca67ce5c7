// SPDX-License-Identifier: BSD-3-Clause
//
// A TCP sequence number: arithmetic is modulo 2^32, comparison is that of plain unsigned numbers.
// Tstat never compares around the wrap, and its figures depend on it.
#ifndef TSTAT_TCP_SEQUENCE_NUMBER_H_
#define TSTAT_TCP_SEQUENCE_NUMBER_H_

#include <compare>
#include <cstdint>

namespace tstat::internal {

class SequenceNumber {
 public:
  constexpr SequenceNumber() = default;
  constexpr explicit SequenceNumber(uint32_t value) : value_(value) {}

  constexpr uint32_t value() const { return value_; }
  // The quarter of the sequence space that it lies in, 0..3.
  constexpr unsigned quadrant() const { return value_ >> 30; }

  friend constexpr SequenceNumber operator+(SequenceNumber a, uint32_t n) {
    return SequenceNumber(a.value_ + n);
  }
  friend constexpr SequenceNumber operator-(SequenceNumber a, uint32_t n) {
    return SequenceNumber(a.value_ - n);
  }
  // The distance from `b` up to `a`, modulo 2^32.
  friend constexpr uint32_t operator-(SequenceNumber a, SequenceNumber b) {
    return a.value_ - b.value_;
  }
  friend constexpr auto operator<=>(SequenceNumber, SequenceNumber) = default;

 private:
  uint32_t value_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_SEQUENCE_NUMBER_H_
