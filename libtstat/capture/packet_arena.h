// SPDX-License-Identifier: BSD-3-Clause
//
// Copies of packets that must outlive the buffer they came in, until the next batch. Its memory is
// reused from batch to batch, so that copying a packet allocates nothing.
//
//   arena.Clear();
//   while (more() && !arena.full()) arena.Append(packet_from_elsewhere);
//   return arena.Deliver(batch);     // packets whose bytes lie in the arena
#ifndef TSTAT_CAPTURE_PACKET_ARENA_H_
#define TSTAT_CAPTURE_PACKET_ARENA_H_

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tstat/packet.h"

namespace tstat::internal {

class PacketArena {
 public:
  // A batch ends when it holds that many bytes.
  static constexpr size_t kBatchBytes = 512 * 1024;

  PacketArena() { bytes_.reserve(kBatchBytes); }

  void Clear() {
    bytes_.clear();
    packets_.clear();
  }
  size_t size() const { return packets_.size(); }
  bool full() const { return bytes_.size() >= kBatchBytes; }

  void Append(const Packet& packet) {
    packets_.push_back({packet, bytes_.size()});
    bytes_.insert(bytes_.end(), packet.data.begin(), packet.data.end());
  }

  // One of them. Valid until the next Append or Clear.
  [[nodiscard]] Packet at(size_t i) const {
    Packet packet = packets_[i].packet;
    packet.data = std::span(bytes_).subspan(packets_[i].offset, packet.data.size());
    return packet;
  }

  // REQUIRES: batch.size() >= size(). Valid until the next Clear.
  size_t Deliver(std::span<Packet> batch) const {
    assert(batch.size() >= size());
    // Only now: the bytes may have moved while the arena grew.
    for (size_t i = 0; i < packets_.size(); ++i) batch[i] = at(i);
    return packets_.size();
  }

 private:
  struct Entry {
    Packet packet;
    size_t offset;
  };
  std::vector<uint8_t> bytes_;
  std::vector<Entry> packets_;
};

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_PACKET_ARENA_H_
