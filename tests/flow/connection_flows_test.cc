// SPDX-License-Identifier: BSD-3-Clause
//
// Flows that follow their connections: where they begin and end, and what is late.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/flow/flow_table_fixture.h"

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint8_t kPsh = tcp_flags::kPsh;

class ConnectionFlowsTest : public FlowTableTest {
 protected:
  ConnectionFlowsTest() {
    options_.profile.flows_follow_connections = true;
    options_.profile.copies_by_content = true;
  }

  Statistics Counted() {
    Statistics s;
    table().AddTo(&s);
    return s;
  }
};

TEST_F(ConnectionFlowsTest, WholeOnesAreAsEver) {
  Handshake(1);
  SendTcp(1.1, true, {.flags = kPsh | kAck, .seq = 101, .ack = 501, .payload = 10});
  Close(1.2, 111);
  EXPECT_THAT(Log(),
              ElementsAre("open", "c2s", "s2c", "c2s", "c2s", "c2s", "s2c", "c2s", "finished+"));
  EXPECT_EQ(sink_.closes.back().partial, 0);
  EXPECT_EQ(sink_.closes.back().predecessor, 0u);
}

TEST_F(ConnectionFlowsTest, BeginWithAnySegment) {
  // The server's port is the lower one.
  SendTcp(1, false, {.flags = kAck, .seq = 500, .ack = 100, .payload = 1000});
  EXPECT_THAT(Log(), ElementsAre("open", "s2c"));
  EXPECT_EQ(sink_.opens.back().endpoints.client.port, kClientPort);
  SendTcp(1.1, true, {.flags = kAck, .seq = 100, .ack = 1500});
  Close(1.2, 100, 1500);
  EXPECT_THAT(Log(), ElementsAre("c2s", "c2s", "s2c", "c2s", "finished-"));
  EXPECT_EQ(sink_.closes.back().partial, flow_part::kBeginning);
}

// Without a SYN ports are a guess, until the first payload says who asks.
TEST_F(ConnectionFlowsTest, TheFirstPayloadTurnsAGuess) {
  server_port_ = 50000;
  SendTcp(1, false, {.flags = kAck, .seq = 500, .ack = 100});
  SendTcp(1.1, true, {.flags = kAck, .seq = 100, .ack = 500});
  EXPECT_THAT(Log(), ElementsAre("open", "c2s", "s2c"));
  EXPECT_EQ(sink_.opens.back().endpoints.client.port, 50000);
  SendTcp(1.2, true, {.flags = kAck, .seq = 100, .ack = 500, .content = "GET / HTTP/1.1\r\n"});
  EXPECT_THAT(Log(), ElementsAre("turn", "c2s"));
  ASSERT_EQ(sink_.turns.size(), 1u);
  EXPECT_EQ(sink_.turns.back().endpoints.client.port, kClientPort);
  EXPECT_EQ(sink_.turns.back().endpoints.server.port, 50000);
  EXPECT_EQ(sink_.turns.back().number, sink_.opens.back().number);
  SendTcp(1.3, false, {.flags = kAck, .seq = 500, .ack = 116, .content = "HTTP/1.1 200 OK\r\n"});
  Close(1.4, 116, 517);
  EXPECT_THAT(Log(), ElementsAre("s2c", "c2s", "s2c", "c2s", "finished-"));
  EXPECT_EQ(sink_.closes.back().partial, flow_part::kBeginning);
}

TEST_F(ConnectionFlowsTest, OnlyTheFirstPayloadDoes) {
  server_port_ = 50000;
  SendTcp(1, false, {.flags = kAck, .seq = 500, .ack = 100});
  SendTcp(1.1, true, {.flags = kAck, .seq = 100, .ack = 500, .content = "anything"});
  SendTcp(1.2, true, {.flags = kAck, .seq = 108, .ack = 500, .content = "GET / HTTP/1.1\r\n"});
  EXPECT_THAT(Log(), ElementsAre("open", "c2s", "s2c", "s2c"));
  // What the ports say is right; a SYN was seen; copies turn nothing back.
  server_port_ = 80;
  SendTcp(2, false, {.flags = kAck, .seq = 500, .ack = 100});
  SendTcp(2.1, true, {.flags = kAck, .seq = 100, .ack = 500, .content = "GET / HTTP/1.1\r\n"});
  EXPECT_THAT(Log(), ElementsAre("open", "s2c", "c2s"));
  server_port_ = 50001;
  Handshake(3);
  SendTcp(3.1, false, {.flags = kAck, .seq = 501, .ack = 101, .content = "GET / HTTP/1.1\r\n"});
  EXPECT_THAT(Log(), ElementsAre("open", "c2s", "s2c", "c2s", "s2c"));
  EXPECT_THAT(sink_.turns, IsEmpty());
}

