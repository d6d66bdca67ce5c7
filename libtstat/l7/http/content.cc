// SPDX-License-Identifier: BSD-3-Clause
#include "l7/http/content.h"

#include <iterator>

#include "tstat/codes.h"

namespace tstat::internal {
namespace {

// Web categories: kWebCategoryCodes.
enum WebCategoryCode : uint8_t {
  kWebGet = 0,
  kWebYoutube = 3,
  kWebVideo,
  kWebSocial,
  kWebNetflix = 7
};

}  // namespace

uint8_t HttpHistogramIndex(uint8_t content_code) {
  return content_code < std::size(kHttpClasses) ? kHttpClasses[content_code].histogram : uint8_t{0};
}

uint8_t WebCategory(uint8_t content_code, bool is_video) {
  const uint8_t web =
      content_code < std::size(kHttpClasses) ? kHttpClasses[content_code].web : uint8_t{kWebGet};
  // Of the flows that carry video, only these keep their category.
  if (is_video && web != kWebSocial && web != kWebYoutube && web != kWebNetflix) return kWebVideo;
  return web;
}

}  // namespace tstat::internal
