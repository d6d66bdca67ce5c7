// SPDX-License-Identifier: BSD-3-Clause
//
// Whole flows in the true profile, segment by segment.
#include "tcp/true_measurements.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/tcp/segment_feeder.h"

namespace tstat::internal {
namespace {

using Options = std::vector<uint8_t>;

CompatProfile True() {
  CompatProfile profile;
  profile.true_retransmissions = profile.flows_follow_connections = true;
  profile.retransmitted_bytes_without_syn_fin = true;
  profile.repeated_syn_adds_unique_byte = false;
  return profile;
}

Options Stamps(uint32_t value, uint32_t echo) {
  Options o = {1, 1, 8, 10};
  for (const uint32_t v : {value, echo}) {
    for (int shift = 24; shift >= 0; shift -= 8) o.push_back(static_cast<uint8_t>(v >> shift));
  }
  return o;
}
Options Sack(const std::vector<std::pair<uint32_t, uint32_t>>& blocks) {
  Options o = {1, 1, 5, static_cast<uint8_t>(2 + 8 * blocks.size())};
  for (const auto& [first, end] : blocks) {
    for (const uint32_t v : {first, end}) {
      for (int shift = 24; shift >= 0; shift -= 8) o.push_back(static_cast<uint8_t>(v >> shift));
    }
  }
  return o;
}

constexpr uint32_t C = 1000, S = 5000;  // ISNs

class TrueMeasurementsTest : public ::testing::Test {
 protected:
  void Handshake(double rtt_ms = 20) {
    feed.Client(0, kSyn, {.seq = C});
    feed.Server(rtt_ms, kSyn | kAck, {.seq = S, .ack = C + 1});
    feed.Client(rtt_ms + 0.1, kAck, {.seq = C + 1, .ack = S + 1});
  }
  // The n-th segment of 100 bytes of the server.
  void Data(double ms, uint32_t n, uint16_t ip_id = 0) {
    feed.Server(ms, kAck, {.seq = S + 1 + 100 * n, .ack = C + 1, .length = 100, .ip_id = ip_id});
  }
  // The client acknowledges n of them.
  void Ack(double ms, uint32_t n, const Options& options = {}) {
    feed.Client(ms, kAck, {.seq = C + 1, .ack = S + 1 + 100 * n, .options = options});
  }
  TcpFlow Close() {
    const TcpFlow flow = feed.Close(CloseCause::kFinished, 100000);
    EXPECT_EQ(feed.tracker().attached_states(), 0u);
    return flow;
  }
  // What must hold of any direction.
  static void CheckSums(const TcpDirection& d) {
    const AnomalyCounts& a = d.anomalies;
    EXPECT_EQ(a.rto + a.fast_retransmit + a.reordering + a.network_duplicate + a.unknown +
                  a.unnecessary_rto + a.unnecessary_fast,
              d.retransmitted_packets + d.out_of_order_packets);
    EXPECT_LE(d.tail_loss_probes, d.retransmitted_packets);
    EXPECT_LE(d.needless_retransmissions, d.retransmitted_packets);
  }

  SegmentFeeder feed{True()};
};

TEST_F(TrueMeasurementsTest, ARetransmissionAfterThreeDuplicateAcksIsFast) {
  Handshake();
  for (uint32_t i = 0; i < 6; ++i) Data(30 + i, i);
  Ack(40, 1);
  for (int i = 0; i < 3; ++i) Ack(41 + i, 1);
  Data(60, 1);
  Ack(61, 6);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.retransmitted_packets, 1u);
  EXPECT_EQ(s.retransmitted_bytes, 100u);
  EXPECT_EQ(s.unique_bytes, 600u);
  EXPECT_EQ(s.anomalies.fast_retransmit, 1u);
  EXPECT_EQ(s.needless_retransmissions, 0u);
  CheckSums(s);
}

// One after the other in one episode, without duplicates of their own.
TEST_F(TrueMeasurementsTest, PartialAcknowledgmentsGoOnWithTheRecovery) {
  Handshake();
  for (uint32_t i = 0; i < 8; ++i) Data(30 + i, i);
  for (int i = 0; i < 4; ++i) Ack(41 + i, 1);
  Data(65, 1);
  Ack(66, 3);
  Data(87, 3);
  Ack(88, 5);
  Data(109, 5);
  Ack(110, 8);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.retransmitted_packets, 3u);
  EXPECT_EQ(s.anomalies.fast_retransmit, 3u);
  CheckSums(s);
}

TEST_F(TrueMeasurementsTest, ATimeOutIsNoDuplicateOfTheNetworkWhateverTheIdentification) {
  Handshake();
  Data(30, 0, 77);
  Ack(31, 1);
  Data(40, 1, 77);
  Data(350, 1, 77);
  Ack(351, 2);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.rto, 1u);
  EXPECT_EQ(s.anomalies.network_duplicate, 0u);
  CheckSums(s);
}

// The whole window is sent again, one round trip after the other.
TEST_F(TrueMeasurementsTest, WhatFollowsATimeOutIsOfTheTimeOut) {
  Handshake();
  for (uint32_t i = 0; i < 4; ++i) Data(30 + 30 * i, i);
  Data(400, 0);
  Ack(401, 1);
  Data(421, 1);
  Data(421.1, 2);
  Ack(422, 3);
  Data(442, 3);
  Ack(443, 4);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.rto, 4u);
  EXPECT_EQ(s.retransmitted_packets, 4u);
  CheckSums(s);
}

TEST_F(TrueMeasurementsTest, TheLastSegmentSentAgainBeforeTheTimeOutIsATailLossProbe) {
  Handshake();
  Data(30, 0);
  Data(31, 1);
  Ack(32, 1);
  Data(72, 1);
  Ack(73, 2);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.tail_loss_probes, 1u);
  EXPECT_EQ(s.retransmitted_packets, 1u);
  EXPECT_EQ(s.anomalies.unknown, 1u);
  EXPECT_EQ(s.anomalies.rto, 0u);
  CheckSums(s);
}

