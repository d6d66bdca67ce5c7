// SPDX-License-Identifier: BSD-3-Clause
//
// Whole flows, segment by segment: worked examples checked with Tstat, and corner cases.
#include "tcp/tcp_tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "tests/tcp/segment_feeder.h"

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using Options = std::vector<uint8_t>;

Options MssAndScale(uint16_t mss, uint8_t scale) {
  return {2, 4, static_cast<uint8_t>(mss >> 8), static_cast<uint8_t>(mss), 1, 3, 3, scale};
}

CompatProfile Profile33() {
  CompatProfile p;
  p.retransmitted_bytes_without_syn_fin = true;
  p.repeated_syn_adds_unique_byte = false;
  return p;
}

constexpr uint32_t C = 1000, S = 5000;  // ISNs

void Handshake(SegmentFeeder& feed, double rtt_ms = 10) {
  feed.Client(0, kSyn, {.seq = C});
  feed.Server(rtt_ms, kSyn | kAck, {.seq = S, .ack = C + 1});
  feed.Client(rtt_ms, kAck, {.seq = C + 1, .ack = S + 1});
}

TEST(TcpTrackerTest, PlainClose) {
  SegmentFeeder feed;
  feed.Client(0, kSyn, {.seq = C, .window = 64240, .options = MssAndScale(1460, 7)});
  feed.Server(
      7.250, kSyn | kAck,
      {.seq = S, .ack = C + 1, .window = 65535, .options = MssAndScale(1430, 8), .ttl = 120});
  feed.Client(7.292, kAck, {.seq = C + 1, .ack = S + 1, .window = 502});
  feed.Client(7.350, kPsh | kAck, {.seq = C + 1, .ack = S + 1, .length = 74, .window = 502});
  feed.Server(15.043, kAck, {.seq = S + 1, .ack = C + 75, .window = 256, .ttl = 120});
  feed.Server(35.654, kPsh | kAck,
              {.seq = S + 1, .ack = C + 75, .length = 528, .window = 256, .ttl = 120});
  feed.Client(35.699, kAck, {.seq = C + 75, .ack = S + 529, .window = 498});
  feed.Client(35.923, kFin | kAck, {.seq = C + 75, .ack = S + 529, .window = 501});
  feed.Server(42.117, kFin | kAck, {.seq = S + 529, .ack = C + 76, .window = 256, .ttl = 120});
  feed.Client(42.164, kAck, {.seq = C + 76, .ack = S + 530, .window = 501});
  CloseStep close = feed.MakeClose(CloseCause::kFinished, 42.164);
  close.complete = true;
  const TcpFlow flow = feed.Close(close);

  EXPECT_TRUE(flow.complete);
  EXPECT_EQ(flow.endpoints.server.port, 80);
  const TcpDirection& c = flow.client;
  EXPECT_EQ(c.packets, 6u);
  EXPECT_EQ(c.ack_packets, 5u);
  EXPECT_EQ(c.pure_ack_packets, 3u);
  EXPECT_EQ(c.unique_bytes, 74u);
  EXPECT_EQ(c.data_packets, 1u);
  EXPECT_EQ(c.data_bytes, 74u);
  EXPECT_EQ(c.retransmitted_packets, 0u);
  EXPECT_EQ(c.syn_count, 1u);
  EXPECT_EQ(c.fin_count, 1u);
  EXPECT_NEAR(SegmentFeeder::Ms(c.first_payload), 7.350, 1e-9);
  EXPECT_NEAR(SegmentFeeder::Ms(c.first_ack), 7.292, 1e-9);
  EXPECT_NEAR(c.rtt.mean_us(), 7045.667, 0.0005);
  EXPECT_EQ(c.rtt.min_us, 6194);
  EXPECT_EQ(c.rtt.max_us, 7693);
  EXPECT_EQ(c.rtt.count, 3u);
  EXPECT_EQ(c.ttl_min, 64);
  EXPECT_EQ(c.ttl_sum, 6u * 64);
  EXPECT_EQ(c.mss, 1460);
  EXPECT_EQ(c.window_scale, 7);
  EXPECT_EQ(c.payload_max, 74u);
  EXPECT_EQ(c.window_max, 64256u);
  EXPECT_EQ(c.window_min, 63744u);
  EXPECT_EQ(c.in_flight_max, 74u);
  EXPECT_EQ(c.in_flight_min, 74u);
  EXPECT_EQ(c.initial_window_bytes, 74u);
  EXPECT_EQ(c.messages, 1u);
  EXPECT_EQ(c.message_sizes[0], 74u);

  const TcpDirection& s = flow.server;
  EXPECT_EQ(s.packets, 4u);
  EXPECT_EQ(s.ack_packets, 4u);
  EXPECT_EQ(s.pure_ack_packets, 1u);
  EXPECT_EQ(s.unique_bytes, 528u);
  EXPECT_NEAR(SegmentFeeder::Ms(s.first_ack), 15.043, 1e-9);  // a SYN/ACK does not count
  EXPECT_EQ(s.rtt.count, 3u);
  EXPECT_EQ(s.rtt.min_us, 42);
  EXPECT_EQ(s.rtt.max_us, 47);
  EXPECT_EQ(s.ttl_max, 120);
  EXPECT_EQ(s.window_max, 65536u);
  EXPECT_EQ(s.window_min, 65535u);  // the unscaled SYN/ACK
  EXPECT_EQ(s.in_flight_max, 528u);
}

