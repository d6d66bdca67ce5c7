// SPDX-License-Identifier: BSD-3-Clause
//
// Graphs between two times: pages, pictures and numbers, and what lays numbers over pictures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/rrd_cgi/fixture.h"
#include "tstat-rrd-cgi/page_files.h"
#include "tstat-rrd-cgi/time_range.h"

namespace tstat::viewer {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SpanTest : public ViewerTest {
 protected:
  void SetUp() override {
    for (const char* half : {"in", "out"}) {
      for (const char* suffix : {"avg", "stdev", "idx40", "idx1500"}) {
        Make("Lab", std::string("ip_len_") + half + "." + suffix + ".rrd");
      }
    }
  }
  static constexpr char kSpan[] = "&start=1500002400&end=1500004200";
  static constexpr char kGraph[] = "dir=Lab&var=ip_len&direction=both&template=idx";
};

TEST_F(SpanTest, PageHasEachTemplateOverTheSpan) {
  const auto model = Model(std::string("dir=Lab&var=ip_len") + kSpan);
  EXPECT_EQ(model["headings"].dump(),
            R"(["Mean and Stdev","Specific Values","Normalized Values"])");
  for (const auto& graph : model["graphs"]) {
    const auto& command = graph["command"];
    const auto end = std::find(command.begin(), command.end(), "--end");
    ASSERT_GE(command.end() - end, 4);
    EXPECT_EQ(end[1], "1500004200");
    EXPECT_EQ(end[2], "--start");
    EXPECT_EQ(end[3], "1500002400");
  }
  EXPECT_EQ(model["span"]["text"], "14 Jul 2017, 03:20 to 03:50");
  EXPECT_THAT(Get(std::string("dir=Lab&var=ip_len") + kSpan).body,
              HasSubstr("<p>14 Jul 2017, 03:20 to 03:50</p>"));
}

TEST_F(SpanTest, PageOfATemplateHasOneGraph) {
  const auto model = Model(std::string(kGraph) + "&duration=1d" + kSpan);
  EXPECT_EQ(model["headings"].dump(), R"(["14 Jul 2017, 03:20 to 03:50"])");
  EXPECT_EQ(model["graphs"].size(), 1u);
  const std::string picture = model["sections"][0]["picture"]["png"];
  EXPECT_THAT(picture, HasSubstr(kSpan));
  EXPECT_THAT(picture, Not(HasSubstr("duration")));
}

TEST_F(SpanTest, LinksKeepTheSpanButThoseOfTimes) {
  const auto model = Model(std::string(kGraph) + kSpan);
  EXPECT_EQ(model["selects"]["IP"]["query"]["start"], "1500002400");
  EXPECT_EQ(model["selects"]["trace"]["query"]["end"], "1500004200");
  EXPECT_EQ(model["selects"]["IP"]["query"]["template"], "idx");
  EXPECT_EQ(model["links"]["Mean and Stdev"]["end"], "1500004200");
  EXPECT_FALSE(model["links"]["Weekly"].contains("start"));
  EXPECT_EQ(model["links"]["Weekly"]["duration"], "1w");
  for (const auto& link : model["span"]["links"]) {
    const std::string address = link["href"];
    EXPECT_EQ(Get(address.substr(address.find('?') + 1)).status, 200) << address;
  }
  EXPECT_EQ(model["span"]["links"].back()["text"], "All templates");
  EXPECT_THAT(model["span"]["links"].back()["href"].get<std::string>(), Not(HasSubstr("template")));
}

TEST_F(SpanTest, OtherPagesSayNothingOfIt) {
  const std::string model = Get("dir=Lab&var=ip_len&duration=1w&view=json").body;
  for (const char* word : {"\"start\"", "\"end\"", "\"span\"", "start=", "&end="}) {
    EXPECT_THAT(model, Not(HasSubstr(word)));
  }
}

TEST_F(SpanTest, PicturesAndNumbersAreThoseOfTheSpan) {
  const std::string query = std::string(kGraph) + kSpan;
  const Response png = Get(query + "&view=png");
  EXPECT_EQ(png.body.substr(1, 3), "PNG");
  EXPECT_NE(png.body, Get(std::string(kGraph) + "&duration=30min&view=png").body);
  const std::string csv = Get(query + "&view=csv").body;
  EXPECT_THAT(csv, HasSubstr("\n1500002700,700,700,-700,-700\n"));
  EXPECT_THAT(csv, HasSubstr("\n1500004200,200,"));
  EXPECT_THAT(csv, Not(HasSubstr("\n1500004500,")));
  EXPECT_THAT(csv, Not(HasSubstr("\n1500002400,")));
  EXPECT_EQ(Get(std::string("dir=Lab&var=ip_len&view=png") + kSpan).status, 404);
}

TEST_F(SpanTest, NumbersOfAPictureSayWhereTheyAreInIt) {
  const std::string query = std::string(kGraph) + kSpan + "&bigpic=true&view=data";
  const auto plain = nlohmann::json::parse(Get(query).body);
  EXPECT_FALSE(plain.contains("plot"));
  EXPECT_FALSE(plain["series"][0].contains("colour"));
  const auto data = nlohmann::json::parse(Get(query + "&theme=light").body);
  EXPECT_EQ(data["plot"]["start"], 1500002400);
  EXPECT_EQ(data["plot"]["end"], 1500004200);
  EXPECT_EQ(data["clock"].dump(), "[[1500002700,0]]");
  EXPECT_EQ(data["series"][0]["colour"], "#A0522D");
  EXPECT_EQ(data["series"][2]["colour"], "#A0522D");
  EXPECT_EQ(data["series"][0]["values"], plain["series"][0]["values"]);
  const double left = data["plot"]["left"], right = data["plot"]["right"];
  const double top = data["plot"]["top"], bottom = data["plot"]["bottom"];
  EXPECT_GT(left, 0.02);
  EXPECT_LT(left, 0.2);
  EXPECT_GT(right, 0.9);
  EXPECT_LT(right, 1.0);
  EXPECT_GT(top, 0.0);
  EXPECT_LT(top, bottom);
  EXPECT_LT(bottom, 1.0);
  // 666 of so many pixels are the graph's.
  const std::string png =
      Get(std::string(kGraph) + kSpan + "&bigpic=true&view=png&theme=light").body;
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(png[at]); };
  const double width = byte(18) * 256.0 + byte(19);
  EXPECT_NEAR((right - left) * width, 666 * 1.18, 3);
  EXPECT_EQ(Get(query + "&theme=dark").status, 200);
}

