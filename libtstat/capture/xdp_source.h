// SPDX-License-Identifier: BSD-3-Clause
//
// Live capture by AF_XDP: a program at the card's driver hands frames to rings that this process
// has mapped, one a queue of the card, before the kernel's network stack sees them.
//
//   if (IsXdpName(options.interface)) return OpenXdp(options);      // "xdp:eth0"
#ifndef TSTAT_CAPTURE_XDP_SOURCE_H_
#define TSTAT_CAPTURE_XDP_SOURCE_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "tstat/packet_source.h"

namespace tstat::internal {

// xdp:NAME, xdp-native:NAME, xdp-generic:NAME.
[[nodiscard]] bool IsXdpName(std::string_view interface);

// Errors: NotFound (no such interface), PermissionDenied, Unimplemented (built without libxdp),
// FailedPrecondition (libxdp or the kernel's part is not there, another program is at work, ...), a
// bad filter. The program goes with the source, and with the process, however that ends.
absl::StatusOr<std::unique_ptr<PacketSource>> OpenXdp(const LiveOptions& options);

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_XDP_SOURCE_H_
