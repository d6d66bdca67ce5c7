// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/google_quic.h"

#include <cassert>

namespace tstat::internal {

// A packet that carries a connection id.
void GoogleQuicDetector::OnOpening(Side& self, const Side& other, Kind kind, uint64_t id,
                                   uint8_t sequence) {
  const bool open = self.state == State::kOpenVersion || self.state == State::kOpen;
  if (open && self.connection_id == id && sequence == self.sequence + 1) {
    self.sequence = sequence;
    self.flagged = true;
    return;
  }
  self.connection_id = id;
  self.sequence = sequence;
  if (kind == Kind::kVersion) {
    self.state = State::kOpenVersion;
    if (sequence == 1) self.flagged = true;
  } else {
    self.state = State::kOpen;
    if (!open && other.state != State::kUnknown && other.connection_id == id) self.flagged = true;
  }
}

bool GoogleQuicDetector::OnPacket(Direction sender, const UdpPayload& p) {
  assert(Concerns(p));
  if (found()) return true;
  const ByteReader& b = p.bytes;
  Side& self = side_[static_cast<size_t>(Index(sender))];
  const Side& other = side_[static_cast<size_t>(1 - Index(sender))];
  switch (const Kind kind = KindOf(b)) {
    case Kind::kOther:
      break;
    case Kind::kVersion:
      OnOpening(self, other, kind, b.U64(1), b.U8(13));
      break;
    case Kind::kConnectionId:
      OnOpening(self, other, kind, b.U64(1), b.U8(9));
      break;
    case Kind::kData:
      if (self.state == State::kData) {
        if (b.U8(1) == self.sequence + 1) self.flagged = true;
        self.sequence = b.U8(1);
      } else if (other.state != State::kUnknown) {
        self.sequence = b.U8(1);
        self.state = State::kData;
      }
      break;
  }
  return found();
}

}  // namespace tstat::internal
