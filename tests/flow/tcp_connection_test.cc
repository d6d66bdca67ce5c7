// SPDX-License-Identifier: BSD-3-Clause
#include "flow/tcp_connection.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

#include "flow/client_guess.h"
#include "flow/closed_flow_memory.h"

namespace tstat::internal {
namespace {

using tcp_flags::kAck;
using tcp_flags::kFin;
using tcp_flags::kRst;
using tcp_flags::kSyn;

TcpHeader Header(uint8_t flags, uint32_t seq, uint32_t ack = 0, int payload = 0,
                 uint16_t window = 1000) {
  TcpHeader h{};
  h.flags = flags;
  h.sequence = seq;
  h.acknowledgment = ack;
  h.payload_length = payload;
  h.window = window;
  h.header_length = 20;
  return h;
}

// Packets of a sender that says that they must not be cut, with an identification.
struct Packet {
  explicit Packet(uint16_t id, bool v6 = false) {
    datagram.ip = ByteReader(bytes);
    datagram.ip_id = id;
    datagram.is_v6 = v6;
  }
  std::array<uint8_t, 20> bytes = {0, 0, 0, 0, 0, 0, 0x40};
  Datagram datagram;
};

class TcpConnectionTest : public ::testing::Test {
 protected:
  void Send(int self, const TcpHeader& h, uint16_t id = 0) {
    const Packet packet(id);
    connection_.OnSegment(self, h, packet.datagram);
  }
  using Copies = TcpConnection::Copies;
  bool WasSentTwice(int self, const TcpHeader& h, const Datagram& d,
                    Copies copies = Copies::kRare) const {
    return connection_.WasSentTwice(self, h, d, copies);
  }
  TcpConnection connection_;
};

TEST_F(TcpConnectionTest, ResetsHaveWhatTheirReceiverExpects) {
  Send(1, Header(kAck, 5000, 1000, 2000));
  Send(0, Header(kAck, 1000, 6000));
  // Something between may have arrived since; a FIN may have been missed.
  for (const uint32_t number : {6000, 6500, 7000, 7001}) {
    EXPECT_TRUE(connection_.MayReset(1, Header(kRst, number))) << number;
  }
  EXPECT_FALSE(connection_.MayReset(1, Header(kRst, 5999)));
  EXPECT_FALSE(connection_.MayReset(1, Header(kRst, 7002)));
  EXPECT_TRUE(connection_.MayReset(0, Header(kRst, 1000)));
  EXPECT_FALSE(connection_.MayReset(0, Header(kRst, 999)));
}

// Where one side was not captured, it must be near what was.
TEST_F(TcpConnectionTest, ResetsOfOneSideAreNear) {
  Send(0, Header(kAck, 1000, 6000, 10));
  EXPECT_TRUE(connection_.MayReset(0, Header(kRst, 1010)));
  EXPECT_FALSE(connection_.MayReset(0, Header(kRst, 1'000'000)));
  EXPECT_TRUE(connection_.MayReset(1, Header(kRst, 6000)));
  EXPECT_FALSE(connection_.MayReset(1, Header(kRst, 5999)));
  EXPECT_FALSE(connection_.MayReset(1, Header(kRst, 1'000'000)));
}

TEST_F(TcpConnectionTest, NumbersGoOnAtTheirEnd) {
  Send(0, Header(kAck, 0xFFFFFF00, 5000, 0x200));
  EXPECT_EQ(connection_.side(0).next, 0x100u);
  EXPECT_FALSE(connection_.IsNews(0, Header(kAck, 0xFFFFFF00, 5000, 0x200)));
  EXPECT_TRUE(connection_.IsNews(0, Header(kAck, 0xFF, 5000, 2)));
  EXPECT_TRUE(connection_.IsNews(0, Header(kAck, 0xFF, 5001, 0)));
  Send(1, Header(kAck, 5000, 0x100, 0));
  EXPECT_TRUE(connection_.MayReset(0, Header(kRst, 0x100)));
  EXPECT_FALSE(connection_.MayReset(0, Header(kRst, 0xFFFFFF00)));
}

TEST_F(TcpConnectionTest, IdentificationsTellWhereTheyVary) {
  const TcpHeader data = Header(kAck, 1000, 5000, 10);
  Send(0, data, 7);
  for (int i = 0; i < 4; ++i) Send(1, Header(kAck, 5000, 1000), 9);
  EXPECT_FALSE(WasSentTwice(0, data, Packet(7).datagram));
  EXPECT_TRUE(WasSentTwice(0, data, Packet(0).datagram));
  EXPECT_TRUE(WasSentTwice(0, data, Packet(0, true).datagram));
  // Those of side 1 are all the same: they say nothing, but where packets may be cut.
  const TcpHeader ack = Header(kAck, 5000, 1000);
  Send(0, Header(kAck, 1020, 5000, 10), 8);  // behind a hole
  EXPECT_TRUE(WasSentTwice(1, ack, Packet(9).datagram));
  Packet fragile(9);
  fragile.bytes[6] = 0;
  EXPECT_FALSE(WasSentTwice(1, ack, fragile.datagram));
}

TEST_F(TcpConnectionTest, ADuplicateAcknowledgmentAnswersASegment) {
  const TcpHeader ack = Header(kAck, 1000, 5000);
  const Packet v6(0, true);
  Send(1, Header(kAck, 4000, 1000, 1000));
  Send(0, ack);
  EXPECT_FALSE(WasSentTwice(0, ack, v6.datagram));
  Send(1, Header(kAck, 6000, 1000, 1000));  // behind a hole
  EXPECT_TRUE(WasSentTwice(0, ack, v6.datagram));
  Send(0, ack);
  EXPECT_FALSE(WasSentTwice(0, ack, v6.datagram));
}

TEST_F(TcpConnectionTest, WhereAllPacketsComeTwiceTheSecondOneIsACopy) {
  const TcpHeader ack = Header(kAck, 1000, 5000);
  const Packet v6(0, true);
  Send(1, Header(kAck, 4000, 1000, 1000));
  Send(0, ack);
  Send(1, Header(kAck, 6000, 1000, 1000));
  EXPECT_TRUE(WasSentTwice(0, ack, v6.datagram, Copies::kSome));
  EXPECT_FALSE(WasSentTwice(0, ack, v6.datagram, Copies::kMost));
  connection_.OnCopy(0);
  // The third one is none of the first.
  EXPECT_TRUE(WasSentTwice(0, ack, v6.datagram, Copies::kMost));
}

TEST_F(TcpConnectionTest, TheAnswersToABurstComeInARow) {
  const TcpHeader ack = Header(kAck, 1000, 5000);
  const Packet v6(0, true);
  Send(1, Header(kAck, 4000, 1000, 1000));
  Send(0, ack);
  for (uint32_t i = 1; i <= 5; ++i) Send(1, Header(kAck, 5000 + 1000 * i, 1000, 1000));
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(WasSentTwice(0, ack, v6.datagram)) << i;
    // Where some packets have copies, what follows the first may be one.
    EXPECT_EQ(WasSentTwice(0, ack, v6.datagram, Copies::kSome), i == 0) << i;
    Send(0, ack);
  }
  // There were no more segments than that.
  EXPECT_FALSE(WasSentTwice(0, ack, v6.datagram));
}

TEST_F(TcpConnectionTest, WhatIsAcknowledgedIsAnswered) {
  const Packet v6(0, true);
  Send(1, Header(kAck, 4000, 1000, 1000));
  Send(0, Header(kAck, 1000, 5000));
  for (uint32_t i = 0; i < 8; ++i) Send(1, Header(kAck, 5000 + 1000 * i, 1000, 1000));
  Send(0, Header(kAck, 1000, 11000));  // six of them
  const TcpHeader again = Header(kAck, 1000, 11000);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(WasSentTwice(0, again, v6.datagram)) << i;
    Send(0, again);
  }
  EXPECT_FALSE(WasSentTwice(0, again, v6.datagram));
  Send(0, Header(kAck, 1000, 13000));
  EXPECT_FALSE(WasSentTwice(0, Header(kAck, 1000, 13000), v6.datagram));
}

