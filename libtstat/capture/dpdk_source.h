// SPDX-License-Identifier: BSD-3-Clause
//
// Live capture by DPDK: its drivers run in this process, and the kernel knows nothing of the card.
//
//   if (IsDpdkName(options.interface)) return OpenDpdk(options);      // "dpdk:-a 0000:03:00.0"
#ifndef TSTAT_CAPTURE_DPDK_SOURCE_H_
#define TSTAT_CAPTURE_DPDK_SOURCE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat/packet_source.h"

namespace tstat::internal {

// `dpdk:` and the arguments of DPDK's environment layer, with blanks between them.
[[nodiscard]] bool IsDpdkName(std::string_view interface);

// Those of `interface`, with what is added when it is not among them: the processor for DPDK's own
// thread, that it tells of what is wrong only, and has no socket for figures.
[[nodiscard]] std::vector<std::string> DpdkArguments(std::string_view interface);

// Errors: Unimplemented (built without DPDK), FailedPrecondition (its plug-in is not installed, no
// port, what DPDK says), a bad filter. Once a process: DPDK cannot start twice.
absl::StatusOr<std::unique_ptr<PacketSource>> OpenDpdk(const LiveOptions& options);

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_DPDK_SOURCE_H_
