// SPDX-License-Identifier: BSD-3-Clause
//
// globals.conf (-G): sizes of tables, times, thresholds; tstat-globals.conf(5).
//
//   absl::StatusOr<GlobalsConfig> config = ReadGlobals("globals.conf");
//   if (!config.ok()) return config.status();
//   options.globals = config->globals;
//   std::string block = FormatGlobals(options.globals);     // the block of the usage text
#ifndef TSTAT_GLOBALS_CONFIG_H_
#define TSTAT_GLOBALS_CONFIG_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat/export.h"
#include "tstat/options.h"

namespace tstat::inline v1 {

struct GlobalsConfig {
  Globals globals;
  std::vector<std::string> warnings;  // may hold newlines
};

// Applies `text` to `before`, and checks what must hold between the values; `name` stands in the
// messages. InvalidArgument with file, line and text.
TSTAT_EXPORT absl::StatusOr<GlobalsConfig> ParseGlobals(std::string_view text,
                                                        std::string_view name,
                                                        const Globals& before = {});
// The same for a file. Errors also: those of ReadTextFile.
TSTAT_EXPORT absl::StatusOr<GlobalsConfig> ReadGlobals(const std::string& path,
                                                       const Globals& before = {});

// All parameters as a [globals] section, each line indented by a tab and ended by a newline.
// `with_3_3` adds the parameters of that version.
[[nodiscard]] TSTAT_EXPORT std::string FormatGlobals(const Globals& globals, bool with_3_3 = false);

}  // namespace tstat::inline v1

#endif  // TSTAT_GLOBALS_CONFIG_H_
