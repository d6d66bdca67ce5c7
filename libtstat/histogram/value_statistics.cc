// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/value_statistics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

namespace tstat::inline v1 {
namespace {

using Wide = unsigned __int128;

// Whole numbers of many words, lowest first. What does not fit is lost, as in a word.

void AddTo(std::span<uint64_t> sum, std::span<const uint64_t> number) {
  bool carry = false;
  for (size_t i = 0; i < sum.size(); ++i) {
    const Wide word = Wide{sum[i]} + (i < number.size() ? number[i] : 0) + carry;
    sum[i] = static_cast<uint64_t>(word);
    carry = (word >> 64) != 0;
  }
}

void Negate(std::span<uint64_t> number) {
  bool carry = true;
  for (uint64_t& word : number) {
    word = ~word + carry;
    carry = carry && word == 0;
  }
}

template <size_t kWords, size_t kA, size_t kB>
std::array<uint64_t, kWords> Product(const std::array<uint64_t, kA>& a,
                                     const std::array<uint64_t, kB>& b) {
  std::array<uint64_t, kWords> product{};
  for (size_t i = 0; i < kA; ++i) {
    if (a[i] == 0) continue;  // most numbers are whole and have one word
    uint64_t carry = 0;
    for (size_t k = 0; i + k < kWords; ++k) {
      const Wide word = Wide{a[i]} * (k < kB ? b[k] : 0) + product[i + k] + carry;
      product[i + k] = static_cast<uint64_t>(word);
      carry = static_cast<uint64_t>(word >> 64);
    }
  }
  return product;
}

// The number times 2^exponent, from its 64 leading bits.
double ToDouble(std::span<const uint64_t> number, int exponent) {
  size_t top = number.size();
  while (top > 0 && number[top - 1] == 0) --top;
  if (top == 0) return 0;
  const int leading = std::countl_zero(number[top - 1]);
  uint64_t bits = number[top - 1] << leading;
  if (top > 1 && leading > 0) bits |= number[top - 2] >> (64 - leading);
  return std::ldexp(static_cast<double>(bits),
                    exponent + 64 * (static_cast<int>(top) - 1) - leading);
}

}  // namespace

void ValueStatistics::Add(double value) {
  constexpr int kMantissaBits = 53;
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(value), &exponent);  // 0.5 to 1, or 0
  const auto mantissa = static_cast<uint64_t>(std::ldexp(fraction, kMantissaBits));
  const int shift = exponent - kMantissaBits + kFractionBits;
  Size size{};
  if (shift > 64 * static_cast<int>(size.size()) - kMantissaBits) {
    size.fill(~uint64_t{0});
  } else if (shift >= 0) {
    const auto word = static_cast<size_t>(shift / 64);
    const Wide bits = Wide{mantissa} << shift % 64;
    size[word] = static_cast<uint64_t>(bits);
    if (word + 1 < size.size()) size[word + 1] = static_cast<uint64_t>(bits >> 64);
  } else if (shift >= -kMantissaBits) {
    size[0] = (mantissa + (uint64_t{1} << (-shift - 1))) >> -shift;
  }
  AddFixed(size, value < 0);
  AddExtremes(value);
}

void ValueStatistics::AddFixed(const Size& size, bool negative) {
  ++count_;
  Sum addend = {size[0], size[1], size[2], 0};
  if (negative) Negate(addend);
  AddTo(sum_, addend);
  AddTo(squares_, Product<6>(size, size));
}

ValueStatistics& ValueStatistics::operator+=(const ValueStatistics& other) {
  count_ += other.count_;
  AddTo(sum_, other.sum_);
  AddTo(squares_, other.squares_);
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  return *this;
}

double ValueStatistics::mean() const {
  if (count_ == 0) return 0;
  Sum size = sum_;
  const bool negative = size.back() >> 63 != 0;
  if (negative) Negate(size);
  const double mean = ToDouble(size, -kFractionBits) / static_cast<double>(count_);
  return negative ? -mean : mean;
}

// (count * squares - sum * sum) / count. The difference is exact, so it does not matter how close
// both are.
double ValueStatistics::square_sum() const {
  if (count_ == 0) return 0;
  Sum size = sum_;
  if (size.back() >> 63 != 0) Negate(size);
  auto difference = Product<8>(squares_, std::array<uint64_t, 1>{count_});
  auto square = Product<8>(size, size);
  Negate(square);
  AddTo(difference, square);
  return ToDouble(difference, -2 * kFractionBits) / static_cast<double>(count_);
}

}  // namespace tstat::inline v1
