// SPDX-License-Identifier: BSD-3-Clause
//
// Runs of characters of a class, for matchers that stand for POSIX regular expressions in the C
// locale: bytes from 0x80 on are ordinary characters, neither control nor space.
#ifndef TSTAT_L7_TEXT_MATCH_H_
#define TSTAT_L7_TEXT_MATCH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tstat::internal {

namespace byte_class {
inline constexpr uint8_t kPrintable = 1;   // [^[:cntrl:]]
inline constexpr uint8_t kToken = 2;       // [^[:cntrl:][:space:]]
inline constexpr uint8_t kUpper = 4;       // [A-Z]
inline constexpr uint8_t kDigit = 8;       // [0-9]
inline constexpr uint8_t kHex = 16;        // [0-9a-f]
inline constexpr uint8_t kId = 32;         // [A-Za-z0-9_-]
inline constexpr uint8_t kMediaType = 64;  // [A-Za-z0-9"/.-]
}  // namespace byte_class

namespace internal {
constexpr std::array<uint8_t, 256> MakeByteClasses() {
  using namespace byte_class;
  std::array<uint8_t, 256> table{};
  for (int i = 0; i < 256; ++i) {
    const bool upper = i >= 'A' && i <= 'Z', lower = i >= 'a' && i <= 'z';
    const bool digit = i >= '0' && i <= '9';
    uint8_t bits = 0;
    if (i >= 0x20 && i != 0x7f) bits |= kPrintable;
    if (i > 0x20 && i != 0x7f) bits |= kToken;
    if (upper) bits |= kUpper;
    if (digit) bits |= kDigit;
    if (digit || (i >= 'a' && i <= 'f')) bits |= kHex;
    if (upper || lower || digit || i == '_' || i == '-') bits |= kId;
    if (upper || lower || digit || i == '"' || i == '/' || i == '.' || i == '-') bits |= kMediaType;
    table[i] = bits;
  }
  return table;
}
inline constexpr std::array<uint8_t, 256> kByteClasses = MakeByteClasses();
}  // namespace internal

constexpr bool IsIn(uint8_t classes, char c) {
  return (internal::kByteClasses[static_cast<uint8_t>(c)] & classes) != 0;
}

// How many bytes of `text`, from `begin` on, belong to the class.
constexpr size_t RunLength(uint8_t classes, std::string_view text, size_t begin) {
  size_t end = begin;
  while (end < text.size() && IsIn(classes, text[end])) ++end;
  return end - begin;
}

// The text before the first NUL byte: what a C string function would have seen of it.
constexpr std::string_view CutAtNul(std::string_view text) {
  const size_t nul = text.find('\0');
  return nul == std::string_view::npos ? text : text.substr(0, nul);
}

}  // namespace tstat::internal

#endif  // TSTAT_L7_TEXT_MATCH_H_