TEST_F(TrueMeasurementsTest, ADSackConfirmsThatARetransmissionWasNeedless) {
  Handshake();
  for (uint32_t i = 0; i < 6; ++i) Data(30 + i, i);
  for (int i = 0; i < 4; ++i) Ack(41 + i, 1, Sack({{S + 301, S + 401}}));
  Data(65, 1);
  Data(65.1, 2);
  Ack(66, 6);
  Ack(67, 6, Sack({{S + 101, S + 201}}));
  Ack(67, 6, Sack({{S + 101, S + 201}}));  // said twice
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.retransmitted_packets, 2u);
  EXPECT_EQ(s.needless_retransmissions, 1u);
  CheckSums(s);
}

TEST_F(TrueMeasurementsTest, ADSackBelowASecondBlockIsOneToo) {
  Handshake();
  for (uint32_t i = 0; i < 6; ++i) Data(30 + i, i);
  Data(350, 3);
  Ack(351, 1, Sack({{S + 301, S + 401}, {S + 201, S + 601}}));
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.needless_retransmissions, 1u);
  CheckSums(s);
}

TEST_F(TrueMeasurementsTest, WhatTheProbeSawAcknowledgedIsSentAgainInVain) {
  Handshake();
  Data(30, 0);
  Ack(31, 1);
  Data(350, 0);
  Ack(351, 1, Sack({{S + 1, S + 101}}));
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.unnecessary_rto, 1u);
  EXPECT_EQ(s.needless_retransmissions, 1u);  // once, though a D-SACK follows
  CheckSums(s);
}

// RFC 3522: the echo is that of the first copy.
TEST_F(TrueMeasurementsTest, AnOldEchoTellsThatARetransmissionWasNeedless) {
  Handshake();
  feed.Server(30, kAck, {.seq = S + 1, .ack = C + 1, .length = 100, .options = Stamps(30, 9)});
  feed.Server(330, kAck, {.seq = S + 1, .ack = C + 1, .length = 100, .options = Stamps(330, 9)});
  feed.Client(340, kAck, {.seq = C + 1, .ack = S + 101, .options = Stamps(50, 30)});
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.retransmitted_packets, 1u);
  EXPECT_EQ(s.needless_retransmissions, 1u);
  EXPECT_EQ(s.rtt.count, 1u);  // of the SYN
  CheckSums(s);
}

// Karn's problem: the echo is that of the second copy.
TEST_F(TrueMeasurementsTest, AnEchoMakesTheSampleOfARetransmission) {
  Handshake();
  feed.Server(30, kAck, {.seq = S + 1, .ack = C + 1, .length = 100, .options = Stamps(30, 9)});
  feed.Server(330, kAck, {.seq = S + 1, .ack = C + 1, .length = 100, .options = Stamps(330, 9)});
  feed.Client(337, kAck, {.seq = C + 1, .ack = S + 101, .options = Stamps(50, 330)});
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.needless_retransmissions, 0u);
  EXPECT_EQ(s.rtt.count, 2u);
  EXPECT_EQ(s.rtt.max_us, 7000);
  EXPECT_EQ(s.rtt_p99_us, 7000);
}

TEST_F(TrueMeasurementsTest, WithoutTimestampsARetransmissionGivesNoSample) {
  Handshake();
  Data(30, 0);
  Data(330, 0);
  Ack(337, 1);
  EXPECT_EQ(Close().server.rtt.count, 1u);
}

TEST_F(TrueMeasurementsTest, HalvesOfTheHandshake) {
  Handshake(20);
  const TcpFlow flow = Close();
  EXPECT_EQ(flow.client.handshake_rtt_us, 20000);
  EXPECT_EQ(flow.server.handshake_rtt_us, 100);
}

TEST_F(TrueMeasurementsTest, ARepeatedSynHasNoRoundTripUnlessTheEchoTells) {
  feed.Client(0, kSyn, {.seq = C});
  feed.Client(1000, kSyn, {.seq = C});
  feed.Server(1020, kSyn | kAck, {.seq = S, .ack = C + 1});
  TcpFlow flow = Close();
  EXPECT_EQ(flow.client.handshake_rtt_us, -1);
  EXPECT_EQ(flow.client.retransmitted_packets, 1u);
  EXPECT_EQ(flow.client.retransmitted_bytes, 0u);
  EXPECT_EQ(flow.client.unique_bytes, 0u);
  EXPECT_EQ(flow.client.anomalies.rto, 1u);

  SegmentFeeder other(True());
  other.Client(0, kSyn, {.seq = C, .options = Stamps(5, 0)});
  other.Client(1000, kSyn, {.seq = C, .options = Stamps(1005, 0)});
  other.Server(1020, kSyn | kAck, {.seq = S, .ack = C + 1, .options = Stamps(1, 1005)});
  flow = other.Close(CloseCause::kFinished, 2000);
  EXPECT_EQ(flow.client.handshake_rtt_us, 20000);
}

TEST_F(TrueMeasurementsTest, KeepAlivesRepeatNothing) {
  Handshake();
  Data(30, 0);
  Ack(31, 1);
  for (int i = 1; i <= 3; ++i) {
    feed.Server(60000 * i, kAck, {.seq = S + 100, .ack = C + 1, .length = i % 2});
    Ack(60000 * i + 1, 1);
  }
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.keep_alives, 3u);
  EXPECT_EQ(s.retransmitted_packets, 0u);
  EXPECT_EQ(s.retransmitted_bytes, 0u);
  EXPECT_EQ(s.unique_bytes, 100u);
  EXPECT_EQ(s.anomalies.unnecessary_rto, 0u);
  EXPECT_EQ(s.rtt.count, 2u);
  CheckSums(s);
}

TEST_F(TrueMeasurementsTest, ALoneByteThatIsSentAgainIsNoKeepAlive) {
  Handshake();
  feed.Server(30, kAck, {.seq = S + 1, .ack = C + 1, .length = 1});
  feed.Client(31, kAck, {.seq = C + 1, .ack = S + 2});
  feed.Server(230, kAck, {.seq = S + 1, .ack = C + 1, .length = 1});
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.keep_alives, 0u);
  EXPECT_EQ(s.retransmitted_packets, 1u);
}

