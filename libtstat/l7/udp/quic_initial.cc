// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/quic_initial.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "l7/tls/tls.h"
#include "l7/udp/quic_varint.h"

namespace tstat::internal {
namespace {

constexpr size_t kHashBytes = 32, kKeyBytes = 16, kIvBytes = 12, kTagBytes = 16;
constexpr size_t kMaxPlain = 65536;

// Salts of the Initial keys: RFC 9001, 5.2, and the drafts before it, which differ in nothing else
// here. (The reference knows the first one only.)
using Salt = std::array<uint8_t, 20>;
constexpr Salt kSaltV1 = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                          0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};
constexpr Salt kSaltDraft29 = {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
                               0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99};
constexpr Salt kSaltDraft23 = {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
                               0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02};
struct VersionSalt {
  uint32_t first, last;  // versions
  const Salt* salt;
};
constexpr VersionSalt kVersionSalts[] = {
    {0xff000017, 0xff00001c, &kSaltDraft23},  // drafts 23 to 28
    {0xff00001d, 0xff000020, &kSaltDraft29},  // drafts 29 to 32
    {0xfaceb002, 0xfaceb002, &kSaltDraft23},  // mvfst of draft 27
};
const Salt& SaltOf(uint32_t version) {
  for (const VersionSalt& v : kVersionSalts) {
    if (version >= v.first && version <= v.last) return *v.salt;
  }
  return kSaltV1;
}

using Hash = std::array<uint8_t, kHashBytes>;

bool Hmac(std::span<const uint8_t> key, std::span<const uint8_t> data, Hash* out) {
  unsigned size = 0;
  return HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data.data(), data.size(),
              out->data(), &size) != nullptr &&
         size == kHashBytes;
}

// HKDF-Expand-Label of TLS 1.3 (RFC 8446, 7.1) with an empty context and at most one block.
bool ExpandLabel(const Hash& secret, std::string_view label, std::span<uint8_t> out) {
  constexpr std::string_view kPrefix = "tls13 ";
  std::array<uint8_t, 64> info{};
  size_t size = 0;
  info[size++] = 0;
  info[size++] = static_cast<uint8_t>(out.size());
  info[size++] = static_cast<uint8_t>(kPrefix.size() + label.size());
  for (const std::string_view part : {kPrefix, label}) {
    std::copy(part.begin(), part.end(), info.begin() + static_cast<std::ptrdiff_t>(size));
    size += part.size();
  }
  info[size++] = 0;  // context
  info[size++] = 1;  // first block
  Hash block;
  if (!Hmac(secret, std::span(info).first(size), &block)) return false;
  std::copy_n(block.begin(), out.size(), out.begin());
  return true;
}

// Letters, digits and "-_.~" as they are, blanks as "+", everything else as %xx.
template <uint16_t kCapacity>
void SetPercentEncoded(std::string_view text, BoundedText<kCapacity>* out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, kCapacity> encoded;
  size_t size = 0;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (size + (plain || c == ' ' ? 1 : 3) > kCapacity) break;
    if (plain) {
      encoded[size++] = c;
    } else if (c == ' ') {
      encoded[size++] = '+';
    } else {
      encoded[size++] = '%';
      encoded[size++] = kDigits[byte >> 4];
      encoded[size++] = kDigits[byte & 15];
    }
  }
  out->Set({encoded.data(), size});
}

}  // namespace

struct QuicInitialDecryptor::Keys {
  std::array<uint8_t, kKeyBytes> key, header_protection;
  std::array<uint8_t, kIvBytes> iv;
};

void QuicInitialDecryptor::FreeContext::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);
}
QuicInitialDecryptor::QuicInitialDecryptor() = default;
QuicInitialDecryptor::~QuicInitialDecryptor() = default;
QuicInitialDecryptor::QuicInitialDecryptor(QuicInitialDecryptor&&) noexcept = default;
QuicInitialDecryptor& QuicInitialDecryptor::operator=(QuicInitialDecryptor&&) noexcept = default;

bool QuicInitialDecryptor::DeriveKeys(uint32_t version, std::span<const uint8_t> connection_id,
                                      Keys* keys) {
  Hash initial, client;
  return Hmac(SaltOf(version), connection_id, &initial) &&
         ExpandLabel(initial, "client in", client) && ExpandLabel(client, "quic key", keys->key) &&
         ExpandLabel(client, "quic iv", keys->iv) &&
         ExpandLabel(client, "quic hp", keys->header_protection);
}

// RFC 9001, 5.4.3.
bool QuicInitialDecryptor::MakeMask(const Keys& keys, ByteReader sample,
                                    std::array<uint8_t, 16>* mask) {
  int size = 0;
  return sample.size() == mask->size() &&
         EVP_EncryptInit_ex(context_.get(), EVP_aes_128_ecb(), nullptr,
                            keys.header_protection.data(), nullptr) == 1 &&
         EVP_EncryptUpdate(context_.get(), mask->data(), &size, sample.bytes().data(),
                           static_cast<int>(sample.size())) == 1 &&
         size == static_cast<int>(mask->size());
}

