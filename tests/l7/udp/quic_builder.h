// SPDX-License-Identifier: BSD-3-Clause
//
// What QUIC clients and servers send, for tests: Initial packets with their protection.
//
//   const Bytes packet = SealInitial({.frames = CryptoFrame(0, hello), .version = 1});
#ifndef TSTAT_TESTS_L7_UDP_QUIC_BUILDER_H_
#define TSTAT_TESTS_L7_UDP_QUIC_BUILDER_H_

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "l7/udp/quic_keys.h"
#include "tests/decode/frame_builder.h"

namespace tstat::internal::testing {

inline Bytes Integer16(size_t value) { return U16(static_cast<uint16_t>(0x4000 | value)); }
inline Bytes CryptoFrame(size_t offset, const Bytes& data) {
  return Bytes{6} + Integer16(offset) + Integer16(data.size()) + data;
}
inline Bytes Part(const Bytes& all, size_t begin, size_t end) {
  return {all.begin() + static_cast<std::ptrdiff_t>(begin),
          all.begin() + static_cast<std::ptrdiff_t>(end)};
}

inline Bytes Extension(uint16_t type, const Bytes& content) {
  return U16(type) + U16(static_cast<uint16_t>(content.size())) + content;
}
// A ClientHello with a name, ALPN "h3", and `fill` bytes of an unknown extension before them.
inline Bytes HelloMessage(std::string_view name, size_t fill = 0, const Bytes& more = {},
                          const Bytes& cookie = {}) {
  const Bytes host = Bytes{0} + U16(static_cast<uint16_t>(name.size())) + Text(name);
  const Bytes extensions = (fill != 0 ? Extension(51, Fill(fill, 0x55)) : Bytes{}) +
                           Extension(0, U16(static_cast<uint16_t>(host.size())) + host) +
                           Extension(16, U16(3) + Bytes{2, 'h', '3'}) +
                           Extension(43, Bytes{2, 3, 4}) + more;
  const Bytes body = U16(0x0303) + Fill(32, 7) + Bytes{0} + cookie + U16(2) + U16(0x1301) +
                     Bytes{1, 0} + U16(static_cast<uint16_t>(extensions.size())) + extensions;
  return Bytes{1, static_cast<uint8_t>(body.size() >> 16)} +
         U16(static_cast<uint16_t>(body.size())) + body;
}

inline const Bytes kFirstId = {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08};

struct InitialFields {
  Bytes frames;
  uint32_t version = 1;
  Bytes destination = kFirstId, source = {};
  Bytes key_id = kFirstId;  // that the keys are derived from
  uint32_t number = 0;
  Bytes token = {};
  size_t shortest = 100;     // of the frames, with padding
  uint32_t key_version = 0;  // whose keys they are; 0: of `version`
};
inline Bytes SealInitial(const InitialFields& f) {
  constexpr uint8_t kNumberBytes = 2;
  const QuicVersionRules& rules = QuicRulesOf(f.version);
  const QuicVersionRules& key_rules = QuicRulesOf(f.key_version != 0 ? f.key_version : f.version);
  const QuicClientKeys keys = *QuicClientKeys::Derive(key_rules, f.key_id);
  uint8_t type = 0;
  while (rules.types[type] != QuicPacketType::kInitial) ++type;
  const Bytes plain =
      f.frames + Fill(f.frames.size() < f.shortest ? f.shortest - f.frames.size() : 0);
  const Bytes number = U16(static_cast<uint16_t>(f.number));
  Bytes header = Bytes{static_cast<uint8_t>(0xC0 | type << 4 | (kNumberBytes - 1))} +
                 U32(f.version) + Bytes{static_cast<uint8_t>(f.destination.size())} +
                 f.destination + Bytes{static_cast<uint8_t>(f.source.size())} + f.source +
                 Integer16(f.token.size()) + f.token + Integer16(2 + plain.size() + 16) + number;
  auto nonce = keys.iv;
  nonce[10] ^= number[0];
  nonce[11] ^= number[1];
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  int size = 0;
  Bytes sealed(plain.size()), tag(16), mask(16);
  EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nullptr, keys.key.data(), nonce.data());
  EVP_EncryptUpdate(context, nullptr, &size, header.data(), static_cast<int>(header.size()));
  EVP_EncryptUpdate(context, sealed.data(), &size, plain.data(), static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(context, tag.data(), &size);
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag.data());
  sealed = sealed + tag;
  EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nullptr, keys.header_protection.data(), nullptr);
  EVP_EncryptUpdate(context, mask.data(), &size, sealed.data() + 4 - kNumberBytes, 16);
  EVP_CIPHER_CTX_free(context);
  header[0] ^= mask[0] & 0x0F;
  header[header.size() - 2] ^= mask[1];
  header[header.size() - 1] ^= mask[2];
  return header + sealed;
}

}  // namespace tstat::internal::testing

#endif  // TSTAT_TESTS_L7_UDP_QUIC_BUILDER_H_
