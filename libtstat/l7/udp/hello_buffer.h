// SPDX-License-Identifier: BSD-3-Clause
//
// A message that comes in pieces, in any order and perhaps twice: the CRYPTO frames of QUIC (RFC
// 9000, 19.6), the fragments of a handshake of DTLS (RFC 6347, 4.2.3). Of bytes that come twice the
// first ones count.
//
//   buffer.Add(offset, piece);
//   buffer.front();                 // what is there from the beginning on, without a hole
#ifndef TSTAT_L7_UDP_HELLO_BUFFER_H_
#define TSTAT_L7_UDP_HELLO_BUFFER_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "decode/byte_reader.h"

namespace tstat::internal {

class HelloBuffer {
 public:
  // Hellos with post-quantum keys and an encrypted one inside have some 3 KiB.
  static constexpr size_t kCapacity = 8192;
  static constexpr size_t kMaxRanges = 32;  // apart from each other

  // Bytes behind the capacity are dropped. False: there is no room for one more range.
  bool Add(uint64_t offset, ByteReader piece) {
    if (offset >= kCapacity || piece.empty()) return true;
    piece = piece.Sub(0, kCapacity - offset);
    uint16_t at = static_cast<uint16_t>(offset);
    const auto end = static_cast<uint16_t>(offset + piece.size());
    // What lies between the ranges that are there is copied.
    for (size_t i = 0; i < count_ && at < end; ++i) {
      const Range& range = ranges_[i];
      if (range.end <= at) continue;
      if (range.begin > at) Copy(at, std::min(range.begin, end), offset, piece);
      at = std::max(at, range.end);
    }
    if (at < end) Copy(at, end, offset, piece);
    return Merge({static_cast<uint16_t>(offset), end});
  }

  ByteReader front() const {
    if (count_ == 0 || ranges_[0].begin != 0) return ByteReader();
    return ByteReader(std::span(bytes_).first(ranges_[0].end));
  }

 private:
  struct Range {
    uint16_t begin = 0, end = 0;
  };
  static_assert(kCapacity <= UINT16_MAX);

  void Copy(size_t begin, size_t end, uint64_t offset, ByteReader piece) {
    const std::span<const uint8_t> part = piece.Sub(begin - offset, end - begin).bytes();
    std::copy(part.begin(), part.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin));
  }
  bool Merge(Range added) {
    std::array<Range, kMaxRanges + 1> merged;
    size_t count = 0, i = 0;
    for (; i < count_ && ranges_[i].end < added.begin; ++i) merged[count++] = ranges_[i];
    for (; i < count_ && ranges_[i].begin <= added.end; ++i) {
      added = {std::min(added.begin, ranges_[i].begin), std::max(added.end, ranges_[i].end)};
    }
    merged[count++] = added;
    for (; i < count_; ++i) merged[count++] = ranges_[i];
    if (count > kMaxRanges) return false;
    std::copy_n(merged.begin(), count, ranges_.begin());
    count_ = count;
    return true;
  }

  std::array<Range, kMaxRanges> ranges_;  // in order
  size_t count_ = 0;
  std::array<uint8_t, kCapacity> bytes_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_HELLO_BUFFER_H_