TEST(TcpTrackerTest, ReorderedSegment) {
  SegmentFeeder feed;
  Handshake(feed, 45.4);
  feed.Client(50, kAck | kPsh, {.seq = C + 1, .ack = S + 1, .length = 200});
  feed.Server(718.077, kAck, {.seq = S + 1, .ack = C + 201, .length = 1440});
  feed.Server(718.098, kAck, {.seq = S + 2881, .ack = C + 201, .length = 1323});
  feed.Client(718.184, kAck, {.seq = C + 201, .ack = S + 1441});
  feed.Server(718.322, kAck, {.seq = S + 1441, .ack = C + 201, .length = 1440});
  feed.Client(718.400, kAck, {.seq = C + 201, .ack = S + 4204});
  const TcpDirection s = feed.Close(CloseCause::kEndOfTrace, 719).server;
  EXPECT_EQ(s.out_of_order_packets, 1u);
  EXPECT_EQ(s.retransmitted_packets, 0u);
  EXPECT_EQ(s.anomalies.reordering, 1u);
  EXPECT_EQ(s.unique_bytes, 4203u);
  // 2880 + 1323 at the second segment; the third is skipped.
  EXPECT_EQ(s.in_flight_max, 4203u);
  // The client's ACK ends it before the third.
  EXPECT_EQ(s.initial_window_bytes, 2763u);
}

TEST(TcpTrackerTest, HoleAndPartialOverlap) {
  constexpr uint32_t kC = 27966056, kS = 900;
  SegmentFeeder feed;
  feed.Client(0, kSyn, {.seq = kC});
  feed.Server(25, kSyn | kAck, {.seq = kS, .ack = kC + 1});
  feed.Client(2486, kAck, {.seq = 27968563, .ack = kS + 1, .length = 1452});
  feed.Server(2511, kAck, {.seq = kS + 1, .ack = 27966057});
  feed.Client(4643, kAck, {.seq = 27966057, .ack = kS + 1, .length = 1452});
  feed.Client(4946, kAck, {.seq = 27967509, .ack = kS + 1, .length = 1452});
  const TcpDirection c = feed.Close(CloseCause::kReset, 5015).client;
  EXPECT_EQ(c.retransmitted_packets, 1u);
  EXPECT_EQ(c.retransmitted_bytes, 398u);
  EXPECT_EQ(c.out_of_order_packets, 2u);
  EXPECT_EQ(c.anomalies.rto, 3u);
  EXPECT_EQ(c.unique_bytes, 3958u);
  EXPECT_EQ(c.data_bytes, 4356u);
  EXPECT_EQ(c.initial_window_bytes, 2904u);
  EXPECT_EQ(c.in_flight_max, 3958u);
}

TEST(TcpTrackerTest, OneSegmentTwoClassifications) {
  SegmentFeeder feed;
  Handshake(feed, 40);
  feed.Client(608, kAck, {.seq = C + 1, .ack = S + 1, .length = 51});
  feed.Client(619, kAck, {.seq = C + 52, .ack = S + 1, .length = 766});
  feed.Client(863, kAck, {.seq = C + 1, .ack = S + 1, .length = 817});
  const TcpDirection c = feed.Close(CloseCause::kIdle, 1000).client;
  EXPECT_EQ(c.anomalies.rto, 2u);
  EXPECT_EQ(c.retransmitted_packets, 1u);
  EXPECT_EQ(c.retransmitted_bytes, 817u);
  EXPECT_EQ(c.unique_bytes, 817u);
}

