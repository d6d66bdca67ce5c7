// SPDX-License-Identifier: BSD-3-Clause
#include "schema/number_format.h"

#include <charconv>
#include <cmath>
#include <string_view>

namespace tstat {
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

}  // namespace

char* WriteLongUnsigned(uint64_t number, char* out) {
  constexpr int kMaxDigits = 20;
  return std::to_chars(out, out + kMaxDigits, number).ptr;
}

char* WriteHex32(uint32_t number, char* out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out = WriteText("0x", out);
  for (int shift = 28; shift >= 0; shift -= 4) *out++ = kDigits[number >> shift & 15];
  return out;
}

char* WriteFixedSlow(double number, int decimals, char* out) {
  if (!std::isfinite(number)) return WriteNotFinite(number, out);
  return std::to_chars(out, out + kMaxFixedLength, number, std::chars_format::fixed, decimals).ptr;
}

char* WriteGeneral(double number, char* out) {
  if (!std::isfinite(number)) return WriteNotFinite(number, out);
  return std::to_chars(out, out + kMaxNumberLength, number, std::chars_format::general, 6).ptr;
}

}  // namespace tstat
