// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/follow.h"

#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

namespace tstat::ship {
namespace {

using FollowClock = std::chrono::steady_clock;

// Watched are the directories that sessions appear in, and so many of those that are being written.
constexpr size_t kMostWatched = 1000;

absl::Status ShipSessions(const std::vector<Session>& sessions, Shipment& shipment,
                          const std::atomic<bool>& stop) {
  for (const Session& session : sessions) {
    for (const LogFile& file : session.logs) {
      if (stop.load()) return absl::OkStatus();
      if (!shipment.Takes(file.log)) continue;
      absl::Status status = shipment.Read(file);
      if (status.ok()) status = shipment.FlushWhenDue();
      if (!status.ok()) return status;
    }
  }
  return shipment.FlushWhenDue();
}

// What may have more to come: the sessions written lately, and the newest one of each directory.
std::vector<Session> LiveOf(std::vector<Session> sessions, std::chrono::seconds live) {
  const auto now_s = static_cast<int64_t>(std::time(nullptr));
  std::erase_if(sessions, [&](const Session& session) {
    return !session.is_newest && session.changed_s < now_s - live.count();
  });
  return sessions;
}

// A log may come into a directory that was made a moment ago.
bool IsNew(const std::string& directory, std::chrono::seconds live) {
  struct stat info {};
  const auto now_s = static_cast<int64_t>(std::time(nullptr));
  return stat(directory.c_str(), &info) == 0 && info.st_mtim.tv_sec >= now_s - live.count();
}

std::vector<std::string> WatchedOf(const std::vector<std::string>& roots,
                                   const std::vector<Session>& live,
                                   const std::vector<std::string>& without_logs,
                                   std::chrono::seconds new_for) {
  std::set<std::string> directories(roots.begin(), roots.end());
  for (auto path = without_logs.rbegin(); path != without_logs.rend(); ++path) {
    if (directories.size() >= kMostWatched / 2) break;
    if (IsNew(*path, new_for)) directories.insert(*path);
  }
  for (auto session = live.rbegin(); session != live.rend(); ++session) {
    if (directories.size() >= kMostWatched) break;
    directories.insert(session->path);
    directories.insert(session->parent);
  }
  return {directories.begin(), directories.end()};
}

// New figures of logs that are known, and logs that are new in these sessions.
void RefreshSessions(std::vector<Session>* sessions) {
  for (Session& session : *sessions) session.logs = LogsOf(session.path);
}

}  // namespace

std::vector<Session> SessionsOf(const std::vector<std::string>& roots, const Teller& tell,
                                bool* all_read, std::vector<std::string>* without_logs) {
  std::vector<Session> sessions;
  *all_read = true;
  for (const std::string& root : roots) {
    std::vector<std::string> unreadable;
    absl::StatusOr<std::vector<Session>> found = FindSessions(root, &unreadable, without_logs);
    if (!found.ok()) unreadable.emplace_back(found.status().message());
    for (const std::string& what : unreadable) tell(what);
    *all_read = *all_read && unreadable.empty();
    if (!found.ok()) continue;
    std::move(found->begin(), found->end(), std::back_inserter(sessions));
  }
  return sessions;
}

absl::Status ShipOnce(const std::vector<std::string>& roots, Shipment& shipment,
                      const std::atomic<bool>& stop, const Teller& tell) {
  bool all_read = true;
  const std::vector<Session> sessions = SessionsOf(roots, tell, &all_read);
  absl::Status status = ShipSessions(sessions, shipment, stop);
  if (status.ok()) status = shipment.Flush();
  if (status.ok() && !all_read) status = absl::NotFoundError("some directories could not be read");
  return status;
}

absl::Status Follow(const std::vector<std::string>& roots, const FollowOptions& options,
                    Shipment& shipment, const std::atomic<bool>& stop, const Teller& tell) {
  Watcher watcher(options.watching);
  std::vector<Session> live;
  FollowClock::time_point next_search{};
  bool is_first = true;
  std::set<std::string> told;
  while (!stop.load()) {
    const FollowClock::time_point begin = FollowClock::now();
    if (begin >= next_search) {
      next_search = begin + options.search_interval;
      bool all_read = true;
      std::vector<std::string> without_logs;
      // What cannot be read is told once.
      std::vector<Session> sessions = SessionsOf(
          roots,
          [&](std::string_view line) {
            if (told.insert(std::string(line)).second) tell(line);
          },
          &all_read, &without_logs);
      // Before they are read: what is written from now on is told of.
      watcher.Watch(WatchedOf(roots, LiveOf(sessions, options.live), without_logs, options.live));
      if (absl::Status s = ShipSessions(sessions, shipment, stop); !s.ok()) return s;
      live = LiveOf(std::move(sessions), options.live);
      // Between the search and the watch something may have come.
      if (std::exchange(is_first, false)) next_search = {};
    } else {
      RefreshSessions(&live);
      if (absl::Status s = ShipSessions(live, shipment, stop); !s.ok()) return s;
    }
    shipment.CloseLogs(static_cast<int64_t>(std::time(nullptr)) - options.live.count());
    if (watcher.Wait(stop) == Watcher::Change::kNewNames) next_search = {};
    // More may come at once.
    Watcher::Options pausing{.uses_inotify = false, .interval = {}, .poll_interval = {}};
    pausing.poll_interval = std::max(
        std::chrono::milliseconds(0),
        options.pause -
            std::chrono::duration_cast<std::chrono::milliseconds>(FollowClock::now() - begin));
    (void)Watcher(pausing).Wait(stop);
  }
  return absl::OkStatus();
}

}  // namespace tstat::ship
