// SPDX-License-Identifier: BSD-3-Clause
#include "l7/video/youtube_url.h"

#include <algorithm>
#include <initializer_list>
#include <optional>

#include "l7/text_match.h"

namespace tstat::internal {
namespace {

using byte_class::kDigit;
using byte_class::kHex;
using byte_class::kId;

using Match = std::optional<std::string_view>;

constexpr size_t kSearchedBytes = 900;
constexpr size_t kVideoInfoBytes = 195;

// Where a name stands: `[?&]name`, or anywhere.
enum class Lead : uint8_t { kParameter, kAnywhere };

// The leftmost place where `value(text after name)` gives a match.
template <typename Value>
Match FindAfter(std::string_view text, Lead lead, std::string_view name, Value value) {
  for (size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    if (lead == Lead::kParameter && (at == 0 || (text[at - 1] != '?' && text[at - 1] != '&'))) {
      continue;
    }
    if (Match match = value(text.substr(at + name.size()))) return match;
  }
  return std::nullopt;
}

bool IsOneOf(std::string_view characters, std::string_view text, size_t at) {
  return at < text.size() && characters.find(text[at]) != std::string_view::npos;
}

// `NAME([class]+)[end]`.
Match FindRun(std::string_view text, Lead lead, std::string_view name, uint8_t classes,
              std::string_view end) {
  return FindAfter(text, lead, name, [&](std::string_view rest) -> Match {
    const size_t size = RunLength(classes, rest, 0);
    if (size == 0 || !IsOneOf(end, rest, size)) return std::nullopt;
    return rest.substr(0, size);
  });
}

// `NAME(PREFIX[class]{size})[end]`.
Match FindFixed(std::string_view text, Lead lead, std::string_view name, std::string_view prefix,
                uint8_t classes, size_t size, std::string_view end) {
  return FindAfter(text, lead, name, [&](std::string_view rest) -> Match {
    const size_t total = prefix.size() + size;
    if (!rest.starts_with(prefix) || !IsOneOf(end, rest, total)) return std::nullopt;
    if (RunLength(classes, rest.substr(0, total), prefix.size()) != size) return std::nullopt;
    return rest.substr(0, total);
  });
}

// `NAME([^stop]+)[end]`, the longest one; the characters of `end` that are not in `stop` may stand
// in the value too.
Match FindUntil(std::string_view text, Lead lead, std::string_view name, std::string_view stop,
                std::string_view end) {
  return FindAfter(text, lead, name, [&](std::string_view rest) -> Match {
    size_t size = std::min(rest.find_first_of(stop), rest.size());
    while (size > 0 && !IsOneOf(end, rest, size)) --size;
    if (size == 0) return std::nullopt;
    return rest.substr(0, size);
  });
}

Match FindDigits(std::string_view text, std::string_view name) {
  return FindRun(text, Lead::kParameter, name, kDigit, "& ");
}

// The number in the first digits of a match.
int32_t Number(std::string_view digits, size_t max_digits) {
  int32_t value = 0;
  for (char c : digits.substr(0, max_digits)) value = value * 10 + (c - '0');
  return value;
}

bool StartsWithOneOf(Match value, std::initializer_list<std::string_view> texts) {
  return value && std::any_of(texts.begin(), texts.end(),
                              [&](std::string_view text) { return value->starts_with(text); });
}

void Set(ShortText<46>* id, std::initializer_list<Match> candidates) {
  for (const Match& match : candidates) {
    if (!match) continue;
    id->Set(*match);
    return;
  }
}

void SetItag(YoutubeRequest* request, Match match) {
  if (match) request->itag.Set(*match);
}

// Redirection mode by `redirect_counter` (absent, present) and `st` (none, lc, nx, tcts).
struct Redirection {
  int32_t mode, added;
};
constexpr Redirection kRedirections[2][4] = {
    {{0, 0}, {4, 1}, {5, 1}, {6, 1}},
    {{1, 0}, {6, 1}, {3, 1}, {2, 1}},
};

void FindRedirection(std::string_view text, YoutubeRequest* request) {
  const Match state = FindAfter(text, Lead::kParameter, "st=", [](std::string_view rest) -> Match {
    for (std::string_view word : {"lc", "nx", "tcts"}) {
      if (rest.starts_with(word) && IsOneOf("& ", rest, word.size())) return word;
    }
    return std::nullopt;
  });
  const Match counter = FindDigits(text, "redirect_counter=");
  const int column = !state ? 0 : *state == "lc" ? 1 : *state == "nx" ? 2 : 3;
  const Redirection& redirection = kRedirections[counter ? 1 : 0][column];
  request->redirect_mode = redirection.mode;
  request->redirect_count = redirection.added + (counter ? Number(*counter, 4) : 0);
}

int32_t MobileDevice(std::string_view text) {
  const Match key = FindUntil(text, Lead::kParameter, "key=", "& ", "& ");
  if (!key) return 0;
  const bool application =
      StartsWithOneOf(key, {"yt1"}) && FindUntil(text, Lead::kParameter, "app=", "&", "& ");
  if (!application && StartsWithOneOf(key, {"yt1", "dg_yt0", "yt5", "cms1"})) return 0;
  const Match client = FindUntil(text, Lead::kParameter, "client=", "&", "& ");
  if (StartsWithOneOf(client, {"ytapi-apple", "iPhone"})) return 2;
  if (StartsWithOneOf(client, {"mvapp-android"})) return 3;
  return FindUntil(text, Lead::kParameter, "androidcid=", "& ", "& ") ? 3 : 1;
}

// "/videoplayback?" and "/generate_204?".
void ParsePlayback(std::string_view text, YoutubeRequest* request) {
  SetItag(request, FindDigits(text, "itag="));
  Set(&request->id, {FindFixed(text, Lead::kParameter, "id=", "", kHex, 16, "& "),
                     FindFixed(text, Lead::kParameter, "id=", "o-", kId, 44, "& ")});
  if (const Match begin = FindDigits(text, "begin=")) request->seek_ms = Number(*begin, 9);
  FindRedirection(text, request);
  request->mobile = MobileDevice(text);
}

// "/videoplayback/": HLS, advertisements.
void ParsePlaybackPath(std::string_view text, YoutubeRequest* request) {
  SetItag(request, FindRun(text, Lead::kAnywhere, "/itag/", kDigit, "/"));
  Set(&request->id, {FindFixed(text, Lead::kAnywhere, "/id/", "", kId, 11, "."),
                     FindFixed(text, Lead::kAnywhere, "/id/", "", kHex, 16, "/"),
                     FindFixed(text, Lead::kAnywhere, "/id/", "o-", kId, 44, "/")});
  const Match source = FindUntil(text, Lead::kAnywhere, "/source/", "/", "/");
  const bool live = StartsWithOneOf(source, {"yt_live_"});
  request->stream = live ? 2 : StartsWithOneOf(source, {"youtube"}) ? 1 : 3;
  Match key = FindUntil(text, Lead::kAnywhere, "/key/", "/?", "/?");
  if (!key) key = FindUntil(text, Lead::kParameter, "key=", "& ", "& ");
  if (StartsWithOneOf(key, {"dg_yt0"}) && !live) {
    request->mobile = FindUntil(text, Lead::kParameter, "androidcid=", "& ", "& ") ? 3 : 2;
  }
}

// "/hls_stream.ts?" and "/liveplay?".
void ParseLive(std::string_view text, int32_t stream, YoutubeRequest* request) {
  SetItag(request, FindDigits(text, "itag="));
  Set(&request->id, {FindFixed(text, Lead::kParameter, "id=", "", kId, 11, "& "),
                     FindFixed(text, Lead::kParameter, "id=", "", kHex, 16, "& "),
                     FindFixed(text, Lead::kAnywhere, "/id/", "o-", kId, 44, "/")});
  request->stream = stream;
}

void ParseGenerate204OrPlayback(std::string_view text, YoutubeRequest* request) {
  ParsePlayback(text, request);
}
void ParseHls(std::string_view text, YoutubeRequest* request) { ParseLive(text, 4, request); }
void ParseLivePlay(std::string_view text, YoutubeRequest* request) { ParseLive(text, 5, request); }

void ParseVideoInfo(std::string_view text, YoutubeRequest* request) {
  Set(&request->id, {FindFixed(text.substr(0, kVideoInfoBytes), Lead::kAnywhere, "video_id=", "",
                               kId, 11, "& ")});
}

// Video requests: parameters by name. A URL that was cut in the prefix is not looked at: it has
// none.
struct ParameterRule {
  std::string_view prefix;
  size_t min_size;
  size_t searched;
  void (*parse)(std::string_view text, YoutubeRequest* request);
};
constexpr ParameterRule kParameterRules[] = {
    {"/videoplayback?", 0, kSearchedBytes, ParseGenerate204OrPlayback},
    {"/generate_204?", 0, kSearchedBytes, ParseGenerate204OrPlayback},
    {"/videoplayback/", 0, kSearchedBytes, ParsePlaybackPath},
    {"/hls_stream.ts?", 0, kSearchedBytes, ParseHls},
    {"/liveplay?", 0, kSearchedBytes, ParseLivePlay},
    {"/get_video_info?", 37, kVideoInfoBytes, ParseVideoInfo},
    {"/get_video?", 37, kVideoInfoBytes, ParseVideoInfo},
};

// Pages: the identifier stands at a fixed place.
struct PlaceRule {
  std::string_view prefix;
  size_t min_size;  // of the URL with all that follows it
};
constexpr PlaceRule kPlaceRules[] = {
    {"/watch?v=", 21}, {"/watch#!v=", 22}, {"/embed/", 20}, {"/v/", 16}, {"/feeds/api/videos/", 31},
};

constexpr size_t kIdSize = 11;

// How the reference compares: a URL that ends inside the prefix matches it.
bool MatchesPrefix(std::string_view url, std::string_view prefix) {
  const size_t size = std::min(url.size(), prefix.size());
  return url.substr(0, size) == prefix.substr(0, size);
}

}  // namespace

YoutubeRequest ParseYoutubeUrl(std::string_view url) {
  YoutubeRequest request;
  for (const ParameterRule& rule : kParameterRules) {
    if (!MatchesPrefix(url, rule.prefix)) continue;
    if (url.size() >= rule.min_size) {
      rule.parse(CutAtNul(url.substr(0, rule.searched)), &request);
    }
    return request;
  }
  for (const PlaceRule& rule : kPlaceRules) {
    if (url.size() < rule.min_size || !url.starts_with(rule.prefix)) continue;
    if (RunLength(kId, url.substr(0, rule.prefix.size() + kIdSize), rule.prefix.size()) ==
        kIdSize) {
      request.id.Set(url.substr(rule.prefix.size(), kIdSize));
    }
    return request;
  }
  return request;
}

}  // namespace tstat::internal
