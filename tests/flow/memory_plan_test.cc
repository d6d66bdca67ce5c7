// SPDX-License-Identifier: BSD-3-Clause
//
// What tables make of a limit on memory.
#include "flow/memory_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/flow/flow_table_fixture.h"

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;

constexpr uint64_t kMega = uint64_t{1} << 20;

AnalyzerOptions TrueProfile(uint64_t max_memory) {
  AnalyzerOptions options;
  options.profile = CompatProfile::None();
  options.max_memory = max_memory;
  return options;
}

TEST(MemoryPlanTest, WithoutALimitNoPartHasOne) {
  const MemoryPlan plan = MemoryPlan::Of(TrueProfile(0));
  for (const uint64_t part :
       {plan.tcp_flows, plan.udp_flows, plan.names, plan.ended_flows, plan.fragments, plan.waiting,
        plan.texts, plan.media, plan.addresses, plan.calls}) {
    EXPECT_EQ(part, MemoryPlan::kNoLimit);
  }
  EXPECT_EQ(MemoryPlan::Entries(MemoryPlan::kNoLimit, 1, 7), 7u);
}

TEST(MemoryPlanTest, ThePartsAreAllThatTheProgramLeaves) {
  const MemoryPlan plan = MemoryPlan::Of(TrueProfile(1024 * kMega));
  const uint64_t sum = plan.tcp_flows + plan.udp_flows + plan.names + plan.ended_flows +
                       plan.fragments + plan.calls + plan.waiting + plan.texts + plan.media +
                       plan.addresses;
  EXPECT_NEAR(static_cast<double>(sum), 1000.0 * kMega, 100);
  EXPECT_EQ(plan.tcp_flows, 1000 * kMega / 100 * 50);
}

TEST(MemoryPlanTest, EntriesAreAtLeastOne) {
  EXPECT_EQ(MemoryPlan::Entries(0, 100, 7), 1u);
  EXPECT_EQ(MemoryPlan::Entries(500, 100, 7), 5u);
  EXPECT_EQ(MemoryPlan::Entries(5000, 100, 7), 7u);
}

class LimitedMemoryTest : public FlowTableTest {
 protected:
  LimitedMemoryTest() {
    options_.profile.flows_follow_connections = true;
    options_.profile.copies_by_content = true;
    // 12 MB for flows of TCP: as many as 9830 without payload.
    options_.max_memory = 48 * kMega;
    options_.globals.max_tcp_pairs = 100'000;
    options_.globals.max_udp_pairs = 100'000;
  }

  TableUse Use(const std::string& name) {
    Statistics s;
    table().AddTo(&s);
    for (const TableUse& use : s.tables) {
      if (use.name == name) return use;
    }
    ADD_FAILURE() << name;
    return {};
  }
  void Syn(double time_s, uint16_t client) {
    SendTcp(time_s, true, {.flags = tcp_flags::kSyn, .seq = 100}, client);
  }
};

TEST_F(LimitedMemoryTest, LimitsFlowsThatHaveNoPayload) {
  for (uint16_t client = 1; client <= 12'000; ++client) Syn(1 + client * 1e-5, client);
  const TableUse use = Use("tcp_flows");
  EXPECT_EQ(use.limit, MemoryPlan::Of(options_).tcp_flows / MemoryPlan::Of(options_).tcp_flow.open);
  EXPECT_EQ(use.used, use.limit);
  EXPECT_EQ(use.used + use.evicted, 12'000u);
  EXPECT_LE(use.bytes, use.most_bytes);
  table().Flush(At(2), false);
  EXPECT_EQ(sink_.closes.size(), 12'000u);
  EXPECT_EQ(sink_.closes[0].cause, CloseCause::kEvicted);
  EXPECT_EQ(Use("tcp_flows").bytes, 0u);
}

TEST_F(LimitedMemoryTest, PayloadCountsOnce) {
  Handshake(1);
  const uint64_t without = Use("tcp_flows").bytes;
  const MemoryPlan plan = MemoryPlan::Of(options_);
  EXPECT_EQ(without, plan.tcp_flow.open);
  for (const uint32_t at : {101u, 111u}) {
    SendTcp(2, true, {.flags = kAck, .seq = at, .ack = 501, .payload = 10});
  }
  SendTcp(2.1, false, {.flags = kAck, .seq = 501, .ack = 121, .payload = 10});
  EXPECT_EQ(Use("tcp_flows").bytes, plan.tcp_flow.open + plan.tcp_flow.state);
}

// Nobody begins a flow; those that are open come to need more.
TEST_F(LimitedMemoryTest, LimitsFlowsThatComeToHavePayload) {
  constexpr uint16_t kFlows = 3000;
  for (uint16_t client = 1; client <= kFlows; ++client) Handshake(1 + client * 1e-3, client);
  EXPECT_EQ(Use("tcp_flows").evicted, 0u);
  for (uint16_t client = 1; client <= kFlows; ++client) {
    SendTcp(5 + client * 1e-3, true, {.flags = kAck, .seq = 101, .ack = 501, .payload = 10},
            client);
  }
  const TableUse use = Use("tcp_flows");
  EXPECT_GT(use.evicted, 0u);
  // The last one may be above it, until the next packet comes.
  EXPECT_LE(use.bytes, use.most_bytes + MemoryPlan::Of(options_).tcp_flow.state);
  EXPECT_GE(use.bytes, use.most_bytes - 2 * MemoryPlan::Of(options_).tcp_flow.state);
}

TEST_F(LimitedMemoryTest, TheLowerOfTwoLimitsCounts) {
  options_.max_live_flows = 2;
  for (const uint16_t client : {1, 2, 3}) Syn(1, client);
  EXPECT_THAT(Log(), ElementsAre("open", "c2s", "open", "c2s", "evicted-", "open", "c2s"));
}

TEST_F(LimitedMemoryTest, OtherProfilesHaveOneSizeForAllFlows) {
  options_.profile = CompatProfile::Tstat311();
  for (uint16_t client = 1; client <= 4000; ++client) Syn(1 + client * 1e-5, client);
  const TableUse use = Use("tcp_flows");
  EXPECT_EQ(use.limit, MemoryPlan::Of(options_).tcp_flows / MemoryPlan::Of(options_).tcp_flow.open);
  EXPECT_EQ(use.used, use.limit);
}

TEST_F(LimitedMemoryTest, FlowsThatEndedAreRememberedInTheirPart) {
  Handshake(1);
  const TableUse tcp = Use("ended_tcp_flows"), udp = Use("ended_udp_flows");
  EXPECT_GT(tcp.limit, 1000u);
  EXPECT_LT(tcp.limit, 1u << 17);
  EXPECT_LT(udp.limit, tcp.limit);
}

}  // namespace
}  // namespace tstat::internal
