// SPDX-License-Identifier: BSD-3-Clause
//
// When a changed runtime.conf, or file of labels, is read again: some checks after its time of
// modification was last seen to change, so that a file being edited is left alone.
//
//   ReloadedFiles files(settings);
//   files.Follow(/*tells_all=*/false, session, console);    // after each batch of a stream
#ifndef TSTAT_STARTUP_RUNTIME_RELOAD_H_
#define TSTAT_STARTUP_RUNTIME_RELOAD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "startup/console.h"
#include "startup/settings.h"
#include "tstat/session.h"

namespace tstat::cli {

class ReloadSchedule {
 public:
  enum class Action { kNothing, kChanged, kReload, kMissing };

  // `idle_s`: seconds between checks; `checks`: checks without further change before a reload.
  ReloadSchedule(double idle_s, uint32_t checks) : idle_s_(idle_s), checks_(checks) {}

  // What was read when the run began. `now_s`: wall clock, `modified_ns`: of the file.
  void Start(double now_s, std::optional<int64_t> modified_ns);

  bool IsDue(double now_s) const { return now_s >= last_check_s_ + idle_s_; }

  // One check; `modified_ns` is empty when the file is not there. kMissing comes once.
  Action Check(double now_s, std::optional<int64_t> modified_ns);

 private:
  static constexpr int kToleratedAtFirst = 3;
  static constexpr int kTolerated = 5;

  double idle_s_;
  uint32_t checks_;
  double last_check_s_ = 0;
  int64_t modified_ns_ = 0;
  uint32_t countdown_ = 0;
  int missing_ = 0;
  bool seen_ = false;
};

// Those that the options name.
class ReloadedFiles {
 public:
  // They were read now.
  explicit ReloadedFiles(const Settings& settings);

  // When a check is due: checks the files, and has `session` read what is to be read. An error is
  // told and keeps what was: what runs must survive a typing mistake. `tells_all`: also what is
  // noticed on the way.
  void Follow(bool tells_all, Session& session, Console& console);

 private:
  struct File {
    std::string path;
    absl::Status (Session::*reload)(const std::string& path);
    std::string_view is_changed, reloads, keeps;  // messages
    ReloadSchedule schedule;
  };
  std::vector<File> files_;
};

// The time of modification of `path`; empty when there is no such file.
std::optional<int64_t> ModificationTime(const std::string& path);

// Seconds of the wall clock.
double WallClock();

}  // namespace tstat::cli

#endif  // TSTAT_STARTUP_RUNTIME_RELOAD_H_
