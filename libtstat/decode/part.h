// SPDX-License-Identifier: BSD-3-Clause
//
// A part of a frame: what was captured of it, and how long it was on the wire.
//
//   Part frame(ByteReader(packet.data), packet.original_length);
//   Part payload = frame.From(14).UpTo(46);   // behind the header, without the padding
#ifndef TSTAT_DECODE_PART_H_
#define TSTAT_DECODE_PART_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "decode/byte_reader.h"

namespace tstat::internal {

struct Part {
  ByteReader bytes;
  uint64_t length = 0;  // on the wire; never less than what was captured

  constexpr Part() = default;
  constexpr Part(ByteReader captured, uint64_t on_the_wire)
      : bytes(captured), length(std::max<uint64_t>(on_the_wire, captured.size())) {}

  // What begins `offset` bytes later.
  constexpr Part From(size_t offset) const {
    return {bytes.Sub(offset), length > offset ? length - offset : 0};
  }
  // The first `count` bytes, be they there or not.
  constexpr Part UpTo(uint64_t count) const {
    return {bytes.Sub(0, static_cast<size_t>(std::min<uint64_t>(count, SIZE_MAX))), count};
  }
};

}  // namespace tstat::internal

#endif  // TSTAT_DECODE_PART_H_
