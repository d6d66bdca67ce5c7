// SPDX-License-Identifier: BSD-3-Clause
//
// PPStream: a length in front, with three ways to count it.
#include "l7/udp/signatures.h"

namespace tstat::internal {

bool IsPpStream(const UdpPayload& p) {
  constexpr size_t kLength = 0, kMark = 2;
  if (p.bytes.U8(kMark) != 0x43) return false;
  const int shorter = p.length_field - p.bytes.U16Le(kLength);
  return shorter == 8 || shorter == 12 || shorter == 14;
}

}  // namespace tstat::internal
