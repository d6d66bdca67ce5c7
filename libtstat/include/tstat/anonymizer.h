// SPDX-License-Identifier: BSD-3-Clause
//
// Anonymisation of what leaves the program: addresses by Crypto-PAn, which keeps common prefixes
// and can be reversed with the key; names encrypted, or under pseudonyms. What a column becomes
// follows from its class of privacy in tstat/schema.h, in every output (docs/privacy.md).
//
//   auto key = tstat::ReadKey({.source = tstat::KeySource::kFile, .value = "key.txt"});
//   if (!key.ok()) return key.status();
//   auto anonymizer = tstat::Anonymizer::Create({.key = key->key});
//   if (!anonymizer.ok()) return anonymizer.status();
//   session_options.anonymizer = *anonymizer;                   // all outputs of a session obey
//   IpAddress image = (*anonymizer)->Anonymize(address);        // or alone
//   assert((*anonymizer)->Reverse(image) == address);
#ifndef TSTAT_ANONYMIZER_H_
#define TSTAT_ANONYMIZER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tstat/export.h"
#include "tstat/ip_address.h"
#include "tstat/options.h"
#include "tstat/value.h"

namespace tstat::inline v1 {

struct ColumnInfo;  // tstat/schema.h

// 32 bytes: the first half is the key of AES-128, the second one gives Crypto-PAn's pad. Their
// memory is overwritten when the key goes. Nothing prints them but ToBase64.
class TSTAT_EXPORT AnonymizationKey {
 public:
  static constexpr size_t kSize = 32;

  AnonymizationKey() = default;  // all zero
  // The first 32 bytes of `bytes`; zeros behind fewer.
  explicit AnonymizationKey(std::string_view bytes);
  AnonymizationKey(const AnonymizationKey&) = default;
  AnonymizationKey& operator=(const AnonymizationKey&) = default;
  ~AnonymizationKey();

  // From the system's source of random bytes. Unavailable: there is none.
  static absl::StatusOr<AnonymizationKey> Random();

  [[nodiscard]] std::span<const uint8_t, kSize> bytes() const { return bytes_; }
  // 44 characters: what key files hold.
  [[nodiscard]] std::string ToBase64() const;

 private:
  std::array<uint8_t, kSize> bytes_{};
};

// Where a key comes from.
enum class KeySource : uint8_t {
  kRandom,
  kText,        // --keyvalue: the bytes of `value`
  kFile,        // --keyfile: the first line of file `value`, without its newline
  kBase64File,  // --keybase64: the same, in Base64 (RFC 4648, 4), 4 characters for 3 bytes
};
struct KeyRequest {
  KeySource source = KeySource::kRandom;
  std::string value = {};
  // A key file that everybody may read is an error, else a warning.
  bool must_be_private = false;
};
struct KeyReading {
  AnonymizationKey key;
  std::vector<std::string> notices = {};   // in the words of the command
  std::vector<std::string> warnings = {};  // likewise
};
// Errors name the file, and the line where it matters: NotFound, PermissionDenied ... of the
// system; InvalidArgument for what is no regular file, an empty key or first line, bytes that no
// text has, Base64 that is none; FailedPrecondition for a file that is not private enough.
TSTAT_EXPORT absl::StatusOr<KeyReading> ReadKey(const KeyRequest& request);

struct AnonymizerOptions {
  AnonymizationKey key;
  // The four words of IPv6 addresses are anonymised one by one, each XORed with a mask before: byte
  // i of word w with bits 8 i to 8 i + 7 of ipv6_masks[w] (MasksOf). Not with `strict`.
  std::array<uint32_t, 4> ipv6_masks = {0xffff, 0xf0f0, 0x0f0f, 0};
  bool encrypt_names = false;  // --enc
  // --strict-anonymity: every address, IPv6 as a whole; names are pseudonyms, contents absent.
  bool strict = false;
  uint32_t cache_size = 130000;  // Globals::max_crypto_cache_size, of each family
};
// Those of Tstat 3.1.1, or of Globals.
[[nodiscard]] TSTAT_EXPORT std::array<uint32_t, 4> MasksOf(const CompatProfile& profile,
                                                           const Globals& globals);

// What became of look-ups in the cache of one family, as the closing report counts them.
struct AnonymizerCounters {
  uint64_t inserted = 1;  // the first one is the address 0
  uint64_t hits = 0;      // of new flows
  uint64_t misses = 0;    // what a row shows, and was evicted since the flow began
};

// Where a value that was made for Anonymizer::Shown stands.
struct ShownValue {
  IpAddress address;
  std::string text;
};

// Not thread-safe: one for each session or thread.
class TSTAT_EXPORT Anonymizer {
 public:
  // Internal: the cryptographic library does not work.
  static absl::StatusOr<std::shared_ptr<Anonymizer>> Create(const AnonymizerOptions& options);
  ~Anonymizer();
  Anonymizer(const Anonymizer&) = delete;
  Anonymizer& operator=(const Anonymizer&) = delete;

  [[nodiscard]] const AnonymizerOptions& options() const;

  // The image of an address, from the cache if it is there. All zero if the cryptographic library
  // fails: never the address itself.
  IpAddress Anonymize(const IpAddress& address);
  // The address whose image it is.
  [[nodiscard]] IpAddress Reverse(const IpAddress& image) const;
  // A flow of this address began: it will be shown later (AnalyzerOptions::on_encrypted_endpoint).
  void Prepare(const IpAddress& address);
  [[nodiscard]] AnonymizerCounters counters_v4() const;
  [[nodiscard]] AnonymizerCounters counters_v6() const;

  // --enc: AES-128-ECB of the text and zeros up to a multiple of 16 bytes, in Base64; the empty
  // text stays so. Equal blocks of 16 bytes show.
  [[nodiscard]] std::string EncryptName(std::string_view name) const;
  // The name behind it; nullopt for what EncryptName does not give.
  [[nodiscard]] std::optional<std::string> DecryptName(std::string_view encrypted) const;
  // Each label (between dots) as the first 128 bits of its HMAC-SHA-256 with the key, in Base32 of
  // small letters (RFC 4648, 6) without padding; ASCII letters count as small ones. The empty
  // label stays so.
  [[nodiscard]] std::string Pseudonym(std::string_view name) const;

  // What an output may show of a value of a column: the value itself, or one that views `storage`
  // and is valid as long as that is unchanged. The one rule that all outputs go by.
  [[nodiscard]] Value Shown(const ColumnInfo& column, const Value& value, ShownValue* storage);

 private:
  class TSTAT_NO_EXPORT Impl;
  explicit Anonymizer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The same for an output that may have none: then all is shown as it is, but addresses that are to
// be anonymised (Value::encrypted) are not shown at all.
[[nodiscard]] inline Value ShownBy(Anonymizer* anonymizer, const ColumnInfo& column,
                                   const Value& value, ShownValue* storage) {
  if (anonymizer != nullptr) return anonymizer->Shown(column, value, storage);
  const bool is_secret = value.kind() == Value::Kind::kAddress && value.encrypted();
  return is_secret ? Value() : value;
}

}  // namespace tstat::inline v1

#endif  // TSTAT_ANONYMIZER_H_
