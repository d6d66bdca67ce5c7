// SPDX-License-Identifier: BSD-3-Clause
#include "l7/http/content.h"

#include <array>

namespace tstat::internal {
namespace {

// Web categories.
enum Web : uint8_t { kGet, kPost, kStorage, kYoutube, kVideo, kSocial, kOther, kNetflix };

struct Content {
  uint8_t histogram_index;
  uint8_t web;
};
// By content code.
constexpr std::array<Content, 27> kContents = {{
    {0, kGet},      {1, kPost},     {2, kSocial},   {3, kSocial},  {4, kYoutube}, {5, kVideo},
    {6, kVideo},    {7, kOther},    {8, kStorage},  {9, kStorage}, {10, kSocial}, {11, kOther},
    {12, kOther},   {13, kOther},   {14, kNetflix}, {15, kOther},  {16, kSocial}, {17, kVideo},
    {18, kStorage}, {19, kStorage}, {20, kStorage}, {4, kYoutube}, {4, kYoutube}, {15, kOther},
    {15, kOther},   {16, kSocial},  {0, kGet},
}};

}  // namespace

uint8_t HttpHistogramIndex(uint8_t content_code) {
  return content_code < kContents.size() ? kContents[content_code].histogram_index : 0;
}

uint8_t WebCategory(uint8_t content_code, bool is_video) {
  const uint8_t web = content_code < kContents.size() ? kContents[content_code].web : uint8_t{kGet};
  // Of the flows that carry video, only these keep their category.
  if (is_video && web != kSocial && web != kYoutube && web != kNetflix) return kVideo;
  return web;
}

}  // namespace tstat::internal
