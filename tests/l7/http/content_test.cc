// SPDX-License-Identifier: BSD-3-Clause
#include "l7/http/content.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tstat/tcp_flow.h"

namespace tstat::internal {
namespace {

using namespace http_content;  // NOLINT

ByteReader Bytes(std::string_view text) {
  return ByteReader({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}
// The URL as it stands in a segment; nothing follows it.
uint8_t GetCut(const std::string& url) { return ClassifyGet(Bytes("GET " + url)); }
// With the rest of a request behind it.
uint8_t Get(const std::string& url) {
  return ClassifyGet(Bytes("GET " + url + " HTTP/1.1\r\nAccept: */*\r\nFrom: me@example\r\n\r\n"));
}
uint8_t Post(const std::string& url) {
  return ClassifyPost(Bytes("POST " + url + " HTTP/1.1\r\nAccept: */*\r\n\r\n"));
}

struct Case {
  const char* url;
  uint8_t code;
};

TEST(HttpContent, PlainRulesOfEachLetter) {
  const Case kCases[] = {
      {"/ADSAdClient31.dll", kAdvertisement},
      {"/adj/x", kAdvertisement},
      {"/blog/ajax_x", kSocial},
      {"/Bursting/x", kAdvertisement},
      {"/cbk?output=xml", kGoogleMaps},
      {"/cgi-bin/rsapi.cgi", kRapidShare},
      {"/dialog/oauth?api_key=1", kFacebook},
      {"/e4/flv/x", kFlashVideo},
      {"/feeds/base/x", kYoutubeSite},
      {"/generate_204?x", kYoutube204},
      {"/hls_stream.ts?x", kYoutubeVideo},
      {"/iframe/11?r=1", kFacebook},
      {"/j/1/x", kTwitter},
      {"/kh/v=1", kGoogleMaps},
      {"/liveplay?x", kYoutubeVideo},
      {"/mapfiles/x", kGoogleMaps},
      {"/nktalk/x", kSocial},
      {"/pagead/x", kAdvertisement},
      {"/rsrc.php/x", kFacebook},
      {"/subscribe?host_int=1", kDropbox},
      {"/videoplayback?x", kYoutubeVideo},
      {"/vimeo/v/1", kVimeo},
      {"/wiki/x", kWikipedia},
      {"/_thumbs/x", kFlashVideo},
      {"/467f9bca32b1989x", kFlashVideo},
      {"/1/users/show", kTwitter},
      {"/index.html", kGet},
      {"/", kGet},
      {"http://example.org/wiki/", kGet},
  };
  for (const Case& c : kCases) EXPECT_EQ(Get(c.url), c.code) << c.url;
}

TEST(HttpContent, AUrlCutShortMatchesTheBeginningOfPlainRules) {
  EXPECT_EQ(GetCut("/wik"), kWikipedia);
  EXPECT_EQ(GetCut("/wix"), kGet);
  EXPECT_EQ(GetCut("/"), kGet);  // no second byte: no letter
  EXPECT_EQ(GetCut("/api/sta"), kYoutubeSite);
  EXPECT_EQ(GetCut("/api/stats/"), kGet);  // a quirk: longer ones never match
}

TEST(HttpContent, GatesWithTexts) {
  const Case kCases[] = {
      {"/ajax/chat/buddy_list.php", kFacebook},
      {"/ajax/photos/x", kGet},
      {"/common/image/emoticons/smile", kSocial},
      {"/gadgets/js/rpc?x=1", kSocial},
      {"/i/abcdefghij1234567890ab/1.jpg", kYoutubeSite},
      {"/maps/gen_204?x", kGoogleMaps},
      {"/mapslt?lyrs=m", kGoogleMaps},
      {"/plugins/like.php?href=x", kFacebook},
      {"/pages/user/1", kSocial},
      {"/poczta/7", kSocial},
      {"/poczta/inbox", kSocial},
      {"/profile/sledzik/1", kSocial},
      {"/RealMedia/ads/adstream_sx.ads/x", kAdvertisement},
      {"/vi/dQw4w9WgXcQ/default.jpg", kYoutubeSite},
      {"/vi/dQw4w9WgXcQ/0.jpg", kYoutubeSite},
      {"/vi/dQw4w9WgXcQ/9.jpg", kGet},
      {"/widgets/like.php?x", kFacebook},
      {"/widgets/tweet_button.html", kTwitter},
      {"/widgets.js?_=1", kTwitter},
      {"/yt/img/x.png", kYoutubeSite},
  };
  for (const Case& c : kCases) EXPECT_EQ(Get(c.url), c.code) << c.url;
}

TEST(HttpContent, GatesWithDigits) {
  const Case kCases[] = {
      {"/albums_list/123456", kSocial},
      {"/albums_list/12345x", kGet},
      {"/friends_online_list/123456", kSocial},
      {"/friends_list/123456", kSocial},
      {"/online_list/123456", kSocial},
      {"/object12/45/7", kFacebook},
      {"/profile_images/12345678/x.png", kTwitter},
      {"/v12/34/567/8", kSocial},
  };
  for (const Case& c : kCases) EXPECT_EQ(Get(c.url), c.code) << c.url;
}

TEST(HttpContent, EmbeddedYoutube) {
  EXPECT_EQ(Get("/embed/dQw4w9WgXcQ?rel=0"), kYoutubeEmbedded);
  EXPECT_EQ(Get("/embed/dQw4w9WgXcQ"), kYoutubeEmbedded);
  EXPECT_EQ(Get("/embed/dQw4w9WgXcQx"), kGet);
  EXPECT_EQ(Get("/v/dQw4w9WgXcQ&hl=en"), kYoutubeEmbedded);
  EXPECT_EQ(Get("/v/1234567890/x"), kGet);  // the gate keeps later rules away
}

TEST(HttpContent, FileHosts) {
  EXPECT_EQ(Get("/files/0123abcdef/x"), kMegaUpload);
  EXPECT_EQ(Get("/files/0123456789/x"), kRapidShare);
  EXPECT_EQ(Get("/files/hello"), kGet);
  EXPECT_EQ(Get("/get/abcd1234/12345678/x"), kHotfile);
  EXPECT_EQ(Get("/get/abcd1234/x"), kStorage);
  EXPECT_EQ(Get("/dl/" + std::string(32, 'a') + "/12345678/x"), kFlashVideo);
  EXPECT_EQ(Get("/" + std::string(40, 'a')), kMegaUpload);
  EXPECT_EQ(Get("/" + std::string(39, 'a') + "g"), kGet);
  EXPECT_EQ(Get("/abcdefghijkg/abcdefghijk/file.zip"), kMediaFire);
  EXPECT_EQ(Get("/abcdefghijkg/abcdefghijk/file/zip"), kGet);
}

TEST(HttpContent, Netflix) {
  EXPECT_EQ(Get("/range/0-65535?o=AQE"), kNetflix);
  EXPECT_EQ(Get("/range/0-65535?x=AQE"), kGet);
  EXPECT_EQ(Get("/?o=AQE"), kNetflix);
}

TEST(HttpContent, NumericUrls) {
  EXPECT_EQ(Get("/123456789/picture?type=square"), kFacebook);
  EXPECT_EQ(Get("/1234567/picture?type=square"), kGet);
  EXPECT_EQ(Get("/2345/4567890123_0123456789_m.jpg"), kFlickr);
  EXPECT_EQ(Get("/23/456/7890.mp4?aktimeoffset=0"), kVimeo);
  EXPECT_EQ(Get("/23456/thumb/x.jpg"), kSocial);
  EXPECT_EQ(Get("/0123/club/x"), kSocial);
  EXPECT_EQ(Get("/x/123/false/p_1"), kFacebook);
  EXPECT_EQ(Get("/x/123/456/true/p_1"), kFacebook);
  EXPECT_EQ(Get("/x/123/abc/true/p_1"), kGet);
}

TEST(HttpContent, VersionedFilesAndGalleries) {
  EXPECT_EQ(Get("/style/main.css:1a2f"), kSocial);
  EXPECT_EQ(Get("/script/main.js:1a2f"), kSocial);
  EXPECT_EQ(Get("/script/main.js:1a2"), kGet);
  EXPECT_EQ(Get("/gallery/123/456"), kSocial);
  EXPECT_EQ(Get("/gallery/123456"), kGet);
}

TEST(HttpContent, AnyUrl) {
  EXPECT_EQ(Get("/photos-of-ak-snc1/x.jpg"), kGet);
  EXPECT_EQ(Get("/photo-ak-snc1/x.jpg"), kFacebook);
  EXPECT_EQ(Get("/en_US/all.js"), kFacebook);
}

TEST(HttpContent, PostRules) {
  const Case kCases[] = {
      {"/ajax/x", kFacebook},
      {"/accept/12345", kSocial},
      {"/CLOSE/1", kRtmpt},
      {"/gateway/gateway.dll?Action=poll", kMsn},
      {"/open/1", kRtmpt},
      {"/OPEN/1", kRtmpt},
      {"/files/12345678", kRapidShare},
      {"/profile/7", kSocial},
      {"/search.json?q=x", kTwitter},
      {"/video_info_ajax?x", kYoutubeSite},
      {"/", kPost},
      {"/ipp/", kPost},
      {"*", kPost},
  };
  for (const Case& c : kCases) EXPECT_EQ(Post(c.url), c.code) << c.url;
}

TEST(HttpContent, HistogramIndexAndWebCategory) {
  EXPECT_EQ(HttpHistogramIndex(kYoutube204Video), 4);
  EXPECT_EQ(HttpHistogramIndex(kTwitter), 16);
  EXPECT_EQ(HttpHistogramIndex(kDropbox), 0);
  constexpr uint8_t kByCode[] = {0,  1,  2,  3,  4,  5,  6,  7, 8, 9,  10, 11, 12, 13,
                                 14, 15, 16, 17, 18, 19, 20, 4, 4, 15, 15, 16, 0,  0};
  for (uint8_t code = 0; code < std::size(kByCode); ++code) {
    EXPECT_EQ(HttpHistogramIndex(code), kByCode[code]) << int{code};
  }
  EXPECT_EQ(WebCategory(kPost, false), 1);
  EXPECT_EQ(WebCategory(kPost, true), 4);
  EXPECT_EQ(WebCategory(kNetflix, true), 7);
  EXPECT_EQ(WebCategory(kFacebook, true), 5);
  EXPECT_EQ(WebCategory(kHotfile, false), 2);
  EXPECT_EQ(WebCategory(kYoutubeEmbedded, false), 6);
}

}  // namespace
}  // namespace tstat::internal
