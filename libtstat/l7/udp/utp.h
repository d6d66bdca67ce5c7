// SPDX-License-Identifier: BSD-3-Clause
//
// uTP (BitTorrent's transport over UDP, BEP 29): recognised by connection ids that answer each
// other.
//
//   UtpDetector utp;                            // one a flow
//   if (flow_packets < UtpDetector::kPacketBudget) {
//     if (std::optional<UtpHeader> h = UtpHeader::Parse(payload))
//       if (utp.OnPacket(direction, *h)) ...     // true from the packet that proves it on
//   }
#ifndef TSTAT_L7_UDP_UTP_H_
#define TSTAT_L7_UDP_UTP_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "l7/udp/payload.h"
#include "tstat/flow.h"

namespace tstat::internal {

// The header of a packet, and of a selective acknowledgement with it (BEP 29).
struct UtpHeader {
  enum Message : uint8_t { kData = 0x01, kFin = 0x11, kAck = 0x21, kReset = 0x31, kSyn = 0x41 };

  uint8_t message;  // with the version, 1
  uint16_t connection_id, sequence, acknowledged;

  // Nothing unless its 20 bytes are there.
  static std::optional<UtpHeader> Parse(const UdpPayload& p) {
    constexpr size_t kMessage = 0, kExtension = 1, kConnectionId = 2, kSequence = 16,
                     kAcknowledged = 18, kSize = 20;
    constexpr uint8_t kVersionBits = 0x0F, kVersion = 1, kLastExtension = 2;
    if (p.captured() < kSize || p.length_field == 0) return std::nullopt;
    const uint8_t message = p.bytes.U8(kMessage);
    if (p.bytes.U8(kExtension) > kLastExtension || (message & kVersionBits) != kVersion ||
        message > kSyn) {
      return std::nullopt;
    }
    return UtpHeader{message, p.bytes.U16(kConnectionId), p.bytes.U16(kSequence),
                     p.bytes.U16(kAcknowledged)};
  }
};

class UtpDetector {
 public:
  // Works before this packet of the flow (both directions).
  static constexpr uint64_t kPacketBudget = 40;

  // Returns whether the flow is uTP.
  bool OnPacket(Direction sender, const UtpHeader& h);
  bool found() const { return found_; }
  // Something of `sender` looked like uTP.
  bool is_open(Direction sender) const {
    return side_[static_cast<size_t>(Index(sender))].state != State::kUnknown;
  }

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
  struct Side {
    State state = State::kUnknown;
    uint16_t id = 0, sequence = 0;
  };

  void Open(Side& self, Side& other, const UtpHeader& h);

  std::array<Side, 2> side_;
  bool found_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_UTP_H_
