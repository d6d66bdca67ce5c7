// SPDX-License-Identifier: BSD-3-Clause
//
// Digests by libcrypto, whose algorithm is looked up once, and then called without its general
// interface: each takes longer than the digest of what a flow has.
//
//   Digest sha1("SHA1");
//   std::array<uint8_t, 20> value;
//   if (sha1.Of({head, body}, value)) ...
#ifndef TSTAT_FLOW_DIGEST_H_
#define TSTAT_FLOW_DIGEST_H_

#include <cstdint>
#include <initializer_list>
#include <span>

namespace tstat::internal {

class Digest {
 public:
  // "MD5", "SHA1" or "SHA256".
  explicit Digest(const char* algorithm);

  // Of the parts one after the other. `out` has the digest's size. False: the system has no such
  // digest.
  bool Of(std::initializer_list<std::span<const uint8_t>> parts, std::span<uint8_t> out) const;

 private:
  enum class Kind : uint8_t { kNone, kMd5, kSha1, kSha256 };

  Kind kind_ = Kind::kNone;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_DIGEST_H_
