// SPDX-License-Identifier: BSD-3-Clause
//
// The rings of an AF_XDP capture. Apart from the rest: libbpf and libpcap have classes of the same
// names.
#ifndef TSTAT_CAPTURE_XDP_RINGS_H_
#define TSTAT_CAPTURE_XDP_RINGS_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "capture/packet_ring.h"
#include "tstat/packet_source.h"

namespace tstat::internal {

// Called by all readers at the same time; null: every packet is wanted.
using PacketMatch = std::function<bool(const Packet&)>;

// One for each queue of `options.interface`; errors as of OpenXdp.
absl::StatusOr<std::vector<std::unique_ptr<PacketRing>>> OpenXdpRings(const LiveOptions& options,
                                                                      const PacketMatch& matches);

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_XDP_RINGS_H_
