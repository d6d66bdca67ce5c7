// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/readings.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/rrd_cgi/series_fixture.h"

namespace tstat::viewer {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

class ReadingsTest : public SeriesTest {};

TEST_F(ReadingsTest, WholeStepsOfTheSpanAreRead) {
  Fill("Lab", "ip_len_in.avg.rrd", [](int64_t time) { return static_cast<double>(time % 10000); });
  const std::string path = settings_.data_root + "/Lab/ip_len_in.avg.rrd";
  const auto hour = reader_.Read(path, "ip_len_in", kLastUpdate, 3600);
  ASSERT_NE(hour, nullptr);
  EXPECT_EQ(hour->step, 300);
  EXPECT_EQ(hour->start, kLastUpdate - 3600);
  ASSERT_EQ(hour->values.size(), 12u);
  EXPECT_DOUBLE_EQ(hour->values[0], (kLastUpdate - 3300) % 10000);
  EXPECT_DOUBLE_EQ(hour->values[11], kLastUpdate % 10000);
  const auto week = reader_.Read(path, "ip_len_in", kLastUpdate, 7 * 86400);
  EXPECT_EQ(week->step, 1800);
  EXPECT_LE(week->start + week->step * static_cast<int64_t>(week->values.size()), kLastUpdate);
  EXPECT_EQ(reader_.Read(path, "ip_len_out", kLastUpdate, 3600), nullptr);
  EXPECT_EQ(reader_.Read(path + "x", "ip_len_in", kLastUpdate, 3600), nullptr);
  Touch("Lab", "broken_in.avg.rrd", "no database");
  EXPECT_EQ(
      reader_.Read(settings_.data_root + "/Lab/broken_in.avg.rrd", "broken_in", kLastUpdate, 3600),
      nullptr);
}

TEST_F(ReadingsTest, WhatWasReadIsKeptUntilTheFileChanges) {
  Fill("Lab", "ip_len_in.avg.rrd", Always(3));
  const std::string path = settings_.data_root + "/Lab/ip_len_in.avg.rrd";
  const auto first = reader_.Read(path, "ip_len_in", kLastUpdate, 3600);
  EXPECT_EQ(reader_.Read(path, "ip_len_in", kLastUpdate, 3600), first);
  EXPECT_NE(reader_.Read(path, "ip_len_in", kLastUpdate, 7200), first);
  const std::string text = std::to_string(kLastUpdate + 300) + ":9";
  const char* values[] = {text.c_str()};
  ASSERT_EQ(rrd_update_r(path.c_str(), nullptr, 1, values), 0);
  const auto later = reader_.Read(path, "ip_len_in", kLastUpdate + 300, 3600);
  ASSERT_NE(later, nullptr);
  EXPECT_EQ(later->values.back(), 9);
  EXPECT_NE(reader_.Read(path, "ip_len_in", kLastUpdate, 3600), first);
}

TEST_F(ReadingsTest, NumbersOfASpan) {
  Fill("Lab", "profile_trash.idx0.rrd",
       [](int64_t time) { return time > kLastUpdate - 3600 ? 30.0 : 6.0; });
  Fill("Lab", "tcp_rtt_avg_out.prc50.rrd",
       [](int64_t time) { return time > kLastUpdate - 3600 ? 20.0 : -1.0; });
  const SpanReader two_hours = Over("Lab", 7200);
  EXPECT_DOUBLE_EQ(*two_hours.Mean("profile_trash", "idx0"), 18);
  EXPECT_DOUBLE_EQ(*two_hours.Newest("profile_trash", "idx0"), 30);
  EXPECT_DOUBLE_EQ(*two_hours.Total("profile_trash", "idx0"), 12 * 6 + 12 * 30);
  EXPECT_DOUBLE_EQ(*two_hours.MeanOfSamples("tcp_rtt_avg_out", "prc50"), 20);
  EXPECT_EQ(two_hours.interval(), 300);
  EXPECT_FALSE(two_hours.Mean("profile_trash", "idx1").has_value());
}

TEST_F(ReadingsTest, AYoungTraceIsReadAsFarAsItGoes) {
  const ValueAt value = [](int64_t time) { return time > kLastUpdate - 3600 ? 30.0 : 6.0; };
  // A year is kept as days, of which there is no whole one yet.
  Fill("Young", "profile_trash.idx0.rrd", value, 6);
  const SpanReader young = Over("Young", 366 * 86400);
  EXPECT_DOUBLE_EQ(*young.Mean("profile_trash", "idx0"), 10);
  EXPECT_DOUBLE_EQ(*young.Total("profile_trash", "idx0"), 60 * 6 + 12 * 30);
  // Here is one, of which the last hour is no part.
  Fill("Old", "profile_trash.idx0.rrd", value, 48);
  const SpanReader old = Over("Old", 366 * 86400);
  EXPECT_DOUBLE_EQ(*old.Mean("profile_trash", "idx0"), 6);
}

TEST_F(ReadingsTest, DatabasesOfNothingSayNothing) {
  Fill("Lab", "profile_trash.idx0.rrd", Always(kUnknown));
  const SpanReader day = Over("Lab", 86400);
  EXPECT_FALSE(day.Mean("profile_trash", "idx0").has_value());
  EXPECT_FALSE(day.Newest("profile_trash", "idx0").has_value());
  EXPECT_FALSE(day.Total("profile_trash", "idx0").has_value());
}

TEST_F(ReadingsTest, SteadyDatabaseHasAValueEachTime) {
  Fill("Lab", "ip_len_in.min.rrd", Always(1));
  trace_ = *OpenTrace(settings_.data_root, "Lab");
  EXPECT_FALSE(FindSteady(trace_, reader_).has_value());
  Fill("Lab", "mm_type_in.idx4.rrd", Always(1), 24, kLastUpdate - 600);
  Touch("Lab", "a.avg.rrd", "no database");
  trace_ = *OpenTrace(settings_.data_root, "Lab");
  const auto any = FindSteady(trace_, reader_);
  ASSERT_TRUE(any.has_value());
  EXPECT_EQ(any->file, "mm_type_in.idx4.rrd");
  EXPECT_EQ(any->histogram, "mm_type_in");
  EXPECT_EQ(any->last, kLastUpdate - 600);
  Fill("Lab", "ip_bitrate_loc.idx0.rrd", Always(1));
  Touch("Lab", "ip_bitrate_in.idx0.rrd", "no database");
  trace_ = *OpenTrace(settings_.data_root, "Lab");
  EXPECT_EQ(FindSteady(trace_, reader_)->file, "ip_bitrate_loc.idx0.rrd");
}

Readings Row(std::vector<double> values) { return {.start = 1000, .step = 10, .values = values}; }

TEST(GapsTest, UnknownStretchesAreCounted) {
  const Gaps none = GapsOf(Row({1, 2, 3}), 0);
  EXPECT_EQ(none.count, 0);
  EXPECT_EQ(none.seconds, 0);
  EXPECT_EQ(none.first_known, 1000);
  EXPECT_EQ(none.step, 10);
  const Gaps two = GapsOf(Row({1, kUnknown, kUnknown, 0, kUnknown, 5, kUnknown}), 0);
  EXPECT_EQ(two.count, 3);
  EXPECT_EQ(two.seconds, 40);
}

TEST(GapsTest, TheTimeBeforeTheFirstValueIsNone) {
  const Readings row = Row({kUnknown, kUnknown, 3, kUnknown, 5});
  const Gaps young = GapsOf(row, 0);
  EXPECT_EQ(young.first_known, 1020);
  EXPECT_EQ(young.count, 1);
  EXPECT_EQ(young.seconds, 10);
  // But it is one if values are known to be older.
  const Gaps old = GapsOf(row, 900);
  EXPECT_EQ(old.count, 2);
  EXPECT_EQ(old.seconds, 30);
  const Gaps between = GapsOf(row, 1010);
  EXPECT_EQ(between.count, 2);
  EXPECT_EQ(between.seconds, 20);
  EXPECT_EQ(GapsOf(Row({kUnknown, kUnknown}), 0).first_known, 0);
  EXPECT_EQ(GapsOf(Row({kUnknown, kUnknown}), 0).count, 0);
}

TEST(SumOfTest, UnknownNumbersDoNotCount) {
  EXPECT_EQ(SumOf({1.0, std::nullopt, 2.0}), 3.0);
  EXPECT_EQ(SumOf({std::nullopt}), std::nullopt);
  EXPECT_EQ(SumOf({}), std::nullopt);
}

}  // namespace
}  // namespace tstat::viewer
