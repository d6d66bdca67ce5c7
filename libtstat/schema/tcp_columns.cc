// SPDX-License-Identifier: BSD-3-Clause
#include "schema/tcp_columns.h"

#include "schema/row_writer.h"
#include "schema/value.h"
#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::internal {
namespace {

using Flow = TcpFlow;
using TcpColumn = Column<TcpFlow>;

// Readers: a member of the direction, of its anomaly counts, of the layer-7 findings.
template <auto kMember>
constexpr Value OfDirection(const Flow& flow, Direction direction) {
  return Value::Number(flow.of(direction).*kMember);
}
template <auto kMember>
constexpr Value OfAnomalies(const Flow& flow, Direction direction) {
  return Value::Number(flow.of(direction).anomalies.*kMember);
}
template <auto kMember>
constexpr Value OfEndpoint(const Flow& flow, Direction direction) {
  return Value::Number(flow.endpoints.of(direction).*kMember);
}
template <auto kMember>
constexpr Value OfLayer7(const Flow& flow, Direction) {
  return Value::Number(flow.layer7.*kMember);
}
template <auto kMember>
constexpr Value NameOfLayer7(const Flow& flow, Direction) {
  return Value::TextOr(flow.layer7.*kMember, "-");
}

// Milliseconds from the first segment of the flow; 0 when it never happened.
constexpr double SinceStart(const Flow& flow, Timestamp time) {
  return time.is_set() ? ElapsedMicroseconds(flow.first, time) / 1000.0 : 0.0;
}
template <auto kMember>
constexpr Value MsSinceStart(const Flow& flow, Direction direction) {
  return Value::Number(SinceStart(flow, flow.of(direction).*kMember));
}

constexpr bool Has(const Flow& flow, uint32_t type) {
  return (flow.layer7.connection_type & type) != 0;
}

// DN-Hunter's columns exist only for flows with a name.
template <Timestamp DnsResolution::*kMember>
constexpr Value DnsTime(const Flow& flow, Direction) {
  const DnsResolution* const resolution = flow.endpoints.resolution.get();
  if (resolution == nullptr) return Value::None("0.0");
  return Value::Number((resolution->*kMember).milliseconds());
}

constexpr Presence kFrom33{&CompatProfile::tls_version_columns, true};
constexpr Presence kUntil33{&CompatProfile::tls_version_columns, false};

constexpr TcpColumn kCoreOfSide[] = {
    {"ip", "", Format::kAddress, "IP address",
     [](const Flow& f, Direction d) { return Value::Address(f.endpoints.of(d)); }},
    {"port", "", Format::kUint16, "TCP port", OfEndpoint<&Endpoint::port>},
    {"pkts_all", "", Format::kUint64, "segments sent, SYN, FIN and RST included",
     OfDirection<&TcpDirection::packets>},
    {"rst_cnt", "", Format::kUint32, "segments with RST (0 or 1: the first one ends the flow)",
     OfDirection<&TcpDirection::rst_count>},
    {"ack_cnt", "", Format::kUint64, "segments with ACK", OfDirection<&TcpDirection::ack_packets>},
    {"ack_cnt_p", "", Format::kUint64, "pure ACKs: no payload, no SYN, FIN or RST",
     OfDirection<&TcpDirection::pure_ack_packets>},
    {"bytes_uniq", "bytes", Format::kUint64, "payload without retransmissions",
     OfDirection<&TcpDirection::unique_bytes>},
    {"pkts_data", "", Format::kUint64, "segments with payload",
     OfDirection<&TcpDirection::data_packets>},
    {"bytes_all", "bytes", Format::kUint64, "payload, retransmissions included",
     OfDirection<&TcpDirection::data_bytes>},
    {"pkts_retx", "", Format::kUint32, "segments that repeat something (also SYN and FIN)",
     OfDirection<&TcpDirection::retransmitted_packets>},
    {"bytes_retx", "bytes", Format::kUint32,
     "retransmitted bytes; SYN and FIN count 1 each (not in 3.3)",
     OfDirection<&TcpDirection::retransmitted_bytes>},
    {"pkts_ooo", "", Format::kUint32,
     "segments that fill a hole below bytes seen before: lost or reordered on the way to the probe",
     OfDirection<&TcpDirection::out_of_order_packets>},
    {"syn_cnt", "", Format::kInt32, "segments with SYN, modulo 256",
     OfDirection<&TcpDirection::syn_count>},
    {"fin_cnt", "", Format::kInt32, "segments with FIN, modulo 256",
     OfDirection<&TcpDirection::fin_count>},
};

constexpr TcpColumn kCoreTimes[] = {
    {"first", "ms", Format::kFixed6, "time of the first segment, since the epoch",
     [](const Flow& f, Direction) { return Value::Number(f.first.milliseconds()); }},
    {"last", "ms", Format::kFixed6, "time of the last segment, since the epoch",
     [](const Flow& f, Direction) { return Value::Number(f.last.milliseconds()); }},
    {"durat", "ms", Format::kFixed6, "from the first to the last segment",
     [](const Flow& f, Direction) { return Value::Number(SinceStart(f, f.last)); }},
};
constexpr TcpColumn kCoreSideTimes[] = {
    {"first", "ms", Format::kFixed6, "first payload, since the flow's first segment; 0: none",
     MsSinceStart<&TcpDirection::first_payload>},
    {"last", "ms", Format::kFixed6, "last payload, since the flow's first segment; 0: none",
     MsSinceStart<&TcpDirection::last_payload>},
    {"first_ack", "ms", Format::kFixed6,
     "first segment with ACK, without SYN and RST, since the flow's first segment; 0: none",
     MsSinceStart<&TcpDirection::first_ack>},
    {"isint", "", Format::kInt32, "1: the address is internal", OfEndpoint<&Endpoint::internal>},
    {"iscrypto", "", Format::kInt32, "1: the address is anonymised",
     OfEndpoint<&Endpoint::encrypted>},
};
constexpr TcpColumn kCoreTypes[] = {
    {"con_t", "", Format::kInt32, "connection type, a sum: see codes.md",
     OfLayer7<&TcpLayer7::connection_type>},
    {"p2p_t", "", Format::kInt32, "P2P protocol: see codes.md; 0: none",
     [](const Flow& f, Direction) { return Value::Number(f.layer7.p2p_code / 100); }},
    {"http_t", "", Format::kInt32, "HTTP content: see codes.md; 0: not HTTP",
     [](const Flow& f, Direction) {
       return Value::Number(Has(f, connection_type::kHttp) ? f.layer7.http_content + 1 : 0);
     }},
};
constexpr auto kCore = Concatenate(ClientThenServer(kCoreOfSide), Once(kCoreTimes),
                                   ClientServerPairs(kCoreSideTimes), Once(kCoreTypes));
static_assert(kCore.size() == 44);

constexpr TcpColumn kEndToEndOfSide[] = {
    {"rtt_avg", "ms", Format::kFixed6,
     "mean round-trip time from the probe to the receiver of this side's data and back",
     [](const Flow& f, Direction d) { return Value::Number(f.of(d).rtt.average_us() / 1000.0); }},
    {"rtt_min", "ms", Format::kFixed6, "smallest round-trip time; 0: no sample",
     [](const Flow& f, Direction d) { return Value::Number(f.of(d).rtt.min_us / 1000.0); }},
    {"rtt_max", "ms", Format::kFixed6, "largest round-trip time",
     [](const Flow& f, Direction d) { return Value::Number(f.of(d).rtt.max_us / 1000.0); }},
    {"rtt_std", "ms", Format::kFixed6,
     "standard deviation of the round-trip time; 0 for two samples or fewer",
     [](const Flow& f, Direction d) { return Value::Number(f.of(d).rtt.deviation_us() / 1000.0); }},
    {"rtt_cnt", "", Format::kUint32, "valid round-trip time samples",
     [](const Flow& f, Direction d) { return Value::Number(f.of(d).rtt.count); }},
    {"ttl_min", "", Format::kUint32, "smallest time to live", OfDirection<&TcpDirection::ttl_min>},
    {"ttl_max", "", Format::kUint32, "largest time to live", OfDirection<&TcpDirection::ttl_max>},
};
constexpr auto kEndToEnd = ClientThenServer(kEndToEndOfSide);
static_assert(kEndToEnd.size() == 14);

constexpr auto kP2p = Once<TcpFlow>({
    {"p2p_st", "", Format::kInt32, "P2P subtype: kind of the last P2P message, see codes.md",
     [](const Flow& f, Direction) { return Value::Number(f.layer7.p2p_code % 100); }},
    {"ed2k_data", "", Format::kInt32, "eDonkey data messages", OfLayer7<&TcpLayer7::ed2k_data>},
    {"ed2k_sig", "", Format::kInt32, "eDonkey signalling messages",
     OfLayer7<&TcpLayer7::ed2k_signalling>},
    {"ed2k_c2s", "", Format::kInt32, "eDonkey messages between client and server",
     OfLayer7<&TcpLayer7::ed2k_client_server>},
    {"ed2k_c2c", "", Format::kInt32, "eDonkey messages between clients",
     OfLayer7<&TcpLayer7::ed2k_client_client>},
    {"ed2k_chat", "", Format::kInt32, "eDonkey chat messages", OfLayer7<&TcpLayer7::ed2k_chat>},
});
static_assert(kP2p.size() == 6);

constexpr TcpColumn kOptionsOfSide[] = {
    {"f1323_opt", "", Format::kInt32, "1: window scale option sent (RFC 7323)",
     OfDirection<&TcpDirection::window_scale_sent>},
    {"tm_opt", "", Format::kInt32, "1: timestamp option sent",
     OfDirection<&TcpDirection::timestamp_sent>},
    {"win_scl", "", Format::kInt32, "window scale; 0 unless both sides sent it",
     OfDirection<&TcpDirection::window_scale>},
    {"sack_opt", "", Format::kInt32, "1: SACK permitted sent",
     OfDirection<&TcpDirection::sack_permitted>},
    {"sack_cnt", "", Format::kInt32, "segments with SACK blocks",
     OfDirection<&TcpDirection::sack_segments>},
    {"mss", "bytes", Format::kInt32, "maximum segment size option; 0: none, negative above 32767",
     OfDirection<&TcpDirection::mss>},
    {"mss_max", "bytes", Format::kUint32, "largest payload of a segment",
     OfDirection<&TcpDirection::payload_max>},
    {"mss_min", "bytes", Format::kUint32, "smallest payload above 0",
     OfDirection<&TcpDirection::payload_min>},
    {"win_max", "bytes", Format::kUint32, "largest window announced, scaled except in the SYN",
     OfDirection<&TcpDirection::window_max>},
    {"win_min", "bytes", Format::kUint32, "smallest window above 0",
     OfDirection<&TcpDirection::window_min>},
    {"win_0", "", Format::kInt32, "segments that announced a window of 0",
     OfDirection<&TcpDirection::zero_windows>},
    {"cwin_max", "bytes", Format::kUint64, "largest amount in flight",
     OfDirection<&TcpDirection::in_flight_max>},
    {"cwin_min", "bytes", Format::kUint64, "smallest amount in flight above 0",
     OfDirection<&TcpDirection::in_flight_min>},
    {"cwin_ini", "bytes", Format::kUint32, "payload sent before the first acknowledgement",
     OfDirection<&TcpDirection::initial_window_bytes>},
    {"pkts_rto", "", Format::kUint32, "retransmissions after a time-out",
     OfAnomalies<&AnomalyCounts::rto>},
    {"pkts_fs", "", Format::kUint32, "fast retransmissions",
     OfAnomalies<&AnomalyCounts::fast_retransmit>},
    {"pkts_reor", "", Format::kUint32, "segments reordered by the network",
     OfAnomalies<&AnomalyCounts::reordering>},
    {"pkts_dup", "", Format::kUint32, "segments duplicated by the network",
     OfAnomalies<&AnomalyCounts::network_duplicate>},
    {"pkts_unk", "", Format::kUint32, "anomalous segments of unknown cause",
     OfAnomalies<&AnomalyCounts::unknown>},
    {"pkts_fc", "", Format::kUint32, "window probes", OfAnomalies<&AnomalyCounts::flow_control>},
    {"pkts_unrto", "", Format::kUint32, "unnecessary retransmissions after a time-out",
     OfAnomalies<&AnomalyCounts::unnecessary_rto>},
    {"pkts_unfs", "", Format::kUint32, "unnecessary fast retransmissions",
     OfAnomalies<&AnomalyCounts::unnecessary_fast>},
    {"syn_retx", "", Format::kInt32,
     "1: SYN repeated with another initial number, or FIN at another position",
     OfDirection<&TcpDirection::inconsistent_syn_or_fin>},
};
constexpr auto kOptions = ClientThenServer(kOptionsOfSide);
static_assert(kOptions.size() == 46);

constexpr TcpColumn kLayer7Http[] = {
    {"http_req_cnt", "", Format::kInt32, "HTTP requests", OfLayer7<&TcpLayer7::http_requests>},
    {"http_res_cnt", "", Format::kInt32, "HTTP responses", OfLayer7<&TcpLayer7::http_responses>},
    {"http_res", "", Format::kText, "code of the first HTTP response; ---: not HTTP",
     [](const Flow& f, Direction) {
       if (!Has(f, connection_type::kHttp)) return Value::None("---");
       return Value::TextOr(f.layer7.http_response_code.data(), "000");
     }},
};
constexpr TcpColumn kLayer7Messages[] = {
    {"pkts_push", "", Format::kInt32, "messages: payload that ends with PSH or FIN",
     OfDirection<&TcpDirection::messages>},
};
constexpr TcpColumn kLayer7TlsClientName[] = {
    {"tls_SNI", "", Format::kName, "server name of the TLS ClientHello; -: none",
     NameOfLayer7<&TcpLayer7::tls_server_name>},
};
constexpr TcpColumn kLayer7TlsServerName[] = {
    {"tls_SCN", "", Format::kName, "common name of the server's TLS certificate; -: none",
     NameOfLayer7<&TcpLayer7::tls_common_name>},
};
constexpr TcpColumn kLayer7Negotiation[] = {
    {"npnalpn", "", Format::kInt32,
     "protocols in the TLS negotiation, a sum: NPN 1 none, 2 HTTP/1, 4 SPDY, 8 HTTP/2; ALPN 16 "
     "none, 32 HTTP/1, 64 SPDY, 128 HTTP/2",
     OfDirection<&TcpDirection::protocol_negotiation>},
};
constexpr TcpColumn kLayer7TlsSession[] = {
    {"c_tls_sesid", "", Format::kInt32, "1: the TLS ClientHello has a session identifier",
     OfLayer7<&TcpLayer7::tls_session>, kUntil33},
    {"tls_session_stat", "", Format::kInt32,
     "TLS resumption, a sum: 1 session identifier, 2 PSK of the client, 4 early data, 8 PSK of the "
     "server, 16 HelloRetryRequest",
     OfLayer7<&TcpLayer7::tls_session>, kFrom33},
};
constexpr TcpColumn kLayer7TlsTimes[] = {
    {"last_handshakeT", "ms", Format::kFixed6,
     "last segment before TLS application data, since the flow's first segment; 0: not TLS",
     [](const Flow& f, Direction d) {
       return Value::Number(Has(f, connection_type::kTls) ? SinceStart(f, f.of(d).last_handshake)
                                                          : 0.0);
     }},
    {"appdataT", "ms", Format::kFixed6,
     "first TLS application data, since the flow's first segment; 0: none",
     MsSinceStart<&TcpDirection::first_app_data>},
    {"appdataB", "bytes", Format::kUint64,
     "relative sequence number of the first TLS application data; 0: none",
     OfDirection<&TcpDirection::first_app_data_byte>},
};
constexpr TcpColumn kLayer7Dns[] = {
    {"fqdn", "", Format::kName, "name that the client resolved before (DN-Hunter); -: none",
     [](const Flow& f, Direction) {
       const DnsResolution* const resolution = f.endpoints.resolution.get();
       return resolution == nullptr ? Value::None("-") : Value::Text(resolution->name);
     }},
    {"dns_rslv", "", Format::kAddress, "address of the DNS server; -: no name",
     [](const Flow& f, Direction) {
       const DnsResolution* const resolution = f.endpoints.resolution.get();
       return resolution == nullptr ? Value::None("-")
                                    : Value::Address(resolution->resolver, false);
     },
     kUntil33},
    {"dns_rslv", "", Format::kAddress,
     "address of the DNS server, anonymised if it is in a network to anonymise; -: no name",
     [](const Flow& f, Direction) {
       const DnsResolution* const resolution = f.endpoints.resolution.get();
       return resolution == nullptr
                  ? Value::None("-")
                  : Value::Address(resolution->resolver, resolution->resolver_encrypted);
     },
     kFrom33},
    {"req_tm", "ms", Format::kFixed6, "time of the DNS request, since the epoch; 0.0: no name",
     DnsTime<&DnsResolution::request_time>},
    {"res_tm", "ms", Format::kFixed6, "time of the DNS response, since the epoch; 0.0: no name",
     DnsTime<&DnsResolution::response_time>},
    {"http_hostname", "", Format::kHidden, "first Host header; -: none",
     NameOfLayer7<&TcpLayer7::http_hostname>, kFrom33},
};
constexpr TcpColumn kLayer7TlsVersions[] = {
    {"TLSvers", "", Format::kText,
     "TLS versions offered by the client, chosen by the server; "
     "-: none",
     [](const Flow& f, Direction d) { return Value::TextOr(f.of(d).tls_versions, "-"); }, kFrom33},
};
constexpr TcpColumn kLayer7DnsPrivacy[] = {
    {"dns_enc", "", Format::kInt32, "1: the DNS server's address is anonymised",
     [](const Flow& f, Direction) {
       const DnsResolution* const resolution = f.endpoints.resolution.get();
       return Value::Number(
           static_cast<uint32_t>(resolution != nullptr && resolution->resolver_encrypted));
     },
     kFrom33},
};
constexpr auto kLayer7 =
    Concatenate(Once(kLayer7Http), ClientServerPairs(kLayer7Messages),
                OfSide(kLayer7TlsClientName, Side::kClient),
                OfSide(kLayer7TlsServerName, Side::kServer), ClientServerPairs(kLayer7Negotiation),
                Once(kLayer7TlsSession), ClientServerPairs(kLayer7TlsTimes), Once(kLayer7Dns),
                ClientServerPairs(kLayer7TlsVersions), Once(kLayer7DnsPrivacy));

// Level 16 exists, but the default build of Tstat has no column in it.
constexpr ColumnTable<TcpFlow, 0> kAdvanced = {};

}  // namespace

