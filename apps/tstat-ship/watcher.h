// SPDX-License-Identifier: BSD-3-Clause
//
// Waits until something is written below directories: by inotify, and by looking at the clock where
// that is not there, or may not tell (file systems of networks, too many directories).
//
//   Watcher watcher({.uses_inotify = true, .interval = std::chrono::seconds(10)});
//   watcher.Watch(directories);
//   switch (watcher.Wait(stop)) ...
#ifndef TSTAT_SHIP_WATCHER_H_
#define TSTAT_SHIP_WATCHER_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tstat::ship {

class Watcher {
 public:
  struct Options {
    bool uses_inotify = true;
    // It is looked at the logs so often in any case.
    std::chrono::milliseconds interval{10000};
    // Without inotify.
    std::chrono::milliseconds poll_interval{1000};
  };
  explicit Watcher(const Options& options);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // From now on these directories, and no others.
  void Watch(const std::vector<std::string>& directories);

  enum class Change : uint8_t {
    kNone,      // time has passed
    kWritten,   // to a file that is there
    kNewNames,  // files or directories came or went
  };
  // Returns early when *stop becomes true, or a signal comes.
  Change Wait(const std::atomic<bool>& stop);
  // All directories are watched by inotify.
  [[nodiscard]] bool is_told() const { return fd_ >= 0 && !has_unwatched_; }

 private:
  Change TakeEvents();

  Options options_;
  int fd_ = -1;
  bool has_unwatched_ = false;
  std::map<std::string, int> watched_;  // by directory
};

}  // namespace tstat::ship

#endif  // TSTAT_SHIP_WATCHER_H_
