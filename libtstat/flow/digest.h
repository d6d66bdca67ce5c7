// SPDX-License-Identifier: BSD-3-Clause
//
// Digests by libcrypto, whose algorithm is looked up once: that takes longer than the digest of
// what a flow has.
//
//   Digest sha1("SHA1");
//   std::array<uint8_t, 20> value;
//   if (sha1.Of({head, body}, value)) ...
#ifndef TSTAT_FLOW_DIGEST_H_
#define TSTAT_FLOW_DIGEST_H_

#include <openssl/types.h>

#include <cstdint>
#include <initializer_list>
#include <span>

namespace tstat::internal {

// Not thread-safe.
class Digest {
 public:
  explicit Digest(const char* algorithm);
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  // Of the parts one after the other. `out` has the digest's size. False: the system has no such
  // digest.
  bool Of(std::initializer_list<std::span<const uint8_t>> parts, std::span<uint8_t> out);

 private:
  EVP_MD* algorithm_;
  EVP_MD_CTX* context_;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_DIGEST_H_
