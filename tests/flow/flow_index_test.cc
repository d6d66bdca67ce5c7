// SPDX-License-Identifier: BSD-3-Clause
#include "flow/flow_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <thread>
#include <vector>

namespace tstat::internal {
namespace {

uint32_t FindExact(const FlowIndexTable& table, uint32_t hash, uint32_t flow) {
  return table.Find(hash, [&](uint32_t f) { return f == flow; });
}

TEST(FlowIndexTable, FindsNothingInAnEmptyTable) {
  FlowIndexTable table;
  EXPECT_EQ(table.Peek(0), FlowIndexTable::kNone);
  EXPECT_EQ(table.Peek(UINT32_MAX), FlowIndexTable::kNone);
}

TEST(FlowIndexTable, SameHashIsToldApartByTheCaller) {
  FlowIndexTable table;
  table.Insert(7, 100);
  table.Insert(7, 200);
  EXPECT_EQ(FindExact(table, 7, 100), 100u);
  EXPECT_EQ(FindExact(table, 7, 200), 200u);
  EXPECT_EQ(FindExact(table, 7, 300), FlowIndexTable::kNone);
}

// However full it is: there is always an empty cell that ends a search.
TEST(FlowIndexTable, WhatIsNotThereIsNotFoundAtAnySize) {
  FlowIndexTable table;
  for (uint32_t f = 0; f < 20000; ++f) {
    table.Insert(2 * f, f);
    ASSERT_EQ(table.Peek(2 * f + 1), FlowIndexTable::kNone);
    ASSERT_GE(table.memory_bytes(), 2 * table.size() * 8);  // at most half full
  }
  EXPECT_LE(table.memory_bytes(), 4 * table.size() * 8);
  for (uint32_t f = 0; f < 20000; ++f) ASSERT_EQ(table.Peek(2 * f), f);
}

// Removing from the middle of a run of collisions must not hide what stands behind.
TEST(FlowIndexTable, EraseKeepsTheRestOfACollisionRun) {
  FlowIndexTable table;
  for (uint32_t f = 0; f < 6; ++f) table.Insert(f < 3 ? 4095 : 0, f);  // wraps at the end
  table.Erase(4095, 1);
  for (uint32_t f : {0u, 2u}) EXPECT_EQ(FindExact(table, 4095, f), f);
  for (uint32_t f : {3u, 4u, 5u}) EXPECT_EQ(FindExact(table, 0, f), f);
  EXPECT_EQ(FindExact(table, 4095, 1), FlowIndexTable::kNone);
}

void AgreesWithAMap(size_t lanes) {
  std::mt19937 random(20241124);
  FlowIndexTable table(lanes);
  std::map<uint32_t, uint32_t> flows;  // flow -> hash
  for (uint32_t step = 0; step < 15000; ++step) {
    if (flows.empty() || random() % 3 != 0) {
      // Few distinct hashes: long runs.
      const uint32_t hash = random() % 2 ? random() : random() % 512;
      flows[step] = hash;
      table.Insert(hash, step);
    } else {
      auto it = flows.lower_bound(random() % step);
      if (it == flows.end()) it = flows.begin();
      table.Erase(it->second, it->first);
      flows.erase(it);
    }
  }
  ASSERT_EQ(table.size(), flows.size());
  for (auto [flow, hash] : flows) ASSERT_EQ(FindExact(table, hash, flow), flow);
}

TEST(FlowIndexTable, AgreesWithAMapUnderRandomUse) {
  for (const size_t lanes : {1, 4}) AgreesWithAMap(lanes);
}

// Each thread uses hashes of its own lane; with the tsan preset, ThreadSanitizer watches.
TEST(FlowIndexTable, LanesDoNotMeet) {
  constexpr uint32_t kLanes = 4, kFlows = 3000;
  FlowIndexTable table(kLanes);
  table.Reserve(size_t{kLanes} * kFlows);
  std::vector<std::thread> threads;
  for (uint32_t lane = 0; lane < kLanes; ++lane) {
    threads.emplace_back([&table, lane] {
      std::mt19937 random(lane);
      std::vector<uint32_t> hashes;
      for (uint32_t i = 0; i < kFlows; ++i) {
        hashes.push_back(static_cast<uint32_t>(random()) / kLanes * kLanes + lane);
        table.Place(hashes.back(), i * kLanes + lane);
      }
      for (uint32_t i = 0; i < kFlows; i += 2) table.Remove(hashes[i], i * kLanes + lane);
      for (uint32_t i = 0; i < kFlows; ++i) {
        EXPECT_EQ(FindExact(table, hashes[i], i * kLanes + lane),
                  i % 2 == 0 ? FlowIndexTable::kNone : i * kLanes + lane);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  table.Count(int64_t{kLanes} * kFlows / 2);
  EXPECT_EQ(table.size(), kLanes * kFlows / 2);
}

}  // namespace
}  // namespace tstat::internal
