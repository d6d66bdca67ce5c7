// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tls/tls.h"

#include <algorithm>

#include "l7/byte_class.h"
#include "tstat/tls.h"

namespace tstat::internal {
namespace {

// Offsets in a record that begins with a hello.
constexpr size_t kContentType = 0, kMajor = 1, kMinor = 2, kRecordLength = 3, kMessageType = 5,
                 kHelloVersion = 9, kRandom = 11, kSessionIdLength = 43;
constexpr size_t kRecordHeader = 5;

constexpr uint8_t kHandshake = 0x16, kApplicationData = 0x17;
constexpr uint8_t kClientHello = 1, kServerHello = 2, kCertificate = 11;

// Offsets in a client hello of SSL version 2: two bytes of length come first.
constexpr size_t kV2Length = 0, kV2MessageType = 2, kV2Major = 3, kV2Minor = 4;
constexpr uint16_t kV2LengthMask = 0x7FFF;
constexpr int32_t kV2LengthBytes = 2;

// An extension begins with its type and its length (RFC 8446, 4.2).
constexpr int64_t kExtensionHeader = 4, kExtensionLength = 2;
// A server name extension: length of the list, type of the name, length of the name (RFC 6066, 3).
constexpr int64_t kNameLength = 3, kNameHeader = 5;
// The object identifier 2.5.4.3, then the string's type and length.
constexpr std::string_view kCommonName("\x06\x03\x55\x04\x03", 5);
constexpr size_t kCommonNameLength = 6, kCommonNameText = 7, kShortestCertificate = 30;

constexpr uint16_t kServerName = 0, kAlpn = 0x0010, kPreSharedKey = 0x0029, kEarlyData = 0x002A,
                   kSupportedVersions = 0x002B, kNpn = 0x3374;

// RFC 8446, 4.1.3: the random value that marks a HelloRetryRequest.
constexpr std::string_view kHelloRetryRandom(
    "\xCF\x21\xAD\x74\xE5\x9A\x61\x11\xBE\x1D\x8C\x02\x1E\x65\xB8\x91"
    "\xC2\xA2\x11\x16\x7A\xBB\x8C\x5E\x07\x9E\x09\xE2\xC8\xA8\x33\x9C",
    32);

constexpr int kMaxProtocols = 20;  // of one NPN or ALPN list

bool IsHandshakeRecord(ByteReader p, uint8_t message_type) {
  return p.size() >= kMinTlsSegment && p.U8(kContentType) == kHandshake && p.U8(kMajor) == 3 &&
         p.U8(kMinor) <= 3 && p.U8(kRecordLength) <= 0x39 && p.U8(kMessageType) == message_type;
}

// Where one extension list is read: every position is relative to the payload, and nothing is read
// at `limit` or beyond. Positions are signed, since the reference takes some lengths as signed
// bytes: a step back before the payload ends the parse as well.
struct Cursor {
  ByteReader payload;
  int64_t limit = 0;

