// SPDX-License-Identifier: BSD-3-Clause
#include "l7/http/start_line.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "l7/byte_class.h"
#include "l7/http/http_field.h"

namespace tstat::internal {
namespace {

// Of RFC 9110, WebDAV (RFC 4918, 3253, 3744, 5323, 5842), UPnP and caches.
constexpr std::string_view kMethods[] = {
    "GET",        "HEAD",        "POST",     "PUT",       "DELETE",      "CONNECT",  "OPTIONS",
    "TRACE",      "PATCH",       "PROPFIND", "PROPPATCH", "MKCOL",       "COPY",     "MOVE",
    "LOCK",       "UNLOCK",      "SEARCH",   "REPORT",    "MKCALENDAR",  "ACL",      "BIND",
    "UNBIND",     "REBIND",      "CHECKIN",  "CHECKOUT",  "UNCHECKOUT",  "MERGE",    "UPDATE",
    "LABEL",      "MKWORKSPACE", "NOTIFY",   "SUBSCRIBE", "UNSUBSCRIBE", "M-SEARCH", "PURGE",
    "MKACTIVITY", "QUERY",       "SOURCE"};

constexpr std::string_view kAnyVersion = "HTTP/";
constexpr size_t kLongestMethod = 64;

// tchar of RFC 9110, 5.6.2.
constexpr bool IsTokenCharacter(char c) {
  const auto u = static_cast<uint8_t>(c);
  return IsAlphanumeric(u) ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

constexpr bool IsVersion(std::string_view text) {
  return text.size() == 8 && text.starts_with("HTTP/") && IsDigit(static_cast<uint8_t>(text[5])) &&
         text[6] == '.' && IsDigit(static_cast<uint8_t>(text[7]));
}

size_t TokenLength(std::string_view text) {
  return static_cast<size_t>(std::ranges::find_if_not(text, IsTokenCharacter) - text.begin());
}

bool IsKnownMethod(std::string_view method) {
  return std::ranges::find(kMethods, method) != std::end(kMethods);
}

bool HasControl(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return IsControl(static_cast<uint8_t>(c)); });
}

bool IsPathOrUrl(std::string_view target) {
  return target.starts_with('/') || EqualsInAnyCase(target.substr(0, 7), "http://") ||
         EqualsInAnyCase(target.substr(0, 8), "https://");
}

std::string_view WithoutBlanksBehind(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Takes the version from the end of a line.
bool TakeVersion(std::string_view* line) {
  constexpr size_t kVersion = 8;
  *line = WithoutBlanksBehind(*line);
  if (line->size() <= kVersion || !IsVersion(line->substr(line->size() - kVersion))) return false;
  line->remove_suffix(kVersion);
  if (line->back() != ' ') return false;
  *line = WithoutBlanksBehind(*line);
  return true;
}

}  // namespace

std::optional<HttpRequestLine> HttpRequestLine::Parse(std::string_view line, bool cut) {
  HttpRequestLine found;
  const size_t method = TokenLength(line);
  if (method == 0 || method > kLongestMethod || method == line.size() || line[method] != ' ') {
    return std::nullopt;
  }
  found.method = line.substr(0, method);
  line.remove_prefix(method + 1);
  found.versioned = !cut && TakeVersion(&line);
  while (line.starts_with(' ')) line.remove_prefix(1);
  if (line.empty()) return std::nullopt;
  found.target = line;
  if (found.versioned) return found;
  if (cut) {
    if (!IsPathOrUrl(line)) return std::nullopt;
    found.target = line.substr(0, line.find(' '));
    found.target_cut = found.target.size() == line.size();
    return found;
  }
  if (found.method != "GET" || !line.starts_with('/') || line.find(' ') != line.npos) {
    return std::nullopt;
  }
  return found;
}

bool HttpRequestLine::IsCertain(bool cut) const {
  return IsKnownMethod(method) && (versioned || cut);
}

std::optional<HttpResponseLine> HttpResponseLine::Parse(std::string_view line) {
  constexpr size_t kVersion = 8, kDigits = 3, kCode = kVersion + 1;
  if (line.size() < kCode + kDigits || !IsVersion(line.substr(0, kVersion))) return std::nullopt;
  if (line[kVersion] != ' ') return std::nullopt;
  HttpResponseLine found;
  found.digits = line.substr(kCode, kDigits);
  for (char c : found.digits) {
    if (!IsDigit(static_cast<uint8_t>(c))) return std::nullopt;
    found.status = static_cast<uint16_t>(found.status * 10 + (c - '0'));
  }
  if (found.status < 100) return std::nullopt;
  if (line.size() > kCode + kDigits && IsDigit(static_cast<uint8_t>(line[kCode + kDigits]))) {
    return std::nullopt;
  }
  return found;
}

bool MayBeHttpFirstLine(std::string_view text, bool request) {
  if (!request) return kAnyVersion.starts_with(text.substr(0, kAnyVersion.size()));
  const size_t method = TokenLength(text);
  if (method > kLongestMethod) return false;
  return method == text.size() || (method > 0 && text[method] == ' ');
}

bool MayBeginHttpMessage(std::string_view text, bool request) {
  if (request) {
    const size_t method = TokenLength(text);
    if (method == text.size()) {
      return std::ranges::any_of(kMethods, [&](auto known) { return known.starts_with(text); });
    }
    const std::string_view target = text.substr(method + 1);
    return text[method] == ' ' && IsKnownMethod(text.substr(0, method)) &&
           (target.empty() || target[0] > ' ');
  }
  constexpr std::string_view kForm = "HTTP/0.0 000";
  text = text.substr(0, kForm.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool fits =
        kForm[i] == '0' ? IsDigit(static_cast<uint8_t>(text[i])) : text[i] == kForm[i];
    if (!fits) return false;
  }
  return true;
}

bool BeginsHttpMessage(std::string_view text, bool request) {
  if (!MayBeginHttpMessage(text, request)) return false;
  if (!request) return HttpResponseLine::Parse(text).has_value();
  return TokenLength(text) + 1 < text.size();
}

bool IsHttpFieldLine(std::string_view line) {
  const size_t name = TokenLength(line);
  const std::string_view rest = line.substr(name);
  const size_t colon = rest.find_first_not_of(" \t");
  return name > 0 && colon != std::string_view::npos && rest[colon] == ':';
}

// Of a method that is known the begin of a target is enough, of others the version, too, or a line
// that goes on; and one that is not known has no controls behind it, as Git's commands do. What a
// line is does not depend on how much of it came at once.
HttpBeginning LooksLikeHttpRequest(ByteReader bytes) {
  constexpr size_t kLongestLikely = 24;
  std::string_view text = bytes.Text(0, kHttpBeginningBytes);
  const bool full = text.size() == kHttpBeginningBytes;
  while (text.starts_with('\r') || text.starts_with('\n')) text.remove_prefix(1);
  const size_t end = text.find('\n');
  if (end != std::string_view::npos) {
    text = text.substr(0, end);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (!IsKnownMethod(text.substr(0, TokenLength(text))) && HasControl(text)) {
      return HttpBeginning::kNo;
    }
    if (HttpRequestLine::Parse(text, false)) return HttpBeginning::kYes;
    const auto begin = HttpRequestLine::Parse(text, /*cut=*/true);
    return begin && begin->IsCertain(/*cut=*/true) ? HttpBeginning::kYes : HttpBeginning::kNo;
  }
  if (text.ends_with('\r')) text.remove_suffix(1);  // perhaps the line's end
  const size_t method = TokenLength(text);
  if (method > kLongestLikely || (method == 0 && !text.empty())) return HttpBeginning::kNo;
  if (method == text.size()) return full ? HttpBeginning::kNo : HttpBeginning::kMaybe;
  if (text[method] != ' ') return HttpBeginning::kNo;
  std::string_view target = text.substr(method + 1);
  while (target.starts_with(' ')) target.remove_prefix(1);
  const bool is_known = IsKnownMethod(text.substr(0, method));
  if (!is_known && HasControl(target)) return HttpBeginning::kNo;
  const bool is_target = IsPathOrUrl(target) || (text.starts_with("CONNECT ") && full);
  if (is_target && (full || is_known)) return HttpBeginning::kYes;
  return full ? HttpBeginning::kNo : HttpBeginning::kMaybe;
}

HttpBeginning LooksLikeHttpResponse(ByteReader bytes) {
  // Length, type, flags and stream of the SETTINGS with which a server of HTTP/2 begins.
  if (!bytes.empty() && bytes.U8(0) == 0) {
    constexpr size_t kFrameHeader = 9, kSetting = 6, kMost = 32 * kSetting;
    constexpr uint8_t kSettings = 4;
    if (bytes.size() < kFrameHeader) return HttpBeginning::kMaybe;
    const uint32_t length = bytes.U24(0);
    const bool settings = length % kSetting == 0 && length <= kMost && bytes.U8(3) == kSettings &&
                          bytes.U8(4) <= 1 && bytes.U32(5) == 0;
    return settings ? HttpBeginning::kYes : HttpBeginning::kNo;
  }
  constexpr std::string_view kBegin = "HTTP/1.";
  const std::string_view text = bytes.Text(0, kBegin.size());
  if (!kBegin.starts_with(text)) return HttpBeginning::kNo;
  return text.size() < kBegin.size() ? HttpBeginning::kMaybe : HttpBeginning::kYes;
}

}  // namespace tstat::internal
