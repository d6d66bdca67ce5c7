// SPDX-License-Identifier: BSD-3-Clause
//
// The sequence space of one direction without Tstat's quadrants (SequenceSpace): which numbers were
// sent, which of them again, which the capture never saw. Numbers are compared modulo 2^32 (RFC
// 9293 3.4), so that neither a wrap nor a border of 2^30 shows.
//
//   TrueSequenceSpace space;
//   space.Start(isn);
//   TrueSequenceSpace::Insertion in = space.Insert(first, end, {.time = now}, below, pools);
//   TrueSequenceSpace::Acknowledgment ack = space.Acknowledge(number, pools);
//   uint64_t missed = space.missed(pools);
//   space.Clear(pools);
//
// Between the number that was acknowledged and the highest one that was sent stands a list of
// ranges, each with the time when it was sent last; numbers between ranges are holes. Of what is
// acknowledged only the holes are remembered. Both lists are bounded for each direction alone; when
// one is full, the oldest ranges become one, at first those without a hole between them. A hole
// that is forgotten stays missed.
#ifndef TSTAT_TCP_TRUE_SEQUENCE_SPACE_H_
#define TSTAT_TCP_TRUE_SEQUENCE_SPACE_H_

#include <cstddef>
#include <cstdint>

#include "flow/slab.h"
#include "tcp/sequence_number.h"
#include "tstat/time.h"

namespace tstat::internal {

// `a` is before `b` by less than half of the sequence space.
constexpr bool IsBefore(SequenceNumber a, SequenceNumber b) {
  return static_cast<int32_t>(a - b) < 0;
}

class TrueSequenceSpace {
 public:
  // Ranges in flight, holes below them. What is further away is no part of this connection.
  static constexpr uint32_t kMostRanges = 256, kMostHoles = 64, kFarthest = 1u << 30;

  // What was sent at once.
  struct Sent {
    Timestamp time;  // the last time
    uint32_t tsval = 0;
    uint16_t ip_id = 0;
    bool has_tsval = false;
    uint8_t repetitions = 0;  // stops at 255
  };
  struct Range {
    SequenceNumber first, end;  // `end` is behind the last number
    Sent sent;
    uint32_t next = 0;
    // Of the segment that was the first to be seen behind the hole before the range.
    uint32_t opener_tsval = 0;
    Timestamp opener_time;
  };
  struct Hole {
    SequenceNumber first, end;
    uint32_t next = 0;
  };
  // What few directions have.
  struct Holes {
    uint64_t missed = 0;  // numbers in holes, forgotten ones included
    uint32_t head = 0, tail = 0, count = 0;
  };
  struct Pools {
    Slab<Range> ranges;
    Slab<Hole> hole_nodes;
    Slab<Holes> holes;
    uint64_t forgotten = 0;  // holes given up

    size_t memory_bytes() const {
      return ranges.memory_bytes() + hole_nodes.memory_bytes() + holes.memory_bytes();
    }
    size_t live() const { return size_t{ranges.live()} + hole_nodes.live() + holes.live(); }
  };

  struct Insertion {
    uint32_t repeated = 0;      // numbers that had been sent
    uint32_t filled = 0;        // numbers of holes, or below the start
    bool acknowledged = false;  // some of them lie below the acknowledged number
    bool first_repeated = false, last_repeated = false;  // the range's first and last number
    bool at_tail = false;                                // repeats the last number that was sent
    Sent before;  // repeated: of the last range in flight that was
    // Filled: of what was first seen behind the hole, or, if it is acknowledged, of what was sent
    // last of that. No time: unknown.
    Sent next;
  };

  struct Acknowledgment {
    uint32_t advanced = 0;    // numbers that were not acknowledged before
    uint32_t never_sent = 0;  // of these, beyond what was sent: the capture missed them
    uint32_t ranges = 0;      // that were acknowledged, the last one perhaps in part
    bool exact = false;       // a range ends at the number
    Sent last;                // of that range
    Timestamp newest;         // the latest time of all that was acknowledged now
    Sent edge;                // of the first of them
    bool has_edge = false;    // which begins at the number acknowledged before
  };

  bool started() const { return started_; }
  // The first number is known.
  void Start(SequenceNumber first) {
    next_ = acknowledged_ = first;
    started_ = true;
  }
  // Numbers of this direction lie so far apart only when one of them is wrong.
  bool IsFar(SequenceNumber number) const {
    const uint32_t distance = number - next_;
    return distance > kFarthest && distance < 0u - kFarthest;
  }

  // REQUIRES: started, first != end, neither far. `below`: numbers before the start may come.
  Insertion Insert(SequenceNumber first, SequenceNumber end, const Sent& sent, bool below,
                   Pools& pools) {
    Insertion in;
    if (first == next_) [[likely]] {
      Append(first, end, sent, pools);
      return in;
    }
    InsertAnywhere(first, end, sent, below, pools, &in);
    return in;
  }