TEST_F(ConnectionFlowsTest, TheReceiverOfASynAckIsTheClientWhateverItsPort) {
  server_port_ = 50000;
  SendTcp(1, false, {.flags = kSyn | kAck, .seq = 500, .ack = 101});
  SendTcp(1.1, false, {.flags = kAck, .seq = 501, .ack = 101, .payload = 10});
  EXPECT_THAT(Log(), ElementsAre("open", "s2c", "s2c"));
  EXPECT_EQ(sink_.opens.back().endpoints.client.port, kClientPort);
  table().Flush(At(2), false);
  EXPECT_EQ(sink_.closes.back().partial, flow_part::kBeginning | flow_part::kClient);
}

TEST_F(ConnectionFlowsTest, ASynMayBeStoredBehindWhatFollowsIt) {
  SendTcp(1, false, {.flags = kSyn | kAck, .seq = 500, .ack = 101});
  SendTcp(1.0001, true, {.flags = kSyn, .seq = 100});
  SendTcp(1.1, true, {.flags = kAck, .seq = 101, .ack = 501});
  Close(1.2);
  EXPECT_THAT(Log(), ElementsAre("open", "s2c", "c2s", "c2s", "c2s", "s2c", "c2s", "finished+"));

  // Data and their acknowledgment before both.
  SendTcp(11, true, {.flags = kAck, .seq = 201, .ack = 601, .payload = 100}, 2);
  SendTcp(11, true, {.flags = kSyn, .seq = 200}, 2);
  SendTcp(11, false, {.flags = kSyn | kAck, .seq = 600, .ack = 201}, 2);
  EXPECT_THAT(Log(), ElementsAre("open", "c2s", "c2s", "s2c"));
}

TEST_F(ConnectionFlowsTest, AreOfOneSideWhenTheOtherIsNotThere) {
  SendTcp(1, true, {.flags = kSyn, .seq = 100});
  SendTcp(1.1, true, {.flags = kAck, .seq = 101, .ack = 501});
  SendTcp(1.1, true, {.flags = kAck, .seq = 101, .ack = 501, .payload = 10});
  SendTcp(1.2, true, {.flags = kFin | kAck, .seq = 111, .ack = 1501});
  EXPECT_THAT(Log(), ElementsAre("open", "c2s", "c2s", "c2s", "c2s"));
  table().Flush(At(2), false);
  EXPECT_THAT(Log(), ElementsAre("end-"));
  EXPECT_EQ(sink_.closes.back().partial, flow_part::kServer);
  // Nobody answered: nothing is missing.
  SendTcp(3, true, {.flags = kSyn, .seq = 100}, 2);
  table().Flush(At(4), false);
  EXPECT_EQ(sink_.closes.back().partial, 0);
}

TEST_F(ConnectionFlowsTest, AnotherInitialNumberIsAnotherConnection) {
  Handshake(1);
  SendTcp(60, true, {.flags = kSyn, .seq = 70100});
  SendTcp(60.1, false, {.flags = kSyn | kAck, .seq = 90500, .ack = 70101});
  EXPECT_THAT(Log(), ElementsAre("open", "c2s", "s2c", "c2s", "another+", "open", "c2s", "s2c"));
  // The server calls back.
  SendTcp(61, false, {.flags = kSyn, .seq = 5});
  EXPECT_THAT(Log(), ElementsAre("another+", "open", "c2s"));
  EXPECT_EQ(sink_.opens.back().endpoints.client.port, server_port_);
}

