// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/facebook_zero.h"

#include <algorithm>

#include "l7/tls/tls.h"

namespace tstat::internal {
namespace {

constexpr std::string_view kFacebookVersion = "1QTV", kHello = "CHLO", kServerName = "SNI";
constexpr size_t kMessage = 9, kTagCount = 13, kTags = 17, kHelloBytes = 15, kResponseBytes = 7;
// A tag: its name and where its value ends, of which the low byte is read only.
constexpr size_t kTagEnd = 4, kTagBytes = 8;
constexpr size_t kMaxName = 119;

// The last one that is accepted.
std::string_view FindServerName(ByteReader payload) {
  const size_t tags = payload.U8(kTagCount);
  const size_t values = kTags + kTagBytes * tags;
  if (payload.size() < values) return {};
  std::string_view found;
  size_t begin = 0;
  for (size_t t = 0; t < tags; ++t) {
    const size_t tag = kTags + kTagBytes * t;
    const size_t end = payload.U8(tag + kTagEnd);
    if (end >= begin && payload.size() >= values + end && payload.StartsWith(kServerName, tag)) {
      std::string_view name = payload.Text(values + begin, std::min(end - begin, kMaxName));
      name = name.substr(0, name.find('\0'));
      if (IsAcceptedName(name)) found = name;
    }
    begin = end;
  }
  return found;
}

}  // namespace

bool IsFacebookZeroHello(ByteReader payload) {
  return payload.size() >= kHelloBytes && payload.StartsWith(kFacebookVersion) &&
         payload.StartsWith(kHello, kMessage);
}

bool IsFacebookZeroResponse(ByteReader payload) {
  return payload.size() >= kResponseBytes && payload.StartsWith(kFacebookVersion);
}

std::optional<FacebookZeroHello> FacebookZeroHello::Parse(ByteReader payload) {
  if (!IsFacebookZeroHello(payload)) return std::nullopt;
  return FacebookZeroHello{FindServerName(payload)};
}

}  // namespace tstat::internal
