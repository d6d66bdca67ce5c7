// SPDX-License-Identifier: BSD-3-Clause
//
// Teredo: an IPv6 header with a source address of 2001:0::/32 as payload (RFC 4380).
#include "l7/udp/signatures.h"

namespace tstat::internal {

bool IsTeredo(const UdpPayload& p) {
  return p.bytes.U32(0) == 0x60000000 && p.bytes.U32(8) == 0x20010000;
}

}  // namespace tstat::internal
