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
const Salt& SaltOf(uint32_t version, bool read_drafts) {
  if (!read_drafts) return kSaltV1;
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
QuicInitialDecryptor::QuicInitialDecryptor(bool read_drafts) : read_drafts_(read_drafts) {}
QuicInitialDecryptor::~QuicInitialDecryptor() = default;
QuicInitialDecryptor::QuicInitialDecryptor(QuicInitialDecryptor&&) noexcept = default;
QuicInitialDecryptor& QuicInitialDecryptor::operator=(QuicInitialDecryptor&&) noexcept = default;

bool QuicInitialDecryptor::DeriveKeys(uint32_t version, std::span<const uint8_t> connection_id,
                                      Keys* keys) {
  Hash initial, client;
  return Hmac(SaltOf(version, read_drafts_), connection_id, &initial) &&
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

void QuicHelloBuffer::AddFrames(ByteReader plain, uint64_t packet_length, bool long_integers) {
  constexpr uint8_t kPadding = 0, kPing = 1, kCrypto = 6;
  constexpr int kMaxFrames = 1501;  // each byte of padding is one
  // The length counts the packet number, of two bytes as a rule, and the tag, too.
  constexpr uint64_t kNotPlain = kTagBytes + 2;
  if (plain.size() < kTagBytes || packet_length < kNotPlain) return;
  const size_t end = std::min<uint64_t>(plain.size() - kTagBytes, packet_length - kNotPlain);
  const auto read = [&](size_t* at) -> std::optional<uint64_t> {
    const std::optional<QuicVarint> number = QuicVarint::Parse(plain, *at);
    if (!number || (number->size == QuicVarint::kLongest && !long_integers)) return std::nullopt;
    *at += number->size;
    return number->value;
  };
  size_t at = 0;
  for (int frames = 0; at < end && frames < kMaxFrames; ++frames) {
    const uint8_t type = plain.U8(at++);
    if (type == kPadding || type == kPing) continue;
    if (type != kCrypto) return;
    const std::optional<uint64_t> offset = read(&at);
    if (!offset) return;
    const std::optional<uint64_t> length = read(&at);
    if (!length) return;
    if (*length > plain.size() - at || *offset > kCapacity || *length > kCapacity - *offset) return;
    const std::span<const uint8_t> data = plain.Sub(at, *length).bytes();
    std::copy(data.begin(), data.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(*offset));
    at += *length;
  }
}

namespace {

// A cursor over the ClientHello that the reference moves: lengths of one byte are signed.
class HelloCursor {
 public:
  explicit HelloCursor(ByteReader bytes) : bytes_(bytes) {}

  // A list behind a length of one byte, or of two. False: its end is not in the buffer.
  bool SkipShort() { return Move(1 + static_cast<int8_t>(bytes_.U8(at_))) && Has(2); }
  bool SkipLong() { return Move(2 + bytes_.U16(at_)); }

  bool Has(size_t count) const { return at_ + count <= bytes_.size(); }
  bool Move(int by) {
    at_ += static_cast<size_t>(by);  // never below the begin: see kSessionId
    return at_ <= bytes_.size();
  }
  size_t at() const { return at_; }
  uint16_t U16() const { return bytes_.U16(at_); }

  // Where the session id's length stands; no length is below -128.
  static constexpr size_t kSessionId = 38;

 private:
  ByteReader bytes_;
  size_t at_ = kSessionId;
};

std::string_view UpToNul(std::string_view text) { return text.substr(0, text.find('\0')); }

// The name of a server_name extension at `at` (RFC 6066, 3). False: the reference stops there.
bool ReadServerName(ByteReader b, size_t at, QuicHello* found) {
  // List length (2), name type (1), name length (2).
  constexpr size_t kNameLength = 3, kName = 5;
  const uint16_t length = b.U16(at + kNameLength);
  const std::string_view name =
      UpToNul(b.Text(at + kName, std::min<size_t>(length, kMaxTlsNameLength)));
  if (name.size() != length) return false;
  if (found->server_name.empty() && IsAcceptedName(name)) {
    SetPercentEncoded(name, &found->server_name);
  }
  return true;
}

// The transport parameters from `at` to `end` (RFC 9000, 18). False: the reference stops there.
bool ReadTransportParameters(ByteReader b, size_t at, size_t end, bool long_integers,
                             QuicHello* found) {
  constexpr uint64_t kUserAgent = 0x3129;
  constexpr size_t kMaxUserAgent = 80, kRoom = 4;
  constexpr int kMaxParameters = 1501;
  const auto read = [&](uint64_t* value) {
    if (!b.Has(at, kRoom)) return false;
    const std::optional<QuicVarint> number = QuicVarint::Parse(b, at);
    if (!number) return false;
    const bool is_longest = number->size == QuicVarint::kLongest;
    // The reference misreads the value, and steps over twice as many bytes.
    *value = is_longest && !long_integers ? b.U64(at) : number->value;
    at += is_longest && !long_integers ? 2 * size_t{number->size} : number->size;
    return true;
  };
  for (int i = 0; at < end && i < kMaxParameters; ++i) {
    uint64_t id = 0, length = 0;
    if (!read(&id) || !read(&length)) return false;
    if (id == kUserAgent) {
      if (!b.Has(at, length)) return false;
      if (found->user_agent.empty()) {
        SetPercentEncoded(UpToNul(b.Text(at, std::min<size_t>(length, kMaxUserAgent))),
                          &found->user_agent);
      }
    }
    if (length > b.size()) return true;  // behind the end in any case
    at += length;
  }
  return true;
}

}  // namespace

// RFC 8446, 4.1.2, as the reference walks it.
void QuicHelloBuffer::ReadHello(bool long_integers, QuicHello* found) const {
  constexpr uint16_t kServerName = 0, kTransportParameters = 0x39, kEch = 0xfe0d;
  constexpr size_t kHeader = 4;
  const ByteReader b(bytes_);
  HelloCursor cursor(b);
  // Session id, cipher suites, compression methods.
  if (!cursor.SkipShort() || !cursor.SkipLong() || !cursor.SkipShort()) return;
  const size_t extensions = cursor.at() + 2, end = extensions + cursor.U16();
  for (size_t at = extensions; at < end && at < b.size();) {
    if (!b.Has(at, kHeader)) return;
    const uint16_t type = b.U16(at), length = b.U16(at + 2);
    at += kHeader;
    bool goes_on = true;
    if (type == kServerName) {
      goes_on = ReadServerName(b, at, found);
    } else if (type == kTransportParameters) {
      goes_on = ReadTransportParameters(b, at, at + length, long_integers, found);
    } else if (type == kEch) {
      found->ech_length = length;
    }
    if (!goes_on) return;
    at += length;
  }
}

}  // namespace tstat::internal
