// SPDX-License-Identifier: BSD-3-Clause
#include "flow/slab.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <new>
#include <set>
#include <utility>

namespace tstat::internal {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

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

TEST(StableArrayTest, GrowsInPlaceAndInitialises) {
  constexpr uint32_t kCapacity = 1 << 20;  // 16 MB
  StableArray<Item> array(kCapacity);
  EXPECT_FALSE(array.contains(0));
  array.GrowTo(0);
  Item* const first = &array[0];
  first->a = 1;
  for (uint32_t i : {5u, 5u, 20'000u, 300'000u, kCapacity - 1}) {
    array.GrowTo(i);
    EXPECT_TRUE(array.contains(i));
    EXPECT_EQ(array[i].a, 7u);
    EXPECT_EQ(&array[i], first + i);
  }
  array.GrowTo(3);  // never shrinks
  EXPECT_EQ(array.size(), kCapacity);
  EXPECT_EQ(array[0].a, 1u);
  EXPECT_EQ(array[kCapacity - 1].b, 9u);
  EXPECT_EQ(array.memory_bytes(), kCapacity * sizeof(Item));
}

// Small arrays in small steps, larger ones in huge pages (2 MiB), which begin where such pages do.
TEST(AddressRangeTest, CommitsInStepsAndHugePages) {
  constexpr size_t kSmall = size_t{256} << 10, kHuge = size_t{2} << 20;
  for (size_t i = 1; i <= 16; ++i) {
    AddressRange range(i * kHuge + 1);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(range.data()) % kHuge, 0u);
    for (const auto& [wanted, committed] : {std::pair<size_t, size_t>{1, kSmall},
                                            {kSmall, kSmall},
                                            {kSmall + 1, kHuge},
                                            {kHuge, kHuge},
                                            {kHuge + 1, 2 * kHuge},
                                            {1, 2 * kHuge}}) {
      range.Commit(wanted);
      EXPECT_EQ(range.committed(), committed) << wanted;
      static_cast<char*>(range.data())[committed - 1] = 1;
    }
    EXPECT_THROW(range.Commit((i + 1) * kHuge + 1), std::bad_alloc);
  }
}

// More than a processor can address: what is there is used. Sanitizers need most of it themselves.
TEST(AddressRangeTest, TakesLessWhereTheSystemRefuses) {
  if (kSanitized) GTEST_SKIP() << "addresses are the sanitizer's";
  AddressRange range(size_t{1} << 60);
  range.Commit(size_t{1} << 24);
  static_cast<char*>(range.data())[(1 << 24) - 1] = 1;
  EXPECT_THROW(range.Commit(size_t{1} << 60), std::bad_alloc);
}

// Of this process, in pages; 0 where it is not told.
size_t AddressSpace() {
  size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages;
}

TEST(AddressRangeTest, GivesItsAddressesBack) {
  const size_t before = AddressSpace();
  for (int i = 0; i < 64; ++i) AddressRange range(size_t{1} << 30);
  EXPECT_LT(AddressSpace(), before + (size_t{8} << 30) / 4096);
}

TEST(StableArrayTest, RefusesToGrowBeyondItsAddresses) {
  StableArray<Item> array(10);
  EXPECT_THROW(array.GrowTo(1 << 20), std::bad_alloc);
  array.GrowTo(9);
  EXPECT_EQ(array[9].a, 7u);
}

TEST(StableArrayTest, DestroysItsElements) {
  const auto counted = std::make_shared<int>(0);
  {
    StableArray<std::shared_ptr<int>> array(1000);
    array.GrowTo(999);
    for (uint32_t i = 0; i < 1000; ++i) array[i] = counted;
    EXPECT_EQ(counted.use_count(), 1001);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

}  // namespace
}  // namespace tstat::internal