TEST_F(TrueMeasurementsTest, ProbesOfAClosedWindowRepeatNothing) {
  Handshake();
  Data(30, 0);
  feed.Client(31, kAck, {.seq = C + 1, .ack = S + 101, .window = 0});
  for (int i = 0; i < 3; ++i) {
    feed.Server(300 + 300 * i, kAck, {.seq = S + 101, .ack = C + 1, .length = 1});
    feed.Client(301 + 300 * i, kAck, {.seq = C + 1, .ack = S + 101, .window = 0});
  }
  feed.Client(1000, kAck, {.seq = C + 1, .ack = S + 101});
  Data(1001, 1);
  Ack(1002, 2);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.flow_control, 3u);
  EXPECT_EQ(s.retransmitted_packets, 0u);
  EXPECT_EQ(s.unique_bytes, 200u);
  EXPECT_EQ(s.data_bytes, 203u);
  EXPECT_EQ(s.missed_bytes, 0u);
}

TEST_F(TrueMeasurementsTest, TheByteOfAWindowProbeThatIsTakenIsData) {
  Handshake();
  Data(30, 0);
  feed.Client(31, kAck, {.seq = C + 1, .ack = S + 101, .window = 0});
  feed.Server(300, kAck, {.seq = S + 101, .ack = C + 1, .length = 1});
  feed.Client(301, kAck, {.seq = C + 1, .ack = S + 102});
  feed.Server(302, kAck, {.seq = S + 102, .ack = C + 1, .length = 99});
  Ack(303, 2);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.flow_control, 1u);
  EXPECT_EQ(s.unique_bytes, 200u);
  EXPECT_EQ(s.retransmitted_packets, 0u);
  EXPECT_EQ(s.missed_bytes, 0u);
}

TEST_F(TrueMeasurementsTest, WhatTheCaptureMissedIsNeitherUniqueNorSentAgain) {
  Handshake();
  Data(30, 0);
  Data(31, 3);  // 1 and 2 were not captured
  Ack(32, 4);
  Ack(33, 6);  // nor 4 and 5
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.missed_bytes, 400u);
  EXPECT_EQ(s.unique_bytes, 200u);
  EXPECT_EQ(s.retransmitted_packets, 0u);
  EXPECT_EQ(s.out_of_order_packets, 0u);
  CheckSums(s);
}

TEST_F(TrueMeasurementsTest, ReorderingIsNoRetransmission) {
  Handshake();
  Data(30, 0);
  Data(31, 2);
  Data(31.2, 1);
  Ack(32, 3);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.reordering, 1u);
  EXPECT_EQ(s.out_of_order_packets, 1u);
  EXPECT_EQ(s.retransmitted_packets, 0u);
  EXPECT_EQ(s.missed_bytes, 0u);
  CheckSums(s);
}

// Lost before the probe: the copy that the probe sees is the second.
TEST_F(TrueMeasurementsTest, ARepetitionOfWhatTheProbeNeverSawIsSentAgain) {
  Handshake();
  Data(30, 0);
  for (uint32_t i = 2; i < 6; ++i) Data(30 + i, i);
  for (int i = 0; i < 5; ++i) Ack(40 + i, 1);
  Data(65, 1);
  Ack(66, 6);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.fast_retransmit, 1u);
  EXPECT_EQ(s.retransmitted_packets, 1u);
  EXPECT_EQ(s.retransmitted_bytes, 0u);
  EXPECT_EQ(s.unique_bytes, 600u);
  CheckSums(s);
}

// Time stamps tell a late segment from one that was sent again.
TEST_F(TrueMeasurementsTest, TimestampsTellReordering) {
  Handshake();
  const auto send = [this](double ms, uint32_t n, uint32_t stamp) {
    feed.Server(ms, kAck,
                {.seq = S + 1 + 100 * n, .ack = C + 1, .length = 100, .options = Stamps(stamp, 1)});
  };
  send(30, 0, 30);
  send(33, 2, 33);
  send(63, 1, 31);
  send(64, 4, 64);
  send(94, 3, 94);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.reordering, 1u);
  EXPECT_EQ(s.out_of_order_packets, 1u);
  EXPECT_EQ(s.anomalies.unknown, 1u);
  EXPECT_EQ(s.retransmitted_packets, 1u);
  CheckSums(s);
}

TEST_F(TrueMeasurementsTest, SimultaneousOpenRepeatsNoSyn) {
  feed.Client(0, kSyn, {.seq = C});
  feed.Server(1, kSyn, {.seq = S});
  feed.Client(20, kSyn | kAck, {.seq = C, .ack = S + 1});
  feed.Server(21, kSyn | kAck, {.seq = S, .ack = C + 1});
  feed.Server(1000, kSyn | kAck, {.seq = S, .ack = C + 1});
  const TcpFlow flow = Close();
  EXPECT_EQ(flow.client.retransmitted_packets, 0u);
  EXPECT_EQ(flow.server.retransmitted_packets, 1u);
}

TEST_F(TrueMeasurementsTest, AnotherInitialNumberAddsNoBytes) {
  for (const uint32_t accepted : {S, S + 7'000'000}) {
    SegmentFeeder two(True());
    two.Client(0, kSyn, {.seq = C});
    two.Server(20, kSyn | kAck, {.seq = S, .ack = C + 1});
    two.Server(21, kSyn | kAck, {.seq = S + 7'000'000, .ack = C + 1});
    two.Client(22, kAck, {.seq = C + 1, .ack = accepted + 1});
    two.Server(23, kAck, {.seq = accepted + 1, .ack = C + 1, .length = 1000});
    two.Server(24, kAck, {.seq = accepted + 1001, .ack = C + 1, .length = 1000});
    two.Client(25, kAck, {.seq = C + 1, .ack = accepted + 2001});
    const TcpDirection s = two.Close(CloseCause::kFinished, 30).server;
    EXPECT_EQ(s.unique_bytes, 2000u);
    EXPECT_EQ(s.retransmitted_packets, 0u);
    EXPECT_EQ(s.missed_bytes, 0u);
  }
}

TEST_F(TrueMeasurementsTest, FiveGigabytesWithoutLossRepeatNothing) {
  Handshake();
  constexpr uint32_t kLength = 65160;
  uint32_t at = S + 1;
  uint64_t bytes = 0;
  for (int i = 0; bytes < 5'000'000'000; ++i, at += kLength, bytes += kLength) {
    feed.Server(30 + i, kAck, {.seq = at, .ack = C + 1, .length = kLength});
    feed.Client(30.5 + i, kAck, {.seq = C + 1, .ack = at + kLength});
  }
  feed.Server(90000, kFin | kAck, {.seq = at, .ack = C + 1});
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.unique_bytes, bytes);
  EXPECT_EQ(s.data_bytes, bytes);
  EXPECT_EQ(s.retransmitted_packets + s.out_of_order_packets, 0u);
  EXPECT_EQ(s.missed_bytes, 0u);
}