void FeedRepeatedFin(SegmentFeeder& feed) {
  Handshake(feed, 20);
  feed.Server(10699.298, kPsh | kAck, {.seq = S + 1, .ack = C + 1, .length = 24});
  feed.Server(10699.608, kFin | kAck, {.seq = S + 25, .ack = C + 1});
  feed.Server(11056.805, kFin | kAck, {.seq = S + 25, .ack = C + 1});
  feed.Server(11604.807, kFin | kPsh | kAck, {.seq = S + 1, .ack = C + 1, .length = 24});
}

TEST(TcpTrackerTest, RepeatedFin) {
  SegmentFeeder feed;
  FeedRepeatedFin(feed);
  const TcpDirection s = feed.Close(CloseCause::kReset, 11770).server;
  EXPECT_EQ(s.retransmitted_packets, 2u);
  EXPECT_EQ(s.retransmitted_bytes, 26u);  // 1 + 25
  EXPECT_EQ(s.anomalies.rto, 3u);
  EXPECT_EQ(s.fin_count, 3u);
  EXPECT_EQ(s.unique_bytes, 24u);
  EXPECT_FALSE(s.inconsistent_syn_or_fin);  // always the same position
  EXPECT_EQ(s.messages, 1u);

  SegmentFeeder feed33(Profile33());
  FeedRepeatedFin(feed33);
  EXPECT_EQ(feed33.Close(CloseCause::kReset, 11770).server.retransmitted_bytes, 24u);
}

TEST(TcpTrackerTest, RepeatedSyn) {
  for (bool is_33 : {false, true}) {
    SegmentFeeder feed(is_33 ? Profile33() : CompatProfile());
    for (double ms : {0, 1000, 2000, 3000, 4000, 5000, 7000, 11000}) {
      feed.Client(ms, kSyn, {.seq = C});
    }
    feed.Server(11100, kSyn | kAck, {.seq = S, .ack = C + 1});
    feed.Client(11349.990, kPsh | kAck, {.seq = C + 1, .ack = S + 1, .length = 136});
    feed.Client(11400, kFin | kAck, {.seq = C + 137, .ack = S + 1});
    const TcpFlow flow = feed.Close(CloseCause::kIdle, 500000);
    EXPECT_EQ(flow.client.packets, 10u);
    EXPECT_EQ(flow.client.syn_count, 8u);
    EXPECT_EQ(flow.client.retransmitted_packets, 7u);
    EXPECT_EQ(flow.client.retransmitted_bytes, is_33 ? 0u : 7u);
    EXPECT_EQ(flow.client.anomalies.rto, 7u);
    EXPECT_EQ(flow.client.unique_bytes, 136u);
    EXPECT_EQ(flow.client.rtt.count, 0u);  // Karn
    EXPECT_EQ(flow.server.rtt.count, 1u);
    EXPECT_NEAR(flow.server.rtt.mean_us(), 249990, 0.001);
    EXPECT_FALSE(flow.client.inconsistent_syn_or_fin);
  }
}

TEST(TcpTrackerTest, SynWithAnotherIsn) {
  for (bool is_33 : {false, true}) {
    SegmentFeeder feed(is_33 ? Profile33() : CompatProfile());
    feed.Client(0, kSyn, {.seq = C});
    feed.Client(1000, kSyn, {.seq = C + 70000});
    const TcpDirection c = feed.Close(CloseCause::kIdle, 20000).client;
    EXPECT_TRUE(c.inconsistent_syn_or_fin);
    EXPECT_EQ(c.unique_bytes, is_33 ? 0u : 1u);  // a byte without data
    EXPECT_EQ(c.retransmitted_packets, 0u);
    EXPECT_EQ(c.isn, C + 70000);
  }
}

