// SPDX-License-Identifier: BSD-3-Clause
//
// Pages, their models, and pictures, by requests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/rrd_cgi/fixture.h"
#include "tstat-rrd-cgi/encoding.h"
#include "tstat-rrd-cgi/files.h"
#include "tstat-rrd-cgi/mustache.h"
#include "tstat-rrd-cgi/picture.h"

namespace tstat::viewer {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PageTest : public ViewerTest {
 protected:
  void SetUp() override {
    for (const char* half : {"in", "out"}) {
      for (const char* suffix : {"avg", "stdev", "idx40", "idx1500"}) {
        Make("Lab/May", std::string("ip_len_") + half + "." + suffix + ".rrd");
      }
    }
  }
  static size_t Pictures(const fs::path& directory) {
    size_t count = 0;
    for (const auto& entry : fs::directory_iterator(directory)) {
      if (entry.path().extension() == ".png") ++count;
    }
    return count;
  }
  static constexpr char kPicture[] =
      "dir=Lab/May&var=ip_len&direction=both&template=idx&duration=2h&view=png";
};

TEST_F(PageTest, PageShowsWhatItsModelSays) {
  const std::string query = "dir=Lab/May&var=ip_len&duration=1w";
  const auto model = Model(query);
  EXPECT_EQ(model["kind"], "graphs");
  EXPECT_EQ(model["headings"].dump(),
            R"(["Mean and Stdev","Specific Values","Normalized Values"])");
  EXPECT_EQ(model["graphs"].size(), 3u);
  const std::string page = Get(query).body;
  for (const auto& heading : model["headings"]) {
    EXPECT_THAT(page, HasSubstr("<h2>" + heading.get<std::string>() + "</h2>"));
  }
  for (const auto& section : model["sections"]) {
    std::string address = section["picture"]["png"];
    for (size_t at = 0; (at = address.find('&', at)) != std::string::npos; at += 5) {
      address.replace(at, 1, "&amp;");
    }
    EXPECT_THAT(page, HasSubstr("src=\"" + address + "\""));
    EXPECT_THAT(page, HasSubstr("<source media=\"(max-width: 30rem)\" srcset=\"" + address +
                                "&amp;size=small 360w, "));
  }
  EXPECT_THAT(page, HasSubstr(R"(aria-current="true">Weekly</a>)"));
}

TEST_F(PageTest, EveryLinkOfAPageAnswers) {
  for (const char* query :
       {"", "var=NULL", "dir=Lab/May", "dir=Lab/May&var=ip_len&describe=true"}) {
    const std::string page = Get(query).body;
    size_t links = 0;
    for (size_t at = 0; (at = page.find("href=\"", at)) != std::string::npos;) {
      at += 6;
      std::string address = page.substr(at, page.find('"', at) - at);
      const size_t question = address.find('?');
      if (question == std::string::npos) continue;
      std::string parameters = address.substr(question + 1);
      for (size_t amp = 0; (amp = parameters.find("&amp;", amp)) != std::string::npos; ++amp) {
        parameters.replace(amp, 5, "&");
      }
      EXPECT_EQ(Get(parameters).status, 200) << parameters;
      ++links;
    }
    EXPECT_GT(links, 0u) << query;
  }
}

TEST_F(PageTest, CommandIsShownInPlaceOfThePicture) {
  const std::string page = Get("dir=Lab/May&var=ip_len&template=idx&advcmd=true").body;
  EXPECT_THAT(
      page,
      HasSubstr(
          "<pre class=\"command\" tabindex=\"0\">rrdtool graph \\\n\t&#39;ip_len.idx.12h.png"));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
}

TEST_F(PageTest, DescriptionComesFromTheReference) {
  const auto model = Model("dir=Lab/May&var=ip_len&template=idx&describe=true");
  EXPECT_EQ(model["headings"][0], "Description");
  EXPECT_THAT(model["description"].dump(), HasSubstr("Unit"));
}

TEST_F(PageTest, NotesOfTheAdministratorAreShown) {
  Touch("Lab/May", "README", "<plain> & text");
  Touch("Lab/May", "HEADER.html", "<b>Probe 1</b>");
  const std::string page = Get("dir=Lab/May").body;
  EXPECT_THAT(page, HasSubstr("<pre tabindex=\"0\">&lt;plain&gt; &amp; text</pre>"));
  EXPECT_THAT(page, HasSubstr("<b>Probe 1</b>"));
}

TEST_F(PageTest, NotesAreThoseOfTheDirectoryThatIsShown) {
  Touch("", "README", "of all");
  Touch("", "HEADER", "above all");
  Touch("Lab", "README", "of the laboratory");
  Touch("Lab/May", "README", "of May");
  Touch("Other", "ip_len_in.idx40.rrd");
  Touch("Other", "HEADER.html", "above another");
  for (const char* all : {"", "var=NULL"}) {
    EXPECT_THAT(Get(all).body, AllOf(HasSubstr(">of all<"), HasSubstr(">above all<"))) << all;
  }
  EXPECT_THAT(Get("dir=Lab").body, AllOf(HasSubstr(">of the laboratory<"), HasSubstr(">above all<"),
                                         Not(HasSubstr("of all"))));
  EXPECT_THAT(Get("dir=Lab/May").body, AllOf(HasSubstr(">of May<"), HasSubstr(">above all<")));
  EXPECT_THAT(Get("dir=Lab/May&var=ip_len&template=idx").body,
              AllOf(HasSubstr(">above all<"), Not(HasSubstr("of May"))));
  EXPECT_THAT(Get("dir=Other").body,
              AllOf(HasSubstr("above another"), Not(HasSubstr("above all"))));
  const Response none = Get("dir=Nope");
  EXPECT_EQ(none.status, 404);
  EXPECT_THAT(none.body, Not(HasSubstr(">of all<")));
}

TEST_F(PageTest, OneIndexThatIsMissingOnOneSideIsNamed) {
  for (const char* file :
       {"ip_len_in.idx40.rrd", "ip_len_out.idx40.rrd", "ip_len_out.idx1500.rrd"}) {
    Make("Half", file);
  }
  const std::string query = "dir=Half&var=ip_len&direction=both&template=idx";
  EXPECT_EQ(Get(query).status, 200);
  EXPECT_EQ(Model(query)["unusable"].dump(), R"(["ip_len_in.idx1500.rrd"])");
  for (const char* view : {"png", "csv"}) {
    EXPECT_EQ(Get(query + "&duration=1h&view=" + view).status, 200) << view;
  }
}

TEST_F(PageTest, TheLogHearsOnceOfPicturesThatCannotBeKept) {
  settings_.image_dir = directory_ / "nowhere";
  EXPECT_THAT(Get("").log, AllOf(HasSubstr("image_dir"), HasSubstr("/nowhere: No such file")));
  EXPECT_EQ(Get("").log, "");
}

TEST_F(PageTest, WhatAProgramPostsToNowhereIsAnsweredInJson) {
  Request request;
  request.method = "POST";
  request.path_info = "/nosuch";
  const Response answer = Get("", request);
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(Header(answer, "Content-Type"), "application/json");
  EXPECT_THAT(answer.body, HasSubstr("message"));
}

TEST_F(PageTest, BrokenDatabasesAreNamedAndTheRestIsShown) {
  Touch("Lab/May", "ip_len_in.idx40.rrd", "no database");
  const auto model = Model("dir=Lab/May&var=ip_len&template=idx");
  EXPECT_EQ(model["kind"], "graphs");
  EXPECT_EQ(model["unusable"].dump(), R"(["ip_len_in.idx40.rrd"])");
  EXPECT_EQ(model["graphs"].size(), 5u);
  EXPECT_THAT(Get("dir=Lab/May&var=ip_len&template=idx").body,
              HasSubstr("<code>ip_len_in.idx40.rrd</code>"));
  EXPECT_EQ(Get(kPicture).status, 200);
}

TEST_F(PageTest, BrokenDatabasesAreNamedWhereNothingIsLeft) {
  Touch("Bad", "ip_len_in.idx40.rrd", "no database");
  Touch("Bad", "ip_len_in.idx1500.rrd");
  const auto model = Model("dir=Bad&var=ip_len&direction=in&template=idx");
  EXPECT_EQ(model["status"], 200);
  EXPECT_EQ(model["unusable"].dump(), R"(["ip_len_in.idx1500.rrd","ip_len_in.idx40.rrd"])");
  EXPECT_THAT(Get("dir=Bad&var=ip_len&direction=in&template=idx").body,
              HasSubstr("<code>ip_len_in.idx40.rrd</code>"));
  Touch("Bad", "ip_bitrate_in.idx0.rrd", "no database");
  EXPECT_EQ(Model("dir=Bad")["unusable"].dump(),
            R"(["ip_bitrate_in.idx0.rrd","ip_len_in.idx1500.rrd","ip_len_in.idx40.rrd"])");
}

// One half is no database, and there is no other.
TEST_F(PageTest, BrokenDatabasesWithoutTheOtherDirectionAreNamed) {
  for (const char* part : {"40", "1500"}) {
    for (const char* half : {"in", "out"}) {
      Make("Two", std::string("ip_len_") + half + ".idx" + part + ".rrd");
    }
  }
  Touch("Two", "ip_len_out.idx98.rrd");
  Touch("Two", "ip_len_in.idx99.rrd", "no database");
  const std::string query = "dir=Two&var=ip_len&direction=both&template=idx";
  EXPECT_EQ(Get(query).status, 200);
  EXPECT_EQ(Model(query)["graphs"].size(), 5u);
  EXPECT_EQ(Model(query)["unusable"].dump(), R"(["ip_len_in.idx99.rrd","ip_len_out.idx98.rrd"])");
  EXPECT_EQ(Get("dir=Two&var=ip_len&direction=both&template=idx&start=1500000000&end=1500006000"
                "&view=png")
                .status,
            200);
}

TEST_F(PageTest, NotesAreShownInTheCharactersOfThePage) {
  Touch("Lab/May", "README", std::string_view("L\xe4nder\0\x1b[0m\n", 12));
  Touch("Lab/May", "HEADER.html", std::string_view("<b>\xff\0</b>", 9));
  const std::string page = Get("dir=Lab/May").body;
  EXPECT_TRUE(IsUtf8(page));
  EXPECT_EQ(page.find('\0'), std::string::npos);
  EXPECT_THAT(page, HasSubstr("L\xc3\xa4nder\xef\xbf\xbd\xef\xbf\xbd[0m"));
  EXPECT_THAT(page, HasSubstr("<b>\xc3\xbf\xef\xbf\xbd</b>"));
}

TEST_F(PageTest, FirstPageOfATraceShowsWhatThereIs) {
  const auto model = Model("dir=Lab/May");
  ASSERT_TRUE(model.contains("overview"));
  EXPECT_EQ(model["overview"]["cards"].size(), 1u);
  EXPECT_EQ(model["overview"]["cards"][0]["title"], "Packet length");
  EXPECT_EQ(model["overview"]["last_update"], "2017-07-14 04:20 UTC");
}

TEST_F(PageTest, PicturesAreDrawnInEachFormat) {
  const Response png = Get(kPicture);
  EXPECT_EQ(png.status, 200);
  EXPECT_EQ(Header(png, "Content-Type"), "image/png");
  EXPECT_EQ(png.body.substr(1, 3), "PNG");
  const std::string base = "dir=Lab/May&var=ip_len&direction=both&template=idx&duration=2h&view=";
  EXPECT_THAT(Get(base + "svg").body, HasSubstr("<svg"));
  EXPECT_EQ(Header(Get(base + "svg"), "Content-Security-Policy"),
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'");
  EXPECT_THAT(Header(png, "Content-Security-Policy"), Not(HasSubstr("unsafe")));
  EXPECT_THAT(Get(base + "pdf").body, HasSubstr("%PDF"));
  EXPECT_THAT(Get(base + "eps").body, HasSubstr("%!PS"));
  EXPECT_NE(Get(base + "png&theme=dark").body, png.body);
  EXPECT_GT(Get(base + "png&scale=2").body.size(), png.body.size());
}

TEST_F(PageTest, NumbersAreThoseOfTheDatabases) {
  const std::string base = "dir=Lab/May&var=ip_len&direction=both&template=idx&duration=1h&view=";
  const Response csv = Get(base + "csv");
  EXPECT_EQ(Header(csv, "Content-Type"), "text/csv; charset=utf-8");
  EXPECT_EQ(csv.body.substr(0, csv.body.find('\n')),
            "time,\"1500 Bytes, out\",\"40 Bytes, out\",\"1500 Bytes, in\",\"40 Bytes, in\"");
  // A value is the time of its update without the thousands.
  EXPECT_THAT(csv.body, HasSubstr("\n1500005700,700,700,-700,-700\n"));
  const auto data = nlohmann::json::parse(Get(base + "data").body);
  EXPECT_EQ(data["step"], 300);
  EXPECT_EQ(data["series"].size(), 4u);
  EXPECT_EQ(data["series"][3]["name"], "40 Bytes, in");
  const int64_t start = data["start"];
  EXPECT_EQ(data["series"][3]["values"][(1500005700 - start) / 300], -700.0);
  EXPECT_EQ(Get("dir=Lab/May&var=ip_len&view=csv").status, 404);
  const std::string spread = Get(base + "csv&template=x").body;
  EXPECT_EQ(spread, csv.body);  // the first of two values counts
  EXPECT_THAT(Get("dir=Lab/May&var=ip_len&direction=in&template=stdev&duration=1h&view=csv").body,
              HasSubstr("time,Average + Stdev,Average\n"));
}

TEST_F(PageTest, PictureIsKeptUntilADatabaseChanges) {
  const Response first = Get(kPicture);
  EXPECT_EQ(Pictures(settings_.image_dir), 1u);
  Request again;
  again.if_none_match = "W/\"x\", " + Header(first, "ETag");
  const Response same = Get(kPicture, again);
  EXPECT_EQ(same.status, 304);
  EXPECT_TRUE(same.body.empty());
  fs::last_write_time(fs::path(settings_.data_root) / "Lab/May/ip_len_in.idx40.rrd",
                      fs::file_time_type::clock::now() + std::chrono::seconds(5));
  const Response later = Get(kPicture, again);
  EXPECT_EQ(later.status, 200);
  EXPECT_NE(Header(later, "ETag"), Header(first, "ETag"));
}

TEST_F(PageTest, PictureComesFromTheCache) {
  Get(kPicture);
  for (const auto& entry : fs::directory_iterator(settings_.image_dir)) {
    if (entry.path().extension() == ".png") std::ofstream(entry.path()) << "kept";
  }
  EXPECT_EQ(Get(kPicture).body, "kept");
}

TEST_F(PageTest, PictureIsServedWithoutACache) {
  settings_.image_dir = "/nowhere/at/all";
  EXPECT_EQ(Get(kPicture).body.substr(1, 3), "PNG");
  settings_.image_dir = directory_ / "images";
  settings_.cache_size = 0;
  EXPECT_EQ(Get(kPicture).body.substr(1, 3), "PNG");
  EXPECT_EQ(Pictures(settings_.image_dir), 0u);
}

TEST_F(PageTest, CacheIsBoundedAndTouchesNothingElse) {
  const std::string base = "dir=Lab/May&var=ip_len&direction=both&template=idx&view=png&duration=";
  const size_t size = Get(base + "1h").body.size();
  settings_.cache_size = size * 3;
  std::ofstream(fs::path(settings_.image_dir) / "mine.png") << std::string(size * 4, 'x');
  for (const char* duration : {"2h", "3h", "4h", "5h", "6h"}) Get(base + duration);
  EXPECT_LE(Pictures(settings_.image_dir), 4u);
  EXPECT_GE(Pictures(settings_.image_dir), 2u);
  EXPECT_TRUE(fs::exists(fs::path(settings_.image_dir) / "mine.png"));
}

TEST_F(PageTest, CacheFollowsNoLink) {
  Get(kPicture);
  const fs::path victim = directory_ / "victim";
  std::ofstream(victim) << "secret";
  fs::path picture;
  for (const auto& entry : fs::directory_iterator(settings_.image_dir)) {
    if (entry.path().extension() == ".png") picture = entry.path();
  }
  fs::remove(picture);
  fs::create_symlink(victim, picture);
  EXPECT_EQ(Get(kPicture).body.substr(1, 3), "PNG");
  EXPECT_EQ(*ReadFile(victim, 100), "secret");
  EXPECT_FALSE(fs::is_symlink(picture));
}

TEST_F(PageTest, AnswersHaveTheFormOfCgi) {
  const Response response = Get("dir=Lab/May");
  const std::string text = response.Text(true);
  EXPECT_EQ(text.substr(0, 16), "Status: 200 OK\r\n");
  EXPECT_THAT(text, HasSubstr("Content-Length: " + std::to_string(response.body.size()) + "\r\n"));
  EXPECT_EQ(text.substr(text.find("\r\n\r\n") + 4), response.body);
  EXPECT_EQ(response.Text(false).find("<html"), std::string::npos);
  Request style;
  style.path_info = "/style.css";
  EXPECT_EQ(Header(Get("", style), "Content-Type"), "text/css; charset=utf-8");
  style.path_info = "/passwd";
  EXPECT_EQ(Get("", style).status, 404);
}

TEST_F(PageTest, BadConfigurationIsNotShown) {
  const Response response =
      Answer(Request(), absl::InvalidArgumentError("/etc/secret, line 3: bad"), reader_);
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, Not(HasSubstr("secret")));
  EXPECT_THAT(response.log, HasSubstr("line 3"));
}

// An error as in the original, but one that says what is missing, and leads to what there is.
TEST_F(PageTest, OfAMetricOfOneDirectionAnErrorLeadsToThatOne) {
  Make("One", "ip_len_in.idx40.rrd");
  const std::string graph = "dir=One&var=ip_len&template=idx";
  const std::string sentence = "There are no databases of ip_len_out for this kind of graph.";
  const Response picture = Get(graph + "&direction=both&duration=2h&view=png");
  EXPECT_EQ(picture.status, 404);
  EXPECT_THAT(picture.body, HasSubstr(sentence));
  const Response page = Get(graph + "&direction=both");
  EXPECT_EQ(page.status, 404);
  EXPECT_THAT(page.body, HasSubstr(sentence));
  const auto ways = Model(graph + "&direction=both")["ways"];
  ASSERT_EQ(ways.size(), 1u);
  EXPECT_EQ(ways[0]["text"], "Incoming traffic only");
  const std::string way = ways[0]["href"];
  EXPECT_THAT(way, HasSubstr("direction=in"));
  EXPECT_THAT(page.body,
              HasSubstr("<a href=\"" + EscapeHtml(way) + "\">Incoming traffic only</a>"));
  EXPECT_EQ(Get(way.substr(way.find('?') + 1)).status, 200);
  EXPECT_EQ(Get(graph + "&direction=in").status, 200);
  // Nothing is left of what there is: that is the request's mistake.
  EXPECT_EQ(Get(graph + "&direction=in&exclude=ALL").status, 400);
}

}  // namespace
}  // namespace tstat::viewer
