// SPDX-License-Identifier: BSD-3-Clause
#include "flow/eviction_order.h"

#include <gtest/gtest.h>

#include <map>

namespace tstat::internal {
namespace {

Timestamp At(int64_t s) { return Timestamp::FromSeconds(s); }

// Flows by number, and what an EvictionOrder asks about them.
class Flows {
 public:
  void Open(uint32_t flow, int64_t s) {
    states_[flow] = {
        .live = true, .singleton = true, .number = flow, .first = At(s), .last = At(s)};
    order_.Tidy([this](uint32_t f) { return states_[f]; }, live());
    order_.OnOpen({flow, flow, At(s)});
  }
  void Answer(uint32_t flow, int64_t s) {
    states_[flow].singleton = false;
    states_[flow].last = At(s);
  }
  void Close(uint32_t flow) { states_.erase(flow); }
  uint32_t Evict() {
    const uint32_t flow = order_.Next(
        [this](uint32_t f) {
          ++asked_;
          auto it = states_.find(f);
          return it == states_.end() ? EvictionOrder::State() : it->second;
        },
        [this](auto visit) {
          for (const auto& [f, s] : states_) visit(EvictionOrder::Entry{f, s.number, s.last});
        },
        live());
    if (flow != EvictionOrder::kNone) Close(flow);
    return flow;
  }
  size_t live() const { return states_.size(); }
  size_t asked() const { return asked_; }
  size_t memory_bytes() const { return order_.memory_bytes(); }

 private:
  EvictionOrder order_;
  std::map<uint32_t, EvictionOrder::State> states_;
  size_t asked_ = 0;
};

TEST(EvictionOrder, SingletonsFirstThenTheLongestSilent) {
  Flows flows;
  flows.Open(1, 1);
  flows.Open(2, 2);
  flows.Open(3, 3);
  flows.Open(4, 4);
  flows.Answer(1, 20);
  flows.Answer(3, 10);
  EXPECT_EQ(flows.Evict(), 2u);
  EXPECT_EQ(flows.Evict(), 4u);
  EXPECT_EQ(flows.Evict(), 3u);
  flows.Open(5, 30);
  EXPECT_EQ(flows.Evict(), 5u);  // nobody has answered it, although it is the youngest
  EXPECT_EQ(flows.Evict(), 1u);
  EXPECT_EQ(flows.Evict(), EvictionOrder::kNone);
}

TEST(EvictionOrder, WhatWasActiveSinceIsPassedOver) {
  Flows flows;
  for (uint32_t f = 1; f <= 40; ++f) {
    flows.Open(f, f);
    flows.Answer(f, f);
  }
  EXPECT_EQ(flows.Evict(), 1u);  // the longest silent ones are known now: 1, 2, 3
  flows.Answer(2, 100);
  EXPECT_EQ(flows.Evict(), 3u);
  EXPECT_EQ(flows.Evict(), 4u);
}

// A number that was used again is another flow.
TEST(EvictionOrder, NumbersThatAreUsedAgain) {
  Flows flows;
  flows.Open(1, 1);
  flows.Close(1);
  flows.Open(2, 2);
  flows.Open(1, 3);
  EXPECT_EQ(flows.Evict(), 2u);
  EXPECT_EQ(flows.Evict(), 1u);
}

// A flood on a full table: a few looks a flow, and memory that does not grow.
TEST(EvictionOrder, CostsLittle) {
  Flows flows;
  constexpr uint32_t kFlows = 4000;
  for (uint32_t f = 0; f < kFlows; ++f) {
    flows.Open(f, f);
    if (f % 2 == 0) flows.Answer(f, f);
  }
  for (uint32_t i = 0; i < 20000; ++i) {
    const uint32_t flow = flows.Evict();
    ASSERT_NE(flow, EvictionOrder::kNone);
    flows.Open(flow, 10000 + i);
    if (i % 3 == 0) flows.Answer(flow, 10000 + i);
  }
  EXPECT_LT(flows.asked(), 20 * 20000u);
  EXPECT_LT(flows.memory_bytes(), 32 * 4 * kFlows + 65536 * 4u);
  EXPECT_EQ(flows.live(), kFlows);
}

}  // namespace
}  // namespace tstat::internal