TEST_F(TcpConnectionTest, EachSegmentOfABurstMayBeAnsweredByAReset) {
  const Packet v6(0, true);
  Send(1, Header(kAck, 4000, 1000, 1000));
  Send(0, Header(kAck, 1000, 5000));
  for (uint32_t i = 0; i < 4; ++i) Send(1, Header(kAck, 5000 + 1000 * i, 1000, 1000));
  const TcpHeader reset = Header(kRst, 1000);
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(WasSentTwice(0, reset, v6.datagram)) << i;
    connection_.OnLateSegment(0, reset, v6.datagram);
  }
  EXPECT_FALSE(WasSentTwice(0, reset, v6.datagram));
}

TEST_F(TcpConnectionTest, MoreThanCanBeCountedAreNoFewerAnswers) {
  const TcpHeader ack = Header(kAck, 1000, 5000);
  Send(1, Header(kAck, 4000, 1000, 1000));
  Send(0, ack);
  for (uint32_t i = 1; i <= 1000; ++i) Send(1, Header(kAck, 5000 + 1000 * i, 1000, 1000));
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(WasSentTwice(0, ack, Packet(0, true).datagram)) << i;
    Send(0, ack);
  }
  const TcpHeader all = Header(kAck, 1000, 1006000);
  Send(0, all);
  EXPECT_FALSE(WasSentTwice(0, all, Packet(0, true).datagram));
}

