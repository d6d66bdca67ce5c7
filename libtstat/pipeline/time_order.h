// SPDX-License-Identifier: BSD-3-Clause
//
// Packets in the order of their times, where they come out of it by less than a window: from
// several queues of a network card, or several capture processes. And a clock that goes on when
// that of the packets is set back.
//
//   TimeOrder order({.window_ns = 50'000'000, .step_ns = 900'000'000}, take);
//   order.Begin();                     // a trace
//   order.Add(packets);          // take(batch, kept) for all that cannot be overtaken any more
//   order.ReleaseAll();          // the trace ends
//
// A packet waits until one came that is later by the window. One that is earlier than another
// before it by the window or more does not wait: all that waits goes first, and it follows. Packets
// whose bytes were only lent to Add are copied when they have to wait, into memory that is used
// again.
//
// A few packets may have wrong times. Those in the past are moved like all that follows a clock
// that was set, until the clock is where it was before them. Those in the future wait until it is
// known whether the clock goes on from there (then there was a silence) or comes back: then they
// get the time of the packet before them, since the order of the packets tells when they came.
#ifndef TSTAT_PIPELINE_TIME_ORDER_H_
#define TSTAT_PIPELINE_TIME_ORDER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "tstat/packet.h"
#include "tstat/packet_source.h"
#include "tstat/statistics.h"
#include "tstat/time.h"

namespace tstat::internal {

struct TimeOrderOptions {
  static constexpr uint64_t kMostBytes = uint64_t{64} << 20;

  int64_t window_ns = 0;
  // A clock that falls back by as much was set. After that times go on from where they were: those
  // of all later packets are moved by what the clock fell back, until it leaps ahead to where it
  // was. Not when it only comes back from a time in the future: then that was wrong.
  int64_t step_ns = 0;
  // Of packets that are held: more are not, whatever their times; the earliest go on.
  uint64_t most_bytes = kMostBytes;
  bool moves_times = true;  // false: steps are only told to `take`, by times that fall back
};

struct TimeOrderStatistics {
  uint64_t overtaken = 0;  // packets taken before others that came before them
  uint64_t steps = 0;      // of the clock, back, after which times were moved
  int64_t longest_step_ns = 0;
};

class TimeOrder {
 public:
  // `keeps_bytes`: all of them were added so.
  using Take = std::function<void(std::span<const Packet>, bool keeps_bytes)>;

  // More are not held, either.
  static constexpr size_t kMostPackets = size_t{1} << 20;

  TimeOrder(const TimeOrderOptions& options, Take take)
      : options_(options),
        most_packets_(std::min<size_t>(options.most_bytes / kLeastPerPacket, kMostPackets)),
        take_(std::move(take)) {}

  void Begin();
  // `keeps_bytes`: those of the packets stay as they are until they have been taken, and longer.
  void Add(std::span<const Packet> packets, bool keeps_bytes = false);
  void ReleaseAll();
  // All that is earlier than `now` by the window.
  void ReleaseUntil(Timestamp now);

  const TimeOrderStatistics& statistics() const { return statistics_; }
  TableUse use() const {
    return {.name = "waiting_packets",
            .used = waiting(),
            .limit = most_packets_,
            .bytes = held_bytes_,
            .most_bytes = options_.most_bytes};
  }

 private:
  static constexpr size_t kChunkBytes = size_t{256} << 10;
  static constexpr uint64_t kLeastPerPacket = 64;  // of most_bytes
  // So many packets in succession may have wrong times; more are believed. A clock that is wrong
  // for longer is found to be by as much that no silence looks like it.
  static constexpr uint64_t kMostWrong = 16;
  static constexpr int64_t kLongNs = int64_t{60} * 1'000'000'000;

  // Memory of copies, filled from the front; used again when none of them waits any more. The one
  // that stands for bytes that need no copy is never filled.
  struct Chunk {
    std::unique_ptr<uint8_t[]> bytes;
    size_t size = 0, used = 0;
    size_t waiting = 0;
  };
  struct Held {
    Packet packet;
    uint64_t number = 0;     // n-th that came
    Chunk* chunk = nullptr;  // null: the bytes are lent
  };
  // The next of the heap is the earliest; of one time, the first that came.
  struct Later {
    bool operator()(const Held& a, const Held& b) const {
      return a.packet.time != b.packet.time ? a.packet.time > b.packet.time : a.number > b.number;
    }
  };

  void AddOne(const Packet& packet);
  void AddLate(const Packet& packet, Timestamp time);
  void LimitDoubt();
  void OnFallBack(Timestamp time);
  void OnLeap(Timestamp time);
  // The clock, which leapt ahead and now falls back by `by_ns`, is where it would be without that.
  bool ComesBack(Timestamp time, int64_t by_ns) const;
  // The clock, which fell back, is where it would be without that.
  bool IsRecovered(Timestamp time) const;
  void UndoLeap();
  // Of all that comes from now on: the clock fell back by `by_ns`.
  void MoveTimes(int64_t by_ns);
  void CountStep(int64_t by_ns);
  size_t waiting() const { return in_order_.size() - first_ + late_.size(); }
  bool LateIsNext() const;
  const Held& Next() const { return LateIsNext() ? late_.front() : in_order_[first_]; }
  void ReleaseDue(Timestamp until);
  void ReleaseNext();
  void Hand();
  void Keep();
  void Hold(Held* held);
  uint8_t* Copy(std::span<const uint8_t> data);
  Chunk* ChunkFor(size_t bytes);

  TimeOrderOptions options_;
  size_t most_packets_;
  Take take_;
  // Those that came in order, from first_ on, and those that did not, a heap.
  std::vector<Held> in_order_, late_;
  size_t first_ = 0;
  size_t lent_ = 0;  // of in_order_ from here on, bytes may be lent
  bool late_is_lent_ = false;
  std::array<Packet, PacketSource::kBatchSize> batch_;
  std::array<Chunk*, PacketSource::kBatchSize> batch_chunks_;
  size_t batch_size_ = 0;
  bool adds_kept_ = false;  // of the packets that are added
  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::vector<Chunk*> free_chunks_;
  Chunk* chunk_ = nullptr;
  Chunk in_place_ = {.bytes = nullptr, .waiting = 1};  // so that it never ends
  size_t held_bytes_ = 0;                              // of those that wait, copied or not

  bool has_newest_ = false;
  Timestamp newest_;
  uint64_t number_ = 0;
  // The last time that the clock leapt ahead by a step or more: from where, how far, and with which
  // packet. While it is in doubt, what came since waits.
  Timestamp leapt_from_;
  int64_t leap_ns_ = 0;
  uint64_t leap_number_ = 0;
  bool in_doubt_ = false;
  // The last time that it fell back, and times were moved by as much; 0: it is there again.
  Timestamp fell_from_;
  int64_t fall_ns_ = 0;
  uint64_t fall_number_ = 0;
  int64_t moved_by_ns_ = 0;
  TimeOrderStatistics statistics_;
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_TIME_ORDER_H_
