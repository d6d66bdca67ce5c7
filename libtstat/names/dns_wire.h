// SPDX-License-Identifier: BSD-3-Clause
//
// The bytes of a DNS message and the names in them (RFC 1035, 3.1 and 4.1.4). A message has the
// length that its IP header gives it; what was not captured of it is zeros.
//
//   const DnsWire wire(captured, message_bytes);
//   size_t at = 12;
//   if (!SkipDnsName(wire, &at, &pointers)) return std::nullopt;   // `at` is behind the name now
#ifndef TSTAT_NAMES_DNS_WIRE_H_
#define TSTAT_NAMES_DNS_WIRE_H_

#include <cstddef>
#include <cstdint>

#include "decode/byte_reader.h"

namespace tstat::internal {

class DnsWire {
 public:
  constexpr DnsWire(ByteReader captured, size_t size)
      : captured_(captured.Sub(0, size)), size_(size) {}

  constexpr size_t size() const { return size_; }
  constexpr bool Has(size_t offset, size_t count = 1) const {
    return count <= size_ && offset <= size_ - count;
  }
  // 0 outside of the message, too.
  constexpr uint8_t U8(size_t offset) const { return captured_.U8(offset); }
  constexpr uint16_t U16(size_t offset) const {
    return static_cast<uint16_t>(U8(offset) << 8 | U8(offset + 1));
  }
  constexpr uint32_t U32(size_t offset) const {
    return static_cast<uint32_t>(U16(offset)) << 16 | U16(offset + 2);
  }
  constexpr uint64_t U64(size_t offset) const {
    return static_cast<uint64_t>(U32(offset)) << 32 | U32(offset + 4);
  }
  // Of `count` bytes those that were captured; the others are zeros.
  constexpr ByteReader Captured(size_t offset, size_t count) const {
    return captured_.Sub(offset, count);
  }
  // A part as a message of its own: names in it point into it.
  constexpr DnsWire Sub(size_t offset, size_t count) const {
    return {captured_.Sub(offset, count), count};
  }

 private:
  ByteReader captured_;
  size_t size_;
};

namespace dns_name {
inline constexpr size_t kMaxBytes = 254;  // of all labels and their lengths
inline constexpr uint8_t kMaxLabelBytes = 63;
inline constexpr uint8_t kPointer = 0xC0;        // the upper bits of a pointer's first byte
inline constexpr uint32_t kMaxPointers = 65535;  // of one name
}  // namespace dns_name

// Walks the labels of the name at `*at`, through pointers in any direction, and leaves `*at` behind
// it: behind its first pointer if it has one. `on_label(offset, bytes)` is called for each label.
// False: it is no name. A pointer takes one of `*pointers_left`; none is left, and it is no name,
// either: names that point to each other cost a sender two bytes each, and a reader all of them.
template <typename OnLabel>
bool WalkDnsName(const DnsWire& wire, size_t* at, uint32_t* pointers_left, OnLabel on_label) {
  using namespace dns_name;  // NOLINT: its constants
  size_t bytes = 0, end = 0;
  uint32_t pointers = 0;
  for (size_t i = *at;;) {
    if (!wire.Has(i)) return false;
    const uint8_t length = wire.U8(i);
    if (length >= kPointer) {
      if (!wire.Has(i, 2)) return false;
      if (end == 0) end = i + 2;
      i = wire.U16(i) & 0x3FFF;
      if (i == 0 || ++pointers > kMaxPointers || *pointers_left == 0) return false;
      --*pointers_left;
      continue;
    }
    if (length == 0) {
      *at = end != 0 ? end : i + 1;
      return true;
    }
    if (length > kMaxLabelBytes || !wire.Has(i + 1, length)) return false;
    bytes += size_t{1} + length;
    if (bytes > kMaxBytes) return false;
    on_label(i + 1, length);
    i += size_t{1} + length;
  }
}

inline bool SkipDnsName(const DnsWire& wire, size_t* at, uint32_t* pointers_left) {
  return WalkDnsName(wire, at, pointers_left, [](size_t, uint8_t) {});
}

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_WIRE_H_
