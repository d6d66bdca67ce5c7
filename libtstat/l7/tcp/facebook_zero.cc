// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/facebook_zero.h"

#include <algorithm>

#include "l7/tls/tls.h"

namespace tstat::internal {
namespace {

constexpr std::string_view kVersion = "1QTV";
constexpr size_t kTagCount = 13, kTags = 17, kTagLength = 8, kMaxName = 119;

}  // namespace

bool IsFacebookZeroHello(ByteReader payload) {
  return payload.size() >= 15 && payload.StartsWith(kVersion) && payload.StartsWith("CHLO", 9);
}

bool IsFacebookZeroResponse(ByteReader payload) {
  return payload.size() >= 7 && payload.StartsWith(kVersion);
}

std::string_view FacebookZeroServerName(ByteReader payload) {
  const size_t tags = payload.U8(kTagCount);
  const size_t values = kTags + kTagLength * tags;
  if (payload.size() < values) return {};
  std::string_view found;
  size_t begin = 0;
  for (size_t t = 0; t < tags; ++t) {
    const size_t tag = kTags + kTagLength * t;
    const size_t end = payload.U8(tag + 4);  // the low byte of the offset only
    if (end >= begin && payload.size() >= values + end && payload.StartsWith("SNI", tag)) {
      std::string_view name = payload.Text(values + begin, std::min(end - begin, kMaxName));
      name = name.substr(0, name.find('\0'));
      if (IsAcceptedName(name)) found = name;
    }
    begin = end;
  }
  return found;
}

}  // namespace tstat::internal
