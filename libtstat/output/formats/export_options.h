// SPDX-License-Identifier: BSD-3-Clause
//
// The options of an export: what stands behind `#` in
// json=flows.jsonl#logs=tcp,udp&columns=default.
//
//   absl::StatusOr<ExportOptions> options = ExportOptions::Parse("logs=tcp&columns=c_ip,s_ip");
//   std::optional<std::string> logs = options->Take("logs");
//   ...
//   if (absl::Status s = options->ExpectNone(allowed); !s.ok()) return s;   // names what is left
#ifndef TSTAT_OUTPUT_FORMATS_EXPORT_OPTIONS_H_
#define TSTAT_OUTPUT_FORMATS_EXPORT_OPTIONS_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tstat::internal {

class ExportOptions {
 public:
  ExportOptions() = default;
  // NAME=VALUE, separated by `&`; in both, %XX is a byte (RFC 3986, 2.1). InvalidArgument: a name
  // without a value, an option that is there twice, `%` without two hex digits.
  static absl::StatusOr<ExportOptions> Parse(std::string_view text);

  // The value of an option, which is then no longer there; nullopt: it was not given.
  std::optional<std::string> Take(std::string_view name);
  // The same for one of some words; the first one where the option was not given. InvalidArgument
  // names the words.
  absl::StatusOr<std::string_view> TakeWord(std::string_view name,
                                            std::span<const std::string_view> words);
  // What is left, which is then no longer there.
  std::vector<std::pair<std::string, std::string>> TakeAll() { return std::move(options_); }
  // InvalidArgument when an option was not taken: it names that one and all that are `allowed`.
  [[nodiscard]] absl::Status ExpectNone(std::span<const std::string_view> allowed) const;

 private:
  std::vector<std::pair<std::string, std::string>> options_;
};

// The parts of a list with commas; none of an empty text.
std::vector<std::string_view> SplitList(std::string_view list);

// "\"tpc\" is no log; known: tcp, udp": for messages about words that are not known.
absl::Status UnknownWord(std::string_view word, std::string_view what,
                         std::span<const std::string_view> known);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_EXPORT_OPTIONS_H_
