// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/metrics.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tstat::viewer {
namespace {

std::vector<std::string> ValuesOf(const std::vector<Direction>& directions) {
  std::vector<std::string> values;
  for (const Direction& d : directions) values.emplace_back(d.value);
  return values;
}

std::string GroupOf(std::string_view metric) {
  std::string names;
  for (const MetricGroup& group : MetricGroups()) {
    if (group.holds(metric)) names += std::string(group.name);
  }
  return names;
}

TEST(MetricsTest, FirstDirectionInANameIsLeftOut) {
  EXPECT_EQ(MetricOfFile("ip_len_in.avg.rrd"), "ip_len");
  EXPECT_EQ(MetricOfFile("tcp_thru_lf_c2s.prc99.rrd"), "tcp_thru_lf");
  EXPECT_EQ(MetricOfFile("tcp_interrupted.idx0.rrd"), "tcpterrupted");
  EXPECT_EQ(MetricOfFile("tcp_tot_time.avg.rrd"), "tcp_tot_time");
}

TEST(MetricsTest, DescriptionsHoldForDirections) {
  EXPECT_EQ(DescriptionOf("ip_len"), "IP packet length [byte]");
  EXPECT_EQ(DescriptionOf("ip_len_loc"), "IP packet length [byte]");
  EXPECT_EQ(DescriptionOf("tcp_port_dst"), "TCP destination port");
  EXPECT_FALSE(DescriptionOf("tcp_tot_time_in").has_value());  // undirected
  EXPECT_FALSE(DescriptionOf("nothing").has_value());
  EXPECT_EQ(TitleOf("nothing"), "nothing");
  EXPECT_NE(TitleOf("tcp_interrupted"), "tcp_interrupted");
}

TEST(MetricsTest, EachMetricIsInOneGroup) {
  EXPECT_EQ(GroupOf("ip_len"), "IP");
  EXPECT_EQ(GroupOf("L3_bitrate"), "IP");
  EXPECT_EQ(GroupOf("tcp_thru"), "TCP");
  EXPECT_EQ(GroupOf("tcp_bitrate"), "Classifier");
  EXPECT_EQ(GroupOf("http_bitrate"), "Classifier");
  EXPECT_EQ(GroupOf("web_bitrate"), "Video");
  EXPECT_EQ(GroupOf("L7_VIDEO_num"), "Video");
  EXPECT_EQ(GroupOf("L7_TCP_num"), "Classifier");
  EXPECT_EQ(GroupOf("chat_flow_num"), "MMedia");
  EXPECT_EQ(GroupOf("profile_cpu"), "Profile");
}

TEST(MetricsTest, DirectionsAreThoseOfTheFiles) {
  const std::vector<std::string> files = {"ip_len_in.avg.rrd", "ip_len_loc.avg.rrd", "odd.avg.rrd",
                                          "tcp_thru_s2c.avg.rrd"};
  using Values = std::vector<std::string>;
  EXPECT_EQ(ValuesOf(DirectionsOf("ip_len", files)), (Values{"both", "in", "loc"}));
  EXPECT_EQ(ValuesOf(DirectionsOf("tcp_thru", files)), (Values{"bothcs", "s2c"}));
  EXPECT_EQ(ValuesOf(DirectionsOf("tcp_tot_time", files)), (Values{"NULL"}));
  EXPECT_EQ(ValuesOf(DirectionsOf("odd", files)), (Values{"NULL"}));
  EXPECT_TRUE(DirectionsOf("none", files).empty());
}

TEST(MetricsTest, DirectionThatIsNotThereBecomesAnother) {
  const std::vector<Direction> both = {{"both", ""}, {"in", ""}}, sides = {{"bothcs", ""}},
                               local = {{"loc", ""}};
  EXPECT_EQ(EffectiveDirection("in", both), "in");
  EXPECT_EQ(EffectiveDirection("out", both), "both");
  EXPECT_EQ(EffectiveDirection("", both), "both");
  EXPECT_EQ(EffectiveDirection("in", sides), "bothcs");
  EXPECT_EQ(EffectiveDirection("both", local), "both");  // stays: there is none of those
}

TEST(MetricsTest, HalvesAreHistograms) {
  EXPECT_EQ(HalvesOf("ip_len", "both").positive, "ip_len_out");
  EXPECT_EQ(HalvesOf("ip_len", "both").negative, "ip_len_in");
  EXPECT_EQ(HalvesOf("ip_len", "both").probe, "ip_len_in");
  EXPECT_EQ(HalvesOf("tcp_thru", "bothcs").probe, "tcp_thru_c2s");
  EXPECT_EQ(HalvesOf("ip_len", "loc").positive, "ip_len_loc");
  EXPECT_EQ(HalvesOf("ip_len", "loc").negative, "");
  EXPECT_EQ(HalvesOf("profile_cpu", "NULL").positive, "profile_cpu");
}

}  // namespace
}  // namespace tstat::viewer
