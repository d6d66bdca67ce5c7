// SPDX-License-Identifier: BSD-3-Clause
//
// Teredo: an IPv6 header with a source address of 2001:0::/32 as payload (RFC 4380).
#include "l7/udp/signatures.h"

namespace tstat::internal {

bool IsTeredo(const UdpPayload& p) {
  constexpr size_t kFirstWord = 0, kSource = 8;
  constexpr uint32_t kPlainIpv6 = 0x60000000, kTeredoPrefix = 0x20010000;
  return p.bytes.U32(kFirstWord) == kPlainIpv6 && p.bytes.U32(kSource) == kTeredoPrefix;
}

}  // namespace tstat::internal
