// SPDX-License-Identifier: BSD-3-Clause
//
// QUIC's integers of 1, 2, 4 or 8 bytes (RFC 9000, 16).
//
//   if (std::optional<QuicVarint> n = QuicVarint::Parse(bytes, offset)) offset += n->size;
#ifndef TSTAT_L7_UDP_QUIC_VARINT_H_
#define TSTAT_L7_UDP_QUIC_VARINT_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "decode/byte_reader.h"

namespace tstat::internal {

struct QuicVarint {
  static constexpr uint8_t kLongest = 8;

  uint64_t value;
  uint8_t size;  // in bytes, of which the two upper bits tell

  // Nothing when it is not there in full.
  static std::optional<QuicVarint> Parse(ByteReader b, size_t offset) {
    if (!b.Has(offset)) return std::nullopt;
    const auto size = static_cast<uint8_t>(1u << (b.U8(offset) >> 6));
    if (!b.Has(offset, size)) return std::nullopt;
    switch (size) {
      case 1:
        return QuicVarint{b.U8(offset), size};
      case 2:
        return QuicVarint{b.U16(offset) & 0x3FFFu, size};
      case 4:
        return QuicVarint{b.U32(offset) & 0x3FFFFFFFu, size};
      default:
        return QuicVarint{b.U64(offset) & 0x3FFFFFFFFFFFFFFFu, size};
    }
  }
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_QUIC_VARINT_H_
