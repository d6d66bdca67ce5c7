// SPDX-License-Identifier: BSD-3-Clause
#include "privacy/name_cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace tstat::internal {
namespace {

constexpr size_t kBlock = AesBlocks::kBlock;

std::span<const uint8_t> Bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
uint8_t* Bytes(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }

// RFC 4648, 6, with small letters as names have them, and without padding.
std::string Base32(std::span<const uint8_t> bytes) {
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::string text;
  uint32_t bits = 0, count = 0;
  for (const uint8_t byte : bytes) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 5; count -= 5) text.push_back(kAlphabet[bits >> (count - 5) & 31]);
  }
  if (count > 0) text.push_back(kAlphabet[bits << (5 - count) & 31]);
  return text;
}

std::string LabelPseudonym(const AnonymizationKey& key, std::string_view label) {
  constexpr size_t kPseudonymBytes = 16;
  if (label.empty()) return "";
  const std::string lower = absl::AsciiStrToLower({label.data(), label.size()});
  std::array<uint8_t, EVP_MAX_MD_SIZE> mac{};
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.bytes().data(), static_cast<int>(key.bytes().size()),
           Bytes(lower).data(), lower.size(), mac.data(), &size) == nullptr ||
      size < kPseudonymBytes) {
    return "";
  }
  return Base32(std::span(mac).first(kPseudonymBytes));
}

}  // namespace

NameCipher::NameCipher(const AnonymizationKey& key)
    : key_(key),
      encrypt_(key.bytes().first<kBlock>(), AesBlocks::Way::kEncrypt),
      decrypt_(key.bytes().first<kBlock>(), AesBlocks::Way::kDecrypt) {}

std::string NameCipher::Encrypt(std::string_view name) const {
  std::string blocks(name);
  blocks.resize((name.size() + kBlock - 1) / kBlock * kBlock, '\0');
  if (!encrypt_.Do(Bytes(std::string_view(blocks)), Bytes(blocks))) return "";
  return absl::Base64Escape(blocks);
}

std::optional<std::string> NameCipher::Decrypt(std::string_view encrypted) const {
  std::optional<std::string> blocks = StrictBase64(encrypted);
  if (!blocks.has_value() || blocks->size() % kBlock != 0) return std::nullopt;
  if (!decrypt_.Do(Bytes(std::string_view(*blocks)), Bytes(*blocks))) return std::nullopt;
  for (size_t i = 0; i + 1 < kBlock && !blocks->empty() && blocks->back() == '\0'; ++i) {
    blocks->pop_back();
  }
  return blocks;
}

std::string NameCipher::Pseudonym(std::string_view name) const {
  std::string out;
  for (size_t at = 0; at <= name.size();) {
    const size_t end = std::min(name.find('.', at), name.size());
    if (at > 0) out.push_back('.');
    out += LabelPseudonym(key_, name.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::optional<std::string> StrictBase64(std::string_view text, size_t* bad) {
  size_t digits = 0;
  while (digits < text.size() && (absl::ascii_isalnum(static_cast<unsigned char>(text[digits])) ||
                                  text[digits] == '+' || text[digits] == '/')) {
    ++digits;
  }
  // One or two '=' complete the last four characters.
  const size_t padding = (4 - digits % 4) % 4;
  const bool is_padded =
      padding < 3 && text.substr(digits) == std::string_view("==").substr(0, padding);
  std::string bytes;
  if (is_padded && absl::Base64Unescape({text.data(), text.size()}, &bytes)) return bytes;
  if (bad != nullptr) *bad = digits;
  return std::nullopt;
}

}  // namespace tstat::internal
