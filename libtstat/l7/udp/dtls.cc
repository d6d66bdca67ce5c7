// SPDX-License-Identifier: BSD-3-Clause
//
// DTLS: the record header of a handshake (RFC 6347, 4.1).
#include "l7/udp/signatures.h"

namespace tstat::internal {

bool IsDtls(const UdpPayload& p) {
  const ByteReader& b = p.bytes;
  return b.U16(0) == 0x16FE && b.U8(2) >= 0xFB && b.Has(11) && b.U8(11) <= 0x39;
}

}  // namespace tstat::internal
