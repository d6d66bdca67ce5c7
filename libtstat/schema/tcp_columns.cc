// SPDX-License-Identifier: BSD-3-Clause
#include "schema/tcp_columns.h"

#include <optional>
#include <string_view>

#include "schema/extra_columns.h"
#include "schema/log_schema.h"
#include "schema/readers.h"
#include "schema/row_writer.h"
#include "schema/tcp_application_columns.h"
#include "schema/tcp_mark_columns.h"
#include "schema/tcp_retransmission_columns.h"
#include "tcp/rtt_mean.h"
#include "tstat/codes.h"
#include "tstat/flow.h"
#include "tstat/flow_codes.h"
#include "tstat/schema.h"
#include "tstat/time.h"

namespace tstat::internal {
namespace {

using Flow = TcpFlow;
using TcpColumn = Column<TcpFlow>;

// Readers: a member of the direction, of its anomaly counts, of the layer-7 findings.
template <auto kMember>
constexpr auto OfDirection = [](const Flow& f, Direction d) { return f.of(d).*kMember; };
// A counter of 8 bits, in the text.
template <auto kMember>
constexpr auto ModuloOfDirection =
    [](const Flow& f, Direction d) { return static_cast<uint8_t>(f.of(d).*kMember); };
// 0 stands for none.
template <auto kMember>
constexpr auto PositiveOfDirection =
    [](const Flow& f, Direction d) { return IfNotZero(f.of(d).*kMember); };
template <auto kMember>
constexpr auto OfAnomalies = [](const Flow& f, Direction d) { return f.of(d).anomalies.*kMember; };
template <auto kMember>
constexpr auto OfEndpoint = [](const Flow& f, Direction d) { return f.endpoints.of(d).*kMember; };
template <auto kMember>
constexpr auto OfLayer7 = [](const Flow& f, Direction) { return f.layer7.*kMember; };
template <auto kMember>
constexpr auto NameOfLayer7 =
    [](const Flow& f, Direction) { return IfNotEmpty(f.layer7.*kMember); };
// Since the first segment of the flow.
template <auto kMember>
constexpr auto SinceStart =
    [](const Flow& f, Direction d) { return BetweenIfSet(f.first, f.of(d).*kMember); };
// Of directions that sent something.
template <auto kMember>
constexpr auto Ttl = [](const Flow& f, Direction d) {
  return f.of(d).packets > 0 ? std::optional(f.of(d).*kMember) : std::nullopt;
};
// Round-trip times that a direction has from its `kFrom`th sample on.
template <double (*kMicroseconds)(const RttStatistics&), uint32_t kFrom>
constexpr auto Rtt = [](const Flow& f, Direction d) {
  const RttStatistics& rtt = f.of(d).rtt;
  return rtt.count >= kFrom ? DurationOfUs(kMicroseconds(rtt)) : std::nullopt;
};
template <double (*kMicroseconds)(const RttStatistics&)>
constexpr auto RttText =
    [](const Flow& f, Direction d) { return kMicroseconds(f.of(d).rtt) / 1000.0; };
double Mean(const RttStatistics& rtt) { return rtt.mean_us(); }
double TextMean(const RttStatistics& rtt) { return ShownMean(rtt); }
double Deviation(const RttStatistics& rtt) { return rtt.deviation_us(); }
constexpr double Smallest(const RttStatistics& rtt) { return rtt.min_us; }
constexpr double Largest(const RttStatistics& rtt) { return rtt.max_us; }

constexpr bool Has(const Flow& flow, uint32_t type) {
  return (flow.layer7.connection_type & type) != 0;
}

// DN-Hunter's columns exist only for flows with a name.
template <auto kMember>
constexpr auto OfResolution = [](const Flow& f, Direction) {
  const DnsResolution* const resolution = f.endpoints.resolution.get();
  return resolution != nullptr ? std::optional(resolution->*kMember) : std::nullopt;
};
std::optional<AddressView> Resolver(const Flow& flow, bool encrypted) {
  const DnsResolution* const resolution = flow.endpoints.resolution.get();
  if (resolution == nullptr) return std::nullopt;
  return AddressView{&resolution->resolver, encrypted && resolution->resolver_encrypted};
}

std::optional<uint16_t> ResponseCode(const Flow& flow) {
  const std::string_view digits = flow.layer7.http_response_code.data();
  if (!Has(flow, connection_type::kHttp) || digits.empty()) return std::nullopt;
  uint16_t code = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    code = static_cast<uint16_t>(10 * code + (digit - '0'));
  }
  return code;
}

constexpr Presence kFrom33{&CompatProfile::tls_version_columns, true};
constexpr Presence kUntil33{&CompatProfile::tls_version_columns, false};
constexpr ColumnExtras kDerived = {.privacy = Privacy::kDerived};
constexpr std::string_view kNoName = "no name known", kNoPayload = "no payload";

constexpr TcpColumn kCoreOfSide[] = {
    {"ip", type::kAddress, "", Format::kAddress, "IP address",
     [](const Flow& f, Direction d) { return AddressOf(f.endpoints.of(d)); },
     Is(Privacy::kAddress)},
    {"port", type::kU16, "", Format::kUint16, "TCP port", OfEndpoint<&Endpoint::port>},
    {"pkts_all", type::kU64, "", Format::kUint64, "segments sent, SYN, FIN and RST included",
     OfDirection<&TcpDirection::packets>},
    {"rst_cnt", type::kU8, "", Format::kUint32,
     "segments with RST (0 or 1, since the first one ends the flow; with --compat none 255 at "
     "most)",
     OfDirection<&TcpDirection::rst_count>},
    {"ack_cnt", type::kU64, "", Format::kUint64, "segments with ACK",
     OfDirection<&TcpDirection::ack_packets>},
    {"ack_cnt_p", type::kU64, "", Format::kUint64, "pure ACKs: no payload, no SYN, FIN or RST",
     OfDirection<&TcpDirection::pure_ack_packets>},
    {"bytes_uniq", type::kU64, "bytes", Format::kUint64, "payload without retransmissions",
     OfDirection<&TcpDirection::unique_bytes>},
    {"pkts_data", type::kU64, "", Format::kUint64, "segments with payload",
     OfDirection<&TcpDirection::data_packets>},
    {"bytes_all", type::kU64, "bytes", Format::kUint64, "payload, retransmissions included",
     OfDirection<&TcpDirection::data_bytes>},
    {"pkts_retx", type::kU32, "", Format::kUint32,
     "segments that repeat something (also SYN and FIN)",
     OfDirection<&TcpDirection::retransmitted_packets>},
    {"bytes_retx", type::kU32, "bytes", Format::kUint32,
     "retransmitted bytes; SYN and FIN count 1 each (not in 3.3)",
     OfDirection<&TcpDirection::retransmitted_bytes>},
    {"pkts_ooo", type::kU32, "", Format::kUint32,
     "segments that fill a hole below bytes seen before: lost or reordered on the way to the probe",
     OfDirection<&TcpDirection::out_of_order_packets>},
    {"syn_cnt",
     type::kU32,
     "",
     Format::kInt32,
     "segments with SYN (in the text modulo 256)",
     OfDirection<&TcpDirection::syn_count>,
     {},
     ModuloOfDirection<&TcpDirection::syn_count>},
    {"fin_cnt",
     type::kU32,
     "",
     Format::kInt32,
     "segments with FIN (in the text modulo 256)",
     OfDirection<&TcpDirection::fin_count>,
     {},
     ModuloOfDirection<&TcpDirection::fin_count>},
};

constexpr TcpColumn kCoreTimes[] = {
    {"first", type::kTime, "ms", Format::kFixed6, "time of the first segment, since the epoch",
     [](const Flow& f, Direction) { return f.first; }},
    {"last", type::kTime, "ms", Format::kFixed6, "time of the last segment, since the epoch",
     [](const Flow& f, Direction) { return f.last; }},
    {"durat", type::kDuration, "ms", Format::kFixed6, "from the first to the last segment",
     [](const Flow& f, Direction) { return Between(f.first, f.last); }},
};
constexpr TcpColumn kCoreSideTimes[] = {
    {"first", type::kDuration, "ms", Format::kFixed6,
     "first payload, since the flow's first segment", SinceStart<&TcpDirection::first_payload>,
     Absent(kNoPayload)},
    {"last", type::kDuration, "ms", Format::kFixed6, "last payload, since the flow's first segment",
     SinceStart<&TcpDirection::last_payload>, Absent(kNoPayload)},
    {"first_ack", type::kDuration, "ms", Format::kFixed6,
     "first segment with ACK, without SYN and RST, since the flow's first segment",
     SinceStart<&TcpDirection::first_ack>, Absent("no such segment")},
    {"isint", type::kBool, "", Format::kInt32, "1: the address is internal",
     OfEndpoint<&Endpoint::internal>, kDerived},
    {"iscrypto", type::kBool, "", Format::kInt32, "1: the address is anonymised",
     OfEndpoint<&Endpoint::encrypted>, kDerived},
};
constexpr TcpColumn kCoreTypes[] = {
    {"con_t", type::SetOf<uint32_t>(kConnectionTypeCodes), "", Format::kInt32,
     "connection type, a sum: see codes.md", OfLayer7<&TcpLayer7::connection_type>, kDerived},
    {"p2p_t", type::OneOf<uint16_t>(kP2pProtocolCodes), "", Format::kInt32,
     "P2P protocol: see codes.md; 0: none",
     [](const Flow& f, Direction) { return static_cast<uint16_t>(f.layer7.p2p_code / 100); },
     kDerived},
    {"http_t", type::OneOf<uint16_t>(kHttpContentCodes), "", Format::kInt32,
     "HTTP content: see codes.md; 0: not HTTP",
     [](const Flow& f, Direction) {
       const int type = Has(f, connection_type::kHttp) ? f.layer7.http_content + 1 : 0;
       return static_cast<uint16_t>(type);
     },
     kDerived},
};
constexpr auto kCore = Concatenate(ClientThenServer(kCoreOfSide), Once(kCoreTimes),
                                   ClientServerPairs(kCoreSideTimes), Once(kCoreTypes));
static_assert(kCore.size() == kTcpCoreSize);

constexpr ColumnExtras kNoSample = {.absent = "no sample"};
constexpr TcpColumn kEndToEndOfSide[] = {
    {"rtt_avg", type::kDuration, "ms", Format::kFixed6,
     "mean round-trip time from the probe to the receiver of this side's data and back",
     Rtt<Mean, 1>, kNoSample, RttText<TextMean>},
    {"rtt_min", type::kDuration, "ms", Format::kFixed6, "smallest round-trip time",
     Rtt<Smallest, 1>, kNoSample, RttText<Smallest>},
    {"rtt_max", type::kDuration, "ms", Format::kFixed6, "largest round-trip time", Rtt<Largest, 1>,
     kNoSample, RttText<Largest>},
    {"rtt_std", type::kDuration, "ms", Format::kFixed6, "standard deviation of the round-trip time",
     Rtt<Deviation, 3>, Absent("two samples or fewer"), RttText<Deviation>},
    {"rtt_cnt", type::kU32, "", Format::kUint32, "valid round-trip time samples",
     [](const Flow& f, Direction d) { return f.of(d).rtt.count; }},
    {"ttl_min", type::kU8, "", Format::kUint32, "smallest time to live",
     Ttl<&TcpDirection::ttl_min>, Absent("no segment"), OfDirection<&TcpDirection::ttl_min>},
    {"ttl_max", type::kU8, "", Format::kUint32, "largest time to live", Ttl<&TcpDirection::ttl_max>,
     Absent("no segment"), OfDirection<&TcpDirection::ttl_max>},
};
constexpr auto kEndToEnd = ClientThenServer(kEndToEndOfSide);
static_assert(kEndToEnd.size() == kTcpEndToEndSize);

constexpr auto kP2p = Once<TcpFlow>({
    {"p2p_st", type::Unsigned<uint16_t>{&kP2pSubtypeCodes}, "", Format::kInt32,
     "P2P subtype: kind of the last P2P message, see codes.md",
     [](const Flow& f, Direction) { return static_cast<uint16_t>(f.layer7.p2p_code % 100); },
     kDerived},
    {"ed2k_data", type::kU32, "", Format::kInt32, "eDonkey data messages",
     OfLayer7<&TcpLayer7::ed2k_data>},
    {"ed2k_sig", type::kU32, "", Format::kInt32, "eDonkey signalling messages",
     OfLayer7<&TcpLayer7::ed2k_signalling>},
    {"ed2k_c2s", type::kU32, "", Format::kInt32, "eDonkey messages between client and server",
     OfLayer7<&TcpLayer7::ed2k_client_server>},
    {"ed2k_c2c", type::kU32, "", Format::kInt32, "eDonkey messages between clients",
     OfLayer7<&TcpLayer7::ed2k_client_client>},
    {"ed2k_chat", type::kU32, "", Format::kInt32, "eDonkey chat messages",
     OfLayer7<&TcpLayer7::ed2k_chat>},
});
static_assert(kP2p.size() == kTcpP2pSize);

constexpr TcpColumn kOptionsOfSide[] = {
    {"f1323_opt", type::kBool, "", Format::kInt32, "1: window scale option sent (RFC 7323)",
     OfDirection<&TcpDirection::window_scale_sent>},
    {"tm_opt", type::kBool, "", Format::kInt32, "1: timestamp option sent",
     OfDirection<&TcpDirection::timestamp_sent>},
    {"win_scl", type::kU8, "", Format::kInt32, "window scale",
     [](const Flow& f, Direction d) {
       const bool both = f.client.window_scale_sent && f.server.window_scale_sent;
       return both ? std::optional(f.of(d).window_scale) : std::nullopt;
     },
     Absent("not sent by both sides"), OfDirection<&TcpDirection::window_scale>},
    {"sack_opt", type::kBool, "", Format::kInt32, "1: SACK permitted sent",
     OfDirection<&TcpDirection::sack_permitted>},
    {"sack_cnt", type::kU32, "", Format::kInt32, "segments with SACK blocks",
     OfDirection<&TcpDirection::sack_segments>},
    {"mss", type::kU16, "bytes", Format::kInt32,
     "maximum segment size option; printed as a negative number above 32767",
     PositiveOfDirection<&TcpDirection::mss>, AbsentAtZero("no such option"),
     [](const Flow& f, Direction d) { return static_cast<int16_t>(f.of(d).mss); }},
    {"mss_max", type::kU32, "bytes", Format::kUint32, "largest payload of a segment",
     PositiveOfDirection<&TcpDirection::payload_max>, AbsentAtZero(kNoPayload)},
    {"mss_min", type::kU32, "bytes", Format::kUint32, "smallest payload above 0",
     PositiveOfDirection<&TcpDirection::payload_min>, AbsentAtZero(kNoPayload)},
    {"win_max", type::kU32, "bytes", Format::kUint32,
     "largest window announced, scaled except in the SYN", OfDirection<&TcpDirection::window_max>},
    {"win_min", type::kU32, "bytes", Format::kUint32, "smallest window above 0",
     PositiveOfDirection<&TcpDirection::window_min>, AbsentAtZero("no window above 0")},
    {"win_0", type::kU32, "", Format::kInt32, "segments that announced a window of 0",
     OfDirection<&TcpDirection::zero_windows>},
    {"cwin_max", type::kU32, "bytes", Format::kUint64, "largest amount in flight",
     PositiveOfDirection<&TcpDirection::in_flight_max>, AbsentAtZero("nothing in flight")},
    {"cwin_min", type::kU32, "bytes", Format::kUint64, "smallest amount in flight above 0",
     PositiveOfDirection<&TcpDirection::in_flight_min>, AbsentAtZero("nothing in flight")},
    {"cwin_ini", type::kU32, "bytes", Format::kUint32,
     "payload sent before the first acknowledgement",
     OfDirection<&TcpDirection::initial_window_bytes>},
    {"pkts_rto", type::kU32, "", Format::kUint32, "retransmissions after a time-out",
     OfAnomalies<&AnomalyCounts::rto>},
    {"pkts_fs", type::kU32, "", Format::kUint32, "fast retransmissions",
     OfAnomalies<&AnomalyCounts::fast_retransmit>},
    {"pkts_reor", type::kU32, "", Format::kUint32, "segments reordered by the network",
     OfAnomalies<&AnomalyCounts::reordering>},
    {"pkts_dup", type::kU32, "", Format::kUint32, "segments duplicated by the network",
     OfAnomalies<&AnomalyCounts::network_duplicate>},
    {"pkts_unk", type::kU32, "", Format::kUint32, "anomalous segments of unknown cause",
     OfAnomalies<&AnomalyCounts::unknown>},
    {"pkts_fc", type::kU32, "", Format::kUint32, "window probes",
     OfAnomalies<&AnomalyCounts::flow_control>},
    {"pkts_unrto", type::kU32, "", Format::kUint32, "unnecessary retransmissions after a time-out",
     OfAnomalies<&AnomalyCounts::unnecessary_rto>},
    {"pkts_unfs", type::kU32, "", Format::kUint32, "unnecessary fast retransmissions",
     OfAnomalies<&AnomalyCounts::unnecessary_fast>},
    {"syn_retx", type::kBool, "", Format::kInt32,
     "1: SYN repeated with another initial number, or FIN at another position",
     OfDirection<&TcpDirection::inconsistent_syn_or_fin>},
};
constexpr auto kOptions = ClientThenServer(kOptionsOfSide);
static_assert(kOptions.size() == kTcpOptionsSize);

constexpr TcpColumn kLayer7Http[] = {
    {"http_req_cnt", type::kU32, "", Format::kInt32, "HTTP requests",
     OfLayer7<&TcpLayer7::http_requests>},
    {"http_res_cnt", type::kU32, "", Format::kInt32, "HTTP responses",
     OfLayer7<&TcpLayer7::http_responses>},
    {"http_res", type::kU16, "", Format::kText,
     "code of the first HTTP response; printed as 000: none, ---: not HTTP",
     [](const Flow& f, Direction) { return ResponseCode(f); }, Absent("no HTTP response", "---"),
     [](const Flow& f, Direction) -> std::optional<std::string_view> {
       if (!Has(f, connection_type::kHttp)) return std::nullopt;
       const std::string_view digits = f.layer7.http_response_code.data();
       return digits.empty() ? "000" : digits;
     }},
};
constexpr TcpColumn kLayer7Messages[] = {
    {"pkts_push", type::kU32, "", Format::kInt32, "messages: payload that ends with PSH or FIN",
     OfDirection<&TcpDirection::messages>},
};
constexpr ColumnExtras kName = {.absent = "none", .privacy = Privacy::kName, .placeholder = "-"};
constexpr TcpColumn kLayer7TlsClientName[] = {
    {"tls_SNI", type::kText, "", Format::kName, "server name of the TLS ClientHello",
     NameOfLayer7<&TcpLayer7::tls_server_name>, kName},
};
constexpr TcpColumn kLayer7TlsServerName[] = {
    {"tls_SCN", type::kText, "", Format::kName, "common name of the server's TLS certificate",
     NameOfLayer7<&TcpLayer7::tls_common_name>, kName},
};
constexpr TcpColumn kLayer7Negotiation[] = {
    {"npnalpn", type::SetOf<uint16_t>(kTlsNegotiationCodes), "", Format::kInt32,
     "protocols in the TLS negotiation, a sum: see codes.md",
     OfDirection<&TcpDirection::protocol_negotiation>},
};
constexpr TcpColumn kLayer7TlsSession[] = {
    TcpColumn::TextOnly("c_tls_sesid", "", Format::kInt32,
                        "1: the TLS ClientHello has a session identifier",
                        OfLayer7<&TcpLayer7::tls_session>, {.text_presence = kUntil33}),
    {"tls_session_stat",
     type::SetOf<uint8_t>(kTlsSessionCodes),
     "",
     Format::kInt32,
     "TLS resumption, a sum: see codes.md",
     OfLayer7<&TcpLayer7::tls_session>,
     {.text_presence = kFrom33}},
};
constexpr TcpColumn kLayer7TlsTimes[] = {
    {"last_handshakeT", type::kDuration, "ms", Format::kFixed6,
     "last segment before TLS application data, since the flow's first segment",
     [](const Flow& f, Direction d) {
       return Has(f, connection_type::kTls) ? BetweenIfSet(f.first, f.of(d).last_handshake)
                                            : std::nullopt;
     },
     Absent("not TLS")},
    {"appdataT", type::kDuration, "ms", Format::kFixed6,
     "first TLS application data, since the flow's first segment",
     SinceStart<&TcpDirection::first_app_data>, Absent("none")},
    {"appdataB", type::kU32, "bytes", Format::kUint64,
     "relative sequence number of the first TLS application data",
     [](const Flow& f, Direction d) {
       const TcpDirection& side = f.of(d);
       return side.first_app_data.is_set() ? std::optional(side.first_app_data_byte) : std::nullopt;
     },
     Absent("none"), OfDirection<&TcpDirection::first_app_data_byte>},
};
constexpr std::string_view kResolverText = "address of the DNS server";
constexpr TcpColumn kLayer7Dns[] = {
    {"fqdn", type::kText, "", Format::kName, "name that the client resolved before (DN-Hunter)",
     [](const Flow& f, Direction) { return ResolvedName(f.endpoints); }, kName},
    {"dns_rslv",
     type::kAddress,
     "",
     Format::kAddress,
     kResolverText,
     [](const Flow& f, Direction) { return Resolver(f, true); },
     {.absent = kNoName,
      .privacy = Privacy::kAddress,
      .placeholder = "-",
      .text_presence = kUntil33},
     [](const Flow& f, Direction) { return Resolver(f, false); }},
    TcpColumn::TextOnly(
        "dns_rslv", "", Format::kAddress,
        "address of the DNS server, anonymised if it is in a network to anonymise",
        [](const Flow& f, Direction) { return Resolver(f, true); },
        {.privacy = Privacy::kAddress, .placeholder = "-", .text_presence = kFrom33}),
    {"req_tm", type::kTime, "ms", Format::kFixed6, "time of the DNS request, since the epoch",
     OfResolution<&DnsResolution::request_time>, Absent(kNoName, "0.0")},
    {"res_tm", type::kTime, "ms", Format::kFixed6, "time of the DNS response, since the epoch",
     OfResolution<&DnsResolution::response_time>, Absent(kNoName, "0.0")},
    {"http_hostname",
     type::kText,
     "",
     Format::kHidden,
     "first Host header",
     NameOfLayer7<&TcpLayer7::http_hostname>,
     {.absent = "none", .privacy = Privacy::kName, .presence = kFrom33, .placeholder = "-"}},
};
constexpr TcpColumn kLayer7TlsVersions[] = {
    {"TLSvers",
     type::kText,
     "",
     Format::kText,
     "TLS versions offered by the client, chosen by the server",
     [](const Flow& f, Direction d) { return IfNotEmpty(f.of(d).tls_versions); },
     {.absent = "none", .presence = kFrom33, .placeholder = "-"}},
};
constexpr TcpColumn kLayer7DnsPrivacy[] = {
    {"dns_enc",
     type::kBool,
     "",
     Format::kInt32,
     "1: the DNS server's address is anonymised",
     OfResolution<&DnsResolution::resolver_encrypted>,
     {.absent = kNoName, .privacy = Privacy::kDerived, .text_presence = kFrom33}},
};
constexpr auto kLayer7 =
    Concatenate(Once(kLayer7Http), ClientServerPairs(kLayer7Messages),
                OfSide(kLayer7TlsClientName, Side::kClient),
                OfSide(kLayer7TlsServerName, Side::kServer), ClientServerPairs(kLayer7Negotiation),
                Once(kLayer7TlsSession), ClientServerPairs(kLayer7TlsTimes), Once(kLayer7Dns),
                ClientServerPairs(kLayer7TlsVersions), Once(kLayer7DnsPrivacy));
static_assert(kLayer7.size() == kTcpLayer7Size);

constexpr auto kModernColumns =
    Concatenate(Once(kLifeOfTcpFlow), Once(kMarksOfFlow<TcpFlow>), Once(kHandshakeMarksOfTcp),
                ClientServerPairs(kMarksOfSide<TcpFlow>), ClientThenServer(kRetransmissionsOfSide),
                Once(kApplicationOfTcpFlow), Once(kExtrasOfFlow<TcpFlow>));

constexpr auto kModernNames =
    Concatenate(OfSide(kClientNameOfNocomplete, Side::kClient),
                OfSide(kServerNameOfNocomplete, Side::kServer), Once(kResolvedNameOfNocomplete));

// Level 16 exists, but the default build of Tstat has no column in it: the place of those that
// Tstat does not have.
constexpr auto kAdvanced = ClientThenServer(TableOf<TcpFlow>());

}  // namespace