constexpr ColumnBlock<TcpFlow> kTcpCoreBlock = MakeColumnBlock<TcpFlow, kCore>("core", "Core", 0);
constexpr ColumnBlock<TcpFlow> kTcpEndToEndBlock =
    MakeColumnBlock<TcpFlow, kEndToEnd>("end_to_end", "End to end", tcp_level::kEndToEnd);
constexpr ColumnBlock<TcpFlow> kTcpP2pBlock =
    MakeColumnBlock<TcpFlow, kP2p>("p2p", "Peer to peer", tcp_level::kP2p);
constexpr ColumnBlock<TcpFlow> kTcpOptionsBlock =
    MakeColumnBlock<TcpFlow, kOptions>("options", "TCP options and anomalies", tcp_level::kOptions);
constexpr ColumnBlock<TcpFlow> kTcpLayer7Block =
    MakeColumnBlock<TcpFlow, kLayer7>("layer7", "Layer 7", tcp_level::kLayer7);

const LogSchema<TcpFlow>& TcpCompleteLog() {
  static const LogSchema<TcpFlow> log = {
      {.name = "log_tcp_complete",
       .description =
           "One row for each complete TCP flow: closed by the FINs of both sides, or with a "
           "SYN of both sides by a reset or by the idle time.",
       .header_has_level = true,
       .default_level = tcp_level::kDefault},
      {kTcpCoreBlock, kTcpEndToEndBlock, kTcpP2pBlock, kTcpOptionsBlock, kTcpLayer7Block,
       MakeColumnBlock<TcpFlow, kAdvanced>("advanced", "Advanced", tcp_level::kAdvanced)}};
  return log;
}

const LogSchema<TcpFlow>& TcpNocompleteLog() {
  static const LogSchema<TcpFlow> log = {
      {.name = "log_tcp_nocomplete",
       .description =
           "One row for each TCP flow that is not complete: no answer, client data before "
           "any SYN of the server, or still open at the end of the trace.",
       .header_has_level = true,
       .default_level = tcp_level::kDefault},
      {kTcpCoreBlock}};
  return log;
}

}  // namespace tstat::internal
