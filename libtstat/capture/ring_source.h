// SPDX-License-Identifier: BSD-3-Clause
//
// A live capture from several rings (or one), each read by a thread of its own.
//
//   return ReadRings(std::move(rings), {.timeout_ms = 1000},
//                    [=] { return DroppedByInterface("eth0"); });
#ifndef TSTAT_CAPTURE_RING_SOURCE_H_
#define TSTAT_CAPTURE_RING_SOURCE_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "capture/packet_ring.h"
#include "capture/ring_merge.h"
#include "tstat/packet_source.h"

namespace tstat::internal {

// How often a reader of an empty ring looks at it, and a ring's kernel hands over what it has.
inline constexpr int kRingLookMs = 20;

struct RingSourceOptions {
  int timeout_ms = 1000;     // as LiveOptions
  bool nanoseconds = false;  // else times are cut to microseconds
  RingMerge::Options merge = {};
};

// Threads start with the first ReadBatch and end with the source. They take no signals.
// `dropped_by_interface` counts from any number on; the source tells what was added.
absl::StatusOr<std::unique_ptr<PacketSource>> ReadRings(
    std::vector<std::unique_ptr<PacketRing>> rings, const RingSourceOptions& options,
    std::function<uint64_t()> dropped_by_interface);

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_RING_SOURCE_H_
