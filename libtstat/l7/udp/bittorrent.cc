// SPDX-License-Identifier: BSD-3-Clause
//
// BitTorrent over UDP: DHT messages, tracker requests and answers, the first datagrams of peers.
#include <cstddef>
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
constexpr uint16_t kOtherAtLeast = 40;
constexpr size_t kFirstMark = 8, kSecondMark = 28;
constexpr std::string_view kFirstBytes = "\x00\x00\x04\x02"sv, kSecondBytes = "\x00\x00\x01\x04"sv;

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
  constexpr size_t kKind = 3, kRest = 4;  // a question's arguments, or what answers it
  return b.StartsWith("d1:"sv) && (b.U8(kKind) == 'a' || b.U8(kKind) == 'r') &&
         b.StartsWith("d2:id20:"sv, kRest);
}

// A message number behind 00 00 04, and elsewhere a connection id that is negative.
struct NumberedForm {
  size_t mark, number, id;
  uint16_t numbers;
};
constexpr NumberedForm kRequest = {.mark = 8, .number = 11, .id = 0, .numbers = kRequests};
constexpr NumberedForm kResponse = {.mark = 0, .number = 3, .id = 8, .numbers = kResponses};

bool HasForm(ByteReader b, const NumberedForm& form) {
  return b.U24(form.mark) == 4 && (b.U8(form.id) & 0x80) != 0;
}
bool HasNumber(ByteReader b, const NumberedForm& form) {
  return Has(form.numbers, b.U8(form.number));
}

}  // namespace

bool IsBitTorrentDht(const UdpPayload& p) {
  const ByteReader& b = p.bytes;
  constexpr size_t kDhtMoreThan = 30, kNumberedAtLeast = 20;
  if (p.available > kDhtMoreThan && IsDhtMessage(b)) return true;
  if (p.available >= kNumberedAtLeast) {
    if (HasForm(b, kRequest)) {
      if (HasNumber(b, kRequest)) return true;
    } else if (HasForm(b, kResponse) && HasNumber(b, kResponse)) {
      return true;
    }
  }
  for (const FixedLength& form : kFixedLengths) {
    if (form.length_field != p.length_field) continue;
    return p.available >= form.available && b.StartsWith(form.bytes, form.offset);
  }
  return p.length_field >= kOtherAtLeast && b.StartsWith(kFirstBytes, kFirstMark) &&
         b.StartsWith(kSecondBytes, kSecondMark);
}

}  // namespace tstat::internal