// The first segment of a flow whose beginning was not captured.
TEST_F(TrueMeasurementsTest, AFlowThatBeginsInMidStream) {
  feed.Server(0, kAck, {.seq = 70001, .ack = 9000, .length = 100});
  feed.Client(1, kAck, {.seq = 9000, .ack = 70101});
  feed.Server(2, kAck, {.seq = 70101, .ack = 9000, .length = 100});
  feed.Server(300, kAck, {.seq = 69901, .ack = 9000, .length = 100});  // of before
  feed.Client(301, kAck, {.seq = 9000, .ack = 70201, .length = 50});
  const TcpFlow flow = Close();
  EXPECT_EQ(flow.server.unique_bytes, 200u);
  EXPECT_EQ(flow.server.retransmitted_packets, 1u);
  EXPECT_EQ(flow.server.missed_bytes, 0u);
  EXPECT_EQ(flow.server.handshake_rtt_us, -1);
  EXPECT_EQ(flow.client.unique_bytes, 50u);
  EXPECT_EQ(flow.client.missed_bytes, 0u);
}

TEST_F(TrueMeasurementsTest, OfADirectionThatWasNotCapturedTheAcknowledgmentsTellWhatWasMissed) {
  feed.Client(0, kSyn, {.seq = C});
  feed.Client(20, kAck, {.seq = C + 1, .ack = S + 1});
  feed.Client(21, kAck, {.seq = C + 1, .ack = S + 1, .length = 10});
  feed.Client(40, kAck, {.seq = C + 11, .ack = S + 3001});
  const TcpFlow flow = Close();
  EXPECT_EQ(flow.server.missed_bytes, 3000u);
  EXPECT_EQ(flow.client.unique_bytes, 10u);
}

TEST_F(TrueMeasurementsTest, MessagesAreCountedAcrossTheEndOfTheSequenceSpace) {
  constexpr uint32_t kIsn = 0u - 250;
  feed.Client(0, kSyn, {.seq = kIsn});
  feed.Server(20, kSyn | kAck, {.seq = S, .ack = kIsn + 1});
  for (uint32_t i = 0; i < 5; ++i) {
    feed.Client(21 + i, kPsh | kAck, {.seq = kIsn + 1 + 100 * i, .ack = S + 1, .length = 100});
  }
  const TcpDirection c = Close().client;
  EXPECT_EQ(c.messages, 5u);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(c.message_sizes[i], 100u);
}

// A sender with losses on both sides of the probe, seen against what it did.
TEST_F(TrueMeasurementsTest, RandomSendersAreCountedAsAMapOfBytesDoes) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const uint32_t isn = 0u - random() % 20000;
    SegmentFeeder one(True());
    one.Client(0, kSyn, {.seq = C});
    one.Server(20, kSyn | kAck, {.seq = isn, .ack = C + 1});
    one.Client(20.1, kAck, {.seq = C + 1, .ack = isn + 1});
    constexpr uint32_t kBytes = 40000;
    std::vector<bool> seen(kBytes), received(kBytes);
    uint64_t all = 0, unique = 0, retransmitted = 0;
    uint32_t segments_again = 0, next = 0, acknowledged = 0;
    double ms = 21;
    for (int step = 0; step < 300; ++step) {
      ms += 0.5 + random() % 40 / 10.0;
      const bool again = next > 0 && random() % 5 == 0;
      const uint32_t first = again ? random() % next : next;
      if (first >= kBytes) break;
      const uint32_t length = std::min(100 + static_cast<uint32_t>(random() % 900), kBytes - first);
      next = std::max(next, first + length);
      if (random() % 10 == 0) continue;  // lost before the probe
      uint32_t repeated = 0;
      for (uint32_t i = first; i < first + length; ++i) {
        repeated += seen[i];
        seen[i] = true;
      }
      all += length;
      unique += length - repeated;
      retransmitted += repeated;
      segments_again += repeated > 0;
      one.Server(ms, kAck,
                 {.seq = isn + 1 + first, .ack = C + 1, .length = static_cast<int32_t>(length)});
      if (random() % 10 == 0) continue;  // lost behind it
      std::fill_n(received.begin() + first, length, true);
      while (acknowledged < kBytes && received[acknowledged]) ++acknowledged;
      if (random() % 3 == 0) {
        one.Client(ms + 0.1, kAck, {.seq = C + 1, .ack = isn + 1 + acknowledged});
      }
    }
    const uint32_t furthest =
        static_cast<uint32_t>(seen.rend() - std::find(seen.rbegin(), seen.rend(), true));
    const auto missed = std::count(seen.begin(), seen.begin() + furthest, false);
    const TcpDirection s = one.Close(CloseCause::kFinished, ms).server;
    EXPECT_EQ(s.data_bytes, all);
    EXPECT_EQ(s.unique_bytes, unique);
    EXPECT_EQ(s.retransmitted_bytes, retransmitted);
    EXPECT_GE(s.retransmitted_packets, segments_again);
    EXPECT_EQ(s.missed_bytes, static_cast<uint64_t>(missed));
    EXPECT_EQ(one.tracker().forgotten_ranges(), 0u);
    CheckSums(s);
    ASSERT_FALSE(HasFailure());
  }
}

// One of two ways.
class EitherTest : public TrueMeasurementsTest, public ::testing::WithParamInterface<bool> {};
INSTANTIATE_TEST_SUITE_P(Ways, EitherTest, ::testing::Bool());

// Of the server, with a time stamp.
class StampedTest : public TrueMeasurementsTest {
 protected:
  void Send(double ms, uint32_t n, uint32_t stamp) {
    feed.Server(ms, kAck,
                {.seq = S + 1 + 100 * n, .ack = C + 1, .length = 100, .options = Stamps(stamp, 1)});
  }
};

