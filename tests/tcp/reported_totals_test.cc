// SPDX-License-Identifier: BSD-3-Clause
//
// Flows that are reported while they are open, and flows whose beginning is missing.
#include "tcp/reported_totals.h"

#include <gtest/gtest.h>

#include "tests/tcp/segment_feeder.h"

namespace tstat::internal {
namespace {

constexpr uint32_t kClient = 1000, kServer = 5'000'000;

// A request and an answer, a second apart from the ones before.
void Exchange(SegmentFeeder& feed, uint32_t n) {
  const double ms = 1000. * n;
  const uint32_t c = kClient + 1 + 100 * n, s = kServer + 1 + 2000 * n;
  feed.Client(ms, kAck | kPsh, {.seq = c, .ack = s, .length = 100});
  feed.Server(ms + 20, kAck, {.seq = s, .ack = c + 100, .length = 1000, .ttl = 50});
  feed.Server(ms + 21, kAck, {.seq = s + 1000, .ack = c + 100, .length = 1000, .ttl = 50});
  feed.Client(ms + 21 + n, kAck, {.seq = c + 100, .ack = s + 2000});
}

TcpFlow Report(SegmentFeeder& feed, double ms, uint64_t next_number) {
  CloseStep report = feed.MakeClose(CloseCause::kActiveTimeout, ms);
  report.state_kept = true;
  report.next_number = next_number;
  return feed.Close(report);
}

TEST(ReportedTotalsTest, EachRecordCountsItsOwnTime) {
  SegmentFeeder feed(CompatProfile::None());
  feed.Client(0, kSyn, {.seq = kClient});
  feed.Server(20, kSyn | kAck, {.seq = kServer, .ack = kClient + 1, .window = 65000});
  feed.Client(20, kAck, {.seq = kClient + 1, .ack = kServer + 1});
  for (uint32_t n = 0; n < 3; ++n) Exchange(feed, n);
  const TcpFlow first = Report(feed, 3000, 7);
  for (uint32_t n = 3; n < 5; ++n) Exchange(feed, n);
  const TcpFlow second = Report(feed, 5000, 8);
  feed.Server(6000, kFin | kAck, {.seq = kServer + 10001, .ack = kClient + 501});
  const TcpFlow last = feed.Close(CloseCause::kEndOfTrace, 6001);

  EXPECT_EQ(second.flow_number, 7u);
  EXPECT_EQ(last.flow_number, 8u);
  EXPECT_EQ(first.client.packets, 8u);
  EXPECT_EQ(second.client.packets, 4u);
  EXPECT_EQ(last.client.packets, 0u);
  EXPECT_EQ(first.server.data_bytes, 6000u);
  EXPECT_EQ(second.server.data_bytes, 4000u);
  EXPECT_EQ(second.server.unique_bytes, 4000u);
  EXPECT_EQ(last.server.data_bytes, 0u);
  EXPECT_EQ(first.client.syn_count, 1u);
  EXPECT_EQ(second.client.syn_count, 0u);
  EXPECT_EQ(last.server.fin_count, 1u);
  // A sample each second: of the requests.
  EXPECT_EQ(second.client.rtt.count, 2u);
  EXPECT_EQ(second.client.rtt.min_us, 20'000);
  EXPECT_EQ(last.client.rtt.count, 0u);
  EXPECT_EQ(SegmentFeeder::Ms(second.server.first_payload), 3020);
  EXPECT_EQ(SegmentFeeder::Ms(second.server.last_payload), 4021);
  EXPECT_FALSE(last.server.first_payload.is_set());
  EXPECT_EQ(first.server.window_max, 65000u);
  EXPECT_EQ(second.server.window_max, 1000u);
  EXPECT_EQ(second.server.ttl_sum, 4u * 50);
  EXPECT_EQ(second.server.retransmitted_packets, 0u);
}

// What was sent before the record is known after it.
TEST(ReportedTotalsTest, SequenceNumbersGoOn) {
  SegmentFeeder feed(CompatProfile::None());
  feed.Client(0, kSyn, {.seq = kClient});
  feed.Server(20, kSyn | kAck, {.seq = kServer, .ack = kClient + 1});
  Exchange(feed, 0);
  Report(feed, 1000, 2);
  feed.Server(1500, kAck, {.seq = kServer + 1001, .ack = kClient + 101, .length = 1000});
  const TcpFlow last = feed.Close(CloseCause::kEndOfTrace, 2000);
  EXPECT_EQ(last.server.data_bytes, 1000u);
  EXPECT_EQ(last.server.unique_bytes, 0u);
  EXPECT_EQ(last.server.retransmitted_packets, 1u);
  EXPECT_EQ(feed.tracker().attached_states(), 0u);
}

TEST(MidstreamTest, NumbersBeginWithTheFirstSegment) {
  SegmentFeeder feed(CompatProfile::None());
  constexpr uint32_t kLate = 3'000'000'000;
  feed.Server(0, kAck, {.seq = kLate, .ack = kLate / 2, .length = 1000});
  feed.Client(1, kAck, {.seq = kLate / 2, .ack = kLate + 1000});
  feed.Server(30, kAck, {.seq = kLate + 1000, .ack = kLate / 2, .length = 500});
  feed.Client(31, kAck, {.seq = kLate / 2, .ack = kLate + 1500, .length = 10});
  const TcpFlow flow = feed.Close(CloseCause::kEndOfTrace, 40);
  EXPECT_EQ(flow.server.isn, kLate - 1);
  EXPECT_EQ(flow.server.highest_sequence, kLate + 1500);
  EXPECT_EQ(flow.server.in_flight_max, 1000u);
  EXPECT_EQ(flow.server.unique_bytes, 1500u);
  EXPECT_EQ(flow.client.in_flight_max, 10u);
  EXPECT_EQ(flow.client.unique_bytes, 10u);
  EXPECT_EQ(flow.server.rtt.count, 2u);
}

}  // namespace
}  // namespace tstat::internal
