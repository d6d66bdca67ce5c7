// SPDX-License-Identifier: BSD-3-Clause
//
// Packets of one lane, taken on a thread of their own while others take those of other lanes. What
// concerns one flow is done there and then; what crosses flows, or may, waits here, and is taken in
// the order of all packets afterwards.
//
//   shard.Begin(&steps, latest);                // an epoch
//   shard.BeginPacket(i, number);               // each packet of the lane, in order
//   table.ProcessInLane(datagram, hash, flow, &shard);
//
//   table.BeginPacket(number);                  // then each that has events, in the order of all
//   table.TakeEvents(i, datagram, hash, &shard);
#ifndef TSTAT_FLOW_FLOW_SHARD_H_
#define TSTAT_FLOW_FLOW_SHARD_H_

#include <cstdint>
#include <vector>

#include "flow/step.h"
#include "flow/step_sink.h"
#include "tstat/time.h"

namespace tstat::internal {

// What a FlowTable counts of each packet.
struct PacketCounts {
  uint64_t tcp_packets = 0, tcp_tracked = 0, tcp_trash = 0, udp_packets = 0, compared = 0;
  uint64_t tcp_without_syn = 0, tcp_without_slot = 0, duplicates = 0;

  PacketCounts& operator+=(const PacketCounts& other);
};

// Of one lane. Each on cache lines of its own.
class alignas(128) FlowShard {
 public:
  enum class Kind : uint8_t {
    kTcpOpen,
    kUdpOpen,
    kTcpSegment,   // of a flow that the packet opens
    kUdpDatagram,  // the same
    kDns,
    kTcpClose,
    kTcpBackInTime,  // of a flow; a packet is earlier than the one before
    kUdpBackInTime,
    kSetAside,  // what becomes of the packet depends on what others do
  };
  struct Event {
    uint32_t packet;  // of the epoch
    Kind kind;
    uint32_t at;  // the flow, or a place among those of the kind
  };
  // A datagram that may be DNS, with the times of the last ones of its flow.
  struct DnsDatagram {
    UdpDatagramStep step;
    Timestamp request_time, response_time;
  };

  // `steps` hears of segments and datagrams of flows that are open. No packet of the epoch is later
  // than `latest`.
  void Begin(StepSink* steps, Timestamp latest) {
    steps_ = steps;
    latest_ = latest;
  }
  // The `packet`-th of the epoch, the `number`-th of all.
  void BeginPacket(uint32_t packet, uint64_t number) {
    packet_ = packet;
    order = {number, 0};
    opens_ = false;
  }
  Timestamp latest() const { return latest_; }
  // The present packet has opened a flow.
  bool opens() const { return opens_; }
  // It has events.
  bool has_events() const { return !events.empty() && events.back().packet == packet_; }

  OrderKey NextOrder() {
    const OrderKey given = order;
    order.sub += uint64_t{1} << kOrdersPerStepBits;
    return given;
  }
  void Add(Kind kind, uint32_t at) { events.push_back({packet_, kind, at}); }
  template <typename Stored>
  void Add(Kind kind, const Stored& stored, std::vector<Stored>* of_kind) {
    Add(kind, static_cast<uint32_t>(of_kind->size()));
    of_kind->push_back(stored);
  }
  void Open(Kind kind, const OpenStep& step) {
    opens_ = true;
    Add(kind, step, &opened);
  }
  // Where the packet opens the flow, its step has to come behind that.
  void Hand(const TcpSegmentStep& step) {
    if (opens_) {
      Add(Kind::kTcpSegment, step, &segments);
    } else {
      steps_->OnTcpSegment(step);
    }
  }
  void Hand(const UdpDatagramStep& step) {
    if (opens_) {
      Add(Kind::kUdpDatagram, step, &datagrams);
    } else {
      steps_->OnUdpDatagram(step);
    }
  }
  // Keeps the memory.
  void Clear();

  OrderKey order;  // the next one of the present packet
  PacketCounts counts;
  // In the order of packets, each kind's in the order of its events.
  std::vector<Event> events;
  std::vector<OpenStep> opened;
  std::vector<TcpSegmentStep> segments;
  std::vector<UdpDatagramStep> datagrams;
  std::vector<DnsDatagram> dns;
  std::vector<CloseStep> closes;
  std::vector<uint32_t> tcp_set_aside, udp_set_aside;  // flows
  int64_t placed_tcp = 0, placed_udp = 0;              // in the index, less what was removed
  size_t next = 0;                                     // of events, to be taken

 private:
  StepSink* steps_ = nullptr;
  Timestamp latest_;
  uint32_t packet_ = 0;
  bool opens_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_FLOW_SHARD_H_
