// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/utp.h"

namespace tstat::internal {

void UtpDetector::Open(Side& self, Side& other, const UtpHeader& h) {
  switch (h.message) {
    case UtpHeader::kData:
      self.state = State::kDataSent;
      other.state = State::kDataSeen;
      break;
    case UtpHeader::kAck:
      self.state = State::kAckSent;
      other.state = State::kAckSeen;
      break;
    case UtpHeader::kSyn:
      self.state = State::kSynSent;
      other.state = State::kSynSeen;
      self.sequence = h.sequence;
      break;
    default:
      return;
  }
  self.id = h.connection_id;
}

bool UtpDetector::OnPacket(Direction sender, const UtpHeader& h) {
  if (found_) return true;
  Side& self = side_[static_cast<size_t>(Index(sender))];
  Side& other = side_[static_cast<size_t>(1 - Index(sender))];
  const uint8_t message = h.message;
  const int id = h.connection_id;
  switch (self.state) {
    case State::kUnknown:
    case State::kDataSent:
    case State::kAckSent:
    case State::kSynSent:
      Open(self, other, h);
      break;
    case State::kSynSeen:
      if (message == UtpHeader::kSyn) {
        Open(self, other, h);
      } else if (message == UtpHeader::kAck) {
        found_ = id == other.id && h.acknowledged == other.sequence;
      } else if (message == UtpHeader::kFin || message == UtpHeader::kReset) {
        found_ = id == other.id;
      }
      break;
    case State::kDataSeen:
    case State::kAckSeen:
      // Each side sends with the id that it receives on, plus or minus 1; no wrap at 2^16.
      if (message == UtpHeader::kData || message == UtpHeader::kFin || message == UtpHeader::kAck) {
        found_ = id == other.id + 1 || id == other.id - 1;
      } else if (message == UtpHeader::kReset) {
        found_ = id == other.id;
      }
      break;
  }
  return found_;
}

}  // namespace tstat::internal
