// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/option_tracker.h"

#include <cstddef>

namespace tstat::internal {
namespace {

enum OptionKind : uint8_t {
  kEndOfList = 0,
  kNoOperation = 1,
  kMaximumSegmentSize = 2,
  kWindowScale = 3,
  kSackPermitted = 4,
  kSack = 5,
  kTimestamps = 8,
  kMptcp = 30,
};

// Whether a SACK option at `position` has a block that ends no more than one byte behind the
// captured ones (the reference's bound). Only the first block matters.
bool HasSackBlock(const ByteReader& tcp, size_t position, unsigned length) {
  constexpr size_t kBlock = 8;
  return length > 2 && position + 2 + kBlock <= tcp.size() + 1;
}

}  // namespace

bool OptionTracker::Parse(const ByteReader& tcp, unsigned header_length) {
  bool sack_blocks = false;
  size_t position = kBasicHeader;
  while (position < header_length && position < tcp.size()) {
    const uint8_t kind = tcp.U8(position);
    // End-of-list does not end the list: a quirk of the reference.
    if (kind == kEndOfList || kind == kNoOperation) {
      ++position;
      continue;
    }
    const unsigned length = tcp.U8(position + 1);
    if (length == 0 || !tcp.Has(position, length)) break;
    switch (kind) {
      case kMaximumSegmentSize:
        if (tcp.U16(position + 2) != 0xFFFF) mss_ = tcp.U16(position + 2);
        break;
      case kWindowScale:
        if (tcp.U8(position + 2) != 0xFF) {
          window_scale_ = tcp.U8(position + 2);
          window_scale_sent_ = true;
        }
        break;
      case kSackPermitted:
        sack_permitted_ = true;
        break;
      case kSack:
        sack_blocks = HasSackBlock(tcp, position, length);
        break;
      case kTimestamps:
        timestamp_sent_ = true;
        break;
      case kMptcp:
        mptcp_ = true;
        break;
      default:
        break;
    }
    position += length;
  }
  return sack_blocks;
}

}  // namespace tstat::internal
