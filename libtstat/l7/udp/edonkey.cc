// SPDX-License-Identifier: BSD-3-Clause
//
// eDonkey over UDP: ED2K servers, Kademlia (KAD) and AdunanzA's variant of it (KADU). The first
// byte names the family, the second the opcode, and each opcode has its lengths.
#include <array>
#include <cstdint>
#include <span>

#include "l7/udp/signatures.h"

namespace tstat::internal {
namespace {

// What the length field of one opcode may be.
struct LengthRule {
  enum Kind : uint8_t {
    kNever,
    kAlways,
    kOneOf,       // `lengths`
    kAtLeast,     // lengths[0]
    kArithmetic,  // lengths[0] plus or minus a multiple of lengths[1]
  };
  Kind kind = kNever;
  std::array<uint8_t, 6> lengths{};  // unused places are 0: no datagram is that short

  constexpr bool Allows(int length) const {
    switch (kind) {
      case kNever:
        return false;
      case kAlways:
        return true;
      case kOneOf:
        for (uint8_t l : lengths) {
          if (l == length) return true;
        }
        return false;
      case kAtLeast:
        return length >= lengths[0];
      case kArithmetic:
        return (length - lengths[0]) % lengths[1] == 0;
    }
    return false;
  }
};

struct Opcode {
  uint8_t number;
  LengthRule rule;
};
using Opcodes = std::array<LengthRule, 256>;

template <size_t kSize>
constexpr Opcodes MakeOpcodes(const Opcode (&list)[kSize]) {
  Opcodes opcodes{};
  for (const Opcode& o : list) opcodes[o.number] = o.rule;
  return opcodes;
}

// 0xE3. Opcodes 0xA2 and 0xA3 have more conditions, see below.
constexpr Opcodes kServer = MakeOpcodes({
    {0x92, {LengthRule::kAlways}},
    {0x96, {LengthRule::kOneOf, {14}}},
    {0x97, {LengthRule::kOneOf, {22, 26, 34, 38, 42, 50}}},
    {0x98, {LengthRule::kAlways}},
    {0x99, {LengthRule::kAlways}},
    {0x9A, {LengthRule::kArithmetic, {10, 16}}},
    {0x9B, {LengthRule::kOneOf, {33, 39, 56, 68, 79, 97}}},
    {0xA2, {LengthRule::kOneOf, {14}}},
    {0xA3, {LengthRule::kAtLeast, {50}}},
});
// 0xC5
constexpr Opcodes kExtended = MakeOpcodes({
    {0x90, {LengthRule::kAlways}},
    {0x91, {LengthRule::kAlways}},
    {0x92, {LengthRule::kOneOf, {10}}},
    {0x93, {LengthRule::kOneOf, {10}}},
    {0x94, {LengthRule::kAlways}},
    {0x95, {LengthRule::kOneOf, {29}}},
    {0xFE, {LengthRule::kOneOf, {11, 10}}},
});
// 0xE4 and 0xA4. Opcodes 0x11, 0x19 and 0x20 have more conditions, see below. The extra lengths of
// 0x11 and 0x48 to 0x4C are those of the opcodes behind them: the reference falls through.
constexpr Opcodes kKademlia = MakeOpcodes({
    {0x00, {LengthRule::kOneOf, {35}}},
    {0x01, {LengthRule::kOneOf, {10}}},
    {0x08, {LengthRule::kArithmetic, {12, 25}}},
    {0x09, {LengthRule::kArithmetic, {31, 25}}},
    {0x10, {LengthRule::kOneOf, {35}}},
    {0x11, {LengthRule::kOneOf, {30, 35}}},
    {0x18, {LengthRule::kOneOf, {35}}},
    {0x19, {LengthRule::kOneOf, {30}}},
    {0x20, {LengthRule::kOneOf, {43}}},
    {0x21, {LengthRule::kOneOf, {43}}},
    {0x22, {LengthRule::kAtLeast, {27}}},
    {0x28, {LengthRule::kArithmetic, {52, 25}}},
    {0x29, {LengthRule::kArithmetic, {52, 25}}},
    {0x30, {LengthRule::kAtLeast, {27}}},
    {0x32, {LengthRule::kOneOf, {42}}},
    {0x33, {LengthRule::kAlways}},
    {0x34, {LengthRule::kAlways}},
    {0x35, {LengthRule::kAlways}},
    {0x38, {LengthRule::kAtLeast, {47}}},
    {0x3A, {LengthRule::kAtLeast, {47}}},
    {0x3B, {LengthRule::kAlways}},
    {0x40, {LengthRule::kAtLeast, {47}}},
    {0x42, {LengthRule::kAtLeast, {47}}},
    {0x43, {LengthRule::kAlways}},
    {0x44, {LengthRule::kAlways}},
    {0x45, {LengthRule::kAlways}},
    {0x48, {LengthRule::kOneOf, {26, 27, 10, 12}}},
    {0x4A, {LengthRule::kOneOf, {26, 27, 10, 12}}},
    {0x4B, {LengthRule::kOneOf, {27, 10, 12}}},
    {0x4C, {LengthRule::kOneOf, {10, 12}}},
    {0x50, {LengthRule::kOneOf, {12}}},
    {0x51, {LengthRule::kOneOf, {44, 45}}},
    {0x52, {LengthRule::kOneOf, {44}}},
    {0x53, {LengthRule::kOneOf, {29}}},
    {0x58, {LengthRule::kOneOf, {14}}},
    {0x59, {LengthRule::kOneOf, {10}}},
    {0x5A, {LengthRule::kOneOf, {44, 45}}},
    {0x60, {LengthRule::kOneOf, {10}}},
    {0x61, {LengthRule::kOneOf, {10}}},
    {0x62, {LengthRule::kOneOf, {13}}},
});

bool MatchServer(const UdpPayload& p, uint8_t opcode) {
  if (!kServer[opcode].Allows(p.length_field)) return false;
  // Global source requests and answers begin with a mark.
  if (opcode == 0xA2 || opcode == 0xA3) return p.available > 14 && p.bytes.U16(2) == 0xFFF0;
  return true;
}

// A hello that names its version: of any length above 30.
bool IsVersionedHello(const UdpPayload& p) {
  const uint8_t version = p.bytes.U8(22);
  return p.length_field > 30 && p.available > 30 && p.bytes.U8(21) != 0 && version >= 1 &&
         version <= 0x0A;
}

bool MatchKademlia(const UdpPayload& p, uint8_t opcode) {
  const bool length_fits = kKademlia[opcode].Allows(p.length_field);
  if (opcode == 0x11 || opcode == 0x19) return length_fits || IsVersionedHello(p);
  if (opcode == 0x20) return length_fits && p.available > 10 && p.bytes.U8(2) != 0;
  return length_fits;
}

// 0xE5 and 0xA5: the rest is compressed by zlib.
bool IsCompressed(const UdpPayload& p) {
  return p.available > 12 && p.bytes.U8(2) == 0x78 &&
         (p.bytes.U8(3) == 0xDA || p.bytes.U8(3) == 0x9C);
}

}  // namespace

UdpType MatchEdonkey(const UdpPayload& p) {
  if (!p.bytes.Has(0, 2)) return UdpType::kUnknown;
  const uint8_t opcode = p.bytes.U8(1);
  const auto when = [](bool matches, UdpType type) { return matches ? type : UdpType::kUnknown; };
  switch (p.bytes.U8(0)) {
    case 0xE3:
      return when(MatchServer(p, opcode), UdpType::kEd2k);
    case 0xC5:
      return when(kExtended[opcode].Allows(p.length_field), UdpType::kEd2k);
    case 0xE4:
      return when(MatchKademlia(p, opcode), UdpType::kKad);
    case 0xA4:
      return when(MatchKademlia(p, opcode), UdpType::kKadu);
    case 0xE5:
      return when(IsCompressed(p), UdpType::kKad);
    case 0xA5:
      return when(IsCompressed(p), UdpType::kKadu);
    default:
      return UdpType::kUnknown;
  }
}

}  // namespace tstat::internal
