// SPDX-License-Identifier: BSD-3-Clause
//
// Packets of several rings as one stream in the order of their times. Each ring has a reader, a
// thread that fills blocks; one thread takes packets. No locks: a block has one owner at a time.
//
//   RingMerge merge(2, {});
//   RingQueue& queue = merge.queue(0);            // of the reader of ring 0
//   if (RingQueue::Block* block = queue.Free()) { Fill(&block->packets); queue.Publish(now_ns); }
//   ...
//   size_t n = merge.Take(batch, {.monotonic_ns = now_ns, .wall = time});     // the other thread
//
// A packet waits for those of rings that have none at the moment, but not for ever: until their
// readers have looked for long enough that nothing earlier can be there, or for the window. What
// comes later than that is delivered at once and counted.
#ifndef TSTAT_CAPTURE_RING_MERGE_H_
#define TSTAT_CAPTURE_RING_MERGE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "capture/packet_arena.h"
#include "tstat/packet.h"

namespace tstat::internal {

// Blocks on their way from one reader to the merging thread.
class RingQueue {
 public:
  static constexpr size_t kBlocks = 8;
  // A block ends with so many packets, or when it is full.
  static constexpr size_t kMostPackets = 1024;

  struct Block {
    PacketArena packets;
    int64_t read_ns = 0;  // monotonic clock: everything in it had arrived
  };

  // Of the reader. The block to be filled next, empty or as it was left; null while none is free.
  Block* Free();
  // Hands over the block that Free() gave, which has packets.
  void Publish(int64_t now_ns);
  // At that time, monotonic, nothing was in the ring, nor is anything in the block.
  void SetLooked(int64_t now_ns) { looked_ns_.store(now_ns); }
  // Nothing more will come.
  void End() { ended_.store(true); }
  // Whether all that was published has been looked at.
  [[nodiscard]] bool starved() const { return begun_.load() == published_.load(); }

  // Of the merging thread.
  [[nodiscard]] int64_t looked_ns() const { return looked_ns_.load(); }
  [[nodiscard]] bool ended() const { return ended_.load(); }
  // The next block, null while there is none. Its packets stay until Release.
  [[nodiscard]] const Block* Next();
  // Blocks that Next() gave before, but for the last `kept` of them, may be filled again; whether
  // the reader had none.
  bool Release(size_t kept);

 private:
  std::array<Block, kBlocks> blocks_;
  bool is_clear_ = false;  // the reader's: the next block
  std::atomic<uint64_t> published_ = 0, begun_ = 0, released_ = 0;
  std::atomic<int64_t> looked_ns_ = 0;
  std::atomic<bool> ended_ = false;
};

class RingMerge {
 public:
  struct Options {
    // Nothing that arrived before a packet is in a ring in which nothing was to be seen so long
    // after it.
    int64_t settled_ns = 60'000'000;
    // So long, at most, a packet waits for rings without packets.
    int64_t window_ns = 200'000'000;
    // So much earlier than the latest packet, at most, a late one's time is: else the clock would
    // seem to have been set back.
    int64_t most_back_ns = 500'000'000;
  };
  struct Now {
    int64_t monotonic_ns = 0;
    Timestamp wall;  // of the clock that times of packets are of
  };

  RingMerge(size_t rings, Options options);

  RingQueue& queue(size_t ring) { return rings_[ring]->queue; }

  // Packets whose turn it is. Their bytes stay until the next call.
  size_t Take(std::span<Packet> batch, const Now& now);

  // The reader of that ring had no free block until the last Take gave some back.
  [[nodiscard]] bool was_full(size_t ring) const { return rings_[ring]->was_full; }
  // Packets wait for rings without any. (Else there are none.)
  [[nodiscard]] bool holds() const { return holds_; }
  // All rings have ended and nothing is left.
  [[nodiscard]] bool at_end() const { return at_end_; }
  // Packets delivered behind such as are later, because they came too late for their turn.
  [[nodiscard]] uint64_t late() const { return late_; }

 private:
  struct Ring {
    RingQueue queue;
    const RingQueue::Block* block = nullptr;
    size_t next = 0;  // in the block
    Timestamp head;   // with a block: the time of its next packet
    int64_t looked_ns = 0;
    bool ended = false, was_full = false;
    Timestamp passed;  // others were delivered up to there while it had nothing
  };

  void Refresh(Ring* ring);
  [[nodiscard]] bool MustWait(const Ring& first, const Now& now) const;
  size_t TakeRun(size_t first, std::span<Packet> batch, const Now& now);

  Options options_;
  std::vector<std::unique_ptr<Ring>> rings_;
  bool holds_ = false, at_end_ = false;
  uint64_t late_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_RING_MERGE_H_
