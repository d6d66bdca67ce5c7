// SPDX-License-Identifier: BSD-3-Clause
//
// A block of packets that its lanes take at once, each those of its flows. What is left (flows that
// begin and end, names, packets of no flow) is taken in the order of all packets, afterwards.
#include <algorithm>

#include "pipeline/front.h"

namespace tstat::internal {

// On the thread that decodes.
void Front::SortByLane(PacketBlock* block) const {
  const std::span<const Packet> packets = block->packets();
  block->of_lane.resize(shards_.size());
  for (std::vector<uint32_t>& of_lane : block->of_lane) of_lane.clear();
  block->left_over.assign(packets.size(), static_cast<uint8_t>(LeftOver::kNothing));
  block->epoch = {.latest = packets.front().time};
  block->ip_packets = 0;
  block->longest_step_back_ns = 0;
  Timestamp before = packets.front().time;
  for (uint32_t i = 0; i < packets.size(); ++i) {
    const DecodedPacket& decoded = block->decoded[i];
    const Timestamp time = packets[i].time;
    if (time < before) {
      const auto back_ns = [time](Timestamp from) {
        return from.nanoseconds() - time.nanoseconds();
      };
      block->longest_step_back_ns = std::max(block->longest_step_back_ns, back_ns(before));
      block->epoch.back_ns = std::max(block->epoch.back_ns, back_ns(block->epoch.latest));
    }
    before = time;
    block->epoch.latest = std::max(block->epoch.latest, time);
    if (decoded.result == DecodeResult::kIp || decoded.result == DecodeResult::kShort) {
      ++block->ip_packets;
      block->last_ip = time;
    }
    if (!decoded.analysed) {
      block->left_over[i] = static_cast<uint8_t>(LeftOver::kAll);
      continue;
    }
    block->of_lane[table_.LaneFor(decoded.hash)].push_back(i);
    ++(decoded.datagram.transport == Transport::kTcp ? block->epoch.tcp : block->epoch.udp);
  }
}

// Nothing else than flows happens in it: no interval ends, no output begins, no clock is set.
bool Front::CanTakeInLanes(const PacketBlock& block) {
  const int64_t step_back_ns =
      previous_time_.nanoseconds() - block.packets().front().time.nanoseconds();
  return trace_has_packets_ && ip_packets_ != 0 && !intervals_.IsOver(block.epoch.latest) &&
         std::max(step_back_ns, block.longest_step_back_ns) < clock_step_ns_ &&
         table_.CanTakeInLanes(block.epoch);
}

bool Front::BeginInLanes(PacketBlock* block) {
  if (block->of_lane.empty() || !CanTakeInLanes(*block)) return false;
  ++blocks_in_lanes_;
  table_.ReserveInLanes(block->epoch, block->of_lane);
  outputs_.threads->BeginLanes();
  for (uint32_t lane = 0; lane < shards_.size(); ++lane) {
    shards_[lane].Begin(outputs_.threads->lane_steps(lane), block->epoch.latest);
  }
  outputs_.threads->TakeInLanes(block);
  return true;
}

void Front::FinishInLanes(PacketBlock* block) {
  outputs_.threads->FinishLanes();
  const std::span<const Packet> packets = block->packets();
  const uint64_t number_before = packet_number_;
  for (const FlowShard& shard : shards_) table_.BeginEvents(shard);
  for (uint32_t i = 0; i < packets.size(); ++i) {
    const auto left = static_cast<LeftOver>(block->left_over[i]);
    if (left == LeftOver::kNothing) [[likely]]
      continue;
    table_.BeginPacket(number_before + i + 1);
    const DecodedPacket& decoded = block->decoded[i];
    if (left == LeftOver::kAll) {
      TakeOther(packets[i], decoded);
      continue;
    }
    const size_t lane = block->left_over[i] - static_cast<size_t>(LeftOver::kLane);
    table_.TakeEvents(i, decoded.datagram, decoded.hash, &shards_[lane]);
  }
  packet_number_ += packets.size();
  ip_packets_ += block->ip_packets;
  if (block->ip_packets != 0) last_packet_ = block->last_ip;
  end_time_ = previous_time_ = packets.back().time;
  table_.AdvanceTo(packet_number_);
  for (FlowShard& shard : shards_) table_.EndEvents(&shard);
  outputs_.threads->EndLanes();
}

void Front::TakeLane(uint32_t lane, PacketBlock* block) {
  FlowShard& shard = shards_[lane];
  const std::span<const uint32_t> all = block->of_lane[lane];
  const std::span<DecodedPacket> decoded = block->decoded;
  const auto leaves = static_cast<uint8_t>(static_cast<uint32_t>(LeftOver::kLane) + lane);
  const auto prefetch_cells = [&](size_t begin) {
    for (size_t at = begin; at < std::min(begin + kBatch, all.size()); ++at) {
      table_.PrefetchCell(decoded[all[at]].datagram, decoded[all[at]].hash);
    }
  };
  prefetch_cells(0);
  for (size_t begin = 0; begin < all.size(); begin += kBatch) {
    prefetch_cells(begin + kBatch);
    const std::span<const uint32_t> some = all.subspan(begin, std::min(kBatch, all.size() - begin));
    for (const uint32_t i : some) {
      decoded[i].flow = table_.PrefetchInLane(decoded[i].datagram, decoded[i].hash);
    }
    for (const uint32_t i : some) {
      shard.BeginPacket(i, packet_number_ + i + 1);
      table_.ProcessInLane(decoded[i].datagram, decoded[i].hash, decoded[i].flow, &shard);
      if (shard.has_events()) block->left_over[i] = leaves;
    }
  }
}

void Front::TakeOther(const Packet& packet, const DecodedPacket& decoded) {
  switch (decoded.result) {
    case DecodeResult::kDropped:
    case DecodeResult::kDelivered:
      unread_.OnFrame(packet);
      break;
    case DecodeResult::kIp:
      OnOtherProtocol(decoded.datagram);
      break;
    case DecodeResult::kShort:
      break;
  }
}

}  // namespace tstat::internal
