// SPDX-License-Identifier: BSD-3-Clause
//
// DTLS: the record header of a handshake (RFC 6347, 4.1).
#include "l7/udp/signatures.h"

namespace tstat::internal {

bool IsDtls(const UdpPayload& p) {
  // Content type and upper byte of the version; the record's length.
  constexpr size_t kType = 0, kVersionLow = 2, kLengthHigh = 11;
  constexpr uint16_t kHandshakeOfDtls = 0x16FE;
  constexpr uint8_t kLowestVersion = 0xFB, kLongest = 0x39;
  const ByteReader& b = p.bytes;
  return b.U16(kType) == kHandshakeOfDtls && b.U8(kVersionLow) >= kLowestVersion &&
         b.Has(kLengthHigh) && b.U8(kLengthHigh) <= kLongest;
}

}  // namespace tstat::internal
