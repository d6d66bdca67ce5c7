// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/retransmission_judge.h"

#include <algorithm>
#include <cmath>

#include "tcp/segment_classifier.h"

namespace tstat::internal {
namespace {

using namespace segment_class;  // NOLINT: the classes below

constexpr double kTimeOutWithoutSamplesUs = 500000, kRoundTripWithoutSamplesUs = 5000;
constexpr double kSmallestRoundTripUs = 1000;
// Where there are no time stamps: the smallest round trip is the sum of those of both halves, with
// the time in which each side answers, and so a little longer than a reaction may take.
constexpr double kReaction = 0.8;
// A lone segment waits for a delayed acknowledgment before it is sent again as a probe, RFC
// 8985 7.2, and for the timers of both.
constexpr double kDelayedAckUs = 200000, kTimersUs = 50000;
// Of senders that number packets by one counter: so far back a copy's identification is at most.
constexpr uint16_t kLatePackets = 1024;
constexpr uint8_t kDuplicateAcks = 3;  // RFC 5681 3.2

using Sent = TrueSequenceSpace::Sent;

// -1: the time stamps say that `a` was sent before `b`, 1: after it; 0: they do not tell.
int CompareTimestamps(const Sent& a, const Sent& b) {
  if (!a.has_tsval || !b.has_tsval || a.tsval == b.tsval) return 0;
  return static_cast<int32_t>(a.tsval - b.tsval) < 0 ? -1 : 1;
}

double Variance(const RttStatistics& s) {
  const double deviation = s.deviation_us();
  return std::isnan(deviation) ? 0 : deviation * deviation;
}

// A copy that the network made: what is sent again has a time stamp of its own. (One with the same
// identification that comes after the time-out is of a host that gives all its packets one.)
bool IsSamePacket(const RetransmissionEvidence& e, const PathRoundTrips& path) {
  const Sent& before = e.range.before;
  if (e.older) {
    // Of acknowledged segments only those are remembered that were overtaken.
    const bool was_late = e.late.time.is_set();
    if (e.range.acknowledged && !was_late) return true;
    if (CompareTimestamps(e.sent, was_late ? e.late : before) <= 0) return true;
  }
  // Sent no later than the last of what was acknowledged, by both its stamp and its number.
  if (e.range.acknowledged && e.ip_id_counts && e.sent.has_tsval && before.has_tsval &&
      e.sent.tsval == before.tsval &&
      static_cast<uint16_t>(before.ip_id - e.sent.ip_id) < kLatePackets) {
    return true;
  }
  return e.ip_id_counts && before.time.is_set() && before.ip_id == e.sent.ip_id &&
         SignedMicroseconds(before.time, e.now) <= path.time_out_us &&
         CompareTimestamps(e.sent, before) == 0;
}

// What was overtaken is sent again less than a round trip later: the duplicate acknowledgments that
// asked for it were under way.
bool WasUnderWay(const RetransmissionEvidence& e, const PathRoundTrips& path) {
  if (!e.late.time.is_set() || !path.measured || e.mode == RecoveryMode::kTimeOut) return false;
  if (SignedMicroseconds(e.late.time, e.now) >= path.smallest_us) return false;
  return CompareTimestamps(e.sent, e.late) > 0 || !e.sent.has_tsval;
}

// The last segment was sent again, as a probe for the loss of the tail: if it is alone in flight,
// later than after two round trips (RFC 8985 7.2). That time begins anew when its sender has heard
// of what was sent before it, a part of a round trip later than the probe.
bool IsTailProbe(const RetransmissionEvidence& e, const PathRoundTrips& path, double recovery_us) {
  if (!e.range.at_tail || e.range.before.repetitions > 0) return false;
  if (e.probing) return false;  // one at a time (RFC 8985 7.3)
  if (!path.measured || recovery_us < path.mean_us) return false;
  if (recovery_us <= path.time_out_us) return true;
  const double longest_us = 2 * path.mean_us + kDelayedAckUs + kTimersUs;
  if (!e.sack || e.mode != RecoveryMode::kNone) return false;
  if (recovery_us <= longest_us) return true;
  return e.last_heard > e.range.before.time &&
         SignedMicroseconds(e.last_heard, e.now) <= longest_us + path.mean_us;
}

// What was sent before is sent again.
Judgment JudgeRepetition(const RetransmissionEvidence& e, const PathRoundTrips& path) {
  Judgment j;
  j.sent_again = true;
  const Sent& before = e.range.before;
  const bool acknowledged = e.range.acknowledged;
  if (before.time.is_set()) j.recovery_us = SignedMicroseconds(before.time, e.now);
  const auto decided = [&j](uint8_t type, SegmentRule rule) {
    j.type = type;
    j.rule = rule;
    return j;
  };
  const uint8_t fast = acknowledged ? kUnnecessaryFast : kFastRetransmit;
  const uint8_t timed_out = acknowledged ? kUnnecessaryRto : kRto;

  if (WasUnderWay(e, path)) return decided(kUnnecessaryFast, SegmentRule::kWithinRoundTrip);
  if (IsSamePacket(e, path)) return decided(kNetworkDuplicate, SegmentRule::kSameIpId);
  const bool late = j.recovery_us > path.time_out_us;
  const bool asked =
      e.duplicate_acks >= kDuplicateAcks ||
      (e.sacked_behind && j.recovery_us >= kReaction * path.smallest_us) ||
      (e.sack && e.later_arrived && SignedMicroseconds(e.last_heard, e.now) < path.mean_us);
  if (e.mode == RecoveryMode::kFast || (asked && e.mode == RecoveryMode::kNone)) {
    // A time-out shows by silence, or by the second repetition's delay.
    const bool silent = SignedMicroseconds(e.last_heard, e.now) > path.time_out_us;
    if (before.repetitions == 0 ? !silent : !late) {
      return decided(fast, SegmentRule::kAcknowledgments);
    }
    return decided(timed_out, SegmentRule::kTimeOut);
  }
  const bool tail_probe = IsTailProbe(e, path, j.recovery_us);
  if ((late && !tail_probe) || (e.mode == RecoveryMode::kTimeOut && !acknowledged)) {
    return decided(timed_out, SegmentRule::kTimeOut);
  }
  j.tail_probe = tail_probe;
  return decided(acknowledged ? kAckedUnknown : kSeenUnknown, SegmentRule::kNone);
}

// A hole is filled: sent again after a loss before the probe, or overtaken on the way.
Judgment JudgeFilled(const RetransmissionEvidence& e, const PathRoundTrips& path) {
  Judgment j;
  const Sent& next = e.range.next;
  j.since_next_us = next.time.is_set() ? SignedMicroseconds(next.time, e.now) : 0;
  j.recovery_us = j.since_next_us;
  const auto decided = [&j](uint8_t type, SegmentRule rule, bool sent_again) {
    j.type = type;
    j.rule = rule;
    j.sent_again = sent_again;
    return j;
  };
  const bool acknowledged = e.range.acknowledged;
  // Time stamps tell, but of acknowledged segments those of what was repeated say nothing.
  const int order = next.repetitions == 0 ? CompareTimestamps(e.sent, next) : 0;
  const bool stamped = e.sent.has_tsval && next.has_tsval;
  const double reaction_us = path.smallest_us * (stamped || !path.measured ? 1 : kReaction);
  if (order < 0 || (order == 0 && (e.older || j.since_next_us < reaction_us))) {
    return decided(kReordering, SegmentRule::kWithinRoundTrip, false);
  }
  const bool late = j.since_next_us > path.time_out_us;
  const bool asked = e.duplicate_acks >= kDuplicateAcks || e.sacked_behind;
  if (e.mode == RecoveryMode::kFast || (asked && e.mode == RecoveryMode::kNone)) {
    if (SignedMicroseconds(e.last_heard, e.now) <= path.time_out_us) {
      return decided(acknowledged ? kUnnecessaryFast : kFastRetransmit,
                     SegmentRule::kAcknowledgments, true);
    }
    return decided(acknowledged ? kUnnecessaryRto : kRto, SegmentRule::kTimeOut, true);
  }
  if (late || (e.mode == RecoveryMode::kTimeOut && !acknowledged)) {
    return decided(acknowledged ? kUnnecessaryRto : kRto, SegmentRule::kTimeOut, true);
  }
  return decided(acknowledged ? kAckedUnknown : kNewUnknown, SegmentRule::kNone, order > 0);
}

}  // namespace

PathRoundTrips PathRoundTrips::Of(const RttStatistics& a, const RttStatistics& b) {
  PathRoundTrips path;
  path.measured = a.count > 0 && b.count > 0;
  path.mean_us = a.mean_us() + b.mean_us();
  if (!path.measured) {
    path.smallest_us = kRoundTripWithoutSamplesUs;
    path.time_out_us = kTimeOutWithoutSamplesUs;
    return path;
  }
  path.smallest_us = std::max(a.min_us + b.min_us, kSmallestRoundTripUs);
  // Time-outs are 200 ms behind the round trip at least (1 s in RFC 6298), probes for the loss of
  // the tail come after two round trips (RFC 8985 7.2): the limit stands between the two.
  const double usual = std::min(1.5 * path.mean_us + 100000, path.mean_us + 200000);
  path.time_out_us = std::max(usual, path.mean_us + 4 * std::sqrt(Variance(a) + Variance(b)));
  return path;
}

Judgment Judge(const RetransmissionEvidence& evidence, const PathRoundTrips& path) {
  return evidence.range.repeated > 0 ? JudgeRepetition(evidence, path)
                                     : JudgeFilled(evidence, path);
}

}  // namespace tstat::internal
