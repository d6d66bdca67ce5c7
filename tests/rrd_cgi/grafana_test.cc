// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/grafana.h"

#include <gmock/gmock.h>

#include "tests/rrd_cgi/fixture.h"
#include "tstat-rrd-cgi/grafana_targets.h"
#include "tstat-rrd-cgi/json_body.h"
#include "tstat-rrd-cgi/outages.h"

namespace tstat::viewer {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Json = nlohmann::ordered_json;

class GrafanaTest : public ViewerTest {
 protected:
  void SetUp() override {
    for (const char* half : {"in", "out"}) {
      for (const char* part : {"idx40", "idx1500", "idxoth", "avg", "stdev", "prc50"}) {
        Make("Lab", Cat("ip_len_", half, ".", part, ".rrd"));
      }
    }
    Make("a:b", "L4_flow_number.idx0.rrd");
    Make("test1", "L4_flow_number.idx0.rrd");
  }
  template <typename... Parts>
  static std::string Cat(const Parts&... parts) {
    return (std::string() + ... + parts);
  }

  Response Post(const std::string& path, const std::string& body) {
    Request request;
    request.method = "POST";
    request.path_info = path;
    request.body = body;
    return Get("", request);
  }
  Json Answered(const std::string& path, const Json& body) {
    const Response response = Post(path, body.dump());
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(Header(response, "Content-Type"), "application/json");
    return Json::parse(response.body);
  }
  // A sentence for whoever asked.
  std::string Refused(const std::string& path, const std::string& body, int status) {
    const Response response = Post(path, body);
    EXPECT_EQ(response.status, status) << body;
    EXPECT_THAT(response.body, Not(HasSubstr(directory_.string())));
    return Json::parse(response.body)["message"];
  }
  static Json RangeOf(int64_t from, int64_t to) {
    return {{"from", from * 1000}, {"to", to * 1000}};
  }
  static Json Query(const std::string& target, int64_t from = kLastUpdate - 3600,
                    int64_t to = kLastUpdate) {
    return {{"range", RangeOf(from, to)},
            {"targets", Json::array({Json{{"target", target}, {"refId", "A"}}})}};
  }
};

TEST_F(GrafanaTest, TheConnectionCanBeTested) {
  Request request;
  request.path_info = "/";
  const Response response = Get("", request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Header(response, "Content-Type"), "application/json");
  request.method = "POST";
  EXPECT_EQ(Get("", request).status, 405);
}

TEST_F(GrafanaTest, OfAMetricOfOneDirectionThatOneIsOffered) {
  Make("Half", "tcp_rtt_avg_in.avg.rrd");
  Make("Half", "tcp_rtt_avg_in.stdev.rrd");
  const Json half = Answered("/search", {{"target", "Half:tcp_rtt_avg"}});
  EXPECT_THAT(half, Contains("Half:tcp_rtt_avg:in:stdev:*"));
  EXPECT_THAT(half.dump(), Not(HasSubstr(":both:")));
}

TEST_F(GrafanaTest, SearchFindsSeriesByText) {
  const Json all = Answered("/search", {{"target", ""}});
  EXPECT_THAT(all, Contains("Lab:ip_len:in:idx:1500"));
  EXPECT_THAT(all, Contains("Lab:ip_len:both:prc:50"));
  EXPECT_THAT(all, Contains("Lab:ip_len:out:stdev:*"));
  EXPECT_THAT(all, Contains("a:b:L4_flow_number:all:idx:0"));
  EXPECT_THAT(all.dump(), Not(HasSubstr("test1")));
  // Minimum and maximum are not there.
  EXPECT_THAT(all.dump(), Not(HasSubstr("avg:avg")));
  EXPECT_EQ(Answered("/search", {{"target", "LAB:IP_LEN:IN:IDX:15"}}),
            Json::array({"Lab:ip_len:in:idx:1500"}));
  EXPECT_EQ(Answered("/search", {{"target", "nowhere"}}), Json::array());
  EXPECT_EQ(Answered("/search", Json::object()).size(), all.size());
  const Json metrics = Answered("/metrics", {{"metric", "out:idx:oth"}});
  ASSERT_EQ(metrics.size(), 1u);
  EXPECT_EQ(metrics[0]["value"], "Lab:ip_len:out:idx:oth");
  const Json variable = Answered("/variable", {{"payload", {{"target", "traces"}}}});
  EXPECT_EQ(variable.size(), 2u);
  EXPECT_EQ(variable[0]["__text"], "Lab");
}

TEST_F(GrafanaTest, EverySeriesThatIsFoundHasValues) {
  for (const Json& name : Answered("/search", {{"target", ""}})) {
    const Json answer = Answered("/query", Query(name));
    ASSERT_FALSE(answer.empty()) << name;
    EXPECT_FALSE(answer[0]["datapoints"].empty()) << name;
  }
}

TEST_F(GrafanaTest, ValuesAreThoseOfTheDatabase) {
  const Json answer = Answered("/query", Query("Lab:ip_len:in:idx:1500"));
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_EQ(answer[0]["target"], "Lab ip_len: 1500 Bytes");
  const Json& points = answer[0]["datapoints"];
  ASSERT_EQ(points.size(), 12u);
  for (size_t i = 0; i < points.size(); ++i) {
    const int64_t time = kLastUpdate - 3300 + static_cast<int64_t>(i) * 300;
    EXPECT_EQ(points[i][1], time * 1000);
    EXPECT_DOUBLE_EQ(points[i][0].get<double>(), static_cast<double>(time % 1000));
  }
}

TEST_F(GrafanaTest, BelowTheAxisIsNegativeAndSharesAreOfAll) {
  const Json both = Answered("/query", Query("Lab:ip_len:both:idx:40"));
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0]["target"], "Lab ip_len: 40 Bytes, out");
  EXPECT_EQ(both[1]["target"], "Lab ip_len: 40 Bytes, in");
  EXPECT_EQ(both[0]["datapoints"][0][0].get<double>(), -both[1]["datapoints"][0][0].get<double>());
  const Json share = Answered("/query", Query("Lab:ip_len:in:normidx:40"));
  ASSERT_EQ(share.size(), 1u);
  EXPECT_NEAR(share[0]["datapoints"][0][0].get<double>(), 100.0 / 3, 1e-9);
  EXPECT_EQ(Answered("/query", Query("Lab:ip_len:in:idx:*")).size(), 3u);
}

