// SPDX-License-Identifier: BSD-3-Clause
//
// Bytes to a reader that is there: standard output, a Unix stream socket. A batch that was cut by
// the end of the reader is sent again as a whole to the next one.
#ifndef TSTAT_OUTPUT_DESTINATIONS_STREAM_DESTINATIONS_H_
#define TSTAT_OUTPUT_DESTINATIONS_STREAM_DESTINATIONS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "output/destinations/destination.h"

namespace tstat::internal {

// Delivered: the system has it (for a pipe, its reader may not have read it yet). `descriptor`
// stays open.
std::unique_ptr<Destination> MakeStdoutDestination(int descriptor = 1);

// Connects to the stream socket `path`. Delivered: the reader has read it, which the system tells
// (SIOCOUTQ); so what a reader that dies had not read is sent again. Error: InvalidArgument for a
// path that is too long (107 bytes).
absl::StatusOr<std::unique_ptr<Destination>> MakeUnixDestination(const std::string& path);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_STREAM_DESTINATIONS_H_
