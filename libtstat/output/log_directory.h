// SPDX-License-Identifier: BSD-3-Clause
//
// The log directory of one output period ("2017_07_14_02_40.out"): which names in it are tstat's,
// and how to empty one without touching anything else.
#ifndef TSTAT_OUTPUT_LOG_DIRECTORY_H_
#define TSTAT_OUTPUT_LOG_DIRECTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tstat/time.h"

namespace tstat::internal {

// "YYYY_MM_DD_hh_mm" of `time` in the local time zone (TZ).
std::string LogDirectoryName(Timestamp time);

// The time that `name` says, when it is the name of a log directory: LogDirectoryName(time), then
// ".out", or "_2.out", "_3.out", ... for a further one of the same minute.
std::optional<Timestamp> LogDirectoryTime(std::string_view name);

// What a log directory holds, as far as tstat (of any version) writes it: logs, directories of
// histograms and of packet dumps with files of theirs.
struct LogDirectoryContent {
  uint64_t files = 0;
  uint64_t bytes = 0;   // on the disk
  std::string foreign;  // the first thing found that is somebody else's; empty: nothing
};

// `directory`: a descriptor that is open on it.
absl::StatusOr<LogDirectoryContent> ListLogDirectory(int directory);
// Removes what is tstat's. What is not stays, and so do the directories that it is in.
absl::Status EmptyLogDirectory(int directory);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_LOG_DIRECTORY_H_
