// SPDX-License-Identifier: BSD-3-Clause
//
// DNS over UDP by its form, whatever the ports: one question (or two), a name of letters and
// digits, a known type and class.
#include <array>
#include <cstdint>
#include <initializer_list>

#include "l7/udp/signatures.h"

namespace tstat::internal {
namespace {

// Low bytes of record types and classes.
using ByteSet = std::array<bool, 256>;

constexpr ByteSet MakeTypes(std::initializer_list<uint8_t> more) {
  ByteSet set{};
  for (int type = 0x01; type <= 0x10; ++type) set[static_cast<size_t>(type)] = true;
  for (uint8_t type : more) set[type] = true;
  return set;
}
constexpr ByteSet kTypes311 = MakeTypes({0x1c, 0x26, 0xfc, 0xfd, 0xff});
constexpr ByteSet kTypes33 = MakeTypes({0x1c, 0x21, 0x2e, 0x40, 0x41, 0xfc, 0xfd, 0xff});

constexpr bool IsClass(uint8_t value) {
  return value == 1 || value == 3 || value == 4 || value == 0xff;
}
constexpr bool IsLetterOrDigit(uint8_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Places in a message (RFC 1035, 4.1): behind the header stands the name of the first question, a
// label with its length in front.
constexpr size_t kQuestionCount = 4, kQuestionNameAt = 12, kName = 13;
constexpr uint8_t kLongestLabel = 0x3f;

bool HasForm(const UdpPayload& p, const ByteSet& types) {
  const ByteReader& b = p.bytes;
  const uint16_t questions = b.U16(kQuestionCount);
  if (questions != 1 && questions != 2) return false;
  const uint8_t length = b.U8(kQuestionNameAt);
  if (length < 1 || length > kLongestLabel || !IsLetterOrDigit(b.U8(kName))) return false;
  if (p.captured() <= kName + 1) return true;
  // The end of the name, as far as it was captured; what lies behind it must fit if it is there: a
  // type and a class of two bytes.
  const size_t end = p.captured();
  size_t i = kName + 1;
  while (i < end && b.U8(i) != 0) ++i;
  if (i + 4 >= end) return true;
  return b.U8(i + 1) == 0 && types[b.U8(i + 2)] && b.U8(i + 3) == 0 && IsClass(b.U8(i + 4));
}

}  // namespace

bool IsDns(const UdpPayload& p) { return HasForm(p, kTypes311); }
bool IsDns33(const UdpPayload& p) { return HasForm(p, kTypes33); }

}  // namespace tstat::internal
