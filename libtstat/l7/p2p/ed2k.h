// SPDX-License-Identifier: BSD-3-Clause
//
// ED2K and its extensions over TCP.
#ifndef TSTAT_L7_P2P_ED2K_H_
#define TSTAT_L7_P2P_ED2K_H_

#include <cstdint>
#include <optional>

#include "decode/byte_reader.h"
#include "l7/tcp_layer7_flow.h"

namespace tstat::internal {

inline constexpr uint16_t kEd2kProtocol = 1;  // of P2P codes

// A message at the start of a segment.
struct Ed2kMessage {
  uint8_t protocol;  // first byte: 0xE3 eDonkey, 0xC5 eMule, 0xD4 packed
  uint8_t opcode;
  uint8_t subtype;  // of the P2P code

  static constexpr uint8_t kEdonkey = 0xE3, kEmule = 0xC5, kPacked = 0xD4;
  // Whether there may be one, of which most segments say no.
  static bool MayBegin(uint8_t first_byte) {
    return first_byte == kEdonkey || first_byte == kEmule || first_byte == kPacked;
  }
  // REQUIRES: payload_length > 20.
  static std::optional<Ed2kMessage> Parse(ByteReader payload, int32_t payload_length);
};

// Adds a message to the flow's counters.
void CountEd2k(const Ed2kMessage& message, TcpLayer7Flow& flow);

}  // namespace tstat::internal

#endif  // TSTAT_L7_P2P_ED2K_H_
