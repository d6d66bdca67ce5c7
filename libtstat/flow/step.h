// SPDX-License-Identifier: BSD-3-Clause
//
// What the FlowTable tells the trackers: the life of a flow, one Step after the other, and what the
// front of the pipeline decides for all flows: intervals, outputs, ends of traces. A tracker needs
// nothing else. Steps own what they say but for the Datagram of a packet, which views its bytes.
#ifndef TSTAT_FLOW_STEP_H_
#define TSTAT_FLOW_STEP_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "decode/datagram.h"
#include "tstat/announced_media.h"
#include "tstat/flow.h"
#include "tstat/time.h"
#include "tstat/tunnel.h"

namespace tstat::internal {

// Names a live flow: an index into the tracker's slab, reused after the flow's Close step. Of
// several lanes each has indexes of its own (LaneSplit).
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

// The place of an event among those that one Step causes; steps are kOrdersPerStep apart.
enum class EventPlace : uint16_t {
  kStep,  // the step itself: control steps, and what they cause first
  kPeriodBefore,
  kPeriodAtClose,
  kTls,
  kChatMessage,
  kHttpMessage,
  kChatFlow,
  kSkypeFlow,
  kTlsAtClose,
  kFlow,
  kVideoFlow,
  kMediaFlow,
  // Of a message, each in its place: that of the first, and as many behind it as there can be.
  kDnsEntry,
  kFlowPacket = kDnsEntry + 16384,
  kDnsResolution,
  kHistograms,
  kIntervalEnd,
  kTraceEnd,
};
inline constexpr unsigned kOrdersPerStepBits = 16;
constexpr OrderKey At(OrderKey step, EventPlace place) {
  return {step.packet, step.sub + static_cast<uint64_t>(place)};
}

struct OpenStep {
  FlowIndex flow = 0;
  OrderKey order;
  Timestamp time;       // of the first packet
  uint64_t number = 0;  // n-th flow of its protocol (TCP, UDP) created in the run, from 1
  Endpoints endpoints;
  Tunnel tunnel;
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
  uint64_t number = 0;  // OpenStep::number
  CloseCause cause = CloseCause::kEndOfTrace;
  bool complete = false;  // TCP only
  Timestamp first, last;  // of the flow, duplicates included
  Timestamp now;          // packet time at which it was closed, or the end time
  // Of the closing segment; with kHalfDuplex it is in no counter but those of RST and FIN. Not of
  // other causes.
  Direction direction = Direction::kClientToServer;
  uint8_t uncounted_flags = 0;  // tcp_flags of it
  bool reported = true;         // false: external-external, no rows and no histograms
  bool is_outer = false;        // of a tunnel: rows, but nothing is counted
  // The flow stays known (end of one of several traces): report it as it stands, but
  // keep its state, for it may go on and be closed once more.
  bool state_kept = false;
  // With CompatProfile::flows_follow_connections, as in TcpFlow and UdpFlow.
  uint64_t predecessor = 0;
  uint8_t partial = 0;
  std::array<uint32_t, 2> copies{};  // by Index(Direction)
  FlowMarks marks;
  uint64_t next_number = 0;  // kActiveTimeout only: the flow's number from now on
};

// What SIP announced of a UDP flow; its CloseStep follows.
struct AnnouncedStep {
  FlowIndex flow = 0;
  std::shared_ptr<const AnnouncedMedia> media;
};

// A new output period begins.
struct OutputStep {
  OrderKey order;
  Timestamp time;
  bool of_trace = false;  // with the first packet of a trace (of the run, when concatenated)
};

// An interval ends.
struct IntervalStep {
  OrderKey order;
  Timestamp start, now;
  uint32_t index = 0;                         // within the output period
  bool same_moment = false;                   // one more ends at the same moment
  uint64_t refused_tcp = 0, refused_udp = 0;  // flows without a slot so far in the run
};

// A trace ended, all its flows are closed.
struct EndStep {
  OrderKey order;
  Timestamp time;
  IntervalStep interval;  // the last one
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_STEP_H_
