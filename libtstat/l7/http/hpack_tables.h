// SPDX-License-Identifier: BSD-3-Clause
//
// The static table and the Huffman code of HPACK (RFC 7541, appendices A and B).
#ifndef TSTAT_L7_HTTP_HPACK_TABLES_H_
#define TSTAT_L7_HTTP_HPACK_TABLES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tstat::internal {

struct HpackStaticEntry {
  std::string_view name, value;
};
// Index 1 stands first.
inline constexpr HpackStaticEntry kHpackStatic[] = {
    {":authority", ""},
    {":method", "GET"},
    {":method", "POST"},
    {":path", "/"},
    {":path", "/index.html"},
    {":scheme", "http"},
    {":scheme", "https"},
    {":status", "200"},
    {":status", "204"},
    {":status", "206"},
    {":status", "304"},
    {":status", "400"},
    {":status", "404"},
    {":status", "500"},
    {"accept-charset", ""},
    {"accept-encoding", "gzip, deflate"},
    {"accept-language", ""},
    {"accept-ranges", ""},
    {"accept", ""},
    {"access-control-allow-origin", ""},
    {"age", ""},
    {"allow", ""},
    {"authorization", ""},
    {"cache-control", ""},
    {"content-disposition", ""},
    {"content-encoding", ""},
    {"content-language", ""},
    {"content-length", ""},
    {"content-location", ""},
    {"content-range", ""},
    {"content-type", ""},
    {"cookie", ""},
    {"date", ""},
    {"etag", ""},
    {"expect", ""},
    {"expires", ""},
    {"from", ""},
    {"host", ""},
    {"if-match", ""},
    {"if-modified-since", ""},
    {"if-none-match", ""},
    {"if-range", ""},
    {"if-unmodified-since", ""},
    {"last-modified", ""},
    {"link", ""},
    {"location", ""},
    {"max-forwards", ""},
    {"proxy-authenticate", ""},
    {"proxy-authorization", ""},
    {"range", ""},
    {"referer", ""},
    {"refresh", ""},
    {"retry-after", ""},
    {"server", ""},
    {"set-cookie", ""},
    {"strict-transport-security", ""},
    {"transfer-encoding", ""},
    {"user-agent", ""},
    {"vary", ""},
    {"via", ""},
    {"www-authenticate", ""},
};
inline constexpr size_t kHpackStaticEntries = 61;
static_assert(std::size(kHpackStatic) == kHpackStaticEntries);

// Bits of each byte's code. Of codes with the same length the order is that of the bytes, so these
// are the code. The one of the end of a string has 30 bits and is the last.
inline constexpr uint8_t kHpackCodeBits[256] = {
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,  // control characters
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,  //
    6,  10, 10, 12, 13, 6,  8,  11, 10, 10, 8,  11, 8,  6,  6,  6,   // blank to slash
    5,  5,  5,  6,  6,  6,  6,  6,  6,  6,  7,  8,  15, 6,  12, 10,  // digits
    13, 6,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,   // capital letters
    7,  7,  7,  7,  7,  7,  7,  7,  8,  7,  8,  13, 19, 13, 14, 6,   //
    15, 5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5,   // small letters
    6,  7,  6,  5,  5,  6,  7,  7,  7,  7,  7,  15, 11, 14, 13, 28,  //
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,  // from 128 on
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,  //
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,  //
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,  //
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,  //
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,  //
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,  //
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,  //
};

// What decoding needs of them: for each length the first code and where its bytes stand.
struct HpackCode {
  static constexpr uint32_t kLongest = 30;
  std::array<uint32_t, kLongest + 1> first_code{}, first_byte{}, codes{};
  std::array<uint8_t, 256> bytes{};  // by length, then by value
  uint32_t free = 0;                 // codes of 30 bits that are left: the end of a string
};

constexpr HpackCode MakeHpackCode() {
  HpackCode code;
  uint32_t next = 0, place = 0;
  for (uint32_t bits = 1; bits <= HpackCode::kLongest; ++bits) {
    next <<= 1;
    code.first_code[bits] = next;
    code.first_byte[bits] = place;
    for (uint32_t byte = 0; byte < 256; ++byte) {
      if (kHpackCodeBits[byte] != bits) continue;
      code.bytes[place++] = static_cast<uint8_t>(byte);
      ++next;
      ++code.codes[bits];
    }
  }
  code.free = (1u << HpackCode::kLongest) - next;
  return code;
}
inline constexpr HpackCode kHpackCode = MakeHpackCode();
static_assert(kHpackCode.free == 1, "a code in which every sequence of bits is one of bytes");

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_HPACK_TABLES_H_
