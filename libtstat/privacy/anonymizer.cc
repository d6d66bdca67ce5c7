// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/anonymizer.h"

#include <algorithm>
#include <utility>

#include "privacy/crypto_pan.h"
#include "privacy/image_cache.h"
#include "privacy/name_cipher.h"
#include "tstat/schema.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

constexpr size_t kV4Bytes = 4, kV6Bytes = 16;

}  // namespace

class Anonymizer::Impl {
 public:
  using V6Bytes = std::array<uint8_t, kV6Bytes>;

  explicit Impl(const AnonymizerOptions& options)
      : options_(options),
        pan_(options.key.bytes()),
        names_(options.key),
        v4_(options.cache_size),
        v6_(options.cache_size) {
    v4_.Insert(0, OfV4(0));
    v6_.Insert(V6Bytes{}, OfV6(V6Bytes{}));
  }

  bool works() const { return pan_.works() && names_.works(); }
  const AnonymizerOptions& options() const { return options_; }
  const NameCipher& names() const { return names_; }
  AnonymizerCounters counters_v4() const { return v4_.counters(); }
  AnonymizerCounters counters_v6() const { return v6_.counters(); }

  IpAddress Image(const IpAddress& address, ImageUse use) {
    if (address.is_v6()) {
      const auto make = [this](const V6Bytes& bytes) { return OfV6(bytes); };
      return IpAddress::V6(v6_.Get(address.bytes(), use, make));
    }
    const auto make = [this](uint32_t value) { return OfV4(value); };
    return IpAddress::V4(v4_.Get(address.v4(), use, make));
  }

  IpAddress Reverse(const IpAddress& image) const {
    if (!image.is_v6()) {
      std::array<uint8_t, kV4Bytes> bytes{};
      std::copy_n(image.bytes().begin(), kV4Bytes, bytes.begin());
      const std::array<uint8_t, kV4Bytes> in = bytes;
      if (!pan_.Reverse(in, bytes)) bytes = {};
      return IpAddress::V4(bytes);
    }
    V6Bytes bytes{};
    if (options_.strict) {
      if (!pan_.Reverse(image.bytes(), bytes)) bytes = {};
      return IpAddress::V6(bytes);
    }
    for (size_t at = 0; at < kV6Bytes; at += kV4Bytes) {
      const auto word = std::span(bytes).subspan(at, kV4Bytes);
      if (!pan_.Reverse(std::span(image.bytes()).subspan(at, kV4Bytes), word)) return {};
      Mask(at / kV4Bytes, word);
    }
    return IpAddress::V6(bytes);
  }

 private:
  uint32_t OfV4(uint32_t address) const {
    const IpAddress plain = IpAddress::V4(address);
    std::array<uint8_t, kV4Bytes> image{};
    if (!pan_.Anonymize(std::span(plain.bytes()).first(kV4Bytes), image)) return 0;
    return IpAddress::V4(image).v4();
  }
  V6Bytes OfV6(const V6Bytes& address) const {
    V6Bytes image{};
    if (options_.strict) return pan_.Anonymize(address, image) ? image : V6Bytes{};
    V6Bytes masked = address;
    for (size_t at = 0; at < kV6Bytes; at += kV4Bytes) {
      const auto word = std::span(masked).subspan(at, kV4Bytes);
      Mask(at / kV4Bytes, word);
      if (!pan_.Anonymize(word, std::span(image).subspan(at, kV4Bytes))) return {};
    }
    return image;
  }
  void Mask(size_t index, std::span<uint8_t> word) const {
    for (size_t i = 0; i < kV4Bytes; ++i) {
      word[i] ^= static_cast<uint8_t>(options_.ipv6_masks[index] >> (8 * i));
    }
  }

  AnonymizerOptions options_;
  CryptoPan pan_;
  NameCipher names_;
  ImageCache<uint32_t> v4_;
  ImageCache<V6Bytes> v6_;
};

std::array<uint32_t, 4> MasksOf(const CompatProfile& profile, const Globals& globals) {
  return profile.crypto_masks_of_globals ? globals.crypto_ipv6_mask
                                         : AnonymizerOptions().ipv6_masks;
}

Anonymizer::Anonymizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Anonymizer::~Anonymizer() = default;

absl::StatusOr<std::shared_ptr<Anonymizer>> Anonymizer::Create(const AnonymizerOptions& options) {
  auto impl = std::make_unique<Impl>(options);
  if (!impl->works()) return absl::InternalError("AES-128 of the cryptographic library fails");
  return std::shared_ptr<Anonymizer>(new Anonymizer(std::move(impl)));
}

const AnonymizerOptions& Anonymizer::options() const { return impl_->options(); }
IpAddress Anonymizer::Anonymize(const IpAddress& address) {
  return impl_->Image(address, ImageUse::kRow);
}
IpAddress Anonymizer::Reverse(const IpAddress& image) const { return impl_->Reverse(image); }
void Anonymizer::Prepare(const IpAddress& address) { impl_->Image(address, ImageUse::kNewFlow); }
AnonymizerCounters Anonymizer::counters_v4() const { return impl_->counters_v4(); }
AnonymizerCounters Anonymizer::counters_v6() const { return impl_->counters_v6(); }

std::string Anonymizer::EncryptName(std::string_view name) const {
  return impl_->names().Encrypt(name);
}
std::optional<std::string> Anonymizer::DecryptName(std::string_view encrypted) const {
  return impl_->names().Decrypt(encrypted);
}
std::string Anonymizer::Pseudonym(std::string_view name) const {
  return impl_->names().Pseudonym(name);
}

Value Anonymizer::Shown(const ColumnInfo& column, const Value& value, ShownValue* storage) {
  if (value.is_absent()) return value;
  StrictForm form = options().strict ? column.strict_form() : StrictForm::kAsItIs;
  const bool is_address = value.kind() == Value::Kind::kAddress;
  if (!options().strict && is_address && value.encrypted()) form = StrictForm::kAnonymized;
  switch (form) {
    case StrictForm::kAbsent:
      return {};
    case StrictForm::kAnonymized:
      storage->address = Anonymize(value.address());
      return Value::Of(AddressView{&storage->address});
    case StrictForm::kPseudonym:
      storage->text = Pseudonym(value.text());
      return Value::Of(TextView{storage->text, value.begin_missing(), value.end_missing()});
    case StrictForm::kAsItIs:
      break;
  }
  const bool is_hidden = options().encrypt_names && column.hidden_by_enc;
  if (!is_hidden || value.kind() != Value::Kind::kText) return value;
  storage->text = EncryptName(value.text());
  return Value::Of(std::string_view(storage->text));
}

}  // namespace tstat::inline v1
