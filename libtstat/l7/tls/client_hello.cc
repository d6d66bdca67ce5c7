// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tls/client_hello.h"

#include <algorithm>

namespace tstat::internal {
namespace {

constexpr size_t kHelloRandomBytes = 32;

// The random value that marks a HelloRetryRequest: the SHA-256 of these words.
constexpr std::string_view kRetryMark(
    "\xCF\x21\xAD\x74\xE5\x9A\x61\x11\xBE\x1D\x8C\x02\x1E\x65\xB8\x91"
    "\xC2\xA2\x11\x16\x7A\xBB\x8C\x5E\x07\x9E\x09\xE2\xC8\xA8\x33\x9C",
    kHelloRandomBytes);

// Reads one field after the other; what is not there in full is cut, and nothing comes behind it.
class FieldReader {
 public:
  explicit FieldReader(ByteReader bytes) : bytes_(bytes) {}

  bool whole() const { return whole_; }
  uint8_t U8() { return static_cast<uint8_t>(Number(1)); }
  uint16_t U16() { return static_cast<uint16_t>(Number(2)); }
  ByteReader Take(size_t count) {
    if (!whole_) return ByteReader();
    const ByteReader taken = bytes_.Sub(at_, count);
    whole_ = taken.size() == count;
    at_ += taken.size();
    return taken;
  }
  ByteReader Vector8() { return Take(U8()); }
  ByteReader Vector16() { return Take(U16()); }
  bool at_end() const { return at_ >= bytes_.size(); }

 private:
  uint32_t Number(size_t count) {
    if (!bytes_.Has(at_, count)) whole_ = false;
    if (!whole_) return 0;
    const uint32_t value = count == 1 ? bytes_.U8(at_) : bytes_.U16(at_);
    at_ += count;
    return value;
  }

