// SPDX-License-Identifier: BSD-3-Clause
//
// What all configuration files share: its lines, and the way an error names its place.
//
//   absl::StatusOr<std::string> text = ReadTextFile("nets.conf");     // tstat/text_file.h
//   absl::Status end = ForEachLine(*text, [&](int number, std::string_view line) {
//     return line.empty() ? ErrorAt("nets.conf", number, "...") : absl::OkStatus();
//   });
//   return end;                                 // "nets.conf:3: ..."
#ifndef TSTAT_CONFIG_TEXT_FILE_H_
#define TSTAT_CONFIG_TEXT_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tstat/text_file.h"

namespace tstat::internal {

// `text` without a byte order mark at its start. InvalidArgument "NAME:LINE: ..." for a NUL, which
// no text holds, and for a line of more than kLongestLineBytes: such a file is something else.
inline constexpr size_t kLongestLineBytes = size_t{64} << 10;
absl::StatusOr<std::string_view> CheckedText(std::string_view text, std::string_view name);

// Blanks in the sense of these files: space, tab, carriage return.
[[nodiscard]] constexpr bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// `text` without blanks at its end.
std::string_view StripTrailingBlanks(std::string_view text);

// The words of `line` up to the first that starts with '#'.
std::vector<std::string_view> WordsBeforeComment(std::string_view line);

// Calls `visit(number, line)` for each line, without its newline, from number 1 on, until one
// returns an error. A missing final newline is fine.
template <typename Visit>
absl::Status ForEachLine(std::string_view text, Visit visit) {
  int number = 0;
  while (!text.empty()) {
    size_t end = text.find('\n');
    absl::Status status = visit(++number, text.substr(0, end));
    if (!status.ok()) return status;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return absl::OkStatus();
}

// InvalidArgument "FILE:LINE: MESSAGE".
absl::Status ErrorAt(std::string_view file, int line, std::string_view message);

}  // namespace tstat::internal

#endif  // TSTAT_CONFIG_TEXT_FILE_H_
