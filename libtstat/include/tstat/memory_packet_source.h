// SPDX-License-Identifier: BSD-3-Clause
//
// A PacketSource of packets that the caller hands in: for programs that get their packets from
// somewhere else, and for tests.
//
//   MemoryPacketSource source;
//   source.Add(Timestamp::FromMicroseconds(1500000000042164), frame_bytes);
//   absl::Status status = analyzer.Run(source);
//
// The bytes are copied. Reading delivers them in the order they were added, then ends; more may be
// added and read after that.
#ifndef TSTAT_MEMORY_PACKET_SOURCE_H_
#define TSTAT_MEMORY_PACKET_SOURCE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tstat/packet_source.h"

namespace tstat::inline v1 {

class MemoryPacketSource final : public PacketSource {
 public:
  // `original_length` 0: nothing was cut off.
  void Add(Timestamp time, std::span<const uint8_t> bytes, LinkType link_type = LinkType::kEthernet,
           uint32_t original_length = 0, PacketOrigin origin = PacketOrigin::kUnknown) {
    Packet packet;
    packet.time = time;
    packet.original_length =
        original_length != 0 ? original_length : static_cast<uint32_t>(bytes.size());
    packet.link_type = link_type;
    packet.origin = origin;
    Add(packet, bytes);
  }

  // A copy of `packet` and its bytes.
  void Add(const Packet& packet) { Add(packet, packet.data); }

  // What status() says once everything is read, to play a source that fails.
  void FailAtEnd(absl::Status status) { end_status_ = std::move(status); }

  // Delivers everything again.
  void Rewind() { next_ = 0; }

  size_t ReadBatch(std::span<Packet> batch) override {
    const size_t count = std::min(batch.size(), packets_.size() - next_);
    for (size_t i = 0; i < count; ++i) {
      const Entry& entry = packets_[next_ + i];
      batch[i] = entry.packet;
      batch[i].data = entry.bytes;
    }
    next_ += count;
    ended_ = count == 0;
    return count;
  }
  absl::Status status() const override { return ended_ ? end_status_ : absl::OkStatus(); }
  std::optional<double> progress() const override {
    if (packets_.empty()) return std::nullopt;
    return static_cast<double>(next_) / static_cast<double>(packets_.size());
  }

 private:
  struct Entry {
    Packet packet;
    std::vector<uint8_t> bytes;
  };

  void Add(const Packet& packet, std::span<const uint8_t> bytes) {
    packets_.push_back({packet, {bytes.begin(), bytes.end()}});
  }

  std::deque<Entry> packets_;  // adding moves no packet that was delivered
  size_t next_ = 0;
  bool ended_ = false;
  absl::Status end_status_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_MEMORY_PACKET_SOURCE_H_
