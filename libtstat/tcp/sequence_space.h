// SPDX-License-Identifier: BSD-3-Clause
//
// The sequence space of one direction: which ranges were sent, when, and how often they were
// acknowledged. Retransmitted bytes, out-of-order segments, RTT samples and the predecessors for
// anomaly classification come from here.
//
//   SequenceSpace space;
//   SequenceSpace::InsertResult result;
//   space.Insert({first, length, now, ip_id}, max_records, pools, classify, &result);
//   Use(result.retransmitted, result.out_of_order);
//   space.Acknowledge(ack, now, pools, &rtt);      // for each ACK of the other side
//   space.Clear(pools);                            // when the flow ends
//
// The space is cut into four quadrants of 2^30 numbers, each with a list of records in rising
// order. The quadrant selected last is the centre; the ones before and after it keep their lists,
// the opposite one is forgotten when another becomes the centre. (This is all that is left of the
// links between quadrants in Tstat: only a quadrant that was just linked has both links, so
// selecting any other links anew.) The first record of the centre is stored in place, since most
// flows have one or two; all others are nodes of a pool shared by all flows.
#ifndef TSTAT_TCP_SEQUENCE_SPACE_H_
#define TSTAT_TCP_SEQUENCE_SPACE_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "flow/slab.h"
#include "tcp/rtt_estimator.h"
#include "tcp/sequence_number.h"
#include "tstat/time.h"

namespace tstat::internal {

// A range of sequence numbers that was sent.
struct SegmentRecord {
  SequenceNumber first, last;   // inclusive
  uint32_t acked = 0;           // ACKs that lie beyond `first`
  uint16_t ip_id = 0;           // of the segment that brought it
  uint8_t retransmissions = 0;  // wraps
  uint8_t type = 0;             // anomaly class with its bits, 0: in sequence
  Timestamp time;               // last transmission seen
};

// What Insert() wants classified: bytes that were there already, or a hole that was filled.
struct SequenceAnomaly {
  bool seen = false;  // the bytes were in `record` already; else they are new, just before `record`
  const SegmentRecord* record = nullptr;       // "S"
  const SegmentRecord* predecessor = nullptr;  // "Q"; null: none
  uint32_t length = 0;                         // as Tstat passes it
  double recovery_us = 0;                      // seen: since the last transmission of `record`
};
using AnomalyClassifier = absl::FunctionRef<uint8_t(const SequenceAnomaly&)>;

// Storage of the sequence spaces of a lane. What a flow keeps is bounded for each flow alone
// (kMaxListLength of a list, the work that it may cause), never by what others keep: a row must not
// depend on them, nor on how many lanes there are.
struct SequencePools {
  struct Node {
    SegmentRecord record;
    uint32_t next = 0;
  };
  struct List {
    uint32_t head = 0, tail = 0;
    uint32_t count = 0;
    bool all_acked = false;
  };
  // What few flows have.
  struct SideLists {
    std::array<List, 4> lists;  // by quadrant
    // Records that were looked at beyond what is usual; falls again with usual segments.
    uint32_t work = 0;

    List& operator[](unsigned quadrant) { return lists[quadrant]; }
    const List& operator[](unsigned quadrant) const { return lists[quadrant]; }
  };

  Slab<Node> nodes;
  Slab<SideLists> sides;
  uint32_t max_nodes = UINT32_MAX - 1;  // what an index can name
  uint64_t dropped_records = 0;         // given up for want of space

  size_t memory_bytes() const { return nodes.memory_bytes() + sides.memory_bytes(); }
};

class SequenceSpace {
 public:
  struct Range {
    SequenceNumber first;
    uint32_t length = 0;  // SYN and FIN count one each
    Timestamp time;
    uint16_t ip_id = 0;
  };
  struct InsertResult {
    uint32_t retransmitted = 0;  // sequence numbers that had been seen
    bool out_of_order = false;
    uint8_t appended = 0;  // records added in sequence: class 0 of the anomaly histograms
  };

  // Enters a sent range. `max_records`: of a quadrant, checked when a record is
  // appended; <= 0 is no limit. `classify` is called for each anomaly, in order, and returns the
  // type that is remembered. Adds to `result`.
  void Insert(const Range& range, int32_t max_records, SequencePools& pools,
              AnomalyClassifier classify, InsertResult* result) {
    // Nearly always: behind all that was sent so far.
    const SequenceNumber last = range.first + (range.length - 1);
    if (range.first.quadrant() == centre_ && last.quadrant() == centre_ &&
        (count_ == 0 || range.first > Record(tail_id(), pools).last)) [[likely]] {
      return Append(range, max_records, pools, result);
    }
    InsertAnywhere(range, max_records, pools, classify, result);
  }

  // An ACK number of the other side. May add a sample to `rtt`.
  void Acknowledge(SequenceNumber ack, Timestamp now, SequencePools& pools, RttEstimator* rtt) {
    // Often nothing is new: one record, acknowledged before.
    if (count_ == 1 && head_.acked > 0 && sides_ == kNone && ack.quadrant() == centre_) {
      if (ack > head_.first) ++head_.acked;
      return;
    }
    AcknowledgeRecords(ack, now, pools, rtt);
  }

