// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/segment_classifier.h"

#include <algorithm>
#include <array>

#include "tcp/rtt_mean.h"

namespace tstat::internal {
namespace {

using namespace segment_class;  // NOLINT: names of the table below

constexpr double kMinRtoUs = 100000, kMinRttUs = 1000;
constexpr double kRtoWithoutSamplesUs = 500000, kRttWithoutSamplesUs = 5000;
constexpr uint32_t kFastRetransmitAcks = 3;

// The times that a recovery is compared with, in microseconds.
struct PathTimes {
  bool valid;   // both directions have samples
  double mean;  // "M"
  double rto, rtt;
};

PathTimes MeasurePath(const RttStatistics& a, const RttStatistics& b) {
  PathTimes t;
  t.valid = a.count > 0 && b.count > 0;
  t.mean = ReferenceMean(a.sum_us, a.count) + ReferenceMean(b.sum_us, b.count);
  if (!t.valid) {
    t.rto = kRtoWithoutSamplesUs;
    t.rtt = kRttWithoutSamplesUs;
    return t;
  }
  t.rto =
      t.mean + 4 * SampleDeviation(a.sum_us + b.sum_us, a.sum2_us + b.sum2_us, a.count + b.count);
  if (t.rto < kMinRtoUs) t.rto = kMinRtoUs;
  t.rtt = a.min_us + b.min_us;
  if (t.rtt < kMinRttUs) t.rtt = kMinRttUs;
  return t;
}

// Which class each decision gives, by what is known of the bytes.
struct Outcome {
  uint8_t fast, late, early, unknown;
};
constexpr Outcome kUnackedSeen = {kFastRetransmit, kRto, kSeenEarly, kSeenUnknown};
constexpr Outcome kUnackedNew = {kFastRetransmit, kRto, kNewEarly, kNewUnknown};
constexpr Outcome kAcked = {kUnnecessaryFast, kUnnecessaryRto, kAckedEarly, kAckedUnknown};

}  // namespace

SegmentCause CauseOfType(uint8_t type) {
  return static_cast<SegmentCause>(
      std::min<uint8_t>(type & kMask, static_cast<uint8_t>(SegmentCause::kUnknown)));
}

uint8_t SegmentClassifier::Classify(const SequenceAnomaly& anomaly, SegmentVerdict* verdict) const {
  const SegmentRecord& record = *anomaly.record;
  const SegmentRecord* predecessor = anomaly.predecessor;
  const bool acked = record.acked > 0;
  const PathTimes path = MeasurePath(context_.self->statistics(), context_.other->statistics());

  const double since_record = SignedMicroseconds(record.time, context_.now);
  double recovery = anomaly.recovery_us;
  if (!anomaly.seen) {
    recovery = predecessor != nullptr ? SignedMicroseconds(predecessor->time, context_.now) : -1.0;
    // -1 is the mark of "none" also when a predecessor happens to be that far ahead.
    if (recovery == -1.0 && !path.valid) recovery = since_record;
  }
  const bool early = recovery < path.mean;
  const uint8_t previous_type = predecessor != nullptr ? predecessor->type : kInSequence;

  const auto decided = [&](uint8_t type, SegmentRule rule) {
    if (verdict == nullptr) return type;
    verdict->cause = CauseOfType(type);
    verdict->rule = rule;
    verdict->repeats = anomaly.seen;
    verdict->acknowledged = acked;
    verdict->has_predecessor = predecessor != nullptr;
    verdict->has_round_trips = path.valid;
    verdict->length = anomaly.length;
    verdict->predecessor_acks = predecessor != nullptr ? predecessor->acked : 0;
    verdict->recovery_us = recovery;
    verdict->since_next_us = anomaly.seen ? 0 : since_record;
    verdict->mean_round_trip_us = path.mean;
    verdict->time_out_us = path.rto;
    verdict->smallest_round_trip_us = path.rtt;
    return type;
  };

  if (context_.may_be_probe && anomaly.length == 1) {
    return decided(kFlowControl, SegmentRule::kWindowProbe);
  }
  if (early && previous_type != kInSequence) {
    return decided(previous_type | kBatch, SegmentRule::kAsNeighbour);
  }

  const uint8_t bits = path.valid ? 0 : kNoRtt;
  if ((anomaly.seen || acked) && record.ip_id == context_.ip_id) {
    return decided(kNetworkDuplicate | bits, SegmentRule::kSameIpId);
  }

  const Outcome& outcome = acked ? kAcked : anomaly.seen ? kUnackedSeen : kUnackedNew;
  if (predecessor != nullptr && predecessor->acked > kFastRetransmitAcks && recovery < path.rto) {
    return decided(outcome.fast | bits, SegmentRule::kAcknowledgments);
  }
  if (recovery > path.rto) return decided(outcome.late | bits, SegmentRule::kTimeOut);
  if (!acked && !anomaly.seen && since_record < path.rtt) {
    return decided(kReordering | bits, SegmentRule::kWithinRoundTrip);
  }
  return decided((early ? outcome.early : outcome.unknown) | bits, SegmentRule::kNone);
}

void CountAnomaly(uint8_t type, AnomalyCounts* counts) {
  using Counter = uint32_t AnomalyCounts::*;
  constexpr std::array<Counter, 8> kCounters = {nullptr,
                                                &AnomalyCounts::rto,
                                                &AnomalyCounts::fast_retransmit,
                                                &AnomalyCounts::reordering,
                                                &AnomalyCounts::network_duplicate,
                                                &AnomalyCounts::flow_control,
                                                &AnomalyCounts::unnecessary_rto,
                                                &AnomalyCounts::unnecessary_fast};
  const uint8_t value = type & kMask;
  if (value == kInSequence) return;
  ++(counts->*(value < kCounters.size() ? kCounters[value] : &AnomalyCounts::unknown));
}

}  // namespace tstat::internal
