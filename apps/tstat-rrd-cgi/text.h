// SPDX-License-Identifier: BSD-3-Clause
//
// Pieces of text. (Debian's Abseil has a string_view of its own.)
#ifndef TSTAT_RRD_CGI_TEXT_H_
#define TSTAT_RRD_CGI_TEXT_H_

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#ifndef __cpp_lib_to_chars
#include "absl/strings/charconv.h"
#endif

namespace tstat::viewer {

[[nodiscard]] inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] inline bool IsAlnum(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] inline bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// How many digits it begins with.
[[nodiscard]] inline size_t DigitsAt(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && IsDigit(text[count])) ++count;
  return count;
}

inline void AppendPart(std::string& text, std::string_view part) { text += part; }
template <std::integral T>
requires(!std::same_as<T, char> && !std::same_as<T, bool>) void AppendPart(std::string& text,
                                                                           T number) {
  text += std::to_string(number);
}
// Texts and whole numbers, one after another.
template <typename... Parts>
[[nodiscard]] std::string Cat(const Parts&... parts) {
  std::string text;
  (AppendPart(text, parts), ...);
  return text;
}

// The parts between any of the separators, empty ones too.
[[nodiscard]] inline std::vector<std::string_view> Split(std::string_view text,
                                                         std::string_view separators) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t at = text.find_first_of(separators);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

[[nodiscard]] inline std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// The whole text as a number; nothing if it is none or out of range.
template <typename T>
[[nodiscard]] std::optional<T> NumberIn(std::string_view text) {
  T value{};
  const auto value_if_whole = [&](const auto& read) {
    const bool is_whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
    return is_whole ? std::optional<T>(value) : std::nullopt;
  };
#ifndef __cpp_lib_to_chars
  // libc++'s reads integers alone; Abseil's takes hexadecimal numbers (0x10), too.
  if constexpr (std::is_floating_point_v<T>) {
    if (text.find_first_of("xX") != text.npos) return std::nullopt;
    return value_if_whole(absl::from_chars(text.data(), text.data() + text.size(), value));
  } else
#endif
    return value_if_whole(std::from_chars(text.data(), text.data() + text.size(), value));
}

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_TEXT_H_
