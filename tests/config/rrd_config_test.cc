// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tstat/rrd.h"

namespace tstat::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

RrdConfig Parse(std::string_view text) {
  absl::StatusOr<RrdConfig> config = ParseRrdConfig(text, "rrd.conf", false, false);
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? *config : RrdConfig();
}
std::string Error(std::string_view text) {
  return std::string(ParseRrdConfig(text, "rrd.conf", false, false).status().message());
}

TEST(RrdConfigTest, Directives) {
  const RrdConfig config = Parse(
      "# comment\n\nip_len_in avg prc:50,99.9 idx:40,1500,other\n"
      "tcp_cwnd hit min max  \n  tcp_cwnd var stdev\r\n");
  ASSERT_EQ(config.directives.size(), 2u);
  const RrdDirective& cwnd = config.directives[0];  // defined later
  EXPECT_EQ(cwnd.histogram, "tcp_cwnd");
  EXPECT_TRUE(cwnd.hit && cwnd.min && cwnd.max && cwnd.var && cwnd.stdev && !cwnd.avg);
  const RrdDirective& length = config.directives[1];
  EXPECT_TRUE(length.avg && length.other);
  EXPECT_THAT(length.percentiles, ElementsAre(50, 99.9));
  EXPECT_THAT(length.indexes, ElementsAre(40, 1500));
}

TEST(RrdConfigTest, TheLastListCounts) {
  const RrdConfig config = Parse("ip_len_in idx:1,2,other prc:5\nip_len_in idx:0,7 prc:1,,2\n");
  EXPECT_THAT(config.directives[0].indexes, ElementsAre(0, 7));
  EXPECT_THAT(config.directives[0].percentiles, ElementsAre(1, 2));
  EXPECT_TRUE(config.directives[0].other);
}

TEST(RrdConfigTest, OtherWhiteSpaceEndsAToken) {
  EXPECT_FALSE(Parse("ip_len_in\tavg").directives[0].avg);
  EXPECT_TRUE(Parse("ip_len_in \tavg").directives[0].avg);
  EXPECT_FALSE(Parse("ip_len_in avg\tmin").directives[0].min);
  EXPECT_THAT(Parse("ip_len_in avg # all of the line").directives, IsEmpty());
  EXPECT_THAT(Parse("").directives, IsEmpty());
}

TEST(RrdConfigTest, Errors) {
  EXPECT_EQ(Error("ip_len avg"),
            "rrdtool: variable <ip_len> unknown while processing <rrd.conf> line 1 (tstat -H '?' "
            "lists the histograms)");
  EXPECT_EQ(Error("tcp_net_dup_loc avg"),
            "rrdtool: variable <tcp_net_dup_loc> unknown while processing <rrd.conf> line 1 (tstat "
            "-H '?' lists the histograms)");
  EXPECT_EQ(Error("# 1\nip_len_in mean"),
            "rrdtool: unknown token <mean> unknown while processing <rrd.conf> line 2 (allowed: "
            "avg, min, max, var, stdev, hit, idx:VALUES, prc:PERCENTAGES)");
  for (const char* value : {"nan", "inf", "-1", "100.5", "1e999", "x", "5x"}) {
    EXPECT_EQ(Error(std::string("\nip_len_in prc:50,") + value),
              std::string("rrd.conf:2: prc: '") + value + "': 0 to 100 are allowed");
  }
  for (const char* value : {"x", "7x", "99999999999", "1.5"}) {
    EXPECT_EQ(Error(std::string("ip_len_in idx:") + value),
              std::string("rrd.conf:1: idx: '") + value +
                  "': integers of 32 bit and 'other' are allowed");
  }
  EXPECT_LT(Error("ip_len_in " + std::string(1000, 'x')).size(), 300u);
  std::string list = "ip_len_in idx:0";
  for (int i = 1; i <= 256; ++i) list += "," + std::to_string(i);
  EXPECT_EQ(Error(list), "rrd.conf:1: more than 256 values in a list");
}

TEST(RrdConfigTest, WhatIsNamedIsCollected) {
  HistogramSelection selection;
  Parse("ip_len_in\ntcp_cwnd avg").SelectIn(&selection);
  EXPECT_EQ(selection.count(), 2u);
  EXPECT_TRUE(selection.statistics);
}

}  // namespace
}  // namespace tstat::internal