TEST_F(GrafanaTest, WhatIsNotKnownIsNull) {
  const Json answer =
      Answered("/query", Query("Lab:ip_len:in:idx:40", kLastUpdate - 10800, kLastUpdate + 3600));
  const Json& points = answer[0]["datapoints"];
  EXPECT_TRUE(points.front()[0].is_null());
  EXPECT_TRUE(points.back()[0].is_null());
  size_t known = 0;
  for (const Json& point : points) known += point[0].is_number() ? 1 : 0;
  EXPECT_EQ(known, 24u);
}

TEST_F(GrafanaTest, PointsAreNoMoreThanAskedFor) {
  for (const int most : {1, 3, 7, 11, 100}) {
    Json query = Query("Lab:ip_len:in:idx:40", kLastUpdate - 7200, kLastUpdate);
    query["maxDataPoints"] = most;
    const size_t count = Answered("/query", query)[0]["datapoints"].size();
    EXPECT_LE(count, static_cast<size_t>(most));
    EXPECT_GE(count, 1u);
  }
  Json query = Query("Lab:ip_len:in:idx:40", kLastUpdate - int64_t{29} * 366 * 86400, kLastUpdate);
  query["maxDataPoints"] = 2000000000;
  EXPECT_LE(Answered("/query", query)[0]["datapoints"].size(), 10000u);
  query = Query("Lab:ip_len:in:idx:40");
  query["intervalMs"] = 900000;
  const Json wide = Answered("/query", query)[0]["datapoints"];
  ASSERT_GT(wide.size(), 2u);
  EXPECT_EQ(wide[1][1].get<int64_t>() - wide[0][1].get<int64_t>(), 900000);
}

TEST_F(GrafanaTest, TablesHaveAColumnForEachSeries) {
  Json query = Query("Lab:ip_len:in:idx:*");
  query["targets"][0]["type"] = "table";
  const Json answer = Answered("/query", query);
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_EQ(answer[0]["type"], "table");
  EXPECT_EQ(answer[0]["columns"][0]["text"], "Time");
  EXPECT_EQ(answer[0]["columns"].size(), 4u);
  EXPECT_EQ(answer[0]["rows"][0].size(), 4u);
  EXPECT_EQ(answer[0]["rows"].size(), 12u);
}

