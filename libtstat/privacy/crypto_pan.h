// SPDX-License-Identifier: BSD-3-Clause
//
// Crypto-PAn (J. Xu, J. Fan, M. Ammar, S. Moon: "Prefix-Preserving IP Address Anonymization",
// ICNP 2002): bit i of an address is XORed with one bit of AES of the i bits before it, completed
// from a pad. So two addresses that have n bits in common, and no more, have images that do; with
// the key an image can be reversed bit by bit.
//
//   CryptoPan pan(key.bytes());
//   std::array<uint8_t, 4> image;
//   pan.Anonymize(address, image);           // an IPv4 address, or one of 16 bytes as a whole
#ifndef TSTAT_PRIVACY_CRYPTO_PAN_H_
#define TSTAT_PRIVACY_CRYPTO_PAN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "privacy/aes_blocks.h"
#include "tstat/anonymizer.h"
#include "tstat/ip_address.h"

namespace tstat::internal {

class CryptoPan {
 public:
  explicit CryptoPan(std::span<const uint8_t, AnonymizationKey::kSize> key);
  ~CryptoPan();
  CryptoPan(const CryptoPan&) = delete;
  CryptoPan& operator=(const CryptoPan&) = delete;

  bool works() const { return works_; }

  // Of 1 to 16 bytes, the first bit first. False: `image` was not written to. REQUIRES: sizes are
  // equal.
  bool Anonymize(std::span<const uint8_t> address, std::span<uint8_t> image) const;
  bool Reverse(std::span<const uint8_t> image, std::span<uint8_t> address) const;

 private:
  static constexpr size_t kBlock = AesBlocks::kBlock;
  // The first `bits` bits of `from`, the rest of the pad.
  void Complete(std::span<const uint8_t> from, size_t bits, uint8_t* block) const;

  AesBlocks aes_;
  std::array<uint8_t, kBlock> pad_{};
  bool works_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_PRIVACY_CRYPTO_PAN_H_
