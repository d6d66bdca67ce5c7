// SPDX-License-Identifier: BSD-3-Clause
//
// AtUrlLevel: the privacy levels of the HTTP log and, for continuation rows, the choice of the
// value that goes on.
#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "tstat/http_message.h"

namespace tstat::inline v1 {
namespace {

using Member = HttpValue HttpMessage::*;

constexpr Member kAllValues[] = {
    &HttpMessage::method,       &HttpMessage::hostname,   &HttpMessage::path,
    &HttpMessage::referer,      &HttpMessage::user_agent, &HttpMessage::cookie,
    &HttpMessage::do_not_track, &HttpMessage::status,     &HttpMessage::content_length,
    &HttpMessage::content_type, &HttpMessage::server,     &HttpMessage::content_range,
    &HttpMessage::location,     &HttpMessage::set_cookie,
};

// `^(https?://[^/]+/?)` or nothing.
void KeepHost(HttpValue* value) {
  const std::string_view text = value->text;
  const size_t host = text.starts_with("http://") ? 7 : text.starts_with("https://") ? 8 : 0;
  const size_t end = std::min(text.find('/', host), text.size());
  if (!value->found || host == 0 || end == host) {
    *value = HttpValue();
    return;
  }
  value->text = text.substr(0, std::min(end + 1, text.size()));
  value->truncated &= end == text.size();  // else what was cut is behind it
}

// `^([^?]+)`, or the whole value when it begins with the query.
void DropQuery(HttpValue* value) {
  const size_t query = value->text.find('?');
  if (query == 0 || query == std::string_view::npos) return;
  value->text = value->text.substr(0, query);
  value->truncated = false;
}

// Below the full level nobody remembers that a path, referer or location was cut.
void ForgetContinuation(HttpValue* value) {
  if (value->continued && !value->named) *value = HttpValue();
  value->continued = value->truncated = false;
}

// Of several values that were cut in the segment before, the last one of this order goes on. A
// value whose header stands in this segment replaces the rest (location keeps its mark, as in
// Tstat).
void ChooseContinuation(HttpMessage* message) {
  constexpr Member kOrder[] = {&HttpMessage::path,       &HttpMessage::referer,
                               &HttpMessage::user_agent, &HttpMessage::cookie,
                               &HttpMessage::set_cookie, &HttpMessage::location};
  HttpValue* last = nullptr;
  for (Member member : kOrder) {
    if ((message->*member).continued) last = &(message->*member);
  }
  for (Member member : kOrder) {
    HttpValue& value = message->*member;
    if (&value == last && (!value.named || member == &HttpMessage::location)) continue;
    if (value.continued && !value.named) value = HttpValue();
    value.continued = false;
  }
  if (last != nullptr && last->repeated) last->continued = false;
}

bool HasValue(const HttpMessage& message) {
  return std::any_of(std::begin(kAllValues), std::end(kAllValues), [&](Member member) {
    const HttpValue& value = message.*member;
    return value.found && !value.repeated;
  });
}

}  // namespace

HttpMessage AtUrlLevel(const HttpMessage& message, HttpUrlLevel level) {
  HttpMessage m = message;
  if (level != HttpUrlLevel::kFull) {
    for (Member member : {&HttpMessage::path, &HttpMessage::referer, &HttpMessage::location}) {
      if (!m.marks_cuts) ForgetContinuation(&(m.*member));
    }
    m.cookie = m.set_cookie = HttpValue();
  }
  ChooseContinuation(&m);
  m.suppressed = m.needs_a_value && !HasValue(m);
  if (level == HttpUrlLevel::kNone) {
    m.path = HttpValue();
    KeepHost(&m.referer);
    KeepHost(&m.location);
  } else if (level == HttpUrlLevel::kPartial) {
    DropQuery(&m.path);
    DropQuery(&m.referer);
    DropQuery(&m.location);
  }
  return m;
}

OwnedHttpMessage::OwnedHttpMessage(const HttpMessage& message) : message_(message) {
  if (message.endpoints != nullptr) endpoints_ = std::make_unique<Endpoints>(*message.endpoints);
  message_.endpoints = endpoints_.get();
  size_t size = 0;
  for (Member member : kAllValues) size += (message.*member).text.size();
  text_ = std::make_unique<char[]>(size);
  char* out = text_.get();
  for (Member member : kAllValues) {
    HttpValue& value = message_.*member;
    if (value.text.empty()) continue;
    std::memcpy(out, value.text.data(), value.text.size());
    value.text = {out, value.text.size()};
    out += value.text.size();
  }
}

}  // namespace tstat::inline v1
