// SPDX-License-Identifier: BSD-3-Clause
//
// One pass over the logs below some directories, or as many as it takes until it is to stop.
//
//   absl::Status status = ShipOnce({"/var/lib/tstat"}, *shipment, stop, tell);
//   status = Follow(roots, {}, *shipment, stop, tell);
#ifndef TSTAT_SHIP_FOLLOW_H_
#define TSTAT_SHIP_FOLLOW_H_

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tstat-ship/shipment.h"
#include "tstat-ship/watcher.h"

namespace tstat::ship {

using Teller = std::function<void(std::string_view line)>;

// The sessions of all directories; what cannot be read is told, and false in `all_read`. Of
// `without_logs`, see FindSessions.
std::vector<Session> SessionsOf(const std::vector<std::string>& roots, const Teller& tell,
                                bool* all_read, std::vector<std::string>* without_logs = nullptr);

// Errors: those of Shipment; NotFound when a directory cannot be read, after the others were.
absl::Status ShipOnce(const std::vector<std::string>& roots, Shipment& shipment,
                      const std::atomic<bool>& stop, const Teller& tell);

struct FollowOptions {
  Watcher::Options watching;
  // The shortest time between two looks: batches are no smaller than what comes meanwhile.
  std::chrono::milliseconds pause{1000};
  // All directories are gone through so often, if nothing tells of new ones.
  std::chrono::milliseconds search_interval{30000};
  // Logs that were written within this time are looked at in between.
  std::chrono::seconds live{7200};
};
absl::Status Follow(const std::vector<std::string>& roots, const FollowOptions& options,
                    Shipment& shipment, const std::atomic<bool>& stop, const Teller& tell);

}  // namespace tstat::ship

#endif  // TSTAT_SHIP_FOLLOW_H_
