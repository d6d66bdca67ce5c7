// SPDX-License-Identifier: BSD-3-Clause
#include "l7/http/hostname.h"

#include <algorithm>

#include "l7/byte_class.h"

namespace tstat::internal {

std::optional<HttpHostname> HttpHostname::Parse(ByteReader payload) {
  constexpr std::string_view kHeader = "Host: ";
  constexpr size_t kMaxLength = 199;
  std::string_view text = payload.Text();
  text = text.substr(0, text.find('\0'));
  for (size_t at = text.find(kHeader); at != text.npos; at = text.find(kHeader, at + 1)) {
    std::string_view value = text.substr(at + kHeader.size());
    size_t size = 0;
    while (size < value.size() && !IsControl(static_cast<uint8_t>(value[size])) &&
           !IsSpace(static_cast<uint8_t>(value[size]))) {
      ++size;
    }
    if (size > 0) return HttpHostname{value.substr(0, std::min(size, kMaxLength))};
  }
  return std::nullopt;
}

}  // namespace tstat::internal
