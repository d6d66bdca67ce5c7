// SPDX-License-Identifier: BSD-3-Clause
//
// The life of flows, told by hand-made packets.
#include "flow/flow_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/flow/flow_table_fixture.h"

namespace tstat::internal {
namespace {

using Words = std::vector<std::string>;

TEST_F(FlowTableTest, OnlyAPureSynBeginsAFlow) {
  EXPECT_EQ(SendTcp(1, true, {.flags = kAck, .payload = 10}), FlowResult::kTrash);
  EXPECT_EQ(SendTcp(1, false, {.flags = kSyn | kAck}), FlowResult::kTrash);
  EXPECT_EQ(SendTcp(1, true, {.flags = kSyn | kFin}), FlowResult::kCounted);
  EXPECT_EQ(Log(), (Words{"open", "c2s"}));
}

TEST_F(FlowTableTest, FinsAcknowledgedOnBothSidesClose) {
  Handshake(1);
  SendTcp(2, true, {.flags = kFin | kAck, .seq = 101, .ack = 501});
  SendTcp(2.1, false, {.flags = kFin | kAck, .seq = 501, .ack = 102});
  Log();
  SendTcp(2.2, true, {.flags = kAck, .seq = 102, .ack = 502});
  EXPECT_EQ(Log(), (Words{"c2s", "finished+"}));
  EXPECT_EQ(SendTcp(2.3, true, {.flags = kAck}), FlowResult::kTrash);
}

TEST_F(FlowTableTest, ResetCloses) {
  SendTcp(1, true, {.flags = kSyn});
  SendTcp(1.1, false, {.flags = kRst | kAck});
  EXPECT_EQ(Log(), (Words{"open", "c2s", "s2c", "reset-"}));
  Handshake(2);
  Log();
  SendTcp(3, true, {.flags = kRst, .seq = 12345});
  EXPECT_EQ(Log(), (Words{"c2s", "reset+"}));
}

TEST_F(FlowTableTest, ClientPayloadBeforeAServerSynIsHalfDuplex) {
  SendTcp(1, true, {.flags = kSyn});
  SendTcp(1.1, true, {.flags = kAck, .payload = 0});
  Log();
  EXPECT_EQ(SendTcp(1.2, true, {.flags = kAck | kFin, .payload = 5}), FlowResult::kCounted);
  EXPECT_EQ(Log(), (Words{"half-duplex-"}));
  EXPECT_EQ(sink_.closes[0].uncounted_flags, kAck | kFin);
  EXPECT_EQ(sink_.closes[0].last, At(1.2));
}

// What a batch found is out of date when its packets open and close flows.
TEST_F(FlowTableTest, AWrongExpectationChangesNothing) {
  Handshake(1);  // flow 0
  Log();
  expected_ = 0;
  SendTcp(2, true, {.flags = kSyn}, 2);  // flow 1
  EXPECT_EQ(Log(), (Words{"open", "c2s"}));
  SendTcp(2.1, false, {.flags = kRst | kAck}, 2);
  EXPECT_EQ(Log(), (Words{"s2c", "reset-"}));
  expected_ = 1;  // closed
  EXPECT_EQ(SendTcp(2.2, false, {.flags = kAck}, 2), FlowResult::kTrash);
  SendTcp(3, true, {.flags = kSyn}, 2);
  EXPECT_EQ(Log(), (Words{"open", "c2s"}));
  SendTcp(3.1, true, {.flags = kAck}, 2);
  EXPECT_EQ(Log(), (Words{"c2s"}));
}

TEST_F(FlowTableTest, ASynOnAKnownTupleBelongsToTheOldFlow) {
  Handshake(1);
  Log();
  SendTcp(1000, true, {.flags = kSyn, .seq = 9999});
  EXPECT_EQ(Log(), (Words{"c2s"}));  // expiry is never tested on look-up
}

// The copy is dropped; the third packet is compared with the last *counted* one.
TEST_F(FlowTableTest, DuplicateFilterComparesWithTheLastCountedTime) {
  SendTcp(1, true, {.flags = kSyn, .ip_id = 7});
  EXPECT_EQ(SendTcp(1.0015, true, {.flags = kSyn, .ip_id = 7}), FlowResult::kDuplicate);
  EXPECT_EQ(SendTcp(1.0025, true, {.flags = kSyn, .ip_id = 7}), FlowResult::kCounted);
  EXPECT_EQ(SendTcp(1.0045, true, {.flags = kSyn, .ip_id = 7}), FlowResult::kCounted);  // 2 ms
}

TEST_F(FlowTableTest, ProfileSwitchesTheDuplicateFilterOff) {
  options_.profile.duplicate_filter = false;
  SendTcp(1, true, {.flags = kSyn, .ip_id = 7});
  EXPECT_EQ(SendTcp(1.0001, true, {.flags = kSyn, .ip_id = 7}), FlowResult::kCounted);
}

TEST_F(FlowTableTest, TheCollectorActsOnlyWhenAFlowIsCreated) {
  SendTcp(1, true, {.flags = kSyn}, 1);  // slot 1: due after 10 s
  Handshake(1, 2);                       // due after 300 s
  Log();
  SendTcp(500, false, {.flags = kAck, .seq = 501, .ack = 101}, 2);
  EXPECT_EQ(Log(), (Words{"s2c"}));  // no creation: nobody is collected, and it goes on
  SendTcp(600, true, {.flags = kSyn}, 3);
  EXPECT_EQ(Log(), (Words{"idle-", "open", "c2s"}));  // only the SYN without answer
  SendUdp(801, true, 4);                              // a UDP flow triggers the collector, too
  EXPECT_EQ(Log(), (Words{"idle+", "idle-", "udp-open", "udp-c2s"}));
}

TEST_F(FlowTableTest, IdleLimitsAreStrict) {
  SendUdp(1, true, 1);
  SendUdp(1, true, 2);
  SendUdp(1, false, 2);
  Log();
  SendUdp(11, true, 3);  // exactly 10 s: kept
  EXPECT_EQ(Log(), (Words{"udp-open", "udp-c2s"}));
  SendUdp(21.1, true, 4);  // the collector passes all slots: 10.1 s = two cycles
  EXPECT_EQ(Log(), (Words{"udp-idle", "udp-idle", "udp-open", "udp-c2s"}));
}

// Seconds that do not fit into 32 bits with a sign.
TEST_F(FlowTableTest, TheCollectorWorksAfter2038) {
  constexpr double kLate = 4e9;
  SendTcp(kLate, true, {.flags = kSyn}, 1);
  SendUdp(kLate + 1, true, 2);
  Log();
  SendTcp(kLate + 500, true, {.flags = kSyn}, 3);
  const Words log = Log();
  EXPECT_THAT(log, testing::IsSupersetOf({"idle-", "open", "c2s"}));
  SendTcp(kLate + 501, true, {.flags = kSyn}, 4);
  EXPECT_EQ(Log(), (Words{"open", "c2s"}));
}

// A packet from the past moves the deadline of its flow forward again.
TEST_F(FlowTableTest, TimeRunningBackLowersTheDeadline) {
  Handshake(1000, 1);
  SendTcp(1000.5, true, {.flags = kSyn}, 2);
  SendTcp(500, true, {.flags = kAck, .seq = 101, .ack = 501}, 1);
  Log();
  SendTcp(1006, true, {.flags = kSyn}, 3);
  EXPECT_EQ(Log(), (Words{"idle+", "open", "c2s"}));
}

TEST_F(FlowTableTest, FlushWritesExpiredFlowsFirst) {
  Handshake(1, 1);
  SendTcp(2, true, {.flags = kSyn}, 2);
  SendUdp(3, true, 3);
  Log();
  table().Flush(At(100), false);
  EXPECT_EQ(Log(), (Words{"expired-", "end-", "udp-end"}));
}

// With several files, TCP flows stay known after their row was written.
TEST_F(FlowTableTest, KeptFlowsGoOnInTheNextTrace) {
  Handshake(1, 1);
  SendTcp(2, true, {.flags = kSyn}, 2);
  table().Flush(At(100), true);
  Log();
  EXPECT_EQ(SendTcp(101, true, {.flags = kAck, .seq = 101, .ack = 501}, 1), FlowResult::kCounted);
  table().Flush(At(500), false);
  EXPECT_EQ(Log(), (Words{"c2s", "expired+"}));  // the expired SYN has no slot any more
}

TEST_F(FlowTableTest, NoFreeSlotIsTrash) {
  options_.globals.max_tcp_pairs = 2;
  options_.globals.gc_split_ratio = 1;
  SendTcp(1, true, {.flags = kSyn}, 1);
  SendTcp(1, true, {.flags = kSyn}, 2);
  EXPECT_EQ(SendTcp(1, true, {.flags = kSyn}, 3), FlowResult::kTrash);
  Statistics s;
  table().AddTo(&s);
  EXPECT_EQ(s.tcp_flows, 3u);
  EXPECT_EQ(s.refused_tcp_flows, 1u);
  EXPECT_EQ(s.tcp_trash_packets, 1u);
}

// A full table: connections that nobody answered make room, the others stay.
TEST_F(FlowTableTest, SingletonsMakeRoomFirst) {
  options_.max_live_flows = 4;
  Handshake(1, 1);
  SendTcp(2, true, {.flags = kSyn}, 2);
  SendTcp(3, true, {.flags = kSyn}, 3);
  Handshake(4, 4);
  Log();
  SendTcp(5, true, {.flags = kSyn}, 5);
  EXPECT_EQ(Log(), (Words{"evicted-", "open", "c2s"}));  // 2
  SendTcp(5, true, {.flags = kSyn}, 6);
  EXPECT_EQ(Log(), (Words{"evicted-", "open", "c2s"}));  // 3
  EXPECT_EQ(SendTcp(6, true, {.flags = kAck, .seq = 101, .ack = 501}, 1), FlowResult::kCounted);
  SendTcp(6, false, {.flags = kSyn | kAck, .seq = 500, .ack = 101}, 5);
  SendTcp(6, false, {.flags = kSyn | kAck, .seq = 500, .ack = 101}, 6);
  Log();
  SendTcp(7, true, {.flags = kSyn}, 7);  // no singleton is left: 4 was silent for the longest time
  EXPECT_EQ(SendTcp(8, true, {.flags = kAck, .seq = 101, .ack = 501}, 4), FlowResult::kTrash);
  EXPECT_EQ(SendTcp(8, true, {.flags = kAck, .seq = 101, .ack = 501}, 1), FlowResult::kCounted);
}

// With all slots taken by one kind or the other, new flows still get one.
TEST_F(FlowTableTest, AFloodOnFullSlotsRefusesNobody) {
  options_.globals.max_tcp_pairs = options_.globals.max_udp_pairs = 256;
  options_.globals.gc_split_ratio = 16;
  options_.max_live_flows = UINT32_MAX;
  for (uint16_t c = 1; c <= 200; ++c) Handshake(1, c);
  for (uint16_t c = 1000; c < 3000; ++c) {
    EXPECT_EQ(SendTcp(1.5, true, {.flags = kSyn}, c), FlowResult::kCounted);
    EXPECT_EQ(SendUdp(1.5, true, c), FlowResult::kCounted);
  }
  for (uint16_t c = 1; c <= 200; ++c) {
    EXPECT_EQ(SendTcp(2, true, {.flags = kAck, .seq = 101, .ack = 501}, c), FlowResult::kCounted);
  }
  Statistics s;
  table().AddTo(&s);
  EXPECT_EQ(s.refused_tcp_flows + s.refused_udp_flows, 0u);
  EXPECT_EQ(s.open_tcp_flows, 252);  // four slots stay free
  EXPECT_EQ(s.evicted_flows, 2200u - 252 + 2000 - 252);
}

// A packet from the future, then the right time: with the step told, flows end in time; without,
// the collector waits for the future.
TEST_F(FlowTableTest, TheClockIsSetBack) {
  for (const bool told : {false, true}) {
    NewTable();
    Handshake(1'000'000, 1);
    if (told) table().OnClockStep(At(1'000'000.02), At(1000));
    SendTcp(1000, true, {.flags = kSyn}, 2);
    SendTcp(1005, true, {.flags = kSyn}, 3);
    Log();
    SendTcp(1011, true, {.flags = kSyn}, 4);
    EXPECT_EQ(Log(), told ? (Words{"idle-", "open", "c2s"}) : (Words{"open", "c2s"}));
    SendTcp(1306, true, {.flags = kSyn}, 5);
    const Words log = Log();
    EXPECT_EQ(std::count(log.begin(), log.end(), "idle+"), told ? 1 : 0);  // the one of the future
  }
}

TEST_F(FlowTableTest, TheOldestFlowMakesRoomUnderALimit) {
  options_.max_live_flows = 2;
  for (uint16_t c = 1; c <= 4; ++c) SendTcp(1, true, {.flags = kSyn}, c);
  Statistics s;
  table().AddTo(&s);
  EXPECT_EQ(s.evicted_flows, 2u);
  EXPECT_EQ(s.open_tcp_flows, 2);
  EXPECT_EQ(SendTcp(1, false, {.flags = kSyn | kAck}, 1), FlowResult::kTrash);
  EXPECT_EQ(SendTcp(1, false, {.flags = kSyn | kAck}, 4), FlowResult::kCounted);
}

TEST_F(FlowTableTest, ExternalFlowsAreTrackedButNotReported) {
  options_.internal = NetworkList();
  SendTcp(1, true, {.flags = kSyn});
  SendTcp(1, true, {.flags = kRst});
  ASSERT_EQ(sink_.closes.size(), 1u);
  EXPECT_FALSE(sink_.closes[0].reported);
  Statistics s;
  table().AddTo(&s);
  EXPECT_EQ(s.tcp_packets_tracked, 0u);
}

TEST_F(FlowTableTest, OrderKeysRise) {
  Handshake(1, 1);
  SendTcp(2, true, {.flags = kSyn}, 2);
  SendTcp(500, true, {.flags = kSyn}, 3);
  SendTcp(501, true, {.flags = kRst}, 3);
  table().Flush(At(502), false);
  for (size_t i = 1; i < sink_.orders.size(); ++i) {
    EXPECT_LT(sink_.orders[i - 1], sink_.orders[i]) << i;
  }
}

}  // namespace
}  // namespace tstat::internal
