// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/segment_classifier.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tstat::internal {
namespace {

using namespace segment_class;  // NOLINT

constexpr int64_t kNow = 10'000'000;  // us

// Both directions: two samples of 50 ms, so that M = 100 ms (less a little), RTO = M raised to the
// pooled deviation (0) and at least 100 ms, RTT = 100 ms.
class SegmentClassifierTest : public ::testing::Test {
 protected:
  SegmentClassifierTest() {
    for (int i = 0; i < 2; ++i) {
      self_.AddSample(50000);
      other_.AddSample(50000);
    }
    record_.ip_id = 1;
    context_.now = Timestamp::FromMicroseconds(kNow);
    context_.ip_id = 2;
    context_.self = &self_;
    context_.other = &other_;
  }

  uint8_t Seen(double recovery_us, const SegmentRecord* predecessor = nullptr,
               uint32_t length = 100) {
    SequenceAnomaly a;
    a.seen = true;
    a.record = &record_;
    a.predecessor = predecessor;
    a.length = length;
    a.recovery_us = recovery_us;
    return SegmentClassifier(context_).Classify(a);
  }
  uint8_t New(const SegmentRecord* predecessor, uint32_t length = 100) {
    SequenceAnomaly a;
    a.record = &record_;
    a.predecessor = predecessor;
    a.length = length;
    return SegmentClassifier(context_).Classify(a);
  }
  SegmentVerdict VerdictOf(bool seen, double recovery_us, const SegmentRecord* predecessor) {
    SequenceAnomaly a;
    a.seen = seen;
    a.record = &record_;
    a.predecessor = predecessor;
    a.length = 100;
    a.recovery_us = recovery_us;
    SegmentVerdict verdict;
    const uint8_t told = SegmentClassifier(context_).Classify(a, &verdict);
    EXPECT_EQ(told, SegmentClassifier(context_).Classify(a)) << "with and without a verdict";
    EXPECT_EQ(std::min<int>(told & kMask, 8), static_cast<int>(verdict.cause));
    EXPECT_EQ(verdict.length, 100u);
    return verdict;
  }
  static SegmentRecord Sent(int64_t us_ago, uint32_t acked = 0, uint8_t type = 0) {
    SegmentRecord r;
    r.time = Timestamp::FromMicroseconds(kNow - us_ago);
    r.acked = acked;
    r.type = type;
    return r;
  }

