// SPDX-License-Identifier: BSD-3-Clause
//
// pcap and pcapng read by libpcap, where the library's own readers are not wanted: what these are
// compared with.
#ifndef TSTAT_CAPTURE_LIBPCAP_SOURCE_H_
#define TSTAT_CAPTURE_LIBPCAP_SOURCE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "capture/input_buffer.h"
#include "capture/record_source.h"
#include "tstat/packet_source.h"

namespace tstat::internal {

// Opens the trace whose first byte is the next one of `input`. InvalidArgument: libpcap's text, an
// unsupported link type, or a filter that does not compile.
absl::StatusOr<std::unique_ptr<PacketSource>> OpenWithLibpcap(InputBuffer input,
                                                              const std::string& filter,
                                                              TraceOrigin origin);

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_LIBPCAP_SOURCE_H_