TEST_F(ConnectionFlowsTest, RepeatedSynsAndStraySynAcksAreOfTheSame) {
  SendTcp(0, true, {.flags = kSyn, .seq = 100});
  SendTcp(1, true, {.flags = kSyn, .seq = 100});
  SendTcp(1.1, false, {.flags = kSyn | kAck, .seq = 500, .ack = 101});
  SendTcp(1.2, false, {.flags = kSyn | kAck, .seq = 77777, .ack = 101});
  SendTcp(1.3, true, {.flags = kSyn, .seq = 100});
  EXPECT_THAT(Log(), ElementsAre("open", "c2s", "c2s", "s2c", "s2c", "c2s"));
  // It answers a SYN that was not captured.
  SendTcp(2, false, {.flags = kSyn | kAck, .seq = 88888, .ack = 4444});
  EXPECT_THAT(Log(), ElementsAre("another+", "open", "s2c"));
}

// Each SYN/ACK answers a SYN that was not captured.
TEST_F(ConnectionFlowsTest, AnswersToAnotherSynAreAnotherConnection) {
  SendTcp(1, false, {.flags = kSyn | kAck, .seq = 500, .ack = 101});
  SendTcp(1.1, false, {.flags = kAck, .seq = 501, .ack = 111, .payload = 10});
  SendTcp(1.2, false, {.flags = kSyn | kAck, .seq = 500, .ack = 101});    // again
  SendTcp(1.3, false, {.flags = kSyn | kAck, .seq = 60500, .ack = 101});  // a stray one
  SendTcp(2, false, {.flags = kSyn | kAck, .seq = 99500, .ack = 777});
  SendTcp(2.1, false, {.flags = kFin | kAck, .seq = 99501, .ack = 787});
  SendTcp(3, false, {.flags = kSyn | kAck, .seq = 500, .ack = 8888});
  EXPECT_THAT(Log(), ElementsAre("open", "s2c", "s2c", "s2c", "s2c", "another-", "open", "s2c",
                                 "s2c", "another-", "open", "s2c"));
  table().Flush(At(4), false);
  EXPECT_EQ(sink_.closes.back().predecessor, 0u);
  EXPECT_EQ(sink_.closes.back().partial, flow_part::kBeginning | flow_part::kClient);
}

TEST_F(ConnectionFlowsTest, MayBeSentAnewWithTheSameNumbers) {
  for (const double start : {1.0, 21.0, 21.5, 22.0}) {
    Handshake(start);
    SendTcp(start + 0.1, true, {.flags = kPsh | kAck, .seq = 101, .ack = 501, .payload = 10});
    Close(start + 0.2, 111);
    EXPECT_THAT(Log(),
                ElementsAre("open", "c2s", "s2c", "c2s", "c2s", "c2s", "s2c", "c2s", "finished+"));
    EXPECT_EQ(sink_.closes.back().predecessor, 0u);
    EXPECT_EQ(sink_.closes.back().partial, 0);
  }
  EXPECT_EQ(Counted().tcp_after_close, 0u);
  EXPECT_EQ(Counted().copied_packets, 0u);
}

// When its end was not captured, or the other side.
TEST_F(ConnectionFlowsTest, MayBeSentAnewWithoutAnEnd) {
  const auto send = [&](double start) {
    SendTcp(start, true, {.flags = kSyn, .seq = 100});
    SendTcp(start + 0.1, true, {.flags = kAck, .seq = 101, .ack = 501, .payload = 10});
  };
  send(1);
  SendTcp(1.2, true, {.flags = kSyn, .seq = 100});  // it was under way
  EXPECT_THAT(Log(), ElementsAre("open", "c2s", "c2s", "c2s"));
  send(2.3);
  EXPECT_THAT(Log(), ElementsAre("another-", "open", "c2s", "c2s"));
  SendTcp(2.5, true, {.flags = kFin | kAck, .seq = 111, .ack = 501});
  SendTcp(2.505, true, {.flags = kSyn, .seq = 100});  // a copy may come so late
  send(2.6);
  EXPECT_THAT(Log(), ElementsAre("c2s", "c2s", "another-", "open", "c2s", "c2s"));
  // Those of servers acknowledge less than was acknowledged.
  for (const double start : {5.0, 7.0}) {
    SendTcp(start, false, {.flags = kSyn | kAck, .seq = 500, .ack = 101}, 2);
    SendTcp(start + 0.1, false, {.flags = kFin | kAck, .seq = 501, .ack = 101, .payload = 10}, 2);
    SendTcp(start + 1.2, false, {.flags = kSyn | kAck, .seq = 500, .ack = 101}, 2);
    SendTcp(start + 1.3, false, {.flags = kAck, .seq = 512, .ack = 111}, 2);
  }
  EXPECT_THAT(Log(), ElementsAre("open", "s2c", "s2c", "s2c", "s2c", "another-", "open", "s2c",
                                 "s2c", "s2c", "s2c"));
}

