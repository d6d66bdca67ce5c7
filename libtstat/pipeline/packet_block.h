// SPDX-License-Identifier: BSD-3-Clause
//
// Packets with copies of their bytes (unless these stay anyway), which one thread decodes before
// another takes them in order.
//
//   PacketBlock block;
//   while (!block.full()) block.Add(packet);
//   front.DecodeAhead(&block);
//   front.TakeBlock(&block);
//   block.Clear();
#ifndef TSTAT_PIPELINE_PACKET_BLOCK_H_
#define TSTAT_PIPELINE_PACKET_BLOCK_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <vector>

#include "decode/datagram.h"
#include "decode/decoder.h"
#include "flow/flow_table.h"
#include "flow/step.h"
#include "pipeline/byte_arena.h"
#include "tstat/packet.h"

namespace tstat::internal {

struct DecodedPacket {
  Datagram datagram;
  DecodeResult result = DecodeResult::kDropped;
  bool analysed = false;  // TCP or UDP that the options want
  bool filtered = false;  // by the packet filter, if there is one
  uint32_t hash = 0;
  uint32_t flow = FlowTable::kNoFlow;  // expected
  uint32_t outer_end = 0;              // behind its outer datagrams among those of the batch
  PacketFlags flags;
  bool has_mark = false;  // where flows follow connections
  CopyFilter::Mark mark;
};

// What of a packet is left to be done in the turn of all packets, after the lanes took theirs.
enum class LeftOver : uint8_t {
  kNothing,
  kAll,   // it is of no lane
  kLane,  // and above: the events of lane 0 and above
};

class PacketBlock {
 public:
  static constexpr size_t kMostPackets = 2048;
  static constexpr size_t kMostBytes = size_t{1} << 20;

  explicit PacketBlock(size_t most_packets = kMostPackets) : most_packets_(most_packets) {}

  bool full() const { return packets_.size() >= most_packets_ || packet_bytes_ >= kMostBytes; }
  bool empty() const { return packets_.empty(); }
  // `keeps_bytes`: they stay as they are for longer than this.
  void Add(const Packet& packet, bool keeps_bytes = false) {
    packets_.push_back(packet);
    packet_bytes_ += packet.data.size();
    if (!keeps_bytes) packets_.back().data = bytes_.Copy(packet.data);
  }
  void Clear() {
    packets_.clear();
    packet_bytes_ = 0;
    bytes_.Clear();
    outer.clear();
    error = nullptr;
    is_decoded.store(false);
  }

  std::span<const Packet> packets() const { return packets_; }
  // Whether it is one of `decoded`: it stays as long as the block.
  bool Contains(const Datagram* datagram) const {
    const std::less<> before;
    return !decoded.empty() && !before(datagram, &decoded.front().datagram) &&
           !before(&decoded.back().datagram, datagram);
  }
  // A datagram of bytes that are not those of the packet gets a copy of them.
  void Own(const Packet& packet, Datagram* datagram);

  // By packet; what stands around a packet is in `outer`.
  std::vector<DecodedPacket> decoded;
  std::vector<Datagram> outer;
  // For lanes that take their packets at once; empty: they may not. Of each lane the packets, by
  // their place; for each packet whether something is left to be done in its turn; and what all of
  // them mean for the trace.
  std::vector<std::vector<uint32_t>> of_lane;
  std::vector<uint8_t> left_over;  // LeftOver
  FlowTable::Epoch epoch;
  uint64_t ip_packets = 0;
  Timestamp last_ip;
  int64_t longest_step_back_ns = 0;  // from one packet to the next
  std::exception_ptr error;          // of decoding
  std::atomic<bool> is_decoded = false;

 private:
  const size_t most_packets_;
  std::vector<Packet> packets_;
  size_t packet_bytes_ = 0;
  ByteArena bytes_;
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_PACKET_BLOCK_H_
