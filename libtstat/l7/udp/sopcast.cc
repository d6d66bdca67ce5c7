// SPDX-License-Identifier: BSD-3-Clause
//
// SopCast: a message number and the payload's length at fixed places.
#include <cstdint>

#include "l7/udp/signatures.h"

namespace tstat::internal {
namespace {

constexpr bool IsMessage(uint16_t number) {
  return number == 0x0601 || number == 0x0101 || number == 0x01FF || number == 0x03FF;
}

}  // namespace

bool IsSopCast(const UdpPayload& p) {
  const ByteReader& b = p.bytes;
  if (!b.Has(0, 12) || b.U8(2) != 1) return false;
  switch (b.U8(0)) {
    case 0x00:
      return IsMessage(b.U16(8)) && b.U16(10) + 16 == p.length_field;
    case 0xFF:
      return b.U8(1) == 0xFF && b.U8(10) == 0 && b.U8(11) + 16 == p.length_field;
    default:
      return false;
  }
}

}  // namespace tstat::internal
