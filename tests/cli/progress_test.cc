// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/progress.h"

#include "gtest/gtest.h"
#include "startup/runtime_reload.h"

namespace tstat::cli {
namespace {

TEST(Progress, TicksAreWhereTstatHasThem) {
  std::string ticks;
  uint64_t k = 0;
  for (int i = 0; i < 48; ++i) {
    k = NextTick(k);
    ticks += std::to_string(k) + " ";
  }
  EXPECT_EQ(ticks,
            "10 20 30 40 50 60 70 80 90 100 200 300 400 500 600 700 800 900 1000 2000 3000 4000 "
            "5000 6000 7000 8000 9000 10000 20000 30000 40000 50000 60000 70000 80000 90000 100000 "
            "200000 300000 400000 500000 600000 700000 800000 900000 1000000 1100000 1200000 ");
  EXPECT_EQ(NextTick(99), 100u);
  EXPECT_EQ(NextTick(101), 200u);
}

TEST(Progress, Line) {
  EXPECT_EQ(ProgressText(0.5, 3000000, 2), " 50.0%  1.50 M packets/s  0:02 left");
  EXPECT_EQ(ProgressText(0.01, 500, 100), "  1.0%  5 packets/s  2:45:00 left");
  EXPECT_EQ(ProgressText(-1, 500, 1), "500 packets/s");
}

TEST(ReloadSchedule, WaitsUntilTheFileIsLeftAlone) {
  using enum ReloadSchedule::Action;
  ReloadSchedule schedule(21, 3);
  schedule.Start(1000, 7);
  EXPECT_FALSE(schedule.IsDue(1020));
  EXPECT_TRUE(schedule.IsDue(1021));
  EXPECT_EQ(schedule.Check(1021, 7), kNothing);
  EXPECT_FALSE(schedule.IsDue(1041));
  EXPECT_EQ(schedule.Check(1042, 8), kChanged);
  EXPECT_EQ(schedule.Check(1063, 8), kNothing);
  EXPECT_EQ(schedule.Check(1084, 9), kChanged);  // changed again: counts anew
  EXPECT_EQ(schedule.Check(1105, 9), kNothing);
  EXPECT_EQ(schedule.Check(1126, 9), kNothing);
  EXPECT_EQ(schedule.Check(1147, 9), kReload);
  EXPECT_EQ(schedule.Check(1168, 9), kNothing);
}

TEST(ReloadSchedule, MissingFileIsToldOnce) {
  using enum ReloadSchedule::Action;
  ReloadSchedule schedule(1, 3);
  schedule.Start(0, 7);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(schedule.Check(i, std::nullopt), kNothing);
  EXPECT_EQ(schedule.Check(4, std::nullopt), kMissing);
  EXPECT_EQ(schedule.Check(5, std::nullopt), kNothing);
  EXPECT_EQ(schedule.Check(6, 8), kChanged);  // it is back
  for (int i = 0; i < 5; ++i) EXPECT_EQ(schedule.Check(7, std::nullopt), kNothing);
  EXPECT_EQ(schedule.Check(8, std::nullopt), kMissing);
}

}  // namespace
}  // namespace tstat::cli
