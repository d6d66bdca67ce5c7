// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/quic_keys.h"

#include <algorithm>
#include <cstddef>

#include "flow/digest.h"

namespace tstat::internal {
namespace {

constexpr std::array<QuicPacketType, 4> kTypesOfV1 = {
    QuicPacketType::kInitial, QuicPacketType::kZeroRtt, QuicPacketType::kHandshake,
    QuicPacketType::kRetry};
constexpr std::array<QuicPacketType, 4> kTypesOfV2 = {
    QuicPacketType::kRetry, QuicPacketType::kInitial, QuicPacketType::kZeroRtt,
    QuicPacketType::kHandshake};

constexpr QuicVersionRules kVersions[] = {
    {1,
     1,
     {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
      0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
     "quic",
     kTypesOfV1},
    // RFC 9369.
    {0x6b3343cf,
     0x6b3343cf,
     {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
      0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
     "quicv2",
     kTypesOfV2},
    // Drafts 29 to 32.
    {0xff00001d,
     0xff000020,
     {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
      0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99},
     "quic",
     kTypesOfV1},
    // Drafts 23 to 28, and Meta's versions of them.
    {0xff000017,
     0xff00001c,
     {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
      0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02},
     "quic",
     kTypesOfV1},
    {0xfaceb002,
     0xfaceb00e,
     {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
      0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02},
     "quic",
     kTypesOfV1},
    // Draft 22, and Meta's version of it.
    {0xff000016,
     0xff000016,
     {0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
      0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a},
     "quic",
     kTypesOfV1},
    {0xfaceb001,
     0xfaceb001,
     {0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
      0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a},
     "quic",
     kTypesOfV1},
    // Google's, of draft 25 and after, with its own hello and with that of TLS.
    {0x51303530,
     0x51303530,
     {0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94,
      0x5c, 0xfc, 0xdb, 0xd3, 0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45},
     "quic",
     kTypesOfV1},
    {0x54303530,
     0x54303530,
     {0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80,
      0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10},
     "quic",
     kTypesOfV1},
    {0x54303531,
     0x54303531,
     {0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50,
      0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d},
     "quic",
     kTypesOfV1},
};

using Secret = std::array<uint8_t, 32>;

// RFC 2104. libcrypto's own looks for the algorithm, and makes a state of it, for each: five of
// them are needed for each hello. `key`: not longer than a block of SHA-256.
bool HmacSha256(std::span<const uint8_t> key, std::span<const uint8_t> data, Secret* out) {
  constexpr size_t kBlock = 64;
  constexpr uint8_t kInner = 0x36, kOuter = 0x5c;
  thread_local Digest sha256("SHA256");
  std::array<uint8_t, kBlock> inner, outer;
  for (size_t i = 0; i < kBlock; ++i) {
    const uint8_t byte = i < key.size() ? key[i] : 0;
    inner[i] = byte ^ kInner;
    outer[i] = byte ^ kOuter;
  }
  Secret digest;
  return sha256.Of({inner, data}, digest) && sha256.Of({outer, digest}, *out);
}

// HKDF-Expand-Label (RFC 8446, 7.1) with an empty context and at most one block; the label has two
// parts.
bool ExpandSecret(const Secret& secret, std::string_view version, std::string_view label,
                  std::span<uint8_t> out) {
  constexpr std::string_view kPrefix = "tls13 ";
  std::array<uint8_t, 64> info{};
  size_t size = 0;
  info[size++] = 0;
  info[size++] = static_cast<uint8_t>(out.size());
  info[size++] = static_cast<uint8_t>(kPrefix.size() + version.size() + label.size());
  for (const std::string_view part : {kPrefix, version, label}) {
    std::copy(part.begin(), part.end(), info.begin() + static_cast<std::ptrdiff_t>(size));
    size += part.size();
  }
  info[size++] = 0;  // context
  info[size++] = 1;  // first block
  Secret block;
  if (!HmacSha256(secret, std::span(info).first(size), &block)) return false;
  std::copy_n(block.begin(), out.size(), out.begin());
  return true;
}

}  // namespace

const QuicVersionRules& QuicRulesOf(uint32_t version) {
  for (const QuicVersionRules& rules : kVersions) {
    if (version >= rules.first && version <= rules.last) return rules;
  }
  return kVersions[0];
}

bool IsQuicVersion(uint32_t version) {
  constexpr uint32_t kDrafts = 0xff0000, kMeta = 0xfaceb0, kTest = 0x0a0a0a0a;
  const char vendor = static_cast<char>(version >> 24);
  const bool is_google = (vendor == 'Q' || vendor == 'T') && (version >> 16 & 0xff) == '0';
  return version == 1 || version == 0x6b3343cf || version >> 8 == kDrafts ||
         version >> 8 == kMeta || (version & 0x0f0f0f0f) == kTest || is_google;
}

std::optional<QuicClientKeys> QuicClientKeys::Derive(const QuicVersionRules& rules,
                                                     std::span<const uint8_t> connection_id) {
  QuicClientKeys keys;
  Secret initial, client;
  if (!HmacSha256(rules.salt, connection_id, &initial) ||
      !ExpandSecret(initial, "", "client in", client) ||
      !ExpandSecret(client, rules.label, " key", keys.key) ||
      !ExpandSecret(client, rules.label, " iv", keys.iv) ||
      !ExpandSecret(client, rules.label, " hp", keys.header_protection)) {
    return std::nullopt;
  }
  return keys;
}

}  // namespace tstat::internal
