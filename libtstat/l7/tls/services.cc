// SPDX-License-Identifier: BSD-3-Clause
//
// TLS services by server name.
#include <array>
#include <span>

#include "l7/tls/tls.h"
#include "tstat/tls.h"

namespace tstat::internal {
namespace {

using namespace tls_service;  // NOLINT: the service names make the tables

struct ServiceRule {
  enum class How : uint8_t { kEndsWith, kBeginsWith, kEquals };
  uint8_t service;
  std::string_view text;
  How how = How::kEndsWith;
};

constexpr ServiceRule kInstagramRules[] = {
    {kInstagram, ".cdninstagram.com"},
    {kInstagram, ".instagram.com"},
};
constexpr ServiceRule kFacebookRules[] = {
    {kFacebook, ".facebook.com"},
    {kFacebook, ".fbcdn.net"},
    {kFacebook, ".facebook.net"},
    {kFacebook, "fbcdn", ServiceRule::How::kBeginsWith},
    {kFacebook, "fbstatic", ServiceRule::How::kBeginsWith},
};
constexpr ServiceRule kGoogleRules[] = {
    {kGoogle, ".google.com"},
    {kGoogle, ".googleusercontent.com"},
    {kGoogle, ".googleapis.com"},
    {kGoogle, ".gstatic.com"},
};
constexpr ServiceRule kYoutubeRules[] = {
    {kYoutube, ".googlevideo.com"},      {kYoutube, ".gvt1.com"},  {kYoutube, ".youtube.com"},
    {kYoutube, ".youtube-nocookie.com"}, {kYoutube, ".ytimg.com"},
};
constexpr ServiceRule kDropboxRules[] = {
    {kDropbox, ".dropbox.com"},
    {kDropbox, ".dropboxstatic.com"},
    {kDropbox, ".dropboxusercontent.com"},
};
constexpr ServiceRule kMicrosoftRules[] = {
    {kMicrosoft, ".live.com"},
    {kMicrosoft, ".microsoft.com"},
    {kMicrosoft, ".windows.net"},
    {kMicrosoft, ".live.net"},
};
constexpr ServiceRule kMicrosoftRules33[] = {
    {kMicrosoft, ".live.com"},
    {kMicrosoft, ".microsoft.com"},
    {kMicrosoft, ".windows.net"},
    {kMicrosoft, ".live.net"},
    {kMicrosoft, "officecdn", ServiceRule::How::kEquals},
    {kMicrosoft, ".sharepoint.com"},
};
constexpr ServiceRule kAppleRules[] = {
    {kApple, ".apple.com"},   {kApple, ".icloud.com"},         {kApple, ".apple.com."},
    {kApple, ".icloud.com."}, {kApple, ".icloud-content.com"},
};
constexpr ServiceRule kNetflixRules[] = {{kNetflix, ".nflxvideo.net"}};

using Rules = std::span<const ServiceRule>;
constexpr Rules kOrder[] = {kFacebookRules,  kGoogleRules, kYoutubeRules, kDropboxRules,
                            kMicrosoftRules, kAppleRules,  kNetflixRules};
constexpr Rules kOrder33[] = {kInstagramRules, kFacebookRules, kMicrosoftRules33, kGoogleRules,
                              kYoutubeRules,   kDropboxRules,  kAppleRules,       kNetflixRules};

bool Matches(const ServiceRule& rule, std::string_view name) {
  switch (rule.how) {
    case ServiceRule::How::kEndsWith:
      return name.ends_with(rule.text);
    case ServiceRule::How::kBeginsWith:
      return name.starts_with(rule.text);
    case ServiceRule::How::kEquals:
      return name == rule.text;
  }
  return false;
}

uint8_t FirstMatch(std::span<const Rules> order, std::string_view name) {
  for (Rules rules : order) {
    for (const ServiceRule& rule : rules) {
      if (Matches(rule, name)) return rule.service;
    }
  }
  return kOther;
}

}  // namespace

uint8_t TlsService(std::string_view server_name, bool order_3_3) {
  if (server_name.empty()) return kOther;
  if (!order_3_3) return FirstMatch(kOrder, server_name);
  // Instagram's names in Facebook's network: "instagram.<site>.fbcdn.net".
  if (server_name.starts_with("instagram.") && server_name.ends_with(".fbcdn.net") &&
      server_name.size() >= std::string_view("instagram..fbcdn.net").size()) {
    return kInstagram;
  }
  return FirstMatch(kOrder33, server_name);
}

}  // namespace tstat::internal
