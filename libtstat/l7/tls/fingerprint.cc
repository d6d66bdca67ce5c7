// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tls/fingerprint.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "flow/digest.h"
#include "l7/byte_class.h"

namespace tstat::internal {
namespace {

constexpr char kDigestDigits[] = "0123456789abcdef";

// Digests as hexadecimal digits. Programs are few, and so are the texts of which they are asked:
// of one that was there lately the digest is known. Empty: the system has no such digest.
template <size_t kBytes>
class HexDigest {
 public:
  explicit HexDigest(const char* algorithm) : digest_(algorithm) {}

  const std::string& Of(std::string_view text) {
    if (text.size() > kLongest) return long_ = Make(text);
    Known& known = known_[std::hash<std::string_view>()(text) % known_.size()];
    if (known.hex.empty() || known.text != text) {
      known.hex = Make(text);
      known.text = text;
    }
    return known.hex;
  }

 private:
  static constexpr size_t kLongest = 1024;
  struct Known {
    std::string text, hex;
  };

  std::string Make(std::string_view text) {
    std::array<uint8_t, kBytes> value;
    const std::span bytes(reinterpret_cast<const uint8_t*>(text.data()), text.size());
    if (!digest_.Of({bytes}, value)) return {};
    std::string hex(2 * kBytes, '0');
    for (size_t i = 0; i < kBytes; ++i) {
      hex[2 * i] = kDigestDigits[value[i] >> 4];
      hex[2 * i + 1] = kDigestDigits[value[i] & 0xF];
    }
    return hex;
  }

  Digest digest_;
  std::array<Known, 128> known_;
  std::string long_;
};

using Values = std::vector<uint16_t>;

Values WithoutGrease(const U16List& list) {
  Values values;
  const size_t size = list.size();
  values.reserve(size);
  for (size_t i = 0; i < size; ++i) {
    const uint16_t value = list[i];
    if (!IsGrease(value)) values.push_back(value);
  }
  return values;
}

Values ExtensionTypes(const HelloExtensions& extensions) {
  constexpr size_t kMostUsual = 32;
  Values types;
  types.reserve(kMostUsual);
  size_t at = 0;
  while (const auto e = extensions.Next(&at)) {
    if (!IsGrease(e->type)) types.push_back(e->type);
  }
  return types;
}

constexpr size_t kMostDigits = 5;

char* WriteDecimal(uint16_t value, char* out) {
  std::array<char, kMostDigits> digits;
  size_t count = 0;
  for (; value >= 10; value /= 10) digits[count++] = static_cast<char>('0' + value % 10);
  *out++ = static_cast<char>('0' + value);
  while (count > 0) *out++ = digits[--count];
  return out;
}

char* WriteFourHex(uint16_t value, char* out) {
  for (int shift = 12; shift >= 0; shift -= 4) *out++ = kDigestDigits[(value >> shift) & 0xF];
  return out;
}

// `write`: one of the values.
template <char* (*write)(uint16_t, char*), char kSeparator>
void AppendList(const Values& values, std::string* text) {
  const size_t before = text->size();
  text->resize(before + values.size() * (kMostDigits + 1));
  char* out = text->data() + before;
  for (const uint16_t value : values) {
    if (out != text->data() + before) *out++ = kSeparator;
    out = write(value, out);
  }
  text->resize(static_cast<size_t>(out - text->data()));
}

void AppendDecimals(const Values& values, std::string* text) {
  *text += ',';
  AppendList<WriteDecimal, '-'>(values, text);
}

std::string_view Ja4Version(uint16_t version) {
  switch (version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    case 0x0002:
      return "s2";
    case 0xFEFF:
      return "d1";
    case 0xFEFD:
      return "d2";
    case 0xFEFC:
      return "d3";
    default:
      return "00";
  }
}

// Two digits, at most 99.
void AppendCount(size_t count, std::string* out) {
  count = std::min<size_t>(count, 99);
  out->push_back(static_cast<char>('0' + count / 10));
  out->push_back(static_cast<char>('0' + count % 10));
}

// First and last character of the first protocol; where one of them is no letter or digit, the
// first and the last hexadecimal digit of the name.
void AppendProtocol(const ProtocolNames& names, std::string* out) {
  size_t at = 0;
  const std::optional<std::string_view> first = names.Next(&at);
  if (!first || first->empty()) {
    *out += "00";
    return;
  }
  const auto begin = static_cast<uint8_t>(first->front()),
             end = static_cast<uint8_t>(first->back());
  if (IsAlphanumeric(begin) && IsAlphanumeric(end)) {
    out->push_back(static_cast<char>(begin));
    out->push_back(static_cast<char>(end));
  } else {
    out->push_back(kDigestDigits[begin >> 4]);
    out->push_back(kDigestDigits[end & 0xF]);
  }
}

const std::string& KnownSha256(std::string_view text) {
  thread_local HexDigest<32> sha256("SHA256");
  return sha256.Of(text);
}

// The first 12 digits of the digest; zeros of nothing.
void AppendShortDigest(std::string_view text, std::string* out) {
  constexpr size_t kShort = 12;
  if (text.empty()) {
    out->append(kShort, '0');
  } else {
    out->append(KnownSha256(text), 0, kShort);
  }
}

}  // namespace

std::string Md5Hex(std::string_view text) {
  thread_local HexDigest<16> md5("MD5");
  return md5.Of(text);
}
std::string Sha256Hex(std::string_view text) { return KnownSha256(text); }

std::string Ja3(const ClientHello& hello) {
  constexpr size_t kUsual = 512;
  std::string text;
  text.reserve(kUsual);
  text += std::to_string(hello.legacy_version);
  AppendDecimals(WithoutGrease(hello.cipher_suites), &text);
  AppendDecimals(ExtensionTypes(hello.extensions), &text);
  AppendDecimals(WithoutGrease(hello.groups), &text);
  const auto formats = hello.point_formats.bytes();
  AppendDecimals(Values(formats.begin(), formats.end()), &text);
  return Md5Hex(text);
}

std::string Ja3s(const ServerHello& hello) {
  std::string text =
      std::to_string(hello.legacy_version) + ',' + std::to_string(hello.cipher_suite);
  AppendDecimals(ExtensionTypes(hello.extensions), &text);
  return Md5Hex(text);
}

std::string Ja4(const ClientHello& hello, HelloCarrier carrier) {
  Values ciphers = WithoutGrease(hello.cipher_suites);
  Values types = ExtensionTypes(hello.extensions);
  constexpr char kCarriers[] = {'t', 'q', 'd'};
  std::string text(1, kCarriers[static_cast<size_t>(carrier)]);
  text += Ja4Version(hello.highest_version());
  text += hello.has_server_name ? 'd' : 'i';
  AppendCount(ciphers.size(), &text);
  AppendCount(types.size(), &text);
  AppendProtocol(hello.alpn, &text);

  std::string list;
  std::sort(ciphers.begin(), ciphers.end());
  AppendList<WriteFourHex, ','>(ciphers, &list);
  text += '_';
  AppendShortDigest(list, &text);

  std::erase_if(types, [](uint16_t type) {
    return type == tls_extension::kServerName || type == tls_extension::kAlpn;
  });
  std::sort(types.begin(), types.end());
  list.clear();
  AppendList<WriteFourHex, ','>(types, &list);
  const Values signatures = WithoutGrease(hello.signature_algorithms);
  if (!signatures.empty()) {
    list += '_';
    AppendList<WriteFourHex, ','>(signatures, &list);
  }
  text += '_';
  AppendShortDigest(list, &text);
  return text;
}

}  // namespace tstat::internal
