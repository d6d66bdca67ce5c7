// SPDX-License-Identifier: BSD-3-Clause
//
// SopCast: a message number and the payload's length at fixed places.
#include <cstddef>
#include <cstdint>

#include "l7/udp/signatures.h"

namespace tstat::internal {
namespace {

// Of a message; one that begins with 0xFFFF has its length in the last byte of the head.
constexpr size_t kFirst = 0, kSecond = 1, kVersion = 2, kNumber = 8, kLength = 10, kHeadBytes = 12;
// Less than the length field of UDP: its header, and what of the head the message does not count.
constexpr int kNotCounted = 16;

constexpr bool IsMessage(uint16_t number) {
  return number == 0x0601 || number == 0x0101 || number == 0x01FF || number == 0x03FF;
}

}  // namespace

bool IsSopCast(const UdpPayload& p) {
  const ByteReader& b = p.bytes;
  if (!b.Has(0, kHeadBytes) || b.U8(kVersion) != 1) return false;
  switch (b.U8(kFirst)) {
    case 0x00:
      return IsMessage(b.U16(kNumber)) && b.U16(kLength) + kNotCounted == p.length_field;
    case 0xFF:
      return b.U8(kSecond) == 0xFF && b.U8(kLength) == 0 &&
             b.U8(kLength + 1) + kNotCounted == p.length_field;
    default:
      return false;
  }
}

}  // namespace tstat::internal
