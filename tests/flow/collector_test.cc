// SPDX-License-Identifier: BSD-3-Clause
#include "flow/collector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "flow/slot_ring.h"

namespace tstat::internal {
namespace {

Timestamp Us(int64_t us) { return Timestamp::FromMicroseconds(us); }

std::vector<uint32_t> Visits(CollectorClock& clock, Timestamp now) {
  std::vector<uint32_t> columns;
  clock.Run(now, [&](uint32_t begin, uint32_t end) {
    for (; begin < end; ++begin) columns.push_back(begin);
  });
  return columns;
}

TEST(CollectorClock, FiresOnlyAfterMoreThanOnePeriod) {
  CollectorClock clock(5'000'000, 10000);  // 500 us
  clock.Start(Us(1000));
  EXPECT_TRUE(Visits(clock, Us(1500)).empty());                       // exactly one period: not yet
  EXPECT_EQ(Visits(clock, Us(1501)), (std::vector<uint32_t>{0, 1}));  // ceil(501/500) steps
  EXPECT_EQ(Visits(clock, Us(2502)), (std::vector<uint32_t>{2, 3, 4}));
}

TEST(CollectorClock, TimeRunningBackDoesNothing) {
  CollectorClock clock(5'000'000, 10000);
  clock.Start(Us(1'000'000));
  EXPECT_TRUE(Visits(clock, Us(10)).empty());
  EXPECT_EQ(Visits(clock, Us(1'000'501)).size(), 2u);
}

// A gap of years costs one cycle, and the position afterwards is that of all the steps.
TEST(CollectorClock, AGapOfYearsIsOneCycle) {
  CollectorClock clock(5'000'000, 10000);
  clock.Start(Us(0));
  const int64_t years = int64_t{10} * 365 * 86400 * 1'000'000 + 1700;  // 2017-like jump
  const std::vector<uint32_t> all = Visits(clock, Us(years));
  ASSERT_EQ(all.size(), 10000u);
  EXPECT_EQ(all.front(), 0u);
  const uint64_t steps = (static_cast<uint64_t>(years) + 499) / 500;
  EXPECT_EQ(Visits(clock, Us(years + 501)).front(), steps % 10000);
}

TEST(DeadlineColumns, FindsColumnsThatMayBeDue) {
  DeadlineColumns tcp(100), udp(100);
  auto find = [&](uint32_t begin, uint32_t end) {
    return DeadlineColumns::FindDue(tcp, udp, begin, end, 1000);
  };
  EXPECT_EQ(find(0, 100), 100u);
  tcp.Lower(3, 999);
  udp.Lower(45, 1000);
  udp.Lower(50, 1001);  // later
  EXPECT_EQ(find(0, 100), 3u);
  EXPECT_EQ(find(4, 100), 45u);
  EXPECT_EQ(find(4, 40), 40u);
  EXPECT_EQ(find(46, 100), 100u);
  tcp.Reset(3, 1001);
  EXPECT_EQ(find(0, 100), 45u);
  tcp.Lower(3, 998);
  tcp.Lower(3, 2000);  // no effect
  EXPECT_EQ(find(0, 100), 3u);
}

// A block's bound that has passed is brought up to date from its columns, whatever part of the
// block was asked for.
TEST(DeadlineColumns, PartsOfBlocks) {
  DeadlineColumns tcp(40), udp(40);
  tcp.Lower(37, 10);
  for (uint32_t begin = 0; begin < 40; ++begin) {
    EXPECT_EQ(DeadlineColumns::FindDue(tcp, udp, begin, 40, 10), begin <= 37 ? 37u : 40u);
    EXPECT_EQ(DeadlineColumns::FindDue(tcp, udp, begin, 40, 9), 40u);
    EXPECT_EQ(DeadlineColumns::FindDue(tcp, udp, 0, begin, 10), std::min(begin, 37u));
  }
}

// Times that do not fit 32 bits of seconds are looked at too often rather than never.
TEST(DeadlineColumns, FarFutureIsNeverMissed) {
  EXPECT_EQ(DeadlineSeconds(Timestamp::FromSeconds(5'000'000'000)), INT32_MAX);
  EXPECT_EQ(DeadlineSeconds(Timestamp::FromSeconds(-5'000'000'000)), INT32_MIN);
  DeadlineColumns tcp(4), udp(4);
  tcp.Lower(2, INT32_MAX);
  EXPECT_EQ(DeadlineColumns::FindDue(tcp, udp, 0, 4, 2'000'000'000), 4u);
  EXPECT_LE(DeadlineColumns::FindDue(tcp, udp, 0, 4, INT32_MAX), 2u);
}

TEST(SlotRing, SlotsOfAColumnLieSideBySide) {
  SlotRing ring(25, 24, 200, 10);
  EXPECT_EQ(ring.rows(), 3u);
  EXPECT_EQ(ring.position(4), ring.first_position(4));
  EXPECT_EQ(ring.position(14), ring.position(4) + 1);
  EXPECT_EQ(ring.position(24), ring.position(4) + 2);
  for (uint32_t f = 0; f < 15; ++f) ring.Allocate(f + 100);
  EXPECT_EQ(ring.rows_in_use(), 2u);
  EXPECT_EQ(ring.owner_at(ring.position(14)), 114u);
  EXPECT_EQ(ring.owner_at(ring.position(24)), SlotRing::kNoFlow);
}

// Whatever is freed meanwhile, searches of which that was said find a slot.
TEST(SlotRing, KnowsHowManySearchesWillFindASlot) {
  std::mt19937 random(5);
  for (int run = 0; run < 300; ++run) {
    const uint32_t size = 20 + random() % 200, depth = random() % 8;
    SlotRing ring(size, random() % size, depth, 1 + random() % 9);
    std::vector<uint32_t> used;
    uint32_t assured = 0;
    for (uint32_t flow = 0; flow < 3000; ++flow) {
      if (assured == 0) {
        const uint32_t wanted = 1 + random() % 5;
        if (ring.CanAllocate(wanted)) assured = wanted;
      }
      const uint32_t slot = ring.Allocate(flow);
      if (assured != 0) {
        ASSERT_NE(slot, SlotRing::kNoSlot);
        --assured;
      }
      if (slot != SlotRing::kNoSlot) used.push_back(slot);
      while (!used.empty() && random() % 9 < 4) {
        std::swap(used[random() % used.size()], used.back());
        ring.Free(used.back());
        used.pop_back();
      }
    }
  }
}

TEST(SlotRing, SaysThatThereIsNoSlot) {
  SlotRing ring(10, 9, 3, 5);
  EXPECT_TRUE(ring.CanAllocate(5));
  for (uint32_t flow = 0; flow < 9; ++flow) ASSERT_NE(ring.Allocate(flow), SlotRing::kNoSlot);
  EXPECT_FALSE(ring.CanAllocate(2));
}

TEST(SlotRing, FirstSlotIsBehindTheLastGiven) {
  SlotRing tcp(10, 0, 200, 5), udp(10, 9, 200, 5);
  EXPECT_EQ(tcp.Allocate(1), 1u);
  EXPECT_EQ(udp.Allocate(1), 0u);
  EXPECT_EQ(tcp.owner(1), 1u);
}

TEST(SlotRing, FreedSlotsAreReusedOnlyAfterTheWrap) {
  SlotRing ring(4, 3, 200, 2);
  EXPECT_EQ(ring.Allocate(10), 0u);
  ring.Free(0);
  EXPECT_EQ(ring.Allocate(11), 1u);
  EXPECT_EQ(ring.Allocate(12), 2u);
  EXPECT_EQ(ring.Allocate(13), 3u);
  EXPECT_EQ(ring.Allocate(14), 0u);
  EXPECT_EQ(ring.Allocate(15), SlotRing::kNoSlot);  // all busy
}

// The position moves even when the search fails: the next one looks at other slots.
TEST(SlotRing, AFailedSearchLeavesItsPosition) {
  SlotRing ring(100, 99, 5, 10);
  for (uint32_t f = 0; f < 100; ++f) ASSERT_EQ(ring.Allocate(f), f);
  ring.Free(8);
  EXPECT_EQ(ring.Allocate(200), SlotRing::kNoSlot);  // looked at 0..5
  EXPECT_EQ(ring.last_given(), 5u);
  EXPECT_EQ(ring.Allocate(201), 8u);
}

}  // namespace
}  // namespace tstat::internal