constexpr ColumnBlock<TcpFlow> kTcpCoreBlock = MakeColumnBlock<TcpFlow, kCore>("core", "Core", 0);
constexpr ColumnBlock<TcpFlow> kTcpEndToEndBlock =
    MakeColumnBlock<TcpFlow, kEndToEnd>("end_to_end", "End to end", tcp_level::kEndToEnd);
constexpr ColumnBlock<TcpFlow> kTcpP2pBlock =
    MakeColumnBlock<TcpFlow, kP2p>("p2p", "Peer to peer", tcp_level::kP2p);
constexpr ColumnBlock<TcpFlow> kTcpOptionsBlock =
    MakeColumnBlock<TcpFlow, kOptions>("options", "TCP options and anomalies", tcp_level::kOptions);
constexpr ColumnBlock<TcpFlow> kTcpModernBlock =
    MakeColumnBlock<TcpFlow, kModernColumns>("modern", "Modern", 0, tcp_level::kWithoutModern);
constexpr ColumnBlock<TcpFlow> kTcpModernNamesBlock = MakeColumnBlock<TcpFlow, kModernNames>(
    "modern_names", "Modern names", 0, tcp_level::kWithoutModern);
constexpr ColumnBlock<TcpFlow> kTcpLayer7Block =
    MakeColumnBlock<TcpFlow, kLayer7>("layer7", "Layer 7", tcp_level::kLayer7);

}  // namespace tstat::internal

