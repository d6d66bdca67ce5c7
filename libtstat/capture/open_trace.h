// SPDX-License-Identifier: BSD-3-Clause
//
// The part of OpenTrace that needs no file: for tests and fuzzers.
#ifndef TSTAT_CAPTURE_OPEN_TRACE_H_
#define TSTAT_CAPTURE_OPEN_TRACE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "capture/byte_stream.h"
#include "tstat/packet_source.h"

namespace tstat::internal {

// Opens the trace that `stream` holds. `name` begins the errors' messages.
absl::StatusOr<std::unique_ptr<PacketSource>> OpenTraceStream(std::unique_ptr<ByteStream> stream,
                                                              const std::string& name,
                                                              const TraceOptions& options,
                                                              bool is_stream);

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_OPEN_TRACE_H_
