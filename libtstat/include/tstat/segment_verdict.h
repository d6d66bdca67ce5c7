// SPDX-License-Identifier: BSD-3-Clause
//
// What the analysis makes of a TCP segment that repeats bytes or fills a hole, and why: the cause
// by which a row counts it (AnomalyCounts), the rule that gave it, and what the rule looked at.
// TcpFlowMoment::verdicts (tstat/flow_packet.h) has those of a segment.
//
//   for (const tstat::SegmentVerdict& verdict : packet.tcp->verdicts) {
//     if (verdict.rule != tstat::SegmentRule::kTimeOut) continue;
//     std::printf("%g us, time-out %g us\n", verdict.recovery_us, verdict.time_out_us);
//   }
#ifndef TSTAT_SEGMENT_VERDICT_H_
#define TSTAT_SEGMENT_VERDICT_H_

#include <cstdint>

namespace tstat::inline v1 {

// As the members of AnomalyCounts (docs/retransmissions.md).
enum class SegmentCause : uint8_t {
  kRto = 1,
  kFastRetransmit,
  kReordering,
  kNetworkDuplicate,
  kFlowControl,
  kUnnecessaryRto,
  kUnnecessaryFast,
  kUnknown,
};

// In the order in which they are tried: the first one that holds decides. (The true profile has an
// order and conditions of its own, docs/truth.md, and no kAsNeighbour.)
enum class SegmentRule : uint8_t {
  kWindowProbe,  // one byte, and the receiver's window is closed
  kAsNeighbour,  // earlier than the mean round trip, behind a segment that has a cause: the same
  kSameIpId,     // the IP identification is that of what it repeats; in the true profile also: the
                 // time stamp is older than that of others, as that of a copy
  kAcknowledgments,  // more than three acknowledgments beyond the segment before it, and before the
                     // time-out
  kTimeOut,          // later than the time-out
  kWithinRoundTrip,  // fills a hole earlier than the smallest round trip; in the true profile also:
                     // repeats what filled one, earlier than that
  kNone,             // none of these: the cause is unknown
};

struct SegmentVerdict {
  SegmentCause cause = SegmentCause::kUnknown;
  SegmentRule rule = SegmentRule::kNone;
  bool repeats = false;          // bytes that the probe had seen; else they fill a hole
  bool acknowledged = false;     // these bytes had been; of a hole, those behind it
  bool has_predecessor = false;  // the probe knows of bytes before these
  bool has_round_trips = false;  // of both directions; without, the limits are fixed ones
  uint32_t length = 0;           // sequence numbers that were looked at
  // Acknowledgments that lay beyond the beginning of what is before; in the true profile, duplicate
  // ones for these bytes.
  uint32_t predecessor_acks = 0;

  // Microseconds. Since these bytes were sent last; of a hole, since the bytes before it were, and
  // -1 without any.
  double recovery_us = 0;
  double since_next_us = 0;       // of a hole: since the bytes behind it were sent
  double mean_round_trip_us = 0;  // of both halves of the path, as the three below
  double time_out_us = 0;         // the mean and four deviations; NaN is never exceeded
  double smallest_round_trip_us = 0;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_SEGMENT_VERDICT_H_
