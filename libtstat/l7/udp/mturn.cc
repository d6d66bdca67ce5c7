// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] MTURN: relayed conference media whose header holds the length of what follows.
#include "l7/udp/signatures.h"

namespace tstat::internal {

bool IsMturn(const UdpPayload& p) {
  return p.bytes.U16(0) == 0xFF10 && p.bytes.Has(2, 2) && p.bytes.U16(2) + 12 == p.length_field;
}

}  // namespace tstat::internal
