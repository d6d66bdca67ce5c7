// SPDX-License-Identifier: BSD-3-Clause
//
// What the FlowTable tells the trackers: the life of a flow, one Step after the other. A tracker
// needs nothing else, so it can run on any thread; views are valid during the call only.
#ifndef TSTAT_FLOW_STEP_H_
#define TSTAT_FLOW_STEP_H_

#include <cstddef>
#include <cstdint>

#include "decode/datagram.h"
#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::internal {

// Names a live flow: an index into the tracker's slab, reused after the flow's Close step.
using FlowIndex = uint32_t;
// They are below this, with Globals::max_tcp_pairs or max_udp_pairs as `slots`: as many flows again
// may be kept without a slot, and one more has just been refused.
constexpr size_t FlowCapacity(uint32_t slots) { return 2 * size_t{slots} + 1; }

// Who a flow is. A tracker keeps one for each flow, since Steps name flows by their index.
struct FlowIdentity {
  Endpoints endpoints;
  Timestamp start;      // first packet
  uint64_t number = 0;  // OpenStep::number
};

struct OpenStep {
  FlowIndex flow = 0;
  OrderKey order;
  Timestamp time;       // of the first packet
  uint64_t number = 0;  // n-th flow of its protocol (TCP, UDP) created in the run, from 1
  const Endpoints* endpoints = nullptr;
};

// Network flags of the packet itself (not of its flow), for the per-packet histograms.
struct PacketFlags {
  bool source_internal = true, destination_internal = true;
  bool source_cloud = false, destination_cloud = false;
};

// A segment that counts: complete header, not a duplicate, and not the one that closes a
// half-duplex flow.
struct TcpSegmentStep {
  FlowIndex flow = 0;
  OrderKey order;
  Direction direction = Direction::kClientToServer;
  const Datagram* datagram = nullptr;
  TcpHeader header;
  PacketFlags flags;
};

struct UdpDatagramStep {
  FlowIndex flow = 0;
  OrderKey order;
  Direction direction = Direction::kClientToServer;
  const Datagram* datagram = nullptr;
  UdpHeader header;
  PacketFlags flags;
};

struct CloseStep {
  FlowIndex flow = 0;
  OrderKey order;
  CloseCause cause = CloseCause::kEndOfTrace;
  bool complete = false;  // TCP only
  Timestamp first, last;  // of the flow, duplicates included
  Timestamp now;          // packet time at which it was closed, or the end time
  // kHalfDuplex only: the closing segment, which is in no counter but those of RST and FIN.
  Direction direction = Direction::kClientToServer;
  uint8_t uncounted_flags = 0;  // tcp_flags of it
  bool reported = true;         // false: external-external, no rows and no histograms
  // The flow stays known (end of one of several traces): report it as it stands, but
  // keep its state, for it may go on and be closed once more.
  bool state_kept = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_STEP_H_
