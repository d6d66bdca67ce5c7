// SPDX-License-Identifier: BSD-3-Clause
#include "capture/ring_merge.h"

#include <algorithm>
#include <limits>

namespace tstat::internal {

RingQueue::Block* RingQueue::Free() {
  const uint64_t number = published_.load();
  if (number - released_.load() == kBlocks) return nullptr;
  Block& block = blocks_[number % kBlocks];
  if (!is_clear_) block.packets.Clear();
  is_clear_ = true;
  return &block;
}

void RingQueue::Publish(int64_t now_ns) {
  blocks_[published_.load() % kBlocks].read_ns = now_ns;
  is_clear_ = false;
  published_.fetch_add(1);
}

const RingQueue::Block* RingQueue::Next() {
  const uint64_t number = begun_.load();
  if (number == published_.load()) return nullptr;
  begun_.store(number + 1);
  return &blocks_[number % kBlocks];
}

bool RingQueue::Release(size_t kept) {
  const uint64_t end = begun_.load() - kept, before = released_.load();
  if (end == before) return false;
  released_.store(end);
  // Either this sees that the reader had none, or the reader sees that it has one.
  return published_.load() - before >= kBlocks;
}

RingMerge::RingMerge(size_t rings, Options options) : options_(options) {
  for (size_t i = 0; i < rings; ++i) rings_.push_back(std::make_unique<Ring>());
}

// What the reader said of an empty ring is looked at before its blocks: it says so after it has
// handed over what was there.
void RingMerge::Refresh(Ring* ring) {
  if (ring->block != nullptr || ring->ended) return;
  const bool ended = ring->queue.ended();
  ring->looked_ns = ring->queue.looked_ns();
  ring->block = ring->queue.Next();
  ring->next = 0;
  if (ring->block != nullptr) {
    ring->head = ring->block->packets.at(0).time;
  } else {
    ring->ended = ended;
  }
}

bool RingMerge::MustWait(const Ring& first, const Now& now) const {
  int64_t settled = std::numeric_limits<int64_t>::max();
  int64_t oldest = first.block->read_ns;
  for (const std::unique_ptr<Ring>& ring : rings_) {
    if (ring->block != nullptr) {
      oldest = std::min(oldest, ring->block->read_ns);
    } else if (!ring->ended) {
      settled = std::min(settled, ring->looked_ns);
    }
  }
  return settled < first.block->read_ns + options_.settled_ns &&
         now.monotonic_ns < oldest + options_.window_ns;
}

size_t RingMerge::TakeRun(size_t first, std::span<Packet> batch, const Now& now) {
  Ring& ring = *rings_[first];
  // Of equal times the packet of the first ring is first.
  Timestamp limit = Timestamp::LatestOfPacket();
  for (size_t i = 0; i < rings_.size(); ++i) {
    const Ring& other = *rings_[i];
    if (i == first || other.block == nullptr) continue;
    const Timestamp last =
        i > first ? other.head : Timestamp::FromNanoseconds(other.head.nanoseconds() - 1);
    limit = std::min(limit, last);
  }
  const PacketArena& packets = ring.block->packets;
  const Timestamp earliest = Timestamp::FromNanoseconds(
      std::min(ring.passed, now.wall).nanoseconds() - options_.most_back_ns);
  size_t count = 0;
  Timestamp latest = ring.head;
  do {
    Packet& packet = batch[count++];
    packet = packets.at(ring.next++);
    if (packet.time < ring.passed) {
      ++late_;
      packet.time = std::max(packet.time, earliest);
    }
    latest = std::max(latest, packet.time);
    if (ring.next == packets.size()) {
      ring.block = nullptr;
      break;
    }
    ring.head = packets.at(ring.next).time;
  } while (count < batch.size() && ring.head <= limit);
  for (size_t i = 0; i < rings_.size(); ++i) {
    Ring& other = *rings_[i];
    if (i != first && other.block == nullptr) other.passed = std::max(other.passed, latest);
  }
  return count;
}

size_t RingMerge::Take(std::span<Packet> batch, const Now& now) {
  // A ring's present block is behind those of which packets were in the last batch.
  for (const std::unique_ptr<Ring>& ring : rings_) {
    ring->was_full = ring->queue.Release(ring->block != nullptr ? 1 : 0);
  }
  size_t count = 0;
  holds_ = false;
  while (count < batch.size()) {
    size_t first = rings_.size();
    bool all_ended = true;
    for (size_t i = 0; i < rings_.size(); ++i) {
      Ring& ring = *rings_[i];
      Refresh(&ring);
      all_ended = all_ended && ring.ended;
      if (ring.block == nullptr) continue;
      if (first == rings_.size() || ring.head < rings_[first]->head) first = i;
    }
    if (first == rings_.size()) {
      at_end_ = all_ended;
      break;
    }
    if (MustWait(*rings_[first], now)) {
      holds_ = true;
      break;
    }
    count += TakeRun(first, batch.subspan(count), now);
  }
  return count;
}

}  // namespace tstat::internal
