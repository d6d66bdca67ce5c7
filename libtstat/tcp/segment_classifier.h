// SPDX-License-Identifier: BSD-3-Clause
//
// Why a segment repeats bytes or fills a hole: retransmission after a time-out, fast retransmit,
// reordering, network duplicate, window probe, or unknown.
//
//   SegmentClassifier classifier(context);          // one for each segment; computes nothing yet
//   uint8_t type = classifier.Classify(anomaly);    // class and bits
//   CountAnomaly(type, &counts);
//
// Everything costly (averages, deviations) is computed here, so that segments without an anomaly do
// not pay for it.
#ifndef TSTAT_TCP_SEGMENT_CLASSIFIER_H_
#define TSTAT_TCP_SEGMENT_CLASSIFIER_H_

#include <cstdint>

#include "tcp/rtt_estimator.h"
#include "tcp/sequence_space.h"
#include "tstat/segment_verdict.h"
#include "tstat/tcp_flow.h"
#include "tstat/time.h"

namespace tstat::internal {

// The low four bits of a type.
namespace segment_class {
inline constexpr uint8_t kInSequence = 0, kRto = 1, kFastRetransmit = 2, kReordering = 3,
                         kNetworkDuplicate = 4, kFlowControl = 5, kUnnecessaryRto = 6,
                         kUnnecessaryFast = 7, kSeenEarly = 8, kSeenUnknown = 9, kNewEarly = 10,
                         kNewUnknown = 11, kAckedEarly = 12, kAckedUnknown = 13;
inline constexpr uint8_t kMask = 15;
inline constexpr uint8_t kBatch = 16;  // taken over from the segment before
inline constexpr uint8_t kNoRtt = 32;  // decided without RTT samples of both directions
}  // namespace segment_class

class SegmentClassifier {
 public:
  struct Context {
    Timestamp now;
    uint16_t ip_id = 0;  // of the segment
    // RTT of the segment's direction and of the other one, before the segment's own ACK number.
    const RttEstimator* self = nullptr;
    const RttEstimator* other = nullptr;
    // The other side's window is 0 and both sides have sent a SYN: one byte is a window probe.
    bool may_be_probe = false;
  };

  explicit SegmentClassifier(const Context& context) : context_(context) {}

  // `verdict`, unless null, is told which rule it was, and by what.
  uint8_t Classify(const SequenceAnomaly& anomaly, SegmentVerdict* verdict = nullptr) const;

 private:
  Context context_;
};

// The cause that a type stands for. REQUIRES: it is not in sequence.
SegmentCause CauseOfType(uint8_t type);

// Adds one to the counter that the type belongs to.
void CountAnomaly(uint8_t type, AnomalyCounts* counts);

// Value of a type in the histograms tcp_anomalies_*.
constexpr uint8_t AnomalyHistogramValue(uint8_t type) {
  const uint8_t value = type & ~(segment_class::kBatch | segment_class::kNoRtt);
  return value > 7 ? 63 : value;
}

}  // namespace tstat::internal

#endif  // TSTAT_TCP_SEGMENT_CLASSIFIER_H_
