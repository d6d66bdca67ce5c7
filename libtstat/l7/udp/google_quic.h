// SPDX-License-Identifier: BSD-3-Clause
//
// Google QUIC up to version 43, by connection ids and packet numbers that count up.
//
//   GoogleQuicDetector quic;                    // one a flow
//   if (flow_packets < GoogleQuicDetector::kPacketBudget)
//     if (std::optional<GoogleQuicHeader> h = GoogleQuicHeader::Parse(payload))
//       if (quic.OnPacket(direction, *h)) ...   // true from the packet that proves it on
#ifndef TSTAT_L7_UDP_GOOGLE_QUIC_H_
#define TSTAT_L7_UDP_GOOGLE_QUIC_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "l7/udp/payload.h"
#include "tstat/flow.h"

namespace tstat::internal {

struct GoogleQuicHeader {
  enum class Kind : uint8_t {
    kVersion,       // with a connection id and a version tag
    kConnectionId,  // with a connection id, without a version
    kData,          // without either
  };

  Kind kind;
  uint64_t connection_id;  // 0: without
  uint8_t sequence;        // the lowest byte of the packet number

  static std::optional<GoogleQuicHeader> Parse(const UdpPayload& p) {
    constexpr size_t kFlags = 0, kId = 1, kVersion = 9, kShortest = 19;
    constexpr size_t kNumber = 1, kNumberBehindId = 9, kNumberBehindVersion = 13;
    if (p.captured() < kShortest || p.length_field == 0) return std::nullopt;
    const ByteReader& b = p.bytes;
    switch (b.U8(kFlags)) {
      case 0x0D:
        if (b.U8(kVersion) != 'Q') return std::nullopt;
        return GoogleQuicHeader{Kind::kVersion, b.U64(kId), b.U8(kNumberBehindVersion)};
      case 0x0C:
      case 0x1C:
        return GoogleQuicHeader{Kind::kConnectionId, b.U64(kId), b.U8(kNumberBehindId)};
      case 0x00:
      case 0x10:
        return GoogleQuicHeader{Kind::kData, 0, b.U8(kNumber)};
      default:
        return std::nullopt;
    }
  }
};

class GoogleQuicDetector {
 public:
  // Works before this packet of the flow (both directions).
  static constexpr uint64_t kPacketBudget = 60;

  // Whether a packet means something to a flow of which nothing is known.
  static bool Opens(const GoogleQuicHeader& h) { return h.kind != GoogleQuicHeader::Kind::kData; }

  // Returns whether the flow is QUIC.
  bool OnPacket(Direction sender, const GoogleQuicHeader& h);
  bool found() const { return side_[0].flagged && side_[1].flagged; }
  // Something of `sender` looked like QUIC.
  bool is_open(Direction sender) const {
    return side_[static_cast<size_t>(Index(sender))].state != State::kUnknown;
  }

 private:
  enum class State : uint8_t { kUnknown, kOpenVersion, kOpen, kData };
  struct Side {
    uint64_t connection_id = 0;
    uint8_t sequence = 0;
    State state = State::kUnknown;
    bool flagged = false;
  };

  static void OnOpening(Side& self, const Side& other, const GoogleQuicHeader& h);

  std::array<Side, 2> side_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_GOOGLE_QUIC_H_
