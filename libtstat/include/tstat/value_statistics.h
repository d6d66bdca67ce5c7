// SPDX-License-Identifier: BSD-3-Clause
//
// Count, mean, variance and extremes of values, kept as whole numbers: whatever the order of the
// values, and however they are divided among several of these that are added later, the same bits
// come out.
//
//   tstat::ValueStatistics statistics;
//   statistics.Add(0.25);
//   statistics.Add(uint64_t{1500});
//   statistics += of_another_thread;
//   double mean = statistics.mean(), variance = statistics.variance();
//
// Values are rounded to multiples of 2^-64, and to 2^128 in size: those from 2^-11 on are exact.
#ifndef TSTAT_VALUE_STATISTICS_H_
#define TSTAT_VALUE_STATISTICS_H_

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "tstat/export.h"

namespace tstat::inline v1 {

class TSTAT_EXPORT ValueStatistics {
 public:
  // A value that is finite.
  void Add(double value);
  template <std::integral T>
  void Add(T value) {
    const bool negative = std::is_signed_v<T> && value < T{0};
    const auto bits = static_cast<uint64_t>(value);
    const uint64_t size = negative ? 0 - bits : bits;
    AddFixed({0, size, 0}, negative);
    AddExtremes(static_cast<double>(value));
  }
  ValueStatistics& operator+=(const ValueStatistics& other);

  [[nodiscard]] uint64_t count() const { return count_; }
  // 0 of no values.
  [[nodiscard]] double mean() const;
  // Of the differences from the mean.
  [[nodiscard]] double square_sum() const;
  // Divided by count() - 1: NaN of one value, and 0 with a minus sign of none, as in the databases
  // of Tstat.
  [[nodiscard]] double variance() const { return square_sum() / (static_cast<double>(count_) - 1); }
  // +infinity and -infinity of no values.
  [[nodiscard]] double min() const { return min_; }
  [[nodiscard]] double max() const { return max_; }

 private:
  static constexpr int kFractionBits = 64;
  // In units of 2^-kFractionBits, lowest word first. The sums have room for 2^64 values.
  using Size = std::array<uint64_t, 3>;
  using Sum = std::array<uint64_t, 4>;  // two's complement
  using SquareSum = std::array<uint64_t, 7>;

  void AddFixed(const Size& size, bool negative);
  void AddExtremes(double value) {
    if (value < min_) min_ = value;
    if (value > max_) max_ = value;
  }

  uint64_t count_ = 0;
  Sum sum_{};
  SquareSum squares_{};
  double min_ = std::numeric_limits<double>::infinity();
  double max_ = -std::numeric_limits<double>::infinity();
};

}  // namespace tstat::inline v1

#endif  // TSTAT_VALUE_STATISTICS_H_
