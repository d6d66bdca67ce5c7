// SPDX-License-Identifier: BSD-3-Clause
#include "privacy/crypto_pan.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cassert>

namespace tstat::internal {
namespace {

constexpr size_t kMostBits = 128;

// The first bit of each block of `encrypted`, XORed into `bits`.
void XorFirstBits(std::span<const uint8_t> encrypted, std::span<uint8_t> bits) {
  for (size_t i = 0; i < 8 * bits.size(); ++i) {
    const uint8_t bit = encrypted[AesBlocks::kBlock * i] >> 7;
    bits[i / 8] ^= static_cast<uint8_t>(bit << (7 - i % 8));
  }
}

}  // namespace

CryptoPan::CryptoPan(std::span<const uint8_t, AnonymizationKey::kSize> key)
    : aes_(key.first<kBlock>(), AesBlocks::Way::kEncrypt) {
  works_ = aes_.Do(key.last<kBlock>(), pad_.data());
}

CryptoPan::~CryptoPan() { OPENSSL_cleanse(pad_.data(), pad_.size()); }

void CryptoPan::Complete(std::span<const uint8_t> from, size_t bits, uint8_t* block) const {
  const size_t whole = bits / 8;
  std::copy(pad_.begin(), pad_.end(), block);
  std::copy_n(from.begin(), whole, block);
  if (bits % 8 == 0) return;
  const auto mask = static_cast<uint8_t>(0xff00 >> (bits % 8));
  block[whole] = static_cast<uint8_t>((from[whole] & mask) | (pad_[whole] & ~mask));
}

bool CryptoPan::Anonymize(std::span<const uint8_t> address, std::span<uint8_t> image) const {
  assert(address.size() == image.size() && 8 * image.size() <= kMostBits);
  const size_t bits = 8 * address.size();
  std::array<uint8_t, kMostBits * kBlock> blocks;
  for (size_t i = 0; i < bits; ++i) Complete(address, i, blocks.data() + kBlock * i);
  const std::span<const uint8_t> used = std::span(blocks).first(kBlock * bits);
  if (!works_ || !aes_.Do(used, blocks.data())) return false;
  std::copy(address.begin(), address.end(), image.begin());
  XorFirstBits(used, image);
  return true;
}

bool CryptoPan::Reverse(std::span<const uint8_t> image, std::span<uint8_t> address) const {
  assert(address.size() == image.size() && 8 * image.size() <= kMostBits);
  if (!works_) return false;
  std::array<uint8_t, kBlock> found{}, block;
  std::copy(image.begin(), image.end(), found.begin());
  for (size_t i = 0; i < 8 * image.size(); ++i) {
    Complete(found, i, block.data());  // the bits before bit i are those of the address by now
    if (!aes_.Do(block, block.data())) return false;
    found[i / 8] ^= static_cast<uint8_t>((block[0] >> 7) << (7 - i % 8));
  }
  std::copy_n(found.begin(), address.size(), address.begin());
  return true;
}

}  // namespace tstat::internal
