// SPDX-License-Identifier: BSD-3-Clause
//
// What the TCP tracker remembers of one flow, by how often it is touched: `TcpFlowState` with every
// segment, `DataState` with data, `RareState` with retransmissions and the like, `FlowIdentity` at
// the beginning, the end and by layer 7. A flow that only shook hands has the first and the last.
#ifndef TSTAT_TCP_TCP_FLOW_STATE_H_
#define TSTAT_TCP_TCP_FLOW_STATE_H_

#include <array>
#include <cstdint>

#include "flow/slab.h"
#include "tcp/flight_tracker.h"
#include "tcp/gap_tracker.h"
#include "tcp/message_tracker.h"
#include "tcp/option_tracker.h"
#include "tcp/payload_tracker.h"
#include "tcp/rate_sampler.h"
#include "tcp/rtt_estimator.h"
#include "tcp/sequence_number.h"
#include "tcp/sequence_space.h"
#include "tcp/ttl_tracker.h"
#include "tcp/window_tracker.h"
#include "tstat/flow.h"
#include "tstat/tcp_flow.h"
#include "tstat/time.h"

namespace tstat {

struct TcpLayer7Flow;

// Attached to a direction when it sends data (or ends a message).
struct DataState {
  PayloadTracker payload;
  FlightTracker flight;
  MessageTracker messages;
};

// Attached to a direction when any of it is not 0.
struct RareState {
  uint32_t retransmitted_packets = 0, retransmitted_bytes = 0;
  uint32_t out_of_order_packets = 0;
  uint32_t sack_segments = 0;
  AnomalyCounts anomalies;
  int64_t ttl_excess = 0;  // see TtlTracker
};

// One direction, by its sender. Names as in spec 20, 2.1 where it has some.
struct TcpDirectionState {
  static constexpr uint32_t kNone = UINT32_MAX;

  SequenceNumber sequence;        // "seq": end of the latest segment without retransmission
  SequenceNumber acknowledgment;  // "ack": of the latest ACK; before: ISN of the other side
  SequenceNumber isn;
  SequenceNumber highest;  // end of the segment that reached furthest
  SequenceNumber fin_position;
  OptionTracker options;
  uint8_t syn_count = 0, fin_count = 0, rst_count = 0;  // wrap, as in the reference
  bool in_flight : 1 = false;     // sent something that awaits an ACK: the "flight flag"
  bool data_acked : 1 = false;    // the other side acknowledged more than the SYN
  bool inconsistent : 1 = false;  // SYN repeated with another ISN, or FIN at another position
  WindowTracker window;
  TtlTracker ttl;
  uint32_t packets_without_ack = 0;
  uint64_t packets = 0;
  uint64_t pure_acks = 0;
  Timestamp last_segment;
  Timestamp first_ack;
  SequenceSpace space;
  RttEstimator rtt;
  uint32_t data = kNone;  // index of a DataState
  uint32_t rare = kNone;  // index of a RareState
};

struct TcpFlowState {
  std::array<TcpDirectionState, 2> side;  // by Index(Direction)
  TcpLayer7Flow* layer7 = nullptr;
};

struct FlowIdentity {
  Endpoints endpoints;
  Timestamp start;
  uint64_t number = 0;  // OpenStep::number
};

// The state that is attached to some directions only.
struct TcpPools {
  // For at most so many directions.
  explicit TcpPools(size_t directions) : data(directions), gaps(directions), rates(directions) {}

  StableSlab<DataState> data;
  Slab<RareState> rare;
  MessageTracker::Pool message_sizes;
  SequencePools sequence;
  // Parallel to `data`; not grown unless somebody wants them.
  StableArray<GapTracker> gaps;
  StableArray<RateSampler> rates;
  bool keep_gaps = false, keep_rates = false;

  DataState& Data(TcpDirectionState& side) {
    if (side.data == TcpDirectionState::kNone) [[unlikely]]
      AttachData(side);
    return data[side.data];
  }
  RareState& Rare(TcpDirectionState& side) {
    if (side.rare == TcpDirectionState::kNone) side.rare = rare.Allocate();
    return rare[side.rare];
  }
  // Gives back all that is attached to `side`.
  void Release(TcpDirectionState& side);

  size_t memory_bytes() const;
  // Objects in use.
  size_t live() const {
    return size_t{data.live()} + rare.live() + message_sizes.live() + sequence.nodes.live() +
           sequence.sides.live();
  }

 private:
  void AttachData(TcpDirectionState& side);
};

// Copies what was measured of one direction to its record. The layer-7 part is left alone.
void ExportDirection(const TcpDirectionState& side, const TcpPools& pools, TcpDirection* out);

}  // namespace tstat

#endif  // TSTAT_TCP_TCP_FLOW_STATE_H_
