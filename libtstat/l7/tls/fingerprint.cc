// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tls/fingerprint.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "flow/digest.h"
#include "l7/byte_class.h"

namespace tstat::internal {
namespace {

constexpr char kDigestDigits[] = "0123456789abcdef";

// Empty: the system has no such digest.
template <size_t kBytes>
std::string DigestHex(Digest& digest, std::string_view text) {
  std::array<uint8_t, kBytes> value;
  const std::span bytes(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  if (!digest.Of({bytes}, value)) return {};
  std::string hex(2 * kBytes, '0');
  for (size_t i = 0; i < kBytes; ++i) {
    hex[2 * i] = kDigestDigits[value[i] >> 4];
    hex[2 * i + 1] = kDigestDigits[value[i] & 0xF];
  }
  return hex;
}

std::vector<uint16_t> WithoutGrease(const U16List& list) {
  std::vector<uint16_t> values;
  values.reserve(list.size());
  for (size_t i = 0; i < list.size(); ++i) {
    if (!IsGrease(list[i])) values.push_back(list[i]);
  }
  return values;
}

std::vector<uint16_t> ExtensionTypes(const HelloExtensions& extensions) {
  std::vector<uint16_t> types;
  size_t at = 0;
  while (const auto e = extensions.Next(&at)) {
    if (!IsGrease(e->type)) types.push_back(e->type);
  }
  return types;
}

std::string DecimalList(const std::vector<uint16_t>& values) {
  std::string text;
  for (const uint16_t value : values) {
    if (!text.empty()) text += '-';
    text += std::to_string(value);
  }
  return text;
}

std::string HexList(const std::vector<uint16_t>& values) {
  std::string text;
  for (const uint16_t value : values) {
    if (!text.empty()) text += ',';
    for (int shift = 12; shift >= 0; shift -= 4) text += kDigestDigits[(value >> shift) & 0xF];
  }
  return text;
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

// The first 12 digits of the digest; zeros of nothing.
std::string ShortDigest(std::string_view text) {
  return text.empty() ? std::string(12, '0') : Sha256Hex(text).substr(0, 12);
}

}  // namespace

std::string Md5Hex(std::string_view text) {
  thread_local Digest md5("MD5");
  return DigestHex<16>(md5, text);
}
std::string Sha256Hex(std::string_view text) {
  thread_local Digest sha256("SHA256");
  return DigestHex<32>(sha256, text);
}

std::string Ja3(const ClientHello& hello) {
  std::vector<uint16_t> formats;
  for (const uint8_t format : hello.point_formats.bytes()) formats.push_back(format);
  std::string text = std::to_string(hello.legacy_version);
  for (const std::vector<uint16_t>& list :
       {WithoutGrease(hello.cipher_suites), ExtensionTypes(hello.extensions),
        WithoutGrease(hello.groups), formats}) {
    text += ',' + DecimalList(list);
  }
  return Md5Hex(text);
}

std::string Ja3s(const ServerHello& hello) {
  return Md5Hex(std::to_string(hello.legacy_version) + ',' + std::to_string(hello.cipher_suite) +
                ',' + DecimalList(ExtensionTypes(hello.extensions)));
}

std::string Ja4(const ClientHello& hello, HelloCarrier carrier) {
  std::vector<uint16_t> ciphers = WithoutGrease(hello.cipher_suites);
  std::vector<uint16_t> types = ExtensionTypes(hello.extensions);
  constexpr char kCarriers[] = {'t', 'q', 'd'};
  std::string text(1, kCarriers[static_cast<size_t>(carrier)]);
  text += Ja4Version(hello.highest_version());
  text += hello.has_server_name ? 'd' : 'i';
  AppendCount(ciphers.size(), &text);
  AppendCount(types.size(), &text);
  AppendProtocol(hello.alpn, &text);

  std::sort(ciphers.begin(), ciphers.end());
  text += '_' + ShortDigest(HexList(ciphers));
  std::erase_if(types, [](uint16_t type) {
    return type == tls_extension::kServerName || type == tls_extension::kAlpn;
  });
  std::sort(types.begin(), types.end());
  std::string extensions = HexList(types);
  const std::vector<uint16_t> signatures = WithoutGrease(hello.signature_algorithms);
  if (!signatures.empty()) extensions += '_' + HexList(signatures);
  text += '_' + ShortDigest(extensions);
  return text;
}

}  // namespace tstat::internal
