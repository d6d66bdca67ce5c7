// SPDX-License-Identifier: BSD-3-Clause
//
// librrd refuses a database that another process has locked: for as long as an update, or the
// reading of one of its archives, takes.
//
//   const auto draw = [&] { info = rrd.graph_v(count, words); return info != nullptr; };
//   if (!WhenUnlocked(rrd, draw)) message = rrd.get_error();
#ifndef TSTAT_LOADED_LIBRARY_LOCKED_DATABASE_H_
#define TSTAT_LOADED_LIBRARY_LOCKED_DATABASE_H_

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>

namespace tstat {

// What librrd says then. It has no number for it.
inline constexpr std::string_view kDatabaseIsLocked = "could not lock RRD";

// Calls `act` until it returns true or fails for another reason, but not longer than five seconds.
// `librrd`: has clear_error and get_error, whose message of the last call stays.
template <typename Librrd, typename Act>
[[nodiscard]] bool WhenUnlocked(const Librrd& librrd, const Act& act) {
  using std::chrono::milliseconds;
  constexpr milliseconds kLongestPause{20};
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  for (milliseconds pause{1};; pause = std::min(2 * pause, kLongestPause)) {
    librrd.clear_error();
    if (act()) return true;
    if (std::string_view(librrd.get_error()).find(kDatabaseIsLocked) == std::string_view::npos ||
        std::chrono::steady_clock::now() >= end) {
      return false;
    }
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace tstat

#endif  // TSTAT_LOADED_LIBRARY_LOCKED_DATABASE_H_
