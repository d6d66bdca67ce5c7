// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/export_options.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "config/absl_text.h"

namespace tstat::internal {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

absl::StatusOr<std::string> DecodedOption(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", View(text), "\": % must be followed by two hex digits (%25 is % itself)"));
    }
    decoded.push_back(static_cast<char>(16 * high + low));
    i += 2;
  }
  return decoded;
}

}  // namespace

std::vector<std::string_view> SplitList(std::string_view list) {
  std::vector<std::string_view> parts;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    parts.push_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return parts;
}

absl::Status UnknownWord(std::string_view word, std::string_view what,
                         std::span<const std::string_view> known) {
  const auto append = [](std::string* out, std::string_view name) { out->append(name); };
  return absl::InvalidArgumentError(absl::StrCat("\"", View(word), "\" is no ", View(what),
                                                 "; known: ", absl::StrJoin(known, ", ", append)));
}

absl::StatusOr<ExportOptions> ExportOptions::Parse(std::string_view text) {
  ExportOptions parsed;
  while (!text.empty()) {
    const size_t end = std::min(text.find('&'), text.size());
    const std::string_view option = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t equals = option.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", View(option), "\": options are NAME=VALUE, separated by &"));
    }
    absl::StatusOr<std::string> name = DecodedOption(option.substr(0, equals));
    if (!name.ok()) return name.status();
    absl::StatusOr<std::string> value = DecodedOption(option.substr(equals + 1));
    if (!value.ok()) return value.status();
    for (const auto& [other, unused] : parsed.options_) {
      if (other == *name) {
        return absl::InvalidArgumentError(absl::StrCat("option \"", *name, "\" is given twice"));
      }
    }
    parsed.options_.emplace_back(*std::move(name), *std::move(value));
  }
  return parsed;
}

std::optional<std::string> ExportOptions::Take(std::string_view name) {
  const auto found = std::find_if(options_.begin(), options_.end(),
                                  [name](const auto& option) { return option.first == name; });
  if (found == options_.end()) return std::nullopt;
  std::optional<std::string> value(std::move(found->second));
  options_.erase(found);
  return value;
}

absl::StatusOr<std::string_view> ExportOptions::TakeWord(std::string_view name,
                                                         std::span<const std::string_view> words) {
  const std::optional<std::string> value = Take(name);
  if (!value.has_value()) return words.front();
  for (const std::string_view word : words) {
    if (word == *value) return word;
  }
  return UnknownWord(*value, absl::StrCat("value of \"", View(name), "\""), words);
}

absl::Status ExportOptions::ExpectNone(std::span<const std::string_view> allowed) const {
  if (options_.empty()) return absl::OkStatus();
  return UnknownWord(options_.front().first, "option of this export", allowed);
}

}  // namespace tstat::internal
