// SPDX-License-Identifier: BSD-3-Clause
#include "l7/http/http_head.h"

#include <algorithm>
#include <cstring>

#include "l7/byte_class.h"

namespace tstat::internal {
namespace {

constexpr bool IsBlank(char c) { return c == ' ' || c == '\t'; }

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// "http://user@host:80/path" and "host:443": what stands between the scheme and the path. Nothing
// of a target that is only a path.
std::string_view AuthorityOf(std::string_view target, bool connect) {
  const size_t scheme = target.find("://");
  if (scheme != std::string_view::npos && scheme < target.find_first_of("/?#")) {
    target.remove_prefix(scheme + 3);
  } else if (!connect) {
    return {};
  }
  target = target.substr(0, target.find_first_of("/?#"));
  const size_t user = target.rfind('@');
  return user == std::string_view::npos ? target : target.substr(user + 1);
}

}  // namespace

void HttpHead::Start(HttpMessage::Kind kind, Timestamp time) {
  message_ = HttpMessage();
  message_.marks_cuts = true;
  message_.kind = kind;
  message_.time = time;
  authority_ = HttpValue();
  text_size_ = 0;
}

bool HttpHead::begun() const {
  return message_.is_request() ? message_.method.found : message_.status.found;
}

HttpValue* HttpHead::ValueOf(HttpField field) {
  const bool request = message_.is_request();
  switch (field) {
    case HttpField::kMethod:
      return request ? &message_.method : nullptr;
    case HttpField::kPath:
      return request ? &message_.path : nullptr;
    case HttpField::kAuthority:
      return request ? &authority_ : nullptr;
    case HttpField::kHost:
      return request ? &message_.hostname : nullptr;
    case HttpField::kReferer:
      return request ? &message_.referer : nullptr;
    case HttpField::kUserAgent:
      return request ? &message_.user_agent : nullptr;
    case HttpField::kCookie:
      return request ? &message_.cookie : nullptr;
    case HttpField::kDoNotTrack:
      return request ? &message_.do_not_track : nullptr;
    case HttpField::kStatus:
      return request ? nullptr : &message_.status;
    case HttpField::kContentLength:
      return request ? nullptr : &message_.content_length;
    case HttpField::kContentType:
      return request ? nullptr : &message_.content_type;
    case HttpField::kServer:
      return request ? nullptr : &message_.server;
    case HttpField::kContentRange:
      return request ? nullptr : &message_.content_range;
    case HttpField::kLocation:
      return request ? nullptr : &message_.location;
    case HttpField::kSetCookie:
      return request ? nullptr : &message_.set_cookie;
    case HttpField::kTransferEncoding:
    case HttpField::kUpgrade:
    case HttpField::kOther:
      break;
  }
  return nullptr;
}

void HttpHead::Add(HttpField field, std::string_view value, bool cut) {
  HttpValue* stored = ValueOf(field);
  if (stored == nullptr) return;
  value = Trimmed(value);
  if (!stored->found) {
    Store(stored, value, cut);
  } else if (field == HttpField::kCookie) {
    Append(stored, "; ");
    Append(stored, value);
    stored->truncated = stored->truncated || cut;
  }
}

void HttpHead::Extend(HttpField field, std::string_view value, bool cut) {
  HttpValue* stored = ValueOf(field);
  if (stored == nullptr) return;
  value = Trimmed(value);
  if (value.empty()) return;
  if (!stored->found) {
    Store(stored, value, cut);
    return;
  }
  Append(stored, " ");
  Append(stored, value);
  stored->truncated = stored->truncated || cut;
}

void HttpHead::Store(HttpValue* value, std::string_view text, bool cut) {
  if (text.empty()) return;
  value->text = std::string_view(text_.data(), text_.room()).substr(text_size_, 0);
  value->found = value->named = true;
  value->truncated = cut;
  Append(value, text);
}

size_t HttpHead::RoomFor(const HttpValue* value, size_t wanted) {
  const bool others = message_.is_request() && value != &message_.hostname && value != &authority_;
  const size_t kept = others ? kHostText : 0;
  const char* const before = text_.data();
  wanted = std::min(wanted, kMaxText - std::min(kMaxText, text_size_ + kept));
  if (!text_.Grow(text_size_ + wanted + kept)) {
    wanted = std::min(wanted, text_.room() - std::min(text_.room(), text_size_ + kept));
  }
  if (text_.data() == before) return wanted;
  // The values moved with it.
  for (HttpValue* v :
       {&message_.method, &message_.path, &message_.hostname, &message_.referer,
        &message_.user_agent, &message_.cookie, &message_.do_not_track, &message_.status,
        &message_.content_length, &message_.content_type, &message_.server, &message_.content_range,
        &message_.location, &message_.set_cookie, &authority_}) {
    if (v->text.data() == nullptr) continue;
    v->text = std::string_view(text_.data() + (v->text.data() - before), v->text.size());
  }
  return wanted;
}

// A control character is none in a value: a blank stands for it (RFC 9110, 5.5).
void HttpHead::Append(HttpValue* value, std::string_view text) {
  if (value->text.data() + value->text.size() != text_.data() + text_size_) {
    // Others stand behind it: it goes on at the end.
    if (value->text.size() > RoomFor(value, value->text.size())) {
      value->truncated = true;
      return;
    }
    std::memcpy(text_.data() + text_size_, value->text.data(), value->text.size());
    value->text = std::string_view(text_.data() + text_size_, value->text.size());
    text_size_ += value->text.size();
  }
  const size_t size = RoomFor(value, text.size());
  if (size < text.size()) value->truncated = true;
  char* out = text_.data() + text_size_;
  for (size_t i = 0; i < size; ++i) {
    out[i] = IsControl(static_cast<uint8_t>(text[i])) ? ' ' : text[i];
  }
  text_size_ += size;
  value->text = std::string_view(value->text.data(), value->text.size() + size);
}

HttpMessage HttpHead::message() const {
  HttpMessage message = message_;
  if (!message.is_request() || message.hostname.found) return message;
  message.hostname = authority_;
  if (message.hostname.found) return message;
  const std::string_view host =
      AuthorityOf(message.path.text, /*connect=*/message.method.text == "CONNECT");
  if (host.empty()) return message;
  message.hostname.text = host;
  message.hostname.found = message.hostname.named = true;
  message.hostname.truncated =
      message.path.truncated &&
      host.data() + host.size() == message.path.text.data() + message.path.text.size();
  return message;
}

HttpHead& HttpHeadPool::Take() {
  if (free_.empty()) {
    heads_.push_back(std::make_unique<HttpHead>(&budget_));
    free_.reserve(heads_.size());
    free_.push_back(heads_.back().get());
  }
  HttpHead* head = free_.back();
  free_.pop_back();
  return *head;
}

}  // namespace tstat::internal
