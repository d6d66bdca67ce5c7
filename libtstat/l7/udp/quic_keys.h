// SPDX-License-Identifier: BSD-3-Clause
//
// What a version of QUIC is by on the wire, and the keys of a client's Initial packets, which
// anyone on the path can derive from the connection id that the client chose (RFC 9001, 5.2; RFC
// 9369, 3.3).
//
//   const QuicVersionRules& rules = QuicRulesOf(version);
//   if (const auto keys = QuicClientKeys::Derive(rules, connection_id)) ...
#ifndef TSTAT_L7_UDP_QUIC_KEYS_H_
#define TSTAT_L7_UDP_QUIC_KEYS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tstat::internal {

enum class QuicPacketType : uint8_t {
  kInitial,
  kZeroRtt,
  kHandshake,
  kRetry,
  kVersionNegotiation,
};

struct QuicVersionRules {
  uint32_t first = 0, last = 0;  // versions
  std::array<uint8_t, 20> salt{};
  std::string_view label;                 // what those of its keys begin with
  std::array<QuicPacketType, 4> types{};  // by the two bits of the first byte
};

// Of a version that nobody knows here those of version 1: most new ones keep what it has.
const QuicVersionRules& QuicRulesOf(uint32_t version);
// Of the IETF, its drafts, and of Google and Meta; and those that only test whether strangers are
// refused (RFC 9000, 15).
bool IsQuicVersion(uint32_t version);

struct QuicClientKeys {
  std::array<uint8_t, 16> key{}, header_protection{};
  std::array<uint8_t, 12> iv{};

  // Nothing: the library does not have the algorithms.
  static std::optional<QuicClientKeys> Derive(const QuicVersionRules& rules,
                                              std::span<const uint8_t> connection_id);
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_QUIC_KEYS_H_
