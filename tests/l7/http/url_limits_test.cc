// SPDX-License-Identifier: BSD-3-Clause
//
// URL rules at their edges: the shortest URL of each, every digit that it asks for, how far a part
// may stand from the start.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "l7/http/content.h"
#include "l7/tcp_layer7_flow.h"

namespace tstat::internal {
namespace {

using namespace http_content;  // NOLINT

uint8_t Code(const std::string& request, uint8_t (*classify)(ByteReader)) {
  return classify(ByteReader({reinterpret_cast<const uint8_t*>(request.data()), request.size()}));
}
// Of a segment that ends with the URL.
uint8_t Get(const std::string& url) { return Code("GET " + url, ClassifyGet); }
uint8_t Post(const std::string& url) { return Code("POST " + url, ClassifyPost); }

// `url` and as many other bytes as it takes to be `size` long.
std::string Padded(std::string url, size_t size) {
  url.resize(std::max(size, url.size()), ' ');
  return url;
}

struct Rule {
  std::string url;
  size_t shortest;  // URL that the rule looks at
  uint8_t code;
};

TEST(UrlLimits, ShortestUrlOfEachGetRule) {
  const std::string id = "dQw4w9WgXcQ", x8 = "abcdefgh", x16 = x8 + x8;
  const std::vector<Rule> kRules = {
      {"/ajax/chat/", 11, kFacebook},
      {"/albums_list/123456", 20, kSocial},
      {"/common/image/flash/", 31, kSocial},
      {"/dl/" + x16 + x16 + "/" + x8 + "/", 47, kFlashVideo},
      {"/embed/" + id + "?", 20, kYoutubeEmbedded},
      {"/friends_online_list/123456", 28, kSocial},
      {"/friends_list/123456", 21, kSocial},
      {"/flv/" + x16 + x16 + "/", 39, kFlashVideo},
      {"/files/12345678", 16, kRapidShare},
      {"/get/abcd1234/12345678/", 24, kHotfile},
      {"/get/abcd1234/12345678x", 24, kStorage},
      {"/gadgets/ifr?", 22, kSocial},
      {"/gallery/123/456", 26, kSocial},
      {"/i/abcdefg" + x16 + "1.jpg", 32, kYoutubeSite},
      {"/maps/vp?", 17, kGoogleMaps},
      {"/online_list/123456", 20, kSocial},
      {"/object12/45/7", 15, kFacebook},
      {"/plugins/like.php?", 30, kFacebook},
      {"/profile_images/12345678", 25, kTwitter},
      {"/pages/user/", 23, kSocial},
      {"/poczta/inbox", 17, kSocial},
      {"/poczta/7", 17, kSocial},
      {"/profile/card", 27, kSocial},
      {"/RealMedia/ads/cap.cgi", 24, kAdvertisement},
      {"/range/0-65535?o=A", 45, kNetflix},
      {"/u/abcdefg" + x16 + "watch_", 34, kYoutubeSite},
      {"/vi/" + id + "/0.jpg", 30, kYoutubeSite},
      {"/v/" + id + "?", 16, kYoutubeEmbedded},
      {"/vabcdef/flyers/", 17, kFacebook},
      {"/vabcde/flyers/", 16, kFacebook},
      {"/v12/4567/901", 13, kSocial},
      {"/widgets/hub.", 23, kTwitter},
      {"/widgets/fan.php?", 23, kFacebook},
      {"/widgets.js?_=", 49, kTwitter},
      {"/x/1/true/p_", 17, kFacebook},
      {"/yt/jsbin/x", 11, kYoutubeSite},
      {"/0123/club/", 13, kSocial},
      {"/0123/user/", 13, kSocial},
      {"/0123/listing/", 16, kSocial},
      {"/1/statuses/", 3, kTwitter},
      {"/?o=A", 6, kNetflix},
      {"/23456/thumb/", 26, kSocial},
      {"/abcde-ak-", 15, kFacebook},
      {"/abcdefgh-ak-", 15, kFacebook},
      {"/en_US/all.js", 15, kFacebook},
      {"/abcdefghijkg/abcdefghijk/file.zip", 37, kMediaFire},
      {"/abcdefghijkg/abcdefghijk1234/file", 37, kMediaFire},
      {"/" + std::string(40, 'a'), 44, kMegaUpload},
  };
  for (const Rule& rule : kRules) {
    const std::string url = Padded(rule.url, rule.shortest);
    EXPECT_EQ(Get(url.substr(0, rule.shortest)), rule.code) << rule.url;
    EXPECT_EQ(Get(url.substr(0, rule.shortest - 1)), kGet) << rule.url;
  }
}

TEST(UrlLimits, ShortestUrlOfEachPostRule) {
  const std::vector<Rule> kRules = {
      {"/accept/12345", 13, kSocial},       {"/invite/12345", 13, kSocial},
      {"/files/12345678", 16, kRapidShare}, {"/profile/7", 27, kSocial},
      {"/profile/edit ", 27, kSocial},      {"/pages/user/", 23, kSocial},
  };
  for (const Rule& rule : kRules) {
    const std::string url = Padded(rule.url, rule.shortest);
    EXPECT_EQ(Post(url), rule.code) << rule.url;
    EXPECT_EQ(Post(url.substr(0, rule.shortest - 1)), kPost) << rule.url;
  }
}

// Each digit counts, and the byte behind the last one does not.
TEST(UrlLimits, EveryDigitIsAskedFor) {
  const std::vector<Rule> kRules = {
      {"/albums_list/123456", 6, kSocial},  {"/friends_online_list/123456", 6, kSocial},
      {"/friends_list/123456", 6, kSocial}, {"/online_list/123456", 6, kSocial},
      {"/object1/3/567", 7, kFacebook},     {"/profile_images/12345678", 8, kTwitter},
      {"/v12/4567/90", 10, kSocial},
  };
  for (const Rule& rule : kRules) {
    const std::string good = Padded(rule.url, 30);
    EXPECT_EQ(Get(good), rule.code) << good;
    for (size_t i = rule.url.size() - rule.shortest; i < rule.url.size(); ++i) {
      std::string bad = good;
      bad[i] = 'x';
      EXPECT_EQ(Get(bad), kGet) << bad;
    }
    std::string longer = good;
    longer[rule.url.size()] = 'x';
    EXPECT_EQ(Get(longer), rule.code) << longer;
  }
  for (const std::string url : {"/accept/12345", "/invite/12345"}) {
    for (size_t i = 8; i < 13; ++i) {
      std::string bad = url;
      bad[i] = 'x';
      EXPECT_EQ(Post(bad), kPost) << bad;
    }
  }
}

// Identifiers of videos have eleven characters, and end.
TEST(UrlLimits, EmbeddedVideos) {
  for (const std::string start : {"/embed/", "/v/"}) {
    for (const char end : {' ', '&', '?'}) {
      EXPECT_EQ(Get(start + "dQw4w9WgX_-" + end + "rel=0"), kYoutubeEmbedded) << start << end;
    }
    for (size_t i = 0; i < 11; ++i) {
      std::string id = "dQw4w9WgXcQ";
      id[i] = '.';
      EXPECT_EQ(Get(start + id + "?rel=0"), kGet) << start << id;
    }
    EXPECT_EQ(Get(start + "dQw4w9WgXcQ/rel=0"), kGet);
  }
}

// MegaUpload: more than eight hexadecimal digits that are no number, up to a slash or the end.
TEST(UrlLimits, NamesOfFiles) {
  EXPECT_EQ(Get("/files/12345678a/"), kMegaUpload);
  EXPECT_EQ(Get("/files/1234567a/x"), kGet);  // eight
  EXPECT_EQ(Get("/files/12345678a"), kMegaUpload);
  EXPECT_EQ(Get("/files/1234567890a.zip"), kRapidShare);
  for (size_t i = 7; i < 15; ++i) {
    std::string url = "/files/12345678 x";
    url[i] = 'x';
    EXPECT_EQ(Get(url), kGet) << url;
  }
  for (size_t i = 5; i < 13; ++i) {
    std::string url = "/get/abcd1234/12345678/x";
    url[i] = '.';
    EXPECT_EQ(Get(url), kGet) << url;
  }
}

// "/[0-9]{8,15}/picture[?/ ]" within the first 30 bytes.
TEST(UrlLimits, FacebookPictures) {
  const auto code = [](const std::string& url) { return Get(Padded(url, 40)); };
  EXPECT_EQ(code("/1234567/picture?"), kGet);
  EXPECT_EQ(code("/12345678/picture?"), kFacebook);
  EXPECT_EQ(code("/123456789012345/picture?"), kFacebook);
  EXPECT_EQ(code("/1234567890123456/picture?"), kGet);
  for (const char after : {'?', '/', ' '}) {
    EXPECT_EQ(code("/123456789/picture" + std::string(1, after) + "x"), kFacebook) << after;
  }
  EXPECT_EQ(code("/123456789/pictures"), kGet);
  EXPECT_EQ(code("/123456789/pictura?"), kGet);
  EXPECT_EQ(code("/12345678901/12345678/picture?"), kFacebook);  // ends with byte 30
  EXPECT_EQ(code("/123456789012/12345678/picture?"), kGet);
}

// Server, photo identifier of nine digits or more, ten digits of the secret.
TEST(UrlLimits, FlickrImages) {
  const auto code = [](const std::string& url) { return Get(Padded(url, 40)); };
  for (const std::string server : {"/23/", "/234/", "/2345/"}) {
    EXPECT_EQ(code(server + "123456789_0123456789"), kFlickr) << server;
  }
  EXPECT_EQ(code("/23456/123456789_0123456789"), kGet);
  EXPECT_EQ(code("/234/12345678_0123456789"), kGet);
  EXPECT_EQ(code("/234/12345678901234_0123456789"), kFlickr);  // "_" is byte 20
  EXPECT_EQ(code("/234/123456789012345_0123456789"), kGet);
  EXPECT_EQ(code("/234/123456789-0123456789"), kGet);
  EXPECT_EQ(code("/234/x123456789_0123456789"), kGet);
  for (size_t i = 0; i < 10; ++i) {
    std::string secret = "01234abcde";
    secret[i] = 'g';
    EXPECT_EQ(code("/234/123456789_" + secret), kGet) << secret;
  }
}

// How far from the start the end of the numbers may be.
TEST(UrlLimits, NumbersBeforeATellingPart) {
  const auto digits = [](size_t n) { return std::string(n, '7'); };
  const auto code = [](const std::string& url) { return Get(Padded(url, 60)); };
  for (const std::string part : {".mp4?ak", ".mp4?token"}) {
    EXPECT_EQ(code("/77" + part), kVimeo);
    EXPECT_EQ(code("/" + digits(21) + part), kVimeo);
    EXPECT_EQ(code("/" + digits(22) + part), kGet);
  }
  for (const std::string part : {"thumb/", "other/", "main/"}) {
    EXPECT_EQ(code("/7/" + part), kGet);  // the second byte is no digit
    EXPECT_EQ(code("/77" + part), kSocial);
    EXPECT_EQ(code("/" + digits(14) + part), kSocial);
    EXPECT_EQ(code("/" + digits(15) + part), kGet);
  }
  for (const std::string flag : {"/false/p_", "/true/p_"}) {
    EXPECT_EQ(code("/x/" + digits(10) + flag), kFacebook);
    EXPECT_EQ(code("/x/" + digits(11) + flag), kGet);
    EXPECT_EQ(code("/x/7/" + digits(19) + flag), kFacebook);
    EXPECT_EQ(code("/x/7/" + digits(20) + flag), kGet);
  }
  EXPECT_EQ(code("/range/" + digits(32) + "?o=A"), kNetflix);
  EXPECT_EQ(code("/range/" + digits(33) + "?o=A"), kGet);
  EXPECT_EQ(code("/gallery/7/" + digits(12)), kSocial);
  EXPECT_EQ(code("/gallery/7/" + digits(13)), kGet);
  EXPECT_EQ(code("/gallery/7/" + digits(3) + "/"), kGet);
}

TEST(UrlLimits, PartsOfAnyUrl) {
  const std::string x = "abcdefghijk";
  for (size_t at = 5; at <= 10; ++at) {
    EXPECT_EQ(Get("/" + x.substr(0, at - 1) + "-ak-snc1/x.jpg"),
              at >= 6 && at <= 9 ? kFacebook : kGet)
        << at;
  }
  for (size_t i = 1; i <= 11; ++i) {
    for (const char separator : {'/', '_'}) {
      std::string url = "/abcdefghijkg/abcdefghijk/file.zip  ";
      url[i] = separator;
      EXPECT_EQ(Get(Padded(url, 60)), kGet) << url;
    }
  }
  for (size_t i = 14; i < 25; ++i) {
    for (const char separator : {'/', ' '}) {
      std::string url = "/abcdefghijkg/abcdefghijk/file.zip  ";
      url[i] = separator;
      EXPECT_EQ(Get(Padded(url, 60)), kGet) << url;
    }
  }
  for (size_t i = 1; i <= 40; ++i) {
    std::string url = "/" + std::string(40, 'a');
    url[i] = 'A';
    EXPECT_EQ(Get(Padded(url, 60)), kGet) << url;
  }
}

// A colon, four hexadecimal digits, a blank, behind the directory.
TEST(UrlLimits, VersionsOfFiles) {
  EXPECT_EQ(Get("/style/:1a2f x"), kSocial);
  EXPECT_EQ(Get("/script/:1a2f "), kSocial);
  EXPECT_EQ(Get("/script/:1a2f"), kGet);
  for (size_t i = 1; i <= 5; ++i) {
    std::string version = ":1a2f ";
    version[i] = 'x';
    EXPECT_EQ(Get("/style/main" + version), kGet) << version;
  }
}

}  // namespace
}  // namespace tstat::internal