  // What was inserted last was no repetition, but a copy of what was sent with `before`.
  void TakeBack(SequenceNumber first, SequenceNumber end, const Sent& before, Pools& pools);

  // REQUIRES: started, not far.
  Acknowledgment Acknowledge(SequenceNumber number, Pools& pools);

  SequenceNumber next() const { return next_; }  // behind all that was sent or acknowledged
  SequenceNumber acknowledged() const { return acknowledged_; }
  bool in_flight() const { return head_ != kNone; }
  // How many ranges in flight do not begin at the acknowledged number and were sent last until
  // then; at most so many.
  uint32_t CountBehindFirst(Timestamp until, uint32_t most, const Pools& pools) const;
  // What was acknowledged, or followed by others, and never came.
  uint64_t missed(const Pools& pools) const {
    return holes_ == kNone ? 0 : pools.holes[holes_].missed;
  }
  // When what is acknowledged was sent, the last time; its time is unset without.
  const Sent& acknowledged_sent() const { return acknowledged_sent_; }

  void Clear(Pools& pools);

  // Fetches the ranges that a segment, and its acknowledgment, touch.
  void Prefetch(const Pools& pools) const {
    if (head_ == kNone) return;
    for (const uint32_t id : {head_, tail_}) {
      const char* const range = reinterpret_cast<const char*>(&pools.ranges[id]);
      __builtin_prefetch(range, 1);
      __builtin_prefetch(range + sizeof(Range) - 1, 1);
    }
  }

  // For tests: the ranges in flight.
  template <typename Visitor>
  void ForEach(const Pools& pools, Visitor visit) const {
    for (uint32_t id = head_; id != kNone; id = pools.ranges[id].next) visit(pools.ranges[id]);
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  void Append(SequenceNumber first, SequenceNumber end, const Sent& sent, Pools& pools) {
    const uint32_t id = pools.ranges.Allocate();
    pools.ranges[id] = {first, end, sent, kNone, sent.tsval, sent.time};
    (head_ == kNone ? head_ : pools.ranges[tail_].next) = id;
    tail_ = id;
    next_ = end;
    if (++count_ > kMostRanges) [[unlikely]]
      Shorten(pools);
    if (next_ - acknowledged_ > kFarthest) [[unlikely]]
      Acknowledge(next_ - kFarthest / 2, pools);
  }
  uint32_t AddBehind(uint32_t previous, SequenceNumber first, SequenceNumber end, const Sent& sent,
                     Pools& pools);
  // The hole before that range.
  static Sent OpenerOf(const Range& range) {
    Sent sent = range.sent;
    sent.time = range.opener_time;
    sent.tsval = range.opener_tsval;
    sent.repetitions = 0;
    return sent;
  }
  // What fills a part of the hole before `behind`; what is left of it before `id` was opened by the
  // same segment.
  static void Fill(uint32_t id, uint32_t behind, Pools& pools, Insertion* in);
  void InsertAnywhere(SequenceNumber first, SequenceNumber end, const Sent& sent, bool below,
                      Pools& pools, Insertion* in);
  void InsertBelow(SequenceNumber first, SequenceNumber end, const Sent& sent, Pools& pools,
                   Insertion* in);
  void InsertInFlight(SequenceNumber first, SequenceNumber end, const Sent& sent, Pools& pools,
                      Insertion* in);
  void Repeat(uint32_t id, SequenceNumber first, SequenceNumber end, const Sent& sent, Pools& pools,
              Insertion* in);
  // Ranges are too many: those without holes between them become one, all but the newest; if that
  // is not enough, so do those with holes.
  void Shorten(Pools& pools);
  void MergeWithNext(uint32_t id, Pools& pools);

  Holes& HolesOf(Pools& pools) {
    if (holes_ == kNone) {
      holes_ = pools.holes.Allocate();
      pools.holes[holes_].head = pools.holes[holes_].tail = kNone;
    }
    return pools.holes[holes_];
  }
  // A hole that is acknowledged now.
  void AddHole(SequenceNumber first, SequenceNumber end, Pools& pools);
  void RemoveFirstHole(Pools& pools);
  // Numbers behind which so many others were sent do not come any more, and their distance would
  // soon be that of others.
  void RemoveFarHoles(Pools& pools);

  SequenceNumber next_, acknowledged_;
  uint32_t head_ = kNone, tail_ = kNone;  // of the ranges in flight
  uint32_t holes_ = kNone;
  uint16_t count_ = 0;
  bool started_ = false;
  Sent acknowledged_sent_;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_TRUE_SEQUENCE_SPACE_H_