TEST_F(ConnectionFlowsTest, AttemptsThatAreRepeatedNameTheOneBefore) {
  SendTcp(1, true, {.flags = kSyn, .seq = 100});
  SendTcp(1.1, false, {.flags = kRst | kAck, .ack = 101});
  SendTcp(2, true, {.flags = kSyn, .seq = 100});
  SendTcp(2.1, false, {.flags = kSyn | kAck, .seq = 500, .ack = 101});
  SendTcp(2.2, false, {.flags = kRst | kAck, .seq = 501, .ack = 101});
  EXPECT_EQ(sink_.closes.back().predecessor, 1u);
  // That one had an answer: this is the whole anew.
  SendTcp(3, true, {.flags = kSyn, .seq = 100});
  SendTcp(303.1, true, {.flags = kSyn, .seq = 100});
  EXPECT_EQ(sink_.closes.back().predecessor, 0u);
  EXPECT_EQ(sink_.closes.back().partial, 0);
  table().Flush(At(304), false);
  EXPECT_EQ(sink_.closes.back().predecessor, 3u);
}

TEST_F(ConnectionFlowsTest, EndNotBeforeTheyBegin) {
  Handshake(10);
  SendTcp(9.5, true, {.flags = kAck, .seq = 101, .ack = 501, .payload = 10});
  SendUdp(20, true);
  SendUdp(19.5, false);
  table().Flush(At(21), false);
  EXPECT_EQ(sink_.closes[0].first, At(10));
  EXPECT_EQ(sink_.closes[0].last, At(10.02));
  EXPECT_EQ(sink_.closes[1].first, At(20));
  EXPECT_EQ(sink_.closes[1].last, At(20));
}

// But where the clock was set, and rows show the new time.
TEST_F(ConnectionFlowsTest, FollowALiveClock) {
  options_.profile.clock_step_ms = 900;
  options_.follow_clock_back = true;
  Handshake(10);
  SendTcp(9.5, true, {.flags = kAck, .seq = 101, .ack = 501, .payload = 10});
  SendTcp(5, true, {.flags = kAck, .seq = 111, .ack = 501, .payload = 10});
  table().Flush(At(6), false);
  EXPECT_EQ(sink_.closes[0].last, At(5));
}

TEST_F(ConnectionFlowsTest, BothMayOpen) {
  SendTcp(0, true, {.flags = kSyn, .seq = 100});
  SendTcp(0.001, false, {.flags = kSyn, .seq = 500});
  SendTcp(0.01, true, {.flags = kSyn | kAck, .seq = 100, .ack = 501});
  SendTcp(0.011, false, {.flags = kSyn | kAck, .seq = 500, .ack = 101});
  Close(1);
  EXPECT_THAT(Log(),
              ElementsAre("open", "c2s", "s2c", "c2s", "s2c", "c2s", "s2c", "c2s", "finished+"));
}

// As long as a SYN is repeated, it is one attempt, however long the pauses become.
TEST_F(ConnectionFlowsTest, AttemptsWaitForTheNextSyn) {
  for (const double t : {0., 1., 3., 7., 15., 31.}) {
    SendTcp(t, true, {.flags = kSyn, .seq = 100});
  }
  EXPECT_THAT(Log(), ElementsAre("open", "c2s", "c2s", "c2s", "c2s", "c2s", "c2s"));
  // One that is not waits for the shortest time.
  SendTcp(40, true, {.flags = kSyn, .seq = 100}, 2);
  SendTcp(51, true, {.flags = kSyn, .seq = 100}, 2);
  EXPECT_THAT(Log(), ElementsAre("open", "c2s", "idle-", "open", "c2s"));
  EXPECT_EQ(sink_.closes.back().number + 1, sink_.opens.back().number);
}

