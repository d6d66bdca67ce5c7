// SPDX-License-Identifier: BSD-3-Clause
//
// What the NetSage shipper does: messages of the flows of finished sessions go to a queue, sessions
// whose messages are all confirmed get the mark `.processed`, and marked ones are removed after
// some time.
//
//   absl::StatusOr<NetsageConfig> config = ReadNetsageConfig("shipper.ini");
//   int status = RunNetsage(*config, {"/var/lib/tstat"}, {}, options, tell);
//   status = Cull({"/var/lib/tstat"}, std::chrono::hours(48), tell);
#ifndef TSTAT_SHIP_NETSAGE_H_
#define TSTAT_SHIP_NETSAGE_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat-ship/follow.h"
#include "tstat-ship/log_tree.h"
#include "tstat-ship/settings_file.h"
#include "tstat-ship/shipment.h"

namespace tstat::ship {

struct NetsageConfig {
  std::string host = "localhost", user = "guest", password = "guest";
  uint16_t port = 5672;
  bool uses_tls = false;
  std::string vhost = "netsage", queue = "netsage_tstat", routing_key = "netsage_tstat", exchange;
  uint64_t heartbeat_s = 300;
  // Options of the queue that were given, as `yes` or `no`.
  std::vector<std::pair<std::string, std::string>> queue_options;
  std::string key, certificate, authorities;  // files
  std::vector<std::string> notes;             // what of the file has no effect
};

// Errors: those of ReadSettings; FailedPrecondition when a password stands in a file that others
// may read.
absl::StatusOr<NetsageConfig> ReadNetsageConfig(const std::string& path);

struct NetsageOptions {
  std::string threshold, sensor, instance;  // of the format; empty: its own
  // A session is taken when nothing was written to it for so long...
  std::chrono::seconds min_age{60};
  // ... the newest one of a directory, which may still be written to, for so much longer.
  std::chrono::seconds newest_age{3600};
  std::chrono::seconds search_interval{10};  // with ShipmentOptions::follows
};

// What the shipper takes, in order: the log of TCP, then that of UDP.
bool IsNetsageSession(const Session& session);
bool IsFinished(const Session& session, const NetsageOptions& options, int64_t now_s);

// The mark of a session all of whose messages are confirmed.
inline constexpr const char* kProcessedMark = ".processed";
bool IsMarked(const std::string& directory);
absl::Status Mark(const std::string& directory);

// The exit status.
int RunNetsage(const NetsageConfig& config, const std::vector<std::string>& roots,
               const NetsageOptions& netsage, ShipmentOptions options, const Teller& tell);
// Removes sessions whose mark is older. The exit status.
int Cull(const std::vector<std::string>& roots, std::chrono::hours age, const Teller& tell);

}  // namespace tstat::ship

#endif  // TSTAT_SHIP_NETSAGE_H_
