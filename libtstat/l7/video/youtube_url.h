// SPDX-License-Identifier: BSD-3-Clause
//
// What the URL of a YouTube request says of the video: identifier, itag (format), seek position,
// redirections, mobile application.
//
//   YoutubeRequest request = ParseYoutubeUrl(payload.Text(4));    // text after "GET "
#ifndef TSTAT_L7_VIDEO_YOUTUBE_URL_H_
#define TSTAT_L7_VIDEO_YOUTUBE_URL_H_

#include <cstdint>
#include <string_view>

#include "tstat/video.h"

namespace tstat::internal {

struct YoutubeRequest {
  ShortText<46> id;  // of 11, 16 or 46 characters; empty: none
  ShortText<4> itag;
  int32_t seek_ms = 0;
  int32_t redirect_mode = 0, redirect_count = 0;
  int32_t mobile = 0;
  int32_t stream = 0;
};

// `url`: all of the segment after the method and one blank; the parameters are also looked for in
// the header lines that follow the URL (as in Tstat). A URL that is none of YouTube's gives the
// initial value.
YoutubeRequest ParseYoutubeUrl(std::string_view url);

}  // namespace tstat::internal

#endif  // TSTAT_L7_VIDEO_YOUTUBE_URL_H_
