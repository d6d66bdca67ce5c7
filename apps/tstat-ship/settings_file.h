// SPDX-License-Identifier: BSD-3-Clause
//
// INI files: sections of `key = value` (or `key: value`) lines. A line that begins with `#` or `;`
// is a comment; quotes around a value are none of it. `${NAME:default}` in a value is a variable of
// the environment.
//
//   constexpr std::string_view kRabbit[] = {"host", "port"};
//   constexpr SectionRule kSections[] = {{"rabbit", kRabbit}};
//   absl::StatusOr<Settings> settings = ReadSettings("shipper.ini", kSections);
//   std::string host = settings->Get("rabbit", "host", "localhost");
#ifndef TSTAT_SHIP_SETTINGS_FILE_H_
#define TSTAT_SHIP_SETTINGS_FILE_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tstat::ship {

// What may stand in a section; "": before the first one, too.
struct SectionRule {
  std::string_view name;
  std::span<const std::string_view> keys;
};

class Settings {
 public:
  bool Has(std::string_view section, std::string_view key) const;
  std::string Get(std::string_view section, std::string_view key,
                  std::string_view otherwise = "") const;
  // Errors: InvalidArgument "FILE:LINE: ...".
  absl::StatusOr<uint64_t> GetNumber(std::string_view section, std::string_view key,
                                     uint64_t otherwise, uint64_t least, uint64_t most) const;
  // "yes" or "no", of true, yes, on, 1 and the like.
  absl::StatusOr<std::string> GetYesOrNo(std::string_view section, std::string_view key,
                                         std::string_view otherwise) const;
  // It was written in the file itself, not taken from the environment.
  bool IsLiteral(std::string_view section, std::string_view key) const;

  const std::string& path() const { return path_; }
  // Nobody but the owner of the file may read or write it.
  bool is_private() const { return is_private_; }

 private:
  friend absl::StatusOr<Settings> ReadSettings(const std::string& path,
                                               std::span<const SectionRule> rules);
  struct Entry {
    std::string value;
    int line = 0;
    bool is_literal = true;
  };
  const Entry* Find(std::string_view section, std::string_view key) const;
  absl::Status ErrorOf(const Entry& entry, std::string_view what) const;

  std::string path_;
  bool is_private_ = false;
  std::map<std::pair<std::string, std::string>, Entry, std::less<>> entries_;
};

// Errors: those of the system; InvalidArgument for what is no such file, and for sections and keys
// that are not known: it names those that are.
absl::StatusOr<Settings> ReadSettings(const std::string& path, std::span<const SectionRule> rules);

// What files with passwords are told when others can read them.
absl::Status NotPrivate(const std::string& path);

}  // namespace tstat::ship

#endif  // TSTAT_SHIP_SETTINGS_FILE_H_
