// SPDX-License-Identifier: BSD-3-Clause
//
// What the TCP tracker remembers of one flow, by how often it is touched: `TcpFlowState` with every
// segment, `DataState` with data, `RareState` with retransmissions and the like, `TcpColdState` at
// the beginning and the end. A flow that only shook hands has the first and the last. What many
// segments touch fills whole cache lines, since fetching these takes most of the time.
#ifndef TSTAT_TCP_TCP_FLOW_STATE_H_
#define TSTAT_TCP_TCP_FLOW_STATE_H_

#include <array>
#include <cstdint>
#include <vector>

#include "flow/slab.h"
#include "flow/step.h"
#include "l7/tcp_layer7_flow.h"
#include "tcp/flight_tracker.h"
#include "tcp/gap_tracker.h"
#include "tcp/message_tracker.h"
#include "tcp/option_tracker.h"
#include "tcp/payload_tracker.h"
#include "tcp/rate_sampler.h"
#include "tcp/rtt_estimator.h"
#include "tcp/segment_measurements.h"
#include "tcp/sequence_number.h"
#include "tcp/sequence_space.h"
#include "tcp/true_sequence_space.h"
#include "tcp/ttl_tracker.h"
#include "tcp/window_tracker.h"
#include "tstat/flow.h"
#include "tstat/segment_verdict.h"
#include "tstat/tcp_flow.h"
#include "tstat/time.h"

namespace tstat::internal {

// Attached to a direction when it sends data (or ends a message).
struct alignas(64) DataState {
  PayloadTracker payload;
  FlightTracker flight;
  MessageTracker messages;
  RateSampler rate;  // with TcpPools::keep_rates
  GapTracker gaps;   // with TcpPools::keep_gaps
};
static_assert(sizeof(DataState) == 128);

// Attached to a direction when any of it is not 0.
struct RareState {
  uint32_t retransmitted_packets = 0, retransmitted_bytes = 0;
  uint32_t out_of_order_packets = 0;
  uint32_t sack_segments = 0;
  AnomalyCounts anomalies;
  int64_t ttl_excess = 0;                 // see TtlTracker
  uint32_t syn_wraps = 0, fin_wraps = 0;  // of the direction's counters
};

// One direction, by its sender.
struct TcpDirectionState {
  static constexpr uint32_t kNone = UINT32_MAX;

  TcpDirectionState() : space() {}

  SequenceNumber sequence;        // "seq": end of the latest segment without retransmission
  SequenceNumber acknowledgment;  // "ack": of the latest ACK; before: ISN of the other side
  SequenceNumber isn;
  SequenceNumber highest;  // end of the segment that reached furthest
  OptionTracker options;
  uint8_t syn_count = 0, fin_count = 0, rst_count = 0;  // wrap: Tstat looks at these
  bool in_flight : 1 = false;     // sent something that awaits an ACK: the "flight flag"
  bool data_acked : 1 = false;    // the other side acknowledged more than the SYN
  bool inconsistent : 1 = false;  // SYN repeated with another ISN, or FIN at another position
  bool sent_ack : 1 = false;      // beside a SYN
  WindowTracker window;
  TtlTracker ttl;
  uint64_t packets = 0;
  uint64_t pure_acks = 0;
  Timestamp last_segment;
  union {
    SequenceSpace space;
    TrueSequenceSpace true_space;  // with CompatProfile::true_retransmissions
  };
  RttEstimator rtt;
  uint32_t data = kNone;  // index of a DataState
  uint32_t rare = kNone;  // index of a RareState
};

struct alignas(64) TcpFlowState {
  std::array<TcpDirectionState, 2> side;  // by Index(Direction)
  TcpLayer7Flow* layer7 = nullptr;
  Layer7Need layer7_need = Layer7Need::kPayload;
};
static_assert(sizeof(TcpFlowState) == 320);

struct TcpColdState {
  FlowIdentity identity;
  // Of a direction.
  struct Side {
    Timestamp first_ack;  // without SYN
    SequenceNumber fin_position;
    SegmentMeasurements measured;
  };
  std::array<Side, 2> side;
};

// The state that is attached to some directions only.
struct TcpPools {
  // For at most so many directions.
  explicit TcpPools(size_t directions) : data(directions), rates(directions) {}

  StableSlab<DataState> data;
  Slab<RareState> rare;
  MessageTracker::Pool message_sizes;
  SequencePools sequence;
  StableArray<RateStatistics> rates;           // parallel to `data`; not grown without keep_rates
  bool keep_gaps = false, keep_rates = false;  // somebody wants them
  // Looked at where a segment has a verdict, so that others do not pay for it; null: unwanted.
  std::vector<SegmentVerdict>* verdicts = nullptr;

  DataState& Data(TcpDirectionState& side) {
    if (side.data == TcpDirectionState::kNone) [[unlikely]]
      AttachData(side);
    return data[side.data];
  }
  RareState& Rare(TcpDirectionState& side) {
    if (side.rare == TcpDirectionState::kNone) side.rare = rare.Allocate();
    return rare[side.rare];
  }
  void CountSyn(TcpDirectionState& side) {
    if (++side.syn_count == 0) [[unlikely]]
      ++Rare(side).syn_wraps;
  }
  void CountFin(TcpDirectionState& side) {
    if (++side.fin_count == 0) [[unlikely]]
      ++Rare(side).fin_wraps;
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

// All that was measured of one flow.
struct TcpMeasured {
  const TcpFlowState& state;
  const TcpColdState& cold;
  const TcpPools& pools;

  // Copies what was measured of one direction (by Index(Direction)) to its record. The layer-7 part
  // is left alone.
  void Export(size_t direction, TcpDirection* out) const;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_TCP_FLOW_STATE_H_
