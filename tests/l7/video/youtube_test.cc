// SPDX-License-Identifier: BSD-3-Clause
//
// Parameters of YouTube URLs, with examples checked with Tstat.
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "l7/video/youtube_id.h"
#include "l7/video/youtube_url.h"

namespace tstat::internal {
namespace {

constexpr std::string_view kRest = " HTTP/1.1\r\nHost: x\r\n\r\n";

YoutubeRequest Parse(std::string_view url) {
  return ParseYoutubeUrl(std::string(url) + std::string(kRest));
}

// "id itag seek mode count mobile stream"
std::string Printed(const YoutubeRequest& r) {
  const auto or_dashes = [](const auto& text) {
    return text.empty() ? "--" : std::string(text.view());
  };
  std::string out = or_dashes(r.id) + " " + or_dashes(r.itag);
  for (int32_t v : {r.seek_ms, r.redirect_mode, r.redirect_count, r.mobile, r.stream}) {
    out += " " + std::to_string(v);
  }
  return out;
}

TEST(YoutubeUrlTest, PlaybackParameters) {
  EXPECT_EQ(Printed(Parse("/videoplayback?itag=34&begin=100&id=0123456789abcdef&st=lc&"
                          "redirect_counter=3")),
            "0123456789abcdef 34 100 6 4 0 0");
  EXPECT_EQ(Printed(Parse("/videoplayback?key=yt1&app=youtube_gdata&client=mvapp-android-x")),
            "-- -- 0 0 0 3 0");
  EXPECT_EQ(Printed(Parse("/videoplayback?key=yt5&client=iPhone")), "-- -- 0 0 0 0 0");
  EXPECT_EQ(Printed(Parse("/videoplayback?key=yta2")), "-- -- 0 0 0 1 0");
  EXPECT_EQ(Printed(Parse("/videoplayback?key=yta2&client=ytapi-apple-x")), "-- -- 0 0 0 2 0");
  EXPECT_EQ(Printed(Parse("/videoplayback?key=yta2&androidcid=1")), "-- -- 0 0 0 3 0");
  EXPECT_EQ(Printed(Parse("/videoplayback?itag=34567&begin=1234567890123")),
            "-- 3456 123456789 0 0 0 0");
  EXPECT_EQ(Printed(Parse("/generate_204?id=0123456789abcdef&itag=5&")),
            "0123456789abcdef 5 0 0 0 0 0");
}

TEST(YoutubeUrlTest, AParameterNeedsItsEnd) {
  EXPECT_EQ(Printed(ParseYoutubeUrl("/videoplayback?itag=34")), "-- -- 0 0 0 0 0");
  EXPECT_EQ(Printed(Parse("/videoplayback?xitag=34&itag=5x&itag=6&")), "-- 6 0 0 0 0 0");
  // Also from the header lines.
  EXPECT_EQ(
      Printed(ParseYoutubeUrl("/videoplayback?a HTTP/1.1\r\nReferer: http://y/?itag=7&b\r\n")),
      "-- 7 0 0 0 0 0");
  EXPECT_EQ(Printed(ParseYoutubeUrl(std::string_view("/videoplayback?a\0&itag=7&", 25))),
            "-- -- 0 0 0 0 0");
  const std::string id46 = "o-" + std::string(43, 'a') + "_";
  EXPECT_EQ(Parse("/videoplayback?id=" + id46 + "&").id.view(), id46);
  EXPECT_EQ(Parse("/videoplayback?id=" + id46 + "x&").id.view(), "");
}

TEST(YoutubeUrlTest, Redirections) {
  const auto redirection = [](std::string_view parameters) {
    const YoutubeRequest r = Parse("/videoplayback?" + std::string(parameters));
    return std::to_string(r.redirect_mode) + " " + std::to_string(r.redirect_count);
  };
  EXPECT_EQ(redirection(""), "0 0");
  EXPECT_EQ(redirection("redirect_counter=2"), "1 2");
  EXPECT_EQ(redirection("redirect_counter=2&st=tcts"), "2 3");
  EXPECT_EQ(redirection("redirect_counter=2&st=nx"), "3 3");
  EXPECT_EQ(redirection("st=lc"), "4 1");
  EXPECT_EQ(redirection("st=nx"), "5 1");
  EXPECT_EQ(redirection("redirect_counter=2&st=lc"), "6 3");
  EXPECT_EQ(redirection("st=tcts"), "6 1");
  EXPECT_EQ(redirection("st=zz"), "0 0");
  EXPECT_EQ(redirection("redirect_counter=123456"), "1 1234");
}

TEST(YoutubeUrlTest, PlaybackPath) {
  EXPECT_EQ(Printed(Parse("/videoplayback/id/dQw4w9WgXcQ.1/itag/92/source/yt_live_broadcast/"
                          "key/dg_yt0/")),
            "dQw4w9WgXcQ 92 0 0 0 0 2");
  EXPECT_EQ(Printed(Parse("/videoplayback/id/0123456789abcdef/itag/92/source/youtube/key/dg_yt0/")),
            "0123456789abcdef 92 0 0 0 2 1");
  EXPECT_EQ(Printed(Parse("/videoplayback/x?key=dg_yt0&androidcid=5")), "-- -- 0 0 0 3 3");
}

TEST(YoutubeUrlTest, Streams) {
  EXPECT_EQ(Printed(Parse("/hls_stream.ts?itag=92&id=dQw4w9WgXcQ")), "dQw4w9WgXcQ 92 0 0 0 0 4");
  EXPECT_EQ(Printed(Parse("/liveplay?id=0123456789abcdef&x")), "0123456789abcdef -- 0 0 0 0 5");
}

TEST(YoutubeUrlTest, Pages) {
  EXPECT_EQ(Parse("/watch?v=dQw4w9WgXcQ").id.view(), "dQw4w9WgXcQ");
  EXPECT_EQ(Parse("/watch?v=abc").id.view(), "");
  EXPECT_EQ(Parse("/watch#!v=dQw4w9WgXcQ&x").id.view(), "dQw4w9WgXcQ");
  EXPECT_EQ(Parse("/embed/dQw4w9WgXcQ?x").id.view(), "dQw4w9WgXcQ");
  EXPECT_EQ(Parse("/v/dQw4w9WgXcQ").id.view(), "dQw4w9WgXcQ");
  EXPECT_EQ(Parse("/feeds/api/videos/dQw4w9WgXcQ").id.view(), "dQw4w9WgXcQ");
  EXPECT_EQ(Parse("/feeds/api/users/dQw4w9WgXcQ").id.view(), "");
  EXPECT_EQ(Parse("/get_video_info?a=b&video_id=dQw4w9WgXcQ&c").id.view(), "dQw4w9WgXcQ");
  EXPECT_EQ(Parse("/get_video_info?" + std::string(200, 'a') + "&video_id=dQw4w9WgXcQ&").id.view(),
            "");
  EXPECT_EQ(ParseYoutubeUrl("/watch?v=dQw4w9WgXcQ").id.view(), "");  // 20 bytes
  EXPECT_EQ(Printed(ParseYoutubeUrl("")), "-- -- 0 0 0 0 0");
}

TEST(YoutubeIdTest, BothWays) {
  EXPECT_EQ(YoutubeIdToHex("dQw4w9WgXcQ").view(), "750c38c3d5a05dc4");
  EXPECT_EQ(YoutubeIdFromHex("750c38c3d5a05dc4").view(), "dQw4w9WgXcQ");
  EXPECT_EQ(YoutubeIdFromHex("0123456789abcdef").view(), "ASNFZ4mrze8");
  EXPECT_EQ(YoutubeIdToHex("___________").view(), "ffffffffffffffff");
}

}  // namespace
}  // namespace tstat::internal