TEST_F(GrafanaTest, HiddenAndEmptyTargetsAreLeftOut) {
  Json query = Query("Lab:ip_len:in:idx:40");
  query["targets"][0]["hide"] = true;
  query["targets"].push_back({{"target", ""}});
  query["targets"].push_back({{"refId", "C"}});
  EXPECT_EQ(Answered("/query", query), Json::array());
}

TEST_F(GrafanaTest, FiltersAreAboutPartsOfNames) {
  const Json keys = Answered("/tag-keys", Json::object());
  EXPECT_EQ(keys[0]["text"], "trace");
  const Json values = Answered("/tag-values", {{"key", "direction"}});
  EXPECT_EQ(values.size(), 4u);
  Refused("/tag-values", R"({"key": "x"})", 400);
  Json query = Query("Lab:ip_len:in:idx:40");
  const auto with = [&](const char* key, const char* comparison, const char* value) {
    query["adhocFilters"] =
        Json::array({Json{{"key", key}, {"operator", comparison}, {"value", value}}});
    return query;
  };
  EXPECT_EQ(Answered("/query", with("trace", "=", "Lab")).size(), 1u);
  EXPECT_EQ(Answered("/query", with("trace", "!=", "Lab")).size(), 0u);
  EXPECT_EQ(Answered("/query", with("series", "=", "1500")).size(), 0u);
  Refused("/query", with("trace", "=~", "L").dump(), 400);
  Refused("/query", with("host", "=", "L").dump(), 400);
}

TEST_F(GrafanaTest, FiltersKnowAllValues) {
  for (size_t i = 0; i <= kMaxFound; ++i)
    Touch("Many", Cat("tcp_port_dst_in.idx", std::to_string(i), ".rrd"));
  Touch("Zoo", "ip_len_in.hit.rrd");
  const auto values = [&](const char* key) {
    return Answered("/tag-values", {{"key", key}}).dump();
  };
  EXPECT_THAT(values("trace"), HasSubstr("\"Zoo\""));
  EXPECT_THAT(values("template"), HasSubstr("\"hit\""));
  EXPECT_THAT(values("series"), HasSubstr(Cat("\"", std::to_string(kMaxFound), "\"")));
}

TEST_F(GrafanaTest, TheSameTargetIsAnsweredOnce) {
  Json query = Query("Lab:ip_len:in:idx:40");
  for (int i = 0; i < 3; ++i) query["targets"].push_back(query["targets"][0]);
  EXPECT_EQ(Answered("/query", query).size(), 1u);
  query["targets"].push_back({{"target", "Lab:ip_len:in:idx:40"}, {"type", "table"}});
  EXPECT_EQ(Answered("/query", query).size(), 2u);
}

TEST_F(GrafanaTest, AnswersHaveSoManyValuesAtMost) {
  Json query = Query("Lab:ip_len:in:idx:*", kLastUpdate - int64_t{29} * 366 * 86400, kLastUpdate);
  query["maxDataPoints"] = kMaxPoints;
  EXPECT_EQ(Answered("/query", query).size(), 3u);
  query["targets"] = Json::array();
  for (const char* direction : {"both", "in", "out"}) {
    for (const char* series : {"idx:*", "normidx:*", "prc:*", "stdev:*", "idx:40", "idx:1500",
                               "idx:oth", "normidx:40", "normidx:1500", "normidx:oth"}) {
      query["targets"].push_back({{"target", Cat("Lab:ip_len:", direction, ":", series)}});
    }
  }
  EXPECT_THAT(Refused("/query", query.dump(), 400), HasSubstr("more than 300000 values"));
}

