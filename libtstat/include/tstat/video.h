// SPDX-License-Identifier: BSD-3-Clause
//
// A finished TCP flow that carried video: a row of log_video_complete. It adds to the
// flow's record what the video tracker and the YouTube URL rules found; transport, rates
// (TcpDirection::rate) and messages (TcpDirection::message_sizes) are in the TcpFlow itself.
#ifndef TSTAT_VIDEO_H_
#define TSTAT_VIDEO_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "tstat/tcp_flow.h"

namespace tstat::inline v1 {

// Codes of content types and of container signatures.
enum class VideoCode : uint8_t {
  kNone = 0,
  kFlv = 1,
  kMp4 = 2,
  kAvi = 3,
  kWmv = 4,
  kMpeg = 5,
  kWebm = 6,
  k3gpp = 7,
  kOgg = 8,
  kQuickTime = 9,
  kAsf = 10,  // ASF control
  kUnknown = 11,
  kHls = 12,  // HLS, MPEG transport stream
  kNff = 13,
};

// Short text inside a record; always NUL-terminated.
template <int kCapacity>
class ShortText {
 public:
  constexpr ShortText() = default;
  constexpr explicit ShortText(std::string_view text) { Set(text); }
  constexpr void Set(std::string_view text) {
    size_ = static_cast<uint8_t>(text.size() < kCapacity ? text.size() : kCapacity);
    for (int i = 0; i < size_; ++i) text_[i] = text[i];
    text_[size_] = '\0';
  }
  [[nodiscard]] constexpr std::string_view view() const { return {text_.data(), size_}; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr int size() const { return size_; }

 private:
  static_assert(kCapacity < 255);
  std::array<char, kCapacity + 1> text_{};
  uint8_t size_ = 0;
};

// What the container's own header says.
struct VideoMetadata {
  double duration_s = 0;
  double rate = 0;  // FLV: kb/s, MP4: bit/s, as Tstat prints them; others 0
  int32_t width = 0, height = 0;
};

struct VideoFlow {
  std::shared_ptr<const TcpFlow> flow;
  OrderKey order;

  VideoCode content_type = VideoCode::kNone;  // of the Content-Type header
  VideoCode payload_type = VideoCode::kNone;  // of the first bytes of a body
  VideoMetadata metadata;

  // YouTube request parameters; empty where there is none, 0 unless the flow is a YouTube video.
  ShortText<46> youtube_id16_46;
  ShortText<46> youtube_id11;
  ShortText<4> youtube_itag;
  bool youtube_ids_withheld = false;  // strict privacy: the flow may have had identifiers
  int32_t youtube_seek_ms = 0;
  int32_t youtube_redirect_mode = 0;
  int32_t youtube_redirect_count = 0;
  int32_t youtube_mobile = 0;  // 0 no, 1 other, 2 Apple, 3 Android
  int32_t youtube_stream = 0;  // docs/logs/codes.md
};

}  // namespace tstat::inline v1

#endif  // TSTAT_VIDEO_H_
