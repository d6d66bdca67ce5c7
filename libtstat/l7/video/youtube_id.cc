// SPDX-License-Identifier: BSD-3-Clause
#include "l7/video/youtube_id.h"

#include <algorithm>
#include <cassert>
#include <cstdint>

namespace tstat::internal {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHexDigits = "0123456789abcdef";

}  // namespace

ShortText<46> YoutubeIdToHex(std::string_view id) {
  assert(id.size() == 11 && id.find_first_not_of(kAlphabet) == id.npos);
  // Eleven times six bits; the last two are not part of the number.
  uint64_t bits = 0;
  for (size_t i = 0; i < id.size(); ++i) {
    const uint64_t value = kAlphabet.find(id[i]) & 63;
    bits = i < 10 ? bits << 6 | value : bits << 4 | value >> 2;
  }
  char hex[16];
  for (int i = 0; i < 16; ++i) hex[i] = kHexDigits[bits >> (60 - 4 * i) & 15];
  return ShortText<46>({hex, sizeof(hex)});
}

ShortText<46> YoutubeIdFromHex(std::string_view hex) {
  assert(hex.size() == 16 && hex.find_first_not_of(kHexDigits) == hex.npos);
  uint64_t bits = 0;
  for (char c : hex) bits = bits << 4 | (kHexDigits.find(c) & 15);
  char id[11];
  for (int i = 0; i < 10; ++i) id[i] = kAlphabet[bits >> (58 - 6 * i) & 63];
  id[10] = kAlphabet[bits << 2 & 63];
  return ShortText<46>({id, sizeof(id)});
}

}  // namespace tstat::internal
