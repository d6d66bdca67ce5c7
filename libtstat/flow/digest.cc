// SPDX-License-Identifier: BSD-3-Clause
#include "flow/digest.h"

#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

#include <cstddef>
#include <string_view>

namespace tstat::internal {
namespace {

// Whether the system allows it: MD5 may be forbidden.
bool HasDigest(const char* algorithm) {
  EVP_MD* const found = EVP_MD_fetch(nullptr, algorithm, nullptr);
  EVP_MD_free(found);
  return found != nullptr;
}

// These functions are there as long as OpenSSL is 3; what is to come instead of them costs more
// than the digest.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

template <typename Context, auto kInit, auto kUpdate, auto kFinal>
bool DigestOf(std::initializer_list<std::span<const uint8_t>> parts, std::span<uint8_t> out) {
  Context context;
  if (kInit(&context) != 1) return false;
  for (const std::span<const uint8_t> part : parts) {
    if (kUpdate(&context, part.data(), part.size()) != 1) return false;
  }
  return kFinal(out.data(), &context) == 1;
}

}  // namespace

Digest::Digest(const char* algorithm) {
  const std::string_view name = algorithm;
  if (!HasDigest(algorithm)) return;
  kind_ = name == "MD5"      ? Kind::kMd5
          : name == "SHA1"   ? Kind::kSha1
          : name == "SHA256" ? Kind::kSha256
                             : Kind::kNone;
}

bool Digest::Of(std::initializer_list<std::span<const uint8_t>> parts,
                std::span<uint8_t> out) const {
  switch (kind_) {
    case Kind::kMd5:
      return out.size() == MD5_DIGEST_LENGTH &&
             DigestOf<MD5_CTX, MD5_Init, MD5_Update, MD5_Final>(parts, out);
    case Kind::kSha1:
      return out.size() == SHA_DIGEST_LENGTH &&
             DigestOf<SHA_CTX, SHA1_Init, SHA1_Update, SHA1_Final>(parts, out);
    case Kind::kSha256:
      return out.size() == SHA256_DIGEST_LENGTH &&
             DigestOf<SHA256_CTX, SHA256_Init, SHA256_Update, SHA256_Final>(parts, out);
    case Kind::kNone:
      return false;
  }
  return false;
}
#pragma GCC diagnostic pop

}  // namespace tstat::internal
