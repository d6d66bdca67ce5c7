// SPDX-License-Identifier: BSD-3-Clause
//
// URL rules of GET requests. Tables by the URL's second byte; the tests that do not fit a table row
// stand before them.
#include <algorithm>
#include <optional>

#include "l7/http/content.h"
#include "l7/http/url_rule.h"
#include "l7/http/url_texts.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {
namespace {

using namespace http_content;  // NOLINT: the code names make the tables

// The first index in [first, last] whose byte is not `in`; nullopt if there is none.
template <bool (*kIn)(uint8_t)>
std::optional<size_t> FirstNot(ByteReader url, size_t first, size_t last) {
  for (size_t i = first; i <= last && i < url.size(); ++i) {
    if (!kIn(url.U8(i))) return i;
  }
  return std::nullopt;
}
bool IsDigitOrDash(uint8_t c) { return IsDigit(c) || c == '-'; }
bool EndsIdentifier(uint8_t c) { return c == ' ' || c == '&' || c == '?'; }

// --- tests of single rules

// "/embed/" and "/v/" with an 11-character video identifier.
template <size_t kFirst>
uint8_t EmbeddedVideo(ByteReader url) {
  return EndsIdentifier(url.U8(kFirst + 11)) && AllOf<IsIdentifier>(url, kFirst, kFirst + 10)
             ? kYoutubeEmbedded
             : kNoRule;
}

uint8_t Dl(ByteReader url) {
  return url.U8(36) == '/' && url.U8(45) == '/' ? kFlashVideo : kNoRule;
}

// R1: MegaUpload's names are hexadecimal, RapidShare's decimal.
uint8_t Files(ByteReader url) {
  size_t i = 7;
  bool decimal = true;
  for (; i < url.size() && IsHex(url.U8(i)); ++i) decimal = decimal && IsDigit(url.U8(i));
  const bool ended = i >= url.size() || url.U8(i) == '/';
  if (ended && i > 15 && !decimal) return kMegaUpload;
  return AllOf<IsDigit>(url, 7, 14) ? kRapidShare : kNoRule;
}

uint8_t Get(ByteReader url) {
  if (!AllOf<IsAlphanumeric>(url, 5, 12)) return kNoRule;
  return url.U8(22) == '/' ? kHotfile : kStorage;
}

// R2.
uint8_t Gallery(ByteReader url) {
  size_t i = 9;
  bool slash = false;
  for (; i < 24 && IsDigitOrSlash(url.U8(i)); ++i) slash = slash || url.U8(i) == '/';
  return i <= 23 && url.U8(i) == ' ' && slash && IsDigit(url.U8(i - 1)) ? kSocial : kNoRule;
}

// R3: a colon, four hexadecimal digits and a blank.
template <size_t kStart>
uint8_t Versioned(ByteReader url) {
  if (url.size() < 6) return kNoRule;
  for (size_t i = kStart; i <= url.size() - 6; ++i) {
    if (url.U8(i) != ':') continue;
    return AllOf<IsHex>(url, i + 1, i + 4) && url.U8(i + 5) == ' ' ? kSocial : kNoRule;
  }
  return kNoRule;
}

// R4: one or two numbers, then a flag and a page.
uint8_t FacebookChannel(ByteReader url) {
  const auto flag_at = [url](size_t i) {
    return PlainMatch(url, i, "/false/p_") || PlainMatch(url, i, "/true/p_");
  };
  const std::optional<size_t> first = FirstNot<IsDigit>(url, 3, 13);
  if (!first || url.U8(*first) != '/') return kNoRule;
  if (flag_at(*first)) return kFacebook;
  const std::optional<size_t> second = FirstNot<IsDigit>(url, *first + 1, 24);
  return second && url.U8(*second) == '/' && flag_at(*second) ? kFacebook : kNoRule;
}

uint8_t NetflixRange(ByteReader url) {
  const std::optional<size_t> i = FirstNot<IsDigitOrDash>(url, 7, 39);
  return i && url.StartsWith("?o=A", *i) ? kNetflix : kNoRule;
}

uint8_t TwitterScript(ByteReader url) {
  return url.StartsWith("?_=", 11) || url.StartsWith("Host: platform.twitter.com", 22) ? kTwitter
                                                                                       : kNoRule;
}

constexpr std::string_view kFacebookWidgets[] = {"comments.php?", "fan.php?", "like.php?"};
constexpr std::string_view kTwitterWidgets[] = {"follow_button", "hub.", "images/f.gif?",
                                                "images/t.gif?", "tweet_button."};
uint8_t Widgets(ByteReader url) {
  const uint8_t code = OneOf<kFacebookWidgets, 9, kFacebook>(url);
  return code != kNoRule ? code : OneOf<kTwitterWidgets, 9, kTwitter>(url);
}

constexpr std::string_view kMailTexts[] = {"choose", "compose", "inbox", "outbox", "null", "trash"};
uint8_t Mail(ByteReader url) {
  return IsDigit(url.U8(8)) ? kSocial : OneOf<kMailTexts, 8, kSocial>(url);
}

// R5: the regular expression "/[0-9]{8,15}/picture[?/ ]" in the first 30 bytes, which end at a NUL.
bool IsFacebookPicture(ByteReader url) {
  constexpr std::string_view kPicture = "/picture";
  ByteReader head = url.Sub(0, 30);
  for (size_t i = 0; i < head.size() && head.U8(i) != 0; ++i) {
    if (head.U8(i) != '/') continue;
    size_t end = i + 1;
    while (IsDigit(head.U8(end))) ++end;
    const size_t digits = end - i - 1;
    if (digits < 8 || digits > 15 || !head.StartsWith(kPicture, end)) continue;
    const uint8_t after = head.U8(end + kPicture.size());
    if (after == '?' || after == '/' || after == ' ') return true;
  }
  return false;
}

// R6: server, photo identifier and secret of a Flickr image.
bool IsFlickr(ByteReader url) {
  const std::optional<size_t> slash = FirstNot<IsDigit>(url, 3, 5);
  if (!slash || url.U8(*slash) != '/') return false;
  size_t i = *slash + 1;
  while (IsDigit(url.U8(i))) ++i;
  if (i - *slash - 1 < 9 || url.U8(i) != '_' || i >= 20) return false;
  return AllOf<IsHex>(url, i + 1, i + 10);
}

// R7.
bool IsVimeo(ByteReader url) {
  const std::optional<size_t> i = FirstNot<IsDigitOrSlash>(url, 3, 22);
  return i && (PlainMatch(url, *i, ".mp4?ak") || PlainMatch(url, *i, ".mp4?token"));
}

// R8.
bool IsSocialImage(ByteReader url) {
  const std::optional<size_t> i = FirstNot<IsDigitOrSlash>(url, 3, 15);
  return i && (PlainMatch(url, *i, "thumb/") || PlainMatch(url, *i, "other/") ||
               PlainMatch(url, *i, "main/"));
}

uint8_t Numbers(ByteReader url) {
  if (!IsDigit(url.U8(2))) return kNoRule;
  if (IsFacebookPicture(url)) return kFacebook;
  if (IsFlickr(url)) return kFlickr;
  if (IsVimeo(url)) return kVimeo;
  return IsSocialImage(url) ? kSocial : kNoRule;
}

// --- tables

constexpr std::string_view kAjaxTexts[] = {
    "apps/usage_update.php",
    "browse_history.php",
    "chat/",
    "composer/",
    "ct.php?",
    "ego_height.php",
    "f2.php?",
    "feed/",
    "f.php?",
    "gigaboxx/",
    "hovercard/",
    "home/",
    "intent.php",
    "like/participants.php",
    "log_ticker_render.php",
    "nectar.php",
    "nectar_photos.php",
    "notes_upload_ajax.php",
    "notifications/",
    "presence/",
    "profile/",
    "pagelet/generic.php",
    "recent_pics.php",
    "share_dialog.php",
    "stream/profile.php",
    "typeahead",
    "video/",
};
uint8_t Ajax(ByteReader url) {
  const uint8_t code = OneOfPlain<kAjaxTexts, 6, kFacebook>(url);
  if (code != kNoRule) return code;
  // Only ever seen in URLs cut there: the comparison was made with too many bytes (a quirk).
  return url.size() <= 12 && PlainMatch(url, 6, "photos") ? kFacebook : kNoRule;
}

constexpr UrlRule kUpperA[] = {Plain("/ADSAdClient", kAdvertisement)};
constexpr UrlRule kA[] = {
    // Longer URLs never matched, as the comparison was made with too many bytes (a quirk).
    PlainShorterThan(11, "/api/stats/", kYoutubeSite),
    Plain("/ads3/flyers/", kFacebook),
    Plain("/ads2/flyers/", kFacebook),
    Plain("/ads-ak-snc", kFacebook),
    Plain("/album.php?", kFacebook),
    Plain("/apps/application.php", kFacebook),
    Plain("/ai.php?aed=", kFacebook),
    Plain("/adj/", kAdvertisement),
    Plain("/ajax_boxes/last_photos", kSocial),
    Gate(10, "/ajax/", Ajax),
    Gate(19, "/albums_list/", Digits<13, 18, kSocial>),
};
constexpr UrlRule kB[] = {Plain("/blog/ajax_", kSocial)};
constexpr UrlRule kUpperB[] = {Plain("/Bursting", kAdvertisement)};

constexpr std::string_view kImageTexts[] = {"albums/",    "card/",     "clearbox/",
                                            "emoticons/", "facelift/", "flash/",
                                            "icon_",      "logo_",     "share/"};
constexpr UrlRule kC[] = {
    Plain("/cgi-bin/rsapi.cgi", kRapidShare),
    Plain("/cgi-bin/m?ci=", kAdvertisement),
    Plain("/cgi-bin/m?rnd=", kAdvertisement),
    Plain("/cgi-bin/count?cid=", kAdvertisement),
    Plain("/cgi-bin/count?url=", kAdvertisement),
    Plain("/cgi-bin/count?rnd=", kAdvertisement),
    Plain("/cbk?output=", kGoogleMaps),
    Plain("/connect.php/", kFacebook),
    Plain("/connect/connect.php", kFacebook),
    Plain("/connect/xd_proxy.php", kFacebook),
    Plain("/connect/xd_arbiter/", kFacebook),
    Plain("/connect/xd_arbiter.php", kFacebook),
    Plain("/cfs-ak-", kFacebook),
    Plain("/cfs-l3-", kFacebook),
    Plain("/common/history_manager.php", kFacebook),
    Plain("/common/redirectiframe.html", kFacebook),
    Gate(30, "/common/image/", OneOf<kImageTexts, 14, kSocial>),
};
constexpr UrlRule kD[] = {
    Test(46, "/dl/", Dl),
    Plain("/dialog/oauth?api_key=", kFacebook),
};
constexpr UrlRule kE[] = {
    Gate(19, "/embed/", EmbeddedVideo<7>),       Plain("/editapps.php", kFacebook),
    Plain("/editnote.php", kFacebook),           Plain("/extern/login_status.php", kFacebook),
    Plain("/email_open_log_pic.php", kFacebook), Plain("/e4/flv/", kFlashVideo),
};
constexpr UrlRule kF[] = {
    Plain("/friends/", kFacebook),
    Plain("/friends.php", kFacebook),
    Plain("/feeds/notifications.php", kFacebook),
    Plain("/feeds/api/videos/", kYoutubeSite),
    Plain("/feeds/api/users/", kYoutubeSite),
    Plain("/feeds/base/", kYoutubeSite),
    Gate(27, "/friends_online_list/", Digits<21, 26, kSocial>),
    Gate(20, "/friends_list/", Digits<14, 19, kSocial>),
    Gate(38, "/flv/", SlashAt<37, kFlashVideo>),
    Gate(15, "/files/", Files),
};
// The directory of "/get/" has eight characters, or it is another rule's URL.
uint8_t GetDirectory(ByteReader url) { return url.U8(13) == '/' ? Get(url) : kNoRule; }
constexpr std::string_view kGadgetTexts[] = {"concat?", "ifr?", "js/rpc?", "makeRequest", "proxy?"};
constexpr UrlRule kG[] = {
    Plain("/generate_204?", kYoutube204),
    Plain("/get_video_info?", kYoutubeSite),
    Plain("/get_video?", kYoutubeSite),
    Plain("/group.php?", kFacebook),
    Plain("/groups.php?", kFacebook),
    Test(23, "/get/", GetDirectory),
    Gate(21, "/gadgets/", OneOf<kGadgetTexts, 9, kSocial>),
    Gate(25, "/gallery/", Gallery),
};
constexpr UrlRule kH[] = {
    Plain("/home.php?ref=", kFacebook),
    Plain("/hls_stream.ts?", kYoutubeVideo),
};
constexpr std::string_view kFirstThumbnail[] = {"1.jpg"};
constexpr UrlRule kI[] = {
    Gate(31, "/i/", OneOf<kFirstThumbnail, 26, kYoutubeSite>),
    Plain("/i/widget-logo.png", kTwitter),
    Plain("/iframe/12?r=", kFacebook),
    Plain("/iframe/11?r=", kFacebook),
    Plain("/iframe/10?r=", kFacebook),
};
constexpr UrlRule kJ[] = {
    Plain("/js/api_lib/v0.4/", kFacebook),
    Plain("/j/2/", kTwitter),
    Plain("/j/1/", kTwitter),
};
constexpr UrlRule kK[] = {Plain("/kh/v=", kGoogleMaps)};
constexpr UrlRule kL[] = {Plain("/liveplay?", kYoutubeVideo)};
constexpr std::string_view kMapTexts[] = {"/gen_",    "/vp?",  "/l?",        "/trends?",
                                          "lt?lyrs=", "/api/", "lt/ft?lyrs="};
constexpr UrlRule kM[] = {
    Gate(16, "/maps", OneOf<kMapTexts, 5, kGoogleMaps>),
    Plain("/mapfiles/", kGoogleMaps),
    Plain("/might_know/listJSON/", kSocial),
};
constexpr UrlRule kN[] = {
    Plain("/notifications.php", kFacebook),
    Plain("/new_messages_json/top/", kSocial),
    Plain("/new_messages_get_mail/", kSocial),
    Plain("/nktalk/", kSocial),
};
constexpr UrlRule kO[] = {
    Gate(19, "/online_list/", Digits<13, 18, kSocial>),
    Gate(14, "/object", DigitsOrSlashes<7, 13, kFacebook>),
};
constexpr std::string_view kPluginTexts[] = {
    "activity.php?",       "likebox.php?",      "like_box.php?",
    "like.php?",           "login_button.php?", "subscribe.php?",
    "registration.php?",   "facepile.php",      "fan.php?",
    "send.php?",           "share_button.php?", "comments.php?",
    "recommendations.php?"};
constexpr std::string_view kProfileTexts[] = {
    "edit ", "advanced",   "black_list",       "card",    "gallery",
    "null",  "preference", "privacy_settings", "ratings", "sledzik"};
constexpr UrlRule kP[] = {
    Plain("/pagead/", kAdvertisement),
    Plain("/pull?channel=", kFacebook),
    Plain("/photo.php?fbid=", kFacebook),
    Plain("/photo.php?pid=", kFacebook),
    Plain("/photo_search.php?", kFacebook),
    Plain("/posted.php?", kFacebook),
    Plain("/profile.php?id=", kFacebook),
    Plain("/pagelet/generic.php", kFacebook),
    Plain("/ping?partition=", kFacebook),
    Plain("/p?partition=", kFacebook),
    Gate(29, "/plugins/", OneOf<kPluginTexts, 9, kFacebook>),
    Gate(24, "/profile_images/", Digits<16, 23, kTwitter>),
    Gate(22, "/pages/", OneOf<kPageTexts, 7, kSocial>),
    Gate(16, "/poczta/", Mail),
    Gate(26, "/profile/", OneOf<kProfileTexts, 9, kSocial>),
};
constexpr std::string_view kRealMediaTexts[] = {"adstream", "Creatives", "cap.cgi", "click_lx.ads"};
constexpr UrlRule kUpperR[] = {
    Gate(23, "/RealMedia/ads/", OneOfPlain<kRealMediaTexts, 15, kAdvertisement>),
};
constexpr UrlRule kR[] = {
    Plain("/reqs.php?", kFacebook),    Plain("/restserver.php", kFacebook),
    Plain("/rsrc.php/", kFacebook),    Plain("/rest/person/", kSocial),
    Gate(44, "/range/", NetflixRange),
};
constexpr UrlRule kS[] = {
    Plain("/subscribe?host_int=", kDropbox),
    Plain("/safe_image.php?d=", kFacebook),
    Plain("/s.php?", kFacebook),
    Plain("/static/v0.4/", kFacebook),
    Plain("/stage.static/rsrc.php/", kFacebook),
    Plain("/static-ak/rsrc.php/", kFacebook),
    Plain("/search/pages/", kSocial),
    Plain("/school/", kSocial),
    Plain("/sledzik/", kSocial),
    Plain("/storage/gifts/", kSocial),
    Plain("/storage/smileys/", kSocial),
    PlainGate("/style/", Versioned<7>),
    PlainGate("/script/", Versioned<8>),
};
constexpr std::string_view kWatchTexts[] = {"watch_"};
constexpr UrlRule kU[] = {Gate(33, "/u/", OneOf<kWatchTexts, 26, kYoutubeSite>)};
constexpr UrlRule kQuestionMark[] = {Whole(5, 0, "/?o=A", kNetflix)};
constexpr std::string_view kThumbnailTexts[] = {"default.jpg",   "hqdefault.jpg", "mqdefault.jpg",
                                                "sddefault.jpg", "0.jpg",         "1.jpg",
                                                "2.jpg",         "3.jpg"};
constexpr UrlRule kV[] = {
    Plain("/videoplayback?", kYoutubeVideo),
    Plain("/videoplayback/", kYoutubeVideo),
    Plain("/vimeo/v/", kVimeo),
    Plain("/videos/flv/", kFlashVideo),
    Plain("/vt/v=", kGoogleMaps),
    Plain("/vt/lyrs=", kGoogleMaps),
    Plain("/vt?lyrs=", kGoogleMaps),
    Plain("/vt/ft?lyrs=", kGoogleMaps),
    Gate(29, "/vi/", OneOf<kThumbnailTexts, 16, kYoutubeSite>),
    Gate(15, "/v/", EmbeddedVideo<3>),
    Whole(16, 8, "/flyers/", kFacebook),
    Whole(15, 7, "/flyers/", kFacebook),
    Test(12, "", DigitsOrSlashes<2, 11, kSocial>),
};
constexpr UrlRule kW[] = {
    Plain("/w/index.php?title=", kWikipedia), Plain("/wiki/", kWikipedia),
    Plain("/wikipedia/", kWikipedia),         Plain("/www/app_full_proxy.php?app=", kFacebook),
    Gate(22, "/widgets/", Widgets),           Gate(48, "/widgets.js", TwitterScript),
    Plain("/watch?v=", kYoutubeWatch),        Plain("/watch#!v=", kYoutubeWatch),
    Plain("/watched_events ", kSocial),
};
constexpr UrlRule kX[] = {Gate(16, "/x/", FacebookChannel)};
constexpr std::string_view kYtTexts[] = {"cssbin/", "favicon", "img/", "js/", "jsbin/", "swf/"};
constexpr UrlRule kY[] = {Gate(10, "/yt/", OneOfPlain<kYtTexts, 4, kYoutubeSite>)};
constexpr UrlRule kUnderscore[] = {
    Plain("/_videos_t4vn", kFlashVideo),
    Plain("/_thumbs/", kFlashVideo),
};
constexpr UrlRule kFour[] = {Plain("/467f9bca32b1989", kFlashVideo)};
constexpr UrlRule kZero[] = {
    Whole(12, 5, "/club/", kSocial),
    Whole(12, 5, "/user/", kSocial),
    Whole(15, 5, "/listing/", kSocial),
};
constexpr UrlRule kOne[] = {
    PlainLongerThan(2, "/1/statuses/", kTwitter),
    PlainLongerThan(2, "/1/urls/count.json?", kTwitter),
    PlainLongerThan(2, "/1/users/show", kTwitter),
};
constexpr UrlRule kDigit[] = {Test(25, "", Numbers)};

// A `next` letter stands below those that lead to it. '4', '0' and '1' are entered one after the
// other, whatever the URL's second byte was.
constexpr LetterRules kLetters[] = {
    {'A', kUpperA},   {'a', kA},     {'b', kB},          {'B', kUpperB},    {'c', kC},
    {'d', kD},        {'e', kE},     {'f', kF},          {'g', kG},         {'h', kH},
    {'i', kI},        {'j', kJ},     {'k', kK},          {'l', kL},         {'m', kM},
    {'n', kN},        {'o', kO},     {'p', kP},          {'R', kUpperR},    {'r', kR},
    {'s', kS},        {'u', kU},     {'v', kV},          {'w', kW},         {'?', kQuestionMark},
    {'x', kX},        {'y', kY},     {'_', kUnderscore}, {'4', kFour, '0'}, {'0', kZero, '1'},
    {'1', kOne, '2'}, {'2', kDigit}, {'3', kDigit},      {'5', kDigit},     {'6', kDigit},
    {'7', kDigit},    {'8', kDigit}, {'9', kDigit},
};

// --- rules for any URL

// MediaFire's download URLs; false also if the URL has the outer form only.
bool IsMediaFire(ByteReader url, size_t end) {
  for (size_t i = 1; i <= 11; ++i) {
    if (url.U8(i) == '/' || url.U8(i) == '_') return false;
  }
  for (size_t i = 14; i < end; ++i) {
    if (url.U8(i) == '/' || url.U8(i) == ' ') return false;
  }
  size_t i = end + 1;
  while (i < url.size() && url.U8(i) != '/' && url.U8(i) != ' ') ++i;
  return i >= url.size() || url.U8(i) == ' ';
}

uint8_t ClassifyAnyUrl(ByteReader url) {
  if (url.size() > 14) {
    for (size_t at = 6; at <= 9; ++at) {
      if (url.StartsWith("-ak-", at)) return kFacebook;
    }
    if (url.U8(3) == '_' && url.StartsWith("/all.js", 6)) return kFacebook;
  }
  if (url.size() > 36 && url.U8(12) == 'g' && url.U8(13) == '/' &&
      (url.U8(25) == '/' || url.U8(29) == '/')) {
    return IsMediaFire(url, url.U8(25) == '/' ? 25 : 29) ? kMediaFire : kGet;
  }
  if (url.size() > 43 && url.U8(41) == ' ' && AllOf<IsLowerHex>(url, 1, 40)) return kMegaUpload;
  return kGet;
}

}  // namespace

uint8_t ClassifyGet(ByteReader payload) {
  ByteReader url = payload.Sub(4);
  if (url.U8(0) != '/') return kGet;
  const uint8_t code = Apply(kLetters, url);
  return code != kNoRule ? code : ClassifyAnyUrl(url);
}

}  // namespace tstat::internal
