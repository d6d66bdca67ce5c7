// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/sequence_space.h"

#include <algorithm>
#include <cassert>

namespace tstat::internal {
namespace {

constexpr uint32_t kQuadrantLast = (1u << 30) - 1;

unsigned Opposite(unsigned quadrant) { return (quadrant + 2) & 3; }
unsigned Following(unsigned quadrant) { return (quadrant + 1) & 3; }
unsigned Preceding(unsigned quadrant) { return (quadrant + 3) & 3; }

}  // namespace

inline uint32_t SequenceSpace::AllocateNode(SequencePools& pools) {
  if (pools.nodes.live() >= pools.max_nodes) [[unlikely]]
    return kNone;
  return pools.nodes.Allocate();
}

// Quadrants.

void SequenceSpace::MoveCentre(unsigned quadrant, SequencePools& pools) {
  Spill(centre_, pools);
  Discard(Opposite(quadrant), pools);
  centre_ = quadrant;
  Load(quadrant, pools);
  ReleaseSidesIfEmpty(pools);
}

// Moves the list in place to the side lists.
void SequenceSpace::Spill(unsigned quadrant, SequencePools& pools) {
  if (count_ == 0) return;
  uint32_t node = AllocateNode(pools);
  if (node == kNone) {
    DropHead(pools);
    if (count_ == 0) return;
    node = AllocateNode(pools);
    if (node == kNone) return Clear(pools);
  }
  if (sides_ == kNone) sides_ = pools.sides.Allocate();
  pools.nodes[node] = {head_, next_};
  pools.sides[sides_][quadrant] = {node, count_ == 1 ? node : tail_, count_, false};
  count_ = 0;
  next_ = tail_ = kNone;
}

// Moves a side list into place. REQUIRES: the list in place is empty.
void SequenceSpace::Load(unsigned quadrant, SequencePools& pools) {
  assert(count_ == 0);
  if (sides_ == kNone) return;
  SequencePools::List& list = pools.sides[sides_][quadrant];
  if (list.count == 0) return;
  const uint32_t node = list.head;
  head_ = pools.nodes[node].record;
  next_ = pools.nodes[node].next;
  tail_ = list.tail;
  count_ = list.count;
  pools.nodes.Free(node);
  list = {};
}

void SequenceSpace::Discard(unsigned quadrant, SequencePools& pools) {
  if (sides_ == kNone) return;
  SequencePools::List& list = pools.sides[sides_][quadrant];
  if (list.count == 0) return;
  for (uint32_t id = list.head; id != kNone;) {
    const uint32_t next = pools.nodes[id].next;
    pools.nodes.Free(id);
    id = next;
  }
  list = {};
}

void SequenceSpace::ReleaseSidesIfEmpty(SequencePools& pools) {
  if (sides_ == kNone || pools.sides[sides_].work > 0) return;
  for (const SequencePools::List& list : pools.sides[sides_].lists) {
    if (list.count > 0) return;
  }
  pools.sides.Free(sides_);
  sides_ = kNone;
}

void SequenceSpace::Clear(SequencePools& pools) {
  for (uint32_t id = count_ == 0 ? kNone : next_; id != kNone;) {
    const uint32_t next = pools.nodes[id].next;
    pools.nodes.Free(id);
    id = next;
  }
  count_ = 0;
  next_ = tail_ = kNone;
  if (sides_ == kNone) return;
  for (unsigned quadrant = 0; quadrant < 4; ++quadrant) Discard(quadrant, pools);
  pools.sides[sides_].work = 0;
  ReleaseSidesIfEmpty(pools);
}

// The list in place.

uint32_t SequenceSpace::InsertBefore(uint32_t previous, uint32_t* id, const SegmentRecord& record,
                                     SequencePools& pools) {
  const uint32_t node = count_ >= kMaxListLength ? kNone : AllocateNode(pools);
  if (node == kNone) return kNone;
  if (previous == kNone) {
    pools.nodes[node] = {head_, next_};
    if (count_ == 1) tail_ = node;
    head_ = record;
    next_ = node;
    *id = node;
    ++count_;
    return kHead;
  }
  pools.nodes[node] = {record, *id};
  SetNext(previous, node, pools);
  ++count_;
  return node;
}

inline void SequenceSpace::EraseAfter(uint32_t id, SequencePools& pools) {
  const uint32_t gone = Next(id, pools);
  SetNext(id, pools.nodes[gone].next, pools);
  if (tail_ == gone) tail_ = id;
  pools.nodes.Free(gone);
  --count_;
}

void SequenceSpace::DropHead(SequencePools& pools) {
  --count_;
  if (count_ == 0) {
    ++pools.dropped_records;
    return;
  }
  const uint32_t second = next_;
  const SequenceNumber first = head_.first;
  head_ = pools.nodes[second].record;
  head_.first = first;
  next_ = pools.nodes[second].next;
  pools.nodes.Free(second);
}

// Sent ranges.

void SequenceSpace::InsertAnywhere(const Range& range, int32_t max_records, SequencePools& pools,
                                   AnomalyClassifier classify, InsertResult* result) {
  const unsigned quadrant = range.first.quadrant();
  const unsigned last_quadrant = (range.first + (range.length - 1)).quadrant();
  Select(quadrant, pools);
  if (quadrant == last_quadrant) [[likely]] {
    return InsertPart(range, max_records, pools, classify, result);
  }
  // Cut at the border. The border is the true one for quadrant 0 only and 1, 2, 3 numbers too low
  // for the others: a quirk that makes the following segment look retransmitted.
  Range part = range;
  part.length = kQuadrantLast * (quadrant + 1) - range.first.value() + 1;
  InsertPart(part, max_records, pools, classify, result);

  part.first = SequenceNumber(static_cast<uint32_t>(last_quadrant) << 30);
  part.length = range.length - part.length;
  Spill(quadrant, pools);
  Load(Following(quadrant), pools);
  InsertPart(part, max_records, pools, classify, result);
  Spill(Following(quadrant), pools);
  Load(quadrant, pools);
}

void SequenceSpace::InsertPart(const Range& part, int32_t max_records, SequencePools& pools,
                               AnomalyClassifier classify, InsertResult* result) {
  if (count_ > 0 && part.first > Record(tail_id(), pools).last) [[likely]] {
    return Append(part, max_records, pools, result);
  }
  Charge(InsertFrom(part, max_records, pools, classify, result), pools);
}

uint32_t SequenceSpace::InsertFrom(const Range& part, int32_t max_records, SequencePools& pools,
                                   AnomalyClassifier classify, InsertResult* result) {
  SequenceNumber first = part.first;
  uint32_t length = part.length;
  const SequenceNumber last = first + (length - 1);
  const uint32_t seen_before = result->retransmitted;
  uint32_t previous = kNone;
  uint32_t looked_at = 0;
  bool split = false;
  for (uint32_t id = first_id(); id != kNone;) {
    ++looked_at;
    SegmentRecord* record = &Record(id, pools);
    if (first > record->last) {
      previous = id;
      id = Next(id, pools);
      continue;
    }
    if (first < record->first) {
      // Fills (a part of) the hole before `record`.
      if (last < record->last) result->out_of_order = true;
      const bool whole = last <= record->first;
      SegmentRecord hole;
      hole.first = first;
      hole.last = whole ? last : record->first - 1u;
      hole.time = part.time;
      hole.ip_id = part.ip_id;
      const uint32_t made = InsertBefore(previous, &id, hole, pools);
      record = &Record(id, pools);
      const SequenceNumber next_first = record->first;
      if (made != kNone) {
        SequenceAnomaly anomaly;
        anomaly.record = record;
        anomaly.predecessor = previous == kNone ? nullptr : &Record(previous, pools);
        // One too low for a part of the segment: a quirk that only window probes can tell.
        anomaly.length = whole ? length : hole.last - hole.first;
        Record(made, pools).type = classify(anomaly);
        previous = made;
      } else {
        record->first = first;  // no space for one more record: let this one grow
        ++pools.dropped_records;
      }
      if (whole) return looked_at;
      first = next_first;
      length = last - first + 1;
    }
    // Inside `record`.
    ++record->retransmissions;
    SequenceAnomaly anomaly;
    anomaly.seen = true;
    anomaly.record = record;
    anomaly.predecessor = previous == kNone ? nullptr : &Record(previous, pools);
    anomaly.recovery_us = SignedMicroseconds(record->time, part.time);
    if (!split) record->time = part.time;
    if (last <= record->last) {
      result->retransmitted += length;
      anomaly.length = length;
      record->type = classify(anomaly);
      return looked_at;
    }
    split = true;
    result->retransmitted += record->last - first + 1;
    anomaly.length = result->retransmitted - seen_before;
    first = record->last + 1u;
    record->type = classify(anomaly);
    length = last - first + 1;
    previous = id;
    id = Next(id, pools);
  }
  Append({first, length, part.time, part.ip_id}, max_records, pools, result);
  return looked_at;
}

void SequenceSpace::ChargeSlowly(uint32_t records, SequencePools& pools) {
  if (sides_ == kNone) sides_ = pools.sides.Allocate();
  uint32_t& work = pools.sides[sides_].work;
  if (records <= kUsualWork) {
    work -= std::min(work, kUsualWork - records);
    ReleaseSidesIfEmpty(pools);
    return;
  }
  work = std::min(work + (records - kUsualWork), kMostWork);
  if (work < kMostWork) return;
  while (count_ > kUsualWork) {
    DropHead(pools);
    ++pools.dropped_records;
  }
}

void SequenceSpace::Append(const Range& part, int32_t max_records, SequencePools& pools,
                           InsertResult* result) {
  SegmentRecord record;
  record.first = part.first;
  record.last = part.first + (part.length - 1);
  record.time = part.time;
  record.ip_id = part.ip_id;
  ++result->appended;
  if (count_ == 0) {
    head_ = record;
    next_ = tail_ = kNone;
    count_ = 1;
    return;
  }
  uint32_t node = AllocateNode(pools);
  if (node == kNone) [[unlikely]] {
    // The pool is full: this list makes room by itself, as if it had reached its limit.
    if (count_ == 1) {
      record.first = head_.first;
      head_ = record;
      ++pools.dropped_records;
      return;
    }
    DropHead(pools);
    ++pools.dropped_records;
    node = AllocateNode(pools);
    if (node == kNone) return;
  }
  pools.nodes[node] = {record, kNone};
  SetNext(tail_id(), node, pools);
  tail_ = node;
  ++count_;
  if (max_records > 0 && count_ > static_cast<uint32_t>(max_records)) DropHead(pools);
}

// Acknowledgments.

// Acknowledged neighbours become one record.
inline void SequenceSpace::Merge(SequencePools& pools) {
  uint32_t id = first_id();
  while (count_ > 1 && id != kNone) {
    const uint32_t next = Next(id, pools);
    if (next == kNone) return;
    SegmentRecord& record = Record(id, pools);
    if (record.acked == 0) return;
    const SegmentRecord& successor = pools.nodes[next].record;
    if (successor.acked == 0 || record.last + 1u != successor.first) {
      id = next;
      continue;
    }
    record.last = successor.last;
    record.acked = successor.acked;
    if (successor.time > record.time) {
      record.time = successor.time;
      record.ip_id = successor.ip_id;
      record.type = successor.type;
    }
    EraseAfter(id, pools);
  }
}

void SequenceSpace::AcknowledgeRecords(SequenceNumber ack, Timestamp now, SequencePools& pools,
                                       RttEstimator* rtt) {
  Select(ack.quadrant(), pools);
  Timestamp newest;
  if (sides_ != kNone) [[unlikely]]
    AcknowledgePreviousQuadrant(pools, &newest);
  bool changed = false;
  uint32_t looked_at = 0;
  for (uint32_t id = first_id(); id != kNone; id = Next(id, pools)) {
    SegmentRecord& record = Record(id, pools);
    if (ack <= record.first) break;
    ++looked_at;
    if (record.time > newest) newest = record.time;
    if (record.acked > 0) {
      ++record.acked;
      continue;
    }
    record.acked = 1;
    changed = true;
    // A sample needs that this very record ends at the ACK number, that nothing before it was sent
    // later, and that it was sent once only (Karn).
    if (ack == record.last + 1u && newest <= record.time && record.retransmissions == 0) {
      rtt->AddSample(ElapsedMicroseconds(record.time, now));
    }
  }
  if (changed) Merge(pools);
  Charge(looked_at, pools);
}

// Everything in the quadrant before that of the ACK number is acknowledged, once.
void SequenceSpace::AcknowledgePreviousQuadrant(SequencePools& pools, Timestamp* newest) {
  const unsigned centre = centre_, quadrant = Preceding(centre);
  {
    const SequencePools::List& list = pools.sides[sides_][quadrant];
    if (list.count == 0 || list.all_acked) return;
  }
  Spill(centre, pools);
  Load(quadrant, pools);
  bool changed = false;
  for (uint32_t id = first_id(); id != kNone; id = Next(id, pools)) {
    SegmentRecord& record = Record(id, pools);
    if (record.acked > 0) continue;
    record.acked = 1;
    changed = true;
    if (record.time > *newest) *newest = record.time;
  }
  const uint32_t looked_at = count_;
  if (changed) Merge(pools);
  Charge(looked_at, pools);
  Spill(quadrant, pools);
  if (sides_ != kNone) pools.sides[sides_][quadrant].all_acked = true;
  Load(centre, pools);
}

}  // namespace tstat::internal
