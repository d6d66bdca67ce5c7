// SPDX-License-Identifier: BSD-3-Clause
//
// TLS hellos, certificates and names, from one segment's payload (RFC 8446, RFC 5246).
// Total functions over hostile bytes: what runs past the data ends the parse, and what was found
// before it stays.
//
//   if (const auto hello = TlsClientHello::Parse(payload)) Use(hello->server_name);
#ifndef TSTAT_L7_TLS_TLS_H_
#define TSTAT_L7_TLS_TLS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "decode/byte_reader.h"

namespace tstat::internal {

// Names are cut to this length before they are judged.
inline constexpr size_t kMaxTlsNameLength = 79;

// Shorter segments are not looked at.
inline constexpr size_t kMinTlsSegment = 7;

// What a segment begins with. All want at least kMinTlsSegment captured bytes. `payload_length`: by
// the headers.
bool IsTlsClientHello(ByteReader payload);
bool IsSslV2ClientHello(ByteReader payload, int32_t payload_length);
bool IsTlsServerHello(ByteReader payload, int32_t payload_length);
bool IsTlsApplicationData(ByteReader payload);
bool IsTlsCertificate(ByteReader payload);

// Whether a client hello asks for a session to be resumed. Of SSL version 2, a byte without meaning
// (a quirk).
bool HasTlsSessionId(ByteReader payload);

// What hellos of both ends say.
struct TlsHello {
  size_t record_length = 0;  // bytes that the record claims to take, with its header
  uint8_t negotiation = 0;   // tls_negotiation bits
  // [3.3]
  uint8_t session = 0;  // tls_session bits of extensions and of a hello retry request
  bool has_version = false;
  uint16_t version = 0;           // of the hello itself
  bool has_version_list = false;  // supported_versions was there
  uint8_t version_count = 0;      // may be 0
  std::array<uint16_t, 15> versions{};
};

struct TlsClientHello : TlsHello {
  std::string_view server_name;  // accepted name, in the payload; empty: none

  static std::optional<TlsClientHello> Parse(ByteReader payload);
};

struct TlsServerHello : TlsHello {
  static std::optional<TlsServerHello> Parse(ByteReader payload, int32_t payload_length);
};

// The first plausible common name among the certificates of a segment.
struct TlsCommonName {
  std::string_view text;  // in the payload

  static std::optional<TlsCommonName> Parse(ByteReader payload);
};

// Equivalent of the regular expression [A-Za-z0-9]+\.[A-Za-z0-9]{2,24}\.?$.
bool IsAcceptedName(std::string_view name);

// tls_service::k* of a server name; `order_3_3`: with Instagram first, in the order of Tstat 3.3.
uint8_t TlsService(std::string_view server_name, bool order_3_3);

}  // namespace tstat::internal

#endif  // TSTAT_L7_TLS_TLS_H_