// The probe is near the receiver, and what follows the hole fills one itself, a moment before.
TEST_F(StampedTest, WhatFillsAHoleWithANewerStampThanItsOpenersWasSentAgain) {
  Handshake();
  Send(30, 0, 30);
  Send(33, 3, 33);  // opens the hole of two
  for (uint32_t i = 4; i < 7; ++i) Send(30 + i, i, 30 + i);
  for (int i = 0; i < 4; ++i) Ack(38 + i, 1);
  Send(58, 2, 58);
  Send(58.2, 1, 58);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.fast_retransmit, 2u);
  EXPECT_EQ(s.anomalies.reordering, 0u);
  EXPECT_EQ(s.retransmitted_packets, 2u);
  CheckSums(s);
}

// What opened the hole is sent again itself.
TEST_F(StampedTest, TheOpenersStampOutlivesItsRepetition) {
  Handshake();
  Send(30, 0, 30);
  for (uint32_t i = 2; i < 6; ++i) Send(30 + i, i, 30 + i);
  for (int i = 0; i < 4; ++i) Ack(38 + i, 1);
  Send(59, 2, 59);
  Send(59.2, 1, 31);  // overtaken by all of them
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.reordering, 1u);
  EXPECT_EQ(s.out_of_order_packets, 1u);
  CheckSums(s);
}

// The clock of the sender's stamps is coarse, but it has gone on since.
TEST_F(StampedTest, WhatIsOfTheOpenersTickIsLateIfTheClockHasGoneOn) {
  Handshake();
  Send(30, 0, 3);
  Send(33, 2, 3);
  Send(60, 3, 6);
  Send(64, 1, 3);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.reordering, 1u);
  CheckSums(s);
}

TEST_P(EitherTest, WithoutStampsAFillTellsByTheTimeSinceTheHoleOpened) {
  const bool late = GetParam();
  Handshake();
  Data(30, 0);
  for (uint32_t i = 2; i < 6; ++i) Data(30 + i, i);
  for (int i = 0; i < 4; ++i) Ack(36 + i, 1);
  // The smallest round trip is 20.1 ms.
  Data(late ? 45 : 50, 1);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.reordering, late ? 1u : 0u);
  EXPECT_EQ(s.anomalies.fast_retransmit, late ? 0u : 1u);
  CheckSums(s);
}

// The acknowledgments of what was before a late segment make its sender send it again.
TEST_F(TrueMeasurementsTest, ARepetitionJustBehindALateSegmentIsANeedlessFastOne) {
  Handshake();
  Data(30, 0);
  for (uint32_t i = 2; i < 6; ++i) Data(30 + i, i);
  Data(45, 1);
  Data(57, 1);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.reordering, 1u);
  EXPECT_EQ(s.anomalies.unnecessary_fast, 1u);
  EXPECT_EQ(s.needless_retransmissions, 1u);
  CheckSums(s);
}

TEST_F(StampedTest, ACopyHasAnOlderStampThanWhatWasSentSince) {
  Handshake();
  for (uint32_t i = 0; i < 3; ++i) Send(30 + i, i, 30 + i);
  Send(58, 1, 31);
  Send(59, 3, 59);
  Ack(60, 4);
  Send(64, 3, 59);  // a stamp of the newest tells nothing
  Send(86, 3, 59);  // but where the clock ticks every millisecond
  Send(87, 3, 59);
  Send(88, 2, 32);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.network_duplicate, 4u);
  EXPECT_EQ(s.retransmitted_packets, 5u);
  CheckSums(s);
}

// What was sent again has a stamp of its own, even if the network holds it.
TEST_F(StampedTest, ARetransmissionThatIsHeldIsNoCopy) {
  Handshake();
  for (uint32_t i = 0; i < 6; ++i) Send(30 + i, i, 30 + i);
  for (int i = 0; i < 4; ++i) Ack(41 + i, 1, Sack({{S + 301, S + 401}}));
  Send(66, 6, 66);
  Send(68, 1, 62);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.network_duplicate, 0u);
  EXPECT_EQ(s.anomalies.fast_retransmit, 1u);
  CheckSums(s);
}

// The network holds both the segment and what repeats it.
TEST_F(StampedTest, ARetransmissionOfWhatWasOvertakenHasANewerStampThanThat) {
  Handshake();
  Send(30, 0, 30);
  for (uint32_t i = 2; i < 6; ++i) Send(30 + i, i, 30 + i);
  Send(40, 1, 31);
  Ack(41, 6);
  for (uint32_t i = 6; i < 9; ++i) Send(55 + i, i, 55 + i);
  Send(70, 1, 58);
  Send(71, 1, 31);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.reordering, 1u);
  EXPECT_EQ(s.anomalies.network_duplicate, 1u);
  EXPECT_EQ(s.retransmitted_packets, 2u);
  CheckSums(s);
}

// All of a flight is lost before the probe. The time-out sends its first segment again, which is
// new to the probe; new data follow (RFC 5682), and then the rest.
TEST_F(TrueMeasurementsTest, AHoleBehindALoneSegmentAfterASilenceIsOfATimeOut) {
  Handshake();
  Data(30, 0);
  Ack(31, 1);
  Data(400, 1);
  Ack(401, 2);
  Data(421, 5);
  Data(421.1, 6);
  Ack(422, 2, Sack({{S + 501, S + 601}}));
  Ack(422.1, 2, Sack({{S + 501, S + 701}}));
  for (uint32_t i = 2; i < 5; ++i) {
    Data(442 + 0.1 * i, i);
    Ack(443 + 0.1 * i, i + 1, Sack({{S + 501, S + 701}}));
  }
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.rto, 3u);
  EXPECT_EQ(s.anomalies.fast_retransmit, 0u);
  CheckSums(s);
}

// An application that has paused: it goes on with more than one segment, or with a small one.
TEST_P(EitherTest, AHoleBehindAPauseIsOfNoTimeOut) {
  const bool small = GetParam();
  Handshake();
  Data(30, 0);
  Ack(31, 1);
  if (small) {
    feed.Server(400, kAck, {.seq = S + 101, .ack = C + 1, .length = 50});
    feed.Server(400.1, kAck, {.seq = S + 151, .ack = C + 1, .length = 50});
  } else {
    Data(400, 1);
  }
  Ack(401, 2);
  // With a full one before, no round trip passes.
  const double then = small ? 421 : 405;
  for (uint32_t i = 3; i < 7; ++i) Data(then + 0.1 * i, i);
  for (uint32_t i = 3; i < 7; ++i) Ack(then + 1 + 0.1 * i, 2, Sack({{S + 301, S + 401}}));
  Data(then + 22, 2);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.rto, 0u);
  EXPECT_EQ(s.anomalies.fast_retransmit, 1u);
  CheckSums(s);
}

