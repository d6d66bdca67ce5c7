// SPDX-License-Identifier: BSD-3-Clause
//
// The options of tstat-ship(1).
#ifndef TSTAT_SHIP_COMMAND_LINE_H_
#define TSTAT_SHIP_COMMAND_LINE_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat/exports.h"

namespace tstat::ship {

struct CommandLine {
  std::vector<std::string> exports;  // FORMAT=DESTINATION#OPTIONS
  std::string roll, netsage;         // files of settings
  std::optional<std::chrono::hours> cull;
  std::vector<std::string> words;  // directories; with roll START and END

  bool follows = false;
  std::optional<std::chrono::milliseconds> poll;  // without inotify
  std::string state_dir;
  std::string probe;
  std::string labels;         // a runtime.conf
  bool wants_schema = false;  // prints, and ends
  uint32_t ipfix_pen = ExportSettings{}.ipfix_pen;
  SpoolSync sync = SpoolSync::kEveryBatch;
  std::optional<uint64_t> line_limit;
  std::string threshold, sensor, instance;
  std::chrono::seconds min_age{60};
  std::chrono::seconds wait{60};
  bool again = false;
  bool wants_help = false, wants_version = false;
};

extern const char kShipUsage[];

// Errors: InvalidArgument, for people.
absl::StatusOr<CommandLine> ReadCommandLine(int argc, char** argv);

}  // namespace tstat::ship

#endif  // TSTAT_SHIP_COMMAND_LINE_H_