TEST_F(SpanTest, ClockFollowsTheTimeZone) {
  setenv("TZ", "Europe/Rome", 1);
  tzset();
  // Summer time ended at 1509238800.
  const auto data = nlohmann::json::parse(
      Get(std::string(kGraph) + "&start=1509200000&end=1509300000&view=data&theme=light").body);
  setenv("TZ", "UTC", 1);
  tzset();
  ASSERT_EQ(data["clock"].size(), 2u);
  EXPECT_EQ(data["clock"][0][1], 7200);
  EXPECT_EQ(data["clock"][1][1], 3600);
  const int64_t change = data["clock"][1][0], step = data["step"];
  EXPECT_GE(change, 1509238800);
  EXPECT_LT(change, 1509238800 + step);
}

TEST_F(SpanTest, PagesComeWithTheirStyleAndScript) {
  for (const PageFile& file : PageFiles()) {
    Request request;
    request.path_info = file.path;
    const Response response = Get("", request);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, file.content);
    EXPECT_EQ(Header(response, "Content-Type"), file.content_type);
    request.if_none_match = Header(response, "ETag");
    EXPECT_EQ(Get("", request).status, 304);
    EXPECT_THAT(Get("dir=Lab").body, HasSubstr("tstat_rrd.cgi" + std::string(file.path) + "\""));
  }
  EXPECT_THAT(std::string(PageFiles()[0].content), HasSubstr("@media print {"));
  EXPECT_THAT(std::string(PageFiles()[2].content), HasSubstr("'use strict';\n"));
  EXPECT_TRUE(PageFiles()[2].content.ends_with("})();\n"));
}

TEST(TimeRangeTest, NeighboursHaveTheSameLength) {
  constexpr int64_t kZero = kMinTime;
  const TimeRange range{kZero + 1000, kZero + 3000};
  EXPECT_EQ(Beside(range, -1), (TimeRange{kZero, kZero + 2000}));
  EXPECT_EQ(Beside(range, 1), (TimeRange{kZero + 2000, kZero + 4000}));
  EXPECT_EQ(Beside({kZero + 100, kZero + 3100}, -1), (TimeRange{kZero, kZero + 3000}));
  EXPECT_EQ(Beside({kMaxTime - 300, kMaxTime - 100}, 1), (TimeRange{kMaxTime - 200, kMaxTime}));
  EXPECT_EQ(Beside({kZero + 5, kZero + 6}, 1), (TimeRange{kZero + 6, kZero + 7}));
}

TEST(TimeRangeTest, CloserAndWiderKeepTheMiddle) {
  constexpr int64_t kZero = kMinTime;
  EXPECT_EQ(Closer({kZero + 1000, kZero + 3000}), (TimeRange{kZero + 1500, kZero + 2500}));
  EXPECT_EQ(Wider({kZero + 10000, kZero + 12000}), (TimeRange{kZero + 9000, kZero + 13000}));
  EXPECT_EQ(Wider({kZero + 100, kZero + 2100}), (TimeRange{kZero, kZero + 4000}));
  EXPECT_EQ(Wider({kZero + 1000, kZero + 1000 + kMaxSpanSeconds - 10}).seconds(), kMaxSpanSeconds);
}

TEST(TimeRangeTest, TextNamesADayOnce) {
  setenv("TZ", "UTC", 1);
  tzset();
  EXPECT_EQ(RangeText({1500002400, 1500004200}), "14 Jul 2017, 03:20 to 03:50");
  EXPECT_EQ(RangeText({1500002400, 1500004201}), "14 Jul 2017, 03:20:00 to 03:50:01");
  EXPECT_EQ(RangeText({1500002400, 1500088800}), "14 Jul 2017, 03:20 to 15 Jul 2017, 03:20");
}

}  // namespace
}  // namespace tstat::viewer
