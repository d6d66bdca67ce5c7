// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/segment_options.h"

#include <cstddef>

#include "decode/tcp_options.h"

namespace tstat::internal {

void SegmentOptions::Parse(const ByteReader& header) {
  constexpr uint8_t kSack = 5, kTimestamps = 8;
  ForEachTcpOption(header, [this](uint8_t kind, const ByteReader& option) {
    if (kind == kTimestamps && option.size() == 10) {
      has_timestamps = true;
      tsval = option.U32(2);
      tsecr = option.U32(6);
    } else if (kind == kSack) {
      blocks = 0;
      for (size_t at = 2; at + 8 <= option.size() && blocks < sack.size(); at += 8) {
        sack[blocks++] = {SequenceNumber(option.U32(at)), SequenceNumber(option.U32(at + 4))};
      }
    }
    return true;
  });
}

}  // namespace tstat::internal
