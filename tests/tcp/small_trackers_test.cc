// SPDX-License-Identifier: BSD-3-Clause
//
// The trackers of a few lines each: windows, flight, payload, TTL, messages, gaps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tcp/flight_tracker.h"
#include "tcp/gap_tracker.h"
#include "tcp/message_tracker.h"
#include "tcp/payload_tracker.h"
#include "tcp/segment_measurements.h"
#include "tcp/sequence_number.h"
#include "tcp/ttl_tracker.h"
#include "tcp/window_tracker.h"

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;

OptionTracker WithScale(uint8_t scale) {
  std::vector<uint8_t> bytes(20, 0);
  for (uint8_t b : {uint8_t{1}, uint8_t{3}, uint8_t{3}, scale}) bytes.push_back(b);
  OptionTracker options;
  options.OnSegment(ByteReader(bytes), 24);
  return options;
}

TEST(SegmentMeasurementsTest, SegmentsWithAnAcknowledgment) {
  SegmentMeasurements measured;
  TcpDirection record;
  for (const uint8_t flags : {tcp_flags::kSyn, tcp_flags::kAck, tcp_flags::kRst, tcp_flags::kAck}) {
    TcpHeader header{};
    header.flags = flags;
    measured.OnSegment(header, Datagram());
    ++record.packets;
  }
  measured.Export(&record);
  EXPECT_EQ(record.ack_packets, 2u);
}

TEST(SequenceNumberTest, ComparesPlainlyAndCountsModulo) {
  const SequenceNumber high(0xFFFFFFF0), low(16);
  EXPECT_LT(low, high);
  EXPECT_EQ(low - high, 32u);
  EXPECT_EQ(high + 32u, low);
  EXPECT_EQ(high.quadrant(), 3u);
}

TEST(WindowTrackerTest, ScaledOnceBothSidesSentTheOption) {
  EXPECT_EQ(WindowTracker::Effective(502, WithScale(7), OptionTracker()), 502u);
  EXPECT_EQ(WindowTracker::Effective(502, WithScale(7), WithScale(8)), 64256u);
  // No limit of 14; shifts are modulo 64.
  EXPECT_EQ(WindowTracker::Effective(1, WithScale(40), WithScale(0)), uint64_t{1} << 40);
  EXPECT_EQ(WindowTracker::Effective(1, WithScale(65), WithScale(0)), 2u);
}

TEST(WindowTrackerTest, ExtremesSumAndZeroWindows) {
  WindowTracker w;
  w.OnSegment(64240, /*ack=*/false);
  w.OnSegment(0, true);
  w.OnSegment(0, false);
  w.OnSegment(100, true);
  EXPECT_EQ(w.max(), 64240u);
  EXPECT_EQ(w.min(), 100u);
  EXPECT_EQ(w.zero(), 1u);
  EXPECT_EQ(w.sum(), 64340u);
  EXPECT_EQ(w.current(), 100u);
}

TEST(FlightTrackerTest, AheadOfTheAckNumberOnly) {
  EXPECT_EQ(FlightTracker::InFlight(SequenceNumber(1500), SequenceNumber(1000)), 500u);
  EXPECT_EQ(FlightTracker::InFlight(SequenceNumber(1000), SequenceNumber(1500)), 0u);
  EXPECT_EQ(FlightTracker::InFlight(SequenceNumber(4), SequenceNumber(0xFFFFFFFE)), 6u);
  FlightTracker f;
  f.Add(500);
  f.Add(6);
  EXPECT_EQ(f.max(), 500u);
  EXPECT_EQ(f.min(), 6u);
}

TEST(PayloadTrackerTest, RetransmittedPayloadLeavesRepeatedControlOut) {
  EXPECT_EQ(RetransmittedPayload(1, {.syn = true, .fin = false}, true), 0);
  EXPECT_EQ(RetransmittedPayload(0, {.syn = true, .fin = false}, true), -1);   // quirk of 3.1.1
  EXPECT_EQ(RetransmittedPayload(0, {.syn = true, .fin = false}, false), 0);   // 3.3
  EXPECT_EQ(RetransmittedPayload(25, {.syn = false, .fin = true}, true), 24);  // 24 bytes and FIN
  EXPECT_EQ(RetransmittedPayload(0, {.syn = false, .fin = true}, true), 0);
}

TEST(TtlTrackerTest, ExtremesAndSum) {
  TtlTracker ttl;
  int64_t excess = ttl.OnSegment(64, true);
  EXPECT_EQ(excess, 0);
  excess += ttl.OnSegment(64, false);
  excess += ttl.OnSegment(50, false);
  excess += ttl.OnSegment(0, false);
  EXPECT_EQ(ttl.Sum(4, excess), 178u);
  EXPECT_EQ(ttl.max(), 64);
  EXPECT_EQ(ttl.min(), 0);
  ttl.OnSegment(70, false);
  EXPECT_EQ(ttl.min(), 70);  // a TTL of 0 does not stick
}

class MessageTrackerTest : public ::testing::Test {
 protected:
  void Boundary(uint32_t end, uint32_t isn = 1000) {
    messages_.OnBoundary(SequenceNumber(end), SequenceNumber(isn), pool_);
  }
  MessageTracker::Pool pool_;
  MessageTracker messages_;
};

TEST_F(MessageTrackerTest, SizesBetweenBoundaries) {
  Boundary(1101);  // 100 bytes behind the SYN
  Boundary(1101);  // a retransmission repeats no message
  Boundary(1151);
  EXPECT_EQ(messages_.count(), 2u);
  EXPECT_THAT(messages_.summary().first_sizes, ElementsAre(100, 50));
  EXPECT_EQ(pool_.live(), 0u);
  for (uint32_t i = 0; i < 12; ++i) Boundary(1161 + 10 * i);
  EXPECT_EQ(messages_.count(), 14u);
  EXPECT_THAT(messages_.Sizes(pool_), ElementsAre(100, 50, 10, 10, 10, 10, 10, 10, 10, 10));
  messages_.Clear(pool_);
  EXPECT_EQ(pool_.live(), 0u);
}

TEST_F(MessageTrackerTest, EmptyMessageMovesTheMarkOnly) {
  Boundary(1001);  // FIN without data
  EXPECT_EQ(messages_.count(), 0u);
  Boundary(1011);
  EXPECT_THAT(messages_.summary().first_sizes, ElementsAre(10, 0));
}

TEST_F(MessageTrackerTest, NothingAfterAWrap) {
  Boundary(0xFFFFFFF0, 0xFFFFFF00);
  Boundary(0x00000100, 0xFFFFFF00);
  EXPECT_EQ(messages_.count(), 1u);
}

TEST(GapTrackerTest, JitterIsTheDistanceFromTheRunningMean) {
  GapTracker gaps;
  EXPECT_EQ(gaps.statistics().jitter_min_ms, 3.40282347e+38f);
  gaps.OnData(0);      // mean 0, jitter 0
  gaps.OnData(20000);  // mean 10, jitter 10
  gaps.OnData(40000);  // mean 20, jitter 20
  const GapStatistics& s = gaps.statistics();
  EXPECT_EQ(s.count, 3u);
  EXPECT_DOUBLE_EQ(s.sum_ms, 60);
  EXPECT_DOUBLE_EQ(s.jitter_sum_ms, 30);
  EXPECT_EQ(s.jitter_max_ms, 20);
  EXPECT_EQ(s.jitter_min_ms, 0);
}

}  // namespace
}  // namespace tstat::internal
