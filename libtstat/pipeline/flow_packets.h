// SPDX-License-Identifier: BSD-3-Clause
//
// Makes the FlowPackets of a lane: each Step of a packet, when it has been measured, with what the
// trackers know of its flow.
//
//   FlowPacketReporter packets(&events, split, lane);
//   if (packets.is_wanted()) tcp.KeepVerdicts(packets.BeforeSegment(step,
//   tcp.measured(step.flow))); tcp.OnSegment(step); if (packets.is_wanted())
//   packets.OnTcpSegment(step, tcp.measured(step.flow));
//
// What trackers do not remember is kept here, for the flows whose packets were wanted.
#ifndef TSTAT_PIPELINE_FLOW_PACKETS_H_
#define TSTAT_PIPELINE_FLOW_PACKETS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "flow/lane_slab.h"
#include "flow/slab.h"
#include "flow/step.h"
#include "tcp/tcp_flow_state.h"
#include "tstat/event_sink.h"
#include "tstat/flow_packet.h"
#include "udp/udp_tracker.h"

namespace tstat::internal {

// A packet of which no flow is known. It lacks the order and the result.
FlowPacket MakeFlowPacket(const Datagram& datagram);

class FlowPacketReporter {
 public:
  // `out` must outlive it; what it wants may change. The flows of `lane` have local indexes.
  FlowPacketReporter(EventSink* out, LaneSplit split, uint32_t lane)
      : out_(out), split_(split), lane_(lane) {}

  // A sink wants packets at present.
  bool is_wanted() const { return out_->Wants().has(Event::kFlowPacket); }

  // Notes what the flow is before the segment; returns where its verdicts are to be put.
  std::vector<SegmentVerdict>* BeforeSegment(const TcpSegmentStep& step,
                                             const TcpMeasured& measured);
  void OnTcpSegment(const TcpSegmentStep& step, const TcpMeasured& measured);
  void OnUdpDatagram(const UdpDatagramStep& step, const UdpTracker& tracker);

  size_t memory_bytes() const { return tcp_.memory_bytes() + udp_.memory_bytes(); }

 private:
  // Of the flow of this number; another's is what an earlier flow left in its place.
  struct TcpMemory {
    uint64_t number = 0;
    std::array<bool, 2> fin_acknowledged{};
  };
  struct UdpMemory {
    uint64_t number = 0;
    UdpFlowMoment moment;
  };

  // What the segment at work may add to.
  struct Counts {
    uint32_t retransmitted_packets = 0, retransmitted_bytes = 0, out_of_order_packets = 0;
    RttStatistics round_trips;  // of the other end
  };
  static Counts CountsOf(const TcpSegmentStep& step, const TcpMeasured& measured);
  void DescribeSegment(const TcpSegmentStep& step, const TcpMeasured& measured,
                       TcpFlowMoment* moment) const;

  TcpMemory& Remember(const TcpSegmentStep& step, const TcpMeasured& measured);
  UdpMemory& Remember(const UdpDatagramStep& step, const UdpTracker& tracker);
  template <typename Step>
  FlowPacket MakePacket(const Step& step, uint64_t number, const Endpoints& endpoints) const;

  EventSink* out_;
  LaneSplit split_;
  uint32_t lane_;
  ChunkedArray<TcpMemory> tcp_;
  ChunkedArray<UdpMemory> udp_;
  Counts before_;
  uint64_t window_ = 0;  // of the segment at work
  std::vector<SegmentVerdict> verdicts_;
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_FLOW_PACKETS_H_
