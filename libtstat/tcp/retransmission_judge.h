// SPDX-License-Identifier: BSD-3-Clause
//
// Why a segment was sent again, or came late, in the true profile. Other than SegmentClassifier,
// which decides as Tstat does, it looks at duplicate acknowledgments (RFC 5681), SACK blocks (RFC
// 6675), episodes of recovery, and time stamps (RFC 7323); docs/truth.md has the rules.
//
//   const Judgment j = Judge(evidence, path);
//   CountAnomaly(j.type, &anomalies);
#ifndef TSTAT_TCP_RETRANSMISSION_JUDGE_H_
#define TSTAT_TCP_RETRANSMISSION_JUDGE_H_

#include <cstdint>

#include "tcp/rtt_estimator.h"
#include "tcp/true_sequence_space.h"
#include "tstat/segment_verdict.h"
#include "tstat/time.h"

namespace tstat::internal {

// Times of the whole path, from the round trips of both halves, in microseconds.
struct PathRoundTrips {
  bool measured = false;  // both halves have samples; else the limits are fixed ones
  double mean_us = 0;
  double smallest_us = 0;  // a reaction of the sender takes as long at least
  double time_out_us = 0;  // a repetition that comes later is that of a time-out

  static PathRoundTrips Of(const RttStatistics& a, const RttStatistics& b);
};

// What a sender is doing about losses.
enum class RecoveryMode : uint8_t { kNone, kFast, kTimeOut };

struct RetransmissionEvidence {
  using Sent = TrueSequenceSpace::Sent;
  Timestamp now;
  Sent sent;  // this segment
  TrueSequenceSpace::Insertion range;
  bool ip_id_counts = false;  // IPv4, and not 0
  bool sack = false;          // both sides permit selective acknowledgments
  bool older = false;         // a copy: its sender's clock had gone on before it came
  Sent late;                  // what it repeats, if that was overtaken a short time ago
  RecoveryMode mode = RecoveryMode::kNone;
  uint8_t duplicate_acks = 0;  // that the sender has had for these bytes
  bool sacked_behind = false;  // a SACK block lies behind the segment
  bool later_arrived = false;  // what was sent later than the range was last is acknowledged
  bool probing = false;        // nothing tells yet what became of the last probe of the tail
  Timestamp last_heard;        // last segment of the other side
};

struct Judgment {
  uint8_t type = 0;  // segment_class
  SegmentRule rule = SegmentRule::kNone;
  bool sent_again = false;  // by the sender; else only late on the way
  bool tail_probe = false;  // RFC 8985 7
  double recovery_us = -1, since_next_us = 0;
};

Judgment Judge(const RetransmissionEvidence& evidence, const PathRoundTrips& path);

}  // namespace tstat::internal

#endif  // TSTAT_TCP_RETRANSMISSION_JUDGE_H_