  // Fetches the records behind the first one.
  void Prefetch(const SequencePools& pools) const {
    if (count_ > 1) {
      __builtin_prefetch(&pools.nodes[next_], 1);
      __builtin_prefetch(&pools.nodes[tail_], 1);
    }
  }

  // Gives everything back to the pools.
  void Clear(SequencePools& pools);

  // For tests: the records of one quadrant, in order.
  template <typename Visitor>
  void ForEach(unsigned quadrant, const SequencePools& pools, Visitor visit) const;
  unsigned centre() const { return centre_; }

 private:
  // Ids of records: a node of the pool, the record in place, or nothing.
  static constexpr uint32_t kNone = UINT32_MAX, kHead = UINT32_MAX - 1;
  // Records of one list that filling holes may make, beyond any honest traffic. Appending has a
  // limit of its own (`max_records`).
  static constexpr uint32_t kMaxListLength = 2000;
  // What a segment may cost: it may look at kUsualWork records, and a flow has kMostWork more in
  // stock, which comes back by as much as its segments stay below. Honest flows do not come near
  // that: their long lists end with the next ACK. A sender that makes every segment walk through a
  // long list of holes gets a list of kUsualWork records.
  static constexpr uint32_t kUsualWork = 64;
  static constexpr uint32_t kMostWork = 16384;

  SegmentRecord& Record(uint32_t id, SequencePools& pools) {
    return id == kHead ? head_ : pools.nodes[id].record;
  }
  uint32_t Next(uint32_t id, const SequencePools& pools) const {
    return id == kHead ? next_ : pools.nodes[id].next;
  }
  void SetNext(uint32_t id, uint32_t next, SequencePools& pools) {
    (id == kHead ? next_ : pools.nodes[id].next) = next;
  }
  uint32_t first_id() const { return count_ == 0 ? kNone : kHead; }
  uint32_t tail_id() const { return count_ <= 1 ? first_id() : tail_; }

  void Select(unsigned quadrant, SequencePools& pools) {
    if (quadrant != centre_) [[unlikely]]
      MoveCentre(quadrant, pools);
  }
  void MoveCentre(unsigned quadrant, SequencePools& pools);
  void Spill(unsigned quadrant, SequencePools& pools);
  void Load(unsigned quadrant, SequencePools& pools);
  void Discard(unsigned quadrant, SequencePools& pools);
  void ReleaseSidesIfEmpty(SequencePools& pools);

  void InsertAnywhere(const Range& range, int32_t max_records, SequencePools& pools,
                      AnomalyClassifier classify, InsertResult* result);
  void InsertPart(const Range& part, int32_t max_records, SequencePools& pools,
                  AnomalyClassifier classify, InsertResult* result);
  // Returns how many records it looked at.
  uint32_t InsertFrom(const Range& part, int32_t max_records, SequencePools& pools,
                      AnomalyClassifier classify, InsertResult* result);
  // A segment has looked at so many records of the list in place.
  void Charge(uint32_t records, SequencePools& pools) {
    if (records > kUsualWork || sides_ != kNone) [[unlikely]]
      ChargeSlowly(records, pools);
  }
  void ChargeSlowly(uint32_t records, SequencePools& pools);
  void Append(const Range& part, int32_t max_records, SequencePools& pools, InsertResult* result);
  // Makes `record` the one before `*id`, whose predecessor is `previous`; returns its id, kNone
  // when there is no space. `*id` changes when the record in place moves away.
  uint32_t InsertBefore(uint32_t previous, uint32_t* id, const SegmentRecord& record,
                        SequencePools& pools);
  uint32_t AllocateNode(SequencePools& pools);
  void EraseAfter(uint32_t id, SequencePools& pools);
  // Forgets the first record; the second takes over its beginning.
  void DropHead(SequencePools& pools);

  void AcknowledgeRecords(SequenceNumber ack, Timestamp now, SequencePools& pools,
                          RttEstimator* rtt);
  void AcknowledgePreviousQuadrant(SequencePools& pools, Timestamp* newest);
  void Merge(SequencePools& pools);

  SegmentRecord head_;       // first record of the centre; valid when count_ > 0
  uint32_t next_ = kNone;    // second record of the centre
  uint32_t tail_ = kNone;    // last record of the centre; valid when count_ > 1
  uint32_t sides_ = kNone;   // lists of the other quadrants
  uint32_t count_ : 30 = 0;  // records of the centre
  uint32_t centre_ : 2 = 0;
};

template <typename Visitor>
void SequenceSpace::ForEach(unsigned quadrant, const SequencePools& pools, Visitor visit) const {
  if (quadrant == centre_) {
    if (count_ == 0) return;
    visit(head_);
    for (uint32_t id = next_; id != kNone; id = pools.nodes[id].next) visit(pools.nodes[id].record);
  } else if (sides_ != kNone && pools.sides[sides_][quadrant].count > 0) {
    for (uint32_t id = pools.sides[sides_][quadrant].head; id != kNone; id = pools.nodes[id].next) {
      visit(pools.nodes[id].record);
    }
  }
}

}  // namespace tstat::internal

#endif  // TSTAT_TCP_SEQUENCE_SPACE_H_
