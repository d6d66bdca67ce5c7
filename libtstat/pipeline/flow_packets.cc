// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/flow_packets.h"

#include "l7/tcp_layer7_flow.h"
#include "l7/udp/payload.h"
#include "l7/video/video_state.h"

namespace tstat::internal {
namespace {

constexpr size_t At(Direction d) { return static_cast<size_t>(Index(d)); }

// A binding request of STUN (RFC 5389, 6), and nothing behind it.
bool IsStunBinding(const UdpPayload& p) {
  constexpr size_t kType = 0, kLength = 2, kHeaderBytes = 20;
  constexpr uint16_t kBindingRequest = 0x0001;
  return p.captured() >= kHeaderBytes && p.bytes.U16(kType) == kBindingRequest &&
         p.bytes.U16(kLength) + kHeaderBytes == p.captured();
}

}  // namespace

FlowPacket MakeFlowPacket(const Datagram& datagram) {
  FlowPacket packet;
  packet.time = datagram.time;
  packet.bytes = datagram.captured.bytes();
  packet.ip_length = datagram.ip_total_length;
  packet.is_v6 = datagram.is_v6;
  packet.source = datagram.source;
  packet.destination = datagram.destination;
  return packet;
}

template <typename Step>
FlowPacket FlowPacketReporter::MakePacket(const Step& step, uint64_t number,
                                          const Endpoints& endpoints) const {
  FlowPacket packet = MakeFlowPacket(*step.datagram);
  packet.order = At(step.order, EventPlace::kFlowPacket);
  packet.direction = step.direction;
  packet.flow_number = number;
  packet.flow_slot = split_.index(lane_, step.flow);
  packet.endpoints = &endpoints;
  packet.transport = step.datagram->transport_bytes.bytes();
  return packet;
}

FlowPacketReporter::TcpMemory& FlowPacketReporter::Remember(const TcpSegmentStep& step,
                                                            const TcpMeasured& measured) {
  tcp_.GrowTo(step.flow);
  TcpMemory& memory = tcp_[step.flow];
  if (memory.number != measured.cold.identity.number) {
    memory = {};
    memory.number = measured.cold.identity.number;
  }
  const size_t other = 1 - At(step.direction);
  const TcpHeader& h = step.header;
  // In plain numbers, as the flow's end is found (FlowTable).
  if ((h.flags & tcp_flags::kAck) != 0 && measured.state.side[other].fin_count >= 1 &&
      h.acknowledgment >= measured.cold.side[other].fin_position.value() + 1) {
    memory.fin_acknowledged[other] = true;
  }
  return memory;
}

FlowPacketReporter::Counts FlowPacketReporter::CountsOf(const TcpSegmentStep& step,
                                                        const TcpMeasured& measured) {
  const TcpDirectionState& self = measured.state.side[At(step.direction)];
  const TcpDirectionState& other = measured.state.side[1 - At(step.direction)];
  Counts counts;
  counts.round_trips = other.rtt.statistics();
  if (self.rare == TcpDirectionState::kNone) return counts;
  const RareState& rare = measured.pools.rare[self.rare];
  counts.retransmitted_packets = rare.retransmitted_packets;
  counts.retransmitted_bytes = rare.retransmitted_bytes;
  counts.out_of_order_packets = rare.out_of_order_packets;
  return counts;
}

std::vector<SegmentVerdict>* FlowPacketReporter::BeforeSegment(const TcpSegmentStep& step,
                                                               const TcpMeasured& measured) {
  const TcpDirectionState& self = measured.state.side[At(step.direction)];
  const TcpDirectionState& other = measured.state.side[1 - At(step.direction)];
  before_ = CountsOf(step, measured);
  window_ = WindowTracker::Effective(step.header.window, self.options, other.options);
  verdicts_.clear();
  return &verdicts_;
}

void FlowPacketReporter::DescribeSegment(const TcpSegmentStep& step, const TcpMeasured& measured,
                                         TcpFlowMoment* moment) const {
  const TcpHeader& h = step.header;
  const Counts now = CountsOf(step, measured);
  moment->flags = h.flags;
  moment->payload_length = h.payload_length;
  moment->sequence = h.sequence;
  moment->acknowledgment = h.acknowledgment;
  if ((h.flags & (tcp_flags::kAck | tcp_flags::kSyn)) != 0 && (h.flags & tcp_flags::kRst) == 0) {
    moment->window = window_;
  }
  if (now.round_trips.count != before_.round_trips.count) {
    moment->round_trip_us = now.round_trips.sum_us - before_.round_trips.sum_us;
  }
  moment->is_retransmitted = now.retransmitted_packets != before_.retransmitted_packets;
  moment->is_out_of_order = now.out_of_order_packets != before_.out_of_order_packets;
  moment->retransmitted_bytes = now.retransmitted_bytes - before_.retransmitted_bytes;
  moment->verdicts = verdicts_;
}

void FlowPacketReporter::OnTcpSegment(const TcpSegmentStep& step, const TcpMeasured& measured) {
  const TcpMemory& memory = Remember(step, measured);
  const FlowIdentity& identity = measured.cold.identity;
  FlowPacket packet = MakePacket(step, identity.number, identity.endpoints);
  TcpFlowMoment& tcp = packet.tcp.emplace();
  DescribeSegment(step, measured, &tcp);
  if (const TcpLayer7Flow* layer7 = measured.state.layer7; layer7 != nullptr) {
    tcp.connection_type = layer7->connection_type;
    if (layer7->video != nullptr) {
      tcp.video_content = layer7->video->content_type;
      tcp.video_payload = layer7->video->payload_type;
    }
  }
  for (size_t i = 0; i < tcp.side.size(); ++i) {
    const TcpDirectionState& from = measured.state.side[i];
    TcpFlowMoment::Side& to = tcp.side[i];
    to.packets = from.packets;
    if (from.data != TcpDirectionState::kNone) {
      to.data_packets = measured.pools.data[from.data].payload.packets();
    }
    to.initial_sequence = from.isn.value();
    to.highest_sequence = from.highest.value();
    to.fin_acknowledged = memory.fin_acknowledged[i];
  }
  out_->OnFlowPacket(packet);
}

FlowPacketReporter::UdpMemory& FlowPacketReporter::Remember(const UdpDatagramStep& step,
                                                            const UdpTracker& tracker) {
  udp_.GrowTo(step.flow);
  UdpMemory& memory = udp_[step.flow];
  const uint64_t number = tracker.flow_number(step.flow);
  const bool is_new = memory.number != number;
  if (is_new) {
    memory = {};
    memory.number = number;
  }
  UdpFlowMoment& moment = memory.moment;
  tracker.Describe(step.flow, &moment);
  const bool is_first = moment.side[0].packets + moment.side[1].packets == 1;
  if (is_first) moment.began_with_stun = IsStunBinding(ReadUdpPayload(*step.datagram, step.header));
  return memory;
}

void FlowPacketReporter::OnUdpDatagram(const UdpDatagramStep& step, const UdpTracker& tracker) {
  const UdpMemory& memory = Remember(step, tracker);
  FlowPacket packet = MakePacket(step, memory.number, tracker.endpoints(step.flow));
  packet.udp = memory.moment;
  out_->OnFlowPacket(packet);
}

}  // namespace tstat::internal
