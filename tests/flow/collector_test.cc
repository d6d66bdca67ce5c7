// SPDX-License-Identifier: BSD-3-Clause
#include "flow/collector.h"

#include <gtest/gtest.h>

#include <vector>

#include "flow/slot_ring.h"

namespace tstat {
namespace {

Timestamp Us(int64_t us) { return Timestamp::FromMicroseconds(us); }

std::vector<uint32_t> Visits(CollectorClock& clock, Timestamp now) {
  std::vector<uint32_t> columns;
  clock.Run(now, [&](uint32_t c) { columns.push_back(c); });
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

TEST(DeadlineColumns, KeepsTheEarliestOfAColumn) {
  DeadlineColumns columns(10);
  EXPECT_FALSE(columns.MayBeDue(3, Us(1'000'000)));
  columns.Lower(13, Us(500));
  columns.Lower(3, Us(700));
  EXPECT_FALSE(columns.MayBeDue(3, Us(500)));
  EXPECT_TRUE(columns.MayBeDue(3, Us(501)));
  EXPECT_FALSE(columns.MayBeDue(4, Us(501)));
  columns.Reset(3, Us(700));
  EXPECT_FALSE(columns.MayBeDue(3, Us(700)));
}

TEST(SlotRing, FirstSlotIsBehindTheLastGiven) {
  SlotRing tcp(10, 0, 200), udp(10, 9, 200);
  EXPECT_EQ(tcp.Allocate(1), 1u);
  EXPECT_EQ(udp.Allocate(1), 0u);
  EXPECT_EQ(tcp.owner(1), 1u);
}

TEST(SlotRing, FreedSlotsAreReusedOnlyAfterTheWrap) {
  SlotRing ring(4, 3, 200);
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
  SlotRing ring(100, 99, 5);
  for (uint32_t f = 0; f < 100; ++f) ASSERT_EQ(ring.Allocate(f), f);
  ring.Free(8);
  EXPECT_EQ(ring.Allocate(200), SlotRing::kNoSlot);  // looked at 0..5
  EXPECT_EQ(ring.last_given(), 5u);
  EXPECT_EQ(ring.Allocate(201), 8u);
}

}  // namespace
}  // namespace tstat