TEST(TcpTrackerTest, CopiesThatReachTheTracker) {  // [3.3]: no duplicate filter
  SegmentFeeder feed(Profile33());
  for (double ms : {0.0, 0.03}) feed.Client(ms, kSyn, {.seq = C, .ip_id = 1});
  feed.Server(42, kSyn | kAck, {.seq = S, .ack = C + 1});
  for (double ms : {42.1, 42.15}) feed.Client(ms, kAck, {.seq = C + 1, .ack = S + 1, .ip_id = 2});
  for (double ms : {43.0, 43.08}) {
    feed.Client(ms, kPsh | kAck, {.seq = C + 1, .ack = S + 1, .length = 336, .ip_id = 3});
  }
  const TcpDirection c = feed.Close(CloseCause::kEndOfTrace, 100).client;
  EXPECT_EQ(c.packets, 6u);
  EXPECT_EQ(c.anomalies.network_duplicate, 2u);
  EXPECT_EQ(c.data_bytes, 672u);
  EXPECT_EQ(c.unique_bytes, 336u);
  EXPECT_EQ(c.retransmitted_bytes, 336u);
  EXPECT_EQ(c.rtt.count, 0u);
  EXPECT_EQ(c.pure_ack_packets, 2u);
}

TEST(TcpTrackerTest, HalfDuplexCloseCountsFlagsOnly) {
  SegmentFeeder feed;
  feed.Client(0, kSyn, {.seq = C});
  feed.Client(1.018, kAck, {.seq = C + 1, .ack = S + 1});
  CloseStep close = feed.MakeClose(CloseCause::kHalfDuplex, 1.266);
  close.direction = Direction::kClientToServer;
  close.uncounted_flags = kAck | kFin | kRst;
  const TcpFlow flow = feed.Close(close);
  EXPECT_EQ(flow.client.packets, 2u);
  EXPECT_EQ(flow.client.ack_packets, 1u);
  EXPECT_EQ(flow.client.data_packets, 0u);
  EXPECT_EQ(flow.client.fin_count, 1u);
  EXPECT_EQ(flow.client.rst_count, 1);
  EXPECT_NEAR(SegmentFeeder::Ms(flow.client.first_ack), 1.018, 1e-9);
  EXPECT_EQ(flow.server.packets, 0u);
}

TEST(TcpTrackerTest, SynWithPayload) {
  SegmentFeeder feed;
  feed.Client(0, kSyn, {.seq = C, .length = 100});
  feed.Server(10, kSyn | kAck, {.seq = S, .ack = C + 101});
  const TcpFlow flow = feed.Close(CloseCause::kEndOfTrace, 20);
  EXPECT_EQ(flow.client.data_bytes, 100u);
  EXPECT_EQ(flow.client.unique_bytes, 100u);
  EXPECT_EQ(flow.client.first_payload, SegmentFeeder::At(0));
  EXPECT_EQ(flow.client.initial_window_bytes, 100u);
  // The range is one longer than the data, so its end acknowledges all.
  EXPECT_EQ(flow.client.rtt.count, 1u);
  EXPECT_EQ(flow.client.in_flight_max, 0u);  // not evaluated on a SYN
}

TEST(TcpTrackerTest, WindowProbe) {
  SegmentFeeder feed;
  Handshake(feed);
  feed.Client(20, kAck, {.seq = C + 1, .ack = S + 1, .length = 100});
  feed.Server(30, kAck, {.seq = S + 1, .ack = C + 101, .window = 0});
  feed.Client(1000, kAck, {.seq = C + 100, .ack = S + 1, .length = 1});
  const TcpFlow flow = feed.Close(CloseCause::kEndOfTrace, 2000);
  EXPECT_EQ(flow.client.anomalies.flow_control, 1u);
  EXPECT_EQ(flow.client.retransmitted_packets, 1u);
  EXPECT_EQ(flow.server.zero_windows, 1u);
}

TEST(TcpTrackerTest, KeepAliveWithoutPayloadIsNoRange) {
  SegmentFeeder feed;
  Handshake(feed);
  feed.Client(20, kAck | kPsh, {.seq = C + 1, .ack = S + 1, .length = 100});
  feed.Server(30, kAck, {.seq = S + 1, .ack = C + 101});
  feed.Client(50000, kAck, {.seq = C + 100, .ack = S + 1});
  const TcpDirection c = feed.Close(CloseCause::kEndOfTrace, 60000).client;
  EXPECT_EQ(c.retransmitted_packets, 0u);
  EXPECT_EQ(c.pure_ack_packets, 2u);
  EXPECT_EQ(c.highest_sequence, C + 101);
}

