// SPDX-License-Identifier: BSD-3-Clause
//
// The one place where packet bytes are addressed. A ByteReader is a view over bytes that may be
// hostile: every accessor is total. A read outside the view gives 0 (or an empty view) and never
// touches memory outside; ask Has() first where "absent" and "zero" must differ.
//
//   ByteReader r(packet.data);
//   if (!r.Has(12, 2)) return std::nullopt;
//   uint16_t ether_type = r.U16(12);
#ifndef TSTAT_DECODE_BYTE_READER_H_
#define TSTAT_DECODE_BYTE_READER_H_

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace tstat::internal {

// The first kBytes of a view, which are there: one check for a whole header instead of one for each
// field. Offsets are constants, checked when compiled. Made by ByteReader::Header.
template <size_t kBytes>
class HeaderReader {
 public:
  // REQUIRES: kBytes can be read at `bytes`.
  constexpr explicit HeaderReader(const uint8_t* bytes) : bytes_(bytes) {
    assert(bytes != nullptr);
  }

  template <size_t kOffset>
  constexpr uint8_t U8() const {
    static_assert(kOffset + 1 <= kBytes);
    return bytes_[kOffset];
  }
  template <size_t kOffset>
  constexpr uint16_t U16() const {
    static_assert(kOffset + 2 <= kBytes);
    return static_cast<uint16_t>(bytes_[kOffset] << 8 | bytes_[kOffset + 1]);
  }
  template <size_t kOffset>
  uint32_t U32() const {
    return __builtin_bswap32(U32Le<kOffset>());
  }
  template <size_t kOffset>
  uint32_t U32Le() const {
    static_assert(kOffset + 4 <= kBytes);
    uint32_t v;
    std::memcpy(&v, bytes_ + kOffset, 4);
    return v;
  }

 private:
  const uint8_t* bytes_;
};

class ByteReader {
 public:
  constexpr ByteReader() = default;
  constexpr explicit ByteReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  constexpr size_t size() const { return bytes_.size(); }
  constexpr bool empty() const { return bytes_.empty(); }
  constexpr std::span<const uint8_t> bytes() const { return bytes_; }

  // True when all of the `count` bytes at `offset` are there.
  constexpr bool Has(size_t offset, size_t count = 1) const {
    return count <= bytes_.size() && offset <= bytes_.size() - count;
  }

  constexpr uint8_t U8(size_t offset) const { return Has(offset, 1) ? bytes_[offset] : 0; }
  constexpr uint16_t U16(size_t offset) const {
    return Has(offset, 2) ? static_cast<uint16_t>(bytes_[offset] << 8 | bytes_[offset + 1]) : 0;
  }
  constexpr uint32_t U24(size_t offset) const {
    return Has(offset, 3) ? static_cast<uint32_t>(bytes_[offset]) << 16 |
                                static_cast<uint32_t>(bytes_[offset + 1]) << 8 | bytes_[offset + 2]
                          : 0;
  }
  uint32_t U32(size_t offset) const {
    if (!Has(offset, 4)) return 0;
    uint32_t v;
    std::memcpy(&v, bytes_.data() + offset, 4);
    return __builtin_bswap32(v);
  }
  uint64_t U64(size_t offset) const {
    if (!Has(offset, 8)) return 0;
    uint64_t v;
    std::memcpy(&v, bytes_.data() + offset, 8);
    return __builtin_bswap64(v);
  }
  // Little-endian forms, for the protocols that use them.
  constexpr uint16_t U16Le(size_t offset) const {
    return Has(offset, 2) ? static_cast<uint16_t>(bytes_[offset + 1] << 8 | bytes_[offset]) : 0;
  }
  uint32_t U32Le(size_t offset) const {
    if (!Has(offset, 4)) return 0;
    uint32_t v;
    std::memcpy(&v, bytes_.data() + offset, 4);
    return v;
  }

  // The header that the view begins with; zeros when it is not there in full.
  template <size_t kBytes>
  constexpr HeaderReader<kBytes> Header() const {
    return HeaderReader<kBytes>(Has(0, kBytes) ? bytes_.data() : kZeros<kBytes>.data());
  }

  // The bytes from `offset` on, at most `count` of them; empty when there are none.
  constexpr ByteReader Sub(size_t offset, size_t count = SIZE_MAX) const {
    if (offset >= bytes_.size()) return ByteReader();
    return ByteReader(bytes_.subspan(offset, std::min(count, bytes_.size() - offset)));
  }

  // True when the bytes at `offset` are there in full and equal `text`.
  bool StartsWith(std::string_view text, size_t offset = 0) const {
    return Has(offset, text.size()) &&
           std::memcmp(bytes_.data() + offset, text.data(), text.size()) == 0;
  }

  // The bytes as text (not NUL-terminated, may hold anything).
  std::string_view Text(size_t offset = 0, size_t count = SIZE_MAX) const {
    std::span<const uint8_t> s = Sub(offset, count).bytes();
    return {reinterpret_cast<const char*>(s.data()), s.size()};
  }

 private:
  template <size_t kBytes>
  static constexpr std::array<uint8_t, kBytes> kZeros{};

  std::span<const uint8_t> bytes_;
};

}  // namespace tstat::internal

#endif  // TSTAT_DECODE_BYTE_READER_H_
