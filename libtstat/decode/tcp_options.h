// SPDX-License-Identifier: BSD-3-Clause
//
// The options of a TCP header, one after the other (RFC 9293, 3.1), as far as they were captured as
// a whole.
//
//   ForEachTcpOption(header, [](uint8_t kind, ByteReader option) { return Show(option), true; });
#ifndef TSTAT_DECODE_TCP_OPTIONS_H_
#define TSTAT_DECODE_TCP_OPTIONS_H_

#include <cstddef>
#include <cstdint>

#include "decode/byte_reader.h"

namespace tstat::internal {

// `header`: from the header's begin to its end. `visit` gets the kind, and the option with its two
// bytes of kind and length; it says whether to go on.
template <typename Visit>
void ForEachTcpOption(const ByteReader& header, Visit visit) {
  constexpr size_t kBasicHeader = 20;
  constexpr uint8_t kEndOfList = 0, kNoOperation = 1;
  for (size_t at = kBasicHeader; header.Has(at);) {
    const uint8_t kind = header.U8(at);
    if (kind == kEndOfList) return;
    if (kind == kNoOperation) {
      ++at;
      continue;
    }
    const unsigned length = header.U8(at + 1);
    if (length < 2 || !header.Has(at, length) || !visit(kind, header.Sub(at, length))) return;
    at += length;
  }
}

}  // namespace tstat::internal

#endif  // TSTAT_DECODE_TCP_OPTIONS_H_
