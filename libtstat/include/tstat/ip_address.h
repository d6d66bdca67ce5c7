// SPDX-License-Identifier: BSD-3-Clause
//
// IPv4 and IPv6 addresses, and their text in both compatibility profiles.
#ifndef TSTAT_IP_ADDRESS_H_
#define TSTAT_IP_ADDRESS_H_

#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tstat/export.h"

namespace tstat::inline v1 {

// How IPv6 addresses are written.
enum class Ipv6Form : uint8_t {
  kFourDigits,  // Tstat 3.1.1: four hex digits a group, its own way to shorten zeros
  kCanonical,   // RFC 5952, as glibc's inet_ntop prints it
};

// An address of either family, in network byte order. IPv4 uses the first four bytes, the rest is
// 0, so that comparison is plain.
class TSTAT_EXPORT IpAddress {
 public:
  constexpr IpAddress() = default;

  [[nodiscard]] static IpAddress V4(std::span<const uint8_t, 4> bytes) {
    IpAddress a;
    std::memcpy(a.bytes_.data(), bytes.data(), 4);
    return a;
  }
  // `value` in host order: 0x0a000001 is 10.0.0.1.
  [[nodiscard]] static constexpr IpAddress V4(uint32_t value) {
    IpAddress a;
    a.bytes_[0] = static_cast<uint8_t>(value >> 24);
    a.bytes_[1] = static_cast<uint8_t>(value >> 16);
    a.bytes_[2] = static_cast<uint8_t>(value >> 8);
    a.bytes_[3] = static_cast<uint8_t>(value);
    return a;
  }
  [[nodiscard]] static IpAddress V6(std::span<const uint8_t, 16> bytes) {
    IpAddress a;
    std::memcpy(a.bytes_.data(), bytes.data(), 16);
    a.is_v6_ = true;
    return a;
  }
  // *this = V4(value), stored as two words because it is read as such soon after (flow keys): a
  // processor cannot forward narrow stores to a wide load.
  void AssignV4(uint32_t value) {
    constexpr bool kLittle = std::endian::native == std::endian::little;
    const uint64_t word =
        kLittle ? uint64_t{__builtin_bswap32(value)} : static_cast<uint64_t>(value) << 32;
    std::memcpy(bytes_.data(), &word, 8);
    std::memset(bytes_.data() + 8, 0, 8);
    is_v6_ = false;
  }
  // Strict dotted decimal or any RFC 4291 text form; nullopt otherwise.
  [[nodiscard]] static std::optional<IpAddress> Parse(std::string_view text);

  [[nodiscard]] constexpr bool is_v6() const { return is_v6_; }
  // The IPv4 address in host order. REQUIRES: !is_v6().
  [[nodiscard]] constexpr uint32_t v4() const {
    assert(!is_v6_);
    return static_cast<uint32_t>(bytes_[0]) << 24 | static_cast<uint32_t>(bytes_[1]) << 16 |
           static_cast<uint32_t>(bytes_[2]) << 8 | bytes_[3];
  }
  [[nodiscard]] constexpr const std::array<uint8_t, 16>& bytes() const { return bytes_; }

  // Writes the text form at `out` (at least kMaxTextLength bytes) and returns its length.
  static constexpr size_t kMaxTextLength = 48;
  [[nodiscard]] size_t Format(char* out, Ipv6Form form) const;
  [[nodiscard]] std::string ToString(Ipv6Form form = Ipv6Form::kCanonical) const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<uint8_t, 16> bytes_{};
  bool is_v6_ = false;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_IP_ADDRESS_H_
