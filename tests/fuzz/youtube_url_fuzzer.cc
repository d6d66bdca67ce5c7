// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: the text behind "GET " for the YouTube URL rules, and the record made of it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "l7/video/video_state.h"
#include "l7/video/youtube_url.h"
#include "tstat/tcp_flow.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tstat::VideoState state;
  state.youtube = tstat::ParseYoutubeUrl({reinterpret_cast<const char*>(data), size});
  tstat::TcpFlow flow;
  flow.layer7.connection_type = tstat::connection_type::kHttp;
  for (uint8_t code : {tstat::http_content::kYoutubeVideo, tstat::http_content::kYoutubeSite}) {
    flow.layer7.http_content = code;
    const tstat::VideoFlow video = tstat::MakeVideoFlow(flow, &state, false);
    for (std::string_view text :
         {video.youtube_id16_46.view(), video.youtube_id11.view(), video.youtube_itag.view()}) {
      for (char c : text) {
        if (c <= ' ' || c > '~') std::abort();
      }
    }
  }
  return 0;
}
