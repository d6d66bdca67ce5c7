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

constexpr size_t kFamilyByte = 0, kOpcode = 1, kHeaderBytes = 2;
constexpr uint8_t kServerFamily = 0xE3, kExtendedFamily = 0xC5;
constexpr uint8_t kKadFamily = 0xE4, kCompressedKad = 0xE5;
constexpr uint8_t kKaduFamily = 0xA4, kCompressedKadu = 0xA5;

constexpr uint8_t kSourceRequest = 0xA2, kSourceAnswer = 0xA3;
constexpr uint8_t kHelloRequest = 0x11, kHelloAnswer = 0x19, kSearch = 0x20;

bool IsServerMessage(const UdpPayload& p, uint8_t opcode) {
  if (!kServer[opcode].Allows(p.length_field)) return false;
  // Global source requests and answers begin with a mark.
  constexpr uint16_t kMark = 0xFFF0;
  if (opcode != kSourceRequest && opcode != kSourceAnswer) return true;
  return p.available > 14 && p.bytes.U16(kHeaderBytes) == kMark;
}

// A hello that names its version: of any length above 30.
bool IsVersionedHello(const UdpPayload& p) {
  constexpr size_t kMoreThan = 30, kNeverZero = 21, kVersion = 22;
  constexpr uint8_t kLatest = 0x0A;
  const uint8_t version = p.bytes.U8(kVersion);
  return p.length_field > kMoreThan && p.available > kMoreThan && p.bytes.U8(kNeverZero) != 0 &&
         version >= 1 && version <= kLatest;
}

bool IsKademliaMessage(const UdpPayload& p, uint8_t opcode) {
  const bool length_fits = kKademlia[opcode].Allows(p.length_field);
  if (opcode == kHelloRequest || opcode == kHelloAnswer) return length_fits || IsVersionedHello(p);
  if (opcode == kSearch) return length_fits && p.available > 10 && p.bytes.U8(kHeaderBytes) != 0;
  return length_fits;
}

// The rest is compressed by zlib: the two bytes of its header (RFC 1950, 2.2).
bool IsCompressed(const UdpPayload& p) {
  const uint16_t zlib = p.bytes.U16(kHeaderBytes);
  return p.available > 12 && (zlib == 0x78DA || zlib == 0x789C);
}

bool IsKademlia(const UdpPayload& p, uint8_t family, uint8_t compressed) {
  if (!p.bytes.Has(0, kHeaderBytes)) return false;
  const uint8_t first = p.bytes.U8(kFamilyByte);
  return first == family ? IsKademliaMessage(p, p.bytes.U8(kOpcode))
                         : first == compressed && IsCompressed(p);
}

}  // namespace

bool IsEd2k(const UdpPayload& p) {
  if (!p.bytes.Has(0, kHeaderBytes)) return false;
  const uint8_t family = p.bytes.U8(kFamilyByte), opcode = p.bytes.U8(kOpcode);
  if (family == kServerFamily) return IsServerMessage(p, opcode);
  return family == kExtendedFamily && kExtended[opcode].Allows(p.length_field);
}
bool IsKad(const UdpPayload& p) { return IsKademlia(p, kKadFamily, kCompressedKad); }
bool IsKadu(const UdpPayload& p) { return IsKademlia(p, kKaduFamily, kCompressedKadu); }

}  // namespace tstat::internal
