// SPDX-License-Identifier: BSD-3-Clause
#include "flow/slab.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>

namespace tstat {
namespace {

struct Item {
  uint64_t a = 7;
  uint32_t b = 9;
};

TEST(ChunkedSlabTest, ElementsKeepTheirAddressWhileItGrows) {
  ChunkedSlab<Item, 4> slab;
  EXPECT_FALSE(slab.Has(0));
  Item* first = &slab.Ensure(0);
  EXPECT_EQ(first->a, 7u);
  first->a = 1;
  for (uint32_t i = 1; i < 100; ++i) slab.Ensure(i).a = i + 1;
  EXPECT_EQ(&slab[0], first);
  for (uint32_t i = 0; i < 100; ++i) EXPECT_EQ(slab[i].a, i + 1);
}

TEST(ChunkedSlabTest, OnlyChunksInUseTakeMemory) {
  ChunkedSlab<Item, 4> slab;
  slab.Ensure(1000);
  EXPECT_TRUE(slab.Has(1001));
  EXPECT_FALSE(slab.Has(0));
  EXPECT_LT(slab.memory_bytes(), 1000 * sizeof(Item));
}

TEST(SlabPoolTest, GivesOutTheLastReleasedFirstAndInitialises) {
  SlabPool<Item, 4> pool;
  const uint32_t a = pool.Allocate(), b = pool.Allocate();
  EXPECT_NE(a, b);
  pool[a].a = 1;
  pool[b].a = 2;
  pool.Release(a);
  pool.Release(b);
  EXPECT_EQ(pool.live(), 0u);
  EXPECT_EQ(pool.Allocate(), b);
  EXPECT_EQ(pool[b].a, 7u);
  EXPECT_EQ(pool.Allocate(), a);
  EXPECT_EQ(pool[a].b, 9u);
}

TEST(SlabPoolTest, LiveObjectsAreDistinct) {
  SlabPool<Item, 4> pool;
  std::set<uint32_t> seen;
  for (int i = 0; i < 50; ++i) seen.insert(pool.Allocate());
  EXPECT_EQ(seen.size(), 50u);
  EXPECT_EQ(pool.live(), 50u);
}

TEST(SlabPoolTest, StopsAtItsLimit) {
  SlabPool<Item, 4> pool(2);
  const uint32_t a = pool.Allocate();
  pool.Allocate();
  EXPECT_TRUE(pool.full());
  EXPECT_EQ(pool.Allocate(), kNoSlabIndex);
  pool.Release(a);
  EXPECT_EQ(pool.Allocate(), a);
}

}  // namespace
}  // namespace tstat