TEST_F(ConnectionFlowsTest, ResetsOutOfTheWindowEndNothing) {
  Handshake(1);
  SendTcp(1.1, true, {.flags = kAck, .seq = 101, .ack = 501, .payload = 1000});
  SendTcp(1.2, false, {.flags = kRst, .seq = 0x70000000});
  SendTcp(1.3, false, {.flags = kRst, .seq = 499});
  SendTcp(1.4, true, {.flags = kRst, .seq = 100});
  EXPECT_THAT(Log(), ElementsAre("open", "c2s", "s2c", "c2s", "c2s", "s2c", "s2c", "c2s"));
  SendTcp(1.5, true, {.flags = kRst, .seq = 1101});
  EXPECT_THAT(Log(), ElementsAre("c2s", "reset+"));
}

TEST_F(ConnectionFlowsTest, ASynIsRefusedByWhatAcknowledgesIt) {
  SendTcp(1, true, {.flags = kSyn, .seq = 100});
  SendTcp(1.1, false, {.flags = kRst, .seq = 0});
  SendTcp(1.2, false, {.flags = kRst | kAck, .seq = 0, .ack = 55});
  EXPECT_THAT(Log(), ElementsAre("open", "c2s", "s2c", "s2c"));
  SendTcp(1.3, false, {.flags = kRst | kAck, .seq = 0, .ack = 101});
  EXPECT_THAT(Log(), ElementsAre("s2c", "reset-"));
  // Some try again.
  SendTcp(1.8, true, {.flags = kSyn, .seq = 100});
  EXPECT_THAT(Log(), ElementsAre("open", "c2s"));
}

TEST_F(ConnectionFlowsTest, WhatIsLateBeginsNothing) {
  Handshake(1);
  Close(1.1);
  Log();
  SendTcp(1.4, false, {.flags = kFin | kAck, .seq = 501, .ack = 102});
  SendTcp(1.4, true, {.flags = kAck, .seq = 102, .ack = 502});
  SendTcp(1.45, false, {.flags = kFin | kAck, .seq = 502, .ack = 102});
  SendTcp(1.5, true, {.flags = kRst | kAck, .seq = 102, .ack = 502});
  SendTcp(1.5, false, {.flags = kRst, .seq = 0});
  SendTcp(1.125, true, {.flags = kSyn, .seq = 100});  // a copy
  EXPECT_THAT(Log(), IsEmpty());
  EXPECT_EQ(Counted().tcp_after_close, 6u);
  EXPECT_EQ(Counted().tcp_trash_packets, 6u);
  // Beyond what was sent: of another connection, whose SYN was missed.
  SendTcp(2, true, {.flags = kAck, .seq = 50000, .ack = 90000, .payload = 10});
  EXPECT_THAT(Log(), ElementsAre("open", "c2s"));
}

TEST_F(ConnectionFlowsTest, WhatWasUnderWayBeforeAResetIsLate) {
  Handshake(1);
  SendTcp(1.1, true, {.flags = kRst, .seq = 101});
  Log();
  SendTcp(1.2, false, {.flags = kAck, .seq = 501, .ack = 101, .payload = 1000});
  SendTcp(1.2, true, {.flags = kRst, .seq = 101});
  SendTcp(1.2, false, {.flags = kAck, .seq = 1501, .ack = 101, .payload = 1000});
  EXPECT_THAT(Log(), IsEmpty());
  EXPECT_EQ(Counted().tcp_after_reset, 3u);
  // Who goes on has not sent the reset.
  SendTcp(1.3, true, {.flags = kAck, .seq = 101, .ack = 501, .payload = 10});
  EXPECT_THAT(Log(), ElementsAre("open", "c2s"));
  SendTcp(1.4, true, {.flags = kRst, .seq = 111});
  EXPECT_THAT(Log(), ElementsAre("c2s", "reset-"));
  EXPECT_EQ(sink_.closes.back().predecessor, 1u);
  // What is late is not for ever.
  SendTcp(300, false, {.flags = kAck, .seq = 501, .ack = 101, .payload = 1000});
  EXPECT_THAT(Log(), ElementsAre("open", "s2c"));
}

// With CompatProfile::late_segments_count.
class LateSegmentsTest : public ConnectionFlowsTest {
 protected:
  LateSegmentsTest() { options_.profile.late_segments_count = true; }
};

