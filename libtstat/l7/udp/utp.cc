// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/utp.h"

#include <cassert>

namespace tstat::internal {

void UtpDetector::Open(Side& self, Side& other, uint8_t message, const ByteReader& b) {
  switch (message) {
    case kData:
      self.state = State::kDataSent;
      other.state = State::kDataSeen;
      break;
    case kAck:
      self.state = State::kAckSent;
      other.state = State::kAckSeen;
      break;
    case kSyn:
      self.state = State::kSynSent;
      other.state = State::kSynSeen;
      self.sequence = b.U16(16);
      break;
    default:
      return;
  }
  self.id = b.U16(2);
}

bool UtpDetector::OnPacket(Direction sender, const UdpPayload& p) {
  assert(Concerns(p));
  if (found_) return true;
  const ByteReader& b = p.bytes;
  Side& self = side_[static_cast<size_t>(Index(sender))];
  Side& other = side_[static_cast<size_t>(1 - Index(sender))];
  const uint8_t message = b.U8(0);
  const int id = b.U16(2);
  switch (self.state) {
    case State::kUnknown:
    case State::kDataSent:
    case State::kAckSent:
    case State::kSynSent:
      Open(self, other, message, b);
      break;
    case State::kSynSeen:
      if (message == kSyn) {
        Open(self, other, message, b);
      } else if (message == kAck) {
        found_ = id == other.id && b.U16(18) == other.sequence;
      } else if (message == kFin || message == kReset) {
        found_ = id == other.id;
      }
      break;
    case State::kDataSeen:
    case State::kAckSeen:
      // Each side sends with the id that it receives on, plus or minus 1; no wrap at 2^16.
      if (message == kData || message == kFin || message == kAck) {
        found_ = id == other.id + 1 || id == other.id - 1;
      } else if (message == kReset) {
        found_ = id == other.id;
      }
      break;
  }
  return found_;
}

}  // namespace tstat::internal
