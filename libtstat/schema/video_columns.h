// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of video flows: log_video_complete, which repeats blocks of log_tcp_complete.
#ifndef TSTAT_SCHEMA_VIDEO_COLUMNS_H_
#define TSTAT_SCHEMA_VIDEO_COLUMNS_H_

#include <cstdint>

#include "schema/log_schema.h"
#include "tstat/video.h"

namespace tstat::internal {

// Bits of the level of log_video_complete (videolog_* keys of runtime.conf).
namespace video_level {
inline constexpr uint8_t kEndToEnd = 1, kLayer7 = 2, kOptions = 4, kVideoInfo = 8, kYouTube = 16,
                         kAdvanced = 32;
inline constexpr uint8_t kDefault = kEndToEnd | kLayer7 | kOptions | kVideoInfo | kYouTube;
}  // namespace video_level

const LogSchema<VideoFlow>& VideoCompleteLog();

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_VIDEO_COLUMNS_H_
