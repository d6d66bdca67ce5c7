// SPDX-License-Identifier: BSD-3-Clause
#include "l7/http/http_field.h"

#include <algorithm>
#include <cstddef>

namespace tstat::internal {
namespace {

struct FieldName {
  std::string_view name;
  HttpField field;
};
constexpr FieldName kNames[] = {
    {":method", HttpField::kMethod},
    {":path", HttpField::kPath},
    {":authority", HttpField::kAuthority},
    {":status", HttpField::kStatus},
    {"host", HttpField::kHost},
    {"referer", HttpField::kReferer},
    {"user-agent", HttpField::kUserAgent},
    {"cookie", HttpField::kCookie},
    {"dnt", HttpField::kDoNotTrack},
    {"content-length", HttpField::kContentLength},
    {"content-type", HttpField::kContentType},
    {"server", HttpField::kServer},
    {"content-range", HttpField::kContentRange},
    {"location", HttpField::kLocation},
    {"set-cookie", HttpField::kSetCookie},
    {"transfer-encoding", HttpField::kTransferEncoding},
    {"upgrade", HttpField::kUpgrade},
};
static_assert(std::ranges::all_of(kNames, [](const FieldName& n) {
  return n.name.size() <= kLongestHttpField;
}));

constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

}  // namespace

bool EqualsInAnyCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (Lower(text[i]) != lower[i]) return false;
  }
  return true;
}

HttpField FindHttpField(std::string_view name) {
  for (const FieldName& known : kNames) {
    if (EqualsInAnyCase(name, known.name)) return known.field;
  }
  return HttpField::kOther;
}

}  // namespace tstat::internal