// RFC 8985 7.2: a segment that is alone in flight waits for a delayed acknowledgment, too.
TEST_P(EitherTest, ALoneTailProbeComesLaterThanATimeOutWouldWithSackOnly) {
  const Options permitted = {1, 1, 4, 2};
  const bool sack = GetParam();
  const Options options = sack ? permitted : Options{};
  feed.Client(0, kSyn, {.seq = C, .options = options});
  feed.Server(20, kSyn | kAck, {.seq = S, .ack = C + 1, .options = options});
  feed.Client(20.1, kAck, {.seq = C + 1, .ack = S + 1});
  Data(30, 0);
  Ack(31, 1);
  Data(50, 1);
  Data(50 + 2 * 20.1 + 205, 1);
  Data(900, 1);  // and the time-out behind it
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.tail_loss_probes, sack ? 1u : 0u);
  EXPECT_EQ(s.anomalies.unknown, sack ? 1u : 0u);
  EXPECT_EQ(s.anomalies.rto, sack ? 1u : 2u);
  CheckSums(s);
}

class PermittedTest : public TrueMeasurementsTest {
 protected:
  // Both sides permit SACK; the half of the client takes 2 ms, that of the server 20 ms.
  void Begin() {
    const Options permitted = {1, 1, 4, 2};
    feed.Client(0, kSyn, {.seq = C, .options = permitted});
    feed.Server(20, kSyn | kAck, {.seq = S, .ack = C + 1, .options = permitted});
    feed.Client(22, kAck, {.seq = C + 1, .ack = S + 1});
  }
};

// RFC 8985 7.4.2: what acknowledges the probe's last number, and no more, says nothing of it.
TEST_F(PermittedTest, WhileAProbesFateIsNotKnownThereIsNoOther) {
  Begin();
  Data(30, 0);
  Ack(32, 1);
  Data(50, 1);
  Data(270, 1);  // the probe
  Ack(272, 2);
  Data(273, 2);
  Data(520, 2);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.tail_loss_probes, 1u);
  EXPECT_EQ(s.anomalies.rto, 1u);
  CheckSums(s);
}

TEST_F(PermittedTest, AProbeIsOverWhenSomethingBehindItIsAcknowledged) {
  Begin();
  Data(30, 0);
  Ack(32, 1);
  Data(50, 1);
  Data(270, 1);
  Data(271, 2);
  Ack(273, 3);
  Data(280, 3);
  Data(500, 3);
  EXPECT_EQ(Close().server.tail_loss_probes, 2u);
}

class PermittedEitherTest : public PermittedTest, public ::testing::WithParamInterface<bool> {};
INSTANTIATE_TEST_SUITE_P(Ways, PermittedEitherTest, ::testing::Bool());

TEST_P(PermittedEitherTest, AProbeIsOverWhenItCameTwice) {
  Begin();
  Data(30, 0);
  Ack(32, 1);
  Data(50, 1);
  Data(270, 1);
  Data(271, 2);
  Ack(272, 2);
  Ack(273, 2, GetParam() ? Sack({{S + 101, S + 201}}) : Options{});
  Data(490, 2);
  EXPECT_EQ(Close().server.tail_loss_probes, 2u);
}

// RFC 8985 7.2: the time begins anew when what was sent before it is acknowledged.
TEST_P(PermittedEitherTest, ATailProbeComesAfterTheAcknowledgmentOfWhatWasBeforeIt) {
  const bool heard = GetParam();
  Begin();
  for (uint32_t i = 0; i < 2; ++i) Data(30 + i, i);
  if (!heard) Ack(31.9, 2);
  Data(32, 2);
  if (heard) Ack(50, 2);
  Data(32 + 2 * 22 + 255, 2);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.tail_loss_probes, heard ? 1u : 0u);
  EXPECT_EQ(s.anomalies.rto, heard ? 0u : 1u);
}

// RFC 8985 6.2: what was sent behind it has arrived.
TEST_F(PermittedTest, TheLastSegmentBeforeARepetitionThatArrivedIsSentAgainFast) {
  Begin();
  for (uint32_t i = 0; i < 6; ++i) Data(30 + i, i);
  for (int i = 0; i < 4; ++i) Ack(38 + i, 1, Sack({{S + 301, S + 401}}));
  Data(57, 6);  // of which nothing is heard
  Data(59, 1);
  Data(59.1, 2);
  Ack(61.1, 6);
  Data(82, 6);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.fast_retransmit, 3u);
  EXPECT_EQ(s.tail_loss_probes, 0u);
  CheckSums(s);
}

// Behind the probe a segment is late, and its acknowledgment comes sooner than one of the
// repetition could.
TEST_F(TrueMeasurementsTest, AnAnswerThatComesTooSoonIsNotThatOfTheRepetition) {
  feed.Client(0, kSyn, {.seq = C});
  feed.Server(1, kSyn | kAck, {.seq = S, .ack = C + 1});
  feed.Client(51, kAck, {.seq = C + 1, .ack = S + 1});
  for (uint32_t i = 0; i < 6; ++i) Data(60 + i, i);
  Ack(110, 1);
  for (int i = 0; i < 3; ++i) Ack(112 + i, 1);
  Data(115, 1);
  Ack(120, 6);
  Data(121, 6);
  Data(400, 6);
  Ack(451, 7);  // and this one is
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.retransmitted_packets, 2u);
  EXPECT_EQ(s.needless_retransmissions, 1u);
  CheckSums(s);
}

// The first was lost before the probe, and the second was needless; the D-SACK is of that.
TEST_F(TrueMeasurementsTest, ADSackOfTwoRepetitionsIsOfTheOneThatIsKnownToBeNeedless) {
  Handshake();
  Data(30, 0);
  for (uint32_t i = 2; i < 6; ++i) Data(30 + i, i);
  for (int i = 0; i < 4; ++i) Ack(38 + i, 1, Sack({{S + 301, S + 401}}));
  Data(60, 1);
  Ack(61, 6);
  Data(350, 1);
  Ack(351, 6, Sack({{S + 101, S + 201}}));
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.retransmitted_packets, 2u);
  EXPECT_EQ(s.needless_retransmissions, 1u);
  CheckSums(s);
}

