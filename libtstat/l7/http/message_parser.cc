// SPDX-License-Identifier: BSD-3-Clause
#include "l7/http/message_parser.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "l7/http/status_line.h"
#include "l7/text_match.h"

namespace tstat::internal {
namespace {

using byte_class::kPrintable;
using byte_class::kToken;
using byte_class::kUpper;

constexpr size_t kMinHttpSegment = 5;
constexpr size_t kMaxMethod = 9;
constexpr size_t kMaxShortValue = 199;
constexpr size_t kMaxLongValue = 1599;

// Values that can be continued in the next segment: bits of HttpSplitState::Head::cut_fields.
enum HttpField : uint8_t {
  kNoField = 0,
  kPathField = 1,
  kRefererField = 2,
  kUserAgentField = 4,
  kCookieField = 8,
  kSetCookieField = 16,
  kLocationField = 32,
};
struct FieldValue {
  HttpField field;
  HttpValue HttpMessage::*value;
};
// If several of a message are cut, the last one of this order is remembered.
constexpr FieldValue kFields[] = {
    {kPathField, &HttpMessage::path},
    {kRefererField, &HttpMessage::referer},
    {kUserAgentField, &HttpMessage::user_agent},
    {kCookieField, &HttpMessage::cookie},
    {kSetCookieField, &HttpMessage::set_cookie},
    {kLocationField, &HttpMessage::location},
};

struct HeaderRule {
  std::string_view name;  // without the colon
  uint8_t value_class;
  size_t max_size;
  HttpValue HttpMessage::*value;
  HttpField field;  // kNoField: never marked as truncated
};

// What is looked for, how its value is cut, and whether a cut is marked.
constexpr HeaderRule kRequestHeaders[] = {
    {"Host", kToken, kMaxShortValue, &HttpMessage::hostname, kNoField},
    {"Referer", kToken, kMaxLongValue, &HttpMessage::referer, kRefererField},
    {"User-Agent", kPrintable, kMaxLongValue, &HttpMessage::user_agent, kUserAgentField},
    {"Cookie", kPrintable, kMaxLongValue, &HttpMessage::cookie, kCookieField},
    {"DNT", kPrintable, kMaxShortValue, &HttpMessage::do_not_track, kNoField},
};
constexpr HeaderRule kResponseHeaders[] = {
    {"Content-Length", kPrintable, kMaxShortValue, &HttpMessage::content_length, kNoField},
    {"Content-Type", kPrintable, kMaxShortValue, &HttpMessage::content_type, kNoField},
    {"Server", kPrintable, kMaxShortValue, &HttpMessage::server, kNoField},
    {"Content-Range", kPrintable, kMaxShortValue, &HttpMessage::content_range, kNoField},
    {"Location", kToken, kMaxLongValue, &HttpMessage::location, kLocationField},
    {"Set-Cookie", kPrintable, kMaxLongValue, &HttpMessage::set_cookie, kSetCookieField},
};

// The segment as the matchers see it.
struct Text {
  std::string_view text;  // the payload up to its first NUL byte
  size_t last;            // index of the payload's last byte

  explicit Text(ByteReader payload) : text(CutAtNul(payload.Text())), last(payload.size() - 1) {}

