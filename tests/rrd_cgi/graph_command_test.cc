// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/graph_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/rrd_cgi/fixture.h"
#include "tstat-rrd-cgi/labels.h"

namespace tstat::viewer {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

Trace TraceOf(std::vector<std::string> files) {
  std::ranges::sort(files);
  return {"Lab", "/data/La:b", std::move(files)};
}

Query QueryOf(const std::string& var, const std::string& direction, const std::string& name) {
  Query query;
  query.var = var;
  query.direction = direction;
  query.graph_template = name;
  query.duration = "12h";
  return query;
}

// The arguments behind the span.
std::vector<std::string> Elements(const absl::StatusOr<Graph>& graph) {
  if (!graph.ok()) return {std::string(graph.status().message())};
  const auto start = std::ranges::find(graph->arguments, "--start");
  return {start + 2, graph->arguments.end()};
}

std::vector<std::string> Drawn(const absl::StatusOr<Graph>& graph) {
  std::vector<std::string> elements = Elements(graph);
  std::erase_if(elements, [](const std::string& e) {
    return e.starts_with("DEF:") || e.starts_with("CDEF:");
  });
  return elements;
}

TEST(BuildGraphTest, ValuesAreStackedFromTheHighestRank) {
  setenv("TZ", "UTC", 1);
  const Trace trace =
      TraceOf({"ip_len_in.idx40.rrd", "ip_len_in.idx1500.rrd", "ip_len_in.idxoth.rrd",
               "ip_len_in.idx-4.rrd", "ip_len_in.idxx.rrd"});
  const auto graph = BuildGraph(QueryOf("ip_len", "in", "idx"), trace, FixedReader(), "p.png");
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_THAT(
      graph->arguments,
      ElementsAre("p.png", "--imgformat", "PNG", "--width", "666", "--height", "200", "--zoom",
                  "1.18", "--title", "IP packet length [byte] - Last: Fri Jul 14 04:20:00 2017",
                  "--end", "1500006000", "--start", "end-12h",
                  "DEF:A=/data/La\\:b/ip_len_in.idx1500.rrd:ip_len_in:AVERAGE",
                  "DEF:B=/data/La\\:b/ip_len_in.idx40.rrd:ip_len_in:AVERAGE",
                  "DEF:C=/data/La\\:b/ip_len_in.idxoth.rrd:ip_len_in:AVERAGE",
                  "CDEF:c_A=A,UN,0,A,IF", "CDEF:c_B=B,UN,0,B,IF", "CDEF:c_C=C,UN,0,C,IF",
                  "CDEF:pos_sum=0,c_A,+,c_B,+,c_C,+", "CDEF:pos_A=c_A", "CDEF:pos_B=c_B",
                  "CDEF:pos_C=c_C", "AREA:pos_A#A0522D:1500 Bytes", "STACK:pos_B#FFA500:40 Bytes  ",
                  "STACK:pos_C#7B68EE:Others"));
}

TEST(BuildGraphTest, OneDirectionIsBelowTheAxis) {
  const Trace trace = TraceOf({"ip_len_in.hit.rrd", "ip_len_out.hit.rrd"});
  const auto graph = BuildGraph(QueryOf("ip_len", "both", "hit"), trace, FixedReader(), "p");
  EXPECT_THAT(Elements(graph),
              ElementsAre("DEF:A=/data/La\\:b/ip_len_out.hit.rrd:ip_len_out:AVERAGE",
                          "CDEF:c_A=A,UN,0,A,IF", "CDEF:pos_sum=0,c_A,+", "CDEF:pos_A=c_A",
                          "LINE2:pos_A#008B8B:Hit Counter",
                          "DEF:oth_A=/data/La\\:b/ip_len_in.hit.rrd:ip_len_in:AVERAGE",
                          "CDEF:c_oth_A=oth_A,UN,0,oth_A,IF", "CDEF:neg_sum=0,c_oth_A,+",
                          "CDEF:neg_A=0,c_oth_A,-", "LINE2:neg_A#008B8B:"));
  EXPECT_THAT(graph->arguments, ::testing::Contains(::testing::HasSubstr("  [out (+) in (-)] - ")));
}

TEST(BuildGraphTest, SharesArePercentOfTheSum) {
  const Trace trace = TraceOf({"ip_len_in.idx40.rrd"});
  const auto graph = BuildGraph(QueryOf("ip_len", "in", "normidx"), trace, FixedReader(), "p");
  EXPECT_THAT(Elements(graph), ::testing::Contains("CDEF:pos_A=c_A,100.0,*,pos_sum,/"));
  const std::string all = ShellText(graph->arguments);
  EXPECT_NE(all.find("'--rigid' \\\n\t'--upper-limit' \\\n\t'100'"), std::string::npos) << all;
}

TEST(BuildGraphTest, FiltersTakeNumbersAway) {
  const Trace trace = TraceOf(
      {"tcp_rtt_avg_in.prc50.rrd", "tcp_rtt_avg_in.prc95.rrd", "tcp_rtt_avg_in.prc99.900.rrd"});
  Query query = QueryOf("tcp_rtt_avg", "in", "prc");
  EXPECT_THAT(
      Drawn(BuildGraph(query, trace, FixedReader(), "p")),
      ElementsAre("LINE2:pos_A#008B8B:99.900-th Percentile", "LINE2:pos_B#00008B:95-th Percentile",
                  "LINE2:pos_C#006400:50-th Percentile"));
  query.exclude = "95,99.9";
  EXPECT_THAT(Drawn(BuildGraph(query, trace, FixedReader(), "p")),
              ElementsAre("LINE2:pos_A#008B8B:50-th Percentile"));
  query.exclude = "ALL";
  query.include = "95";
  EXPECT_THAT(Drawn(BuildGraph(query, trace, FixedReader(), "p")),
              ElementsAre("LINE2:pos_A#008B8B:95-th Percentile"));
  query.include = "";
  EXPECT_TRUE(absl::IsInvalidArgument(BuildGraph(query, trace, FixedReader(), "p").status()));
}

TEST(BuildGraphTest, LimitsAreRigid) {
  const Trace trace = TraceOf({"ip_len_in.avg.rrd", "ip_len_in.stdev.rrd"});
  Query query = QueryOf("ip_len", "in", "stdev");
  query.ymin = "1";
  query.ymax = "9";
  query.logscale = "true";
  query.bigpic = "false";
  const auto graph = BuildGraph(query, trace, FixedReader(), "p");
  ASSERT_TRUE(graph.ok());
  const std::vector<std::string> head(graph->arguments.begin(), graph->arguments.begin() + 11);
  EXPECT_THAT(head, ElementsAre("p", "--imgformat", "PNG", "--logarithmic", "--zoom", "1.18",
                                "--rigid", "--upper-limit", "9", "--lower-limit", "1"));
  query.yauto = "true";
  const auto automatic = BuildGraph(query, trace, FixedReader(), "p");
  EXPECT_THAT(automatic->arguments, ::testing::Not(::testing::Contains("--rigid")));
}

TEST(BuildGraphTest, MissingAndBrokenDatabases) {
  const Trace trace = TraceOf({"ip_len_out.idx40.rrd", "ip_len_out.idx1500.rrd"});
  EXPECT_TRUE(absl::IsNotFound(
      BuildGraph(QueryOf("ip_len", "both", "idx"), trace, FixedReader(), "p").status()));
  FixedReader reader;
  reader.broken = "idx1500";
  std::vector<std::string> unusable;
  const auto graph = BuildGraph(QueryOf("ip_len", "out", "idx"), trace, reader, "p", &unusable);
  ASSERT_TRUE(graph.ok());
  EXPECT_THAT(unusable, ElementsAre("ip_len_out.idx1500.rrd"));
  EXPECT_THAT(Drawn(graph), ElementsAre("AREA:pos_A#FFA500:40 Bytes  "));
  reader.broken = "idx";
  unusable.clear();
  EXPECT_TRUE(absl::IsFailedPrecondition(
      BuildGraph(QueryOf("ip_len", "out", "idx"), trace, reader, "p", &unusable).status()));
  EXPECT_THAT(unusable, UnorderedElementsAre("ip_len_out.idx40.rrd", "ip_len_out.idx1500.rrd"));
}

TEST(BuildGraphTest, OneThatIsMissingOnOneSideIsNamed) {
  const Trace trace =
      TraceOf({"ip_len_out.idx40.rrd", "ip_len_out.idx1500.rrd", "ip_len_in.idx40.rrd"});
  std::vector<std::string> unusable;
  const auto graph =
      BuildGraph(QueryOf("ip_len", "both", "idx"), trace, FixedReader(), "p", &unusable);
  EXPECT_THAT(Drawn(graph), ElementsAre("AREA:pos_A#A0522D:1500 Bytes",
                                        "STACK:pos_B#FFA500:40 Bytes  ", "AREA:neg_A#FFA500:"));
  EXPECT_THAT(unusable, ElementsAre("ip_len_in.idx1500.rrd"));
}

TEST(BuildGraphTest, BrokenDatabasesNeedNoOtherSide) {
  const Trace trace = TraceOf({"ip_len_out.idx40.rrd", "ip_len_in.idx40.rrd", "ip_len_out.idx7.rrd",
                               "ip_len_in.idx98.rrd", "ip_len_in.idx99.rrd",
                               "ip_len_out.idx1500.rrd", "ip_len_in.idx1500.rrd"});
  FixedReader reader;
  reader.broken = "idx7.";
  std::vector<std::string> unusable;
  const auto graph = BuildGraph(QueryOf("ip_len", "both", "idx"), trace, reader, "p", &unusable);
  // The colours are those of the places among all.
  EXPECT_THAT(Drawn(graph),
              ElementsAre("AREA:pos_A#A0522D:1500 Bytes", "STACK:pos_B#FFA500:40 Bytes  ",
                          "AREA:neg_A#A0522D:", "STACK:neg_B#FFA500:"));
  EXPECT_THAT(unusable, ElementsAre("ip_len_out.idx7.rrd"));
  // Below the axis, with nothing above: what is whole is not drawn, as ever; what is not is named.
  reader.broken = "_in.idx98.";
  const Trace other = TraceOf({"ip_len_out.idx40.rrd", "ip_len_in.idx40.rrd", "ip_len_in.idx98.rrd",
                               "ip_len_in.idx99.rrd"});
  unusable.clear();
  EXPECT_TRUE(BuildGraph(QueryOf("ip_len", "both", "idx"), other, reader, "p", &unusable).ok());
  EXPECT_THAT(unusable, ElementsAre("ip_len_in.idx98.rrd"));
}

TEST(BuildGraphTest, ColoursOfBothSidesAreTheSameWhateverIsBroken) {
  FixedReader reader;
  reader.broken = "out.idx50.";
  const Trace trace =
      TraceOf({"tcp_cl_p_out.idx50.rrd", "tcp_cl_p_out.idx40.rrd", "tcp_cl_p_in.idx40.rrd"});
  const auto drawn = Drawn(BuildGraph(QueryOf("tcp_cl_p", "both", "idx"), trace, reader, "p"));
  ASSERT_EQ(drawn.size(), 2u);
  EXPECT_EQ(drawn[0].substr(drawn[0].find('#'), 7), drawn[1].substr(drawn[1].find('#'), 7));
}

TEST(LabelsTest, PlacesHaveColoursWithoutEnd) {
  EXPECT_EQ(ColourOfPlace(0), 0x008B8B);
  EXPECT_EQ(ColourOfPlace(29), 0x008B8C);  // the same once more, changed
  EXPECT_EQ(ColourOfPlace(57), 0xFF1494);
  EXPECT_EQ(ColourOfPlace(58), 0x008B8B);
  EXPECT_EQ(LabelsOf("ip_len_in").size(), 2u);
  EXPECT_TRUE(LabelsOf("tcp_anomalies_c2s").empty());
}

TEST(ShellTextTest, QuotesEachArgument) {
  const std::string arguments[] = {"a b", "it's"};
  EXPECT_EQ(ShellText(arguments), "rrdtool graph \\\n\t'a b' \\\n\t'it'\\''s'");
}

TEST(BuildGraphTest, VlansHaveTheNamesOfTheConfiguration) {
  Trace trace =
      TraceOf({"eth_8021Q_vlanid.idx1.rrd", "eth_8021Q_vlanid.idx10.rrd", "ip_len.idx10.rrd"});
  trace.vlan_names = {{10, "Office: 2nd"}, {99, "A name that is longer"}};
  const FixedReader reader;
  const auto labels = [&](const char* var) {
    std::string found;
    const auto graph = BuildGraph(QueryOf(var, "NULL", "idx"), trace, reader, "x.png");
    EXPECT_TRUE(graph.ok()) << graph.status();
    for (const std::string& argument : graph->arguments) {
      if (argument.starts_with("AREA") || argument.starts_with("STACK")) {
        found += argument.substr(argument.find(':', argument.find('#'))) + "|";
      }
    }
    return found;
  };
  EXPECT_EQ(labels("eth_8021Q_vlanid"), ":Office\\: 2nd          |:eth_8021Q_vlanid = 1|");
  EXPECT_EQ(labels("ip_len"), ":ip_len = 10|");
}

TEST(BuildGraphTest, NoSeriesIsCalledAsAnOperatorOfLibrrd) {
  std::vector<std::string> files;
  for (size_t i = 0; i < kMaxSeries; ++i) {
    files.push_back("tcp_port_dst_in.idx" + std::to_string(i) + ".rrd");
  }
  const auto graph =
      BuildGraph(QueryOf("tcp_port_dst", "in", "idx"), TraceOf(files), FixedReader(), "x");
  ASSERT_TRUE(graph.ok());
  std::set<std::string> names;
  for (const std::string& argument : graph->arguments) {
    if (argument.starts_with("DEF:")) names.insert(argument.substr(4, argument.find('=') - 4));
  }
  EXPECT_EQ(names.size(), kMaxSeries);
  for (const char* name : {"EQ", "GE", "GT", "IF", "LE", "LT", "NE"}) {
    EXPECT_EQ(names.count(name), 0u) << name;
    EXPECT_EQ(names.count(std::string(name) + "_"), 1u) << name;
  }
  EXPECT_EQ(names.count("EP"), 1u);
}

TEST(BuildGraphTest, SeriesAreLimited) {
  std::vector<std::string> files;
  for (size_t i = 0; i < kMaxSeries; ++i) {
    files.push_back("tcp_port_dst_in.idx" + std::to_string(i) + ".rrd");
  }
  const FixedReader reader;
  const Query query = QueryOf("tcp_port_dst", "in", "idx");
  EXPECT_TRUE(BuildGraph(query, TraceOf(files), reader, "x").ok());
  files.push_back("tcp_port_dst_in.idxoth.rrd");
  EXPECT_TRUE(absl::IsResourceExhausted(BuildGraph(query, TraceOf(files), reader, "x").status()));
}

}  // namespace
}  // namespace tstat::viewer