TEST_F(LateSegmentsTest, CountForTwoSecondsInTheFlowThatEnded) {
  Handshake(1);
  Close(1.1);
  SendTcp(1.4, false, {.flags = kFin | kAck, .seq = 501, .ack = 102});
  SendTcp(1.5, true, {.flags = kRst | kAck, .seq = 102, .ack = 502});
  EXPECT_THAT(Log(), ElementsAre("open", "c2s", "s2c", "c2s", "c2s", "s2c", "c2s", "s2c", "c2s"));
  // The time since the end counts, 1.12, not that since the last of them.
  SendTcp(3.13, false, {.flags = kFin | kAck, .seq = 501, .ack = 102});
  EXPECT_THAT(Log(), ElementsAre("finished+"));
  EXPECT_EQ(sink_.closes.back().last, At(1.5));
  EXPECT_EQ(sink_.closes.back().now, At(1.5));
  EXPECT_EQ(sink_.closes.back().partial, 0);
  EXPECT_EQ(Counted().tcp_after_close, 1u);
  EXPECT_EQ(Counted().open_tcp_flows, 0);
}

TEST_F(LateSegmentsTest, EndNothingAgain) {
  Handshake(1);
  SendTcp(1.1, true, {.flags = kRst, .seq = 101});
  // What was under way, and answers to it.
  SendTcp(1.2, false, {.flags = kAck, .seq = 501, .ack = 101, .payload = 1000});
  SendTcp(1.2, true, {.flags = kRst, .seq = 101});
  SendTcp(1.2, false, {.flags = kFin | kAck, .seq = 1501, .ack = 101});
  SendTcp(1.2, true, {.flags = kRst, .seq = 101});
  table().Flush(At(2), false);
  EXPECT_THAT(
      Log(), ElementsAre("open", "c2s", "s2c", "c2s", "c2s", "s2c", "c2s", "s2c", "c2s", "reset+"));
  EXPECT_EQ(sink_.closes.back().direction, Direction::kClientToServer);
  EXPECT_EQ(Counted().tcp_after_reset, 0u);
}

TEST_F(LateSegmentsTest, AreNotThoseOfAnotherConnection) {
  Handshake(1);
  Close(1.1);
  Log();
  SendTcp(1.2, true, {.flags = kSyn, .seq = 7000});
  EXPECT_THAT(Log(), ElementsAre("finished+", "open", "c2s"));
  SendTcp(1.3, false, {.flags = kRst | kAck, .ack = 7001});
  // Some try again with the same number.
  SendTcp(1.8, true, {.flags = kSyn, .seq = 7000});
  EXPECT_THAT(Log(), ElementsAre("s2c", "reset-", "open", "c2s"));
  EXPECT_EQ(sink_.opens.back().number, 3u);
  // Who goes on has not sent the reset.
  SendTcp(5, true, {.flags = kAck, .seq = 7001, .ack = 1, .payload = 10});
  SendTcp(5.1, true, {.flags = kRst, .seq = 7011});
  SendTcp(5.2, true, {.flags = kAck, .seq = 7011, .ack = 1, .payload = 10});
  EXPECT_THAT(Log(), ElementsAre("c2s", "c2s", "reset-", "open", "c2s"));
  table().Flush(At(6), false);
  EXPECT_EQ(sink_.closes.back().predecessor, 3u);
}

TEST_F(LateSegmentsTest, HaveCopiesToo) {
  Handshake(1);
  const Tcp reset = {.flags = kRst | kAck, .seq = 101, .ack = 501, .ip_id = 9};
  EXPECT_EQ(SendTcp(1.1, true, reset), FlowResult::kCounted);
  EXPECT_EQ(SendTcp(1.101, true, reset), FlowResult::kDuplicate);
  table().Flush(At(2), false);
  EXPECT_EQ(sink_.closes.back().copies[0], 1u);
  EXPECT_EQ(sink_.closes.back().last, At(1.1));
}

TEST_F(LateSegmentsTest, AreWaitedForInOrderWithoutPackets) {
  Handshake(1, 1);
  Handshake(1, 2);
  SendTcp(1.1, true, {.flags = kRst, .seq = 101}, 2);
  SendTcp(1.2, true, {.flags = kRst, .seq = 101}, 1);
  Log();
  table().AdvanceTime(At(3.1));
  EXPECT_THAT(Log(), IsEmpty());
  table().AdvanceTime(At(3.3));
  EXPECT_THAT(Log(), ElementsAre("reset+", "reset+"));
  EXPECT_EQ(sink_.closes.front().number, 2u);
  EXPECT_EQ(sink_.closes.back().now, At(1.2));
}

