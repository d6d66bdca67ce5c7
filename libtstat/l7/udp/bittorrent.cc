// SPDX-License-Identifier: BSD-3-Clause
//
// BitTorrent over UDP: DHT messages, tracker requests and answers, the first datagrams of peers.
#include <cstdint>
#include <string_view>

#include "l7/udp/signatures.h"

namespace tstat::internal {
namespace {

using std::string_view_literals::operator""sv;

// Datagrams of one length that hold fixed bytes at one place.
struct FixedLength {
  uint16_t length_field;
  uint8_t available;  // at least
  uint8_t offset;
  std::string_view bytes;
};
constexpr FixedLength kFixedLengths[] = {
    {24, 16, 0, "\x00\x00\x04\x17\x27\x10\x19\x80"sv},
    {44, 20, 8, "\x00\x00\x04\x00"sv},  // tracker: connect
    {65, 20, 8, "\x00\x00\x04\x04"sv},
    {67, 20, 8, "\x00\x00\x04\x06"sv},
    {211, 12, 0, "\x00\x00\x04\x05"sv},
    {29, 12, 0, "\x00\x00\x04\x01"sv},
    {52, 16, 0, "\x00\x00\x08\x27\x37\x50\x29\x50"sv},
};
// Any other length from 40 on.
constexpr std::string_view kOther8 = "\x00\x00\x04\x02"sv, kOther28 = "\x00\x00\x01\x04"sv;

// Bits of the message numbers that follow 00 00 04.
constexpr uint16_t Bits(std::initializer_list<int> numbers) {
  uint16_t bits = 0;
  for (int n : numbers) bits = static_cast<uint16_t>(bits | 1 << n);
  return bits;
}
constexpr uint16_t kRequests = Bits({0x00, 0x02, 0x04, 0x06, 0x0A, 0x0B, 0x0C});
constexpr uint16_t kResponses = Bits({0x01, 0x03, 0x05, 0x07, 0x08, 0x09, 0x0D});
constexpr bool Has(uint16_t bits, uint8_t number) { return number < 16 && (bits >> number & 1); }

bool IsDhtMessage(ByteReader b) {
  return b.StartsWith("d1:"sv) && (b.U8(3) == 'a' || b.U8(3) == 'r') &&
         b.StartsWith("d2:id20:"sv, 4);
}

}  // namespace

bool IsBitTorrentDht(const UdpPayload& p) {
  const ByteReader& b = p.bytes;
  if (p.available > 30 && IsDhtMessage(b)) return true;
  if (p.available >= 20) {
    if (b.U24(8) == 4 && (b.U8(0) & 0x80) != 0) {
      if (Has(kRequests, b.U8(11))) return true;
    } else if (b.U24(0) == 4 && (b.U8(8) & 0x80) != 0) {
      if (Has(kResponses, b.U8(3))) return true;
    }
  }
  for (const FixedLength& form : kFixedLengths) {
    if (form.length_field != p.length_field) continue;
    return p.available >= form.available && b.StartsWith(form.bytes, form.offset);
  }
  return p.length_field >= 40 && b.StartsWith(kOther8, 8) && b.StartsWith(kOther28, 28);
}

}  // namespace tstat::internal