namespace tstat::inline v1 {

using internal::LogSchema;

const LogTable<TcpFlow>& TcpCompleteTable() {
  static const LogSchema<TcpFlow> table(
      {.name = "tcp_complete",
       .description =
           "One row for each complete TCP flow: closed by the FINs of both sides, or with a "
           "SYN of both sides by a reset or by the idle time.",
       .level = LevelKind::kTcp,
       .default_level = tcp_level::kDefault,
       .enc_hides_names = true},
      {internal::kTcpCoreBlock, internal::kTcpEndToEndBlock, internal::kTcpP2pBlock,
       internal::kTcpOptionsBlock, internal::kTcpLayer7Block,
       internal::MakeColumnBlock<TcpFlow, internal::kAdvanced>("advanced", "Advanced",
                                                               tcp_level::kAdvanced),
       internal::kTcpModernBlock});
  return table;
}

const LogTable<TcpFlow>& TcpNocompleteTable() {
  static const LogSchema<TcpFlow> table(
      {.name = "tcp_nocomplete",
       .description =
           "One row for each TCP flow that is not complete: no answer, client data before "
           "any SYN of the server, or still open at the end of the trace.",
       .level = LevelKind::kTcp,
       .default_level = tcp_level::kDefault,
       .enc_hides_names = true},
      {internal::kTcpCoreBlock, internal::kTcpModernBlock, internal::kTcpModernNamesBlock});
  return table;
}

}  // namespace tstat::inline v1