TEST_F(GrafanaTest, MistakesAreSentences) {
  EXPECT_EQ(Refused("/query", "[", 400), "The request must be a JSON object.");
  EXPECT_EQ(Refused("/query", "[]", 400), "The request must be a JSON object.");
  EXPECT_EQ(Refused("/query", "{}", 400),
            "range must have from and to, such as \"2017-07-14T04:32:03Z\" or milliseconds.");
  Json query = Query("Nope:ip_len:in:idx:40");
  EXPECT_EQ(Refused("/query", query.dump(), 404), "There is no trace Nope.");
  for (const char* target : {"Lab:nope:in:idx:40", "Lab:ip_len:loc:idx:40", "Lab:ip_len:in:hit:hit",
                             "Lab:ip_len:in:idx:41", "Lab:ip_len:all:idx:40"}) {
    EXPECT_EQ(Refused("/query", Query(target).dump(), 404),
              Cat("There is no series ", target, "."));
  }
  EXPECT_EQ(Refused("/query", Query("test1:L4_flow_number:all:idx:0").dump(), 404),
            "There is no trace test1.");
  for (const char* target : {"x", "Lab:ip_len:in:idx", "../x:ip_len:in:idx:40", "Lab:ip*:in:idx:40",
                             "Lab:ip_len:up:idx:40", "Lab:ip_len:in:foo:40",
                             "Lab:ip_len:in:idx:", "Lab:ip_len:in:idx:4/0"}) {
    EXPECT_EQ(Refused("/query", Query(target).dump(), 400),
              "A target must be TRACE:METRIC:DIRECTION:TEMPLATE:SERIES.");
  }
  query = Query("Lab:ip_len:in:idx:40");
  query["maxDataPoints"] = 0;
  Refused("/query", query.dump(), 400);
  query = Query("Lab:ip_len:in:idx:40");
  query["targets"] = 5;
  Refused("/query", query.dump(), 400);
}

TEST_F(GrafanaTest, RequestsHaveLimits) {
  Json query = Query("");
  query["targets"] = Json::array();
  for (size_t i = 0; i < kMaxTargets; ++i) {
    query["targets"].push_back({{"target", "Lab:ip_len:in:idx:40"}});
  }
  EXPECT_EQ(Answered("/query", query).size(), 1u);  // all are the same
  query["targets"].push_back({{"target", "Lab:ip_len:in:idx:40"}});
  Refused("/query", query.dump(), 400);
  const auto nested = [](int depth) {
    return Cat("{\"x\": ", std::string(static_cast<size_t>(depth - 1), '['),
               std::string(static_cast<size_t>(depth - 1), ']'), "}");
  };
  EXPECT_EQ(Post("/search", nested(kMaxJsonDepth)).status, 200);
  EXPECT_EQ(Refused("/search", nested(kMaxJsonDepth + 1), 400),
            "The request is nested too deeply.");
  for (const auto& [from, to] : {std::pair<int64_t, int64_t>{kLastUpdate, kLastUpdate},
                                 {kLastUpdate, kLastUpdate - 1},
                                 {-5, kLastUpdate},
                                 {0, int64_t{1} << 33},
                                 {0, int64_t{31} * 366 * 86400}}) {
    Refused("/query", Query("Lab:ip_len:in:idx:40", from, to).dump(), 400);
  }
  Request request;
  request.method = "POST";
  request.path_info = "/query";
  request.body_problem = "The request is too long.";
  EXPECT_EQ(Get("", request).status, 400);
  request.method = "GET";
  const Response response = Get("", request);
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(Header(response, "Allow"), "POST");
}

TEST_F(GrafanaTest, DatabasesThatCannotBeReadAreNotTheClientsMistake) {
  settings_.data_root = directory_ / "gone";
  settings_.image_dir = directory_ / "gone";
  const Response response = Post("/search", "{}");
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.log, HasSubstr("gone"));
  EXPECT_THAT(response.body, Not(HasSubstr("gone")));
}