// One acknowledgment tells the same of it in two ways.
TEST_F(StampedTest, ADSackWithAnOldEchoIsOfOneRepetition) {
  Handshake();
  for (uint32_t i = 0; i < 6; ++i) Send(30 + i, i, 30 + i);
  for (int i = 0; i < 4; ++i) Ack(41 + i, 1, Sack({{S + 301, S + 401}}));
  Send(66, 1, 66);
  Send(400, 1, 400);
  Options both = Stamps(1, 66);
  for (const uint8_t byte : Sack({{S + 101, S + 201}})) both.push_back(byte);
  feed.Client(402, kAck, {.seq = C + 1, .ack = S + 601, .options = both});
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.retransmitted_packets, 2u);
  EXPECT_EQ(s.needless_retransmissions, 1u);
}

// The probe is near the receiver, which has acknowledged all before its sender goes on with a
// recovery that reordering began (RFC 6582).
TEST_F(TrueMeasurementsTest, WhatWasAcknowledgedIsSentAgainInTheRecoveryThatItsSenderIsIn) {
  Handshake();
  Data(30, 0);
  for (uint32_t i = 2; i < 8; ++i) Data(30 + 0.1 * i, i);
  for (int i = 0; i < 4; ++i) Ack(31 + 0.1 * i, 1);
  Data(35, 1);  // late
  Ack(35.1, 8);
  Data(36, 8);
  Ack(36.1, 9);
  Data(51, 1);
  Data(56, 4);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.reordering, 1u);
  EXPECT_EQ(s.anomalies.unnecessary_fast, 2u);
  EXPECT_EQ(s.anomalies.unknown, 0u);
  CheckSums(s);
}

// Several acknowledgments have come since those that asked for it.
TEST_F(TrueMeasurementsTest, WhatTheReceiverAskedForAndThenAcknowledgedIsSentAgainFast) {
  Handshake();
  for (uint32_t i = 0; i < 8; ++i) Data(30 + 0.1 * i, i);
  for (int i = 0; i < 4; ++i) Ack(40 + 0.1 * i, 1);
  for (uint32_t i = 4; i < 9; ++i) Ack(45 + 0.1 * i, i);
  Data(60, 1);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.unnecessary_fast, 1u);
  CheckSums(s);
}

// Without SACK a time-out sends what the receiver has, and it answers each with the same number
// (RFC 9293 3.10.7.4); answers to what comes before a missing segment are no such.
TEST_P(EitherTest, WithoutSackAnswersThatSayNothingNewTellOfWhatCameTwice) {
  const bool missing = GetParam();
  feed.Client(0, kSyn, {.seq = C});
  feed.Server(1, kSyn | kAck, {.seq = S, .ack = C + 1});
  feed.Client(21, kAck, {.seq = C + 1, .ack = S + 1});
  for (uint32_t i = 0; i < 5; ++i) Data(30 + 0.1 * i, i);
  for (uint32_t i = 0; i < 4; ++i) Ack(50.5 + 0.1 * i, 0);
  Data(330, 0);
  Ack(350.5, 1);
  Data(351, 1);
  for (uint32_t i = 2; i < 5; ++i) Data(351 + 0.1 * i, missing ? i + 3 : i);
  if (!missing) Ack(371.2, 5);
  for (uint32_t i = 2; i < 5; ++i) Ack(371.2 + 0.1 * i, missing ? 1 : 5);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.retransmitted_packets, missing ? 2u : 5u);
  EXPECT_EQ(s.needless_retransmissions, missing ? 0u : 3u);
  CheckSums(s);
}

// New data that may have been answered follow what came twice. But the next acknowledgment is of
// one of them alone: had they come before a missing segment, it would be of all.
TEST_P(EitherTest, AnswersThatMayBeThoseToNewDataAreToldByTheNextAcknowledgment) {
  const bool missing = GetParam();
  feed.Client(0, kSyn, {.seq = C});
  feed.Server(1, kSyn | kAck, {.seq = S, .ack = C + 1});
  feed.Client(21, kAck, {.seq = C + 1, .ack = S + 1});
  for (uint32_t i = 0; i < 5; ++i) Data(30 + 0.1 * i, i);
  for (uint32_t i = 0; i < 4; ++i) Ack(50.5 + 0.1 * i, 0);
  Data(330, 0);
  Ack(350.5, 1);
  for (uint32_t i = 1; i < 5; ++i) Data(351 + 0.1 * i, i);
  for (uint32_t i = 5; i < 10; ++i) Data(351 + 0.1 * i, i);
  Ack(371.2, 5);
  for (uint32_t i = 0; i < 3; ++i) Ack(372.1 + 0.1 * i, 5);
  Ack(372.5, missing ? 10 : 6);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.retransmitted_packets, 5u);
  EXPECT_EQ(s.needless_retransmissions, missing ? 0u : 3u);
  CheckSums(s);
}

TEST_F(TrueMeasurementsTest, TheAnswerToAKeepAliveTellsOfNothingThatCameTwice) {
  Handshake();
  Data(30, 0);
  Data(330, 0);
  Ack(331, 1);
  feed.Server(335, kAck, {.seq = S + 100, .ack = C + 1});
  Ack(336, 1);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.keep_alives, 1u);
  EXPECT_EQ(s.needless_retransmissions, 0u);
}

// The rest of the flight was lost before the probe, and the acknowledgment behind it.
TEST_F(TrueMeasurementsTest, AHoleBehindALastSegmentThatATimeOutSentAgainIsOfTheTimeOut) {
  Handshake();
  Data(30, 0);
  Ack(31, 1);
  Data(51, 1);
  Ack(52, 2);
  Data(400, 1);
  Ack(401, 2);
  Data(421, 5);
  Data(421.1, 6);
  for (int i = 0; i < 4; ++i) Ack(422 + 0.1 * i, 2, Sack({{S + 501, S + 601}}));
  for (uint32_t i = 2; i < 5; ++i) Data(442 + 0.1 * i, i);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.unnecessary_rto, 1u);
  EXPECT_EQ(s.anomalies.rto, 3u);
  EXPECT_EQ(s.anomalies.fast_retransmit, 0u);
  CheckSums(s);
}

