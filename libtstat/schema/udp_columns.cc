// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of UDP flows: log_udp_complete.
#include <optional>
#include <string>

#include "schema/application_columns.h"
#include "schema/extra_columns.h"
#include "schema/log_schema.h"
#include "schema/mark_columns.h"
#include "schema/readers.h"
#include "schema/row_writer.h"
#include "tstat/application.h"
#include "tstat/codes.h"
#include "tstat/flow.h"
#include "tstat/flow_codes.h"
#include "tstat/handshake_details.h"
#include "tstat/options.h"
#include "tstat/schema.h"
#include "tstat/time.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {
namespace {

using Flow = UdpFlow;

constexpr ColumnExtras kDerived = {.privacy = Privacy::kDerived};
constexpr std::string_view kNoPacket = "no packet";

constexpr Column<UdpFlow> kOfSide[] = {
    {"ip", type::kAddress, "", Format::kAddress, "IP address",
     [](const Flow& f, Direction d) { return AddressOf(f.endpoints.of(d)); },
     Is(Privacy::kAddress)},
    {"port", type::kU16, "", Format::kUint16, "UDP port",
     [](const Flow& f, Direction d) { return f.endpoints.of(d).port; }},
    {"first_abs", type::kTime, "ms", Format::kFixed6, "time of the first packet, since the epoch",
     [](const Flow& f, Direction d) { return IfSet(f.of(d).first); }, Absent(kNoPacket)},
    {"durat", type::kDuration, "s", Format::kFixed6, "from the first to the last packet",
     [](const Flow& f, Direction d) {
       const UdpDirection& side = f.of(d);
       return side.first.is_set() ? std::optional(Between(side.first, side.last)) : std::nullopt;
     },
     Absent(kNoPacket)},
    {"bytes_all", type::kI64, "bytes", Format::kUint64,
     "payload, by the length fields of the UDP headers",
     [](const Flow& f, Direction d) { return f.of(d).data_bytes; }},
    {"pkts_all", type::kU64, "", Format::kInt64, "packets, duplicates excluded",
     [](const Flow& f, Direction d) { return f.of(d).packets; }},
    {"isint", type::kBool, "", Format::kInt32, "1: the address is internal",
     [](const Flow& f, Direction d) { return f.endpoints.of(d).internal; }, kDerived},
    {"iscrypto", type::kBool, "", Format::kInt32, "1: the address is anonymised",
     [](const Flow& f, Direction d) { return f.endpoints.of(d).encrypted; }, kDerived},
    {"type", type::OneOf<uint8_t>(kUdpTypeCodes), "", Format::kInt32,
     "protocol of this side: see codes.md",
     [](const Flow& f, Direction d) { return f.of(d).logged_type; }, kDerived},
};

constexpr ColumnExtras kName = {.absent = "none", .privacy = Privacy::kName, .placeholder = "-"};
constexpr Column<UdpFlow> kDns[] = {
    {"fqdn", type::kText, "", Format::kName, "name that the client resolved before (DN-Hunter)",
     [](const Flow& f, Direction) { return ResolvedName(f.endpoints); }, kName},
};

constexpr Presence kFrom33{&CompatProfile::quic_ietf, true};
constexpr std::string_view kNotQuic = "not QUIC";

template <std::string QuicDetails::*kMember>
constexpr auto QuicName = [](const Flow& f, Direction) {
  return f.quic != nullptr ? IfNotEmpty((*f.quic).*kMember) : std::nullopt;
};
// Of flows with QUIC in both directions.
template <auto kMember>
constexpr auto OfQuic = [](const Flow& f, Direction) {
  return f.quic != nullptr && f.quic->flagged ? std::optional((*f.quic).*kMember) : std::nullopt;
};
template <auto kMember>
constexpr auto QuicModulo256 = [](const Flow& f, Direction) {
  const auto value = OfQuic<kMember>(f, Direction::kClientToServer);
  return static_cast<uint8_t>(value.value_or(0));
};
constexpr Column<UdpFlow> kQuic[] = {
    {"quic_SNI",
     type::kText,
     "",
     Format::kName,
     "server name of the QUIC client's hello",
     QuicName<&QuicDetails::server_name>,
     {.absent = "none", .privacy = Privacy::kName, .presence = kFrom33, .placeholder = "-"}},
    {"quic_UA",
     type::kText,
     "",
     Format::kHidden,
     "user agent of the QUIC client, percent-encoded",
     QuicName<&QuicDetails::user_agent>,
     {.absent = "none", .privacy = Privacy::kContent, .presence = kFrom33, .placeholder = "-"}},
    {"quic_c_vers",
     type::kU32,
     "",
     Format::kHex32,
     "QUIC version of the client",
     OfQuic<&QuicDetails::client_version>,
     {.absent = kNotQuic, .presence = kFrom33, .placeholder = "-"}},
    {"quic_s_vers",
     type::kU32,
     "",
     Format::kHex32,
     "QUIC version of the server",
     OfQuic<&QuicDetails::server_version>,
     {.absent = kNotQuic, .presence = kFrom33, .placeholder = "-"}},
    {"quic_zero_rtt",
     type::kU32,
     "",
     Format::kInt32,
     "0-RTT packets of QUIC, printed modulo 256",
     OfQuic<&QuicDetails::zero_rtt_packets>,
     {.absent = kNotQuic, .presence = kFrom33},
     QuicModulo256<&QuicDetails::zero_rtt_packets>},
    {"quic_ech",
     type::kU16,
     "bytes",
     Format::kInt32,
     "length of the QUIC client's ECH extension, printed modulo 256",
     OfQuic<&QuicDetails::ech_length>,
     {.absent = kNotQuic, .presence = kFrom33},
     QuicModulo256<&QuicDetails::ech_length>},
};
constexpr auto kColumns = Concatenate(ClientThenServer(kOfSide), Once(kDns), Once(kQuic));
static_assert(kColumns.size() == 25);

constexpr Column<UdpFlow> kLifeOfUdpFlow[] = {
    {"flow_no",
     type::kU64,
     "",
     Format::kUint64,
     "number of the UDP flow in the run, from 1, in the order of their first packets",
     [](const Flow& f, Direction) { return f.flow_number; },
     {.presence = kMarksPresence}},
    {"prev",
     type::kU64,
     "",
     Format::kUint64,
     "`flow_no` of the row before with the same addresses and ports, after a silence; 0: none",
     [](const Flow& f, Direction) { return f.predecessor; },
     {.presence = kMarksPresence}},
};
// With CompatProfile::modern_layer7.
template <std::string HandshakeDetails::*kMember>
constexpr auto OfUdpHandshake =
    [](const Flow& f, Direction) { return TextOfHandshake<kMember>(f.handshake.get()); };
constexpr ColumnExtras kOfHello = {.absent = "no hello, or what tells it was not seen",
                                   .privacy = Privacy::kDerived,
                                   .presence = kModernLayer7,
                                   .placeholder = "-"};
constexpr ColumnExtras kOfCall = {.absent = "no call is known",
                                  .privacy = Privacy::kDerived,
                                  .presence = kModernLayer7,
                                  .placeholder = "-"};
template <std::string AnnouncedMedia::*kMember>
constexpr auto OfAnnounced = [](const Flow& f, Direction) {
  return f.announced != nullptr ? IfNotEmpty((*f.announced).*kMember) : std::nullopt;
};
constexpr Column<UdpFlow> kUdpApplication[] = {
    {"app", type::kText, "", Format::kText, "what the flow is, by its payload, port or name",
     [](const Flow& f, Direction) { return Describe(f.application).name; }, kOfApplication},
    {"app_cat", type::kText, "", Format::kText, "category of the application",
     [](const Flow& f, Direction) { return Describe(f.application).category; }, kOfApplication},
    {"app_ev", type::kText, "", Format::kText,
     "how the application is known: signature, announced (by SIP), port, name, none",
     [](const Flow& f, Direction) { return EvidenceName(f.evidence); }, kOfApplication},
    {"sni",
     type::kText,
     "",
     Format::kName,
     "server name of the client's hello of QUIC or DTLS",
     OfUdpHandshake<&HandshakeDetails::server_name>,
     {.absent = "none", .privacy = Privacy::kName, .presence = kModernLayer7, .placeholder = "-"}},
    {"tls_version", type::kText, "", Format::kText,
     "version of TLS or DTLS that the server chose, where it shows, or the highest one offered",
     [](const Flow& f, Direction) {
       return f.handshake != nullptr && f.handshake->version != 0
                  ? std::optional(TlsVersionName(f.handshake->version))
                  : std::nullopt;
     },
     kOfHello},
    {"quic_version",
     type::kU32,
     "",
     Format::kHex32,
     "version of QUIC, by the client's long headers",
     [](const Flow& f, Direction) {
       return f.handshake != nullptr ? IfNotZero(f.handshake->quic_version) : std::nullopt;
     },
     {.absent = kNotQuic, .presence = kModernLayer7, .placeholder = "-"}},
    {"alpn", type::kText, "", Format::kText,
     "protocol that the server of DTLS chose in ALPN, where it is in clear, else those offered",
     [](const Flow& f, Direction) { return ChosenProtocol(f.handshake.get()); }, kOfHello},
    {"alpn_offered", type::kText, "", Format::kText, kOfferedProtocols,
     OfUdpHandshake<&HandshakeDetails::client_alpn>, kOfHello},
    {"ech", type::kBool, "", Format::kInt32,
     "1: the client offers an encrypted ClientHello, or pretends to",
     [](const Flow& f, Direction) { return OffersEncryptedHello(f.handshake.get()); }, kOfHello},
    {"ja4", type::kText, "", Format::kText, "JA4 fingerprint of the ClientHello",
     OfUdpHandshake<&HandshakeDetails::ja4>, kOfHello},
    {"sip_call", type::kText, "", Format::kHidden,
     "Call-ID of the call of SIP that announced the flow's address and port; of a flow of SIP, its "
     "first",
     OfAnnounced<&AnnouncedMedia::call_id>, kOfCall},
    {"sip_media", type::kText, "", Format::kText, "what it was announced for: audio, video, image",
     OfAnnounced<&AnnouncedMedia::kind>, kOfCall},
    {"sip_codecs", type::kText, "", Format::kText,
     "encodings that were announced, in the order of preference, with commas between",
     OfAnnounced<&AnnouncedMedia::codecs>, kOfCall},
};
constexpr auto kModernColumns = Concatenate(Once(kLifeOfUdpFlow), Once(kMarksOfFlow<UdpFlow>),
                                            ClientServerPairs(kMarksOfSide<UdpFlow>),
                                            Once(kUdpApplication), Once(kExtrasOfFlow<UdpFlow>));

}  // namespace
}  // namespace tstat::internal

namespace tstat::inline v1 {

const LogTable<UdpFlow>& UdpCompleteTable() {
  static const internal::LogSchema<UdpFlow> table(
      {.name = "udp_complete",
       .description = "One row for each UDP flow.",
       .level = LevelKind::kUdp,
       .default_level = udp_level::kDefault,
       .enc_hides_names = true},
      {internal::MakeColumnBlock<UdpFlow, internal::kColumns>("core", "Core", 0),
       internal::MakeColumnBlock<UdpFlow, internal::kModernColumns>("modern", "Modern", 0,
                                                                    udp_level::kWithoutModern)});
  return table;
}

}  // namespace tstat::inline v1
