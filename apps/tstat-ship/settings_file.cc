// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/settings_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace tstat::ship {
namespace {

constexpr size_t kMostSettingsBytes = size_t{1} << 20;

std::string JoinedWords(std::span<const std::string_view> words) {
  return absl::StrJoin(words, ", ",
                       [](std::string* out, std::string_view word) { out->append(word); });
}

absl::Status ErrorAtLine(const std::string& path, int line, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ":", line, ": ", what));
}

// All of a file of a reasonable size, and whether others than its owner may read or write it.
absl::StatusOr<std::string> ReadWhole(const std::string& path, bool* is_private) {
  const int fd = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, path);
  struct stat info {};
  absl::Status status;
  if (fstat(fd, &info) != 0) status = absl::ErrnoToStatus(errno, path);
  if (status.ok() && !S_ISREG(info.st_mode)) {
    status = absl::InvalidArgumentError(absl::StrCat(path, ": not a file"));
  }
  *is_private = (info.st_mode & 077) == 0;
  std::string text(kMostSettingsBytes + 1, '\0');
  size_t size = 0;
  while (status.ok() && size < text.size()) {
    const ssize_t count = read(fd, text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) status = absl::ErrnoToStatus(errno, path);
    if (count <= 0) break;
    size += static_cast<size_t>(count);
  }
  close(fd);
  if (!status.ok()) return status;
  if (size == text.size()) return absl::InvalidArgumentError(absl::StrCat(path, ": is too long"));
  text.resize(size);
  return text;
}

// `value` with what the environment has for each ${NAME:default}. `is_literal`: some of it stands
// in the file.
absl::StatusOr<std::string> WithEnvironment(absl::string_view value, bool* is_literal) {
  std::string result;
  *is_literal = false;
  const auto append = [&](absl::string_view text) {
    absl::StrAppend(&result, text);
    *is_literal = *is_literal || !text.empty();
  };
  while (true) {
    const size_t begin = value.find("${");
    const size_t end = begin == absl::string_view::npos ? begin : value.find('}', begin);
    if (end == absl::string_view::npos) break;
    append(value.substr(0, begin));
    const absl::string_view inside = value.substr(begin + 2, end - begin - 2);
    const size_t colon = inside.find(':');
    const std::string name(inside.substr(0, colon));
    if (const char* const found = std::getenv(name.c_str())) {
      result += found;
    } else if (colon != absl::string_view::npos) {
      append(inside.substr(colon + 1));
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("the environment has no variable \"", name, "\""));
    }
    value.remove_prefix(end + 1);
  }
  append(value);
  return result;
}

const SectionRule* FindRule(std::span<const SectionRule> rules, std::string_view name) {
  for (const SectionRule& rule : rules) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

absl::string_view Unquoted(absl::string_view value) {
  const bool is_quoted = value.size() >= 2 && value.front() == value.back() &&
                         (value.front() == '"' || value.front() == '\'');
  return is_quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

absl::Status NotPrivate(const std::string& path) {
  return absl::FailedPreconditionError(
      absl::StrCat(path, ": holds a password, and others have access to it (chmod 600 ends that)"));
}

const Settings::Entry* Settings::Find(std::string_view section, std::string_view key) const {
  const auto found = entries_.find(std::pair<std::string, std::string>(section, key));
  return found == entries_.end() ? nullptr : &found->second;
}

absl::Status Settings::ErrorOf(const Entry& entry, std::string_view what) const {
  return ErrorAtLine(path_, entry.line, std::string(what));
}

bool Settings::Has(std::string_view section, std::string_view key) const {
  return Find(section, key) != nullptr;
}

std::string Settings::Get(std::string_view section, std::string_view key,
                          std::string_view otherwise) const {
  const Entry* const entry = Find(section, key);
  return entry != nullptr ? entry->value : std::string(otherwise);
}

bool Settings::IsLiteral(std::string_view section, std::string_view key) const {
  const Entry* const entry = Find(section, key);
  return entry != nullptr && entry->is_literal;
}

absl::StatusOr<uint64_t> Settings::GetNumber(std::string_view section, std::string_view key,
                                             uint64_t otherwise, uint64_t least,
                                             uint64_t most) const {
  const Entry* const entry = Find(section, key);
  if (entry == nullptr) return otherwise;
  uint64_t number = 0;
  if (absl::SimpleAtoi(entry->value, &number) && number >= least && number <= most) return number;
  return ErrorOf(*entry, absl::StrCat(std::string(key), " is a number from ", least, " to ", most,
                                      ", not \"", entry->value, "\""));
}

absl::StatusOr<std::string> Settings::GetYesOrNo(std::string_view section, std::string_view key,
                                                 std::string_view otherwise) const {
  const Entry* const entry = Find(section, key);
  if (entry == nullptr) return std::string(otherwise);
  const std::string word = absl::AsciiStrToLower(entry->value);
  for (const char* const yes : {"true", "yes", "on", "1"}) {
    if (word == yes) return std::string("yes");
  }
  for (const char* const no : {"false", "no", "off", "0", ""}) {
    if (word == no) return std::string("no");
  }
  return ErrorOf(*entry, absl::StrCat(std::string(key), " is yes or no, not \"", word, "\""));
}

absl::StatusOr<Settings> ReadSettings(const std::string& path, std::span<const SectionRule> rules) {
  Settings settings;
  settings.path_ = path;
  const absl::StatusOr<std::string> text = ReadWhole(path, &settings.is_private_);
  if (!text.ok()) return text.status();
  const SectionRule* section = FindRule(rules, "");
  int number = 0;
  for (absl::string_view line : absl::StrSplit(*text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      const std::string name(absl::StripSuffix(line.substr(1), "]"));
      section = FindRule(rules, name);
      if (section != nullptr && !name.empty() && line.back() == ']') continue;
      std::vector<std::string_view> known;
      for (const SectionRule& rule : rules) {
        if (!rule.name.empty()) known.push_back(rule.name);
      }
      return ErrorAtLine(path, number,
                         absl::StrCat("\"", line, "\" is no section; known: ", JoinedWords(known)));
    }
    if (section == nullptr) return ErrorAtLine(path, number, "stands before the first section");
    const size_t equals = line.find_first_of("=:");
    // A line without a value may be half of a password: it is not shown.
    if (equals == absl::string_view::npos) {
      return ErrorAtLine(path, number, "is no KEY = VALUE");
    }
    const std::string key(absl::StripAsciiWhitespace(line.substr(0, equals)));
    if (std::find(section->keys.begin(), section->keys.end(), key) == section->keys.end()) {
      return ErrorAtLine(
          path, number,
          absl::StrCat(
              "\"", key, "\" is no key",
              section->name.empty() ? "" : absl::StrCat(" of [", std::string(section->name), "]"),
              "; known: ", JoinedWords(section->keys)));
    }
    bool is_literal = true;
    absl::StatusOr<std::string> value =
        WithEnvironment(Unquoted(absl::StripAsciiWhitespace(line.substr(equals + 1))), &is_literal);
    if (!value.ok()) return ErrorAtLine(path, number, std::string(value.status().message()));
    const bool is_new = settings.entries_
                            .try_emplace({std::string(section->name), key},
                                         Settings::Entry{*std::move(value), number, is_literal})
                            .second;
    if (!is_new) return ErrorAtLine(path, number, absl::StrCat("\"", key, "\" is given twice"));
  }
  return settings;
}

}  // namespace tstat::ship