// A copy that the network held leaves the time of what it copies.
TEST_F(StampedTest, ACopyIsNoRepetition) {
  Handshake();
  for (uint32_t i = 0; i < 3; ++i) Send(30 + 4 * i, i, 30 + 4 * i);
  Ack(39, 2);
  Send(42, 3, 42);
  Send(43, 2, 38);  // a copy
  feed.Client(48, kAck, {.seq = C + 1, .ack = S + 301, .options = Stamps(1, 38)});
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.network_duplicate, 1u);
  EXPECT_EQ(s.rtt.max_us, 10000);
}

// The stamp is that of what was acknowledged last, but the packet's number is older.
TEST_P(EitherTest, ACopyHasAnOlderNumberThanWhatWasAcknowledged) {
  const bool older = GetParam();
  Handshake();
  for (uint16_t i = 0; i < 4; ++i) {
    feed.Server(30 + 0.1 * i, kAck,
                {.seq = S + 1 + 100u * i,
                 .ack = C + 1,
                 .length = 100,
                 .options = Stamps(30, 1),
                 .ip_id = static_cast<uint16_t>(100 + i)});
  }
  Ack(31, 4);
  feed.Server(50, kAck,
              {.seq = S + 101,
               .ack = C + 1,
               .length = 100,
               .options = Stamps(30, 1),
               .ip_id = static_cast<uint16_t>(older ? 101 : 110)});
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.anomalies.network_duplicate, older ? 1u : 0u);
  CheckSums(s);
}

// Behind the probe a segment is late. What acknowledges it acknowledges those that came before it,
// and is no answer to the last of them.
TEST_F(StampedTest, AnAcknowledgmentThatEndsAHoleAnswersWhatFilledIt) {
  Handshake();
  Send(30, 0, 30);
  feed.Client(37, kAck, {.seq = C + 1, .ack = S + 101, .options = Stamps(1, 30)});
  for (uint32_t i = 1; i < 4; ++i) Send(40 + i, i, 40 + i);
  for (int i = 0; i < 2; ++i) {
    feed.Client(49 + i, kAck, {.seq = C + 1, .ack = S + 101, .options = Stamps(1, 30)});
  }
  feed.Client(52, kAck, {.seq = C + 1, .ack = S + 401, .options = Stamps(1, 41)});
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.rtt.count, 3u);
  EXPECT_EQ(s.rtt.max_us, 11000);  // of the segment that was late
}

// Two segments are late, and selective acknowledgments tell it: behind what fills the second hole
// nothing is new, either.
TEST_P(EitherTest, AnAcknowledgmentThatEndsTheLastOfSeveralHolesAnswersWhatFilledIt) {
  const bool stamps = GetParam();
  const auto options = [stamps](uint32_t echo, const Options& blocks = {}) {
    Options o = stamps ? Stamps(1, echo) : Options{};
    o.insert(o.end(), blocks.begin(), blocks.end());
    return o;
  };
  Handshake();
  for (uint32_t i = 0; i < 7; ++i) {
    feed.Server(40 + i, kAck,
                {.seq = S + 1 + 100 * i,
                 .ack = C + 1,
                 .length = 100,
                 .options = stamps ? Stamps(40 + i, 1) : Options{}});
    if (i == 0) Ack(40.5, 1, options(40));
  }
  Ack(49, 1, options(40, Sack({{S + 201, S + 301}})));
  Ack(50, 1, options(40, Sack({{S + 501, S + 601}, {S + 201, S + 301}})));
  Ack(51, 1, options(40, Sack({{S + 501, S + 701}, {S + 201, S + 301}})));
  Ack(52, 4, options(41, Sack({{S + 501, S + 701}})));
  Ack(58, 7, options(44));
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.rtt.count, stamps ? 4u : 2u);
  EXPECT_EQ(s.rtt.max_us, stamps ? 14000 : 500);
}

// What the hole alone was is answered.
TEST_F(TrueMeasurementsTest, WhatFillsAHoleAloneIsASample) {
  Handshake();
  for (uint32_t i = 0; i < 5; ++i) Data(40 + i, i);
  Ack(45, 1);
  Ack(47, 1, Sack({{S + 401, S + 501}}));
  Ack(48, 2, Sack({{S + 401, S + 501}}));
  Ack(50, 3, Sack({{S + 401, S + 501}}));
  Ack(53, 5);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.rtt.count, 3u);
  EXPECT_EQ(s.rtt.max_us, 8000);
}

TEST_F(TrueMeasurementsTest, WithoutStampsAnAcknowledgmentThatEndsAHoleIsNoSample) {
  Handshake();
  Data(30, 0);
  Ack(37, 1);
  for (uint32_t i = 1; i < 4; ++i) Data(40 + i, i);
  Ack(49, 1);
  Ack(50, 1);
  Ack(52, 4);
  const TcpDirection s = Close().server;
  EXPECT_EQ(s.rtt.count, 2u);
  EXPECT_EQ(s.rtt.max_us, 7000);
}

// RFC 7323 2.2: the window of a SYN is never scaled, also when both sides' options are known.
TEST_F(TrueMeasurementsTest, TheWindowOfARepeatedSynAckIsNotScaled) {
  const Options scale = {1, 3, 3, 10};
  feed.Client(0, kSyn, {.seq = C, .window = 64000, .options = scale});
  feed.Server(20, kSyn | kAck, {.seq = S, .ack = C + 1, .window = 65000, .options = scale});
  feed.Server(1020, kSyn | kAck, {.seq = S, .ack = C + 1, .window = 65000, .options = scale});
  feed.Client(1020.1, kAck, {.seq = C + 1, .ack = S + 1, .window = 63});
  feed.Server(1040, kAck, {.seq = S + 1, .ack = C + 1, .window = 63});
  const TcpFlow flow = Close();
  EXPECT_EQ(flow.server.window_max, 65000u);
  EXPECT_EQ(flow.client.window_max, 63u << 10);
}

}  // namespace
}  // namespace tstat::internal
