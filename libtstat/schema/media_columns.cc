// SPDX-License-Identifier: BSD-3-Clause
#include "schema/media_columns.h"

#include "schema/media_values.h"
#include "schema/row_writer.h"
#include "schema/value.h"
#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::internal {
namespace {

using media_values::DurationMs;
using media_values::FractionLostPercent;
using media_values::MeanGapMs;
using media_values::MeanJitter;
using media_values::MeanRttMs;
using media_values::Quotient;
using media_values::Rate;
using media_values::Seconds;

// Columns that do not apply are printed as a plain 0, whatever their format.
constexpr Value kNothing = Value::None("0");
constexpr auto kNever = [](const auto&) { return kNothing; };

// What `d` of the flow is: an RTP stream, RTCP, one half of a TCP connection, or neither.
template <typename OnRtp, typename OnRtcp, typename OnTcp>
Value Pick(const MediaFlow& m, Direction d, OnRtp on_rtp, OnRtcp on_rtcp, OnTcp on_tcp) {
  if (m.tcp != nullptr) return on_tcp(m.tcp->of(d));
  const MediaDirection& side = m.of(d);
  if (!side.rtp.empty()) return on_rtp(side.rtp.front());
  if (!side.rtcp.empty()) return on_rtcp(side.rtcp.front());
  return kNothing;
}

template <auto kRtp, auto kRtcp>
Value OfStreams(const MediaFlow& m, Direction d) {
  return Pick(
      m, d, [](const RtpStream& s) { return Value::Number(s.*kRtp); },
      [](const RtcpStream& s) { return Value::Number(s.*kRtcp); }, kNever);
}
template <auto kRtp>
Value OfRtp(const MediaFlow& m, Direction d) {
  return Pick(
      m, d, [](const RtpStream& s) { return Value::Number(s.*kRtp); }, kNever, kNever);
}
template <auto kRtcp>
Value OfRtcp(const MediaFlow& m, Direction d) {
  return Pick(
      m, d, kNever, [](const RtcpStream& s) { return Value::Number(s.*kRtcp); }, kNever);
}

double FlowMs(const TcpFlow& f) { return ElapsedMicroseconds(f.first, f.last) / 1000.0; }
// From the flow's start to `event`; 0: there was none.
template <Timestamp TcpDirection::*kEvent>
Value SinceStart(const MediaFlow& m, Direction d) {
  return Pick(m, d, kNever, kNever, [&](const TcpDirection& t) {
    return Value::Number(
        (t.*kEvent).is_set() ? ElapsedMicroseconds(m.tcp->first, t.*kEvent) / 1000.0 : 0.0);
  });
}

template <typename Half>
double MeanTtl(const Half& half) {
  return Quotient(static_cast<double>(half.ttl_sum), static_cast<double>(half.packets));
}
// Of the direction's packets, if it is a stream.
template <uint8_t UdpDirection::*kUdp, uint8_t TcpDirection::*kTcp>
Value Ttl(const MediaFlow& m, Direction d) {
  const auto of_udp = [&](const auto&) { return Value::Number(m.udp->of(d).*kUdp); };
  return Pick(m, d, of_udp, of_udp, [](const TcpDirection& t) { return Value::Number(t.*kTcp); });
}

constexpr Column<MediaFlow> kTransport[] = {
    {"proto", "", Format::kInt32, "1 TCP, 2 UDP",
     [](const MediaFlow& m, Direction) { return Value::Number(m.tcp != nullptr ? 1 : 2); }},
};

constexpr Column<MediaFlow> kOfSide[] = {
    {"type", "", Format::kInt32,
     "UDP: the protocol of this side (3 RTP, 4 RTCP); TCP: the connection type (4 RTP, 8 ICY): see "
     "codes.md",
     [](const MediaFlow& m, Direction d) {
       return m.tcp != nullptr ? Value::Number(m.tcp->layer7.connection_type)
                               : Value::Number(static_cast<uint32_t>(m.udp->of(d).type));
     }},
    {"ip", "", Format::kAddress, "IP address",
     [](const MediaFlow& m, Direction d) { return Value::Address(m.endpoints().of(d)); }},
    {"port", "", Format::kUint16, "port",
     [](const MediaFlow& m, Direction d) { return Value::Number(m.endpoints().of(d).port); }},
    {"isint", "", Format::kInt32, "1: the address is internal",
     [](const MediaFlow& m, Direction d) {
       return Value::Number(static_cast<uint32_t>(m.endpoints().of(d).internal));
     }},
    {"pkts", "", Format::kUint64, "packets of RTP or RTCP; TCP: segments",
     [](const MediaFlow& m, Direction d) {
       const auto packets = [](const auto& s) { return Value::Number(s.packets); };
       return Pick(m, d, packets, packets, packets);
     }},
    {"ipg", "ms", Format::kGeneral,
     "mean gap between RTP packets in sequence, RTCP packets, TCP segments with data",
     [](const MediaFlow& m, Direction d) {
       const auto gap = [](const auto& s) { return Value::Number(MeanGapMs(s)); };
       return Pick(m, d, gap, gap, [](const TcpDirection& t) {
         return Value::Number(Quotient(t.gaps.sum_ms, static_cast<double>(t.gaps.count) - 1));
       });
     }},
    {"jitter", "", Format::kGeneral,
     "RTP: jitter at the end [ms]; RTCP: mean of the reports [units of the payload's clock]; TCP: "
     "mean deviation of the gaps [ms]",
     [](const MediaFlow& m, Direction d) {
       return Pick(
           m, d, [](const RtpStream& s) { return Value::Number(s.jitter.value_ms); },
           [](const RtcpStream& s) { return Value::Number(MeanJitter(s)); },
           [](const TcpDirection& t) {
             return Value::Number(
                 Quotient(t.gaps.jitter_sum_ms, static_cast<double>(t.gaps.count) - 1));
           });
     }},
    {"jitter_max", "", Format::kGeneral, "its maximum",
     [](const MediaFlow& m, Direction d) {
       return Pick(
           m, d, [](const RtpStream& s) { return Value::Number(double{s.jitter.max_ms}); },
           [](const RtcpStream& s) { return Value::Number(static_cast<double>(s.jitter_max)); },
           [](const TcpDirection& t) { return Value::Number(double{t.gaps.jitter_max_ms}); });
     }},
    {"jitter_min", "", Format::kGeneral, "its minimum",
     [](const MediaFlow& m, Direction d) {
       return Pick(
           m, d, [](const RtpStream& s) { return Value::Number(double{s.jitter.min_ms}); },
           [](const RtcpStream& s) { return Value::Number(static_cast<double>(s.jitter_min)); },
           [](const TcpDirection& t) { return Value::Number(double{t.gaps.jitter_min_ms}); });
     }},
    {"ttl_avg", "", Format::kGeneral, "mean TTL or hop limit",
     [](const MediaFlow& m, Direction d) {
       const auto of_udp = [&](const auto&) { return Value::Number(MeanTtl(m.udp->of(d))); };
       return Pick(m, d, of_udp, of_udp,
                   [](const TcpDirection& t) { return Value::Number(MeanTtl(t)); });
     }},
    {"ttl_max", "", Format::kUint32, "largest TTL or hop limit",
     Ttl<&UdpDirection::ttl_max, &TcpDirection::ttl_max>},
    {"ttl_min", "", Format::kUint32, "smallest TTL or hop limit",
     Ttl<&UdpDirection::ttl_min, &TcpDirection::ttl_min>},
    {"first", "s", Format::kFixed6, "time of the first packet, since the epoch",
     [](const MediaFlow& m, Direction d) {
       const auto first = [](const auto& s) { return Value::Number(Seconds(s.first)); };
       return Pick(m, d, first, first,
                   [&](const TcpDirection&) { return Value::Number(Seconds(m.tcp->first)); });
     }},
    {"durat", "", Format::kFixed6,
     "from the first to the last packet: RTP [s], RTCP [ms]; TCP: of the flow [ms]",
     [](const MediaFlow& m, Direction d) {
       return Pick(
           m, d, [](const RtpStream& s) { return Value::Number(DurationMs(s) / 1000.0); },
           [](const RtcpStream& s) { return Value::Number(DurationMs(s)); },
           [&](const TcpDirection&) { return Value::Number(FlowMs(*m.tcp)); });
     }},
    {"bytes", "bytes", Format::kUint64,
     "RTP: payload, the first packet excluded; RTCP: UDP payload; TCP: payload without "
     "retransmissions",
     [](const MediaFlow& m, Direction d) {
       const auto bytes = [](const auto& s) { return Value::Number(s.data_bytes); };
       return Pick(m, d, bytes, bytes,
                   [](const TcpDirection& t) { return Value::Number(t.unique_bytes); });
     }},
    {"rate", "", Format::kGeneral, "bit rate: RTP [bit/s], RTCP and TCP [kbit/s]",
     [](const MediaFlow& m, Direction d) {
       const auto rate = [](const auto& s) { return Value::Number(Rate(s)); };
       return Pick(m, d, rate, rate, [&](const TcpDirection& t) {
         return Value::Number(Quotient(static_cast<double>(t.unique_bytes), FlowMs(*m.tcp)) * 8);
       });
     }},
    {"ssrc", "", Format::kUint32, "synchronisation source",
     OfStreams<&RtpStream::ssrc, &RtcpStream::ssrc>},
    {"lost", "", Format::kInt64, "RTP packets that never came", OfRtp<&RtpStream::lost>},
    {"out_of_seq", "", Format::kInt64, "RTP packets, TCP segments out of sequence",
     [](const MediaFlow& m, Direction d) {
       return Pick(
           m, d, [](const RtpStream& s) { return Value::Number(s.out_of_sequence); }, kNever,
           [](const TcpDirection& t) { return Value::Number(t.out_of_order_packets); });
     }},
    {"dup", "", Format::kInt64, "RTP packets that came twice; TCP: retransmitted segments",
     [](const MediaFlow& m, Direction d) {
       return Pick(
           m, d, [](const RtpStream& s) { return Value::Number(s.duplicates); }, kNever,
           [](const TcpDirection& t) { return Value::Number(t.retransmitted_packets); });
     }},
    {"late", "", Format::kInt64, "RTP packets that came too late", OfRtp<&RtpStream::late>},
    {"pt", "", Format::kUint32, "payload type of the last RTP packet",
     OfRtp<&RtpStream::payload_type>},
    {"restarted", "", Format::kInt32, "1: the RTP sequence numbers jumped",
     [](const MediaFlow& m, Direction d) {
       return Pick(
           m, d,
           [](const RtpStream& s) { return Value::Number(static_cast<uint32_t>(s.restarted)); },
           kNever, kNever);
     }},
    {"rtcp_lost", "", Format::kInt32, "cumulative number of packets lost, of the last report",
     OfRtcp<&RtcpStream::cumulative_lost>},
    {"rtcp_lost_frac", "%", Format::kGeneral, "mean fraction lost of the reports",
     [](const MediaFlow& m, Direction d) {
       return Pick(
           m, d, kNever, [](const RtcpStream& s) { return Value::Number(FractionLostPercent(s)); },
           kNever);
     }},
    {"rtcp_pkts", "", Format::kUint32, "packets sent, of the last sender report",
     OfRtcp<&RtcpStream::sender_packets>},
    {"rtcp_octets", "bytes", Format::kUint32, "octets sent, of the last sender report",
     OfRtcp<&RtcpStream::sender_octets>},
    {"rtt_avg", "ms", Format::kGeneral, "mean round-trip time by RTCP; TCP: as in log_tcp_complete",
     [](const MediaFlow& m, Direction d) {
       return Pick(
           m, d, kNever, [](const RtcpStream& s) { return Value::Number(MeanRttMs(s)); },
           [](const TcpDirection& t) { return Value::Number(t.rtt.average_us() / 1000.0); });
     }},
    {"rtt_max", "ms", Format::kGeneral, "largest round-trip time",
     [](const MediaFlow& m, Direction d) {
       return Pick(
           m, d, kNever, [](const RtcpStream& s) { return Value::Number(s.rtt_max_ms); },
           [](const TcpDirection& t) { return Value::Number(t.rtt.max_us / 1000.0); });
     }},
    {"rtt_min", "ms", Format::kGeneral, "smallest round-trip time",
     [](const MediaFlow& m, Direction d) {
       return Pick(
           m, d, kNever, [](const RtcpStream& s) { return Value::Number(s.rtt_min_ms); },
           [](const TcpDirection& t) { return Value::Number(t.rtt.min_us / 1000.0); });
     }},
    {"rtt_cnt", "", Format::kUint32, "round-trip time samples",
     [](const MediaFlow& m, Direction d) {
       return Pick(
           m, d, kNever, [](const RtcpStream& s) { return Value::Number(s.rtt_samples); },
           [](const TcpDirection& t) { return Value::Number(t.rtt.count); });
     }},
    {"rtcp_err", "", Format::kInt32, "RTCP: 1 truncated reports, 2 several blocks in one, 3 both",
     OfRtcp<&RtcpStream::errors>},
    {"first_http", "ms", Format::kGeneral, "TCP: start to the first HTTP segment; 0: none",
     SinceStart<&TcpDirection::first_http>},
    {"first_rtsp", "ms", Format::kGeneral, "TCP: start to the first RTSP segment; 0: none",
     SinceStart<&TcpDirection::first_rtsp>},
    {"first_rtp", "ms", Format::kGeneral, "TCP: start to the first RTP segment; 0: none",
     SinceStart<&TcpDirection::first_rtp>},
    {"first_icy", "ms", Format::kGeneral, "TCP: start to the first ICY segment; 0: none",
     SinceStart<&TcpDirection::first_icy>},
};
constexpr auto kColumns = Concatenate(Once(kTransport), ClientThenServer(kOfSide));
static_assert(kColumns.size() == 73);

}  // namespace

const LogSchema<MediaFlow>& MediaCompleteLog() {
  static const LogSchema<MediaFlow> log = {
      {.name = "log_mm_complete",
       .description = "One row for each UDP flow with RTP or RTCP in at least one direction, and "
                      "for each TCP flow with RTP (in RTSP) or ICY. Columns that do "
                      "not apply are 0.",
       .has_header = false},
      {MakeColumnBlock<MediaFlow, kColumns>("core", "Core", 0)}};
  return log;
}

}  // namespace tstat::internal