TEST(TcpTrackerTest, KeepAliveOfOneOldByteIsAnUnnecessaryTimeOut) {
  SegmentFeeder feed;
  Handshake(feed);
  feed.Client(20, kAck, {.seq = C + 1, .ack = S + 1, .length = 100});
  feed.Server(30, kAck, {.seq = S + 1, .ack = C + 101});
  for (double ms : {50000, 100000}) {
    feed.Client(ms, kAck, {.seq = C + 100, .ack = S + 1, .length = 1});
  }
  const TcpDirection c = feed.Close(CloseCause::kEndOfTrace, 110000).client;
  EXPECT_EQ(c.anomalies.unnecessary_rto, 2u);
  EXPECT_EQ(c.retransmitted_bytes, 2u);
}

TEST(TcpTrackerTest, ResetWithPayloadHasNoPayloadTime) {
  SegmentFeeder feed;
  Handshake(feed);
  feed.Client(20, kRst | kAck, {.seq = C + 1, .ack = S + 1, .length = 5, .window = 9});
  const TcpDirection c = feed.Close(CloseCause::kReset, 20).client;
  EXPECT_EQ(c.rst_count, 1);
  EXPECT_EQ(c.packets, 3u);
  EXPECT_EQ(c.ack_packets, 2u);
  EXPECT_EQ(c.pure_ack_packets, 1u);
  EXPECT_EQ(c.data_bytes, 5u);
  EXPECT_EQ(c.unique_bytes, 5u);
  EXPECT_FALSE(c.first_payload.is_set());
  EXPECT_EQ(c.window_min, 1000u);
  EXPECT_EQ(c.in_flight_max, 0u);
  EXPECT_EQ(c.initial_window_bytes, 0u);
}

TEST(TcpTrackerTest, NegativePayloadLength) {
  SegmentFeeder feed;
  Handshake(feed);
  feed.Client(20, kAck, {.seq = C + 1, .ack = S + 1, .length = -8});
  const TcpDirection c = feed.Close(CloseCause::kReset, 20).client;
  EXPECT_EQ(c.packets, 3u);
  EXPECT_EQ(c.data_packets, 0u);
  EXPECT_EQ(c.data_bytes, 0u);
  EXPECT_EQ(c.pure_ack_packets, 1u);  // the handshake's
  EXPECT_TRUE(c.first_payload.is_set());
  EXPECT_EQ(c.highest_sequence, C + 1);
}

TEST(TcpTrackerTest, OneSidedWindowScaleSticksUntilASegmentWithoutSyn) {
  SegmentFeeder feed;
  feed.Client(0, kSyn, {.seq = C, .options = MssAndScale(1460, 7)});
  feed.Server(1, kSyn | kAck, {.seq = S, .ack = C + 1});
  {
    CloseStep interim = feed.MakeClose(CloseCause::kEndOfTrace, 2);
    interim.state_kept = true;
    const TcpFlow flow = feed.Close(interim);
    EXPECT_EQ(flow.client.window_scale, 7);
  }
  feed.Client(3, kAck, {.seq = C + 1, .ack = S + 1});
  const TcpFlow flow = feed.Close(CloseCause::kEndOfTrace, 4);
  EXPECT_EQ(flow.client.window_scale, 0);
  EXPECT_TRUE(flow.client.window_scale_sent);
  EXPECT_EQ(flow.client.packets, 2u);  // the state was kept
}

TEST(TcpTrackerTest, TtlsOfEverySegmentAreInTheSum) {
  SegmentFeeder feed;
  Handshake(feed);
  for (const uint8_t ttl : {63, 65, 65, 10}) {
    feed.Client(20 + ttl, kAck, {.seq = C + 1, .ack = S + 1, .ttl = ttl});
  }
  const TcpDirection c = feed.Close(CloseCause::kEndOfTrace, 200).client;
  EXPECT_EQ(c.ttl_sum, 64u + 64 + 63 + 65 + 65 + 10);
  EXPECT_EQ(c.ttl_min, 10);
  EXPECT_EQ(c.ttl_max, 65);
}

TEST(TcpTrackerTest, MemoryIsThatOfTheFlowsAndWhatTheyHold) {
  SegmentFeeder feed;
  const size_t one = feed.tracker().memory_bytes();
  OpenStep open;
  open.flow = 999;
  feed.tracker().OnOpen(open);
  const size_t thousand = feed.tracker().memory_bytes();
  EXPECT_EQ(thousand - one, 999 * TcpTracker::bytes_per_flow());
  for (uint32_t i = 0; i < 1000; ++i) {  // holes: a record each
    feed.Client(i, kAck, {.seq = C + 100 * i, .ack = S + 1, .length = 10});
  }
  EXPECT_GT(feed.tracker().memory_bytes(), thousand);
}

