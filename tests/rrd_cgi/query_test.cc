// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/query.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tstat::viewer {
namespace {

Query Parsed(const std::string& text) {
  const absl::StatusOr<Query> query = ParseQuery(text);
  EXPECT_TRUE(query.ok()) << text << ": " << query.status();
  return query.ok() ? *query : Query();
}

bool IsRefused(const std::string& text) {
  const absl::StatusOr<Query> query = ParseQuery(text);
  return absl::IsInvalidArgument(query.status());
}

TEST(ParseQueryTest, BothSeparatorsAndEncodingsAreRead) {
  const Query query = Parsed("dir=Lab%2fMay;var=ip_len&template=idx;exclude=-1%2C40");
  EXPECT_EQ(query.dir, "Lab/May");
  EXPECT_EQ(query.var, "ip_len");
  EXPECT_EQ(query.graph_template, "idx");
  EXPECT_EQ(query.exclude, "-1,40");
}

TEST(ParseQueryTest, DefaultsAreThoseOfTheOriginal) {
  const Query query = Parsed("dir=Other");
  EXPECT_EQ(query.var, "NULL");
  EXPECT_EQ(query.bigpic, "true");
  EXPECT_EQ(query.advopt, "true");
  EXPECT_EQ(query.hifreq, "false");
  EXPECT_FALSE(query.empty);
}

TEST(ParseQueryTest, RequestForNothingHasNoDefaults) {
  const Query query = Parsed("view=json");
  EXPECT_TRUE(query.empty);
  EXPECT_EQ(query.var, "");
  EXPECT_EQ(query.bigpic, "");
}

TEST(ParseQueryTest, FirstOfTwoCountsAndUnknownOnesAreIgnored) {
  EXPECT_EQ(Parsed("var=ip_len&var=ip_ttl&agg=1&aggpic=%00&menu=x").var, "ip_len");
}

TEST(ParseQueryTest, ValuesOutsideTheGrammarAreRefused) {
  for (const char* text :
       {"dir=..",        "dir=/etc",       "dir=a//b",        "dir=a/../b",
        "dir=a/./b",     "dir=a%00b",      "dir=a%0ab",       "dir=a/",
        "dir=a%5cb",     "dir=%ff",        "dir=%c0%af",      "dir=%ed%a0%80",
        "var=ip-len",    "var=ip*",        "var=a:b",         "direction=sideways",
        "template=idx:", "duration=1x",    "duration=12345h", "duration=0h",
        "duration=-1h",  "duration=9999y", "duration=h",      "ymin=abc",
        "ymin=inf",      "ymax=nan",       "ymax=0x10",       "ymax=1e999",
        "ymin=-",        "ymin=--1",       "ymin=+-1",        "exclude=1,,2",
        "exclude=a",     "include=-2",     "include=1.2345",  "logscale=true%20x",
        "format=gif",    "view=exe",       "theme=red",       "scale=3",
        "var=%zz",       "var=%4",         "style=%3cb%3e"}) {
    EXPECT_TRUE(IsRefused(text)) << text;
  }
}

TEST(ParseQueryTest, FlagsAreTrueOrFalse) {
  for (const char* name :
       {"logscale", "bigpic", "advopt", "advcmd", "describe", "yauto", "hifreq"}) {
    for (const char* value : {"", "true", "false"}) {
      EXPECT_FALSE(IsRefused(std::string(name) + "=" + value)) << name << value;
    }
    for (const char* value : {"maybe", "TRUE", "1", "0", "yes", "true "}) {
      EXPECT_TRUE(IsRefused(std::string(name) + "=" + value)) << name << value;
    }
  }
  for (const char* name : {"gallery_show", "gallery_asnow"}) {
    for (const char* value : {"perhaps", "true", "2", "00"}) {
      EXPECT_TRUE(IsRefused(std::string(name) + "=" + value)) << name << value;
    }
  }
  EXPECT_TRUE(Parsed("gallery_show=1").gallery_show);
  EXPECT_FALSE(Parsed("gallery_show=0").gallery_show);
  EXPECT_FALSE(Parsed("gallery_show=").gallery_show);
  EXPECT_TRUE(Parsed("gallery_show=1&gallery_asnow=1").gallery_as_now);
}

TEST(ParseQueryTest, RepeatedValuesHaveToFitToo) {
  for (const char* text :
       {"dir=Lab&dir=..", "dir=..&dir=Lab", "view=png&view=exe", "var=ip_len&var=ip_ttl&var=%2f",
        "logscale=true&logscale=no", "theme=dark&theme=red", "gallery_show=1&gallery_show=x"}) {
    EXPECT_TRUE(IsRefused(text)) << text;
  }
  EXPECT_EQ(Parsed("view=png&view=svg").view, View::kPng);
  EXPECT_EQ(Parsed("theme=dark&theme=").theme, Theme::kDark);
  EXPECT_FALSE(Parsed("gallery_show=0&gallery_show=1").gallery_show);
}

// A value of 256 bytes has no room for more than 128 of the 256 entries that a list may have.
TEST(ParseQueryTest, ListsAreAsLongAsAValueMayBe) {
  std::string list = "0";
  for (int i = 1; i < 128; ++i) list += ",1";
  EXPECT_EQ(Parsed("include=" + list).include, list);
  EXPECT_EQ(Parsed("exclude=" + list).exclude, list);
  EXPECT_TRUE(IsRefused("include=" + list + ",1"));
  std::string longest = "0";
  for (int i = 1; i < 256; ++i) longest += ",1";
  EXPECT_TRUE(IsRefused("exclude=" + longest));
}

TEST(ParseQueryTest, LengthsHaveLimits) {
  EXPECT_FALSE(IsRefused("x=" + std::string(kMaxValueLength, 'a')));
  EXPECT_TRUE(IsRefused("x=" + std::string(kMaxValueLength + 1, 'a')));
  std::string many;
  while (many.size() < kMaxQueryLength - 4) many += "a=1&";
  EXPECT_FALSE(IsRefused(many));
  EXPECT_TRUE(IsRefused(many + std::string(8, '&')));
}

TEST(ParseQueryTest, SpansAreThoseOfLibrrd) {
  EXPECT_EQ(SpanSeconds("12h"), 12 * 3600);
  EXPECT_EQ(SpanSeconds("90min"), 90 * 60);
  EXPECT_EQ(SpanSeconds("1wk"), 7 * 86400);
  EXPECT_EQ(SpanSeconds("5m"), 5 * 31 * 86400);
  EXPECT_EQ(SpanSeconds("6m"), 6 * 60);
  EXPECT_EQ(SpanSeconds("30y"), kMaxSpanSeconds);
  EXPECT_EQ(SpanSeconds("31y"), 0);
}

TEST(ParseQueryTest, SpanBetweenTwoTimes) {
  const Query query = Parsed("dir=Lab&start=315360001&end=319655000");
  EXPECT_TRUE(query.has_span());
  EXPECT_EQ(query.start, "315360001");
  EXPECT_EQ(query.end, "319655000");
  EXPECT_FALSE(Parsed("dir=Lab&start=&end=").has_span());
  EXPECT_TRUE(Parsed("start=4294967294&end=4294967295").has_span());
  EXPECT_TRUE(
      Parsed("start=1000000000&end=" + std::to_string(1'000'000'000 + kMaxSpanSeconds)).has_span());
  for (const char* text :
       {"start=400000001", "end=400000001", "start=&end=400000001", "start=400000002&end=400000002",
        "start=400000003&end=400000002", "start=-1&end=400000002",
        "start=3900000000&end=4294967296", "start=4294967295&end=4294967296",
        "start=400000001.5&end=400000002", "start=4e8&end=400000002",
        "start=0x17d78401&end=400000002", "start=+400000001&end=400000002",
        "start=4000000000&end=99999999999", "start=now&end=400000002", "start=end-1d&end=400000002",
        "start=%31:&end=400000002",
        // Dates and times of day, to librrd.
        "start=0&end=400000001", "start=20170714&end=20170715", "start=315360000&end=315360001"}) {
    EXPECT_TRUE(IsRefused(text)) << text;
  }
  EXPECT_TRUE(IsRefused("start=1000000000&end=" + std::to_string(1'000'000'001 + kMaxSpanSeconds)));
}

TEST(ParseQueryTest, LimitsThatMakeNoSenseTogetherAreLeftOut) {
  EXPECT_EQ(Parsed("ymin=-1.5e2&ymax=%2B500").ymin, "-1.5e2");
  EXPECT_EQ(Parsed("ymin=5&ymax=5").ymin, "");
  EXPECT_EQ(Parsed("ymin=5&ymax=5").ymax, "");
  EXPECT_EQ(Parsed("ymin=0&ymax=5&logscale=true").ymin, "");
  EXPECT_EQ(Parsed("ymin=0&ymax=5&logscale=true").ymax, "5");
  EXPECT_EQ(Parsed("ymin=auto").ymin, "");
}

TEST(ParseQueryTest, LimitsBeyondAllThatIsMeasured) {
  EXPECT_EQ(Parsed("ymin=1e-100&ymax=1e100").ymax, "1e100");
  EXPECT_EQ(Parsed("ymin=-1e100").ymin, "-1e100");
  for (const char* text : {"ymin=1e-101", "ymin=5e-324", "ymin=-1e-101", "ymax=1.1e100",
                           "ymax=1e300", "ymax=-1e300"}) {
    EXPECT_TRUE(IsRefused(text)) << text;
  }
}

TEST(PageTextTest, IsWhatAPageCanHold) {
  EXPECT_EQ(PageText("L\xc3\xa4nder\t1\r\n"), "L\xc3\xa4nder\t1\r\n");
  EXPECT_EQ(PageText("L\xe4nder\n"), "L\xc3\xa4nder\n");
  EXPECT_EQ(PageText("\xff\xa0\x9f"), "\xc3\xbf\xc2\xa0\xef\xbf\xbd");
  EXPECT_EQ(PageText(std::string_view("a\0b\x1b\x7f", 5)),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd\xef\xbf\xbd");
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_TRUE(IsUtf8(PageText(all)));
  EXPECT_EQ(PageText(all).find('\0'), std::string::npos);
}

TEST(PercentEncodeTest, GivesBackWhatIsDecoded) {
  const std::string name = "L\xc3\xa4nder & mehr/100% \"x\"";
  EXPECT_EQ(Parsed("dir=" + PercentEncode(name)).dir, name);
  EXPECT_EQ(PercentEncode("a b&c"), "a%20b%26c");
}

}  // namespace
}  // namespace tstat::viewer