std::span<const uint8_t> QuicInitialDecryptor::Decrypt(ByteReader packet, size_t packet_number_at,
                                                       std::span<const uint8_t> connection_id) {
  if (context_ == nullptr) {
    context_.reset(EVP_CIPHER_CTX_new());
    plain_ = std::make_unique<uint8_t[]>(kMaxPlain);
  }
  constexpr size_t kVersion = 1, kLongestNumber = 4;
  Keys keys;
  std::array<uint8_t, 16> mask;
  if (context_ == nullptr || !DeriveKeys(packet.U32(kVersion), connection_id, &keys) ||
      !MakeMask(keys, packet.Sub(packet_number_at + kLongestNumber, mask.size()), &mask)) {
    return {};
  }
  const size_t number_bytes = ((packet.U8(0) ^ mask[0]) & 3) + size_t{1};
  for (size_t i = 0; i < number_bytes; ++i) {
    const uint8_t byte = packet.U8(packet_number_at + i) ^ mask[1 + i];
    keys.iv[kIvBytes - number_bytes + i] ^= byte;
  }
  const ByteReader encrypted = packet.Sub(packet_number_at + number_bytes, kMaxPlain);
  int size = 0;
  if (encrypted.empty() ||
      EVP_DecryptInit_ex(context_.get(), EVP_aes_128_gcm(), nullptr, keys.key.data(),
                         keys.iv.data()) != 1 ||
      EVP_DecryptUpdate(context_.get(), plain_.get(), &size, encrypted.bytes().data(),
                        static_cast<int>(encrypted.size())) != 1 ||
      size < 0) {
    return {};
  }
  return {plain_.get(), static_cast<size_t>(size)};
}

void QuicHelloBuffer::AddFrames(ByteReader plain, uint64_t packet_length) {
  constexpr uint8_t kPadding = 0, kPing = 1, kCrypto = 6;
  // The length counts the packet number, of two bytes as a rule, and the tag, too.
  constexpr uint64_t kNotPlain = kTagBytes + 2;
  if (plain.size() < kTagBytes || packet_length < kNotPlain) return;
  const size_t end = std::min<uint64_t>(plain.size() - kTagBytes, packet_length - kNotPlain);
  size_t at = 0;
  while (at < end) {
    const uint8_t type = plain.U8(at++);
    if (type == kPadding || type == kPing) continue;
    if (type != kCrypto) return;
    const std::optional<QuicVarint> offset = QuicVarint::Parse(plain, at);
    if (!offset) return;
    at += offset->size;
    const std::optional<QuicVarint> length = QuicVarint::Parse(plain, at);
    if (!length) return;
    at += length->size;
    if (length->value > plain.size() - at || offset->value > kCapacity ||
        length->value > kCapacity - offset->value) {
      return;
    }
    const std::span<const uint8_t> data = plain.Sub(at, length->value).bytes();
    std::copy(data.begin(), data.end(),
              bytes_.begin() + static_cast<std::ptrdiff_t>(offset->value));
    at += length->value;
  }
}

// RFC 8446, 4.1.2.
void QuicHelloBuffer::ReadHello(QuicHello* found) const {
  constexpr uint8_t kClientHello = 1;
  const ByteReader b(bytes_);
  if (b.U8(0) != kClientHello) return;
  constexpr size_t kMessageHeader = 4, kVersionBytes = 2, kRandomBytes = 32;
  size_t at = kMessageHeader + kVersionBytes + kRandomBytes;
  at += size_t{1} + b.U8(at);   // session id
  at += size_t{2} + b.U16(at);  // cipher suites
  at += size_t{1} + b.U8(at);   // compression methods
  const ByteReader extensions = b.Sub(at + 2, b.U16(at));
  constexpr size_t kLength = 2, kExtensionHeader = 4;
  for (size_t i = 0; extensions.Has(i, kExtensionHeader);) {
    const size_t length = extensions.U16(i + kLength);
    if (!extensions.Has(i + kExtensionHeader, length)) return;
    ReadExtension(extensions.U16(i), extensions.Sub(i + kExtensionHeader, length), found);
    i += kExtensionHeader + length;
  }
}

void QuicHelloBuffer::ReadExtension(uint16_t type, ByteReader body, QuicHello* found) {
  constexpr uint16_t kServerName = 0, kTransportParameters = 0x39, kEch = 0xfe0d;
  constexpr uint64_t kUserAgent = 0x3129;
  constexpr size_t kMaxUserAgent = 80;
  if (type == kServerName) {
    // List length (2), name type (1), name length (2): one name that fills it.
    constexpr size_t kNameLength = 3, kName = 5;
    if (!found->server_name.empty() || body.size() < kName ||
        body.U16(kNameLength) + kName != body.size()) {
      return;
    }
    const std::string_view name = body.Text(kName, kMaxTlsNameLength);
    if (IsAcceptedName(name)) SetPercentEncoded(name, &found->server_name);
  } else if (type == kTransportParameters) {
    size_t at = 0;
    while (at < body.size()) {
      const std::optional<QuicVarint> id = QuicVarint::Parse(body, at);
      if (!id) return;
      at += id->size;
      const std::optional<QuicVarint> length = QuicVarint::Parse(body, at);
      if (!length || length->value > body.size()) return;
      at += length->size;
      if (id->value == kUserAgent && found->user_agent.empty()) {
        SetPercentEncoded(body.Text(at, std::min<size_t>(length->value, kMaxUserAgent)),
                          &found->user_agent);
      }
      at += length->value;
    }
  } else if (type == kEch) {
    found->ech_length = static_cast<uint16_t>(body.size());
  }
}

}  // namespace tstat::internal
