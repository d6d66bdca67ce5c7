// SPDX-License-Identifier: BSD-3-Clause
//
// Remembers the first packets with payload of each open flow, in blocks that flows share, so that a
// flow takes as much memory as it has packets.
//
//   FirstPacketTable table(20);
//   table.Begin(flow);
//   table.Add(flow, Direction::kClientToServer, 517, time);
//   const FirstPackets made = table.Make(flow, record.first);
//   table.Begin(flow);                                     // what it held is free again
#ifndef TSTAT_FLOW_FIRST_PACKET_TABLE_H_
#define TSTAT_FLOW_FIRST_PACKET_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "flow/slab.h"
#include "flow/step.h"
#include "tstat/first_packets.h"
#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::internal {

class FirstPacketTable {
 public:
  // `most`: packets of a flow, 1 at least.
  explicit FirstPacketTable(uint8_t most) : most_(most) {}

  // The flow has no packets: it is new, was reported, or ended.
  void Begin(FlowIndex flow);
  void Add(FlowIndex flow, Direction sender, uint32_t bytes, Timestamp time) {
    Packets& packets = flows_[flow];
    if (packets.count < most_) Append(packets, sender, bytes, time);
  }
  // `first`: the packet that times are counted from.
  FirstPackets Make(FlowIndex flow, Timestamp first) const;

  size_t memory_bytes() const { return flows_.memory_bytes() + blocks_.memory_bytes(); }
  size_t live_blocks() const { return blocks_.live(); }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr unsigned kBlockPackets = 8;
  static constexpr uint32_t kFromServer = uint32_t{1} << 31;  // the rest is the number of bytes

  struct Block {
    std::array<Timestamp, kBlockPackets> times;
    std::array<uint32_t, kBlockPackets> sizes{};
    uint32_t next = kNone;
  };
  struct Packets {
    uint32_t first = kNone, last = kNone;  // blocks
    uint8_t count = 0;
  };

  void Append(Packets& packets, Direction sender, uint32_t bytes, Timestamp time);

  const uint8_t most_;
  ChunkedArray<Packets> flows_;
  Slab<Block> blocks_;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_FIRST_PACKET_TABLE_H_
