// SPDX-License-Identifier: BSD-3-Clause
//
// Passwords and tokens, from where other users of the machine do not see them.
//
//   absl::StatusOr<std::string> password = ReadSecret("env:INFLUX_PASSWORD");
//   absl::StatusOr<std::string> token = ReadSecret("file:/etc/tstat/token");
#ifndef TSTAT_OUTPUT_DESTINATIONS_SECRET_H_
#define TSTAT_OUTPUT_DESTINATIONS_SECRET_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tstat::internal {

// What `source` names: "env:NAME", a variable of the environment, or "file:PATH", a file that only
// its owner may read or write (mode 600 or 400), without the end of its last line; at most 64 kB.
// Errors say which, never what is in it.
absl::StatusOr<std::string> ReadSecret(std::string_view source);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_SECRET_H_
