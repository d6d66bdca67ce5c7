// SPDX-License-Identifier: BSD-3-Clause
#include "output/exports/name_services.h"

#include <dlfcn.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "config/absl_text.h"
#include "tstat/text_file.h"

namespace tstat::internal {

std::vector<std::string> NameServiceModules(std::string_view nsswitch) {
  constexpr absl::string_view kHosts = "hosts:";
  std::vector<std::string> modules;
  for (absl::string_view line : absl::StrSplit(View(nsswitch), '\n')) {
    line = line.substr(0, line.find('#'));
    line = absl::StripAsciiWhitespace(line);
    if (line.substr(0, kHosts.size()) != kHosts) continue;
    // [NOTFOUND=return] and the like are no modules.
    bool in_brackets = false;
    for (const absl::string_view word :
         absl::StrSplit(line.substr(kHosts.size()), absl::ByAnyChar(" \t"), absl::SkipEmpty())) {
      if (word.front() == '[') in_brackets = true;
      const bool is_module =
          !in_brackets && std::all_of(word.begin(), word.end(), [](unsigned char c) {
            return absl::ascii_isalnum(c) || c == '_';
          });
      if (is_module) modules.push_back(absl::StrCat("libnss_", word, ".so.2"));
      if (word.back() == ']') in_brackets = false;
    }
  }
  return modules;
}

void LoadNameServices() {
  constexpr char kFile[] = "/etc/nsswitch.conf";
  const absl::StatusOr<std::string> text = ReadTextFile(kFile);
  if (!text.ok()) return;
  // They stay loaded, whoever asked for them first.
  for (const std::string& module : NameServiceModules(*text)) dlopen(module.c_str(), RTLD_NOW);
}

}  // namespace tstat::internal
