// SPDX-License-Identifier: BSD-3-Clause
//
// The first four payload bytes as one number, which is how most text protocols are told apart.
//
//   uint32_t prefix = PayloadPrefix(payload);
//   if (prefix == Prefix("GET ")) ...
#ifndef TSTAT_L7_PREFIX_H_
#define TSTAT_L7_PREFIX_H_

#include <cstdint>

#include "decode/byte_reader.h"

namespace tstat::internal {

constexpr uint32_t Prefix(const char (&text)[5]) {
  return static_cast<uint32_t>(static_cast<uint8_t>(text[0])) << 24 |
         static_cast<uint32_t>(static_cast<uint8_t>(text[1])) << 16 |
         static_cast<uint32_t>(static_cast<uint8_t>(text[2])) << 8 | static_cast<uint8_t>(text[3]);
}

// 0 unless a fifth byte was captured: the tests of four bytes always want one more.
inline uint32_t PayloadPrefix(ByteReader payload) {
  return payload.size() >= 5 ? payload.U32(0) : 0;
}

}  // namespace tstat::internal

#endif  // TSTAT_L7_PREFIX_H_
