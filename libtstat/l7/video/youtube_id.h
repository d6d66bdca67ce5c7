// SPDX-License-Identifier: BSD-3-Clause
//
// The two forms of a YouTube video identifier: 11 characters of a base-64 alphabet, or the same 64
// bits in 16 hexadecimal digits.
#ifndef TSTAT_L7_VIDEO_YOUTUBE_ID_H_
#define TSTAT_L7_VIDEO_YOUTUBE_ID_H_

#include <string_view>

#include "tstat/video.h"

namespace tstat::internal {

// REQUIRES: 11 characters of [A-Za-z0-9_-]. "dQw4w9WgXcQ" -> "750c38c3d5a05dc4".
ShortText<46> YoutubeIdToHex(std::string_view id);

// REQUIRES: 16 characters of [0-9a-f]. "0123456789abcdef" -> "ASNFZ4mrze8".
ShortText<46> YoutubeIdFromHex(std::string_view hex);

}  // namespace tstat::internal

#endif  // TSTAT_L7_VIDEO_YOUTUBE_ID_H_
