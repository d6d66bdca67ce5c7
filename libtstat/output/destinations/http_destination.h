// SPDX-License-Identifier: BSD-3-Clause
//
// A web server that batches are posted to, by libcurl: HTTP and HTTPS. The body is the batch, its
// header first; three headers name it: X-Tstat-Probe, X-Tstat-Run, X-Tstat-Sequence ("17", or
// "17.2" for a part). A connection is kept as long as the server likes.
#ifndef TSTAT_OUTPUT_DESTINATIONS_HTTP_DESTINATION_H_
#define TSTAT_OUTPUT_DESTINATIONS_HTTP_DESTINATION_H_

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "output/destinations/destination.h"
#include "output/destinations/url.h"

namespace tstat::internal {

struct HttpDestinationOptions {
  DestinationUrl url;
  std::string user, password;        // basic authentication; none: not used
  std::vector<std::string> headers;  // more of them: "Authorization: Token ..."
  // Files: authorities that are trusted (none: the system's), own certificate and key.
  std::string ca, certificate, key;
  std::chrono::seconds connect_timeout{10};
  std::chrono::seconds timeout{30};  // of a whole request
};

// Errors: Unimplemented without libcurl, at build time or on this machine.
absl::StatusOr<std::unique_ptr<Destination>> MakeHttpDestination(HttpDestinationOptions options);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_HTTP_DESTINATION_H_