TEST(TcpTrackerTest, SackSegments) {
  SegmentFeeder feed;
  Handshake(feed);
  Options sack = {1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4};
  feed.Server(20, kAck, {.seq = S + 1, .ack = C + 1, .options = sack});
  feed.Server(21, kAck, {.seq = S + 1, .ack = C + 1, .options = sack});
  EXPECT_EQ(feed.Close(CloseCause::kEndOfTrace, 30).server.sack_segments, 2u);
}

TEST(TcpTrackerTest, ExternalFlowsAreNotReported) {
  SegmentFeeder feed;
  Handshake(feed);
  CloseStep close = feed.MakeClose(CloseCause::kReset, 20);
  close.reported = false;
  feed.tracker().OnClose(close);
  EXPECT_EQ(feed.records(), 0u);
}

TEST(TcpTrackerTest, ReusedStateIsFresh) {
  SegmentFeeder feed;
  Handshake(feed);
  feed.Client(20, kAck | kPsh, {.seq = C + 1, .ack = S + 1, .length = 100});
  feed.Client(21, kAck | kPsh, {.seq = C + 1, .ack = S + 1, .length = 100, .ttl = 60});
  feed.Close(CloseCause::kReset, 30);
  Endpoints endpoints;
  OpenStep open;
  open.endpoints = endpoints;
  open.time = SegmentFeeder::At(40);
  feed.tracker().OnOpen(open);
  feed.Client(40, kSyn, {.seq = 77});
  const TcpDirection c = feed.Close(CloseCause::kIdle, 50).client;
  EXPECT_EQ(c.packets, 1u);
  EXPECT_EQ(c.data_bytes, 0u);
  EXPECT_EQ(c.retransmitted_packets, 0u);
  EXPECT_EQ(c.messages, 0u);
  EXPECT_EQ(c.ttl_sum, 64u);
}

// The client turns out to be the server: what was counted is of the other side.
TEST(TcpTrackerTest, SidesAreTurned) {
  SegmentFeeder feed(CompatProfile::None());
  feed.Client(0, kAck, {.seq = 500, .ack = 100, .window = 7});
  feed.Server(1, kAck, {.seq = 100, .ack = 500, .window = 9});
  feed.Client(2, kAck, {.seq = 500, .ack = 100, .window = 7});
  OpenStep turn;
  turn.endpoints.client.port = 80;
  turn.endpoints.server.port = 1234;
  feed.tracker().OnTurn(turn);
  feed.Client(3, kAck | kPsh, {.seq = 100, .ack = 500, .length = 30, .window = 9});
  feed.Server(4, kAck, {.seq = 500, .ack = 130, .window = 7});
  const TcpFlow flow = feed.Close(CloseCause::kEndOfTrace, 5);
  EXPECT_EQ(flow.endpoints.client.port, 80);
  EXPECT_EQ(flow.client.packets, 2u);
  EXPECT_EQ(flow.server.packets, 3u);
  EXPECT_EQ(flow.client.unique_bytes, 30u);
  EXPECT_EQ(flow.client.retransmitted_packets, 0u);
  EXPECT_EQ(flow.client.window_max, 9u);
  EXPECT_EQ(flow.server.window_max, 7u);
  EXPECT_EQ(flow.server.data_bytes, 0u);
}

TEST(TcpTrackerTest, RatesAndGapsAreMeasuredForThoseWhoWantThem) {
  for (bool wanted : {false, true}) {
    EventMask wants = Event::kTcpFlow;
    if (wanted) wants |= Event::kVideoFlow;
    SegmentFeeder feed({}, nullptr, wants);
    Handshake(feed);
    feed.Server(20, kAck, {.seq = S + 1, .ack = C + 1, .length = 100});
    feed.Server(30, kAck, {.seq = S + 101, .ack = C + 1, .length = 100});
    feed.Server(1520, kAck, {.seq = S + 201, .ack = C + 1, .length = 50});
    const TcpDirection s = feed.Close(CloseCause::kEndOfTrace, 1770).server;
    EXPECT_EQ(s.rate.samples, wanted ? 2u : 0u);
    EXPECT_EQ(s.rate.first_bytes[0], wanted ? 200u : 0u);
    EXPECT_EQ(s.gaps.count, wanted ? 3u : 0u);
    EXPECT_DOUBLE_EQ(s.gaps.sum_ms, wanted ? 1510 : 0);  // since the SYN/ACK
  }
}

