// SPDX-License-Identifier: BSD-3-Clause
//
// Where the rules of the flow table begin and end, to the microsecond and to the byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/flow/flow_table_fixture.h"

namespace tstat::internal {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::StartsWith;
using Words = std::vector<std::string>;

// The collector looks at all slots whenever a flow begins.
class IdleLimitsTest : public FlowTableTest {
 protected:
  static constexpr double kTcp = 7.5, kTcpSingleton = 2.25, kUdp = 5.125, kUdpSingleton = 3.0625;

  IdleLimitsTest() {
    options_.globals.gc_split_ratio = 1;
    options_.globals.gc_cycle_time_s = 1e-6;
    options_.globals.max_tcp_pairs = options_.globals.max_udp_pairs = 64;
    options_.globals.tcp_idle_time_s = kTcp;
    options_.globals.tcp_singleton_time_s = kTcpSingleton;
    options_.globals.udp_idle_time_s = kUdp;
    options_.globals.udp_singleton_time_s = kUdpSingleton;
  }

  // A flow that was last active at 1 s is there at its limit, and gone a microsecond later.
  void ExpectLimit(const std::function<void()>& begin, double limit_s, const std::string& close) {
    for (const bool over : {false, true}) {
      NewTable();
      begin();
      Log();
      SendUdp(1 + limit_s + (over ? 1e-6 : 0), true, 100);
      EXPECT_EQ(Log(),
                over ? (Words{close, "udp-open", "udp-c2s"}) : (Words{"udp-open", "udp-c2s"}))
          << close << limit_s;
    }
  }
};

TEST_F(IdleLimitsTest, AreExceededByAMicrosecond) {
  ExpectLimit([&] { Handshake(0.98, 1); }, kTcp, "idle+");
  ExpectLimit([&] { SendTcp(1, true, {.flags = kSyn}); }, kTcpSingleton, "idle-");
  ExpectLimit([&] { SendUdp(1, true), SendUdp(1, false); }, kUdp, "udp-idle");
  ExpectLimit([&] { SendUdp(1, true); }, kUdpSingleton, "udp-idle");
}

// A singleton is closed by whichever limit it exceeds first.
TEST_F(IdleLimitsTest, OfAllFlowsAreThoseOfSingletonsToo) {
  options_.globals.tcp_singleton_time_s = kTcp + 4;
  options_.globals.udp_singleton_time_s = kUdp + 4;
  ExpectLimit([&] { SendTcp(1, true, {.flags = kSyn}); }, kTcp, "idle-");
  ExpectLimit([&] { SendUdp(1, true); }, kUdp, "udp-idle");
  ExpectLimit([&] { SendUdp(0.5, true), SendUdp(1, false); }, kUdp, "udp-idle");
}

// SYNs of one side, however many, are a singleton; anything else of either side is more.
TEST_F(IdleLimitsTest, SingletonsAreSynsOfOneSideAndSingleDatagrams) {
  ExpectLimit(
      [&] {
        SendTcp(0.5, true, {.flags = kSyn});
        SendTcp(1, true, {.flags = kSyn, .seq = 7});
      },
      kTcpSingleton, "idle-");
  ExpectLimit(
      [&] {
        SendTcp(0.5, true, {.flags = kSyn});
        SendTcp(1, true, {.flags = kAck});
      },
      kTcp, "idle-");
  ExpectLimit(
      [&] {
        SendTcp(0.5, true, {.flags = kSyn});
        SendTcp(1, false, {.flags = kSyn | kAck});
      },
      kTcp, "idle+");
  ExpectLimit([&] { SendUdp(0.5, true), SendUdp(1, true); }, kUdp, "udp-idle");
}

// The same limits decide what is written as expired at the end of a trace.
TEST_F(IdleLimitsTest, HoldAtTheEndOfATrace) {
  for (const double over_us : {0.0, 1.0}) {
    NewTable();
    Handshake(0.98);
    Log();
    table().Flush(At(1 + kTcp + over_us / 1e6), false);
    EXPECT_EQ(Log(), Words{over_us > 0 ? "expired+" : "end-"});
  }
}

// A duplicate is not counted, but its flow is alive.
TEST_F(IdleLimitsTest, ADuplicateCountsAsActivity) {
  ExpectLimit(
      [&] {
        SendUdp(0.9995, true, 1, 7);
        EXPECT_EQ(SendUdp(1, true, 1, 7), FlowResult::kDuplicate);
      },
      kUdpSingleton, "udp-idle");
}

// What was sent last before the limit is a duplicate, at it no more.
TEST_F(FlowTableTest, DuplicatesComeWithinTheirTime) {
  options_.globals.min_delta_t_tcp_dup_pkt_us = 300;
  options_.globals.min_delta_t_udp_dup_pkt_us = 200;
  SendTcp(1, true, {.flags = kSyn, .ip_id = 7});
  EXPECT_EQ(SendTcp(1.000299, true, {.flags = kSyn, .ip_id = 7}), FlowResult::kDuplicate);
  EXPECT_EQ(SendTcp(1.000300, true, {.flags = kSyn, .ip_id = 7}), FlowResult::kCounted);
  SendUdp(1, true, 1, 7);
  EXPECT_EQ(SendUdp(1.000199, true, 1, 7), FlowResult::kDuplicate);
  EXPECT_EQ(SendUdp(1.000200, true, 1, 7), FlowResult::kCounted);
}

// Directions are told apart, and so are datagrams of other lengths and checksums.
TEST_F(FlowTableTest, OnlyTheSamePacketAgainIsADuplicate) {
  Handshake(1);
  EXPECT_EQ(SendTcp(2, true, {.flags = kAck, .ip_id = 9, .checksum = 1}), FlowResult::kCounted);
  EXPECT_EQ(SendTcp(2, false, {.flags = kAck, .ip_id = 9, .checksum = 1}), FlowResult::kCounted);
  EXPECT_EQ(SendTcp(2, true, {.flags = kAck, .ip_id = 9, .checksum = 2}), FlowResult::kCounted);
  EXPECT_EQ(SendTcp(2, true, {.flags = kAck, .payload = 1, .ip_id = 9, .checksum = 2}),
            FlowResult::kCounted);
  EXPECT_EQ(SendTcp(2, true, {.flags = kAck, .payload = 1, .ip_id = 9, .checksum = 2}),
            FlowResult::kDuplicate);
}

// Each FIN takes a number of its own (RFC 9293, 3.4): the one behind the data.
TEST_F(FlowTableTest, AFinIsAcknowledgedByTheNumberBehindIt) {
  for (const uint32_t ack : {110u, 111u, 112u}) {
    NewTable();
    Handshake(1);
    SendTcp(2, true, {.flags = kFin | kAck, .seq = 101, .ack = 501, .payload = 10});  // 101 to 110
    SendTcp(2.1, false, {.flags = kFin | kAck, .seq = 501, .ack = 101});
    SendTcp(2.2, true, {.flags = kAck, .seq = 112, .ack = 502});
    Log();
    SendTcp(2.3, false, {.flags = kAck, .seq = 502, .ack = ack});
    const Words log = Log();
    if (ack == 112) {
      EXPECT_THAT(log, ElementsAre("s2c", "finished+"));
    } else {
      EXPECT_THAT(log, ElementsAre("s2c")) << ack;
    }
  }
}

// An acknowledgment without the other side's FIN closes nothing.
TEST_F(FlowTableTest, OneSideMayCloseAndTheOtherGoOn) {
  Handshake(1);
  SendTcp(2, true, {.flags = kFin | kAck, .seq = 101, .ack = 501});
  SendTcp(2.1, false, {.flags = kAck, .seq = 501, .ack = 102, .payload = 10});
  SendTcp(2.2, true, {.flags = kAck, .seq = 102, .ack = 511});
  Log();
  SendTcp(2.3, false, {.flags = kFin | kAck, .seq = 511, .ack = 102});
  SendTcp(2.4, true, {.flags = kAck, .seq = 102, .ack = 511});
  EXPECT_EQ(Log(), (Words{"s2c", "c2s"}));
  SendTcp(2.5, true, {.flags = kAck, .seq = 102, .ack = 512});
  EXPECT_EQ(Log(), (Words{"c2s", "finished+"}));
}

// What an opening says: who, when, and which flow of its kind it is.
TEST_F(FlowTableTest, OpeningsAreNumberedByKind) {
  SendTcp(1, true, {.flags = kSyn}, 1);
  SendUdp(2, true, 2);
  SendTcp(3, true, {.flags = kSyn}, 3);
  const std::vector<OpenStep>& opens = sink_.opens;
  ASSERT_EQ(opens.size(), 3u);
  const uint64_t numbers[] = {1, 1, 2};
  for (uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(opens[i].number, numbers[i]);
    EXPECT_EQ(opens[i].time, At(1 + i));
    EXPECT_EQ(opens[i].endpoints.client.address, IpAddress::V4(0x0a000001 + i));
    EXPECT_EQ(opens[i].endpoints.client.port, kClientPort);
    EXPECT_EQ(opens[i].endpoints.server.address, IpAddress::V4(0x0a010001));
    EXPECT_EQ(opens[i].endpoints.server.port, 80);
  }
  SendTcp(4, true, {.flags = kRst}, 3);
  EXPECT_EQ(sink_.closes.back().number, 2u);
  EXPECT_EQ(sink_.closes.back().flow, opens[2].flow);
  EXPECT_EQ(sink_.closes.back().first, At(3));
  EXPECT_EQ(sink_.closes.back().last, At(4));
  EXPECT_EQ(sink_.closes.back().now, At(4));
}

TEST_F(FlowTableTest, EndpointsHaveTheFlagsOfTheirNetworks) {
  options_.internal = *NetworkList::Parse("10.0.0.0/16");
  options_.cloud = *NetworkList::Parse("10.1.0.0/16");
  options_.encrypted = *NetworkList::Parse("10.0.0.0/8");
  options_.exempt = *NetworkList::Parse("10.1.0.0/16");
  SendUdp(1, true);
  const Endpoints& ends = sink_.opens.at(0).endpoints;
  EXPECT_TRUE(ends.client.internal);
  EXPECT_FALSE(ends.server.internal);
  EXPECT_FALSE(ends.client.cloud);
  EXPECT_TRUE(ends.server.cloud);
  EXPECT_TRUE(ends.client.encrypted);
  EXPECT_FALSE(ends.server.encrypted);
}

class Names : public NameSource {
 public:
  void OnDnsDatagram(const UdpDatagramStep& step, uint64_t flow_number, Timestamp request_time,
                     Timestamp response_time) override {
    directions.push_back(step.direction);
    numbers.push_back(flow_number);
    request = request_time;
    response = response_time;
  }
  std::shared_ptr<const DnsResolution> Lookup(const IpAddress& client,
                                              const IpAddress& server) override {
    asked.emplace_back(client, server);
    return resolution;
  }
  std::vector<Direction> directions;
  std::vector<uint64_t> numbers;
  Timestamp request, response;
  std::vector<std::pair<IpAddress, IpAddress>> asked;
  std::shared_ptr<const DnsResolution> resolution = std::make_shared<DnsResolution>();
};

// A new flow asks for its server's name; datagrams of port 53 are shown to who keeps names, with
// the times of both directions.
TEST_F(FlowTableTest, NamesAreAskedForAndToldOfDatagramsOfPort53) {
  Names names;
  names_ = &names;
  SendTcp(1, true, {.flags = kSyn}, 1);
  SendUdp(2, true, 1);
  ASSERT_EQ(names.asked.size(), 2u);
  EXPECT_EQ(names.asked[1], std::make_pair(IpAddress::V4(0x0a000001), IpAddress::V4(0x0a010001)));
  EXPECT_EQ(sink_.opens[0].endpoints.resolution, names.resolution);
  EXPECT_TRUE(names.numbers.empty());  // port 80
  server_port_ = 53;
  SendTcp(3, true, {.flags = kSyn}, 2);
  EXPECT_TRUE(names.numbers.empty());  // TCP
  SendUdp(3, true, 2);
  SendUdp(4, false, 2);
  EXPECT_EQ(names.request, At(3));
  EXPECT_EQ(names.response, At(4));
  SendUdp(5, true, 2);
  EXPECT_EQ(names.request, At(5));
  EXPECT_EQ(names.response, At(4));
  EXPECT_EQ(names.directions, (std::vector{Direction::kClientToServer, Direction::kServerToClient,
                                           Direction::kClientToServer}));
  EXPECT_EQ(names.numbers, (std::vector<uint64_t>{2, 2, 2}));
}

TEST_F(FlowTableTest, FiguresOfBothKindsAreKeptApart) {
  options_.internal = *NetworkList::Parse("10.0.0.1/32");
  for (uint16_t c = 1; c <= 3; ++c) Handshake(1, c);
  for (uint16_t c = 1; c <= 5; ++c) SendUdp(2, true, c);
  SendTcp(3, true, {.flags = kRst}, 2);
  SendTcp(4, true, {.flags = kAck}, 2);
  Statistics s;
  table().AddTo(&s);
  EXPECT_EQ(s.tcp_packets, 11u);
  EXPECT_EQ(s.tcp_packets_tracked, 3u);  // of the internal client
  EXPECT_EQ(s.tcp_trash_packets, 1u);
  EXPECT_EQ(s.udp_packets, 5u);
  EXPECT_EQ(s.tcp_flows, 3u);
  EXPECT_EQ(s.udp_flows, 5u);
  EXPECT_EQ(s.open_tcp_flows, 2);
  EXPECT_EQ(s.open_udp_flows, 5);
  EXPECT_EQ(s.last_tcp_slot, 3u);
  EXPECT_EQ(s.search_iterations, 7u);  // each packet that finds its flow is compared once
  table().ResetOpenCounters();
  Statistics after;
  table().AddTo(&after);
  EXPECT_EQ(after.open_tcp_flows + after.open_udp_flows, 0);
  EXPECT_EQ(after.tcp_flows, 3u);
}

// A flow of either kind costs its life of 128 bytes, a cell of the index, and under a limit a place
// in the order of eviction; slots are there from the start.
TEST_F(FlowTableTest, MemoryIsTheSumOfItsParts) {
  constexpr uint16_t kFlows = 5000;
  options_.globals.max_tcp_pairs = options_.globals.max_udp_pairs = 10000;
  options_.max_live_flows = 9000;
  const size_t empty = table().memory_bytes();
  EXPECT_GE(empty, 2u * 10000 * 4);
  for (uint16_t c = 1; c <= kFlows; ++c) SendTcp(1, true, {.flags = kSyn}, c);
  const size_t with_tcp = table().memory_bytes();
  for (uint16_t c = 1; c <= kFlows; ++c) SendUdp(1, true, c);
  const size_t with_both = table().memory_bytes();
  for (const size_t more : {with_tcp - empty, with_both - with_tcp}) {
    EXPECT_GE(more, kFlows * (128u + 8u + 16u));
    EXPECT_LT(more, kFlows * (128u + 64u));
  }
}

// A clock that falls back again and again is followed at once, then at intervals of packets: a pass
// over all slots is not cheap.
TEST_F(FlowTableTest, ClockStepsInQuickSuccessionCostOnePass) {
  options_.globals.gc_split_ratio = 1;
  options_.globals.gc_cycle_time_s = 1e-6;
  Handshake(1'000'000, 1);
  table().OnClockStep(At(1'000'000.02), At(1000));
  SendTcp(1000, true, {.flags = kSyn}, 2);  // the pass
  Handshake(2'000'000, 3);
  table().OnClockStep(At(2'000'000.02), At(1001));
  Log();
  SendTcp(1302, true, {.flags = kSyn}, 4);  // no second one yet
  EXPECT_EQ(Log(), (Words{"open", "c2s"}));
  for (int i = 0; i < 8200; ++i) SendTcp(1302, false, {.flags = kAck}, 4);
  Log();
  SendTcp(1303, true, {.flags = kSyn}, 5);  // the flow of the future has been idle since 1001
  EXPECT_EQ(Log(), (Words{"idle+", "open", "c2s"}));
}

// Expired flows without a slot are known to the next trace, as many as there are slots; when one
// ends there is room for another.
TEST_F(FlowTableTest, FlowsKeptWithoutASlotAreLimited) {
  options_.globals.max_tcp_pairs = 2;
  options_.globals.gc_split_ratio = 1;
  const auto is_kept = [&](uint16_t client) {
    const double s = 1000.0 * client;
    SendTcp(s, true, {.flags = kSyn}, client);
    table().Flush(At(s + 100), /*keep=*/true);
    Log();
    return SendTcp(s + 101, true, {.flags = kAck}, client) == FlowResult::kCounted;
  };
  EXPECT_TRUE(is_kept(1));
  EXPECT_TRUE(is_kept(2));
  EXPECT_FALSE(is_kept(3));
  SendTcp(4000, true, {.flags = kRst}, 1);
  EXPECT_TRUE(is_kept(4));
  EXPECT_FALSE(is_kept(5));
}

// An entry for each of the closes of a full table, of either kind.
TEST_F(FlowTableTest, EvictionsAreToldAndCounted) {
  options_.max_live_flows = 1;
  for (uint16_t c = 1; c <= 3; ++c) SendUdp(c, true, c);
  EXPECT_EQ(Log(), (Words{"udp-open", "udp-c2s", "udp-evicted", "udp-open", "udp-c2s",
                          "udp-evicted", "udp-open", "udp-c2s"}));
  Handshake(4, 1);
  SendTcp(5, true, {.flags = kSyn}, 2);
  EXPECT_THAT(Log(), Contains(StartsWith("evicted")).Times(1));
  Statistics s;
  table().AddTo(&s);
  EXPECT_EQ(s.evicted_flows, 3u);
  EXPECT_EQ(s.open_udp_flows, 1);
  EXPECT_EQ(sink_.closes.back().now, At(5));
}

TEST_F(FlowTableTest, LiveFlowsAreVisitedInTheOrderOfTheirSlots) {
  for (uint16_t c = 1; c <= 3; ++c) SendTcp(c, true, {.flags = kSyn}, c);
  SendUdp(4, true, 9);
  SendUdp(5, false, 9);
  SendTcp(6, true, {.flags = kRst}, 2);
  std::vector<LiveFlow> live;
  table().ForEachLive([&](const LiveFlow& flow) { live.push_back(flow); });
  ASSERT_EQ(live.size(), 3u);
  EXPECT_EQ(live[0].flow_number, 1u);
  EXPECT_EQ(live[1].flow_number, 3u);
  EXPECT_EQ(live[1].first, At(3));
  EXPECT_EQ(live[1].packets, 1u);
  EXPECT_EQ(live[2].protocol, FlowProtocol::kUdp);
  EXPECT_EQ(live[2].packets, 2u);
  EXPECT_EQ(live[2].last, At(5));
}

}  // namespace
}  // namespace tstat::internal
