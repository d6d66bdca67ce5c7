// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/obfuscated_kad.h"

namespace tstat::internal {
namespace {

constexpr bool InRange(int value, int low, int high) { return value >= low && value <= high; }
// Answers carry a number of contacts of 25 bytes each.
constexpr bool IsAnswer(int length, int empty) {
  return length >= empty && (length - empty) % 25 == 0;
}

}  // namespace

void ObfuscatedKadDetector::OnPacket(Direction sender, uint16_t length_field) {
  if (found_) return;
  Side& self = side_[static_cast<size_t>(Index(sender))];
  Side& other = side_[static_cast<size_t>(1 - Index(sender))];
  const int length = length_field;
  if (length == 43) {
    self.request = Request::kOf43;
  } else if (length == 59) {
    self.request = Request::kOf59;
  } else if (length == 22) {
    found_ = InRange(other.last_length, 36, 70);
  } else if (IsAnswer(length, 52)) {
    found_ =
        other.request == Request::kOf43 || (length == 52 && InRange(other.last_length, 46, 57));
    if (!found_) other.request = Request::kNone;
  } else if (IsAnswer(length, 68)) {
    found_ = other.request == Request::kOf59;
    if (!found_) other.request = Request::kNone;
  } else if (InRange(length, 46, 57) && InRange(other.last_length, 46, 57)) {
    found_ = true;
  } else {
    self.request = other.request = Request::kNone;
  }
  self.last_length = length_field;
}

}  // namespace tstat::internal