  bool Has(int64_t at, int64_t count) const { return at >= 0 && at + count <= limit; }
  uint8_t U8(int64_t at) const { return payload.U8(static_cast<size_t>(at)); }
  uint16_t U16(int64_t at) const { return payload.U16(static_cast<size_t>(at)); }
  int64_t Signed(int64_t at) const { return static_cast<int8_t>(U8(at)); }
};

struct ProtocolFlags {
  uint8_t empty, http1, spdy, http2;
};
constexpr ProtocolFlags kNpnFlags = {tls_negotiation::kNpnEmpty, tls_negotiation::kNpnHttp1,
                                     tls_negotiation::kNpnSpdy, tls_negotiation::kNpnHttp2};
constexpr ProtocolFlags kAlpnFlags = {tls_negotiation::kAlpnEmpty, tls_negotiation::kAlpnHttp1,
                                      tls_negotiation::kAlpnSpdy, tls_negotiation::kAlpnHttp2};

// Names with a length byte each, `length` bytes from `begin` on.
uint8_t ProtocolMask(const Cursor& c, int64_t begin, int64_t length, const ProtocolFlags& flags) {
  uint8_t mask = 0;
  int64_t k = 0;
  for (int n = 0; n < kMaxProtocols && k < length && c.Has(begin + k, 1); ++n) {
    const int64_t size = c.U8(begin + k);
    if (size == 0) return flags.empty;
    ++k;
    if (!c.Has(begin + k, size)) break;
    const auto at = static_cast<size_t>(begin + k);
    if (c.payload.StartsWith("spdy/", at)) {
      mask |= flags.spdy;
    } else if (c.payload.StartsWith("h2", at) && (size == 2 || c.payload.U8(at + 2) == '-')) {
      mask |= flags.http2;
    } else if (c.payload.StartsWith("http/", at)) {
      mask |= flags.http1;
    }
    k += size;
  }
  return mask;
}

std::string_view CutName(ByteReader payload, int64_t at, int64_t length) {
  if (at < 0 || length <= 0) return {};
  std::string_view name = payload.Text(static_cast<size_t>(at), static_cast<size_t>(length));
  return name.substr(0, name.find('\0'));
}

// The extensions of a client hello: `begin` is the first one, `total` the claimed length of all.
void ReadClientExtensions(const Cursor& c, int64_t begin, int64_t total, TlsClientHello* hello) {
  int64_t j = 0;
  while (j < total && c.Has(begin + j, kExtensionHeader)) {
    const uint16_t type = c.U16(begin + j);
    int64_t length = c.U16(begin + j + kExtensionLength);
    j += kExtensionHeader;
    switch (type) {
      case kServerName: {
        if (!c.Has(begin + j, kNameHeader)) return;
        const int64_t at = begin + j + kNameHeader;
        const int64_t size = std::min<int64_t>(
            {c.U16(begin + j + kNameLength), int64_t{kMaxTlsNameLength}, c.limit - at});
        std::string_view name = CutName(c.payload, at, size);
        if (IsAcceptedName(name)) hello->server_name = name;
        break;
      }
      case kNpn:
        hello->negotiation |= length == 0 ? tls_negotiation::kNpnEmpty
                                          : ProtocolMask(c, begin + j, length, kNpnFlags);
        break;
      case kAlpn:
        if (length == 0) {
          hello->negotiation |= tls_negotiation::kAlpnEmpty;
        } else {
          if (!c.Has(begin + j, 2)) return;
          length = c.U16(begin + j);
          j += 2;
          hello->negotiation |= ProtocolMask(c, begin + j, length, kAlpnFlags);
        }
        break;
      case kPreSharedKey:
        hello->session |= tls_session::kClientPsk;
        break;
      case kEarlyData:
        hello->session |= tls_session::kEarlyData;
        break;
      case kSupportedVersions: {
        if (length == 0) break;
        // The reference wants one byte behind the list; a list at the very end is lost.
        if (!c.Has(begin + j, 3)) return;
        const int64_t size = c.Signed(begin + j);
        if (size < 0 || !c.Has(begin + j + 1 + size, 1)) return;
        hello->has_version_list = true;
        hello->version_count = 0;
        for (int64_t k = 0; k + 1 < size && hello->version_count < hello->versions.size(); k += 2) {
          hello->versions[hello->version_count++] = c.U16(begin + j + 1 + k);
        }
        break;
      }
      default:
        break;
    }
    j += length;
  }
}

void ReadServerExtensions(const Cursor& c, int64_t begin, int64_t total, TlsHello* hello) {
  int64_t j = 0;
  while (j < total) {
    // The length must end before the last byte (one more than needed).
    if (!c.Has(begin + j, kExtensionHeader + 1)) return;
    const uint16_t type = c.U16(begin + j);
    int64_t length = c.U16(begin + j + kExtensionLength);
    j += kExtensionHeader;
    if (type == kNpn) {
      hello->negotiation |= ProtocolMask(c, begin + j, length, kNpnFlags);
    } else if (type == kAlpn) {
      if (!c.Has(begin + j, 3)) return;
      length = c.U16(begin + j);
      j += 2;
      hello->negotiation |= ProtocolMask(c, begin + j, length, kAlpnFlags);
    } else if (type == kPreSharedKey) {
      hello->session |= tls_session::kServerPsk;
    } else if (type == kSupportedVersions && length > 0) {
      if (!c.Has(begin + j, 2)) return;
      hello->has_version_list = true;
      hello->version_count = 1;
      hello->versions[0] = c.U16(begin + j);
    }
    j += length;
  }
}

// What stands before the lists. Returns the record, as far as it is there.
Cursor ReadHead(ByteReader payload, TlsHello* hello) {
  hello->record_length = kRecordHeader + payload.U16(kRecordLength);
  hello->has_version = payload.Has(kHelloVersion, 2);
  hello->version = payload.U16(kHelloVersion);
  return {payload, static_cast<int64_t>(std::min(payload.size(), hello->record_length))};
}

void ReadClientHello(ByteReader payload, TlsClientHello* hello) {
  const Cursor c = ReadHead(payload, hello);
  int64_t i = kSessionIdLength;
  if (!c.Has(i, 1)) return;
  i += 1 + c.Signed(i);
  if (!c.Has(i, 2)) return;
  i += 2 + c.U16(i);  // cipher suites
  if (!c.Has(i, 1)) return;
  i += 1 + c.Signed(i);  // compression methods
  if (!c.Has(i, 2)) return;
  ReadClientExtensions(c, i + 2, c.U16(i), hello);
}

void ReadServerHello(ByteReader payload, int32_t payload_length, TlsServerHello* hello) {
  const Cursor c = ReadHead(payload, hello);
  if (payload_length <= static_cast<int32_t>(kSessionIdLength)) return;
  if (payload.StartsWith(kHelloRetryRandom, kRandom)) hello->session |= tls_session::kHelloRetry;
  int64_t i = kSessionIdLength;
  if (!c.Has(i, 1)) return;
  i += 1 + c.Signed(i);
  if (!c.Has(i, 3)) return;
  i += 2;  // cipher suite
  if (c.U8(i) == 0) {
    i += 1;  // no compression
  } else {
    if (!c.Has(i, 2)) return;
    i += 2 + c.U16(i);
  }
  if (!c.Has(i, 3)) return;
  ReadServerExtensions(c, i + 2, c.U16(i), hello);
}

}  // namespace

bool IsTlsClientHello(ByteReader payload) { return IsHandshakeRecord(payload, kClientHello); }

bool IsSslV2ClientHello(ByteReader payload, int32_t payload_length) {
  return payload.size() >= kMinTlsSegment && payload.U8(kV2MessageType) == kClientHello &&
         payload.U8(kV2Major) == 3 && payload.U8(kV2Minor) <= 3 &&
         (payload.U16(kV2Length) & kV2LengthMask) == payload_length - kV2LengthBytes;
}

bool IsTlsServerHello(ByteReader payload, int32_t payload_length) {
  return payload_length >= 5 && IsHandshakeRecord(payload, kServerHello);
}

bool IsTlsApplicationData(ByteReader payload) {
  return payload.size() >= kMinTlsSegment && payload.U8(kContentType) == kApplicationData &&
         payload.U8(kMajor) == 3 && payload.U8(kMinor) <= 3;
}

bool IsTlsCertificate(ByteReader payload) {
  return payload.size() >= kMinTlsSegment && payload.U8(kContentType) == kHandshake &&
         payload.U8(kMessageType) == kCertificate;
}

bool HasTlsSessionId(ByteReader payload) { return payload.U8(kSessionIdLength) != 0; }

std::optional<TlsClientHello> TlsClientHello::Parse(ByteReader payload) {
  std::optional<TlsClientHello> hello;
  if (IsTlsClientHello(payload)) ReadClientHello(payload, &hello.emplace());
  return hello;
}

std::optional<TlsServerHello> TlsServerHello::Parse(ByteReader payload, int32_t payload_length) {
  std::optional<TlsServerHello> hello;
  if (IsTlsServerHello(payload, payload_length)) {
    ReadServerHello(payload, payload_length, &hello.emplace());
  }
  return hello;
}

std::optional<TlsCommonName> TlsCommonName::Parse(ByteReader payload) {
  if (payload.size() < kShortestCertificate) return std::nullopt;
  const std::string_view text = payload.Text();
  size_t i = 0;
  while ((i = text.find(kCommonName, i)) < text.size() - kCommonNameText) {
    const int64_t length = payload.U8(i + kCommonNameLength);
    // From 128 on it is taken for a negative number: no name.
    const int64_t taken = length < 0x80 ? std::min<int64_t>(length, kMaxTlsNameLength) : 0;
    const auto at = static_cast<int64_t>(i + kCommonNameText);
    const std::string_view name = CutName(payload, at, taken);
    if (IsAcceptedName(name)) return TlsCommonName{name};
    ++i;
  }
  return std::nullopt;
}

bool IsAcceptedName(std::string_view name) {
  if (!name.empty() && name.back() == '.') name.remove_suffix(1);
  size_t label = 0;
  while (label < name.size() &&
         IsAlphanumeric(static_cast<uint8_t>(name[name.size() - 1 - label]))) {
    ++label;
  }
  if (label < 2 || label > 24) return false;
  name.remove_suffix(label);
  return name.size() >= 2 && name.back() == '.' &&
         IsAlphanumeric(static_cast<uint8_t>(name[name.size() - 2]));
}

}  // namespace tstat::internal
