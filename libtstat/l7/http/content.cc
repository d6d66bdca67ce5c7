// SPDX-License-Identifier: BSD-3-Clause
#include "l7/http/content.h"

#include <iterator>

#include "tstat/codes.h"

namespace tstat::internal {
namespace {

// Web categories: kWebCategoryCodes.
enum Web : uint8_t { kGet, kPost, kStorage, kYoutube, kVideo, kSocial, kOther, kNetflix };

}  // namespace

uint8_t HttpHistogramIndex(uint8_t content_code) {
  return content_code < std::size(kHttpClasses) ? kHttpClasses[content_code].histogram : uint8_t{0};
}

uint8_t WebCategory(uint8_t content_code, bool is_video) {
  const uint8_t web =
      content_code < std::size(kHttpClasses) ? kHttpClasses[content_code].web : uint8_t{kGet};
  // Of the flows that carry video, only these keep their category.
  if (is_video && web != kSocial && web != kYoutube && web != kNetflix) return kVideo;
  return web;
}

}  // namespace tstat::internal
