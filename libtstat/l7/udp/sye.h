// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] SYE (video streaming): commands one way, data the other.
//
//   SyeDetector sye;                            // one a flow
//   if (flow_packets < SyeDetector::kPacketBudget && SyeDetector::Concerns(payload)) {
//     if (sye.OnPacket(direction, payload)) ...
//   }
#ifndef TSTAT_L7_UDP_SYE_H_
#define TSTAT_L7_UDP_SYE_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "l7/udp/payload.h"
#include "tstat/flow.h"

namespace tstat::internal {

class SyeDetector {
 public:
  // Works before this packet of the flow (both directions).
  static constexpr uint64_t kPacketBudget = 40;

  // False: OnPacket would change nothing.
  static bool Concerns(const UdpPayload& p) {
    if (p.available < kMinAvailable) return false;
    const uint8_t first = p.bytes.U8(kFirstByte);
    return first == kCommandByte || first == kDataByte || first == kDataByte + 1;
  }

  // Returns whether the flow is SYE. REQUIRES: Concerns(p).
  bool OnPacket(Direction sender, const UdpPayload& p);
  bool found() const { return found_; }
  // The last packet of `sender` looked like SYE.
  bool is_open(Direction sender) const {
    return role_[static_cast<size_t>(Index(sender))] != Role::kUnknown;
  }

 private:
  static constexpr size_t kFirstByte = 0, kMinAvailable = 16;
  static constexpr uint8_t kCommandByte = 0x0A, kDataByte = 0x14;
  enum class Role : uint8_t { kUnknown, kCommand, kData };

  static Role RoleOf(const UdpPayload& p);

  std::array<Role, 2> role_{};
  bool found_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_SYE_H_
