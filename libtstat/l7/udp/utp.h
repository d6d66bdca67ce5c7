// SPDX-License-Identifier: BSD-3-Clause
//
// uTP (BitTorrent's transport over UDP, BEP 29): recognised by connection ids that answer each
// other.
//
//   UtpDetector utp;                            // one a flow
//   if (flow_packets < UtpDetector::kPacketBudget && UtpDetector::Concerns(payload)) {
//     if (utp.OnPacket(direction, payload)) ...  // true from the packet that proves it on
//   }
#ifndef TSTAT_L7_UDP_UTP_H_
#define TSTAT_L7_UDP_UTP_H_

#include <array>
#include <cstdint>

#include "l7/udp/payload.h"
#include "tstat/flow.h"

namespace tstat::internal {

class UtpDetector {
 public:
  // Works before this packet of the flow (both directions).
  static constexpr uint64_t kPacketBudget = 40;

  // False: OnPacket would change nothing.
  static bool Concerns(const UdpPayload& p) {
    if (p.available < 28 || p.length_field == 0 || p.bytes.U8(1) > 2) return false;
    const uint8_t message = p.bytes.U8(0);
    return (message & 0x0F) == 1 && message <= 0x41;
  }

  // Returns whether the flow is uTP. REQUIRES: Concerns(p).
  bool OnPacket(Direction sender, const UdpPayload& p);
  bool found() const { return found_; }

 private:
  enum class State : uint8_t {
    kUnknown,
    kDataSent,
    kAckSent,
    kSynSent,
    kDataSeen,  // the other side sent it
    kAckSeen,
    kSynSeen,
  };
  enum Message : uint8_t { kData = 0x01, kFin = 0x11, kAck = 0x21, kReset = 0x31, kSyn = 0x41 };
  struct Side {
    State state = State::kUnknown;
    uint16_t id = 0, sequence = 0;
  };

  void Open(Side& self, Side& other, uint8_t message, const ByteReader& b);

  std::array<Side, 2> side_;
  bool found_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_UTP_H_
