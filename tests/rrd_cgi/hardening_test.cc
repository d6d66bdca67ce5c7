// SPDX-License-Identifier: BSD-3-Clause
//
// What the original let a request do, and this program does not; and requests that no browser
// sends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "tests/rrd_cgi/fixture.h"
#include "tstat-rrd-cgi/query.h"

namespace tstat::viewer {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class HardeningTest : public ViewerTest {
 protected:
  void SetUp() override {
    Make("Lab", "ip_len_in.idx40.rrd");
    Make("test1", "ip_len_in.idx40.rrd");
    fs::create_directories(directory_ / "secret");
    std::ofstream(directory_ / "secret" / "README") << "secret text";
    fs::copy(fs::path(settings_.data_root) / "Lab/ip_len_in.idx40.rrd", directory_ / "secret");
  }
};

// The one element that loads the viewer's own script is on each page, once.
std::string WithoutOwnScript(std::string body) {
  for (const char* own : {"<script src=\"/cgi-bin/tstat_rrd.cgi/script.js\" defer></script>",
                          "<script src=\"tstat_rrd.cgi/script.js\" defer></script>"}) {
    if (const size_t at = body.find(own); at != std::string::npos) {
      return body.erase(at, std::string_view(own).size());
    }
  }
  return body;
}

TEST_F(HardeningTest, OnlyTracesBelowTheRootAreShown) {
  for (const char* dir : {"../secret", "Lab/../../secret", "/etc", "rrd_data/../secret", "Lab//x",
                          "%2e%2e/secret", "Lab%00", "Lab%0d%0aX: y"}) {
    const Response response = Get(std::string("dir=") + dir);
    EXPECT_EQ(response.status, 400) << dir;
    EXPECT_THAT(response.body, Not(HasSubstr("secret text")));
  }
  EXPECT_EQ(Get("dir=Nope").status, 404);
  fs::create_directory_symlink(directory_ / "secret", fs::path(settings_.data_root) / "link");
  EXPECT_EQ(Get("dir=link").status, 404);
}

TEST_F(HardeningTest, NamesHaveNoMeaningForAShell) {
  const fs::path proof = directory_ / "proof";
  const std::string name = "a; touch " + proof.string() + " $(touch x) `touch y`";
  Touch("q'\"; touch proof", "README", "x");
  Make("q'\"; touch proof", "ip_len_in.idx40.rrd");
  const std::string dir = PercentEncode("q'\"; touch proof");
  EXPECT_EQ(Get("dir=" + dir).status, 200);
  EXPECT_EQ(Get("dir=" + dir + "&var=ip_len&direction=in&template=idx&duration=1h&view=png").status,
            200);
  EXPECT_EQ(Get("dir=" + PercentEncode(name)).status, 404);
  EXPECT_FALSE(fs::exists(proof));
}

TEST_F(HardeningTest, GalleryCannotBeChangedByALink) {
  for (const char* query : {"gallery_save=1&gallery_add=/etc/passwd&gallery_cmd=/etc/passwd",
                            "gallery_add=x.png", "gallery_text=%3cscript%3e"}) {
    const Response response = Get(query);
    EXPECT_EQ(response.status, 405) << query;
    EXPECT_EQ(Header(response, "Allow"), "GET, HEAD");
  }
  EXPECT_FALSE(fs::exists(settings_.gallery_dir));
  EXPECT_THAT(Get("gallery_show=1").body, HasSubstr("No pictures in the gallery yet !"));
}

TEST_F(HardeningTest, OnlyReadingMethodsAreAnswered) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get", "X"}) {
    Request request;
    request.method = method;
    EXPECT_EQ(Get("dir=Lab", request).status, 405) << method;
  }
  Request head;
  head.method = "HEAD";
  EXPECT_EQ(Get("dir=Lab", head).status, 200);
}