  ByteReader bytes_;
  size_t at_ = 0;
  bool whole_ = true;
};

// The first host name of the list (RFC 6066, 3).
std::string_view HostName(ByteReader content) {
  constexpr uint8_t kHostName = 0;
  FieldReader list(FieldReader(content).Vector16());
  while (list.whole() && !list.at_end()) {
    const uint8_t type = list.U8();
    const ByteReader name = list.Vector16();
    if (type == kHostName && list.whole()) return IsHelloName(name.Text()) ? name.Text() : "";
  }
  return {};
}

// What is known of an extension even where it is cut.
void ReadBeginOfExtension(const HelloExtensions::Extension& e, HelloCarrier carrier,
                          ClientHello* hello) {
  switch (e.type) {
    case tls_extension::kServerName:
      if (!hello->has_server_name) hello->server_name = HostName(e.content);
      hello->has_server_name = true;
      break;
    case tls_extension::kTicket:
      hello->session_ticket = e.length > 0;
      break;
    case tls_extension::kPreSharedKey:
      hello->pre_shared_key = true;
      break;
    case tls_extension::kEarlyData:
      hello->early_data = true;
      break;
    case tls_extension::kQuicParameters:
    case tls_extension::kQuicParametersOfDrafts:
      if (carrier == HelloCarrier::kQuic) hello->quic_parameters = e.content;
      break;
    case tls_extension::kEncryptedHello:
    case tls_extension::kEncryptedName:
      hello->encrypted_hello = true;
      hello->encrypted_hello_length = e.length;
      break;
    default:
      break;
  }
}

void ReadExtension(const HelloExtensions::Extension& e, ClientHello* hello) {
  FieldReader content(e.content);
  switch (e.type) {
    case tls_extension::kGroups:
      hello->groups = U16List(content.Vector16());
      break;
    case tls_extension::kPointFormats:
      hello->point_formats = content.Vector8();
      break;
    case tls_extension::kSignatures:
      hello->signature_algorithms = U16List(content.Vector16());
      break;
    case tls_extension::kAlpn:
      hello->alpn = ProtocolNames(content.Vector16());
      break;
    case tls_extension::kVersions:
      hello->versions = U16List(content.Vector8());
      hello->has_versions = true;
      break;
    default:
      break;
  }
}

}  // namespace

std::optional<HelloExtensions::Extension> HelloExtensions::Next(size_t* at) const {
  constexpr size_t kHeader = 4;
  if (!block_.Has(*at, kHeader)) return std::nullopt;
  Extension e;
  e.type = block_.U16(*at);
  const size_t length = block_.U16(*at + 2);
  e.content = block_.Sub(*at + kHeader, length);
  e.length = static_cast<uint16_t>(length);
  e.whole = e.content.size() == length;
  *at += kHeader + length;
  return e;
}

std::optional<std::string_view> ProtocolNames::Next(size_t* at) const {
  if (!list_.Has(*at)) return std::nullopt;
  const size_t length = list_.U8(*at);
  if (!list_.Has(*at + 1, length)) return std::nullopt;
  const std::string_view name = list_.Text(*at + 1, length);
  *at += 1 + length;
  return name;
}

bool IsHelloName(std::string_view name) {
  return !name.empty() && name.size() <= ClientHello::kLongestName &&
         std::all_of(name.begin(), name.end(), [](char c) {
           const auto byte = static_cast<uint8_t>(c);
           return byte > ' ' && byte != 0x7F && byte != '"';
         });
}

std::string JoinedProtocols(const ProtocolNames& names) {
  constexpr size_t kLongest = 255;
  constexpr std::string_view kHex = "0x", kDigits = "0123456789abcdef", kMore = "[*]";
  std::string text;
  size_t at = 0;
  while (const std::optional<std::string_view> name = names.Next(&at)) {
    if (name->size() == 2 && IsGrease(static_cast<uint16_t>(static_cast<uint8_t>((*name)[0]) << 8 |
                                                            static_cast<uint8_t>((*name)[1])))) {
      continue;
    }
    const bool plain = !name->empty() && !name->starts_with(kHex) &&
                       std::all_of(name->begin(), name->end(), [](char c) {
                         return c > ' ' && c <= '~' && c != ',' && c != '"';
                       });
    std::string shown(plain ? *name : kHex);
    for (size_t i = 0; !plain && i < name->size(); ++i) {
      const auto byte = static_cast<uint8_t>((*name)[i]);
      shown += kDigits[byte >> 4];
      shown += kDigits[byte & 0xF];
    }
    if (!text.empty()) shown.insert(shown.begin(), ',');
    if (text.size() + shown.size() > kLongest) {
      text += kMore;
      break;
    }
    text += shown;
  }
  return text;
}

uint16_t ClientHello::highest_version() const {
  if (!has_versions && !complete) return 0;
  uint16_t highest = 0;
  for (size_t i = 0; i < versions.size(); ++i) {
    const uint16_t version = versions[i];
    if (IsGrease(version)) continue;
    // Those of DTLS count down: 1.0 is FEFF, 1.2 is FEFD.
    const bool datagrams = (version >> 8) == 0xFE;
    if (highest == 0 || (datagrams ? version < highest : version > highest)) highest = version;
  }
  return highest != 0 ? highest : legacy_version;
}

std::optional<ClientHello> ClientHello::Parse(ByteReader body, HelloCarrier carrier,
                                              bool is_whole) {
  // SSL 3.0 to TLS 1.3, drafts and all; DTLS 1.0 to 1.3.
  const uint8_t major = body.U8(0);
  if (!body.Has(0, 2) || (carrier == HelloCarrier::kDtls ? major != 0xFE : major != 3)) {
    return std::nullopt;
  }
  ClientHello hello;
  FieldReader fields(body);
  hello.legacy_version = fields.U16();
  fields.Take(kHelloRandomBytes);
  hello.session_id = fields.Vector8();
  hello.session_id_whole = fields.whole();
  if (carrier == HelloCarrier::kDtls) fields.Vector8();  // cookie
  hello.cipher_suites = U16List(fields.Vector16());
  fields.Vector8();  // compression methods
  if (!fields.whole()) return hello;
  if (fields.at_end()) {  // SSL 3.0 and TLS 1.0 may have no extensions
    hello.complete = is_whole;
    return hello;
  }
  hello.extensions = HelloExtensions(fields.Vector16());
  hello.complete = fields.whole();
  size_t at = 0;
  while (const auto e = hello.extensions.Next(&at)) {
    ReadBeginOfExtension(*e, carrier, &hello);
    if (e->whole) ReadExtension(*e, &hello);
    hello.complete &= e->whole;
  }
  return hello;
}

std::optional<ServerHello> ServerHello::Parse(ByteReader body, bool is_whole) {
  const uint8_t major = body.U8(0);
  if (!body.Has(0, 2) || (major != 3 && major != 0xFE && major != 0x7F)) return std::nullopt;
  ServerHello hello;
  FieldReader fields(body);
  hello.selected_version = hello.legacy_version = fields.U16();
  hello.is_retry = fields.Take(kHelloRandomBytes).Text() == kRetryMark;
  hello.random_whole = fields.whole();
  // Drafts of TLS 1.3 before 22 have their own version here, and neither session nor compression.
  const bool old_draft = major == 0x7F;
  if (!old_draft) hello.session_id = fields.Vector8();
  hello.session_id_whole = fields.whole();
  hello.cipher_suite = fields.U16();
  if (!old_draft) fields.U8();  // compression method
  if (!fields.whole()) return hello;
  hello.complete = is_whole;
  if (fields.at_end()) return hello;
  hello.extensions = HelloExtensions(fields.Vector16());
  hello.complete = fields.whole();
  size_t at = 0;
  while (const auto e = hello.extensions.Next(&at)) {
    hello.complete &= e->whole;
    if (e->type == tls_extension::kVersions && e->content.size() >= 2) {
      hello.selected_version = e->content.U16(0);
      hello.has_version = true;
    } else if (e->type == tls_extension::kAlpn && e->whole) {
      hello.alpn = ProtocolNames(FieldReader(e->content).Vector16());
    } else if (e->type == tls_extension::kPreSharedKey) {
      hello.pre_shared_key = true;
    }
  }
  return hello;
}

}  // namespace tstat::internal
