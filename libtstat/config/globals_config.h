// SPDX-License-Identifier: BSD-3-Clause
//
// globals.conf (-G): sizes of tables, times, thresholds.
//
//   absl::StatusOr<GlobalsConfig> config = ReadGlobals("globals.conf");
//   if (!config.ok()) return config.status();
//   options.globals = config->globals;
//   std::string block = FormatGlobals(options.globals);     // the block of the usage text
#ifndef TSTAT_CONFIG_GLOBALS_CONFIG_H_
#define TSTAT_CONFIG_GLOBALS_CONFIG_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "config/ini.h"
#include "tstat/options.h"

namespace tstat::internal {

struct GlobalsConfig {
  Globals globals;
  std::vector<std::string> warnings;  // may hold newlines
};

// Applies a parsed file to `before`, and checks what must hold between the values. Errors:
// InvalidArgument with file, line and text.
absl::StatusOr<GlobalsConfig> ApplyGlobals(const IniFile& file, const Globals& before = {});

// Errors also: those of ReadIni.
absl::StatusOr<GlobalsConfig> ReadGlobals(const std::string& path);

// All parameters as a [globals] section, each line indented by a tab and ended by a newline.
// `with_3_3` adds the parameters of that version.
std::string FormatGlobals(const Globals& globals, bool with_3_3 = false);

}  // namespace tstat::internal

#endif  // TSTAT_CONFIG_GLOBALS_CONFIG_H_
