// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/google_quic.h"

namespace tstat::internal {

// A packet that carries a connection id.
void GoogleQuicDetector::OnOpening(Side& self, const Side& other, const GoogleQuicHeader& h) {
  const bool open = self.state == State::kOpenVersion || self.state == State::kOpen;
  if (open && self.connection_id == h.connection_id && h.sequence == self.sequence + 1) {
    self.sequence = h.sequence;
    self.flagged = true;
    return;
  }
  self.connection_id = h.connection_id;
  self.sequence = h.sequence;
  if (h.kind == GoogleQuicHeader::Kind::kVersion) {
    self.state = State::kOpenVersion;
    if (h.sequence == 1) self.flagged = true;
    return;
  }
  self.state = State::kOpen;
  if (!open && other.state != State::kUnknown && other.connection_id == h.connection_id) {
    self.flagged = true;
  }
}

bool GoogleQuicDetector::OnPacket(Direction sender, const GoogleQuicHeader& h) {
  if (found()) return true;
  Side& self = side_[static_cast<size_t>(Index(sender))];
  const Side& other = side_[static_cast<size_t>(1 - Index(sender))];
  if (Opens(h)) {
    OnOpening(self, other, h);
  } else if (self.state == State::kData) {
    if (h.sequence == self.sequence + 1) self.flagged = true;
    self.sequence = h.sequence;
  } else if (other.state != State::kUnknown) {
    self.sequence = h.sequence;
    self.state = State::kData;
  }
  return found();
}

}  // namespace tstat::internal
