// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/ssh.h"

#include <string_view>

#include "l7/byte_class.h"

namespace tstat::internal {

bool IsSshVersion(ByteReader payload) {
  constexpr std::string_view kName = "SSH-";
  constexpr size_t kMajor = kName.size(), kDot = kMajor + 1, kMinor = kMajor + 2, kShortest = 8;
  return payload.size() >= kShortest && payload.StartsWith(kName) &&
         (payload.U8(kMajor) == '1' || payload.U8(kMajor) == '2') && payload.U8(kDot) == '.' &&
         IsDigit(payload.U8(kMinor));
}

}  // namespace tstat::internal
