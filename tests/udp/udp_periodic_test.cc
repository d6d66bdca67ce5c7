// SPDX-License-Identifier: BSD-3-Clause
//
// Periods of UDP flows, Step by Step.
#include "udp/udp_periodic.h"

#include <gtest/gtest.h>

#include <vector>

namespace tstat::internal {
namespace {

Timestamp At(int64_t milliseconds) {
  return Timestamp::FromMicroseconds(1'500'000'000'000'000 + milliseconds * 1000);
}

class UdpPeriodicTest : public testing::Test, public EventSink {
 protected:
  UdpPeriodicTest() : reporter_(/*interval_s=*/1, this) {
    endpoints_.client.port = 40000;
    OpenStep open;
    open.flow = 7;
    open.time = At(0);
    open.endpoints = endpoints_;
    reporter_.OnOpen(open);
    endpoints_ = {};  // the reporter has its own
  }

  EventMask Wants() const override { return wants_; }
  void OnUdpPeriod(const UdpPeriod& period) override {
    EXPECT_EQ(period.endpoints.client.port, 40000);
    EXPECT_EQ(period.flow_start, At(0));
    periods_.push_back(period);
  }

  void Send(int64_t milliseconds, Direction sender, uint16_t payload) {
    Datagram d;
    d.time = At(milliseconds);
    UdpDatagramStep step;
    step.flow = 7;
    step.direction = sender;
    step.datagram = &d;
    step.header.length = static_cast<uint16_t>(payload + 8);
    reporter_.OnDatagram(step);
    last_ = d.time;
  }
  void Close(bool reported = true) {
    CloseStep close;
    close.flow = 7;
    close.last = last_;
    close.reported = reported;
    reporter_.OnClose(close);
  }

  static constexpr Direction kClient = Direction::kClientToServer;
  static constexpr Direction kServer = Direction::kServerToClient;

  Endpoints endpoints_;
  EventMask wants_ = Event::kUdpPeriodic;
  UdpPeriodicReporter reporter_;
  std::vector<UdpPeriod> periods_;
  Timestamp last_;
};

// A reload switches the log on, off, and on again.
TEST_F(UdpPeriodicTest, WithoutALogNoPeriodEnds) {
  wants_ = {};
  Send(0, kClient, 100);
  Send(1500, kServer, 30);
  EXPECT_TRUE(periods_.empty());
  wants_ = Event::kUdpPeriodic;
  Send(5000, kClient, 50);
  ASSERT_EQ(periods_.size(), 1u);
  EXPECT_EQ(periods_[0].begin, At(0));
  EXPECT_EQ(periods_[0].last_packet, At(1500));
  EXPECT_EQ(periods_[0].client.data_bytes, 100);
  EXPECT_EQ(periods_[0].server.data_bytes, 30);
  wants_ = {};
  Send(7000, kClient, 60);
  EXPECT_EQ(periods_.size(), 1u);
  wants_ = Event::kUdpPeriodic;
  Send(9000, kClient, 70);
  ASSERT_EQ(periods_.size(), 2u);
  EXPECT_EQ(periods_[1].begin, At(5000));
  EXPECT_EQ(periods_[1].client.data_bytes, 110);
}

TEST_F(UdpPeriodicTest, APeriodEndsWithTheFirstPacketBehindIt) {
  Send(0, kClient, 100);
  Send(10, kServer, 30);
  Send(1000, kClient, 50);  // a second to the microsecond: still the first period
  EXPECT_TRUE(periods_.empty());
  Send(1001, kServer, 7);
  ASSERT_EQ(periods_.size(), 1u);
  EXPECT_EQ(periods_[0].begin, At(0));
  EXPECT_EQ(periods_[0].last_packet, At(1000));
  EXPECT_EQ(periods_[0].client.packets, 2u);
  EXPECT_EQ(periods_[0].client.data_bytes, 150);
  EXPECT_EQ(periods_[0].server.packets, 1u);
  EXPECT_EQ(periods_[0].server.data_bytes, 30);
  Close();
  ASSERT_EQ(periods_.size(), 2u);
  EXPECT_EQ(periods_[1].begin, At(1001));
  EXPECT_EQ(periods_[1].last_packet, At(1001));
  EXPECT_EQ(periods_[1].client.packets, 0u);
  EXPECT_EQ(periods_[1].server.packets, 1u);
  EXPECT_EQ(periods_[1].server.data_bytes, 7);
}

TEST_F(UdpPeriodicTest, SilenceGivesNoEmptyPeriods) {
  Send(0, kClient, 1);
  Send(50'000, kClient, 2);
  Close();
  ASSERT_EQ(periods_.size(), 2u);
  EXPECT_EQ(periods_[0].last_packet, At(0));
  EXPECT_EQ(periods_[1].begin, At(50'000));
}

// Time that runs back ends no period.
TEST_F(UdpPeriodicTest, TimeRunsBack) {
  Send(0, kClient, 1);
  Send(-5000, kServer, 1);
  Send(900, kClient, 1);
  EXPECT_TRUE(periods_.empty());
}

TEST_F(UdpPeriodicTest, LengthFieldBelowTheHeader) {
  Send(0, kClient, static_cast<uint16_t>(-3));  // length field 5
  Close();
  ASSERT_EQ(periods_.size(), 1u);
  EXPECT_EQ(periods_[0].client.data_bytes, -3);
}

TEST_F(UdpPeriodicTest, ExternalFlowsHaveNoLastPeriod) {
  Send(0, kClient, 1);
  Close(/*reported=*/false);
  EXPECT_TRUE(periods_.empty());
}

}  // namespace
}  // namespace tstat::internal
