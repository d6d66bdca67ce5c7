// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] MTURN: relayed conference media whose header holds the length of what follows.
#include "l7/udp/signatures.h"

namespace tstat::internal {

bool IsMturn(const UdpPayload& p) {
  constexpr size_t kMark = 0, kLength = 2;
  constexpr uint16_t kMturn = 0xFF10;
  constexpr int kNotCounted = kUdpHeaderBytes + 4;  // mark and length
  return p.bytes.U16(kMark) == kMturn && p.bytes.Has(kLength, 2) &&
         p.bytes.U16(kLength) + kNotCounted == p.length_field;
}

}  // namespace tstat::internal
