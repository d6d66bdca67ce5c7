// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/sye.h"

#include <cassert>

namespace tstat::internal {

SyeDetector::Role SyeDetector::RoleOf(const UdpPayload& p) {
  constexpr size_t kMarks[] = {2, 4, 6}, kLength = 2;
  constexpr int kNotCounted = kUdpHeaderBytes;
  const ByteReader& b = p.bytes;
  if (b.U8(kFirstByte) == kCommandByte) {
    const bool marked = b.U8(kMarks[0]) == 0x18 && b.U8(kMarks[1]) == 0x42 && b.U8(kMarks[2]) == 0;
    return marked ? Role::kCommand : Role::kUnknown;
  }
  return b.U16Le(kLength) + kNotCounted == p.length_field ? Role::kData : Role::kUnknown;
}

bool SyeDetector::OnPacket(Direction sender, const UdpPayload& p) {
  assert(Concerns(p));
  const auto self = static_cast<size_t>(Index(sender));
  role_[self] = RoleOf(p);
  const Role other = role_[1 - self];
  if ((role_[self] == Role::kCommand && other == Role::kData) ||
      (role_[self] == Role::kData && other == Role::kCommand)) {
    found_ = true;
  }
  return found_;
}

}  // namespace tstat::internal
