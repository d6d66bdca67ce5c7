// SPDX-License-Identifier: BSD-3-Clause
//
// Which flows tcp_complete is to hold, by the names that clients resolved for their servers: the
// file of -F (docs/dumps.md). A line "SUFFIX FLAG" a rule, "#" begins a comment:
//
//   ANY.ANY 0              # whatever no rule is about, and flows without a name
//   video.example.net 1
//
//   absl::StatusOr<DumpNameFilter> filter = ReadDumpNameFilter("names.conf");
//   if (filter.ok() && filter->Passes("cdn.video.example.net")) ...
#ifndef TSTAT_DUMP_FILTER_H_
#define TSTAT_DUMP_FILTER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat/export.h"

namespace tstat::inline v1 {

struct DumpNameFilter {
  static constexpr size_t kMostRules = 255;      // beside the default
  static constexpr size_t kLongestSuffix = 255;  // bytes, as of a name of DNS (RFC 1035, 2.3.4)

  struct Rule {
    std::string suffix;
    bool dump = true;
    friend bool operator==(const Rule&, const Rule&) = default;
  };
  std::vector<Rule> rules;  // the first that fits counts
  bool otherwise = true;

  // `name`: of the flow; empty: it has none. Suffixes are compared byte by byte and end anywhere:
  // "le.com" fits "google.com".
  [[nodiscard]] TSTAT_EXPORT bool Passes(std::string_view name) const;
  friend bool operator==(const DumpNameFilter&, const DumpNameFilter&) = default;
};

// `name` stands in the messages: InvalidArgument "NAME:LINE: ...", and what is allowed there.
TSTAT_EXPORT absl::StatusOr<DumpNameFilter> ParseDumpNameFilter(std::string_view text,
                                                                std::string_view name);
// The same of a file. Errors also: those of ReadTextFile. `again`: it is read a second time, when
// it has to be a regular file, so that nobody can stop a capture.
TSTAT_EXPORT absl::StatusOr<DumpNameFilter> ReadDumpNameFilter(const std::string& path,
                                                               bool again = false);

}  // namespace tstat::inline v1

#endif  // TSTAT_DUMP_FILTER_H_
