// SPDX-License-Identifier: BSD-3-Clause
#include "l7/video/content_type.h"

#include <algorithm>
#include <span>

#include "l7/text_match.h"

namespace tstat::internal {
namespace {

constexpr size_t kMaxValue = 60;

struct Subtype {
  std::string_view name;
  VideoCode code;
};

// Tested in this order.
constexpr Subtype kApplication[] = {
    {"x-mms-framed", VideoCode::kWmv},
    {"x-mpegURL", VideoCode::kHls},
    {"vnd.apple.mpegurl", VideoCode::kHls},
    {"mp4", VideoCode::kMp4},
};
constexpr Subtype kAudio[] = {{"mp4", VideoCode::kMp4}};
constexpr Subtype kVideoSubtypes[] = {
    {"x-mp4", VideoCode::kMp4},
    {"x-m4v", VideoCode::kMp4},
    {"x-flv", VideoCode::kFlv},
    {"x-f4v", VideoCode::kMp4},
    {"x-f4f", VideoCode::kMp4},
    {"x-msvideo", VideoCode::kAvi},
    {"x-ms-asf", VideoCode::kAsf},
    {"x-ms-wmv", VideoCode::kWmv},
    {"mp4", VideoCode::kMp4},
    {"mpeg", VideoCode::kMpeg},
    {"mp2t", VideoCode::kHls},
    {"MP2T", VideoCode::kHls},
    {"flv", VideoCode::kFlv},
    {"f4v", VideoCode::kMp4},
    {"f4m", VideoCode::kMp4},
    {"f4f", VideoCode::kMp4},
    {"abst", VideoCode::kMp4},
    {"3gpp", VideoCode::k3gpp},
    {"nff", VideoCode::kNff},
    {"ogg", VideoCode::kOgg},
    {"quicktime", VideoCode::kQuickTime},
    {"webm", VideoCode::kWebm},
};
constexpr Subtype kFlv[] = {{"", VideoCode::kFlv}};

// The character between type and subtype is not looked at.
struct MediaType {
  std::string_view name;
  size_t subtype;  // where the subtype begins; the value must be longer. 0: no subtype wanted
  std::span<const Subtype> subtypes;
  VideoCode otherwise;
};
constexpr MediaType kMediaTypes[] = {
    {"application", 12, kApplication, VideoCode::kNone},
    {"audio", 6, kAudio, VideoCode::kNone},
    {"video", 6, kVideoSubtypes, VideoCode::kUnknown},
    {"flv-application", 0, kFlv, VideoCode::kNone},
};

// One is the beginning of the other: a shorter value matches too, as in Tstat.
bool MatchesTextPrefix(std::string_view part, std::string_view text) {
  const size_t size = std::min(part.size(), text.size());
  return part.substr(0, size) == text.substr(0, size);
}

constexpr char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool EndsWithIgnoringCase(std::string_view text, std::string_view lower_case_end) {
  if (text.size() < lower_case_end.size()) return false;
  text.remove_prefix(text.size() - lower_case_end.size());
  return std::equal(text.begin(), text.end(), lower_case_end.begin(),
                    [](char a, char b) { return ToLower(a) == b; });
}

}  // namespace

VideoCode MediaTypeCode(std::string_view value) {
  if (value.empty()) return VideoCode::kNone;
  for (const MediaType& type : kMediaTypes) {
    if (value[0] != type.name[0] || !MatchesTextPrefix(value, type.name)) continue;
    if (type.subtype != 0 && value.size() <= type.subtype) return VideoCode::kNone;
    const std::string_view rest = value.substr(type.subtype);
    for (const Subtype& subtype : type.subtypes) {
      if (MatchesTextPrefix(rest, subtype.name)) return subtype.code;
    }
    return type.otherwise;
  }
  return VideoCode::kNone;
}

VideoCode ContentTypeCode(ByteReader payload) {
  constexpr std::string_view kProtocol = "HTTP";  // the slash is behind it
  if (payload.U8(kProtocol.size()) != '/') return VideoCode::kNone;
  constexpr std::string_view kName = "content-type";
  const std::string_view text = CutAtNul(payload.Text());
  for (size_t colon = text.find(':'); colon != std::string_view::npos;
       colon = text.find(':', colon + 1)) {
    if (colon + 2 >= text.size()) break;
    if (text[colon + 1] != ' ' || !EndsWithIgnoringCase(text.substr(0, colon), kName)) continue;
    std::string_view value =
        text.substr(colon + 2, RunLength(byte_class::kMediaType, text, colon + 2));
    if (value.empty()) continue;
    if (value.front() == '"') value.remove_prefix(1);
    if (!value.empty() && value.back() == '"') value.remove_suffix(1);
    return MediaTypeCode(value.substr(0, kMaxValue));
  }
  return VideoCode::kNone;
}

}  // namespace tstat::internal
