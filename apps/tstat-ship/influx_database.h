// SPDX-License-Identifier: BSD-3-Clause
//
// Asks an InfluxDB whether a database is there, and makes it if not: what the scripts of the Tstat
// roll begin with.
//
//   absl::StatusOr<DatabaseState> state = EnsureDatabase({.base = "http://127.0.0.1:8086", ...});
#ifndef TSTAT_SHIP_INFLUX_DATABASE_H_
#define TSTAT_SHIP_INFLUX_DATABASE_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace tstat::ship {

struct InfluxServer {
  std::string base;            // "http://127.0.0.1:8086"
  std::string user, password;  // none: no authentication
  std::string database;
  std::chrono::seconds connect_timeout{10}, timeout{30};
};

enum class DatabaseState : uint8_t { kWasThere, kMade };

// Errors: Unavailable, and what the server, or the network, says; Unimplemented without libcurl.
absl::StatusOr<DatabaseState> EnsureDatabase(const InfluxServer& server);

}  // namespace tstat::ship

#endif  // TSTAT_SHIP_INFLUX_DATABASE_H_
