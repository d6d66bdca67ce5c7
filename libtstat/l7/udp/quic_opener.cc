// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/quic_opener.h"

#include <openssl/evp.h>

#include <algorithm>

#include "l7/udp/quic_varint.h"

namespace tstat::internal {
namespace {

constexpr size_t kMostPlain = 65536, kTag = 16, kSample = 16, kLongestNumber = 4;

}  // namespace

void QuicOpener::FreeCipher::operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
void QuicOpener::FreeCipher::operator()(EVP_CIPHER_CTX* context) const {
  EVP_CIPHER_CTX_free(context);
}

bool QuicOpener::Prepare() {
  if (plain_ == nullptr) {
    plain_ = std::make_unique<uint8_t[]>(kMostPlain);
    ecb_.reset(EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr));
    gcm_.reset(EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr));
    header_context_.reset(EVP_CIPHER_CTX_new());
    context_.reset(EVP_CIPHER_CTX_new());
  }
  return ecb_ != nullptr && gcm_ != nullptr && header_context_ != nullptr && context_ != nullptr;
}

// RFC 9001, 5.4.
std::optional<QuicOpener::Header> QuicOpener::Unprotect(const QuicLongPacket& packet,
                                                        const QuicClientKeys& keys) {
  constexpr uint8_t kNumberBytes = 0x03, kProtected = 0x0F;
  const ByteReader sample = packet.bytes.Sub(packet.number_at + kLongestNumber, kSample);
  std::array<uint8_t, kSample> mask;
  int size = 0;
  if (sample.size() != kSample ||
      EVP_EncryptInit_ex2(header_context_.get(), ecb_.get(), keys.header_protection.data(), nullptr,
                          nullptr) != 1 ||
      EVP_EncryptUpdate(header_context_.get(), mask.data(), &size, sample.bytes().data(),
                        static_cast<int>(kSample)) != 1 ||
      size != static_cast<int>(kSample)) {
    return std::nullopt;
  }
  Header h;
  h.first = static_cast<uint8_t>(packet.bytes.U8(0) ^ (mask[0] & kProtected));
  h.number_bytes = (h.first & kNumberBytes) + size_t{1};
  h.nonce = keys.iv;
  for (size_t i = 0; i < h.number_bytes; ++i) {
    h.number[i] = packet.bytes.U8(packet.number_at + i) ^ mask[1 + i];
    h.nonce[h.nonce.size() - h.number_bytes + i] ^= h.number[i];
  }
  return h;
}

// What is authenticated beside the plain text: the header without its protection.
bool QuicOpener::AddHeader(const QuicLongPacket& packet, const Header& header) {
  int size = 0;
  const auto add = [&](std::span<const uint8_t> part) {
    return part.empty() || EVP_DecryptUpdate(context_.get(), nullptr, &size, part.data(),
                                             static_cast<int>(part.size())) == 1;
  };
  return add({&header.first, 1}) && add(packet.bytes.Sub(1, packet.number_at - 1).bytes()) &&
         add(std::span(header.number).first(header.number_bytes));
}

bool QuicOpener::CheckTag(std::span<const uint8_t> tag) {
  std::array<uint8_t, kTag> copy, rest;
  if (tag.size() != kTag) return false;
  std::copy(tag.begin(), tag.end(), copy.begin());
  int size = 0;
  return EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTag),
                             copy.data()) == 1 &&
         EVP_DecryptFinal_ex(context_.get(), rest.data(), &size) == 1;
}

QuicOpener::Opened QuicOpener::Open(const QuicLongPacket& packet, const QuicClientKeys& keys) {
  if (!Prepare()) return {};
  const std::optional<Header> header = Unprotect(packet, keys);
  if (!header) return {};
  const size_t begin = packet.number_at + header->number_bytes;
  if (packet.size < begin + kTag || packet.size - begin > kMostPlain) return {};
  const ByteReader encrypted = packet.bytes.Sub(begin, packet.size - begin - kTag);
  int size = 0;
  if (encrypted.empty() ||
      EVP_DecryptInit_ex2(context_.get(), gcm_.get(), keys.key.data(), header->nonce.data(),
                          nullptr) != 1 ||
      !AddHeader(packet, *header) ||
      EVP_DecryptUpdate(context_.get(), plain_.get(), &size, encrypted.bytes().data(),
                        static_cast<int>(encrypted.size())) != 1 ||
      size < 0) {
    return {};
  }
  Opened opened;
  opened.plain = {plain_.get(), static_cast<size_t>(size)};
  opened.is_authentic =
      packet.whole() && CheckTag(packet.bytes.Sub(packet.size - kTag, kTag).bytes());
  return opened;
}

namespace {

// The frames of an Initial, one after the other.
class InitialFrames {
 public:
  explicit InitialFrames(ByteReader plain) : plain_(plain) {}

  bool at_end() const { return at_ >= plain_.size(); }
  // False: it is none, or cut.
  bool Read(absl::FunctionRef<void(uint64_t offset, ByteReader data)> visit) {
    constexpr uint8_t kPadding = 0, kPing = 1, kAck = 2, kAckWithCounts = 3, kCrypto = 6,
                      kCryptoOfGoogle = 8, kClose = 0x1c;
    const uint8_t type = plain_.U8(at_++);
    switch (type) {
      case kPadding:
      case kPing:
        return true;
      case kAck:
      case kAckWithCounts:
        return SkipAck(type == kAckWithCounts);
      case kCrypto:
      case kCryptoOfGoogle: {
        uint64_t offset = 0, length = 0;
        if (!Integer(&offset) || !Integer(&length)) return Cut();
        const ByteReader data = plain_.Sub(at_, length);
        visit(offset, data);
        at_ = length > plain_.size() - at_ ? plain_.size() : at_ + length;
        return true;
      }
      case kClose: {
        uint64_t unused = 0, length = 0;
        if (!Integer(&unused) || !Integer(&unused) || !Integer(&length)) return Cut();
        at_ = length > plain_.size() - at_ ? plain_.size() : at_ + length;
        return true;
      }
      default:
        return false;
    }
  }

 private:
  bool Integer(uint64_t* value) {
    const std::optional<QuicVarint> number = QuicVarint::Parse(plain_, at_);
    if (!number) return false;
    *value = number->value;
    at_ += number->size;
    return true;
  }
  // The plain text ends in a frame: of a packet that was cut.
  bool Cut() {
    at_ = plain_.size();
    return true;
  }
  bool SkipAck(bool has_counts) {
    uint64_t unused = 0, ranges = 0;
    if (!Integer(&unused) || !Integer(&unused) || !Integer(&ranges)) return Cut();
    // The first range, gap and length of each of the others, three counts.
    if (ranges > plain_.size()) return false;
    for (uint64_t i = 0; i < 1 + 2 * ranges + (has_counts ? 3 : 0); ++i) {
      if (!Integer(&unused)) return Cut();
    }
    return true;
  }

  ByteReader plain_;
  size_t at_ = 0;
};

}  // namespace

bool ForEachCryptoFrame(ByteReader plain,
                        absl::FunctionRef<void(uint64_t offset, ByteReader data)> visit) {
  InitialFrames frames(plain);
  while (!frames.at_end()) {
    if (!frames.Read(visit)) return false;
  }
  return true;
}

}  // namespace tstat::internal
