// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/probes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <ctime>
#include <string>

#include "tests/rrd_cgi/series_fixture.h"

namespace tstat::viewer {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ProbesTest : public SeriesTest {
 protected:
  void Probe(const std::string& name, double in, double out, int64_t end, int hours = 4) {
    Fill(name, "ip_bitrate_in.idx0.rrd", Always(in), hours, end);
    Fill(name, "ip_bitrate_in.idx1.rrd", Always(in), hours, end);
    Fill(name, "ip_bitrate_out.idx0.rrd", Always(out), hours, end);
  }
  static std::string Parameters(const nlohmann::ordered_json& address) {
    const std::string text = address;
    return text.substr(text.find('?') + 1);
  }
  static std::string Current(const nlohmann::ordered_json& links) {
    for (const auto& link : links) {
      if (link["current"]) return link["text"];
    }
    return "";
  }

  const int64_t now_ = std::time(nullptr) / kInterval * kInterval;
};

TEST_F(ProbesTest, WithoutATraceThereAreNone) {
  const auto model = Model("");
  EXPECT_EQ(model["kind"], "no graph");
  EXPECT_FALSE(model.contains("probes"));
  EXPECT_FALSE(model.contains("overview"));
  EXPECT_EQ(Get("").status, 200);
  EXPECT_EQ(Get("page=3").status, 200);
}

TEST_F(ProbesTest, ATraceMayBeCalledAsTheRoot) {
  Make("rrd_data/Lab", "ip_len_in.idx40.rrd");
  Make("Lab", "ip_len_in.idx1500.rrd");
  const auto trace = [&](const std::string& dir) { return Model("dir=" + dir)["trace"]; };
  EXPECT_EQ(trace("rrd_data/Lab"), "rrd_data/Lab");
  EXPECT_EQ(trace("rrd_data/rrd_data/Lab"), "rrd_data/Lab");
  EXPECT_EQ(trace("Lab"), "Lab");
}

TEST_F(ProbesTest, TheOnlyProbeIsShownAtOnce) {
  Probe("Lab/May", 1000, 500, now_);
  for (const char* query : {"", "var=NULL", "dir=rrd_data&var=NULL"}) {
    const auto model = Model(query);
    EXPECT_FALSE(model.contains("probes"));
    EXPECT_EQ(model["overview"]["trace"], "Lab/May");
    EXPECT_EQ(model["overview"]["cards"].size(), 1u);
    EXPECT_EQ(model["page_title"], "Lab/May");
    EXPECT_TRUE(model["root"]);
    EXPECT_EQ(Model(Parameters(model["overview"]["href"]))["trace"], "Lab/May");
  }
  EXPECT_THAT(Get("").body, HasSubstr(">All statistics of Lab/May</a>"));
  EXPECT_THAT(Get("dir=Lab/May").body, Not(HasSubstr("All statistics of")));
}

TEST_F(ProbesTest, ThreeProbesHaveOneScale) {
  Probe("A", 1000, 500, now_);
  Probe("B", 4000, 100, now_);
  Probe("C", 10, 10, now_ - 86400);
  for (const char* file :
       {"ip_bitrate_in.idx0.rrd", "ip_bitrate_in.idx1.rrd", "ip_bitrate_out.idx0.rrd"}) {
    SetWritten("C", file, now_ - 86400);
  }
  const auto model = Model("");
  const auto& probes = model["probes"];
  EXPECT_EQ(probes["total"], 3);
  EXPECT_EQ(probes["first"], 1);
  EXPECT_EQ(probes["last"], 3);
  EXPECT_TRUE(probes["pages"].empty());
  ASSERT_EQ(probes["traces"].size(), 3u);
  EXPECT_EQ(probes["traces"][0]["health"]["state"], "good");
  EXPECT_EQ(probes["traces"][2]["health"]["state"], "look");
  EXPECT_THAT(probes["traces"][2]["health"]["text"].get<std::string>(),
              HasSubstr("The probe has stopped: "));
  EXPECT_FALSE(probes["traces"][0]["health"].contains("items"));
  EXPECT_EQ(probes["traces"][1]["figures"][0]["value"], "8.00 kbit/s");
  for (const auto& trace : probes["traces"]) {
    ASSERT_EQ(trace["cards"].size(), 1u);
    const std::string picture = trace["cards"][0]["picture"]["png"];
    // 8000 received, below the axis; 500 sent.
    EXPECT_THAT(picture, HasSubstr("&ymin=-10000&"));
    EXPECT_THAT(picture, HasSubstr("&ymax=750&"));
    EXPECT_THAT(picture, HasSubstr("&size=small"));
    const Response drawn = Get(Parameters(picture));
    EXPECT_EQ(Header(drawn, "Content-Type"), "image/png");
    EXPECT_EQ(Model(Parameters(trace["href"]))["trace"], trace["name"]);
    EXPECT_EQ(Model(Parameters(trace["cards"][0]["href"]))["kind"], "graphs");
  }
  const std::string page = Get("").body;
  EXPECT_THAT(page, HasSubstr("alt=\"Traffic [bit/s] of B\""));
  EXPECT_THAT(page, HasSubstr("<span class=\"state look\">Look here</span> The probe has stopped"));
  EXPECT_THAT(page, Not(HasSubstr("<ul class=\"traces\">")));
  EXPECT_THAT(page, Not(HasSubstr("{{")));
}

TEST_F(ProbesTest, EachMayHaveItsOwnScale) {
  Probe("A", 1000, 500, now_);
  Probe("B", 4000, 100, now_);
  const auto probes = Model("yauto=true")["probes"];
  EXPECT_THAT(probes["traces"][0]["cards"][0]["picture"]["png"].get<std::string>(),
              Not(HasSubstr("ymax")));
  EXPECT_EQ(Current(probes["scales"]), "Own");
  EXPECT_EQ(Current(Model("")["probes"]["scales"]), "Same for all");
  // Links keep it, and the span.
  for (const auto& link : probes["spans"]) {
    EXPECT_THAT(link["href"].get<std::string>(), HasSubstr("yauto=true"));
  }
  const auto day = Model("duration=3d")["probes"];
  EXPECT_EQ(Current(day["spans"]), "3d");
  EXPECT_THAT(day["scales"][1]["href"].get<std::string>(), HasSubstr("duration=3d"));
  EXPECT_THAT(day["traces"][0]["href"].get<std::string>(), HasSubstr("duration=3d"));
}

TEST_F(ProbesTest, ABrokenProbeIsNamedAndTheOthersAreShown) {
  Probe("A", 1000, 500, now_);
  Touch("B", "ip_bitrate_in.idx0.rrd", "no database");
  Probe("C", 0, 0, now_);
  const auto probes = Model("")["probes"];
  ASSERT_EQ(probes["traces"].size(), 3u);
  EXPECT_EQ(probes["traces"][1]["message"], "None of its databases can be read.");
  EXPECT_EQ(probes["traces"][1]["health"]["state"], "look");
  EXPECT_FALSE(probes["traces"][1].contains("cards"));
  EXPECT_EQ(probes["traces"][2]["cards"].size(), 1u);
  EXPECT_THAT(Get("").body, HasSubstr("None of its databases can be read."));
}

TEST_F(ProbesTest, ProbesWithoutTrafficKeepAutomaticLimits) {
  Probe("A", 0, 0, now_);
  Probe("B", 0, 0, now_);
  const auto probes = Model("")["probes"];
  EXPECT_THAT(probes["traces"][0]["cards"][0]["picture"]["png"].get<std::string>(),
              Not(HasSubstr("ymax")));
}

TEST_F(ProbesTest, AHundredProbesAreOnFivePages) {
  for (int i = 0; i < 100; ++i) {
    char name[16];
    std::snprintf(name, sizeof(name), "P%03d", i);
    Fill(name, "ip_bitrate_loc.idx0.rrd", Always(i), 1, now_);
  }
  const auto first = Model("")["probes"];
  EXPECT_EQ(first["traces"].size(), kMostProbes);
  EXPECT_EQ(first["total"], 100);
  EXPECT_EQ(Current(first["pages"]), "1");
  const auto third = Model("page=3&duration=12h")["probes"];
  EXPECT_EQ(third["first"], 49);
  EXPECT_EQ(third["last"], 72);
  EXPECT_EQ(third["traces"][0]["name"], "P048");
  EXPECT_EQ(third["pages"].size(), 5u);
  EXPECT_EQ(Current(third["pages"]), "3");
  for (const auto& link : third["pages"]) {
    const std::string address = link["href"];
    EXPECT_THAT(address, HasSubstr("duration=12h"));
    EXPECT_EQ(Current(Model(Parameters(address))["probes"]["pages"]), link["text"]);
  }
  const auto last = Model("page=5")["probes"];
  EXPECT_EQ(last["traces"].size(), 4u);
  EXPECT_EQ(last["last"], 100);
  EXPECT_EQ(Model("page=9999")["probes"]["first"], 97);
  EXPECT_THAT(Get("page=5").body, HasSubstr("Probes 97 to 100 of 100"));
  for (const char* page : {"0", "-1", "x", "1.5", "10000", "01"}) {
    EXPECT_EQ(Get(std::string("page=") + page).status, 400) << page;
  }
}

TEST_F(ProbesTest, ManyPagesHaveLinksToTheNearOnes) {
  for (int i = 0; i < 500; ++i) Touch("P" + std::to_string(1000 + i), "x.rrd", "no database");
  const auto pages = Model("page=10")["probes"]["pages"];
  std::string texts;
  for (const auto& link : pages) texts += link["text"].get<std::string>() + " ";
  EXPECT_EQ(texts, "1 7 8 9 10 11 12 13 21 ");
}

TEST_F(ProbesTest, TracesOfTheTestAreForTheTrusted) {
  Probe("A", 1000, 500, now_);
  Probe("test1", 1000, 500, now_);
  EXPECT_EQ(Model("")["overview"]["trace"], "A");
  settings_ = *ParseConfiguration("data_root = " + settings_.data_root + "\nimage_dir = " +
                                  settings_.image_dir + "\ntrusted = 192.0.2.1\n");
  Request request;
  request.remote_address = "192.0.2.1";
  const auto model = nlohmann::ordered_json::parse(Get("view=json", request).body);
  EXPECT_EQ(model["probes"]["traces"].size(), 2u);
}

}  // namespace
}  // namespace tstat::viewer