TEST_F(LateSegmentsTest, MakeRoomForOpenFlows) {
  options_.globals.max_tcp_pairs = 2;
  for (const uint16_t client : {1, 2}) {
    Handshake(1, client);
    SendTcp(1.1, true, {.flags = kRst, .seq = 101}, client);
  }
  Log();
  SendTcp(1.2, true, {.flags = kSyn, .seq = 100}, 3);
  EXPECT_THAT(Log(), ElementsAre("reset+", "open", "c2s"));
  EXPECT_EQ(Counted().refused_tcp_flows, 0u);
}

TEST_F(LateSegmentsTest, AreNoReasonToEvictAnOpenFlow) {
  options_.max_live_flows = 2;
  Handshake(1, 1);
  Handshake(2, 2);
  SendTcp(2.1, true, {.flags = kRst, .seq = 101}, 2);
  Log();
  SendTcp(2.2, true, {.flags = kSyn, .seq = 100}, 3);
  EXPECT_THAT(Log(), ElementsAre("reset+", "open", "c2s"));
  EXPECT_EQ(Counted().evicted_flows, 0u);
}

TEST_F(ConnectionFlowsTest, GoOnInAnotherAfterASilence) {
  Handshake(1);
  SendTcp(301.03, false, {.flags = kAck, .seq = 501, .ack = 101, .payload = 10});
  EXPECT_THAT(Log(), ElementsAre("open", "c2s", "s2c", "c2s", "idle+", "open", "s2c"));
  EXPECT_EQ(sink_.opens.back().number, 2u);
  EXPECT_EQ(sink_.opens.back().endpoints.client.port, kClientPort);
  table().Flush(At(302), true);
  EXPECT_EQ(sink_.closes.back().predecessor, 1u);
  EXPECT_EQ(sink_.closes.back().partial, flow_part::kBeginning);
  EXPECT_FALSE(sink_.closes.back().state_kept);
}

TEST_F(LateSegmentsTest, EachTraceHasItsOwn) {
  for (const char* const trace : {"first", "second"}) {
    Handshake(1);
    Close(1.1);
    Handshake(2, 2);
    SendTcp(2.1, true, {.flags = kRst, .seq = 101}, 2);
    Handshake(2, 3);
    SendUdp(2, true);
    Log();
    table().Flush(At(3), true);
    EXPECT_THAT(Log(), ElementsAre("finished+", "reset+", "end-", "udp-end")) << trace;
    for (const CloseStep& close : sink_.closes) {
      EXPECT_EQ(close.predecessor, 0u) << trace;
      EXPECT_EQ(close.partial, 0) << trace;
    }
    EXPECT_EQ(Counted().tcp_after_close, 0u) << trace;
    EXPECT_EQ(Counted().copied_packets, 0u) << trace;
  }
}

TEST_F(ConnectionFlowsTest, DatagramsGoOnToo) {
  SendUdp(1, true);
  SendUdp(2, false);
  SendUdp(202, false);
  SendUdp(402.1, false);
  EXPECT_THAT(Log(), ElementsAre("udp-open", "udp-c2s", "udp-s2c", "udp-s2c", "udp-idle",
                                 "udp-open", "udp-s2c"));
  table().Flush(At(403), false);
  EXPECT_EQ(sink_.closes.back().predecessor, 1u);
}

TEST_F(ConnectionFlowsTest, AreReportedWhileTheyAreOpen) {
  options_.active_timeout_s = 60;
  Handshake(1);
  SendTcp(30, true, {.flags = kAck, .seq = 101, .ack = 501, .payload = 10});
  SendTcp(61, true, {.flags = kAck, .seq = 111, .ack = 501, .payload = 10});
  EXPECT_THAT(Log(), ElementsAre("open", "c2s", "s2c", "c2s", "c2s", "active+", "c2s"));
  EXPECT_EQ(sink_.closes.back().number, 1u);
  EXPECT_EQ(sink_.closes.back().next_number, 2u);
  EXPECT_EQ(sink_.closes.back().last, At(30));
  Close(62, 121);
  EXPECT_THAT(Log(), ElementsAre("c2s", "s2c", "c2s", "finished+"));
  EXPECT_EQ(sink_.closes.back().number, 2u);
  EXPECT_EQ(sink_.closes.back().predecessor, 1u);
  EXPECT_EQ(sink_.closes.back().first, At(61));
  for (const double t : {100., 105., 159.9, 160.}) SendUdp(t, true);
  EXPECT_THAT(Log(),
              ElementsAre("udp-open", "udp-c2s", "udp-c2s", "udp-c2s", "udp-active", "udp-c2s"));
}

