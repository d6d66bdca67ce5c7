// SPDX-License-Identifier: BSD-3-Clause
//
// URL rules of POST requests.
#include "l7/http/content.h"
#include "l7/http/url_rule.h"
#include "l7/http/url_texts.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {
namespace {

using namespace http_content;  // NOLINT: the code names make the tables

constexpr std::string_view kProfileTexts[] = {"privacy_settings", "edit ", "black_list"};

uint8_t Profile(ByteReader url) {
  if (IsDigit(url.U8(9))) return kSocial;
  return OneOf<kProfileTexts, 9, kSocial>(url);
}

constexpr UrlRule kA[] = {
    Plain("/ajax/presence/", kFacebook),
    Plain("/ajax/chat/", kFacebook),
    Plain("/ajax/", kFacebook),
    PlainGate("/accept/", Digits<8, 12, kSocial>),
};
constexpr UrlRule kC[] = {
    Plain("/cgi-bin/rsapi.cgi", kRapidShare),
    Plain("/close/", kRtmpt),
    Plain("/current/flashservices/", kFacebook),
    Plain("/cbk?output=", kGoogleMaps),
};
constexpr UrlRule kUpperC[] = {Plain("/CLOSE/", kRtmpt)};
constexpr UrlRule kF[] = {
    Plain("/fbml/", kFacebook),
    Plain("/flashservices/gateway.php", kFacebook),
    Gate(15, "/files/", Digits<7, 14, kRapidShare>),
};
constexpr UrlRule kG[] = {
    Plain("/gateway/gateway.dll?Action=", kMsn),
    Plain("/gateway/gateway.dll?SessionID=", kMsn),
    Plain("/glm/mmap ", kGoogleMaps),
    Plain("/gadgets/makeRequest ", kSocial),
};
constexpr UrlRule kH[] = {Plain("/http-bind ", kSocial)};
constexpr UrlRule kI[] = {
    Plain("/idle/", kRtmpt),
    PlainGate("/invite/", Digits<8, 12, kSocial>),
};
constexpr UrlRule kUpperI[] = {Plain("/IDLE/", kRtmpt)};
constexpr UrlRule kM[] = {Plain("/might_know/unwanted/", kSocial)};
constexpr UrlRule kN[] = {Plain("/nktalk/", kSocial)};
constexpr UrlRule kO[] = {
    Plain("/open/", kRtmpt),
    Plain("/OPEN/", kRtmpt),
};
constexpr UrlRule kP[] = {
    Plain("/profile_ajax?action_ajax=", kYoutubeSite),
    Plain("/pins/friends ", kSocial),
    Plain("/pins/get ", kSocial),
    Plain("/poczta/", kSocial),
    Gate(26, "/profile/", Profile),
    Gate(22, "/pages/", OneOf<kPageTexts, 7, kSocial>),
};
constexpr UrlRule kR[] = {
    Plain("/restserver.php", kFacebook),
    Plain("/reject/", kSocial),
    Plain("/rendering_measurement", kSocial),
};
constexpr UrlRule kS[] = {
    Plain("/send/", kRtmpt),    Plain("/social/rpc?st=", kSocial), Plain("/sledzik/", kSocial),
    Plain("/school/", kSocial), Plain("/search.json?", kTwitter),
};
constexpr UrlRule kUpperS[] = {Plain("/SEND/", kRtmpt)};
constexpr UrlRule kU[] = {Plain("/url_validator", kSocial)};
constexpr UrlRule kV[] = {Plain("/video_info_ajax?", kYoutubeSite)};
constexpr UrlRule kW[] = {
    Plain("/watched_events/", kSocial),
    Plain("/watch_actions_ajax?", kYoutubeSite),
};

constexpr LetterRules kLetters[] = {
    {'a', kA},      {'c', kC},      {'C', kUpperC}, {'f', kF}, {'g', kG}, {'h', kH}, {'i', kI},
    {'I', kUpperI}, {'m', kM},      {'n', kN},      {'o', kO}, {'O', kO}, {'p', kP}, {'r', kR},
    {'s', kS},      {'S', kUpperS}, {'u', kU},      {'v', kV}, {'w', kW},
};

}  // namespace

uint8_t ClassifyPost(ByteReader payload) {
  const uint8_t code = Apply(kLetters, payload.Sub(5));
  return code == kNoRule ? kPost : code;
}

}  // namespace tstat::internal
