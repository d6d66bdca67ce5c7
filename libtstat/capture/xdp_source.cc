// SPDX-License-Identifier: BSD-3-Clause
#include "capture/xdp_source.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "capture/packet_filter.h"
#include "capture/ring_source.h"
#include "capture/xdp_rings.h"

namespace tstat::internal {

bool IsXdpName(std::string_view interface) {
  const std::string name(interface);
  return absl::StartsWith(name, "xdp:") || absl::StartsWith(name, "xdp-native:") ||
         absl::StartsWith(name, "xdp-generic:");
}

absl::StatusOr<std::unique_ptr<PacketSource>> OpenXdp(const LiveOptions& options) {
  absl::StatusOr<PacketFilter> filter = PacketFilter::Compile(options.filter, LinkType::kEthernet);
  if (!filter.ok()) return filter.status();
  PacketMatch matches;
  if (!filter->matches_everything()) {
    auto shared = std::make_shared<const PacketFilter>(*std::move(filter));
    matches = [shared](const Packet& packet) { return shared->Matches(packet); };
  }
  auto rings = OpenXdpRings(options, matches);
  if (!rings.ok()) return rings.status();
  RingSourceOptions reading = {.timeout_ms = options.timeout_ms,
                               .nanoseconds = options.nanoseconds};
  // Frames have the times at which they are read: what is still in a ring is later.
  reading.merge.settled_ns = 0;
  const std::string name = options.interface.substr(options.interface.find(':') + 1);
  return ReadRings(*std::move(rings), reading, [name] { return DroppedByInterface(name); });
}

}  // namespace tstat::internal
