// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/watcher.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <set>

namespace tstat::ship {
namespace {

constexpr uint32_t kNameEvents = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;
// A signal may come right before the wait: not much is to be slept through.
constexpr std::chrono::milliseconds kLongestSleep{500};

}  // namespace

Watcher::Watcher(const Options& options) : options_(options) {
  if (options_.uses_inotify) fd_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

Watcher::~Watcher() {
  if (fd_ >= 0) close(fd_);
}

void Watcher::Watch(const std::vector<std::string>& directories) {
  if (fd_ < 0) return;
  has_unwatched_ = false;
  const std::set<std::string> wanted(directories.begin(), directories.end());
  std::erase_if(watched_, [&](const auto& entry) {
    if (wanted.contains(entry.first)) return false;
    (void)inotify_rm_watch(fd_, entry.second);
    return true;
  });
  for (const std::string& directory : wanted) {
    // One of the same name may be another one by now: the system gives the same number if not.
    const int watch =
        inotify_add_watch(fd_, directory.c_str(), IN_MODIFY | kNameEvents | IN_ONLYDIR);
    if (watch < 0) {
      has_unwatched_ = true;
      watched_.erase(directory);
    } else {
      watched_[directory] = watch;
    }
  }
}

Watcher::Change Watcher::TakeEvents() {
  Change change = Change::kNone;
  alignas(inotify_event) char events[8192];
  ssize_t size;
  while ((size = read(fd_, events, sizeof events)) > 0) {
    for (ssize_t at = 0; at < size;) {
      inotify_event event;
      std::memcpy(&event, events + at, sizeof event);
      at += static_cast<ssize_t>(sizeof event + event.len);
      const bool is_of_names = (event.mask & (kNameEvents | IN_Q_OVERFLOW | IN_IGNORED)) != 0;
      change = std::max(change, is_of_names ? Change::kNewNames : Change::kWritten);
    }
  }
  return change;
}

Watcher::Change Watcher::Wait(const std::atomic<bool>& stop) {
  const auto end =
      std::chrono::steady_clock::now() + (is_told() ? options_.interval : options_.poll_interval);
  while (!stop.load()) {
    const auto left = std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(
                                     end - std::chrono::steady_clock::now()),
                                 std::chrono::milliseconds(0), kLongestSleep);
    pollfd waited{.fd = fd_, .events = POLLIN, .revents = 0};
    if (poll(&waited, fd_ >= 0 ? 1 : 0, static_cast<int>(left.count())) > 0) {
      if (const Change change = TakeEvents(); change != Change::kNone) return change;
    }
    if (left.count() == 0) break;
  }
  return Change::kNone;
}

}  // namespace tstat::ship
