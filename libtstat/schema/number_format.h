// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers as C's printf writes them in the C locale, to the last digit, but many times faster. Each
// function writes at `out` and returns the end of what it wrote.
#ifndef TSTAT_SCHEMA_NUMBER_FORMAT_H_
#define TSTAT_SCHEMA_NUMBER_FORMAT_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tstat::internal {

// Bytes that an integer, or a real below 2^64, needs at most: sign, 20 digits, point, 6 decimals.
inline constexpr size_t kMaxNumberLength = 28;
// Bytes that any double needs in fixed notation: sign, 309 digits, point, 6 decimals.
inline constexpr size_t kMaxFixedLength = 317;

namespace number_format_internal {

inline constexpr std::array<char, 200> kDigitPairs = [] {
  std::array<char, 200> pairs{};
  for (int i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

inline char* WritePair(uint32_t below_100, char* out) {
  std::memcpy(out, &kDigitPairs[2 * below_100], 2);
  return out + 2;
}

}  // namespace number_format_internal

// %lu of a number of two digits or more. Like all functions here it may write to any of the
// kMaxNumberLength bytes at `out`, behind the end that it returns, too.
char* WriteLongUnsigned(uint64_t number, char* out);

// %lu. Most fields of a row are a single digit: those need no call.
inline char* WriteUnsigned(uint64_t number, char* out) {
  if (number < 10) {
    *out = static_cast<char>('0' + number);
    return out + 1;
  }
  return WriteLongUnsigned(number, out);
}

// %ld
inline char* WriteSigned(int64_t number, char* out) {
  uint64_t magnitude = static_cast<uint64_t>(number);
  if (number < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  return WriteUnsigned(magnitude, out);
}

// 0x%08x
char* WriteHex32(uint32_t number, char* out);
// 0x%x
char* WriteHex(uint32_t number, char* out);
// 0x%02x, 0x%04x: at least `digits` of them.
char* WriteHexPadded(uint32_t number, int digits, char* out);

// %.<kDecimals>f of any double, in at most kMaxFixedLength bytes.
char* WriteFixedSlow(double number, int decimals, char* out);

// %g, in at most kMaxNumberLength bytes.
char* WriteGeneral(double number, char* out);

// Whether WriteFixedFast can write `number`: finite and below 2^64.
inline bool IsFastFixed(double number) {
  return (std::bit_cast<uint64_t>(number) >> 52 & 0x7ff) < 1023 + 64;
}

// %.3f and %.6f of an IsFastFixed number, in at most kMaxNumberLength bytes.
//
// The number is mantissa / 2^shift exactly. Its fraction times 10^kDecimals has at most 73 bits, so
// 128-bit integers hold it without loss, and comparing the bits shifted out with one half gives
// printf's rounding: to nearest, ties to even, of the exact binary value.
template <int kDecimals>
inline char* WriteFixedFast(double number, char* out) {
  static_assert(kDecimals == 3 || kDecimals == 6);
  constexpr uint32_t kScale = kDecimals == 3 ? 1000 : 1000000;
  const uint64_t bits = std::bit_cast<uint64_t>(number);
  if (bits >> 63 != 0) *out++ = '-';
  const int exponent = static_cast<int>(bits >> 52 & 0x7ff);
  uint64_t mantissa = bits & ((uint64_t{1} << 52) - 1);
  uint64_t whole = 0;
  uint32_t decimals = 0;
  if (exponent != 0) {  // else zero or denormal: both print as 0
    mantissa |= uint64_t{1} << 52;
    const int shift = 1075 - exponent;
    if (shift <= 0) {
      whole = mantissa << -shift;
    } else if (shift < 128) {  // else below 2^-74, which prints as 0
      using Wide = unsigned __int128;
      bool up;  // more than one half is shifted out, or one half behind an odd digit
      if (shift < 64) [[likely]] {
        whole = mantissa >> shift;
        const uint64_t below = (uint64_t{1} << shift) - 1;
        const Wide scaled = static_cast<Wide>(mantissa & below) * kScale;
        decimals = static_cast<uint32_t>(scaled >> shift);
        up = (static_cast<uint64_t>(scaled) & below) + (decimals & 1) > uint64_t{1} << (shift - 1);
      } else {
        const Wide scaled = static_cast<Wide>(mantissa) * kScale;
        decimals = static_cast<uint32_t>(scaled >> shift);
        up = (scaled & ((Wide{1} << shift) - 1)) + (decimals & 1) > Wide{1} << (shift - 1);
      }
      decimals += up;
      whole += decimals == kScale;
      decimals = decimals == kScale ? 0 : decimals;
    }
  }
  out = WriteUnsigned(whole, out);
  *out++ = '.';
  if constexpr (kDecimals == 6) {
    out = number_format_internal::WritePair(decimals / 10000, out);
    out = number_format_internal::WritePair(decimals / 100 % 100, out);
  } else {
    *out++ = static_cast<char>('0' + decimals / 100);
  }
  return number_format_internal::WritePair(decimals % 100, out);
}

// The digits of %f of a number whose size is below 2^43, without the point: 1.5 gives 1500000.
// Larger ones, and what is no number, give the most that an int64_t holds.
inline int64_t Fixed6Of(double number) {
  const uint64_t bits = std::bit_cast<uint64_t>(number);
  const int exponent = static_cast<int>(bits >> 52 & 0x7ff);
  if (exponent >= 1023 + 43) return bits >> 63 != 0 ? INT64_MIN : INT64_MAX;
  if (exponent == 0) return 0;  // zero or denormal
  const uint64_t mantissa = (bits & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52;
  const int shift = 1075 - exponent;  // at least 10
  if (shift >= 128) return 0;
  using Wide = unsigned __int128;
  const Wide scaled = static_cast<Wide>(mantissa) * 1000000;
  auto digits = static_cast<int64_t>(scaled >> shift);
  // To nearest, ties to even, as in WriteFixedFast.
  if ((scaled & ((Wide{1} << shift) - 1)) + (digits & 1) > Wide{1} << (shift - 1)) ++digits;
  return bits >> 63 != 0 ? -digits : digits;
}

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_NUMBER_FORMAT_H_
