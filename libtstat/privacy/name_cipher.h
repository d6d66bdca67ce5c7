// SPDX-License-Identifier: BSD-3-Clause
//
// Names that are not to be read: encrypted as Tstat 3.3's --enc does it, or under pseudonyms that
// only who has the key can compute.
#ifndef TSTAT_PRIVACY_NAME_CIPHER_H_
#define TSTAT_PRIVACY_NAME_CIPHER_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "privacy/aes_blocks.h"
#include "tstat/anonymizer.h"

namespace tstat::internal {

class NameCipher {
 public:
  explicit NameCipher(const AnonymizationKey& key);

  bool works() const { return encrypt_.works() && decrypt_.works(); }

  // As those of Anonymizer. Where the cryptographic library fails: the empty text.
  std::string Encrypt(std::string_view name) const;
  std::optional<std::string> Decrypt(std::string_view encrypted) const;
  std::string Pseudonym(std::string_view name) const;

 private:
  AnonymizationKey key_;
  AesBlocks encrypt_, decrypt_;
};

// `text` in the Base64 of RFC 4648, 4, and nothing else, as bytes: four characters for three bytes,
// padding where it has to be. Nullopt: it is none. `bad`: set to the first place that is wrong.
std::optional<std::string> StrictBase64(std::string_view text, size_t* bad = nullptr);

}  // namespace tstat::internal

#endif  // TSTAT_PRIVACY_NAME_CIPHER_H_
