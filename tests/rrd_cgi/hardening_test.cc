// SPDX-License-Identifier: BSD-3-Clause
//
// What the original let a request do, and this program does not, by the rows of the table in
// docs/viewer.md; and requests that no browser sends. Rows 3 to 5, 12 and 14:
// hardening_limits_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
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

TEST_F(HardeningTest, Row1OnlyTracesBelowTheRootAreShown) {
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

TEST_F(HardeningTest, Row2NamesHaveNoMeaningForAShell) {
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

TEST_F(HardeningTest, Row3And4GalleryCannotBeChangedByALink) {
  for (const char* query : {"gallery_save=1&gallery_add=/etc/passwd&gallery_cmd=/etc/passwd",
                            "gallery_add=x.png", "gallery_text=%3cscript%3e"}) {
    const Response response = Get(query);
    EXPECT_EQ(response.status, 405) << query;
    EXPECT_EQ(Header(response, "Allow"), "GET, HEAD");
  }
  EXPECT_FALSE(fs::exists(settings_.gallery_dir));
  EXPECT_THAT(Get("gallery_show=1").body, HasSubstr("No pictures in the gallery yet !"));
}

TEST_F(HardeningTest, Row4OnlyReadingMethodsAreAnswered) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get", "X"}) {
    Request request;
    request.method = method;
    EXPECT_EQ(Get("dir=Lab", request).status, 405) << method;
  }
  Request head;
  head.method = "HEAD";
  EXPECT_EQ(Get("dir=Lab", head).status, 200);
}

TEST_F(HardeningTest, Row6WhatIsShownIsEscaped) {
  Make("<b>\"'&", "ip_len_in.idx40.rrd");
  const std::string page = Get("dir=" + PercentEncode("<b>\"'&")).body;
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;&quot;&#39;&amp;"));
  const std::string other = Get("dir=" + PercentEncode("x<script>alert(1)<script>")).body;
  EXPECT_THAT(WithoutOwnScript(other), Not(HasSubstr("<script")));
  EXPECT_THAT(other, HasSubstr("&lt;script&gt;"));
}

TEST_F(HardeningTest, Row6EachAnswerHasItsPolicy) {
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

TEST_F(HardeningTest, Row7DefinitionsHoldNothingButNames) {
  for (const char* var :
       {"ip_len:x", "ip*", "ip?len", "[i]p_len", "{ip_len}", "..", "a/b", "ip_len%5c"}) {
    EXPECT_EQ(Get(std::string("dir=Lab&var=") + var).status, 400) << var;
  }
  const auto model = Model("dir=Lab&var=no_such_metric");
  EXPECT_EQ(model["kind"], "no template");
}

TEST_F(HardeningTest, Row8And9SpansLimitsAndListsAreNumbers) {
  for (const char* more : {"duration=1h--lower", "duration=end", "ymin=1:2", "ymax=--imginfo",
                           "exclude=1%3brm", "include=*"}) {
    EXPECT_EQ(Get(std::string("dir=Lab&var=ip_len&") + more).status, 400) << more;
  }
}

TEST_F(HardeningTest, Row10ErrorsAreOneSentenceWithoutPaths) {
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

TEST_F(HardeningTest, Row11TrustIsByAddressAndNobodyHasIt) {
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

TEST_F(HardeningTest, Row13RawDataAreOfferedOnlyWhereTheServerHasThem) {
  EXPECT_THAT(Get("dir=Lab").body, Not(HasSubstr("RRdata")));
  settings_.raw_data_url = "/rrd";
  EXPECT_THAT(Get("dir=Lab").body, HasSubstr("<a href=\"/rrd/Lab\">RRdata</a>"));
}

TEST_F(HardeningTest, ParametersHaveALength) {
  EXPECT_EQ(Get("unknown=" + std::string(257, 'x')).status, 400);
  EXPECT_EQ(Get("unknown=" + std::string(256, 'x')).status, 200);
  EXPECT_EQ(Get(std::string(8193, '&')).status, 400);
}

}  // namespace
}  // namespace tstat::viewer
