// SPDX-License-Identifier: BSD-3-Clause
//
// Columns of what layer 7 finds in streams and handshakes (CompatProfile::modern_layer7). A part of
// the tables of flows.
#ifndef TSTAT_SCHEMA_APPLICATION_COLUMNS_H_
#define TSTAT_SCHEMA_APPLICATION_COLUMNS_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "schema/column.h"
#include "schema/readers.h"
#include "tstat/application.h"
#include "tstat/handshake_details.h"
#include "tstat/options.h"
#include "tstat/schema.h"

namespace tstat::internal {

inline constexpr Presence kModernLayer7{&CompatProfile::modern_layer7, true};
inline constexpr ColumnExtras kOfApplication = {.privacy = Privacy::kDerived,
                                                .presence = kModernLayer7};
inline constexpr ColumnExtras kOfHandshake = {
    .absent = "none", .privacy = Privacy::kDerived, .presence = kModernLayer7, .placeholder = "-"};
// Of what the part of a hello tells that may not have been seen.
inline constexpr ColumnExtras kOfSeenHello = {.absent = "none, or what tells it was not seen",
                                              .privacy = Privacy::kDerived,
                                              .presence = kModernLayer7,
                                              .placeholder = "-"};

// "1.3", "DTLS1.2".
constexpr std::string_view TlsVersionName(uint16_t version) {
  switch (version) {
    case 0x0002:
      return "SSL2";
    case 0x0300:
      return "SSL3";
    case 0x0301:
      return "1.0";
    case 0x0302:
      return "1.1";
    case 0x0303:
      return "1.2";
    case 0x0304:
      return "1.3";
    case 0xFEFF:
      return "DTLS1.0";
    case 0xFEFD:
      return "DTLS1.2";
    case 0xFEFC:
      return "DTLS1.3";
    default:
      return version >> 8 == 0x7F ? "1.3" : "unknown";  // 7Fxx: drafts of 1.3
  }
}

template <std::string HandshakeDetails::*kMember>
std::optional<std::string_view> TextOfHandshake(const HandshakeDetails* details) {
  if (details == nullptr || (details->*kMember).empty()) return std::nullopt;
  return details->*kMember;
}

inline std::optional<std::string_view> ChosenProtocol(const HandshakeDetails* details) {
  return details != nullptr ? IfNotEmpty(AgreedProtocol(*details)) : std::nullopt;
}
inline constexpr std::string_view kOfferedProtocols =
    "protocols that the client offers in ALPN, in its order, with commas between; one that is no "
    "printable text as `0x` and hexadecimal digits; `[*]` at the end: there are more";

// Whether ECH was offered, where that is known.
inline std::optional<bool> OffersEncryptedHello(const HandshakeDetails* details) {
  if (details == nullptr || (!details->encrypted_hello && !details->hello_whole)) {
    return std::nullopt;
  }
  return details->encrypted_hello;
}

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_APPLICATION_COLUMNS_H_