  RttEstimator self_, other_, none_;
  SegmentRecord record_;
  SegmentClassifier::Context context_;
};

TEST_F(SegmentClassifierTest, WindowProbeComesFirst) {
  context_.may_be_probe = true;
  EXPECT_EQ(Seen(500000, nullptr, 1), kFlowControl);
  EXPECT_EQ(Seen(500000, nullptr, 2), kRto);
}

TEST_F(SegmentClassifierTest, EarlyNeighbourOfAnAnomalyTakesItsType) {
  const SegmentRecord before = Sent(1000, 0, kRto);
  EXPECT_EQ(Seen(50000, &before), kRto | kBatch);
  const SegmentRecord batch = Sent(1000, 0, kRto | kBatch | kNoRtt);
  EXPECT_EQ(New(&batch), kRto | kBatch | kNoRtt);
  EXPECT_EQ(Seen(150000, &before), kRto);  // not early
}

TEST_F(SegmentClassifierTest, SamePacketIdIsANetworkDuplicate) {
  context_.ip_id = 1;
  EXPECT_EQ(Seen(500000), kNetworkDuplicate);
  record_.acked = 1;
  EXPECT_EQ(Seen(500000), kNetworkDuplicate);
  const SegmentRecord before = Sent(500000);
  EXPECT_EQ(New(&before), kNetworkDuplicate);
  record_.acked = 0;
  EXPECT_EQ(New(&before), kRto);  // not looked at for a new, unacknowledged range
}

TEST_F(SegmentClassifierTest, UnacknowledgedBytes) {
  const SegmentRecord four_acks = Sent(1000, 4), three_acks = Sent(1000, 3);
  EXPECT_EQ(Seen(99000, &four_acks), kFastRetransmit);
  EXPECT_EQ(Seen(99000, &three_acks), kSeenEarly);
  EXPECT_EQ(Seen(100001, &four_acks), kRto);
  EXPECT_EQ(Seen(99999.9), kSeenUnknown);  // M is a little below 100 ms
}

TEST_F(SegmentClassifierTest, FilledHole) {
  record_ = Sent(99000);
  const SegmentRecord before = Sent(99000);
  EXPECT_EQ(New(&before), kReordering);
  record_ = Sent(150000);
  EXPECT_EQ(New(&before), kNewEarly);
  EXPECT_EQ(New(nullptr), kNewEarly);  // no predecessor: recovery time -1
  const SegmentRecord late = Sent(150000);
  EXPECT_EQ(New(&late), kRto);
}

TEST_F(SegmentClassifierTest, AcknowledgedBytes) {
  record_.acked = 1;
  const SegmentRecord four_acks = Sent(1000, 4);
  EXPECT_EQ(Seen(99000, &four_acks), kUnnecessaryFast);
  EXPECT_EQ(Seen(200000, &four_acks), kUnnecessaryRto);
  EXPECT_EQ(Seen(99000), kAckedEarly);
  EXPECT_EQ(Seen(99999.9), kAckedUnknown);
}

TEST_F(SegmentClassifierTest, WithoutSamplesOfBothSidesFixedTimesHold) {
  context_.other = &none_;
  EXPECT_EQ(Seen(500001), kRto | kNoRtt);
  EXPECT_EQ(Seen(499999), kSeenUnknown | kNoRtt);
  // M keeps the one side's value.
  EXPECT_EQ(Seen(40000), kSeenEarly | kNoRtt);
  const SegmentRecord before = Sent(1000, 0, kReordering);
  EXPECT_EQ(Seen(40000, &before), kReordering | kBatch);
  record_ = Sent(4999);
  EXPECT_EQ(New(nullptr), kReordering | kNoRtt);
  record_ = Sent(600000);  // without a predecessor, the time since the record counts
  EXPECT_EQ(New(nullptr), kRto | kNoRtt);
}

TEST_F(SegmentClassifierTest, TimeOutGrowsWithThePooledDeviation) {
  other_.AddSample(150000);
  // Samples 50 50 50 50 150: deviation 44.72 ms; M = 50 + 83.33; RTO = 312 ms.
  EXPECT_EQ(Seen(312000), kSeenUnknown);
  EXPECT_EQ(Seen(312500), kRto);
}

TEST_F(SegmentClassifierTest, LimitsBelongToTheLowerSide) {
  context_.other = &none_;
  EXPECT_EQ(Seen(500000), kSeenUnknown | kNoRtt);
  EXPECT_EQ(Seen(500000.5), kRto | kNoRtt);
  record_ = Sent(5000);
  EXPECT_NE(New(nullptr), kReordering | kNoRtt);
  record_ = Sent(4999);
  EXPECT_EQ(New(nullptr), kReordering | kNoRtt);
}

// Times of a local network: the time-out is no less than 100 ms, the round trip no less than 1 ms.
TEST_F(SegmentClassifierTest, ShortestTimes) {
  RttEstimator near, far;
  for (int i = 0; i < 2; ++i) {
    near.AddSample(100);
    far.AddSample(200);
  }
  context_.self = &near;
  context_.other = &far;
  EXPECT_EQ(Seen(100000), kSeenUnknown);
  EXPECT_EQ(Seen(100001), kRto);
  const SegmentRecord before = Sent(400);
  record_ = Sent(999);
  EXPECT_EQ(New(&before), kReordering);
  record_ = Sent(1000);
  EXPECT_EQ(New(&before), kNewUnknown);
}

TEST(AnomalyTest, CountersAndHistogramValues) {
  AnomalyCounts counts;
  for (int type = 0; type < 14; ++type) CountAnomaly(static_cast<uint8_t>(type), &counts);
  CountAnomaly(kRto | kBatch | kNoRtt, &counts);
  EXPECT_EQ(counts.rto, 2u);
  EXPECT_EQ(counts.fast_retransmit, 1u);
  EXPECT_EQ(counts.reordering, 1u);
  EXPECT_EQ(counts.network_duplicate, 1u);
  EXPECT_EQ(counts.flow_control, 1u);
  EXPECT_EQ(counts.unnecessary_rto, 1u);
  EXPECT_EQ(counts.unnecessary_fast, 1u);
  EXPECT_EQ(counts.unknown, 6u);
  EXPECT_EQ(AnomalyHistogramValue(kRto | kBatch | kNoRtt), 1);
  EXPECT_EQ(AnomalyHistogramValue(kUnnecessaryFast), 7);
  EXPECT_EQ(AnomalyHistogramValue(kSeenUnknown | kNoRtt), 63);
}

TEST_F(SegmentClassifierTest, TheVerdictSaysWhichRuleAndByWhat) {
  record_.time = Timestamp::FromMicroseconds(kNow - 20000);
  const SegmentRecord acked = Sent(60000, 4), before = Sent(60000, 3);

  const SegmentVerdict late = VerdictOf(true, 150000, &before);
  EXPECT_EQ(late.rule, SegmentRule::kTimeOut);
  EXPECT_TRUE(late.repeats && late.has_predecessor && late.has_round_trips);
  EXPECT_FALSE(late.acknowledged);
  EXPECT_EQ(late.recovery_us, 150000);
  EXPECT_EQ(late.time_out_us, 100000);
  EXPECT_NEAR(late.mean_round_trip_us, 100000, 10);
  EXPECT_EQ(late.smallest_round_trip_us, 100000);
  EXPECT_EQ(late.predecessor_acks, 3u);
  EXPECT_EQ(late.since_next_us, 0);

  EXPECT_EQ(VerdictOf(true, 50000, &acked).rule, SegmentRule::kAcknowledgments);
  const SegmentVerdict hole = VerdictOf(false, 0, &before);
  EXPECT_EQ(hole.rule, SegmentRule::kWithinRoundTrip);
  EXPECT_FALSE(hole.repeats);
  EXPECT_EQ(hole.recovery_us, 60000);
  EXPECT_EQ(hole.since_next_us, 20000);
  EXPECT_EQ(VerdictOf(true, 50000, nullptr).rule, SegmentRule::kNone);
  EXPECT_FALSE(VerdictOf(true, 50000, nullptr).has_predecessor);
  const SegmentRecord batch = Sent(1000, 0, kRto);
  EXPECT_EQ(VerdictOf(true, 50000, &batch).rule, SegmentRule::kAsNeighbour);
  context_.ip_id = record_.ip_id;
  EXPECT_EQ(VerdictOf(true, 150000, &before).rule, SegmentRule::kSameIpId);
  context_.self = &none_;
  EXPECT_FALSE(VerdictOf(true, 150000, &before).has_round_trips);
  EXPECT_EQ(VerdictOf(true, 150000, &before).time_out_us, 500000);
}

}  // namespace
}  // namespace tstat::internal
