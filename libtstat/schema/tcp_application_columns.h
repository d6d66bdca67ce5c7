// SPDX-License-Identifier: BSD-3-Clause
//
// Columns of TCP flows about their application and handshake. A part of the tables in
// tcp_columns.cc.
#ifndef TSTAT_SCHEMA_TCP_APPLICATION_COLUMNS_H_
#define TSTAT_SCHEMA_TCP_APPLICATION_COLUMNS_H_

#include <optional>
#include <string>
#include <string_view>

#include "schema/application_columns.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {

template <std::string HandshakeDetails::*kMember>
inline constexpr auto OfTcpHandshake =
    [](const TcpFlow& f, Direction) { return TextOfHandshake<kMember>(f.layer7.handshake.get()); };
inline bool HasTls(const TcpFlow& f) {
  return f.layer7.handshake != nullptr && f.layer7.handshake->version != 0;
}

inline constexpr ColumnExtras kOfSoftware = {
    .absent = "none", .privacy = Privacy::kContent, .presence = kModernLayer7, .placeholder = "-"};

inline constexpr ColumnExtras kOfAlert = {
    .absent = "none in clear", .presence = kModernLayer7, .placeholder = "-"};
template <uint8_t HandshakeDetails::*kMember>
inline constexpr auto AlertOf = [](const TcpFlow& f, Direction) -> std::optional<uint8_t> {
  const HandshakeDetails* const details = f.layer7.handshake.get();
  if (details == nullptr || details->*kMember == 0) return std::nullopt;
  return static_cast<uint8_t>(details->*kMember - 1);
};

inline constexpr Column<TcpFlow> kApplicationOfTcpFlow[] = {
    {"app", type::kText, "", Format::kText, "what the flow is, by its payload, port or name",
     [](const TcpFlow& f, Direction) { return Describe(f.layer7.application).name; },
     kOfApplication},
    {"app_cat", type::kText, "", Format::kText, "category of the application",
     [](const TcpFlow& f, Direction) { return Describe(f.layer7.application).category; },
     kOfApplication},
    {"app_ev", type::kText, "", Format::kText,
     "how the application is known: signature, announced (by SIP), port, name, none",
     [](const TcpFlow& f, Direction) { return EvidenceName(f.layer7.evidence); }, kOfApplication},
    {"tls_version", type::kText, "", Format::kText,
     "TLS version that the server chose, or the highest one offered",
     [](const TcpFlow& f, Direction) {
       return HasTls(f) ? std::optional(TlsVersionName(f.layer7.handshake->version)) : std::nullopt;
     },
     kOfSeenHello},
    {"alpn", type::kText, "", Format::kText,
     "protocol that the server chose in ALPN, where it is in clear, else those offered",
     [](const TcpFlow& f, Direction) { return ChosenProtocol(f.layer7.handshake.get()); },
     kOfSeenHello},
    {"alpn_offered", type::kText, "", Format::kText, kOfferedProtocols,
     OfTcpHandshake<&HandshakeDetails::client_alpn>, kOfSeenHello},
    {"ech", type::kBool, "", Format::kInt32,
     "1: the client offers an encrypted ClientHello, or pretends to",
     [](const TcpFlow& f, Direction) { return OffersEncryptedHello(f.layer7.handshake.get()); },
     kOfSeenHello},
    {"tls_resumed", type::kBool, "", Format::kInt32,
     "1: the server went on with an earlier session",
     [](const TcpFlow& f, Direction) {
       return f.layer7.handshake != nullptr && f.layer7.handshake->resumption_known
                  ? std::optional(f.layer7.handshake->resumed)
                  : std::nullopt;
     },
     kOfSeenHello},
    {"tls_c_alert", type::kU8, "", Format::kUint32,
     "first alert of the client in clear (RFC 8446, 6): 40 handshake_failure, 42 bad_certificate, "
     "48 unknown_ca, 70 protocol_version",
     AlertOf<&HandshakeDetails::client_alert>, kOfAlert},
    {"tls_s_alert", type::kU8, "", Format::kUint32, "that of the server",
     AlertOf<&HandshakeDetails::server_alert>, kOfAlert},
    {"ja3", type::kText, "", Format::kText, "JA3 fingerprint of the ClientHello",
     OfTcpHandshake<&HandshakeDetails::ja3>, kOfHandshake},
    {"ja3s", type::kText, "", Format::kText, "JA3S fingerprint of the ServerHello",
     OfTcpHandshake<&HandshakeDetails::ja3s>, kOfHandshake},
    {"ja4", type::kText, "", Format::kText, "JA4 fingerprint of the ClientHello",
     OfTcpHandshake<&HandshakeDetails::ja4>, kOfHandshake},
    {"ssh_client", type::kText, "", Format::kText, "identification of the SSH client",
     OfTcpHandshake<&HandshakeDetails::client_software>, kOfSoftware},
    {"ssh_server", type::kText, "", Format::kText, "identification of the SSH server",
     OfTcpHandshake<&HandshakeDetails::server_software>, kOfSoftware},
    {"hassh", type::kText, "", Format::kText, "HASSH fingerprint of the SSH client",
     OfTcpHandshake<&HandshakeDetails::hassh>, kOfHandshake},
    {"hassh_server", type::kText, "", Format::kText, "HASSH fingerprint of the SSH server",
     OfTcpHandshake<&HandshakeDetails::hassh_server>, kOfHandshake},
};

// Names in the log of flows that are not complete, where no version of Tstat has any.
inline constexpr ColumnExtras kNameOfNocomplete = {
    .absent = "none", .privacy = Privacy::kName, .presence = kModernLayer7, .placeholder = "-"};
template <std::string TcpLayer7::*kMember>
inline constexpr auto NameInLayer7 = [](const TcpFlow& f, Direction) {
  const std::string& name = f.layer7.*kMember;
  return name.empty() ? std::nullopt : std::optional<std::string_view>(name);
};
inline constexpr Column<TcpFlow> kClientNameOfNocomplete[] = {
    {"tls_SNI", type::kText, "", Format::kName, "server name of the TLS ClientHello",
     NameInLayer7<&TcpLayer7::tls_server_name>, kNameOfNocomplete},
};
inline constexpr Column<TcpFlow> kServerNameOfNocomplete[] = {
    {"tls_SCN", type::kText, "", Format::kName, "common name of the server's TLS certificate",
     NameInLayer7<&TcpLayer7::tls_common_name>, kNameOfNocomplete},
};
inline constexpr Column<TcpFlow> kResolvedNameOfNocomplete[] = {
    {"fqdn", type::kText, "", Format::kName, "name that the client resolved before (DN-Hunter)",
     [](const TcpFlow& f, Direction) {
       const DnsResolution* const r = f.endpoints.resolution.get();
       return r == nullptr || r->name.empty() ? std::nullopt
                                              : std::optional<std::string_view>(r->name);
     },
     kNameOfNocomplete},
};

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_TCP_APPLICATION_COLUMNS_H_
