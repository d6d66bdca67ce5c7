// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/page_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/rrd_cgi/series_fixture.h"
#include "tstat-rrd-cgi/picture.h"

namespace tstat::viewer {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class PagePictureTest : public SeriesTest {
 protected:
  void SetUp() override {
    for (const char* half : {"in", "out"}) {
      const std::string length = std::string("ip_len_") + half;
      Fill("Lab", length + ".idx40.rrd", Always(600));
      Fill("Lab", length + ".idx1500.rrd", Always(300));
      Fill("Lab", length + ".hit.rrd", Always(900));
    }
    // Nothing was sampled in the last hour, and nothing is known of the one before.
    Fill("Lab", "tcp_rtt_avg_out.prc50.rrd", [](int64_t time) {
      const int64_t ago = kLastUpdate - time;
      return ago < 3600 ? -1.0 : ago < 7200 ? std::nan("") : 20.0;
    });
    trace_ = *OpenTrace(settings_.data_root, "Lab");
  }
  Query Of(const std::string& var, const std::string& direction, const std::string& kind) {
    Query query;
    query.dir = "Lab";
    query.var = var;
    query.direction = direction;
    query.graph_template = kind;
    query.duration = "3h";
    return query;
  }
  Graph GraphOf(const Query& query) { return *BuildGraph(query, trace_, reader_, "-"); }
  nlohmann::json Numbers(const std::string& query) {
    return nlohmann::json::parse(Get("dir=Lab&duration=3h&view=data&" + query).body);
  }
};

TEST_F(PagePictureTest, AxesHaveUnits) {
  const auto unit = [](const char* histogram, const char* kind, bool per_second = false) {
    return UnitOfAxis(histogram, kind, 300, per_second).text;
  };
  EXPECT_EQ(unit("ip_bitrate_in", "idx"), "bit/s");
  EXPECT_EQ(unit("ip_protocol_in", "idx"), "packets / 5 min");
  EXPECT_EQ(unit("ip_protocol_in", "idx", true), "packets/s");
  EXPECT_EQ(unit("ip_len_out", "avg", true), "byte");
  EXPECT_EQ(unit("ip_len_out", "hit"), "samples / 5 min");
  EXPECT_EQ(unit("tcp_rtt_avg_out", "prc"), "ms");
  EXPECT_EQ(unit("tcp_anomalies_in", "idx", true), "segments/s");
  EXPECT_EQ(unit("L4_flow_number", "idx", true), "flows/s");
  EXPECT_EQ(unit("L7_TCP_num_in", "idx", true), "flows/s");
  EXPECT_EQ(unit("profile_flows", "idx", true), "flows");
  EXPECT_EQ(unit("ip_len_out", "normidx", true), "%");
  EXPECT_EQ(unit("no_such_histogram", "idx"), "");
  EXPECT_EQ(UnitOfAxis("ip_protocol_in", "idx", 0, true).text, "packets");
  EXPECT_EQ(UnitOfAxis("ip_protocol_in", "idx", 45, false).text, "packets / 45 s");
  EXPECT_EQ(UnitOfAxis("ip_protocol_in", "idx", 7200, false).text, "packets / 2 h");
  EXPECT_FALSE(UnitOfAxis("profile_flows", "idx", 300, true).is_count);
}

TEST_F(PagePictureTest, CountsAreDividedOnBothSidesOfTheAxis) {
  Query query = Of("ip_len", "both", "idx");
  Graph graph = GraphOf(query);
  const std::vector<std::string> before = graph.arguments;
  ShowPerSecond(query, 300, graph);
  EXPECT_EQ(graph.arguments, before);
  query.per_second = true;
  ShowPerSecond(query, 0, graph);
  EXPECT_EQ(graph.arguments, before);
  ShowPerSecond(query, 300, graph);
  EXPECT_THAT(graph.arguments, Contains("CDEF:pos_A=c_A,300,/"));
  EXPECT_THAT(graph.arguments, Contains("CDEF:neg_B=0,c_oth_B,-,300,/"));
  EXPECT_THAT(graph.arguments, Contains("CDEF:pos_sum=0,c_A,+,c_B,+"));
  Query shares = Of("ip_len", "both", "normidx");
  shares.per_second = true;
  Graph normalised = GraphOf(shares);
  const std::vector<std::string> kept = normalised.arguments;
  ShowPerSecond(shares, 300, normalised);
  EXPECT_EQ(normalised.arguments, kept);
}

TEST_F(PagePictureTest, LinesEndWhereNothingIsKnown) {
  const Query query = Of("tcp_rtt_avg", "out", "prc");
  Graph graph = GraphOf(query);
  FitToPage(query, 300, graph);
  EXPECT_EQ(graph.arguments[1], "--vertical-label");
  EXPECT_EQ(graph.arguments[2], "ms");
  EXPECT_THAT(graph.arguments, Contains("CDEF:c_A=A,0,LT,UNKN,A,IF"));
  const Query stacked = Of("ip_len", "both", "idx");
  Graph areas = GraphOf(stacked);
  FitToPage(stacked, 300, areas);
  EXPECT_THAT(areas.arguments, Contains("CDEF:c_A=A,UN,0,A,IF"));
}

TEST_F(PagePictureTest, NumbersAreThoseOfThePicture) {
  const std::string time = "var=tcp_rtt_avg&direction=out&template=prc";
  // The file has -1 for percentiles of nothing.
  const auto plain = Numbers(time)["series"][0]["values"];
  const auto shown = Numbers(time + "&theme=light")["series"][0]["values"];
  ASSERT_EQ(plain.size(), shown.size());
  size_t without_samples = 0, known = 0;
  for (size_t i = 0; i < plain.size(); ++i) {
    if (plain[i].is_number() && plain[i] < 0) {
      ++without_samples;
      EXPECT_TRUE(shown[i].is_null());
    } else {
      EXPECT_EQ(plain[i], shown[i]);
      if (plain[i].is_number()) ++known;
    }
  }
  EXPECT_GT(without_samples, 9u);
  EXPECT_GT(known, 9u);
  const std::string length = "var=ip_len&direction=both&template=idx&per=second";
  for (const std::string& look : {length, length + "&theme=dark"}) {
    const auto series = Numbers(look)["series"];
    EXPECT_EQ(series[0]["values"][5], 1.0) << look;
    EXPECT_EQ(series[3]["values"][5], -2.0) << look;
  }
  EXPECT_EQ(Numbers(length + "&theme=dark")["unit"], "packets/s");
  EXPECT_EQ(Numbers("var=ip_len&direction=in&template=idx&theme=light")["unit"], "packets / 5 min");
  EXPECT_EQ(Numbers(time + "&theme=light")["unit"], "ms");
  EXPECT_FALSE(Numbers(time).contains("unit"));
  EXPECT_EQ(Numbers("var=ip_len&direction=both&template=idx")["series"][0]["values"][5], 300.0);
}

TEST_F(PagePictureTest, LinksKeepWhatCountsAreShownBy) {
  const auto model = Model("dir=Lab&var=ip_len&template=idx&per=second");
  EXPECT_THAT(model["sections"][0]["picture"]["png"].get<std::string>(), HasSubstr("per=second"));
  EXPECT_EQ(model["links"]["Weekly"]["per"], "second");
  EXPECT_EQ(model["checkboxes"]["Log"]["query"]["per"], "second");
  EXPECT_THAT(model["graphs"][0]["command"].dump(), HasSubstr("CDEF:pos_A=c_A,300,/"));
  const auto usual = Model("dir=Lab&var=ip_len&template=idx");
  EXPECT_THAT(usual.dump(), Not(HasSubstr("per=")));
  EXPECT_FALSE(usual["links"]["Weekly"].contains("per"));
  EXPECT_EQ(Get("dir=Lab&per=minute").status, 400);
}

TEST_F(PagePictureTest, OnlyPicturesOfPagesLackTheMark) {
  const Graph graph = GraphOf(Of("ip_len", "in", "idx"));
  constexpr char kNoMark[] = "--disable-rrdtool-tag";
  for (const bool is_small : {false, true}) {
    const auto with = [&](Theme theme) {
      return PictureArguments(graph, {View::kPng, theme, false, is_small});
    };
    EXPECT_THAT(with(Theme::kLight), Contains(kNoMark));
    EXPECT_THAT(with(Theme::kDark), Contains(kNoMark));
    EXPECT_THAT(with(Theme::kPlain), Not(Contains(kNoMark)));
  }
}

}  // namespace
}  // namespace tstat::viewer
