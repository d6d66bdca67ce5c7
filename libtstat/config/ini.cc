// SPDX-License-Identifier: BSD-3-Clause
#include "config/ini.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "config/absl_text.h"
#include "config/text_file.h"

namespace tstat::internal {
namespace {

// Keys whose value is a word.
constexpr std::string_view kWordKeys[] = {"histo_empty"};
constexpr std::string_view kSections[] = {"log", "options", "dump", "export", "labels", "globals"};
constexpr std::string_view kWholeLineSection = "export", kWordSection = "labels";

absl::Status SyntaxError(std::string_view path, int line, std::string_view text,
                         std::string_view reason) {
  return ErrorAt(
      path, line,
      absl::StrCat("inireader: '", Shown(text), "' - syntax error (", View(reason), ")"));
}

std::optional<IniValue> ParseHex(std::string_view digits) {
  uint32_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return {};
  IniValue result;
  result.integer = value;
  result.number = value;
  return result;
}

// Digits with at most one point; no sign, no exponent.
std::optional<IniValue> ParseDecimal(std::string_view text) {
  size_t points = 0, digits = 0;
  for (char c : text) {
    if (c == '.') {
      ++points;
    } else if (c >= '0' && c <= '9') {
      ++digits;
    } else {
      return {};
    }
  }
  if (points > 1 || digits == 0) return {};
  IniValue result;
  result.is_integer = points == 0;
  if (!absl::SimpleAtod(View(text), &result.number)) return {};
  if (result.is_integer && !absl::SimpleAtoi(View(text), &result.integer)) return {};
  return result;
}

IniValue WordValue(std::string_view text) {
  IniValue value;
  value.is_integer = false;
  value.number = std::numeric_limits<double>::quiet_NaN();
  value.text = std::string(text);
  return value;
}

std::optional<IniValue> ParseValue(std::string_view section, std::string_view key,
                                   std::string_view text) {
  if (section == kWordSection ||
      std::find(std::begin(kWordKeys), std::end(kWordKeys), key) != std::end(kWordKeys)) {
    return WordValue(text);
  }
  std::optional<IniValue> value =
      text.substr(0, 2) == "0x" ? ParseHex(text.substr(2)) : ParseDecimal(text);
  if (value.has_value()) value->text = std::string(text);
  return value;
}

std::optional<std::string> ParseSectionName(std::string_view word) {
  std::string name = absl::AsciiStrToLower(View(word));
  for (std::string_view known : kSections) {
    if (name.size() == known.size() + 2 && name.front() == '[' && name.back() == ']' &&
        std::string_view(name).substr(1, known.size()) == known) {
      return std::string(known);
    }
  }
  return {};
}

// The key, and the value's word when there is one. An '=' may stand alone or touch either of them.
struct Assignment {
  std::string_view key;
  std::optional<std::string_view> value;
  std::optional<std::string_view> surplus;  // a word too many
};
Assignment ReadAssignment(const std::vector<std::string_view>& words) {
  Assignment result;
  size_t equals = words[0].find('=');
  result.key = words[0].substr(0, equals);
  bool seen_equals = equals != std::string_view::npos;
  if (seen_equals && equals + 1 < words[0].size()) result.value = words[0].substr(equals + 1);
  for (size_t i = 1; i < words.size(); ++i) {
    std::string_view word = words[i];
    if (!seen_equals && !result.value.has_value() && word.front() == '=') {
      seen_equals = true;
      word.remove_prefix(1);
      if (word.empty()) continue;
    }
    if (result.value.has_value()) {
      result.surplus = word;
      break;
    }
    result.value = word;
  }
  return result;
}

}  // namespace

absl::StatusOr<IniFile> ParseIni(std::string_view text, std::string_view path) {
  IniFile file;
  file.path = std::string(path);
  absl::Status status = ForEachLine(text, [&](int number, std::string_view line) {
    std::vector<std::string_view> words = WordsBeforeComment(line);
    if (words.empty()) return absl::OkStatus();
    if (words[0].front() == '[') {
      std::optional<std::string> name = ParseSectionName(words[0]);
      if (!name.has_value()) {
        return SyntaxError(
            path, number, words[0],
            "a section is [log], [options], [dump], [export], [labels] or [globals]");
      }
      file.sections.push_back({std::move(*name), number, {}});
      return absl::OkStatus();
    }
    if (file.sections.empty()) {
      if (file.warnings.empty()) {
        file.warnings.push_back(absl::StrCat(View(path), ":", number, ": inireader: warning - '",
                                             Shown(words[0]),
                                             "' stands before the first section - ignored"));
      }
      return absl::OkStatus();
    }
    const std::string_view section = file.sections.back().name;
    if (section == kWholeLineSection) {
      if (words.size() > 1) return SyntaxError(path, number, words[1], "one export a line");
      file.sections.back().entries.push_back({std::string(words[0]), {}, number});
      return absl::OkStatus();
    }
    Assignment assignment = ReadAssignment(words);
    if (assignment.key.empty()) return SyntaxError(path, number, words[0], "a key is missing");
    if (assignment.surplus.has_value()) {
      return SyntaxError(path, number, *assignment.surplus, "one value a line");
    }
    IniEntry entry;
    entry.key = std::string(assignment.key);
    entry.line = number;
    if (assignment.value.has_value()) {
      std::optional<IniValue> value = ParseValue(section, entry.key, *assignment.value);
      if (!value.has_value()) {
        return SyntaxError(path, number, *assignment.value, "expected a number");
      }
      entry.value = std::move(*value);
    }
    file.sections.back().entries.push_back(std::move(entry));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  if (file.sections.empty()) {
    file.warnings.clear();
    file.warnings.push_back(absl::StrCat("inireader: warning - No section header in file '",
                                         View(path), "' - File ignored"));
  }
  return file;
}

absl::StatusOr<IniFile> ReadIni(const std::string& path, TextSource source) {
  absl::StatusOr<std::string> text = ReadTextFile(path, source);
  if (!text.ok()) return text.status();
  return ParseIni(*text, path);
}

}  // namespace tstat::internal
