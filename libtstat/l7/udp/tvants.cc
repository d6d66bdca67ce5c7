// SPDX-License-Identifier: BSD-3-Clause
//
// TVAnts.
#include "l7/udp/signatures.h"

namespace tstat::internal {

bool IsTvAnts(const UdpPayload& p) {
  const ByteReader& b = p.bytes;
  constexpr size_t kVersion = 0, kLength = 2, kZeros = 6, kMark = 8, kNumber = 10, kHeadBytes = 13;
  const uint16_t length = b.U16(kLength), mark = b.U16(kMark), number = b.U16(kNumber);
  return b.Has(0, kHeadBytes) && b.U16(kVersion) == 0x0400 &&
         (length == 0x0700 || length == 0x0500) && b.U16(kZeros) == 0 &&
         (mark == 0x5353 || mark == 0x4453) && number >= 0x0011 && number <= 0x0013 &&
         b.U8(kHeadBytes - 1) == 0;
}

}  // namespace tstat::internal
