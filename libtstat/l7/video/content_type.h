// SPDX-License-Identifier: BSD-3-Clause
//
// The video code of a Content-Type header.
//
//   VideoCode code = ContentTypeCode(payload);    // kNone: no header, or not a video type
#ifndef TSTAT_L7_VIDEO_CONTENT_TYPE_H_
#define TSTAT_L7_VIDEO_CONTENT_TYPE_H_

#include <string_view>

#include "decode/byte_reader.h"
#include "tstat/video.h"

namespace tstat::internal {

// Searches the segment for the first `Content-Type: value`, in any case of letters. Nothing is
// looked for unless the fifth byte is a slash, as in "HTTP/".
VideoCode ContentTypeCode(ByteReader payload);

// The code of a value such as `video/mp4`; case matters here.
VideoCode MediaTypeCode(std::string_view value);

}  // namespace tstat::internal

#endif  // TSTAT_L7_VIDEO_CONTENT_TYPE_H_
