// SPDX-License-Identifier: BSD-3-Clause
//
// What layer 7 may know of a TCP flow when one segment has been measured.
#ifndef TSTAT_L7_TCP_LAYER7_INPUT_H_
#define TSTAT_L7_TCP_LAYER7_INPUT_H_

#include <array>
#include <cstdint>

#include "decode/byte_reader.h"
#include "flow/step.h"
#include "l7/message_summary.h"
#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::internal {

struct TcpLayer7Input {
  const TcpSegmentStep* step = nullptr;    // header, datagram, direction, packet flags, order
  const FlowIdentity* identity = nullptr;  // of the flow; seldom read
  // Captured payload bytes: one more than payload_length behind a trimmed IPv4 packet. Empty when
  // nothing was captured.
  ByteReader payload;
  int32_t payload_length = 0;  // from the headers
  uint64_t flow_packets = 0;   // counted packets of both directions, this one included

  // Indexed by Index(Direction); values after this segment's transport measurements.
  struct Side {
    uint32_t isn = 0;
    uint32_t acknowledged = 0;  // the latest number that the other side has acknowledged
    uint32_t sequence = 0;      // end of the latest segment that was not a retransmission
    uint32_t highest_sequence = 0;
    const MessageSummary* messages = nullptr;  // PSH-separated; seldom read
    bool has_syn = false;                      // its SYN was captured
    bool has_acknowledged = false;             // `acknowledged` is known
  };
  std::array<Side, 2> side;

  Direction direction() const { return step->direction; }
  Timestamp time() const { return step->datagram->time; }
  // Layer 7 looks at a segment only when this holds.
  bool inspected() const { return !payload.empty() && payload_length != 0; }
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_TCP_LAYER7_INPUT_H_
