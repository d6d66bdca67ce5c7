// SPDX-License-Identifier: BSD-3-Clause
#include "l7/video/video_state.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "l7/text_match.h"
#include "l7/video/container.h"
#include "l7/video/content_type.h"
#include "l7/video/youtube_id.h"

namespace tstat::internal {
namespace {

constexpr uint8_t kMaxServerSegments = 5;

// HTTP content codes that are video whatever the response says.
constexpr uint8_t kVideoContentCodes[] = {
    http_content::kYoutubeVideo,    http_content::kVideoContent,    http_content::kVimeo,
    http_content::kNetflix,         http_content::kYoutubeSite,     http_content::kFlashVideo,
    http_content::kYoutube204,      http_content::kYoutube204Video, http_content::kYoutubeWatch,
    http_content::kYoutubeEmbedded,
};

// The first two want no dot before the domain (as in Tstat).
constexpr std::string_view kVideoServerNames[] = {
    "googlevideo.com", "gvt1.com", ".youtube.com", ".youtube-nocookie.com", ".nflxvideo.net",
};

// Where the body begins in a segment; nullopt: it has none. A segment that is no head is all body.
std::optional<size_t> FindBody(ByteReader payload) {
  constexpr std::string_view kHeadEnd = "\r\n\r\n";
  if (!payload.StartsWith("HTTP")) return 0;
  // A head that ends with the segment, whatever stands before it.
  constexpr size_t kShortHead = 8;
  if (payload.size() > kShortHead &&
      payload.StartsWith(kHeadEnd, payload.size() - kHeadEnd.size())) {
    return std::nullopt;
  }
  const size_t end = CutAtNul(payload.Text()).find(kHeadEnd);
  if (end == std::string_view::npos) return std::nullopt;
  return end + kHeadEnd.size();
}

void ReadHead(VideoContainer::Head head, ByteReader data, VideoMetadataState* state) {
  switch (head) {
    case VideoContainer::Head::kFlv:
      state->Take(FlvMetadata::Parse(data).value_or(FlvMetadata()));
      break;
    case VideoContainer::Head::kMp4:
      if (const auto found = Mp4Metadata::Parse(data)) state->Take(*found);
      break;
    case VideoContainer::Head::kAvi:
      if (const auto found = AviMetadata::Parse(data)) state->Take(*found);
      break;
    case VideoContainer::Head::kNone:
      break;
  }
}

enum class YoutubeKind : uint8_t { kNone, kVideo, kSite };

YoutubeKind KindOf(const TcpLayer7& layer7) {
  if ((layer7.connection_type & connection_type::kHttp) == 0) return YoutubeKind::kNone;
  switch (layer7.http_content) {
    case http_content::kYoutubeVideo:
    case http_content::kYoutube204:
    case http_content::kYoutube204Video:
      return YoutubeKind::kVideo;
    case http_content::kYoutubeSite:
    case http_content::kYoutubeWatch:
    case http_content::kYoutubeEmbedded:
      return YoutubeKind::kSite;
    default:
      return YoutubeKind::kNone;
  }
}

void SetIdentifiers(YoutubeKind kind, const ShortText<46>& id, bool strict_privacy,
                    VideoFlow* record) {
  if (strict_privacy) {
    record->youtube_ids_withheld = true;
    return;
  }
  switch (id.size()) {
    case 11:
      record->youtube_id16_46 = YoutubeIdToHex(id.view());
      record->youtube_id11 = id;
      break;
    case 16:
      if (kind == YoutubeKind::kVideo) {
        record->youtube_id16_46 = id;
        record->youtube_id11 = YoutubeIdFromHex(id.view());
      } else {
        record->youtube_id11 = id;
      }
      break;
    default:
      (kind == YoutubeKind::kVideo ? record->youtube_id16_46 : record->youtube_id11) = id;
      break;
  }
}

}  // namespace

bool InspectVideoSegment(ByteReader payload, VideoState* state) {
  ++state->server_segments;
  if (state->content_type == VideoCode::kNone) state->content_type = ContentTypeCode(payload);
  if (const std::optional<size_t> body = FindBody(payload)) {
    const ByteReader data = payload.Sub(*body);
    if (const auto container = VideoContainer::Parse(data)) {
      state->payload_type = container->code;
      ReadHead(container->head, data, &state->metadata);
    }
  }
  const bool complete =
      state->content_type != VideoCode::kNone && state->payload_type != VideoCode::kNone;
  return !complete && state->server_segments < kMaxServerSegments;
}

bool IsVideoFlow(const TcpLayer7& layer7, const VideoState* state) {
  const auto has = [&](uint32_t bit) { return (layer7.connection_type & bit) != 0; };
  if (has(connection_type::kRtmp)) return true;
  if (has(connection_type::kHttp)) {
    if (std::find(std::begin(kVideoContentCodes), std::end(kVideoContentCodes),
                  layer7.http_content) != std::end(kVideoContentCodes)) {
      return true;
    }
    if (state != nullptr &&
        (state->content_type != VideoCode::kNone || state->payload_type != VideoCode::kNone)) {
      return true;
    }
  }
  if (!has(connection_type::kTls)) return false;
  const std::string_view name = layer7.tls_server_name;
  return std::any_of(std::begin(kVideoServerNames), std::end(kVideoServerNames),
                     [&](std::string_view end) { return name.ends_with(end); });
}

VideoFlow MakeVideoFlow(const TcpFlow& flow, const VideoState* state, bool strict_privacy) {
  static constexpr VideoState kNothing{};
  const VideoState& s = state != nullptr ? *state : kNothing;
  VideoFlow record;
  record.flow = std::make_shared<const TcpFlow>(flow);
  record.content_type = s.content_type;
  record.payload_type = s.payload_type;
  record.metadata = s.metadata.shown;

  const YoutubeKind kind = KindOf(flow.layer7);
  if (kind == YoutubeKind::kNone) return record;
  SetIdentifiers(kind, s.youtube.id, strict_privacy, &record);
  if (kind != YoutubeKind::kVideo) return record;
  record.youtube_itag = s.youtube.itag;
  record.youtube_seek_ms = s.youtube.seek_ms;
  record.youtube_redirect_mode = s.youtube.redirect_mode;
  record.youtube_redirect_count = s.youtube.redirect_count;
  record.youtube_mobile = s.youtube.mobile;
  record.youtube_stream = s.youtube.stream;
  return record;
}

}  // namespace tstat::internal