TEST_F(ConnectionFlowsTest, CopiesCountOnce) {
  const Tcp syn = {.flags = kSyn, .seq = 100, .ip_id = 7},
            routed = {.flags = kSyn, .seq = 100, .ip_id = 7, .ttl = 63},
            again = {.flags = kSyn, .seq = 100, .ip_id = 8};
  EXPECT_EQ(SendTcp(1, true, syn), FlowResult::kCounted);
  EXPECT_EQ(SendTcp(1.00999, true, syn), FlowResult::kDuplicate);
  EXPECT_EQ(SendTcp(1.00999, true, routed), FlowResult::kDuplicate);
  EXPECT_EQ(SendTcp(1.00999, true, again), FlowResult::kCounted);
  EXPECT_EQ(SendTcp(1.02, true, syn), FlowResult::kCounted);  // long after
  table().Flush(At(2), false);
  EXPECT_EQ(sink_.closes.back().copies[0], 2u);
  EXPECT_EQ(Counted().copied_packets, 2u);
  EXPECT_EQ(SendUdp(3, true, 1, 5), FlowResult::kCounted);
  EXPECT_EQ(SendUdp(3.001, true, 1, 6), FlowResult::kCounted);
  EXPECT_EQ(SendUdp(3.001, true, 1, 5), FlowResult::kDuplicate);
  EXPECT_EQ(SendUdp(3.001, true, 1, 5, 1), FlowResult::kCounted);
  EXPECT_EQ(SendUdp(3.001, false, 1, 5), FlowResult::kCounted);
}

TEST_F(ConnectionFlowsTest, CopiesMayCountEachTime) {
  options_.profile.duplicate_filter = false;
  const Tcp syn = {.flags = kSyn, .seq = 100, .ip_id = 7};
  EXPECT_EQ(SendTcp(1, true, syn), FlowResult::kCounted);
  EXPECT_EQ(SendTcp(1, true, syn), FlowResult::kCounted);
}

// The copies come three milliseconds later, behind others.
TEST_F(ConnectionFlowsTest, CopiesMayComeBehindOthers) {
  Handshake(1);
  Log();
  constexpr int kPackets = 300;
  for (int i = 0; i < 2 * kPackets; ++i) {
    const bool copy = i >= kPackets;
    const int n = copy ? i - kPackets : i;
    EXPECT_EQ(SendTcp(2 + (n + (copy ? 300 : 0)) * 1e-5, true,
                      {.flags = kAck,
                       .seq = static_cast<uint32_t>(101 + 10 * n),
                       .ack = 501,
                       .payload = 10,
                       .ip_id = static_cast<uint16_t>(1000 + n)}),
              copy ? FlowResult::kDuplicate : FlowResult::kCounted)
        << i;
  }
}

// Copies are found behind any number of packets of the direction, but not of the capture.
TEST_F(ConnectionFlowsTest, CopiesThatComeTooLateCount) {
  const auto send = [this](uint32_t n, uint16_t client) {
    return SendTcp(1, true, {.flags = kAck, .seq = 101 + n, .ack = 501, .payload = 1, .ip_id = 7},
                   client);
  };
  SendTcp(1, true, {.flags = kSyn, .seq = 100});
  constexpr uint32_t kMany = 2000;
  for (uint32_t n = 0; n < kMany; ++n) EXPECT_EQ(send(n, 1), FlowResult::kCounted);
  for (uint32_t n = 0; n < kMany; ++n) EXPECT_EQ(send(n, 1), FlowResult::kDuplicate);
  for (const uint32_t between : {CopyFilter::kPackets - 2, CopyFilter::kPackets - 1}) {
    SendTcp(1, true, {.flags = kSyn, .seq = 100}, 2);
    EXPECT_EQ(send(between, 2), FlowResult::kCounted);
    for (uint32_t i = 0; i < between; ++i) SendUdp(1, true, 3);
    EXPECT_EQ(send(between, 2),
              between == CopyFilter::kPackets - 2 ? FlowResult::kDuplicate : FlowResult::kCounted);
  }
}

}  // namespace
}  // namespace tstat::internal
