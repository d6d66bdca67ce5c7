// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-merge/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace tstat::rrd_merge {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::NanSensitiveDoubleEq;

const double kUnknown = std::nan("");

TEST(RuleOfName, FollowsTheStatistic) {
  constexpr std::pair<const char*, Rule> kNames[] = {
      {"ip_len_out.hit.rrd", Rule::kSum},
      {"ip_len_out.idx40.rrd", Rule::kSum},
      {"ip_len_out.idx-4.rrd", Rule::kSum},
      {"ip_len_out.idxoth.rrd", Rule::kSum},
      {"ip_len_out.min.rrd", Rule::kMinimum},
      {"ip_len_out.max.rrd", Rule::kMaximum},
      {"ip_len_out.avg.rrd", Rule::kMean},
      {"ip_len_out.var.rrd", Rule::kMean},
      {"ip_len_out.stdev.rrd", Rule::kMean},
      {"ip_len_out.prc50.rrd", Rule::kMean},
      {"ip_len_out.prc99.900.rrd", Rule::kMean},
      {"ip_len_out/idx1500.rrd", Rule::kSum},
      {"ip_len_out/prc99.900.rrd", Rule::kMean},
      {"ip_len_out/max.rrd", Rule::kMaximum},
      {"site/a/ip_len_out.min.rrd", Rule::kMinimum},
  };
  for (const auto& [name, rule] : kNames) EXPECT_EQ(RuleOfName(name), rule) << name;
}

TEST(RuleOfName, OtherNamesAreForeign) {
  for (const char* name :
       {"", ".rrd", "load.rrd", "a.b.rrd", "ip_len.avg", "ip_len.avg.rrd.new", "ip_len.idx.rrd",
        "ip_len.idx4x.rrd", "ip_len.idx-.rrd", "ip_len.prc.rrd", "ip_len.prc5..rrd",
        "ip_len.prc.5.rrd", "ip_len.avg2.rrd", "avg.x/a.rrd", "ip_len.AVG.rrd"}) {
    EXPECT_EQ(RuleOfName(name), std::nullopt) << name;
  }
}

TEST(Combine, OfAllValues) {
  const std::vector<double> values = {4, -2, 7};
  EXPECT_EQ(Combine(Rule::kSum, values), 9);
  EXPECT_EQ(Combine(Rule::kMinimum, values), -2);
  EXPECT_EQ(Combine(Rule::kMaximum, values), 7);
  EXPECT_EQ(Combine(Rule::kMean, values), 3);
}

TEST(Combine, UnknownValuesDoNotCount) {
  const std::vector<double> values = {kUnknown, 4, kUnknown, 8};
  EXPECT_EQ(Combine(Rule::kSum, values), 12);
  EXPECT_EQ(Combine(Rule::kMinimum, values), 4);
  EXPECT_EQ(Combine(Rule::kMaximum, values), 8);
  EXPECT_EQ(Combine(Rule::kMean, values), 6);
}

TEST(Combine, OfNothingIsUnknown) {
  const std::vector<double> unknown = {kUnknown, kUnknown};
  for (const Rule rule : {Rule::kSum, Rule::kMinimum, Rule::kMaximum, Rule::kMean}) {
    EXPECT_TRUE(std::isnan(Combine(rule, unknown)));
    EXPECT_TRUE(std::isnan(Combine(rule, {})));
  }
}

// Steps of 10 s; one archive of a step a row, one of three.
Database TwoArchives(int64_t last_update_s, std::vector<double> fine, std::vector<double> coarse) {
  return {.source = "h",
          .step_s = 10,
          .heartbeat_s = 20,
          .last_update_s = last_update_s,
          .archives = {{.steps_per_row = 1, .values = std::move(fine)},
                       {.steps_per_row = 3, .values = std::move(coarse)}}};
}

TEST(Database, ArchivesEndWithTheirLastWholeRow) {
  const Database d = TwoArchives(1259, {1, 2}, {3, 4});
  EXPECT_EQ(d.EndOf(d.archives[0]), 1250);
  EXPECT_EQ(d.EndOf(d.archives[1]), 1230);
}

TEST(Merge, RowsOfTheSameTimeMeet) {
  const std::vector<Database> databases = {TwoArchives(1259, {1, 2, 3, 4}, {10, 20}),
                                           TwoArchives(1230, {5, 6, 7, 8}, {30, 40})};
  const Database merged = Merge(Rule::kSum, databases);
  EXPECT_EQ(merged.last_update_s, 1259);
  // 1220 and 1230 are of both.
  EXPECT_THAT(merged.archives[0].values, ElementsAre(1 + 7, 2 + 8, 3, 4));
  EXPECT_THAT(merged.archives[1].values, ElementsAre(10 + 30, 20 + 40));
  // The order does not matter.
  const std::vector<Database> swapped = {databases[1], databases[0]};
  const Database again = Merge(Rule::kSum, swapped);
  EXPECT_EQ(again.last_update_s, 1259);
  EXPECT_EQ(again.archives[0].values, merged.archives[0].values);
  EXPECT_EQ(again.archives[1].values, merged.archives[1].values);
}

TEST(Merge, RangesThatDoNotMeet) {
  const std::vector<Database> databases = {TwoArchives(90, {1, 2}, {3, 4}),
                                           TwoArchives(100000, {5, kUnknown}, {7, 8})};
  const Database merged = Merge(Rule::kMinimum, databases);
  EXPECT_THAT(merged.archives[0].values, ElementsAre(DoubleEq(5), NanSensitiveDoubleEq(kUnknown)));
  EXPECT_THAT(merged.archives[1].values, ElementsAre(7, 8));
}

TEST(Merge, OneStaysAsItIs) {
  const std::vector<Database> databases = {TwoArchives(1259, {1, kUnknown}, {3, 4})};
  const Database merged = Merge(Rule::kMean, databases);
  EXPECT_TRUE(HaveSameLayout(merged, databases[0]));
  EXPECT_EQ(merged.heartbeat_s, 20);
  EXPECT_THAT(merged.archives[0].values, ElementsAre(DoubleEq(1), NanSensitiveDoubleEq(kUnknown)));
}

TEST(HaveSameLayout, SourceStepAndArchives) {
  const Database d = TwoArchives(1259, {1, 2}, {3, 4});
  EXPECT_TRUE(HaveSameLayout(d, TwoArchives(77, {5, 6}, {7, 8})));
  Database other = d;
  other.source = "g";
  EXPECT_FALSE(HaveSameLayout(d, other));
  other = d;
  other.step_s = 60;
  EXPECT_FALSE(HaveSameLayout(d, other));
  other = d;
  other.archives[1].steps_per_row = 6;
  EXPECT_FALSE(HaveSameLayout(d, other));
  other = d;
  other.archives[0].values.push_back(1);
  EXPECT_FALSE(HaveSameLayout(d, other));
  other = d;
  other.archives.pop_back();
  EXPECT_FALSE(HaveSameLayout(d, other));
  EXPECT_FALSE(HaveSameLayout(other, d));
}

}  // namespace
}  // namespace tstat::rrd_merge