class RecordingObserver : public Observer {
 public:
  void OnTcpCongestionWindow(uint32_t bytes) override { windows.push_back(bytes); }
  void OnTcpSegmentClass(const TcpSegmentStep&, uint8_t value) override {
    classes.push_back(value);
  }
  void OnTcpSegment(const TcpSegmentStep&, const TcpLayer7Flow*) override { ++segments; }
  void OnTcpFlowClosed(const TcpFlow& flow, int) override { closed += flow.client.packets; }
  std::vector<uint32_t> windows;
  std::vector<int> classes;
  uint64_t closed = 0;
  int segments = 0;
};

TEST(TcpTrackerTest, AnObserverIsToldOfEachSegment) {
  RecordingObserver observer;
  SegmentFeeder feed({}, &observer);
  Handshake(feed);
  feed.Client(20, kAck, {.seq = C + 1, .ack = S + 1, .length = 100});
  feed.Server(30, kAck, {.seq = S + 1, .ack = C + 101});
  feed.Client(900, kAck, {.seq = C + 1, .ack = S + 1, .length = 100});
  feed.Close(CloseCause::kReset, 1000);
  // Appended: SYN, SYN/ACK, data; then a time-out of acknowledged data.
  EXPECT_THAT(observer.classes, ElementsAre(0, 0, 0, 6));
  // With the value of the previous ACK: the SYN, the SYN/ACK, the data.
  EXPECT_THAT(observer.windows, ElementsAre(0u, 0u, 100u));
  EXPECT_EQ(observer.closed, 4u);
  EXPECT_EQ(observer.segments, 6);
}

TEST(TcpTrackerTest, RandomSegmentsLeaveNothingBehind) {
  std::mt19937 random(1);
  SegmentFeeder feed({}, nullptr, Event::kTcpFlow | Event::kVideoFlow);
  for (int flow = 0; flow < 200; ++flow) {
    for (int i = 0; i < 200; ++i) {
      SegmentFeeder::Fields f;
      f.seq = random() % 4 ? (random() % 4 << 30) + random() % 3000 - 1500 : random();
      f.ack = random() % 4 ? (random() % 4 << 30) + random() % 3000 - 1500 : random();
      f.length = static_cast<int32_t>(random() % 1500) - 40;
      f.options.resize(random() % 11 * 4);
      for (uint8_t& b : f.options) b = static_cast<uint8_t>(random() % 12);
      f.window = static_cast<uint16_t>(random());
      f.ttl = static_cast<uint8_t>(random());
      const auto flags = static_cast<uint8_t>(random() & 0x3F);
      const double ms = random() % 100000;
      if (random() % 2) {
        feed.Client(ms, flags, f);
      } else {
        feed.Server(ms, flags, f);
      }
    }
    feed.Close(CloseCause::kEndOfTrace, 100000);
    ASSERT_EQ(feed.tracker().attached_states(), 0u);
    Endpoints endpoints;
    OpenStep open;
    open.endpoints = endpoints;
    feed.tracker().OnOpen(open);
  }
}

TEST(TcpTrackerTest, AFlowWithoutDataIsSmall) {
  // With the flow table's part, a million of them fit in 600 MB.
  EXPECT_LE(TcpTracker::bytes_per_flow(), 432u);
}

// Tstat's decisions see counters of eight bits; the record has all of them.
TEST(TcpTrackerTest, ManySynsAreCounted) {
  constexpr int kSyns = 2 * 256 + 44;
  SegmentFeeder feed;
  for (int i = 0; i < kSyns; ++i) feed.Client(i, kSyn, {.seq = C});
  const TcpFlow flow = feed.Close(CloseCause::kIdle, 500000);
  EXPECT_EQ(flow.client.packets, static_cast<uint64_t>(kSyns));
  EXPECT_EQ(flow.client.syn_count, static_cast<uint32_t>(kSyns));
  EXPECT_EQ(flow.client.fin_count, 0u);
}

}  // namespace
}  // namespace tstat::internal
