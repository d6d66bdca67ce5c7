// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] The columns of log_tcp_periodic and log_udp_periodic.
#include <optional>

#include "schema/log_schema.h"
#include "schema/readers.h"
#include "schema/row_writer.h"
#include "tcp/rtt_mean.h"
#include "tstat/flow.h"
#include "tstat/periodic.h"
#include "tstat/schema.h"
#include "tstat/time.h"

namespace tstat::internal {
namespace {

constexpr ColumnExtras kDerived = {.privacy = Privacy::kDerived};

// The columns that both logs have.
template <typename Period>
constexpr Column<Period> kTimes[] = {
    {"time_abs_start", type::kTime, "ms", Format::kFixed6, "begin of the period, since the epoch",
     [](const Period& p, Direction) { return p.begin; }},
    {"time_rel_start", type::kDuration, "ms", Format::kFixed6,
     "begin of the period, since the flow's start",
     [](const Period& p, Direction) { return Between(p.flow_start, p.begin); }},
    {"time_rel_end", type::kDuration, "ms", Format::kFixed6,
     "last packet of the period, since the flow's start",
     [](const Period& p, Direction) { return Between(p.flow_start, p.last_packet); }},
    {"bin_duration", type::kDuration, "ms", Format::kFixed6,
     "from the begin of the period to its last packet",
     [](const Period& p, Direction) { return Between(p.begin, p.last_packet); }},
};
template <typename Period>
constexpr Column<Period> kFlags[] = {
    {"isint", type::kBool, "", Format::kInt32, "1: the address is internal",
     [](const Period& p, Direction d) { return p.endpoints.of(d).internal; }, kDerived},
    {"iscrypto", type::kBool, "", Format::kInt32, "1: the address is anonymised",
     [](const Period& p, Direction d) { return p.endpoints.of(d).encrypted; }, kDerived},
};
template <typename Period>
constexpr auto Address = [](const Period& p, Direction d) { return AddressOf(p.endpoints.of(d)); };
template <typename Period>
constexpr auto Port = [](const Period& p, Direction d) { return p.endpoints.of(d).port; };
constexpr ColumnExtras kAddress = {.privacy = Privacy::kAddress};

using TcpSide = TcpPeriod::Side;
template <auto kMember>
constexpr auto Of = [](const TcpPeriod& p, Direction d) { return p.of(d).*kMember; };
// Counters of 8 bits, in the text.
template <auto kMember>
constexpr auto ModuloOf =
    [](const TcpPeriod& p, Direction d) { return static_cast<uint8_t>(p.of(d).*kMember); };
template <auto kMember>
constexpr auto PositiveOf =
    [](const TcpPeriod& p, Direction d) { return IfNotZero(p.of(d).*kMember); };
constexpr Column<TcpPeriod> kTcpEnd[] = {
    {"ip", type::kAddress, "", Format::kAddress, "IP address", Address<TcpPeriod>, kAddress},
    {"port", type::kU16, "", Format::kUint16, "TCP port", Port<TcpPeriod>},
};
constexpr Column<TcpPeriod> kTcpVolumes[] = {
    {"pkts_all", type::kU64, "", Format::kUint64, "segments", Of<&TcpSide::packets>},
    {"rst_cnt", type::kU8, "", Format::kUint32, "segments with RST", Of<&TcpSide::rst_count>},
    {"ack_cnt", type::kU64, "", Format::kUint64, "segments with ACK", Of<&TcpSide::ack_packets>},
    {"ack_cnt_p", type::kU64, "", Format::kUint64, "segments with ACK and nothing else",
     Of<&TcpSide::pure_ack_packets>},
    {"bytes_uniq", type::kU64, "bytes", Format::kUint64, "payload, without retransmissions",
     Of<&TcpSide::unique_bytes>},
    {"pkts_data", type::kU64, "", Format::kUint64, "segments with payload",
     Of<&TcpSide::data_packets>},
    {"bytes_all", type::kU64, "bytes", Format::kUint64, "payload, with retransmissions",
     Of<&TcpSide::data_bytes>},
    {"pkts_retx", type::kU32, "", Format::kUint32, "retransmitted segments",
     Of<&TcpSide::retransmitted_packets>},
    {"bytes_retx", type::kU32, "bytes", Format::kUint32, "retransmitted payload",
     Of<&TcpSide::retransmitted_bytes>},
    {"pkts_ooo", type::kU32, "", Format::kUint32, "segments out of order",
     Of<&TcpSide::out_of_order_packets>},
    {"syn_cnt",
     type::kU32,
     "",
     Format::kInt32,
     "segments with SYN (in the text modulo 256)",
     Of<&TcpSide::syn_count>,
     {},
     ModuloOf<&TcpSide::syn_count>},
    {"fin_cnt",
     type::kU32,
     "",
     Format::kInt32,
     "segments with FIN (in the text modulo 256)",
     Of<&TcpSide::fin_count>,
     {},
     ModuloOf<&TcpSide::fin_count>},
};
constexpr Column<TcpPeriod> kTcpRoundTrips[] = {
    {"rtt_avg", type::kDuration, "ms", Format::kFixed6, "mean round-trip time",
     [](const TcpPeriod& p, Direction d) {
       const TcpSide& side = p.of(d);
       return side.rtt_count > 0 ? DurationOfUs(side.rtt_sum_us / side.rtt_count) : std::nullopt;
     },
     Absent("no sample"),
     [](const TcpPeriod& p, Direction d) {
       return ReferenceMean(p.of(d).rtt_sum_us, p.of(d).rtt_count) / 1000.0;
     }},
    {"rtt_cnt", type::kU32, "", Format::kUint32, "round-trip time samples",
     Of<&TcpSide::rtt_count>},
};
constexpr ColumnExtras kNoFlight = AbsentAtZero("nothing in flight");
constexpr Column<TcpPeriod> kTcpFlight[] = {
    {"cwin_min", type::kU32, "bytes", Format::kUint32, "smallest number of bytes in flight",
     PositiveOf<&TcpSide::in_flight_min>, kNoFlight},
    {"cwin_max", type::kU32, "bytes", Format::kUint32, "largest number of bytes in flight",
     PositiveOf<&TcpSide::in_flight_max>, kNoFlight},
};
constexpr Column<TcpPeriod> kTcpSack[] = {
    {"sack_cnt", type::kU32, "", Format::kUint32, "segments with SACK blocks",
     Of<&TcpSide::sack_segments>},
};
constexpr auto kTcpColumns =
    Concatenate(ClientThenServer(kTcpEnd), Once(kTimes<TcpPeriod>), ClientThenServer(kTcpVolumes),
                ClientThenServer(kTcpRoundTrips), ClientThenServer(kTcpFlight),
                ClientServerPairs(kTcpSack), ClientServerPairs(kFlags<TcpPeriod>));
static_assert(kTcpColumns.size() == 46);

constexpr Column<UdpPeriod> kUdpEnd[] = {
    {"ip", type::kAddress, "", Format::kAddress, "IP address", Address<UdpPeriod>, kAddress},
    {"port", type::kU16, "", Format::kUint16, "UDP port", Port<UdpPeriod>},
    kFlags<UdpPeriod>[0],
    kFlags<UdpPeriod>[1],
};
constexpr Column<UdpPeriod> kUdpVolumes[] = {
    {"pkts_all", type::kU64, "", Format::kUint64, "packets",
     [](const UdpPeriod& p, Direction d) { return p.of(d).packets; }},
    {"bytes_all", type::kI64, "bytes", Format::kUint64,
     "payload, by the length fields of the UDP headers",
     [](const UdpPeriod& p, Direction d) { return p.of(d).data_bytes; }},
};
constexpr auto kUdpColumns =
    Concatenate(ClientThenServer(kUdpEnd), Once(kTimes<UdpPeriod>), ClientThenServer(kUdpVolumes));
static_assert(kUdpColumns.size() == 16);

}  // namespace
}  // namespace tstat::internal

namespace tstat::inline v1 {

const LogTable<TcpPeriod>& TcpPeriodTable() {
  static const internal::LogSchema<TcpPeriod> table(
      {.name = "tcp_period",
       .description = "3.3, off by default: one row for each period (log_periodic_interval) in "
                      "the life of a TCP flow that has a packet, written when it is over."},
      {internal::MakeColumnBlock<TcpPeriod, internal::kTcpColumns>("core", "Core", 0)});
  return table;
}

const LogTable<UdpPeriod>& UdpPeriodTable() {
  static const internal::LogSchema<UdpPeriod> table(
      {.name = "udp_period",
       .description = "3.3, off by default: one row for each period (log_periodic_interval) in "
                      "the life of a UDP flow that has a packet, written when it is over."},
      {internal::MakeColumnBlock<UdpPeriod, internal::kUdpColumns>("core", "Core", 0)});
  return table;
}

}  // namespace tstat::inline v1
