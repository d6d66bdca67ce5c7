// SPDX-License-Identifier: BSD-3-Clause
//
// Tells systemd how the service is (sd_notify(3)): state lines go as one datagram to the socket
// that $NOTIFY_SOCKET names. Does nothing when nobody listens.
//
//   ServiceManager manager = ServiceManager::FromEnvironment();
//   manager.Notify("READY=1\nSTATUS=Capturing on eth0");
#ifndef TSTAT_APPS_TSTAT_CLI_SERVICE_MANAGER_H_
#define TSTAT_APPS_TSTAT_CLI_SERVICE_MANAGER_H_

#include <string>
#include <string_view>
#include <utility>

namespace tstat::cli {

class ServiceManager {
 public:
  // `socket`: a path, or "@name" for an abstract one; empty: nobody listens. `wants_life_signs`:
  // WATCHDOG=1 is expected again and again.
  explicit ServiceManager(std::string socket, bool wants_life_signs = false)
      : socket_(std::move(socket)), wants_life_signs_(wants_life_signs) {}

  static ServiceManager FromEnvironment();

  bool is_there() const { return !socket_.empty(); }
  bool wants_life_signs() const { return wants_life_signs_; }

  // False when the message did not get there: never a reason to stop.
  bool Notify(std::string_view state) const;

 private:
  std::string socket_;
  bool wants_life_signs_;
};

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_SERVICE_MANAGER_H_
