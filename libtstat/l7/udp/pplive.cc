// SPDX-License-Identifier: BSD-3-Clause
//
// PPLive. The second form is a loose rule that also matches other protocols now and then; rows
// depend on it.
#include "l7/udp/signatures.h"

namespace tstat::internal {

bool IsPpLiveMark(const UdpPayload& p) {
  constexpr size_t kMark = 0, kSecondMark = 4;
  return p.bytes.U16(kMark) == 0xE903 && p.bytes.U32(kSecondMark) == 0x98AB0102;
}

bool IsPpLive(const UdpPayload& p) {
  const ByteReader& b = p.bytes;
  constexpr size_t kFirstPlace = 5;
  if (IsPpLiveMark(p)) return true;
  const int first = b.U8(0), second = b.U8(1), third = b.U8(2);
  if (first == 0 || second == 0 || third == 0) return false;
  // The low bits of the first byte say where the second and third ones are repeated.
  const size_t at = static_cast<size_t>((first & 0x0F) % 8 / 2 * 2) + kFirstPlace;
  if (!b.Has(at, 2) || b.U8(at) != second) return false;
  const int repeated = b.U8(at + 1);
  return repeated == third || repeated == third - 1 || (third % 2 == 0 && repeated == third + 1);
}

}  // namespace tstat::internal
