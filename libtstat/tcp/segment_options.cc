// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/segment_options.h"

#include <cstddef>

namespace tstat::internal {

void SegmentOptions::Parse(const ByteReader& header) {
  constexpr uint8_t kEndOfList = 0, kNoOperation = 1, kSack = 5, kTimestamps = 8;
  size_t at = kBasicHeader;
  while (header.Has(at)) {
    const uint8_t kind = header.U8(at);
    if (kind == kEndOfList) return;
    if (kind == kNoOperation) {
      ++at;
      continue;
    }
    const unsigned length = header.U8(at + 1);
    if (length < 2 || !header.Has(at, length)) return;
    if (kind == kTimestamps && length == 10) {
      has_timestamps = true;
      tsval = header.U32(at + 2);
      tsecr = header.U32(at + 6);
    } else if (kind == kSack) {
      blocks = 0;
      for (unsigned block = 2; block + 8 <= length && blocks < sack.size(); block += 8) {
        sack[blocks++] = {SequenceNumber(header.U32(at + block)),
                          SequenceNumber(header.U32(at + block + 4))};
      }
    }
    at += length;
  }
}

}  // namespace tstat::internal
