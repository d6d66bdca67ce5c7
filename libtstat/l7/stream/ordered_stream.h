// SPDX-License-Identifier: BSD-3-Clause
//
// The bytes of one direction of a TCP flow, in order and once each, from its segments in any order.
//
//   stream.Start(isn + 1);
//   stream.OnSegment(segment, at, reader, &held, buffers);
//   stream.Finish(at, reader, &held, buffers);           // the flow closes
//   stream.Release(&held, buffers);
//
// A segment that comes next goes to the reader as it is, without a copy. What the reader does not
// consume, and what comes before its turn, is held: at most kMostHeld bytes of both directions of a
// flow, in kMostRanges ranges. Where there is no room the oldest gap is given up: the reader is
// told of it, and goes on behind it. Bytes that were not captured are a gap as soon as it is their
// turn. Of bytes that come twice the first ones count; those that differ are counted, as long as
// the first ones are held.
#ifndef TSTAT_L7_STREAM_ORDERED_STREAM_H_
#define TSTAT_L7_STREAM_ORDERED_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "decode/byte_reader.h"
#include "flow/step.h"
#include "l7/stream/stream_buffers.h"
#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::internal {

// Where bytes stand. Time, order and packet are those of the segment that made them available: the
// one that filled the gap before them.
struct StreamPosition {
  uint64_t offset = 0;  // of the first byte; 0: the first one behind the SYN, or the first one seen
  Direction direction = Direction::kClientToServer;
  bool segment_start = false;  // the first byte is the first one of a segment
  Timestamp time;
  OrderKey order;
  uint64_t flow_packets = 0;
  const FlowIdentity* identity = nullptr;
};

// Who gets the bytes.
class StreamReader {
 public:
  static constexpr size_t kDone = SIZE_MAX;

  // `bytes` stand at `at`; those from the earlier ones that were not consumed come first. Returns
  // how many are consumed: the others are offered again, with more behind them. kDone: no more is
  // wanted of this direction.
  virtual size_t OnBytes(ByteReader bytes, const StreamPosition& at) = 0;
  // `rest` was offered and not consumed, and goes away. Behind it `missing` bytes are not there:
  // they were not captured or are given up; 0: there was no room for more, or the flow ends. False:
  // no more is wanted.
  virtual bool OnGap(ByteReader rest, uint64_t missing, const StreamPosition& at) = 0;

 protected:
  ~StreamReader() = default;
};

class OrderedStream {
 public:
  static constexpr uint32_t kMostHeld = 16384;                     // bytes of a flow
  static constexpr uint32_t kMostRanges = HeldBytes::kMostRanges;  // of a direction
  // Segments further away from what comes next are no part of the connection.
  static constexpr int64_t kFarthest = 1 << 30;

  struct Segment {
    uint32_t sequence = 0;
    ByteReader payload;   // what was captured of it
    uint32_t length = 0;  // what was sent
  };

  bool started() const { return started_; }
  bool done() const { return done_; }
  // The number of the first byte.
  void Start(uint32_t sequence) {
    first_sequence_ = sequence;
    started_ = true;
  }

  // Once done: the stream begins anew, with this byte.
  void Restart(uint32_t sequence) {
    first_sequence_ = sequence - static_cast<uint32_t>(delivered_);
    done_ = false;
  }

  // REQUIRES: started(). `held` is that of the flow: bytes of both directions. `at`: of the
  // segment; its offset is filled in.
  void OnSegment(const Segment& segment, StreamPosition at, StreamReader& reader, uint32_t* held,
                 StreamBuffers& buffers);
  // Offers what is held once more: another reader is there now.
  void Offer(StreamPosition at, StreamReader& reader, uint32_t* held, StreamBuffers& buffers);
  // Nothing more will come: tells the reader of all that is held, and of the gaps in it.
  void Finish(StreamPosition at, StreamReader& reader, uint32_t* held, StreamBuffers& buffers);
  // Gives back what is held. The direction is done.
  void Release(uint32_t* held, StreamBuffers& buffers);

  uint64_t next_offset() const { return delivered_; }
  // How far ahead of what comes next a number is; below 0: behind.
  int64_t Ahead(uint32_t sequence) const {
    return static_cast<int32_t>(sequence - first_sequence_ - static_cast<uint32_t>(delivered_));
  }
  uint32_t differing_bytes() const { return differing_; }  // of repetitions
  uint64_t missing_bytes() const { return missing_; }  // of the gaps that the reader was told of

 private:
  using Range = HeldBytes::Range;
  // What a call works with.
  struct Call {
    StreamPosition at;
    StreamReader& reader;
    uint32_t* held;
    StreamBuffers& buffers;
  };

  uint32_t range_count() const {
    const HeldBytes* const held = held_.get();
    return held != nullptr ? held->range_count : 0;
  }
  uint64_t held_end() const {
    const HeldBytes* const held = held_.get();
    return held != nullptr ? held->end : base_;
  }
  ByteReader Held(uint64_t first, uint64_t end) const;
  void Take(uint64_t first, ByteReader bytes, Call& call);
  void TakeLost(uint64_t first, uint64_t end, Call& call);
  void EndLoss(uint64_t first, uint64_t end);
  size_t TakeNext(ByteReader bytes, Call& call);
  void Direct(ByteReader bytes, Call& call);
  void Hold(uint64_t first, ByteReader bytes, Call& call);
  void Write(uint64_t first, ByteReader bytes);
  void InsertBytes(Range added);
  uint64_t RoomEnd(const Call& call) const;
  void DeliverRanges(Call& call);
  void OfferHeld(bool segment_start, Call& call);
  void Gap(uint64_t end, Call& call);
  void MoveBase(uint64_t base, Call& call);
  void CountDifferences(uint64_t first, ByteReader bytes);

  // The bytes from base_ to delivered_ were offered and not consumed. They and the ranges behind
  // them are held; null: there is nothing of either.
  uint64_t base_ = 0, delivered_ = 0, missing_ = 0;
  std::unique_ptr<HeldBytes> held_;
  uint32_t first_sequence_ = 0, differing_ = 0;
  bool started_ = false, done_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_STREAM_ORDERED_STREAM_H_
