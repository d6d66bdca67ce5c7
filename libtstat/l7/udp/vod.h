// SPDX-License-Identifier: BSD-3-Clause
//
// Video on demand: MPEG-2 transport stream packets, seven in a datagram, in the clear or scrambled.
//
//   VodDetector vod;                             // one a flow
//   if (flow_packets < VodDetector::kPacketBudget) found = vod.OnPacket(direction, payload);
#ifndef TSTAT_L7_UDP_VOD_H_
#define TSTAT_L7_UDP_VOD_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "l7/udp/payload.h"
#include "tstat/flow.h"

namespace tstat::internal {

class VodDetector {
 public:
  // Works before this packet of the flow (both directions).
  static constexpr uint64_t kPacketBudget = 40;

  // Returns whether the flow is VOD.
  bool OnPacket(Direction sender, const UdpPayload& p) {
    if (p.length_field != kLengthField || p.captured() == 0) [[likely]] {
      side_[static_cast<size_t>(Index(sender))].fresh = true;
      return false;
    }
    return found_ || OnSevenPackets(side_[static_cast<size_t>(Index(sender))], p);
  }
  bool found() const { return found_; }

 private:
  static constexpr size_t kPacketBytes = 188;
  static constexpr uint16_t kLengthField = kUdpHeaderBytes + 7 * kPacketBytes;

  struct Side {
    // The bytes at the places of the two first sync bytes, which scrambling leaves equal from one
    // datagram to the next. The second one is -1 when it was not captured.
    uint8_t first_sync = 0;
    int16_t second_sync = 0;
    uint8_t count = 0;
    bool fresh = false;  // the next datagram's bytes are to be remembered
  };

  bool OnSevenPackets(Side& self, const UdpPayload& p);

  std::array<Side, 2> side_;
  bool found_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_VOD_H_
