// SPDX-License-Identifier: BSD-3-Clause
//
// Google QUIC up to version 43, by connection ids and packet numbers that count up.
//
//   GoogleQuicDetector quic;                    // one a flow
//   if (flow_packets < GoogleQuicDetector::kPacketBudget && GoogleQuicDetector::Concerns(payload))
//     if (quic.OnPacket(direction, payload)) ...  // true from the packet that proves it on
#ifndef TSTAT_L7_UDP_GOOGLE_QUIC_H_
#define TSTAT_L7_UDP_GOOGLE_QUIC_H_

#include <array>
#include <cstdint>

#include "l7/udp/payload.h"
#include "tstat/flow.h"

namespace tstat::internal {

class GoogleQuicDetector {
 public:
  // Works before this packet of the flow (both directions).
  static constexpr uint64_t kPacketBudget = 60;

  // False: OnPacket would change nothing, whatever the state.
  static bool Concerns(const UdpPayload& p) {
    return p.available >= 27 && p.length_field != 0 && KindOf(p.bytes) != Kind::kOther;
  }
  // False: OnPacket would change nothing on a flow of which nothing is known.
  static bool Opens(const UdpPayload& p) {
    if (!Concerns(p)) return false;
    return KindOf(p.bytes) != Kind::kData;
  }

  // Returns whether the flow is QUIC. REQUIRES: Concerns(p).
  bool OnPacket(Direction sender, const UdpPayload& p);
  bool found() const { return side_[0].flagged && side_[1].flagged; }

 private:
  enum class Kind : uint8_t {
    kOther,
    kVersion,       // with a version tag
    kConnectionId,  // with a connection id, without a version
    kData,          // without either
  };
  enum class State : uint8_t { kUnknown, kOpenVersion, kOpen, kData };
  struct Side {
    uint64_t connection_id = 0;
    uint8_t sequence = 0;
    State state = State::kUnknown;
    bool flagged = false;
  };

  static Kind KindOf(const ByteReader& b) {
    switch (b.U8(0)) {
      case 0x0D:
        return b.U8(9) == 'Q' ? Kind::kVersion : Kind::kOther;
      case 0x0C:
      case 0x1C:
        return Kind::kConnectionId;
      case 0x00:
      case 0x10:
        return Kind::kData;
      default:
        return Kind::kOther;
    }
  }
  static void OnOpening(Side& self, const Side& other, Kind kind, uint64_t id, uint8_t sequence);

  std::array<Side, 2> side_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_GOOGLE_QUIC_H_
