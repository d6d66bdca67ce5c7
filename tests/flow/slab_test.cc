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

TEST(ChunkedArrayTest, ElementsKeepTheirAddressWhileItGrows) {
  ChunkedArray<Item, 2> array;
  EXPECT_FALSE(array.contains(0));
  array.GrowTo(0);
  Item* first = &array[0];
  EXPECT_EQ(first->a, 7u);
  array.GrowTo(99);
  EXPECT_EQ(&array[0], first);
  EXPECT_TRUE(array.contains(99));
  EXPECT_EQ(array[99].b, 9u);
}

TEST(SlabTest, GivesOutTheLastFreedFirstAndInitialises) {
  Slab<Item, 2> slab;
  const uint32_t a = slab.Allocate(), b = slab.Allocate();
  EXPECT_NE(a, b);
  slab[a].a = 1;
  slab[b].a = 2;
  slab.Free(a);
  slab.Free(b);
  EXPECT_EQ(slab.live(), 0u);
  EXPECT_EQ(slab.Allocate(), b);
  EXPECT_EQ(slab[b].a, 7u);
  EXPECT_EQ(slab.Allocate(), a);
  EXPECT_EQ(slab[a].b, 9u);
}

TEST(SlabTest, LiveObjectsAreDistinct) {
  Slab<Item, 2> slab;
  std::set<uint32_t> seen;
  for (int i = 0; i < 50; ++i) seen.insert(slab.Allocate());
  EXPECT_EQ(seen.size(), 50u);
  EXPECT_EQ(slab.live(), 50u);
}

}  // namespace
}  // namespace tstat
