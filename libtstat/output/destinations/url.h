// SPDX-License-Identifier: BSD-3-Clause
//
// Addresses of destinations: SCHEME://HOST[:PORT][/PATH][?QUERY]. Strict: what is not an address is
// an error, and so is a password in one, since every user of the machine can read command lines.
//
//   absl::StatusOr<DestinationUrl> url = DestinationUrl::Parse("http://[::1]:8086/write?db=tstat");
#ifndef TSTAT_OUTPUT_DESTINATIONS_URL_H_
#define TSTAT_OUTPUT_DESTINATIONS_URL_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tstat::internal {

struct DestinationUrl {
  std::string scheme;  // in lower case
  std::string host;    // an IPv6 address without its brackets
  uint16_t port = 0;   // 0: not given
  std::string path;    // with its first "/", as it was given; may be empty
  std::string query;   // without "?"

  // Errors: InvalidArgument.
  static absl::StatusOr<DestinationUrl> Parse(std::string_view text);
  // As it was given.
  std::string ToString() const;
  // "host:port", "[::1]", ...
  std::string Authority() const;
  // For messages: without the query.
  std::string Name() const;
};

// `text` with %XX made bytes. Error: InvalidArgument.
absl::StatusOr<std::string> PercentDecoded(std::string_view text);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_URL_H_
