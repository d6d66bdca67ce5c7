// SPDX-License-Identifier: BSD-3-Clause
#include "flow/digest.h"

#include <openssl/evp.h>

#include <cstddef>

namespace tstat::internal {

Digest::Digest(const char* algorithm)
    : algorithm_(EVP_MD_fetch(nullptr, algorithm, nullptr)), context_(EVP_MD_CTX_new()) {}

Digest::~Digest() {
  EVP_MD_CTX_free(context_);
  EVP_MD_free(algorithm_);
}

bool Digest::Of(std::initializer_list<std::span<const uint8_t>> parts, std::span<uint8_t> out) {
  if (algorithm_ == nullptr || context_ == nullptr ||
      static_cast<size_t>(EVP_MD_get_size(algorithm_)) != out.size() ||
      EVP_DigestInit_ex2(context_, algorithm_, nullptr) != 1) {
    return false;
  }
  for (const std::span<const uint8_t> part : parts) {
    if (EVP_DigestUpdate(context_, part.data(), part.size()) != 1) return false;
  }
  return EVP_DigestFinal_ex(context_, out.data(), nullptr) == 1;
}

}  // namespace tstat::internal
