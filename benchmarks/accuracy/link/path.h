// SPDX-License-Identifier: BSD-3-Clause
//
// The link without its devices: packets enter at an end, pass three places and two hops, and leave
// at the other end. One event queue, one seed; the caller has the clock.
//
//   accuracy::Path path(options, observer);
//   path.Enter(Direction::kToServer, bytes, 0, false, now);
//   while (path.NextTime() != kNever && path.NextTime() <= now) path.Step(now);
#ifndef TSTAT_ACCURACY_PATH_H_
#define TSTAT_ACCURACY_PATH_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "benchmarks/accuracy/link/event_queue.h"
#include "benchmarks/accuracy/link/hop.h"
#include "benchmarks/accuracy/link/packet.h"

namespace accuracy {

struct PathOptions {
  uint64_t seed = 1;
  std::array<std::array<HopOptions, 2>, kHops> hops;  // by hop, by direction
};

class PathObserver {
 public:
  virtual ~PathObserver() = default;
  // Something passes a place; its number in the capture there, 0 without one.
  virtual uint32_t OnPlace(Place place, const std::vector<uint8_t>& bytes, Nanoseconds now) = 0;
  // The packet has arrived, and is to be handed to the kernel of that end.
  virtual void OnDelivery(const Packet& packet) = 0;
  // Its fate is decided.
  virtual void OnFate(const Packet& packet) = 0;
};

class Path {
 public:
  Path(const PathOptions& options, PathObserver& observer);

  // A packet of the kernel. `segment_size` is that of segmentation offload, 0 without; `unfinished`
  // says that its checksum was left to the network card. What is captured where it enters is as the
  // kernel handed it over, as by a capture on that machine.
  void Enter(Direction direction, std::vector<uint8_t> bytes, size_t segment_size, bool unfinished,
             Nanoseconds now);

  // kNever: nothing is on the way.
  Nanoseconds NextTime() const { return queue_.empty() ? kNever : queue_.NextTime(); }

  // The next event happens, at `now`: not before NextTime(), later if the machine was busy.
  void Step(Nanoseconds now);

 private:
  using Traveller = std::unique_ptr<Packet>;
  struct Arrival {
    Traveller packet;
    int stage;  // places behind it
  };

  Place PlaceOf(Direction direction, int stage) const;
  void PassHop(Traveller packet, int stage, Nanoseconds now);
  void AnswerTooBig(const Packet& packet, int stage, uint32_t mtu, Nanoseconds now);

  PathObserver& observer_;
  std::vector<Hop> hops_;  // by hop and direction
  EventQueue<Arrival> queue_;
  uint64_t packets_ = 0;
  uint64_t bursts_ = 0;
  Nanoseconds begin_ = kNever;
};

}  // namespace accuracy

#endif  // TSTAT_ACCURACY_PATH_H_
