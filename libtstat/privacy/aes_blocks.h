// SPDX-License-Identifier: BSD-3-Clause
//
// AES-128 of single blocks (ECB), as Crypto-PAn and the encryption of names need it. Many blocks a
// call: they go through the processor's pipeline together.
#ifndef TSTAT_PRIVACY_AES_BLOCKS_H_
#define TSTAT_PRIVACY_AES_BLOCKS_H_

#include <openssl/evp.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace tstat::internal {

class AesBlocks {
 public:
  static constexpr size_t kBlock = 16;
  enum class Way : uint8_t { kEncrypt, kDecrypt };

  AesBlocks(std::span<const uint8_t, kBlock> key, Way way)
      : context_(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free) {
    works_ = context_ != nullptr &&
             EVP_CipherInit_ex(context_.get(), EVP_aes_128_ecb(), nullptr, key.data(), nullptr,
                               way == Way::kEncrypt ? 1 : 0) == 1 &&
             EVP_CIPHER_CTX_set_padding(context_.get(), 0) == 1;
  }

  bool works() const { return works_; }

  // False: nothing was done. REQUIRES: `in` is whole blocks, `out` has their size; they may be the
  // same.
  bool Do(std::span<const uint8_t> in, uint8_t* out) const {
    int written = 0;
    return works_ &&
           EVP_CipherUpdate(context_.get(), out, &written, in.data(),
                            static_cast<int>(in.size())) == 1 &&
           static_cast<size_t>(written) == in.size();
  }

 private:
  // It overwrites the key's schedule when it is freed.
  std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context_;
  bool works_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_PRIVACY_AES_BLOCKS_H_
