// SPDX-License-Identifier: BSD-3-Clause
#include <optional>
#include <string_view>

#include "schema/event_tables.h"
#include "schema/log_schema.h"
#include "schema/readers.h"
#include "schema/row_writer.h"
#include "tstat/codes.h"

namespace tstat::internal {
namespace {

constexpr std::string_view kNone = "none";
constexpr ColumnExtras kName = {.absent = kNone, .privacy = Privacy::kName};
constexpr ColumnExtras kDerived = {.privacy = Privacy::kDerived};
constexpr ColumnExtras kAddress = {.privacy = Privacy::kAddress};
template <auto kMember>
constexpr auto Of = [](const auto& record, Direction) { return record.*kMember; };
template <auto kMember>
constexpr auto TextOf = [](const auto& record, Direction) { return IfNotEmpty(record.*kMember); };

using TlsColumn = Column<TlsHandshake>;
template <auto kMember>
constexpr auto OfEnd =
    [](const TlsHandshake& t, Direction d) { return t.endpoints.of(d).*kMember; };
constexpr auto kTlsEnds = ClientThenServer(TableOf<TlsHandshake>(
    TlsColumn::WithoutText(
        "ip", type::kAddress, "", "IP address",
        [](const TlsHandshake& t, Direction d) { return AddressOf(t.endpoints.of(d)); }, kAddress),
    TlsColumn::WithoutText("port", type::kU16, "", "TCP port", OfEnd<&Endpoint::port>),
    TlsColumn::WithoutText("isint", type::kBool, "", "1: the address is internal",
                           OfEnd<&Endpoint::internal>, kDerived)));
constexpr auto kTlsRest = TableOf<TlsHandshake>(
    TlsColumn::WithoutText("time", type::kTime, "",
                           "time of the server's hello, or of the close if there was none",
                           Of<&TlsHandshake::time>),
    TlsColumn::WithoutText("answered", type::kBool, "", "1: the server's hello was seen",
                           Of<&TlsHandshake::answered>),
    TlsColumn::WithoutText("tls_SNI", type::kText, "", "server name of the ClientHello",
                           TextOf<&TlsHandshake::server_name>, kName),
    TlsColumn::WithoutText("tls_SCN", type::kText, "", "common name of the server's certificate",
                           TextOf<&TlsHandshake::common_name>, kName),
    TlsColumn::WithoutText(
        "c_npnalpn", type::SetOf<uint16_t>(kTlsNegotiationCodes), "",
        "protocols that the client offers, a sum: see codes.md",
        [](const TlsHandshake& t, Direction) { return uint16_t{t.client_negotiation}; }),
    TlsColumn::WithoutText(
        "s_npnalpn", type::SetOf<uint16_t>(kTlsNegotiationCodes), "",
        "protocols that the server chooses, a sum: see codes.md",
        [](const TlsHandshake& t, Direction) { return uint16_t{t.server_negotiation}; }),
    TlsColumn::WithoutText("tls_session_stat", type::SetOf<uint8_t>(kTlsSessionCodes), "",
                           "TLS resumption, a sum: see codes.md", Of<&TlsHandshake::session>),
    TlsColumn::WithoutText("service", type::kU8, "",
                           "service by the server name: bins of the TLS service histograms",
                           Of<&TlsHandshake::service>, kDerived),
    TlsColumn::WithoutText("c_TLSvers", type::kText, "", "versions that the client offers [3.3]",
                           TextOf<&TlsHandshake::client_versions>,
                           Absent("not looked for, or none")),
    TlsColumn::WithoutText("s_TLSvers", type::kText, "", "version that the server chooses [3.3]",
                           TextOf<&TlsHandshake::server_version>,
                           Absent("not looked for, or none")),
    TlsColumn::WithoutText(
        "fqdn", type::kText, "", "name that the client resolved before (DN-Hunter)",
        [](const TlsHandshake& t, Direction) { return ResolvedName(t.endpoints); }, kName));
constexpr auto kTls = Concatenate(kTlsEnds, kTlsRest);

using DnsColumn = Column<DnsResolution>;
constexpr auto kDns = TableOf<DnsResolution>(
    DnsColumn::WithoutText("fqdn", type::kText, "", "name that was resolved",
                           TextOf<&DnsResolution::name>, kName),
    DnsColumn::WithoutText(
        "dns_rslv", type::kAddress, "", "address of the DNS server",
        [](const DnsResolution& r, Direction) {
          return AddressView{&r.resolver, r.resolver_encrypted};
        },
        kAddress),
    DnsColumn::WithoutText(
        "req_tm", type::kTime, "", "time of the request",
        [](const DnsResolution& r, Direction) { return IfSet(r.request_time); },
        Absent("no request was seen")),
    DnsColumn::WithoutText("res_tm", type::kTime, "", "time of the response",
                           Of<&DnsResolution::response_time>));

using BinColumn = Column<HistogramBin>;
constexpr auto kBins = TableOf<HistogramBin>(
    BinColumn::WithoutText("time", type::kTime, "", "time of the packet that ended the interval",
                           Of<&HistogramBin::time>),
    BinColumn::WithoutText("interval", type::kU32, "", "interval within the output period, from 0",
                           Of<&HistogramBin::interval>),
    BinColumn::WithoutText("histogram", type::kText, "", "name of the histogram",
                           Of<&HistogramBin::name>),
    BinColumn::WithoutText("bin", type::kI64, "",
                           "begin of the bin; one width below the first one: all that is less",
                           Of<&HistogramBin::label>),
    BinColumn::WithoutText("count", type::kI64, "", "what the bin holds; bins of 0 have no row",
                           Of<&HistogramBin::count>));

using NetworkColumn = Column<HistogramNetwork>;
template <auto kMember>
constexpr auto OfCounts = [](const HistogramNetwork& n, Direction) { return n.counts.*kMember; };
template <auto kMember>
constexpr auto RateOf = [](const HistogramNetwork& n, Direction) {
  return n.internal ? IfFinite(n.counts.*kMember) : std::nullopt;
};
constexpr ColumnExtras kExternal = {.absent = "not an internal network"};
constexpr auto kNetworks = TableOf<HistogramNetwork>(
    NetworkColumn::WithoutText("time", type::kTime, "",
                               "time of the packet that ended the interval",
                               Of<&HistogramNetwork::time>),
    NetworkColumn::WithoutText("interval", type::kU32, "",
                               "interval within the output period, from 0",
                               Of<&HistogramNetwork::interval>),
    NetworkColumn::WithoutText(
        "network", type::kAddress, "", "first address of the network",
        [](const HistogramNetwork& n, Direction) { return AddressView{&n.network}; }, kAddress),
    NetworkColumn::WithoutText("prefix", type::kU8, "bits", "length of its prefix",
                               Of<&HistogramNetwork::prefix_length>),
    NetworkColumn::WithoutText("isint", type::kBool, "", "1: an internal network",
                               Of<&HistogramNetwork::internal>, kDerived),
    NetworkColumn::WithoutText("src_pkts", type::kI64, "", "packets that it sent",
                               OfCounts<&HistogramSnapshot::Address::source_packets>),
    NetworkColumn::WithoutText("dst_pkts", type::kI64, "", "packets that it received",
                               OfCounts<&HistogramSnapshot::Address::destination_packets>),
    NetworkColumn::WithoutText("src_bytes", type::kU64, "bytes", "bytes that it sent",
                               OfCounts<&HistogramSnapshot::Address::source_bytes>),
    NetworkColumn::WithoutText("dst_bytes", type::kU64, "bytes", "bytes that it received",
                               OfCounts<&HistogramSnapshot::Address::destination_bytes>),
    NetworkColumn::WithoutText("up", type::kReal, "kbit/s", "mean rate sent",
                               RateOf<&HistogramSnapshot::Address::up>, kExternal),
    NetworkColumn::WithoutText("down", type::kReal, "kbit/s", "mean rate received",
                               RateOf<&HistogramSnapshot::Address::down>, kExternal),
    NetworkColumn::WithoutText("max_up", type::kReal, "kbit/s", "peak rate sent",
                               RateOf<&HistogramSnapshot::Address::max_up>, kExternal),
    NetworkColumn::WithoutText("max_down", type::kReal, "kbit/s", "peak rate received",
                               RateOf<&HistogramSnapshot::Address::max_down>, kExternal));

template <typename Record, const auto& kTable>
LogSchema<Record> SchemaOf(std::string_view name, std::string_view description) {
  return {{.name = name, .description = description, .has_header = false},
          {MakeColumnBlock<Record, kTable>("core", "Core", 0)}};
}

}  // namespace

const LogTable<TlsHandshake>& TlsHandshakeTable() {
  static const auto table = SchemaOf<TlsHandshake, kTls>(
      "tls_handshake", "One row for each TLS flow, when the server's hello is seen.");
  return table;
}

const LogTable<DnsResolution>& DnsResolutionTable() {
  static const auto table = SchemaOf<DnsResolution, kDns>(
      "dns_resolution", "One row for each name that a client resolved (DN-Hunter).");
  return table;
}

const LogTable<HistogramBin>& HistogramBinTable() {
  static const auto table = SchemaOf<HistogramBin, kBins>(
      "histogram", "One row for each bin of a histogram that is not 0, in each interval.");
  return table;
}

const LogTable<HistogramNetwork>& HistogramNetworkTable() {
  static const auto table = SchemaOf<HistogramNetwork, kNetworks>(
      "histogram_network", "One row for each network of the histograms by address.");
  return table;
}

}  // namespace tstat::internal