TEST_F(HardeningTest, WhatIsShownIsEscaped) {
  Make("<b>\"'&", "ip_len_in.idx40.rrd");
  const std::string page = Get("dir=" + PercentEncode("<b>\"'&")).body;
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;&quot;&#39;&amp;"));
  const std::string other = Get("dir=" + PercentEncode("x<script>alert(1)<script>")).body;
  EXPECT_THAT(WithoutOwnScript(other), Not(HasSubstr("<script")));
  EXPECT_THAT(other, HasSubstr("&lt;script&gt;"));
}

TEST_F(HardeningTest, EachAnswerHasItsPolicy) {
  for (const char* query : {"", "dir=Lab", "dir=..", "dir=Nope", "x=1&view=json"}) {
    const Response response = Get(query);
    EXPECT_THAT(Header(response, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
    EXPECT_EQ(Header(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_FALSE(Header(response, "Content-Type").empty());
    EXPECT_THAT(Header(response, "Content-Security-Policy"), HasSubstr("script-src 'self';"));
    EXPECT_THAT(Header(response, "Content-Security-Policy"), Not(HasSubstr("unsafe")));
    const std::string body = WithoutOwnScript(response.body);
    for (const char* inside : {"<script", " style=", "<style", " onclick", "javascript:"}) {
      EXPECT_THAT(body, Not(HasSubstr(inside))) << query;
    }
  }
}

TEST_F(HardeningTest, DefinitionsHoldNothingButNames) {
  for (const char* var :
       {"ip_len:x", "ip*", "ip?len", "[i]p_len", "{ip_len}", "..", "a/b", "ip_len%5c"}) {
    EXPECT_EQ(Get(std::string("dir=Lab&var=") + var).status, 400) << var;
  }
  const auto model = Model("dir=Lab&var=no_such_metric");
  EXPECT_EQ(model["kind"], "no template");
}

TEST_F(HardeningTest, SpansAndLimitsAreNumbers) {
  for (const char* more : {"duration=1h--lower", "duration=end", "ymin=1:2", "ymax=--imginfo",
                           "exclude=1%3brm", "include=*"}) {
    EXPECT_EQ(Get(std::string("dir=Lab&var=ip_len&") + more).status, 400) << more;
  }
}

TEST_F(HardeningTest, ErrorsAreOneSentenceWithoutPaths) {
  Touch("Lab", "ip_len_out.idx40.rrd", "x");
  for (const char* query : {"dir=..", "dir=Lab&var=ip_len&template=idx&duration=1h",
                            "dir=Lab&var=ip_len&direction=in&template=idx&exclude=ALL"}) {
    const Response response = Get(query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_THAT(response.body, Not(HasSubstr(directory_.string())));
    EXPECT_THAT(response.body, HasSubstr("<p class=\"message\">"));
  }
  settings_.data_root = directory_ / "gone";
  settings_.image_dir = directory_ / "gone";
  const Response response = Get("dir=Lab");
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, Not(HasSubstr(directory_.string())));
  EXPECT_THAT(response.log, HasSubstr("gone"));
}

TEST_F(HardeningTest, TrustIsByAddressAndNobodyHasIt) {
  Request request;
  request.remote_address = "192.168.1.9";
  EXPECT_EQ(Get("dir=test1", request).status, 404);
  settings_.trusted = ParseConfiguration("trusted = 192.168.1.0/24")->trusted;
  EXPECT_EQ(Get("dir=test1", request).status, 200);
  EXPECT_THAT(Get("var=NULL", request).body, HasSubstr(">test1</a>"));
  request.remote_address = "203.0.113.5";
  EXPECT_EQ(Get("dir=test1", request).status, 404);
  EXPECT_THAT(Get("var=NULL", request).body, Not(HasSubstr("test1")));
}

TEST_F(HardeningTest, RawDataAreOfferedOnlyWhereTheServerHasThem) {
  EXPECT_THAT(Get("dir=Lab").body, Not(HasSubstr("RRdata")));
  settings_.raw_data_url = "/rrd";
  EXPECT_THAT(Get("dir=Lab").body, HasSubstr("<a href=\"/rrd/Lab\">RRdata</a>"));
}

TEST_F(HardeningTest, ParametersHaveALength) {
  EXPECT_EQ(Get("unknown=" + std::string(257, 'x')).status, 400);
  EXPECT_EQ(Get("unknown=" + std::string(256, 'x')).status, 200);
  EXPECT_EQ(Get(std::string(8193, '&')).status, 400);
}

// Requests made by a grammar: known parameters with values that were made to break something.
std::vector<std::string> HostileRequests(size_t count) {
  const std::vector<std::string> names = {
      "dir",         "var",      "direction", "template", "duration", "logscale", "bigpic",
      "advopt",      "advcmd",   "yauto",     "ymin",     "ymax",     "hifreq",   "exclude",
      "include",     "format",   "style",     "view",     "theme",    "scale",    "gallery_show",
      "gallery_add", "describe", "start",     "end",      "x"};
  const std::vector<std::string> values = {"",
                                           "Lab",
                                           "ip_len",
                                           "in",
                                           "idx",
                                           "12h",
                                           "true",
                                           "-1",
                                           "ALL",
                                           "1e308",
                                           "1e309",
                                           "nan",
                                           "0x1",
                                           "..",
                                           "../..",
                                           "/",
                                           "//",
                                           "/etc/passwd",
                                           "Lab/..",
                                           "./Lab",
                                           "%00",
                                           "Lab%00.rrd",
                                           "%0d%0a",
                                           "%",
                                           "%g0",
                                           "%c0%ae%c0%ae/",
                                           "%ff%fe",
                                           "%e2%80%ae",
                                           "'",
                                           "%22",
                                           "%3cscript%3e",
                                           "%26",
                                           "%3b",
                                           "$(id)",
                                           "`id`",
                                           "|id",
                                           "*",
                                           "?",
                                           "[a]",
                                           "{a,b}",
                                           "~",
                                           "%5c",
                                           ":",
                                           "DEF:a=b:c:AVERAGE",
                                           "--imginfo",
                                           "99999999999999999999",
                                           "9999y",
                                           "0h",
                                           "1,,2",
                                           "png",
                                           "json",
                                           "svg",
                                           "exe",
                                           std::string(257, 'a'),
                                           std::string(64, '9'),
                                           std::string(200, '/')};
  std::mt19937 random(14);
  const auto pick = [&](const std::vector<std::string>& from) {
    return from[std::uniform_int_distribution<size_t>(0, from.size() - 1)(random)];
  };
  std::vector<std::string> all;
  while (all.size() < count) {
    std::string query;
    for (int parts = std::uniform_int_distribution<int>(1, 5)(random); parts > 0; --parts) {
      query += pick(names) + (random() % 16 == 0 ? "" : "=") + pick(values);
      if (random() % 8 == 0) query += pick(values);
      query += random() % 2 == 0 ? "&" : ";";
    }
    all.push_back(query);
  }
  return all;
}

TEST_F(HardeningTest, HostileRequestsGetAnAnswerAndNothingElse) {
  const FixedReader reader;
  size_t refused = 0;
  for (const std::string& query : HostileRequests(1000)) {
    Request request;
    request.query_string = query;
    const Response response = Answer(request, settings_, reader);
    EXPECT_THAT(response.status, ::testing::AnyOf(200, 400, 404, 405)) << query;
    const std::string body = WithoutOwnScript(response.body);
    for (const char* never : {"root:", "secret text", "<script", "AVERAGE\"", "uid="}) {
      EXPECT_EQ(body.find(never), std::string::npos) << query;
    }
    if (response.status != 200) ++refused;
  }
  EXPECT_GT(refused, 500u);
}

}  // namespace
}  // namespace tstat::viewer
