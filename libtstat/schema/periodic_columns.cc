// SPDX-License-Identifier: BSD-3-Clause
#include "schema/periodic_columns.h"

#include "schema/row_writer.h"
#include "schema/value.h"
#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::internal {
namespace {

// The columns that both logs have.
template <typename Period>
Value Address(const Period& p, Direction d) {
  return Value::Address(p.endpoints->of(d));
}
template <typename Period>
Value Port(const Period& p, Direction d) {
  return Value::Number(p.endpoints->of(d).port);
}
template <typename Period>
Value IsInternal(const Period& p, Direction d) {
  return Value::Number(static_cast<uint32_t>(p.endpoints->of(d).internal));
}
template <typename Period>
Value IsEncrypted(const Period& p, Direction d) {
  return Value::Number(static_cast<uint32_t>(p.endpoints->of(d).encrypted));
}
template <typename Period>
Value Begin(const Period& p, Direction) {
  return Value::Number(p.begin.milliseconds());
}
template <typename Period>
Value RelativeBegin(const Period& p, Direction) {
  return Value::Number(ElapsedMicroseconds(p.flow_start, p.begin) / 1000.0);
}
template <typename Period>
Value RelativeEnd(const Period& p, Direction) {
  return Value::Number(ElapsedMicroseconds(p.flow_start, p.last_packet) / 1000.0);
}
template <typename Period>
Value Duration(const Period& p, Direction) {
  return Value::Number(ElapsedMicroseconds(p.begin, p.last_packet) / 1000.0);
}

template <typename Period>
constexpr Column<Period> kTimes[] = {
    {"time_abs_start", "ms", Format::kFixed6, "begin of the period, since the epoch",
     Begin<Period>},
    {"time_rel_start", "ms", Format::kFixed6, "begin of the period, since the flow's start",
     RelativeBegin<Period>},
    {"time_rel_end", "ms", Format::kFixed6, "last packet of the period, since the flow's start",
     RelativeEnd<Period>},
    {"bin_duration", "ms", Format::kFixed6, "from the begin of the period to its last packet",
     Duration<Period>},
};
template <typename Period>
constexpr Column<Period> kFlags[] = {
    {"isint", "", Format::kInt32, "1: the address is internal", IsInternal<Period>},
    {"iscrypto", "", Format::kInt32, "1: the address is anonymised", IsEncrypted<Period>},
};

template <auto kMember>
Value TcpCounter(const TcpPeriod& p, Direction d) {
  return Value::Number(p.of(d).*kMember);
}
using TcpSide = TcpPeriod::Side;
constexpr Column<TcpPeriod> kTcpEnd[] = {
    {"ip", "", Format::kAddress, "IP address", Address<TcpPeriod>},
    {"port", "", Format::kUint16, "TCP port", Port<TcpPeriod>},
};
constexpr Column<TcpPeriod> kTcpVolumes[] = {
    {"pkts_all", "", Format::kUint64, "segments", TcpCounter<&TcpSide::packets>},
    {"rst_cnt", "", Format::kUint32, "segments with RST", TcpCounter<&TcpSide::rst_count>},
    {"ack_cnt", "", Format::kUint64, "segments with ACK", TcpCounter<&TcpSide::ack_packets>},
    {"ack_cnt_p", "", Format::kUint64, "segments with ACK and nothing else",
     TcpCounter<&TcpSide::pure_ack_packets>},
    {"bytes_uniq", "bytes", Format::kUint64, "payload, without retransmissions",
     TcpCounter<&TcpSide::unique_bytes>},
    {"pkts_data", "", Format::kUint64, "segments with payload", TcpCounter<&TcpSide::data_packets>},
    {"bytes_all", "bytes", Format::kUint64, "payload, with retransmissions",
     TcpCounter<&TcpSide::data_bytes>},
    {"pkts_retx", "", Format::kUint32, "retransmitted segments",
     TcpCounter<&TcpSide::retransmitted_packets>},
    {"bytes_retx", "bytes", Format::kUint32, "retransmitted payload",
     TcpCounter<&TcpSide::retransmitted_bytes>},
    {"pkts_ooo", "", Format::kUint32, "segments out of order",
     TcpCounter<&TcpSide::out_of_order_packets>},
    {"syn_cnt", "", Format::kInt32, "segments with SYN", TcpCounter<&TcpSide::syn_count>},
    {"fin_cnt", "", Format::kInt32, "segments with FIN", TcpCounter<&TcpSide::fin_count>},
};
constexpr Column<TcpPeriod> kTcpRoundTrips[] = {
    {"rtt_avg", "ms", Format::kFixed6, "mean round-trip time; 0: no sample",
     TcpCounter<&TcpSide::rtt_average_ms>},
    {"rtt_cnt", "", Format::kUint32, "round-trip time samples", TcpCounter<&TcpSide::rtt_count>},
};
constexpr Column<TcpPeriod> kTcpFlight[] = {
    {"cwin_min", "bytes", Format::kUint32, "smallest number of bytes in flight; 0: none",
     TcpCounter<&TcpSide::in_flight_min>},
    {"cwin_max", "bytes", Format::kUint32, "largest number of bytes in flight; 0: none",
     TcpCounter<&TcpSide::in_flight_max>},
};
constexpr Column<TcpPeriod> kTcpSack[] = {
    {"sack_cnt", "", Format::kUint32, "segments with SACK blocks",
     TcpCounter<&TcpSide::sack_segments>},
};
constexpr auto kTcpColumns =
    Concatenate(ClientThenServer(kTcpEnd), Once(kTimes<TcpPeriod>), ClientThenServer(kTcpVolumes),
                ClientThenServer(kTcpRoundTrips), ClientThenServer(kTcpFlight),
                ClientServerPairs(kTcpSack), ClientServerPairs(kFlags<TcpPeriod>));
static_assert(kTcpColumns.size() == 46);

constexpr Column<UdpPeriod> kUdpEnd[] = {
    {"ip", "", Format::kAddress, "IP address", Address<UdpPeriod>},
    {"port", "", Format::kUint16, "UDP port", Port<UdpPeriod>},
    kFlags<UdpPeriod>[0],
    kFlags<UdpPeriod>[1],
};
constexpr Column<UdpPeriod> kUdpVolumes[] = {
    {"pkts_all", "", Format::kUint64, "packets",
     [](const UdpPeriod& p, Direction d) { return Value::Number(p.of(d).packets); }},
    {"bytes_all", "bytes", Format::kUint64, "payload, by the length fields of the UDP headers",
     [](const UdpPeriod& p, Direction d) { return Value::Number(p.of(d).data_bytes); }},
};
constexpr auto kUdpColumns =
    Concatenate(ClientThenServer(kUdpEnd), Once(kTimes<UdpPeriod>), ClientThenServer(kUdpVolumes));
static_assert(kUdpColumns.size() == 16);

}  // namespace

const LogSchema<TcpPeriod>& TcpPeriodicLog() {
  static const LogSchema<TcpPeriod> log = {
      {.name = "log_tcp_periodic",
       .description = "3.3, off by default: one row for each period (log_periodic_interval) in "
                      "the life of a TCP flow that has a packet, written when it is over."},
      {MakeColumnBlock<TcpPeriod, kTcpColumns>("core", "Core", 0)}};
  return log;
}

const LogSchema<UdpPeriod>& UdpPeriodicLog() {
  static const LogSchema<UdpPeriod> log = {
      {.name = "log_udp_periodic",
       .description = "3.3, off by default: one row for each period (log_periodic_interval) in "
                      "the life of a UDP flow that has a packet, written when it is over."},
      {MakeColumnBlock<UdpPeriod, kUdpColumns>("core", "Core", 0)}};
  return log;
}

}  // namespace tstat::internal
