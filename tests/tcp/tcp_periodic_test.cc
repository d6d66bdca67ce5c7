// SPDX-License-Identifier: BSD-3-Clause
//
// Periods of TCP flows: differences of measurements that are set by hand.
#include "tcp/tcp_periodic.h"

#include <gtest/gtest.h>

#include <vector>

namespace tstat::internal {
namespace {

Timestamp At(int64_t milliseconds) {
  return Timestamp::FromMicroseconds(1'500'000'000'000'000 + milliseconds * 1000);
}

class TcpPeriodicTest : public testing::Test, public EventSink {
 protected:
  static constexpr Direction kClient = Direction::kClientToServer;
  static constexpr Direction kServer = Direction::kServerToClient;

  TcpPeriodicTest() : reporter_(/*interval_s=*/1, this) {
    Endpoints endpoints;
    OpenStep open;
    open.time = At(0);
    open.endpoints = endpoints;
    reporter_.OnOpen(open);
  }

  EventMask Wants() const override { return wants_; }
  void OnTcpPeriod(const TcpPeriod& period) override { periods_.push_back(period); }

  struct Sent {
    uint32_t sequence = 0;
    int32_t payload = 0;
    uint8_t flags = tcp_flags::kAck;
    bool retransmitted = false;
  };
  // `payload` bytes at `sequence`; counts what the tracker would.
  void Send(int64_t milliseconds, Direction sender, const Sent& sent) {
    Datagram d;
    d.time = At(milliseconds);
    TcpSegmentStep step;
    step.direction = sender;
    step.datagram = &d;
    step.header = {};
    step.header.sequence = sent.sequence;
    step.header.payload_length = sent.payload;
    step.header.flags = sent.flags;
    reporter_.BeforeSegment(step, measured_);
    TcpDirectionState& side = state_.side[Index(sender)];
    ++side.packets;
    cold_.side[Index(sender)].measured.OnSegment(step.header, d);
    if ((sent.flags & tcp_flags::kSyn) != 0) pools_.CountSyn(side);
    if ((sent.flags & tcp_flags::kFin) != 0) pools_.CountFin(side);
    if ((sent.flags & tcp_flags::kRst) != 0) ++side.rst_count;
    if (sent.payload > 0) {
      pools_.Data(side).payload.OnData(static_cast<uint32_t>(sent.payload));
      if (!sent.retransmitted) pools_.Data(side).payload.AddUnique(sent.payload);
    }
    if (sent.retransmitted) ++pools_.Rare(side).retransmitted_packets;
    reporter_.AfterSegment(step, measured_);
    last_ = d.time;
  }
  void Close(const CloseStep& how = {}) {
    CloseStep close = how;
    if (!how.now.is_set()) close.last = close.now = last_;
    reporter_.OnClose(close, measured_);
  }
  // The other side has acknowledged everything below `sequence`.
  void Acknowledged(Direction by, uint32_t sequence) {
    state_.side[Index(by)].acknowledgment = SequenceNumber(sequence);
  }

  EventMask wants_ = Event::kTcpPeriodic;
  TcpPeriodicReporter reporter_;
  TcpFlowState state_;
  TcpColdState cold_;
  TcpPools pools_{/*directions=*/2};
  const TcpMeasured measured_{state_, cold_, pools_};
  std::vector<TcpPeriod> periods_;
  Timestamp last_;
};

// A reload switches the log on: the first row has everything since the flow's start.
TEST_F(TcpPeriodicTest, WithoutALogNoPeriodEnds) {
  wants_ = {};
  Send(0, kClient, {.sequence = 1, .payload = 100});
  Send(1500, kServer, {.sequence = 1, .payload = 30});
  EXPECT_TRUE(periods_.empty());
  wants_ = Event::kTcpPeriodic;
  Send(5000, kClient, {.sequence = 101, .payload = 50});
  ASSERT_EQ(periods_.size(), 1u);
  EXPECT_EQ(periods_[0].begin, At(0));
  EXPECT_EQ(periods_[0].last_packet, At(1500));
  EXPECT_EQ(periods_[0].client.data_bytes, 100);
  EXPECT_EQ(periods_[0].server.data_bytes, 30);
}

TEST_F(TcpPeriodicTest, CountersAreThoseOfThePeriod) {
  Send(0, kClient, {.flags = tcp_flags::kSyn});
  Send(10, kServer, {.flags = tcp_flags::kSyn | tcp_flags::kAck});
  Send(20, kClient, {.sequence = 1, .payload = 100});
  Send(30, kClient, {.sequence = 1, .payload = 100, .retransmitted = true});
  EXPECT_TRUE(periods_.empty());
  Send(1500, kClient, {.sequence = 101, .payload = 50, .flags = tcp_flags::kAck | tcp_flags::kFin});
  ASSERT_EQ(periods_.size(), 1u);
  const TcpPeriod& first = periods_[0];
  EXPECT_EQ(first.begin, At(0));
  EXPECT_EQ(first.last_packet, At(30));
  EXPECT_EQ(first.client.packets, 3u);
  EXPECT_EQ(first.client.ack_packets, 2u);
  EXPECT_EQ(first.client.syn_count, 1u);
  EXPECT_EQ(first.client.fin_count, 0u);
  EXPECT_EQ(first.client.data_packets, 2u);
  EXPECT_EQ(first.client.data_bytes, 200u);
  EXPECT_EQ(first.client.unique_bytes, 100u);
  EXPECT_EQ(first.client.retransmitted_packets, 1u);
  EXPECT_EQ(first.server.packets, 1u);

  Close();
  ASSERT_EQ(periods_.size(), 2u);
  const TcpPeriod& second = periods_[1];
  EXPECT_EQ(second.begin, At(1500));
  EXPECT_EQ(second.client.packets, 1u);
  EXPECT_EQ(second.client.syn_count, 0u);
  EXPECT_EQ(second.client.fin_count, 1u);
  EXPECT_EQ(second.client.data_bytes, 50u);
  EXPECT_EQ(second.client.retransmitted_packets, 0u);
  EXPECT_EQ(second.server.packets, 0u);
}

// Of the period, and not of retransmissions, SYN and RST.
TEST_F(TcpPeriodicTest, BytesInFlight) {
  Acknowledged(kServer, 1);
  Send(0, kClient, {.sequence = 1, .payload = 100});
  Send(1, kClient, {.sequence = 101, .payload = 200});
  Send(2, kClient, {.sequence = 1, .payload = 10, .retransmitted = true});
  Send(3, kClient, {.sequence = 5000, .flags = tcp_flags::kRst});
  Send(2000, kClient, {.sequence = 301, .payload = 7});
  ASSERT_EQ(periods_.size(), 1u);
  EXPECT_EQ(periods_[0].client.in_flight_min, 100u);
  EXPECT_EQ(periods_[0].client.in_flight_max, 300u);
  EXPECT_EQ(periods_[0].server.in_flight_max, 0u);
  Close();
  EXPECT_EQ(periods_[1].client.in_flight_min, 307u);
  EXPECT_EQ(periods_[1].client.in_flight_max, 307u);
}

TEST_F(TcpPeriodicTest, TheSegmentThatClosesAHalfDuplexFlow) {
  Send(0, kClient, {.flags = tcp_flags::kSyn});
  CloseStep how;
  how.cause = CloseCause::kHalfDuplex;
  how.direction = kClient;
  how.uncounted_flags = tcp_flags::kRst | tcp_flags::kAck;
  how.now = how.last = At(900);
  Close(how);
  ASSERT_EQ(periods_.size(), 1u);
  EXPECT_EQ(periods_[0].client.packets, 1u);
  EXPECT_EQ(periods_[0].client.rst_count, 1);
  EXPECT_EQ(periods_[0].last_packet, At(900));
}

// It ends a period as a counted one does, and is alone in the last one.
TEST_F(TcpPeriodicTest, TheSegmentThatClosesAHalfDuplexFlowLater) {
  Send(0, kClient, {.flags = tcp_flags::kSyn});
  Send(78, kClient, {});
  CloseStep how;
  how.cause = CloseCause::kHalfDuplex;
  how.direction = kClient;
  how.uncounted_flags = tcp_flags::kFin | tcp_flags::kAck;
  how.now = how.last = At(1200);
  Close(how);
  ASSERT_EQ(periods_.size(), 2u);
  EXPECT_EQ(periods_[0].last_packet, At(78));
  EXPECT_EQ(periods_[0].client.packets, 2u);
  EXPECT_EQ(periods_[0].client.fin_count, 0u);
  EXPECT_EQ(periods_[1].begin, At(1200));
  EXPECT_EQ(periods_[1].last_packet, At(1200));
  EXPECT_EQ(periods_[1].client.packets, 0u);
  EXPECT_EQ(periods_[1].client.fin_count, 1u);
  EXPECT_LT(periods_[0].order, periods_[1].order);
}

// Between external hosts: the flow has no other row.
TEST_F(TcpPeriodicTest, FlowsThatAreNotReportedHaveTheirPeriods) {
  Send(0, kClient, {.flags = tcp_flags::kSyn});
  CloseStep how;
  how.reported = false;
  Close(how);
  EXPECT_EQ(periods_.size(), 1u);
}

// Everything that is counted from the flow's start, of both directions.
TEST_F(TcpPeriodicTest, EveryCounterIsThatOfThePeriod) {
  const auto count = [&](Direction sender, uint8_t n) {
    TcpDirectionState& side = state_.side[Index(sender)];
    side.packets += 100u * n;
    for (int i = 0; i < 10 * n; ++i) {  // without ACK
      cold_.side[Index(sender)].measured.OnSegment(TcpHeader{}, Datagram{});
    }
    side.pure_acks += 2u * n;
    side.syn_count = static_cast<uint8_t>(side.syn_count + 3 * n);
    side.fin_count = static_cast<uint8_t>(side.fin_count + 4 * n);
    side.rst_count = static_cast<uint8_t>(side.rst_count + 5 * n);
    RareState& rare = pools_.Rare(side);
    rare.retransmitted_packets += 6u * n;
    rare.retransmitted_bytes += 7u * n;
    rare.out_of_order_packets += 8u * n;
    rare.sack_segments += 9u * n;
    for (int i = 0; i < n; ++i) {
      side.rtt.AddSample(1000);
      pools_.Data(side).payload.OnData(50);
      pools_.Data(side).payload.AddUnique(40);
    }
  };
  // `more`: segments that Send counts.
  const auto expect = [](const TcpPeriod::Side& side, uint32_t n, uint32_t more) {
    EXPECT_EQ(side.packets, 100u * n + more);
    EXPECT_EQ(side.ack_packets, 90u * n + more);
    EXPECT_EQ(side.pure_ack_packets, 2u * n);
    EXPECT_EQ(side.syn_count, 3u * n);
    EXPECT_EQ(side.fin_count, 4u * n);
    EXPECT_EQ(side.rst_count, 5u * n);
    EXPECT_EQ(side.retransmitted_packets, 6u * n);
    EXPECT_EQ(side.retransmitted_bytes, 7u * n);
    EXPECT_EQ(side.out_of_order_packets, 8u * n);
    EXPECT_EQ(side.sack_segments, 9u * n);
    EXPECT_EQ(side.data_packets, n);
    EXPECT_EQ(side.data_bytes, 50u * n);
    EXPECT_EQ(side.unique_bytes, 40u * n);
    EXPECT_EQ(side.rtt_count, n);
    EXPECT_EQ(side.rtt_sum_us, 1000.0 * n);
  };
  count(kClient, 1);
  count(kServer, 2);
  Send(1500, kClient, {});
  count(kClient, 3);
  count(kServer, 4);
  Close();
  ASSERT_EQ(periods_.size(), 2u);
  expect(periods_[0].client, 1, 0);
  expect(periods_[0].server, 2, 0);
  expect(periods_[1].client, 3, 1);
  expect(periods_[1].server, 4, 0);
}

// A period is over when more than its length has passed, and the next one begins there.
TEST_F(TcpPeriodicTest, PeriodsAreLongerThanTheirLength) {
  Send(0, kClient, {});
  Send(1000, kClient, {});
  EXPECT_TRUE(periods_.empty());
  Send(1001, kServer, {});
  ASSERT_EQ(periods_.size(), 1u);
  Send(2001, kClient, {});
  EXPECT_EQ(periods_.size(), 1u);
  Send(2002, kClient, {});
  ASSERT_EQ(periods_.size(), 2u);
  EXPECT_EQ(periods_[1].begin, At(1001));
  EXPECT_EQ(periods_[1].last_packet, At(2001));
}

// A flow's counter of eight bits wraps, that of a period does not.
TEST_F(TcpPeriodicTest, ManySyns) {
  for (int i = 0; i < 300; ++i) Send(0, kClient, {.flags = tcp_flags::kSyn});
  EXPECT_EQ(state_.side[0].syn_count, 300 % 256);
  for (int i = 0; i < 600; ++i) Send(2000, kClient, {.flags = tcp_flags::kSyn});
  Close();
  ASSERT_EQ(periods_.size(), 2u);
  EXPECT_EQ(periods_[0].client.syn_count, 300u);
  EXPECT_EQ(periods_[1].client.syn_count, 600u);
}

}  // namespace
}  // namespace tstat::internal
