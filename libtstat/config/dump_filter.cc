// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/dump_filter.h"

#include "absl/strings/str_cat.h"
#include "config/text_file.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

constexpr std::string_view kDefault = "ANY.ANY";

// Blanks end words; a comment begins anywhere.
std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  line = line.substr(0, line.find('#'));
  while (true) {
    while (!line.empty() && IsBlank(line.front())) line.remove_prefix(1);
    if (line.empty()) return words;
    size_t end = 0;
    while (end < line.size() && !IsBlank(line[end])) ++end;
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

absl::Status ReadRule(const std::vector<std::string_view>& words, std::string_view file, int line,
                      DumpNameFilter* filter) {
  const std::string_view suffix = words[0];
  if (suffix.size() > DumpNameFilter::kLongestSuffix) {
    return ErrorAt(file, line,
                   absl::StrCat("'", Shown(suffix), "' is longer than ",
                                DumpNameFilter::kLongestSuffix, " bytes, as no name is"));
  }
  const std::string_view flag = words.size() > 1 ? words[1] : "";
  if (flag != "0" && flag != "1") {
    return ErrorAt(file, line,
                   absl::StrCat("invalid values for '", Shown(suffix), "' (",
                                flag.empty() ? "none" : Shown(flag),
                                ") - must be [0|1] (a rule is: SUFFIX 0, or SUFFIX 1)"));
  }
  if (words.size() > 2) {
    return ErrorAt(
        file, line,
        absl::StrCat("'", Shown(words[2]), "' is a word too many behind '", Shown(suffix), " ",
                     Shown(flag), "' (a rule is: SUFFIX 0, or SUFFIX 1)"));
  }
  if (suffix.starts_with(kDefault)) {
    filter->otherwise = flag == "1";
    return absl::OkStatus();
  }
  if (filter->rules.size() == DumpNameFilter::kMostRules) {
    return ErrorAt(file, line,
                   absl::StrCat("Maximum number of domain names (", DumpNameFilter::kMostRules + 1,
                                ") exceeded (allowed: ", DumpNameFilter::kMostRules,
                                " rules beside ANY.ANY)"));
  }
  filter->rules.push_back({std::string(suffix), flag == "1"});
  return absl::OkStatus();
}

}  // namespace

bool DumpNameFilter::Passes(std::string_view name) const {
  if (name.empty()) return otherwise;
  for (const Rule& rule : rules) {
    if (name.ends_with(rule.suffix)) return rule.dump;
  }
  return otherwise;
}

absl::StatusOr<DumpNameFilter> ParseDumpNameFilter(std::string_view text, std::string_view name) {
  const absl::StatusOr<std::string_view> checked = CheckedText(text, name);
  if (!checked.ok()) return checked.status();
  DumpNameFilter filter;
  const absl::Status status = ForEachLine(*checked, [&](int number, std::string_view line) {
    const std::vector<std::string_view> words = Words(line);
    return words.empty() ? absl::OkStatus() : ReadRule(words, name, number, &filter);
  });
  if (!status.ok()) return status;
  return filter;
}

absl::StatusOr<DumpNameFilter> ReadDumpNameFilter(const std::string& path, bool again) {
  const absl::StatusOr<std::string> text =
      ReadTextFile(path, again ? TextSource::kRegular : TextSource::kAny);
  if (!text.ok()) return text.status();
  return ParseDumpNameFilter(*text, path);
}

}  // namespace tstat::inline v1
