// SPDX-License-Identifier: BSD-3-Clause
#include "schema/number_format.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <string_view>

namespace tstat::internal {
namespace {

char* WriteText(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

// What printf prints for infinities and NaN; the sign of a NaN shows.
char* WriteNotFinite(double number, char* out) {
  if (std::signbit(number)) *out++ = '-';
  return WriteText(std::isnan(number) ? "nan" : "inf", out);
}

// The eight decimal digits of a number below 10^8, one a byte, the first one in the lowest byte.
// Divides by multiplying, in all lanes at once: by 100 in two lanes of 32 bits, by 10 in four
// of 16. Numbers of all lengths take the same path, because branches on the length of numbers that
// vary are often mispredicted.
uint64_t EightDigits(uint32_t below_1e8) {
  const uint64_t fours = below_1e8 / 10000 | uint64_t{below_1e8 % 10000} << 32;
  const uint64_t hundreds = fours * 10486 >> 20 & 0x0000007f0000007f;
  const uint64_t twos = hundreds | (fours - 100 * hundreds) << 16;
  const uint64_t tens = twos * 103 >> 10 & 0x000f000f000f000f;
  return tens | (twos - 10 * tens) << 8;
}

constexpr uint64_t kEightZeros = 0x3030303030303030;

void StoreLowestFirst(uint64_t text, char* out) {
  if constexpr (std::endian::native == std::endian::big) text = __builtin_bswap64(text);
  std::memcpy(out, &text, 8);
}

char* WriteAllEight(uint32_t below_1e8, char* out) {
  StoreLowestFirst(EightDigits(below_1e8) + kEightZeros, out);
  return out + 8;
}

// Without leading zeros; writes garbage behind its end.
char* WriteUpToEight(uint32_t below_1e8, char* out) {
  const uint64_t digits = EightDigits(below_1e8);
  const int zeros = std::countr_zero(digits | uint64_t{1} << 56) / 8;
  StoreLowestFirst((digits + kEightZeros) >> 8 * zeros, out);
  return out + (8 - zeros);
}

}  // namespace

char* WriteLongUnsigned(uint64_t number, char* out) {
  constexpr uint64_t kEightDigits = 100'000'000;
  if (number < kEightDigits) [[likely]]
    return WriteUpToEight(static_cast<uint32_t>(number), out);
  const uint64_t high = number / kEightDigits;
  if (high < kEightDigits) [[likely]] {
    out = WriteUpToEight(static_cast<uint32_t>(high), out);
  } else {
    out = WriteUpToEight(static_cast<uint32_t>(high / kEightDigits), out);
    out = WriteAllEight(static_cast<uint32_t>(high % kEightDigits), out);
  }
  return WriteAllEight(static_cast<uint32_t>(number % kEightDigits), out);
}

char* WriteHex32(uint32_t number, char* out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out = WriteText("0x", out);
  for (int shift = 28; shift >= 0; shift -= 4) *out++ = kDigits[number >> shift & 15];
  return out;
}

char* WriteHex(uint32_t number, char* out) {
  out = WriteText("0x", out);
  return std::to_chars(out, out + 8, number, 16).ptr;
}

char* WriteHexPadded(uint32_t number, int digits, char* out) {
  out = WriteText("0x", out);
  for (int shift = 4 * (digits - 1); shift > 0 && number >> shift == 0; shift -= 4) *out++ = '0';
  return std::to_chars(out, out + 8, number, 16).ptr;
}

char* WriteFixedSlow(double number, int decimals, char* out) {
  if (!std::isfinite(number)) return WriteNotFinite(number, out);
  return std::to_chars(out, out + kMaxFixedLength, number, std::chars_format::fixed, decimals).ptr;
}

char* WriteGeneral(double number, char* out) {
  if (!std::isfinite(number)) return WriteNotFinite(number, out);
  return std::to_chars(out, out + kMaxNumberLength, number, std::chars_format::general, 6).ptr;
}

}  // namespace tstat::internal
