// SPDX-License-Identifier: BSD-3-Clause
//
// TVAnts.
#include "l7/udp/signatures.h"

namespace tstat::internal {

bool IsTvAnts(const UdpPayload& p) {
  const ByteReader& b = p.bytes;
  return b.Has(0, 13) && b.U16(0) == 0x0400 && (b.U8(2) == 0x07 || b.U8(2) == 0x05) &&
         b.U8(3) == 0 && b.U16(6) == 0 && (b.U8(8) == 0x53 || b.U8(8) == 0x44) && b.U8(9) == 0x53 &&
         b.U8(10) == 0 && b.U8(11) >= 0x11 && b.U8(11) <= 0x13 && b.U8(12) == 0;
}

}  // namespace tstat::internal
