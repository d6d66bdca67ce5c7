// SPDX-License-Identifier: BSD-3-Clause
//
// A ring of packets that the kernel, or a driver, fills: what one reader of a live capture empties.
#ifndef TSTAT_CAPTURE_PACKET_RING_H_
#define TSTAT_CAPTURE_PACKET_RING_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "capture/packet_arena.h"
#include "tstat/packet_source.h"

namespace tstat::internal {

// Each function but Counters is called by the ring's reader alone.
class PacketRing {
 public:
  struct Counts {
    uint64_t received = 0;  // those dropped since included
    uint64_t dropped = 0;   // because the ring was full
  };

  virtual ~PacketRing() = default;

  // Appends copies of packets that are there, some dozens at most, in the order of the ring, and
  // tells how many. 0: none is there, or status() says that none will be.
  virtual size_t Read(PacketArena* block) = 0;

  [[nodiscard]] virtual absl::Status status() const = 0;

  // Readable (poll) when packets may be there; -1: there is no such thing, and who waits looks
  // again and again.
  [[nodiscard]] virtual int descriptor() const = 0;

  // Since the ring was opened; by one thread, while the reader reads.
  [[nodiscard]] virtual Counts Counters() = 0;
};

// What the interface itself dropped, of its files in /sys; 0 where it says nothing.
[[nodiscard]] uint64_t DroppedByInterface(const std::string& interface);

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_PACKET_RING_H_
