// SPDX-License-Identifier: BSD-3-Clause
#include "flow/first_packet_table.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tstat::internal {
namespace {

// "12.354": milliseconds, with as many digits as it takes.
void AppendMilliseconds(int64_t ns, std::string* text) {
  constexpr int64_t kMillisecond = 1'000'000;
  if (ns < 0) {
    text->push_back('-');
    ns = -ns;
  }
  absl::StrAppend(text, ns / kMillisecond);
  if (ns % kMillisecond == 0) return;
  absl::StrAppendFormat(text, ".%06d", ns % kMillisecond);
  text->erase(text->find_last_not_of('0') + 1);
}

}  // namespace

void FirstPacketTable::Begin(FlowIndex flow) {
  flows_.GrowTo(flow);
  Packets& packets = flows_[flow];
  for (uint32_t block = packets.first; block != kNone;) {
    const uint32_t next = blocks_[block].next;
    blocks_.Free(block);
    block = next;
  }
  packets = {};
}

void FirstPacketTable::Append(Packets& packets, Direction sender, uint32_t bytes, Timestamp time) {
  const unsigned place = packets.count % kBlockPackets;
  if (place == 0) {
    const uint32_t block = blocks_.Allocate();
    if (packets.count == 0) {
      packets.first = block;
    } else {
      blocks_[packets.last].next = block;
    }
    packets.last = block;
  }
  Block& block = blocks_[packets.last];
  block.times[place] = time;
  block.sizes[place] = std::min(bytes, kFromServer - 1);
  if (sender == Direction::kServerToClient) block.sizes[place] |= kFromServer;
  ++packets.count;
}

FirstPackets FirstPacketTable::Make(FlowIndex flow, Timestamp first) const {
  const Packets& packets = flows_[flow];
  FirstPackets made;
  made.packets.reserve(packets.count);
  uint32_t index = packets.first;
  for (unsigned i = 0; i < packets.count; ++i) {
    const Block& block = blocks_[index];
    const unsigned place = i % kBlockPackets;
    const bool from_server = (block.sizes[place] & kFromServer) != 0;
    FirstPacket packet;
    packet.time_ns = block.times[place].nanoseconds() - first.nanoseconds();
    packet.bytes = block.sizes[place] & ~kFromServer;
    packet.sender = from_server ? Direction::kServerToClient : Direction::kClientToServer;
    made.packets.push_back(packet);
    const char* const separator = i == 0 ? "" : ",";
    absl::StrAppend(&made.sizes, separator, packet.bytes);
    absl::StrAppend(&made.directions, separator, from_server ? "-1" : "1");
    made.times.append(separator);
    AppendMilliseconds(packet.time_ns, &made.times);
    if (place == kBlockPackets - 1) index = block.next;
  }
  return made;
}

}  // namespace tstat::internal
