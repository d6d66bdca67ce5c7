// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/true_sequence_space.h"

#include <algorithm>

namespace tstat::internal {
namespace {

SequenceNumber Earlier(SequenceNumber a, SequenceNumber b) { return IsBefore(a, b) ? a : b; }
SequenceNumber Later(SequenceNumber a, SequenceNumber b) { return IsBefore(a, b) ? b : a; }

}  // namespace

// Ranges in flight.

uint32_t TrueSequenceSpace::AddBehind(uint32_t previous, SequenceNumber first, SequenceNumber end,
                                      const Sent& sent, Pools& pools) {
  const uint32_t id = pools.ranges.Allocate();
  const uint32_t next = previous == kNone ? head_ : pools.ranges[previous].next;
  pools.ranges[id] = {first, end, sent, next, sent.tsval, sent.time};
  (previous == kNone ? head_ : pools.ranges[previous].next) = id;
  if (next == kNone) tail_ = id;
  ++count_;
  return id;
}

void TrueSequenceSpace::Fill(uint32_t id, uint32_t behind, Pools& pools, Insertion* in) {
  Range& filling = pools.ranges[id];
  const Range& range = pools.ranges[behind];
  filling.opener_time = range.opener_time;
  filling.opener_tsval = range.opener_tsval;
  in->next = OpenerOf(range);
}

void TrueSequenceSpace::MergeWithNext(uint32_t id, Pools& pools) {
  Range& range = pools.ranges[id];
  const uint32_t gone = range.next;
  const Range& next = pools.ranges[gone];
  if (next.first != range.end) ++pools.forgotten;
  const uint8_t repetitions = std::max(range.sent.repetitions, next.sent.repetitions);
  if (next.sent.time >= range.sent.time) range.sent = next.sent;
  range.sent.repetitions = repetitions;
  range.end = next.end;
  range.next = next.next;
  if (tail_ == gone) tail_ = id;
  pools.ranges.Free(gone);
  --count_;
}

void TrueSequenceSpace::Shorten(Pools& pools) {
  constexpr uint32_t kEnough = kMostRanges / 2;
  for (const bool with_holes : {false, true}) {
    uint32_t newer = count_;  // ranges from `id` on
    for (uint32_t id = head_; newer > kMostRanges / 4 && (!with_holes || count_ > kEnough);) {
      const uint32_t next = pools.ranges[id].next;
      if (next == kNone) break;
      if (with_holes || pools.ranges[next].first == pools.ranges[id].end) {
        MergeWithNext(id, pools);
      } else {
        id = next;
      }
      --newer;
    }
    if (count_ <= kEnough) return;
  }
}

void TrueSequenceSpace::InsertAnywhere(SequenceNumber first, SequenceNumber end, const Sent& sent,
                                       bool below, Pools& pools, Insertion* in) {
  if (IsBefore(first, acknowledged_) && below) {
    // Sent before what was seen first, on another way or out of order: new.
    const SequenceNumber upper = Earlier(end, acknowledged_);
    const uint32_t hole = acknowledged_ - upper;
    if (hole > 0) HolesOf(pools).missed += hole;
    in->filled += upper - first;
    const uint32_t behind = head_;
    in->next = Sent();
    AddBehind(kNone, first, upper, sent, pools);
    if (behind != kNone) Fill(head_, behind, pools, in);
    acknowledged_ = first;
    if (count_ > kMostRanges) Shorten(pools);
    first = upper;
  } else if (IsBefore(first, acknowledged_)) {
    const SequenceNumber upper = Earlier(end, acknowledged_);
    InsertBelow(first, upper, sent, pools, in);
    first = upper;
  }
  if (first == end) return;
  if (IsBefore(first, next_)) {
    const SequenceNumber upper = Earlier(end, next_);
    const bool goes_on = in->repeated + in->filled > 0, first_repeated = in->first_repeated;
    in->last_repeated = false;
    InsertInFlight(first, upper, sent, pools, in);
    if (goes_on) in->first_repeated = first_repeated;
    first = upper;
  } else if (first != next_) {
    HolesOf(pools).missed += first - next_;
  }
  if (first != end) {
    in->last_repeated = in->at_tail = false;
    Append(first, end, sent, pools);
  }
}

void TrueSequenceSpace::Repeat(uint32_t id, SequenceNumber first, SequenceNumber end,
                               const Sent& sent, Pools& pools, Insertion* in) {
  in->repeated += end - first;
  in->before = pools.ranges[id].sent;
  // What is not sent again keeps its time.
  if (first != pools.ranges[id].first && count_ < kMostRanges) {
    const Range whole = pools.ranges[id];
    pools.ranges[id].end = first;
    id = AddBehind(id, first, whole.end, whole.sent, pools);
  }
  if (end != pools.ranges[id].end && count_ < kMostRanges) {
    const Range whole = pools.ranges[id];
    pools.ranges[id].end = end;
    AddBehind(id, end, whole.end, whole.sent, pools);
  }
  Sent& now = pools.ranges[id].sent;
  const uint8_t repetitions = now.repetitions;
  now = sent;
  now.repetitions = repetitions < UINT8_MAX ? static_cast<uint8_t>(repetitions + 1) : repetitions;
}

// REQUIRES: acknowledged_ <= first < end <= next_.
void TrueSequenceSpace::InsertInFlight(SequenceNumber first, SequenceNumber end, const Sent& sent,
                                       Pools& pools, Insertion* in) {
  uint32_t previous = kNone, id = head_;
  const SequenceNumber begin = first;
  // Often the last one: a probe for the loss of the tail.
  if (id != kNone && !IsBefore(first, pools.ranges[tail_].first)) {
    id = tail_;
  }
  while (first != end && id != kNone) {
    const SequenceNumber range_first = pools.ranges[id].first, range_end = pools.ranges[id].end;
    if (!IsBefore(first, range_end)) {
      previous = id;
      id = pools.ranges[id].next;
      continue;
    }
    if (IsBefore(first, range_first)) {
      const SequenceNumber upper = Earlier(end, range_first);
      in->filled += upper - first;
      HolesOf(pools).missed -= upper - first;
      previous = AddBehind(previous, first, upper, sent, pools);
      Fill(previous, id, pools, in);
      first = upper;
      continue;
    }
    const SequenceNumber upper = Earlier(end, range_end);
    if (first == begin) in->first_repeated = true;
    if (upper == end) in->last_repeated = true;
    if (upper == next_) in->at_tail = true;
    Repeat(id, first, upper, sent, pools, in);
    first = upper;
    previous = id;
    id = pools.ranges[id].next;
  }
  if (count_ > kMostRanges) [[unlikely]]
    Shorten(pools);
}

void TrueSequenceSpace::TakeBack(SequenceNumber first, SequenceNumber end, const Sent& before,
                                 Pools& pools) {
  for (uint32_t id = head_; id != kNone; id = pools.ranges[id].next) {
    Range& range = pools.ranges[id];
    if (!IsBefore(range.first, end)) return;
    if (!IsBefore(range.first, first) && !IsBefore(end, range.end)) range.sent = before;
  }
}

uint32_t TrueSequenceSpace::CountBehindFirst(Timestamp until, uint32_t most,
                                             const Pools& pools) const {
  uint32_t found = 0;
  for (uint32_t id = head_; id != kNone && found < most; id = pools.ranges[id].next) {
    const Range& range = pools.ranges[id];
    if (range.first != acknowledged_ && range.sent.time <= until) ++found;
  }
  return found;
}

// What is acknowledged.

// REQUIRES: first < end <= acknowledged_.
void TrueSequenceSpace::InsertBelow(SequenceNumber first, SequenceNumber end, const Sent& sent,
                                    Pools& pools, Insertion* in) {
  in->acknowledged = true;
  uint32_t filled = 0;
  bool first_filled = false, last_filled = false;
  if (holes_ != kNone) {
    Holes& holes = pools.holes[holes_];
    uint32_t previous = kNone;
    for (uint32_t id = holes.head; id != kNone;) {
      Hole& hole = pools.hole_nodes[id];
      const uint32_t next = hole.next;
      const SequenceNumber from = Later(first, hole.first), to = Earlier(end, hole.end);
      if (IsBefore(from, to)) {
        filled += to - from;
        if (from == first) first_filled = true;
        if (to == end) last_filled = true;
        if (from == hole.first && to == hole.end) {
          (previous == kNone ? holes.head : pools.hole_nodes[previous].next) = next;
          if (holes.tail == id) holes.tail = previous;
          pools.hole_nodes.Free(id);
          --holes.count;
          id = next;
          continue;
        }
        if (from != hole.first && to != hole.end) {
          const SequenceNumber hole_end = hole.end;
          hole.end = from;
          const uint32_t rest = pools.hole_nodes.Allocate();
          pools.hole_nodes[rest] = {to, hole_end, next};
          pools.hole_nodes[id].next = rest;
          if (holes.tail == id) holes.tail = rest;
          ++holes.count;
        } else if (from == hole.first) {
          hole.first = to;
        } else {
          hole.end = from;
        }
      }
      previous = id;
      id = next;
    }
    holes.missed -= filled;
    if (holes.count > kMostHoles) {
      RemoveFirstHole(pools);
      ++pools.forgotten;
    }
  }
  in->filled += filled;
  in->repeated += (end - first) - filled;
  in->first_repeated = !first_filled;
  in->last_repeated = !last_filled;
  in->at_tail = end == next_;
  in->next = in->before = acknowledged_sent_;
  if (sent.time >= acknowledged_sent_.time) acknowledged_sent_ = sent;
}

void TrueSequenceSpace::RemoveFirstHole(Pools& pools) {
  Holes& holes = pools.holes[holes_];
  const uint32_t gone = holes.head;
  holes.head = pools.hole_nodes[gone].next;
  if (holes.tail == gone) holes.tail = kNone;
  pools.hole_nodes.Free(gone);
  --holes.count;
}

void TrueSequenceSpace::AddHole(SequenceNumber first, SequenceNumber end, Pools& pools) {
  Holes& holes = HolesOf(pools);
  if (holes.tail != kNone && pools.hole_nodes[holes.tail].end == first) {
    pools.hole_nodes[holes.tail].end = end;
    return;
  }
  const uint32_t id = pools.hole_nodes.Allocate();
  pools.hole_nodes[id] = {first, end, kNone};
  (holes.tail == kNone ? holes.head : pools.hole_nodes[holes.tail].next) = id;
  holes.tail = id;
  ++holes.count;
  if (holes.count > kMostHoles) {
    RemoveFirstHole(pools);
    ++pools.forgotten;
  }
}

void TrueSequenceSpace::RemoveFarHoles(Pools& pools) {
  const Holes& holes = pools.holes[holes_];
  while (holes.count > 0 &&
         next_ - pools.hole_nodes[holes.head].first > kFarthest + kFarthest / 2) {
    RemoveFirstHole(pools);
  }
}

TrueSequenceSpace::Acknowledgment TrueSequenceSpace::Acknowledge(SequenceNumber number,
                                                                 Pools& pools) {
  Acknowledgment ack;
  if (!IsBefore(acknowledged_, number)) return ack;
  ack.advanced = number - acknowledged_;
  SequenceNumber at = acknowledged_;
  while (head_ != kNone && IsBefore(pools.ranges[head_].first, number)) {
    Range& range = pools.ranges[head_];
    ++ack.ranges;
    if (range.first != at) AddHole(at, range.first, pools);
    if (at == acknowledged_ && range.first == at) {
      ack.edge = range.sent;
      ack.has_edge = true;
    }
    ack.newest = std::max(ack.newest, range.sent.time);
    if (range.sent.time >= acknowledged_sent_.time) acknowledged_sent_ = range.sent;
    if (IsBefore(number, range.end)) {
      range.first = at = number;
      break;
    }
    at = range.end;
    ack.exact = at == number;
    ack.last = range.sent;
    const uint32_t gone = head_;
    head_ = range.next;
    pools.ranges.Free(gone);
    --count_;
  }
  if (head_ == kNone) tail_ = kNone;
  if (at != number) {
    if (IsBefore(next_, number)) {
      ack.never_sent = number - next_;
      HolesOf(pools).missed += ack.never_sent;
      next_ = number;
    }
    AddHole(at, number, pools);
  }
  acknowledged_ = number;
  if (holes_ != kNone) RemoveFarHoles(pools);
  return ack;
}

void TrueSequenceSpace::Clear(Pools& pools) {
  while (head_ != kNone) {
    const uint32_t gone = head_;
    head_ = pools.ranges[gone].next;
    pools.ranges.Free(gone);
  }
  tail_ = kNone;
  count_ = 0;
  if (holes_ != kNone) {
    for (uint32_t id = pools.holes[holes_].head; id != kNone;) {
      const uint32_t next = pools.hole_nodes[id].next;
      pools.hole_nodes.Free(id);
      id = next;
    }
    pools.holes.Free(holes_);
    holes_ = kNone;
  }
  acknowledged_sent_ = {};
}

}  // namespace tstat::internal
