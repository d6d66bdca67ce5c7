// SPDX-License-Identifier: BSD-3-Clause
//
// Destinations by what users write: an address, and options.
//
//   "-"                          standard output
//   "flows.jsonl"                a file: rotate_bytes, rotate_time, keep
//   "unix:/run/collector.sock"   a stream socket
//   "https://host/path?query"    http, too: user, password, token, token_type, headers, ca, cert,
//   key,
//                                timeout, connect_timeout
//   "kafka://host:port,host:port/topic"   kafkas, too: user, password, mechanism, ...
//   "amqps://host/vhost"         amqp, too: queue, routing_key, exchange, user, password, ...
//   "tcp://host:4739"            a collector of IPFIX: timeout, connect_timeout
//   "udp://host:4739"            likewise: refresh, mtu, rate
//
//   absl::StatusOr<std::unique_ptr<Destination>> destination =
//       OpenDestination("http://[::1]:8086/write?db=tstat", {{"user", "probe"}, {"password",
//       "env:X"}});
#ifndef TSTAT_OUTPUT_DESTINATIONS_REGISTRY_H_
#define TSTAT_OUTPUT_DESTINATIONS_REGISTRY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "output/destinations/destination.h"

namespace tstat::internal {

using DestinationOptionMap = std::map<std::string, std::string>;

// Before the path of a directory of Parquet files. No user writes it: it goes with the format,
// whose rows no other destination takes.
inline constexpr std::string_view kParquetScheme = "parquet\n";

// Makes a destination, reads its secrets and loads what it needs; nothing is connected or written
// yet. `others` stands behind the names of its options in an error. Errors, all of which name what
// is allowed: InvalidArgument for addresses, names and values of options; those of ReadSecret;
// Unimplemented when a library is missing. The table of options is in docs/exports.md.
absl::StatusOr<std::unique_ptr<Destination>> OpenDestination(std::string_view address,
                                                             const DestinationOptionMap& options,
                                                             std::string_view others = {});

// What an option of size says: "4096", "64k", "100M", "2G" (powers of 1024). Error:
// InvalidArgument.
absl::StatusOr<uint64_t> ParseByteCount(const std::string& text);
// Likewise a time: "30", "30s", "10m", "1h", "1d"; whole seconds.
absl::StatusOr<int64_t> ParseSeconds(const std::string& text);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_REGISTRY_H_
