// SPDX-License-Identifier: BSD-3-Clause
//
// A packet with what is known of its flow at this moment (Event::kFlowPacket): for sinks that pick
// packets by what they belong to, as the packet dumps do (tstat/packet_dumps.h).
//
//   class DnsPackets : public tstat::EventSink {
//    public:
//     tstat::EventMask Wants() const override { return tstat::Event::kFlowPacket; }
//     void OnFlowPacket(const tstat::FlowPacket& packet) override {
//       if (packet.udp && packet.udp->of(packet.direction).type == tstat::UdpType::kDns) {
//         Write(packet.time, packet.bytes);
//       }
//     }
//   };
//
// There is one for each IP packet with a readable IP header, in the order of the packets: when all
// engines have looked at it, before what else happens at its time (its flow ends, an interval
// does). Who wants these has every flow classified, which costs as much as all logs do.
#ifndef TSTAT_FLOW_PACKET_H_
#define TSTAT_FLOW_PACKET_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "tstat/flow.h"
#include "tstat/ip_address.h"
#include "tstat/packet_result.h"
#include "tstat/segment_verdict.h"
#include "tstat/time.h"
#include "tstat/udp_flow.h"
#include "tstat/video.h"

namespace tstat::inline v1 {

// Of the flow of a TCP segment, this segment included.
struct TcpFlowMoment {
  // What one end sent.
  struct Side {
    uint64_t packets = 0, data_packets = 0;
    uint32_t initial_sequence = 0;  // of the latest SYN; 0 before
    uint32_t highest_sequence = 0;  // as in TcpDirection: behind the furthest byte, without FIN
    bool fin_acknowledged = false;  // the other end acknowledged its FIN
    [[nodiscard]] uint32_t sent() const { return highest_sequence - initial_sequence; }
  };
  uint8_t flags = 0;            // of the segment: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32
  int32_t payload_length = 0;   // by its headers; negative when they contradict each other
  uint32_t sequence = 0;        // its field
  uint32_t acknowledgment = 0;  // its field
  // The window that it advertises in bytes, as the columns about windows have it: segments with ACK
  // or SYN and without RST.
  std::optional<uint64_t> window;
  // Its acknowledgment is a sample of the other end's round-trip time.
  std::optional<double> round_trip_us;
  // As the columns pkts_retx, bytes_retx and pkts_ooo count it.
  bool is_retransmitted = false, is_out_of_order = false;
  uint32_t retransmitted_bytes = 0;
  // What its sender's counts of causes have of it, in their order: mostly nothing.
  std::span<const SegmentVerdict> verdicts;
  uint32_t connection_type = 0;  // bits of connection_type:: (tstat/tcp_flow.h); 0: not known yet
  VideoCode video_content = VideoCode::kNone;  // by the HTTP header
  VideoCode video_payload = VideoCode::kNone;  // by the container
  std::array<Side, 2> side;                    // by Index(Direction)
  [[nodiscard]] const Side& of(Direction sender) const {
    return side[static_cast<size_t>(Index(sender))];
  }
};

// Of the flow of a UDP datagram, this one included.
struct UdpFlowMoment {
  struct Side {
    uint64_t packets = 0;
    int64_t payload_bytes = 0;         // by the length fields of UDP headers
    UdpType type = UdpType::kUnknown;  // as a row would have it now
    // Packets of the direction look like the beginning of it, and nothing is proven: the state of
    // its detector. It is looked for at the beginning of a flow; what was found last stays.
    bool may_be_utp = false, may_be_quic = false, may_be_sye = false;
  };
  bool began_with_stun = false;  // the flow's first packet was a STUN binding request (RFC 5389, 6)
  std::array<Side, 2> side;      // by Index(Direction)
  [[nodiscard]] const Side& of(Direction sender) const {
    return side[static_cast<size_t>(Index(sender))];
  }
};

// Who keeps one, for a queue perhaps, has to copy what `bytes`, `transport`, `endpoints` and
// `tcp->verdicts` refer to: they are valid during the call. All else is its own.
struct FlowPacket {
  OrderKey order;
  Timestamp time;
  // From the IP header to the end of the captured frame: a link's padding behind a short packet is
  // there, the link header and an outer IP header (IP in IP) are not.
  std::span<const uint8_t> bytes;
  // The part of it from the TCP or UDP header on that belongs to the packet; empty: no flow.
  std::span<const uint8_t> transport;
  uint32_t ip_length = 0;  // by the IP header: IPv4 total length, IPv6 payload length + 40
  bool is_v6 = false;
  // As the analysis sees them: with AnalyzerOptions::address_mask not as they stand in `bytes`.
  IpAddress source, destination;

  PacketResult result = PacketResult::kCounted;
  // One of them is there when the packet is in a flow and was measured: never for kDuplicate and
  // others that are not kCounted, nor for the client's data that ends a half-open flow.
  std::optional<TcpFlowMoment> tcp;
  std::optional<UdpFlowMoment> udp;
  // Of that flow.
  Direction direction = Direction::kClientToServer;
  uint64_t flow_number = 0;  // as in TcpFlow and UdpFlow; 0: no flow
  // Names the flow among the open ones of its protocol: below twice their highest number, and
  // given to another flow when it has ended. An index into what a sink remembers of flows.
  uint32_t flow_slot = 0;
  const Endpoints* endpoints = nullptr;  // null: no flow

  [[nodiscard]] bool has_flow() const { return endpoints != nullptr; }
};

}  // namespace tstat::inline v1

#endif  // TSTAT_FLOW_PACKET_H_
