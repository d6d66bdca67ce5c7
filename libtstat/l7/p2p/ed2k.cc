// SPDX-License-Identifier: BSD-3-Clause
#include "l7/p2p/ed2k.h"

#include <bitset>
#include <cassert>
#include <initializer_list>

namespace tstat::internal {
namespace {

constexpr uint8_t kEdonkey = Ed2kMessage::kEdonkey, kEmule = Ed2kMessage::kEmule,
                  kPacked = Ed2kMessage::kPacked;
// The header: protocol, length of what follows the length, little-endian, opcode.
constexpr size_t kProtocol = 0, kLength = 1, kLengthHigh = 3, kOpcode = 5, kHeaderLength = 6;
constexpr int32_t kNotCounted = 5;  // bytes of the header that the length does not count

// Sets of opcodes, written as inclusive ranges.
struct Range {
  uint8_t first, last;
};
class OpcodeSet {
 public:
  constexpr OpcodeSet(std::initializer_list<Range> ranges) {
    for (Range r : ranges) {
      for (int i = r.first; i <= r.last; ++i) words_[i >> 6] |= uint64_t{1} << (i & 63);
    }
  }
  constexpr bool has(uint8_t opcode) const {
    return (words_[opcode >> 6] >> (opcode & 63) & 1) != 0;
  }

 private:
  uint64_t words_[4] = {};
};

// Opcodes that are believed although the message goes on in the next segment.
constexpr OpcodeSet kEdonkeyOpcodes = {
    {0x01, 0x01}, {0x05, 0x05}, {0x14, 0x16}, {0x18, 0x1A}, {0x1C, 0x1F}, {0x21, 0x21},
    {0x23, 0x23}, {0x32, 0x36}, {0x38, 0x3D}, {0x40, 0x44}, {0x46, 0x59}, {0x5B, 0x61},
};
constexpr OpcodeSet kEmuleOpcodes = {
    {0x01, 0x02}, {0x40, 0x40}, {0x60, 0x60}, {0x81, 0x87}, {0x90, 0xA4},
};

// Messages between a client and a server, rather than between two clients.
constexpr OpcodeSet kServerOpcodes = {
    {0x05, 0x05}, {0x14, 0x16}, {0x18, 0x1A}, {0x1C, 0x1F}, {0x21, 0x21},
    {0x23, 0x23}, {0x32, 0x36}, {0x38, 0x3D}, {0x40, 0x44},
};

constexpr uint8_t kHello = 0x01, kSendingPart = 0x46, kCompressedPart = 0x40, kChat = 0x4E,
                  kHelloAnswer = 0x4C, kServerPacked = 0x15;

bool IsData(uint8_t protocol, uint8_t opcode) {
  return protocol == kEdonkey ? opcode == kSendingPart : opcode == kCompressedPart;
}

// Subtypes of the P2P code; of other messages it is the opcode.
constexpr uint8_t kEmuleData = 3, kEdonkeyData = 4, kWholeHelloAnswer = 9;

uint8_t Subtype(uint8_t protocol, uint8_t opcode) {
  if (IsData(protocol, opcode)) return protocol == kEdonkey ? kEdonkeyData : kEmuleData;
  return opcode % 100;
}

bool IsListed(uint8_t protocol, uint8_t opcode) {
  switch (protocol) {
    case kEdonkey:
      return kEdonkeyOpcodes.has(opcode);
    case kEmule:
      return kEmuleOpcodes.has(opcode);
    default:
      return opcode == kServerPacked || kEmuleOpcodes.has(opcode);
  }
}

}  // namespace

std::optional<Ed2kMessage> Ed2kMessage::Parse(ByteReader payload, int32_t payload_length) {
  assert(payload_length > 20);
  const uint8_t protocol = payload.U8(kProtocol);
  if (!MayBegin(protocol)) return std::nullopt;
  if (!payload.Has(0, kHeaderLength)) return std::nullopt;
  const uint8_t opcode = payload.U8(kOpcode);
  // The whole message, or 16 bits of its length.
  if (payload.U16Le(kLength) == payload_length - kNotCounted) {
    if (opcode == kHelloAnswer) return Ed2kMessage{protocol, opcode, kWholeHelloAnswer};
    return Ed2kMessage{protocol, opcode, Subtype(protocol, opcode)};
  }
  if (payload.U16(kLengthHigh) != 0 || !IsListed(protocol, opcode)) return std::nullopt;
  return Ed2kMessage{protocol, opcode, Subtype(protocol, opcode)};
}

void CountEd2k(const Ed2kMessage& m, TcpLayer7Flow& flow) {
  ++(IsData(m.protocol, m.opcode) ? flow.ed2k_data : flow.ed2k_signalling);
  if (m.opcode != kHello) {
    const bool with_server = (m.protocol == kEdonkey && kServerOpcodes.has(m.opcode)) ||
                             (m.protocol == kPacked && m.opcode == kServerPacked);
    ++(with_server ? flow.ed2k_client_server : flow.ed2k_client_client);
  }
  if (m.protocol == kEdonkey && m.opcode == kChat) ++flow.ed2k_chat;
}

}  // namespace tstat::internal
