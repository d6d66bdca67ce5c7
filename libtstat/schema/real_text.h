// SPDX-License-Identifier: BSD-3-Clause
//
// std::from_chars of a real number, which libc++ does not have yet; Abseil's is slower, and takes
// hexadecimal numbers (0x10), too.
#ifndef TSTAT_SCHEMA_REAL_TEXT_H_
#define TSTAT_SCHEMA_REAL_TEXT_H_

#include <charconv>
#ifndef __cpp_lib_to_chars
#include <algorithm>

#include "absl/strings/charconv.h"
#endif

namespace tstat::internal {

// `ptr` and `ec` as they are of std::from_chars.
template <typename Real>
auto RealFromChars(const char* begin, const char* end, Real& number) {
#ifdef __cpp_lib_to_chars
  return std::from_chars(begin, end, number);
#else
  const auto is_x = [](char c) { return c == 'x' || c == 'X'; };
  return absl::from_chars(begin, std::find_if(begin, end, is_x), number);
#endif
}

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_REAL_TEXT_H_
