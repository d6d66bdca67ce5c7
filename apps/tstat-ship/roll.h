// SPDX-License-Identifier: BSD-3-Clause
//
// What the process scripts of the Tstat roll did: the points `server` and `client` of sessions'
// log_tcp_complete go to an InfluxDB, with a file that says how that went.
//
//   absl::StatusOr<RollConfig> config = ReadRollConfig("tstat-to-influx.ini");
//   RollRange range = {.start = "2018_12", .end = "2019_01"};
//   int status = RunRoll(*config, range, options);
#ifndef TSTAT_SHIP_ROLL_H_
#define TSTAT_SHIP_ROLL_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tstat-ship/follow.h"
#include "tstat-ship/shipment.h"

namespace tstat::ship {

struct RollConfig {
  std::string host, dbname = "tstat", id, password;
  uint16_t port = 8086;
  std::string path;            // of the session directories
  std::string file_list_path;  // of the progress files
  uint64_t line_limit = 700;   // points a request
  std::string hostname;        // of this probe
};

// Errors: those of ReadSettings; FailedPrecondition when others may read the file; InvalidArgument
// for a key that is missing.
absl::StatusOr<RollConfig> ReadRollConfig(const std::string& path);

// From the first session whose name begins with `start`, or comes later, to the last one whose name
// begins with `end`. Both empty: all.
struct RollRange {
  std::string start, end;
  bool Has(std::string_view session) const;
};

// Points come in pairs, so that an odd limit is never met: a request is a log then.
size_t ItemsOfRequest(uint64_t line_limit);

// The exit status. `options`: text, state_dir and probe may be empty.
int RunRoll(const RollConfig& config, const RollRange& range, ShipmentOptions options,
            const Teller& tell);

}  // namespace tstat::ship

#endif  // TSTAT_SHIP_ROLL_H_
