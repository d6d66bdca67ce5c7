// SPDX-License-Identifier: BSD-3-Clause
//
// The ini-like grammar of runtime.conf and globals.conf.
//
//   [log]                      # a section, any case: [log], [options], [dump], [export],
//                              # [labels] or [globals]
//   log_tcp_complete = 1       # also "key 1", "key=1"; a key alone means 1
//
// A word that starts with '#' ends its line. Values are decimal or 0x hexadecimal integers, or
// decimals with a point; histo_empty and the keys of [labels] take a word. A line of [export] is
// one word, the key as a whole. What stands before the first section is ignored,
// with a warning.
#ifndef TSTAT_CONFIG_INI_H_
#define TSTAT_CONFIG_INI_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "config/text_file.h"

namespace tstat::internal {

struct IniValue {
  bool is_integer = true;  // of a word: false
  int64_t integer = 1;     // when is_integer; never negative, the grammar has no sign
  double number = 1;       // always
  std::string text = "1";  // as written
};

struct IniEntry {
  std::string key;  // as written
  IniValue value;
  int line = 0;
};

// A section as often as it occurs: its start and end have effects of their own.
struct IniSection {
  std::string name;  // lower case, without brackets
  int line = 0;
  std::vector<IniEntry> entries;
};

struct IniFile {
  std::string path;  // for messages
  std::vector<IniSection> sections;
  std::vector<std::string> warnings;
};

// Errors: InvalidArgument "PATH:LINE: inireader: 'TEXT' - syntax error ...".
absl::StatusOr<IniFile> ParseIni(std::string_view text, std::string_view path);

// Errors also: those of ReadTextFile.
absl::StatusOr<IniFile> ReadIni(const std::string& path, TextSource source = TextSource::kAny);

}  // namespace tstat::internal

#endif  // TSTAT_CONFIG_INI_H_