  // A match that leaves at most one byte of the segment is taken for a cut one.
  bool IsCut(size_t end) const { return end >= last; }
};

// Takes the leftmost match of `NAME: (class+)` of every rule from `begin` on. Returns the fields
// that touch the end of the segment.
uint8_t FindHeaders(const Text& t, size_t begin, std::span<const HeaderRule> rules,
                    HttpMessage* message) {
  const std::string_view text = t.text;
  uint32_t wanted = (1u << rules.size()) - 1;
  uint8_t cut = 0;
  for (size_t colon = text.find(':', begin); colon != std::string_view::npos && wanted != 0;
       colon = text.find(':', colon + 1)) {
    const size_t value_begin = colon + 2;
    if (value_begin >= text.size()) break;
    if (text[colon + 1] != ' ') continue;
    for (size_t i = 0; i < rules.size(); ++i) {
      const HeaderRule& rule = rules[i];
      if ((wanted & 1u << i) == 0 || rule.name.size() > colon - begin) continue;
      if (rule.name.back() != text[colon - 1]) continue;
      if (text.substr(colon - rule.name.size(), rule.name.size()) != rule.name) continue;
      const size_t size = RunLength(rule.value_class, text, value_begin);
      if (size == 0) continue;
      wanted &= ~(1u << i);
      HttpValue& value = message->*rule.value;
      value.text = text.substr(value_begin, std::min(size, rule.max_size));
      value.found = value.named = true;
      value.repeated = false;
      value.truncated = rule.field != kNoField && t.IsCut(value_begin + size);
      if (value.truncated) cut |= rule.field;
      break;  // no name is the end of another one of its list
    }
  }
  return cut;
}

// `^([A-Z]+) ([^[:cntrl:][:space:]]+) `, else the same without the last blank.
uint8_t ReadRequest(const Text& t, HttpMessage* message) {
  const std::string_view text = t.text;
  size_t headers = 0;
  uint8_t cut = 0;
  const size_t method = RunLength(kUpper, text, 0);
  const size_t path_begin = method + 1;
  const bool blank = method > 0 && method < text.size() && text[method] == ' ';
  const size_t path = blank ? RunLength(kToken, text, path_begin) : 0;
  if (path > 0) {
    message->method.text = text.substr(0, std::min(method, kMaxMethod));
    message->method.found = true;
    message->path.text = text.substr(path_begin, std::min(path, kMaxLongValue));
    message->path.found = true;
    const size_t path_end = path_begin + path;
    if (path_end < text.size() && text[path_end] == ' ') {
      headers = path_end;
    } else if (t.IsCut(path_end)) {
      message->path.truncated = true;
      cut |= kPathField;
    }
  }
  return cut | FindHeaders(t, headers, kRequestHeaders, message);
}

uint8_t ReadResponse(ByteReader payload, const Text& t, HttpMessage* message) {
  if (const std::optional<HttpStatusLine> line = HttpStatusLine::Parse(payload)) {
    message->status.text = line->code;
    message->status.found = true;
  }
  return FindHeaders(t, 0, kResponseHeaders, message);
}

// Removes `[[:space:]]+HTTP/1\.[01]$`.
std::string_view WithoutProtocol(std::string_view text) {
  constexpr std::string_view kProtocol = " HTTP/1.";
  constexpr size_t kSize = kProtocol.size() + 1;
  if (text.size() < kSize || (text.back() != '0' && text.back() != '1')) return text;
  std::string_view head = text.substr(0, text.size() - kSize);
  if (text.substr(head.size(), kProtocol.size()) != kProtocol) return text;
  while (!head.empty() && head.back() == ' ') head.remove_suffix(1);
  return head;
}

// [3.3] For a continuation in the next segment.
void Remember(const HttpMessage& message, uint8_t cut_fields, HttpSplitState::Head* head) {
  head->open = true;
  head->cut_fields = cut_fields;
  head->cut_text.clear();
  for (const FieldValue& f : kFields) {
    if (cut_fields & f.field) head->cut_text = (message.*f.value).text;
  }
}

// [3.3] The text at the start is the rest of the fields that were cut; all headers are searched as
// well.
void ReadContinuation(const Text& t, const HttpSplitState::Head& head,
                      std::span<const HeaderRule> rules, HttpMessage* message) {
  const std::string_view rest =
      t.text.substr(0, std::min(RunLength(kPrintable, t.text, 0), kMaxLongValue));
  HttpValue* last = nullptr;
  for (const FieldValue& f : kFields) {
    if ((head.cut_fields & f.field) == 0) continue;
    last = &(message->*f.value);
    last->continued = true;
    if (rest.empty()) continue;
    last->text = f.field == kPathField ? WithoutProtocol(rest) : rest;
    last->found = true;
    last->truncated = last->text.size() == t.last + 1;
  }
  if (last != nullptr && rest.empty()) {
    last->text = head.cut_text;
    last->found = last->repeated = true;
  }
  FindHeaders(t, 0, rules, message);
}

}  // namespace

HttpStart FindHttpStart(ByteReader payload, Direction direction, const CompatProfile& profile) {
  if (payload.size() < kMinHttpSegment) return HttpStart::kNone;
  const bool client = direction == Direction::kClientToServer;
  constexpr size_t kWordBytes = 4;
  const std::string_view word = payload.Text(0, kWordBytes);
  const HttpStart request = client ? HttpStart::kRequest : HttpStart::kOther;
  if (word == "GET " || word == "POST" || word == "HEAD") return request;
  if (word == "HTTP") {
    if (client) return HttpStart::kOther;
    return payload.U8(kWordBytes) == '/' ? HttpStart::kResponse : HttpStart::kResponseWord;
  }
  if (profile.http_more_methods) {
    if (word == "PUT ") return request;
    for (std::string_view method : {"DELETE ", "PATCH ", "OPTIONS "}) {
      if (word != method.substr(0, kWordBytes)) continue;
      return payload.StartsWith(method) ? request : HttpStart::kOther;
    }
  }
  return HttpStart::kNone;
}

std::optional<HttpSegment> HttpSegment::Parse(ByteReader payload, Direction direction,
                                              const CompatProfile& profile, HttpSplitState* split) {
  std::optional<HttpSegment> segment;
  const HttpStart start = FindHttpStart(payload, direction, profile);
  if (start == HttpStart::kOther) return segment;
  const bool client = direction == Direction::kClientToServer;
  HttpSplitState::Head* head = nullptr;
  if (profile.http_second_segment && split != nullptr) {
    head = client ? &split->request : &split->response;
  }
  if (start == HttpStart::kNone) {
    if (head == nullptr || !head->open || payload.size() < kMinHttpSegment) return segment;
    head->open = false;
    HttpMessage& message = segment.emplace().message;
    message.kind =
        client ? HttpMessage::Kind::kRequestContinuation : HttpMessage::Kind::kResponseContinuation;
    message.needs_a_value = true;
    if (client) {
      ReadContinuation(Text(payload), *head, kRequestHeaders, &message);
    } else {
      ReadContinuation(Text(payload), *head, kResponseHeaders, &message);
    }
    return segment;
  }

  HttpMessage& message = segment.emplace().message;
  message.needs_a_value = profile.http_second_segment;
  uint8_t cut = 0;
  if (client) {
    cut = ReadRequest(Text(payload), &message);
  } else {
    message.kind = HttpMessage::Kind::kResponse;
    if (start == HttpStart::kResponse) cut = ReadResponse(payload, Text(payload), &message);
  }
  if (head != nullptr) Remember(message, cut, head);
  if (start == HttpStart::kResponseWord) segment.reset();
  return segment;
}

}  // namespace tstat::internal
