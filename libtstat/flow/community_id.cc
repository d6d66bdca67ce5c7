// SPDX-License-Identifier: BSD-3-Clause
#include "flow/community_id.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

namespace tstat::internal {
namespace {

constexpr size_t kDigestBytes = 20, kMostBytes = 2 + 2 * 16 + 2 + 2 * 2;

// What is hashed.
class Message {
 public:
  void Append16(uint16_t value) {
    bytes_[size_++] = static_cast<uint8_t>(value >> 8);
    bytes_[size_++] = static_cast<uint8_t>(value);
  }
  void Append(const IpAddress& address) {
    const std::span<const uint8_t, 16> bytes = address.bytes();
    const size_t count = address.is_v6() ? 16 : 4;
    std::copy_n(bytes.begin(), count, bytes_.begin() + static_cast<ptrdiff_t>(size_));
    size_ += count;
  }
  std::span<const uint8_t> bytes() const { return std::span(bytes_).first(size_); }

 private:
  std::array<uint8_t, kMostBytes> bytes_{};
  size_t size_ = 0;
};

// By address, then by port, both as the packets have them.
bool IsBefore(const Endpoint& a, const Endpoint& b) {
  const auto left = a.address.bytes(), right = b.address.bytes();
  const auto [l, r] = std::mismatch(left.begin(), left.end(), right.begin());
  return l != left.end() ? *l < *r : a.port < b.port;
}

}  // namespace

CommunityIds::CommunityIds(uint16_t seed) : seed_(seed) {}
CommunityIds::~CommunityIds() = default;

CommunityIdText CommunityIds::Make(FlowProtocol protocol, const Endpoints& endpoints) {
  constexpr uint16_t kTcp = 6, kUdp = 17;
  const Endpoint* first = &endpoints.client;
  const Endpoint* second = &endpoints.server;
  if (IsBefore(*second, *first)) std::swap(first, second);
  Message message;
  message.Append16(seed_);
  message.Append(first->address);
  message.Append(second->address);
  // The protocol, and a byte that is always 0.
  message.Append16(static_cast<uint16_t>((protocol == FlowProtocol::kTcp ? kTcp : kUdp) << 8));
  message.Append16(first->port);
  message.Append16(second->port);

  CommunityIdText text{};
  std::array<uint8_t, kDigestBytes> digest;
  if (sha1_ == nullptr) sha1_ = std::make_unique<Digest>("SHA1");
  if (!sha1_->Of({message.bytes()}, digest)) return text;
  std::array<unsigned char, text.size() - 2 + 1> base64;  // and a terminating zero
  EVP_EncodeBlock(base64.data(), digest.data(), digest.size());
  text[0] = '1';
  text[1] = ':';
  std::copy_n(base64.begin(), text.size() - 2, text.begin() + 2);
  return text;
}

}  // namespace tstat::internal