TEST_F(GrafanaTest, GapsAndStopsAreAnnotations) {
  const std::string path = settings_.data_root + "/Lab/ip_len_in.avg.rrd";
  // Nothing for an hour, then one more hour of values.
  for (int64_t time = kLastUpdate + 3600; time <= kLastUpdate + 7200; time += 300) {
    const std::string value = std::to_string(time) + ":5";
    const char* values[] = {value.c_str()};
    ASSERT_EQ(rrd_update_r(path.c_str(), nullptr, 1, values), 0) << rrd_get_error();
  }
  const Json annotation = {{"name", "n"}, {"query", "Lab"}};
  const Json answer = Answered(
      "/annotations",
      {{"range", RangeOf(kLastUpdate - 86400, kLastUpdate + 20000)}, {"annotation", annotation}});
  ASSERT_EQ(answer.size(), 2u);
  EXPECT_EQ(answer[0]["annotation"], annotation);
  EXPECT_EQ(answer[0]["title"], "No data");
  EXPECT_EQ(answer[0]["time"], kLastUpdate * 1000);
  EXPECT_EQ(answer[0]["timeEnd"], (kLastUpdate + 3600) * 1000);
  EXPECT_EQ(answer[0]["tags"], Json::array({"gap"}));
  EXPECT_EQ(answer[1]["title"], "Probe stopped");
  EXPECT_EQ(answer[1]["time"], (kLastUpdate + 7200) * 1000);
  EXPECT_EQ(answer[1]["timeEnd"], (kLastUpdate + 20000) * 1000);
  const Json none = Answered(
      "/annotations",
      {{"range", RangeOf(kLastUpdate - 3600, kLastUpdate - 1200)}, {"annotation", annotation}});
  EXPECT_EQ(none, Json::array());
  Refused(
      "/annotations",
      Json{{"range", RangeOf(kLastUpdate - 5, kLastUpdate)}, {"annotation", {{"query", "Nope"}}}}
          .dump(),
      404);
  // Without a name: of all traces that the client may see.
  const Json all =
      Answered("/annotations", {{"range", RangeOf(kLastUpdate - 3600, kLastUpdate + 86400)}});
  EXPECT_THAT(all.dump(), HasSubstr("a:b: last update"));
  EXPECT_THAT(all.dump(), Not(HasSubstr("test1")));
}

TEST(TargetTest, IsReadFromItsEnd) {
  const auto target = ParseTarget("a:b/c:ip_len:in:idx:oth");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->trace, "a:b/c");
  EXPECT_EQ(target->series, "oth");
  EXPECT_EQ(target->Text(), "a:b/c:ip_len:in:idx:oth");
  EXPECT_EQ(target->ToQuery().include, "-1");
  EXPECT_TRUE(ParseTarget(":L4_flow_number:all:idx:*"));
  EXPECT_EQ(ParseTarget(":L4_flow_number:all:idx:*")->ToQuery().direction, "NULL");
}

TEST(JsonBodyTest, BracketsInTextsDoNotCount) {
  EXPECT_TRUE(ParseJsonBody("{\"a\": \"" + std::string(100, '[') + "\\\"[\"}").ok());
  EXPECT_TRUE(ParseJsonBody("  ").ok());
  for (const char* wrong :
       {"{", "5", "null", "{\"a\": \"\xff\"}", "{}{}", "{'a': 1}", "{\"a\": 01}"}) {
    EXPECT_FALSE(ParseJsonBody(wrong).ok()) << wrong;
  }
}

TEST(JsonBodyTest, TimesAreThoseOfRfc3339) {
  const auto time = [](const char* text) { return MillisecondsOf(Json(text)); };
  EXPECT_EQ(time("2017-07-14T04:20:00Z"), kLastUpdate * 1000);
  EXPECT_EQ(time("2017-07-14T04:20:00.866Z"), kLastUpdate * 1000 + 866);
  EXPECT_EQ(time("2017-07-14T04:20:00.5Z"), kLastUpdate * 1000 + 500);
  EXPECT_EQ(time("2017-07-14T06:20:00+02:00"), kLastUpdate * 1000);
  EXPECT_EQ(time("2017-07-13T22:50:00-05:30"), kLastUpdate * 1000);
  EXPECT_EQ(MillisecondsOf(Json(5000)), 5000);
  for (const char* wrong :
       {"", "now", "2017-07-14", "2017-07-14T04:20:00", "2017-02-30T00:00:00Z",
        "2017-13-01T00:00:00Z", "2017-07-14T24:00:00Z", "2017-07-14 04:20:00Z",
        "2017-07-14T04:20:00.Z", "2017-07-14T04:20:00Zx", "2017-07-14T04:20:00+2:00"}) {
    EXPECT_EQ(time(wrong), std::nullopt) << wrong;
  }
  EXPECT_EQ(MillisecondsOf(Json(1e300)), std::nullopt);
  EXPECT_EQ(MillisecondsOf(Json(nullptr)), std::nullopt);
}

}  // namespace
}  // namespace tstat::viewer