TEST_F(TcpConnectionTest, AFastRetransmissionWasAskedForThreeTimes) {
  const TcpHeader data = Header(kAck, 1000, 5000, 10);
  const Packet v6(0, true);
  Send(0, data);
  Send(1, Header(kAck, 5000, 1000));
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(WasSentTwice(0, data, v6.datagram)) << i;
    Send(1, Header(kAck, 5000, 1000));
  }
  EXPECT_TRUE(WasSentTwice(0, data, v6.datagram));
  EXPECT_FALSE(WasSentTwice(0, Header(kAck, 990, 5000, 10), v6.datagram));
  // It comes; its copy was not asked for.
  Send(0, data);
  EXPECT_FALSE(WasSentTwice(0, data, v6.datagram));
}

// Answers to keep-alives ask for nothing.
TEST_F(TcpConnectionTest, NothingIsAskedForThatWasNotSent) {
  const TcpHeader data = Header(kAck, 1000, 5000, 10);
  Send(0, Header(kAck, 990, 5000, 10));
  for (int i = 0; i < 5; ++i) Send(1, Header(kAck, 5000, 1000));
  Send(0, data);
  EXPECT_FALSE(WasSentTwice(0, data, Packet(0, true).datagram));
  EXPECT_EQ(connection_.side(1).repeated_acks, 0);
}

TEST(ClientGuessTest, MessagesTellMoreThanPorts) {
  const auto sent_by_server = [](const std::string& payload, uint16_t from, uint16_t to) {
    std::vector<uint8_t> bytes(20);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    Datagram d;
    d.source_port = from;
    d.destination_port = to;
    d.transport_bytes = ByteReader(bytes);
    return IsSentByServer(d, Header(kAck, 1, 1, static_cast<int>(payload.size())));
  };
  EXPECT_TRUE(sent_by_server("", 80, 40000));
  EXPECT_FALSE(sent_by_server("", 40000, 80));
  EXPECT_FALSE(sent_by_server("", 500, 500));
  EXPECT_TRUE(sent_by_server("HTTP/1.1 200 OK", 50000, 40000));
  EXPECT_FALSE(sent_by_server("GET / HTTP/1.1", 40000, 50000));
  EXPECT_TRUE(sent_by_server(std::string("\x16\x03\x03\x01\x02\x02", 6), 50000, 40000));
  EXPECT_FALSE(sent_by_server(std::string("\x16\x03\x01\x01\x02\x01", 6), 40000, 50000));
  EXPECT_TRUE(sent_by_server("other", 40000, 50000));
}

TEST(ClosedFlowMemoryTest, KnowsTheLastOnes) {
  ClosedFlowMemory memory(3);
  const auto flow = [](uint16_t port, uint64_t number) {
    ClosedFlow f;
    f.key.a_port = port;
    f.key.b_port = 80;
    f.hash = port % 2;
    f.number = number;
    return f;
  };
  const auto number = [&](uint16_t from, uint16_t to) -> uint64_t {
    FlowKey key;
    key.a_port = from;
    key.b_port = to;
    bool reversed = false;
    const ClosedFlow* const found = memory.Find(key, std::max(from, to) % 2, &reversed);
    if (found == nullptr) return 0;
    EXPECT_EQ(reversed, from == 80);
    return found->number;
  };
  memory.Remember(flow(1001, 1));
  memory.Remember(flow(1002, 2));
  memory.Remember(flow(1001, 3));
  EXPECT_EQ(number(1001, 80), 3u);
  EXPECT_EQ(number(80, 1002), 2u);
  memory.Remember(flow(1003, 4));  // in the place of the first, which is gone
  EXPECT_EQ(number(1002, 80), 2u);
  memory.Remember(flow(1004, 5));
  EXPECT_EQ(number(1002, 80), 0u);
  EXPECT_EQ(number(80, 1001), 3u);
  EXPECT_EQ(number(80, 1003), 4u);
  EXPECT_EQ(number(1004, 80), 5u);
}

}  // namespace
}  // namespace tstat::internal
