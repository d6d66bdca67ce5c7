// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/rrd_cgi/fixture.h"
#include "tstat-rrd-cgi/query.h"

namespace tstat::viewer {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SearchTest : public ViewerTest {
 protected:
  void SetUp() override {
    for (const char* file : {"ip_len_in.avg.rrd", "ip_len_out.avg.rrd", "tcp_rtt_avg_out.prc50.rrd",
                             "tcp_rtt_min_out.prc50.rrd", "mm_avg_jitter_in.avg.rrd",
                             "profile_cpu.idx0.rrd", "tcp_interrupted.idx0.rrd"}) {
      Touch("Lab", file);
    }
  }
  std::string Found(const std::string& text) {
    std::string names;
    const auto model = Model("dir=Lab&search=" + PercentEncode(text));
    for (const auto& result : model["search"]["results"]) {
      names += result["name"].get<std::string>() + " ";
    }
    return names;
  }
};

TEST_F(SearchTest, NamesTextsAndGroupsAreLookedAt) {
  EXPECT_EQ(Found("rtt_avg"), "tcp_rtt_avg ");
  EXPECT_EQ(Found("AVERAGE rtt"), "tcp_rtt_avg ");
  EXPECT_EQ(Found("rtt"), "tcp_rtt_avg tcp_rtt_min ");
  EXPECT_EQ(Found("mmedia"), "mm_avg_jitter ");
  EXPECT_EQ(Found("  packet   length "), "ip_len ");
  EXPECT_EQ(Found("tcp_interrupted"), "tcp_interrupted ");
  EXPECT_EQ(Found("zebra"), "");
  EXPECT_EQ(Found("rtt zebra"), "");
}

TEST_F(SearchTest, TheHistogramReferenceIsLookedAt) {
  // The menu says CPU Load Percentage; the reference has its unit.
  EXPECT_EQ(Found("per cent"), "profile_cpu ");
  const auto cpu = Model("dir=Lab&search=profile_cpu")["search"]["results"][0];
  EXPECT_EQ(cpu["about"], "cpu load [clock/time] (per cent CPU)");
  // What the menu says already is not said again.
  EXPECT_EQ(Model("dir=Lab&search=rtt_avg")["search"]["results"][0]["about"], "");
}

TEST_F(SearchTest, ResultsAreLinks) {
  const auto model = Model("dir=Lab&search=rtt_avg");
  EXPECT_EQ(model["kind"], "start");
  EXPECT_FALSE(model.contains("overview"));
  EXPECT_EQ(model["search"]["text"], "rtt_avg");
  EXPECT_EQ(model["search"]["sentence"], "1 statistic.");
  EXPECT_EQ(model["search"]["results"][0]["group"], "TCP");
  const std::string address = model["search"]["results"][0]["href"];
  EXPECT_EQ(Model(address.substr(address.find('?') + 1))["metric"], "tcp_rtt_avg");
  const std::string page = Get("dir=Lab&search=rtt_avg").body;
  EXPECT_THAT(page, HasSubstr("<code>tcp_rtt_avg</code>"));
  EXPECT_THAT(page, HasSubstr("name=\"search\" value=\"rtt_avg\""));
}

TEST_F(SearchTest, NothingFoundIsSaid) {
  EXPECT_THAT(Get("dir=Lab&search=zebra").body,
              HasSubstr("No statistic of this trace has these words."));
  // Without words it is the first page.
  EXPECT_FALSE(Model("dir=Lab&search=").contains("search"));
}

TEST_F(SearchTest, WhatWasAskedIsEscaped) {
  const std::string page = Get("dir=Lab&search=%3Cscript%3E%22%27%26").body;
  EXPECT_THAT(page, HasSubstr("“&lt;script&gt;&quot;&#39;&amp;”"));
  EXPECT_THAT(page, HasSubstr("value=\"&lt;script&gt;&quot;&#39;&amp;\""));
  EXPECT_THAT(page, Not(HasSubstr("<script>\"")));
}

TEST_F(SearchTest, WhatDoesNotFitIsRefused) {
  EXPECT_EQ(Get("dir=Lab&search=" + std::string(64, 'x')).status, 200);
  for (const std::string& text : {std::string(65, 'x'), std::string("a%00b"), std::string("a%0Ab"),
                                  std::string("%FF"), std::string("%7F")}) {
    const Response response = Get("dir=Lab&search=" + text);
    EXPECT_EQ(response.status, 400) << text;
    EXPECT_THAT(response.body, HasSubstr("search must be at most 64 printable characters."));
  }
  EXPECT_EQ(Get("dir=Lab&search=%C3%A9t%C3%A9").status, 200);
}

TEST_F(SearchTest, ThereIsAFormWhereThereAreMenus) {
  const std::string page = Get("dir=Lab").body;
  EXPECT_THAT(page, HasSubstr("<form class=\"search\" method=\"get\""));
  EXPECT_THAT(page, HasSubstr("<input type=\"hidden\" name=\"dir\" value=\"Lab\">"));
  EXPECT_THAT(Get("search=rtt").body, Not(HasSubstr("class=\"search\"")));
}

}  // namespace
}  // namespace tstat::viewer
