// SPDX-License-Identifier: BSD-3-Clause
//
// The logs below a directory, session by session.
//
//   absl::StatusOr<std::vector<Session>> sessions = FindSessions("/var/lib/tstat");
//   for (const Session& session : *sessions) for (const LogFile& file : session.logs) ...
#ifndef TSTAT_SHIP_LOG_TREE_H_
#define TSTAT_SHIP_LOG_TREE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat/options.h"
#include "tstat/schema.h"

namespace tstat::ship {

struct LogFile {
  Log log = {};
  std::string path;  // log_tcp_complete, or log_tcp_complete.gz where only that is there
  // What it is known by: the path without .gz, absolute. A log that is compressed stays the same.
  std::string key;
  uint64_t size = 0;  // bytes
  uint64_t inode = 0;
  int64_t changed_s = 0;  // when it was written last, seconds since 1970

  [[nodiscard]] bool is_gzip() const { return path.ends_with(".gz"); }
};

// A directory with logs.
struct Session {
  std::string path;
  std::string parent;         // absolute
  std::vector<LogFile> logs;  // in the order of kLogs
  int64_t changed_s = 0;      // of the log that was written last
  bool is_newest = false;     // of its parent, by name
};

// `root` itself and what is below it, in the order of paths; links to directories are not followed.
// What cannot be read below it is left out and named in `unreadable`. `without_logs`, if not null,
// are the directories that are no sessions. Errors: `root` cannot be read.
absl::StatusOr<std::vector<Session>> FindSessions(const std::string& root,
                                                  std::vector<std::string>* unreadable,
                                                  std::vector<std::string>* without_logs = nullptr);
// The logs of one directory; none: no session.
std::vector<LogFile> LogsOf(const std::string& directory);

// What `file` is now; false: it is gone.
bool Refresh(LogFile* file);

}  // namespace tstat::ship

#endif  // TSTAT_SHIP_LOG_TREE_H_
