// SPDX-License-Identifier: BSD-3-Clause
//
// Character classes of the C locale, for bytes of any value (the standard functions are undefined
// for some, and depend on the locale).
#ifndef TSTAT_L7_BYTE_CLASS_H_
#define TSTAT_L7_BYTE_CLASS_H_

#include <cstdint>

namespace tstat::internal {

constexpr bool IsDigit(uint8_t c) { return c >= '0' && c <= '9'; }
constexpr bool IsLetter(uint8_t c) { return static_cast<uint8_t>((c | 0x20) - 'a') < 26; }
constexpr bool IsAlphanumeric(uint8_t c) { return IsDigit(c) || IsLetter(c); }
constexpr bool IsLowerHex(uint8_t c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }
constexpr bool IsHex(uint8_t c) { return IsLowerHex(c) || (c >= 'A' && c <= 'F'); }
// Characters of YouTube identifiers.
constexpr bool IsIdentifier(uint8_t c) { return IsAlphanumeric(c) || c == '_' || c == '-'; }
constexpr bool IsControl(uint8_t c) { return c < 0x20 || c == 0x7F; }
constexpr bool IsSpace(uint8_t c) { return c == ' ' || (c >= 0x09 && c <= 0x0D); }

}  // namespace tstat::internal

#endif  // TSTAT_L7_BYTE_CLASS_H_
