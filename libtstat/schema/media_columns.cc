// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of multimedia flows: log_mm_complete.
#include <optional>
#include <string_view>

#include "schema/log_schema.h"
#include "schema/media_values.h"
#include "schema/readers.h"
#include "schema/row_writer.h"
#include "tcp/rtt_mean.h"
#include "tstat/codes.h"
#include "tstat/flow.h"
#include "tstat/media.h"
#include "tstat/schema.h"
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

// What a direction may be that a column is not about.
struct Never {
  template <typename T>
  constexpr std::nullopt_t operator()(const T&) const {
    return std::nullopt;
  }
};
constexpr Never kNever;

// What `d` of the flow is: an RTP stream, RTCP, one half of a TCP connection, or neither.
template <typename T, typename OnRtp, typename OnRtcp, typename OnTcp>
std::optional<T> Pick(const MediaFlow& m, Direction d, OnRtp on_rtp, OnRtcp on_rtcp, OnTcp on_tcp) {
  if (m.tcp != nullptr) return on_tcp(m.tcp->of(d));
  const MediaDirection& side = m.of(d);
  if (!side.rtp.empty()) return on_rtp(side.rtp.front());
  if (!side.rtcp.empty()) return on_rtcp(side.rtcp.front());
  return std::nullopt;
}

template <typename T, auto kRtp, auto kRtcp>
constexpr auto OfStreams = [](const MediaFlow& m, Direction d) {
  return Pick<T>(
      m, d, [](const RtpStream& s) { return T{s.*kRtp}; },
      [](const RtcpStream& s) { return T{s.*kRtcp}; }, kNever);
};
template <typename T, auto kRtp>
constexpr auto OfRtp = [](const MediaFlow& m, Direction d) {
  return Pick<T>(
      m, d, [](const RtpStream& s) { return T{s.*kRtp}; }, kNever, kNever);
};
template <typename T, auto kRtcp>
constexpr auto OfRtcp = [](const MediaFlow& m, Direction d) {
  return Pick<T>(
      m, d, kNever, [](const RtcpStream& s) { return T{s.*kRtcp}; }, kNever);
};

double FlowMs(const TcpFlow& f) { return ElapsedMicroseconds(f.first, f.last) / 1000.0; }
double MeanGapMs(const TcpDirection& t) {
  return Quotient(t.gaps.sum_ms, static_cast<double>(t.gaps.count) - 1);
}
double MeanJitter(const TcpDirection& t) {
  return Quotient(t.gaps.jitter_sum_ms, static_cast<double>(t.gaps.count) - 1);
}
constexpr bool HasGaps(const TcpDirection& t) { return t.gaps.count > 1; }
// From the flow's start to `event`.
template <Timestamp TcpDirection::*kEvent>
constexpr auto SinceStart = [](const MediaFlow& m, Direction d) -> std::optional<Duration> {
  return m.tcp != nullptr ? BetweenIfSet(m.tcp->first, m.tcp->of(d).*kEvent) : std::nullopt;
};

template <typename Half>
double MeanTtl(const Half& half) {
  return Quotient(static_cast<double>(half.ttl_sum), static_cast<double>(half.packets));
}
std::optional<double> MeanTtlOf(const MediaFlow& m, Direction d) {
  const auto of_udp = [&](const auto&) { return MeanTtl(m.udp->of(d)); };
  return Pick<double>(m, d, of_udp, of_udp, [](const TcpDirection& t) { return MeanTtl(t); });
}
// Of the direction's packets, if it is a stream.
template <uint8_t UdpDirection::*kUdp, uint8_t TcpDirection::*kTcp>
constexpr auto Ttl = [](const MediaFlow& m, Direction d) {
  const auto of_udp = [&](const auto&) { return m.udp->of(d).*kUdp; };
  return Pick<uint8_t>(m, d, of_udp, of_udp, [](const TcpDirection& t) { return t.*kTcp; });
};

// Jitter as it is printed: of RTP and TCP in milliseconds, of RTCP in units of its clock.
std::optional<double> JitterText(const MediaFlow& m, Direction d) {
  return Pick<double>(
      m, d, [](const RtpStream& s) { return s.jitter.value_ms; },
      [](const RtcpStream& s) { return MeanJitter(s); },
      [](const TcpDirection& t) { return MeanJitter(t); });
}
template <float RtpJitter::*kRtp, uint32_t RtcpStream::*kRtcp, float GapStatistics::*kTcp>
constexpr auto JitterExtremeText = [](const MediaFlow& m, Direction d) {
  return Pick<double>(
      m, d, [](const RtpStream& s) { return double{s.jitter.*kRtp}; },
      [](const RtcpStream& s) { return static_cast<double>(s.*kRtcp); },
      [](const TcpDirection& t) { return double{t.gaps.*kTcp}; });
};
template <float RtpJitter::*kRtp, float GapStatistics::*kTcp>
constexpr auto JitterExtreme = [](const MediaFlow& m, Direction d) {
  return Pick<Duration>(
      m, d, [](const RtpStream& s) { return DurationOfMs(s.jitter.*kRtp); }, kNever,
      [](const TcpDirection& t) { return HasGaps(t) ? DurationOfMs(t.gaps.*kTcp) : std::nullopt; });
};
template <uint32_t RtcpStream::*kRtcp>
constexpr auto RtcpJitter = [](const MediaFlow& m, Direction d) {
  return Pick<uint32_t>(
      m, d, kNever,
      [](const RtcpStream& s) { return s.reports > 0 ? std::optional(s.*kRtcp) : std::nullopt; },
      kNever);
};

std::optional<double> RttMeanText(const MediaFlow& m, Direction d) {
  return Pick<double>(
      m, d, kNever, [](const RtcpStream& s) { return MeanRttMs(s); },
      [](const TcpDirection& t) { return ShownMean(t.rtt) / 1000.0; });
}
template <double RtcpStream::*kRtcp, double RttStatistics::*kTcp>
constexpr auto RttExtremeText = [](const MediaFlow& m, Direction d) {
  return Pick<double>(
      m, d, kNever, [](const RtcpStream& s) { return s.*kRtcp; },
      [](const TcpDirection& t) { return t.rtt.*kTcp / 1000.0; });
};
template <double RtcpStream::*kRtcp, double RttStatistics::*kTcp>
constexpr auto RttExtreme = [](const MediaFlow& m, Direction d) {
  return Pick<Duration>(
      m, d, kNever,
      [](const RtcpStream& s) { return s.rtt_samples > 0 ? DurationOfMs(s.*kRtcp) : std::nullopt; },
      [](const TcpDirection& t) {
        return t.rtt.count > 0 ? DurationOfUs(t.rtt.*kTcp) : std::nullopt;
      });
};

// Columns that do not apply are printed as a plain 0, whatever their format.
constexpr ColumnExtras kNoStream = {.absent = "neither RTP nor RTCP", .placeholder = "0"};
constexpr ColumnExtras kOfRtpOnly = {.absent = "no RTP", .placeholder = "0"};
constexpr ColumnExtras kOfRtcpOnly = {.absent = "no RTCP", .placeholder = "0"};
constexpr ColumnExtras kNoSample = {.absent = "no sample", .placeholder = "0"};
constexpr ColumnExtras kOfTcpOnly = {.absent = "none, or UDP"};
constexpr ColumnExtras kDerived = {.privacy = Privacy::kDerived};

using MediaColumn = Column<MediaFlow>;
constexpr MediaColumn kTransport[] = {
    {"proto", type::OneOf<uint8_t>(kTransportCodes), "", Format::kInt32, "1 TCP, 2 UDP",
     [](const MediaFlow& m, Direction) { return static_cast<uint8_t>(m.tcp != nullptr ? 1 : 2); }},
    MediaColumn::WithoutText("con_t", type::SetOf<uint32_t>(kConnectionTypeCodes), "",
                             "TCP: connection type, a sum: see codes.md",
                             [](const MediaFlow& m, Direction) {
                               return m.tcp != nullptr
                                          ? std::optional(m.tcp->layer7.connection_type)
                                          : std::nullopt;
                             },
                             {.absent = "UDP", .privacy = Privacy::kDerived}),
};

constexpr MediaColumn kOfSide[] = {
    {"type",
     type::OneOf<uint8_t>(kUdpTypeCodes),
     "",
     Format::kInt32,
     "UDP: the protocol of this side (3 RTP, 4 RTCP); printed of TCP: the connection type (4 RTP, "
     "8 ICY): see codes.md",
     [](const MediaFlow& m, Direction d) {
       return m.tcp == nullptr ? std::optional(m.udp->of(d).type) : std::nullopt;
     },
     {.absent = "TCP", .privacy = Privacy::kDerived},
     [](const MediaFlow& m, Direction d) {
       return m.tcp != nullptr ? m.tcp->layer7.connection_type
                               : static_cast<uint32_t>(m.udp->of(d).type);
     }},
    {"ip", type::kAddress, "", Format::kAddress, "IP address",
     [](const MediaFlow& m, Direction d) { return AddressOf(m.endpoints().of(d)); },
     Is(Privacy::kAddress)},
    {"port", type::kU16, "", Format::kUint16, "port",
     [](const MediaFlow& m, Direction d) { return m.endpoints().of(d).port; }},
    {"isint", type::kBool, "", Format::kInt32, "1: the address is internal",
     [](const MediaFlow& m, Direction d) { return m.endpoints().of(d).internal; }, kDerived},
    {"pkts", type::kU64, "", Format::kUint64, "packets of RTP or RTCP; TCP: segments",
     [](const MediaFlow& m, Direction d) {
       const auto packets = [](const auto& s) { return s.packets; };
       return Pick<uint64_t>(m, d, packets, packets, packets);
     },
     kNoStream},
    {"ipg", type::kDuration, "ms", Format::kGeneral,
     "mean gap between RTP packets in sequence, RTCP packets, TCP segments with data",
     [](const MediaFlow& m, Direction d) {
       const auto gap = [](const auto& s) { return DurationOfMs(MeanGapMs(s)); };
       return Pick<Duration>(m, d, gap, gap, gap);
     },
     Absent("fewer than two packets", "0"),
     [](const MediaFlow& m, Direction d) {
       const auto gap = [](const auto& s) { return MeanGapMs(s); };
       return Pick<double>(m, d, gap, gap, gap);
     }},
    {"jitter",
     type::kDuration,
     "ms",
     Format::kGeneral,
     "RTP: jitter at the end; TCP: mean deviation of the gaps; printed of RTCP: mean of the "
     "reports [units of the payload's clock]",
     [](const MediaFlow& m, Direction d) {
       return Pick<Duration>(
           m, d, [](const RtpStream& s) { return DurationOfMs(s.jitter.value_ms); }, kNever,
           [](const TcpDirection& t) { return DurationOfMs(MeanJitter(t)); });
     },
     {.absent = "neither RTP nor TCP", .placeholder = "0", .text_unit = "ms, see there"},
     [](const MediaFlow& m, Direction d) { return JitterText(m, d); }},
    {"jitter_max",
     type::kDuration,
     "ms",
     Format::kGeneral,
     "its maximum",
     JitterExtreme<&RtpJitter::max_ms, &GapStatistics::jitter_max_ms>,
     {.absent = "neither RTP nor TCP", .placeholder = "0", .text_unit = "ms, see there"},
     JitterExtremeText<&RtpJitter::max_ms, &RtcpStream::jitter_max, &GapStatistics::jitter_max_ms>},
    {"jitter_min",
     type::kDuration,
     "ms",
     Format::kGeneral,
     "its minimum",
     JitterExtreme<&RtpJitter::min_ms, &GapStatistics::jitter_min_ms>,
     {.absent = "neither RTP nor TCP", .placeholder = "0", .text_unit = "ms, see there"},
     JitterExtremeText<&RtpJitter::min_ms, &RtcpStream::jitter_min, &GapStatistics::jitter_min_ms>},
    {"ttl_avg", type::kReal, "", Format::kGeneral, "mean TTL or hop limit",
     [](const MediaFlow& m, Direction d) {
       const std::optional<double> mean = MeanTtlOf(m, d);
       return mean.has_value() ? IfFinite(*mean) : std::nullopt;
     },
     kNoStream, [](const MediaFlow& m, Direction d) { return MeanTtlOf(m, d); }},
    {"ttl_max", type::kU8, "", Format::kUint32, "largest TTL or hop limit",
     Ttl<&UdpDirection::ttl_max, &TcpDirection::ttl_max>, kNoStream},
    {"ttl_min", type::kU8, "", Format::kUint32, "smallest TTL or hop limit",
     Ttl<&UdpDirection::ttl_min, &TcpDirection::ttl_min>, kNoStream},
    {"first", type::kTime, "s", Format::kFixed6, "time of the first packet, since the epoch",
     [](const MediaFlow& m, Direction d) {
       const auto first = [](const auto& s) { return s.first; };
       return Pick<Timestamp>(m, d, first, first,
                              [&](const TcpDirection&) { return m.tcp->first; });
     },
     kNoStream},
    {"durat",
     type::kDuration,
     "ms",
     Format::kFixed6,
     "from the first to the last packet; TCP: of the flow; printed of RTP in s, of others in ms",
     [](const MediaFlow& m, Direction d) {
       const auto lasted = [](const auto& s) { return Between(s.first, s.last); };
       return Pick<Duration>(m, d, lasted, lasted, [&](const TcpDirection&) {
         return Between(m.tcp->first, m.tcp->last);
       });
     },
     {.absent = "neither RTP nor RTCP", .placeholder = "0", .text_unit = "s or ms"},
     [](const MediaFlow& m, Direction d) {
       return Pick<double>(
           m, d, [](const RtpStream& s) { return DurationMs(s) / 1000.0; },
           [](const RtcpStream& s) { return DurationMs(s); },
           [&](const TcpDirection&) { return FlowMs(*m.tcp); });
     }},
    {"bytes", type::kU64, "bytes", Format::kUint64,
     "RTP: payload, the first packet excluded; RTCP: UDP payload; TCP: payload without "
     "retransmissions",
     [](const MediaFlow& m, Direction d) {
       const auto bytes = [](const auto& s) { return s.data_bytes; };
       return Pick<uint64_t>(m, d, bytes, bytes,
                             [](const TcpDirection& t) { return t.unique_bytes; });
     },
     kNoStream},
    {"rate",
     type::kReal,
     "bit/s",
     Format::kGeneral,
     "bit rate; printed of RTCP and TCP in kbit/s",
     [](const MediaFlow& m, Direction d) {
       return Pick<double>(
           m, d, [](const RtpStream& s) { return IfFinite(Rate(s)); },
           [](const RtcpStream& s) { return IfFinite(1000 * Rate(s)); },
           [&](const TcpDirection& t) {
             return IfFinite(Quotient(static_cast<double>(t.unique_bytes), FlowMs(*m.tcp)) * 8000);
           });
     },
     {.absent = "no stream, or it has no length", .placeholder = "0", .text_unit = "see there"},
     [](const MediaFlow& m, Direction d) {
       const auto rate = [](const auto& s) { return Rate(s); };
       return Pick<double>(m, d, rate, rate, [&](const TcpDirection& t) {
         return Quotient(static_cast<double>(t.unique_bytes), FlowMs(*m.tcp)) * 8;
       });
     }},
    {"ssrc", type::kU32, "", Format::kUint32, "synchronisation source",
     OfStreams<uint32_t, &RtpStream::ssrc, &RtcpStream::ssrc>, kNoStream},
    {"lost", type::kU64, "", Format::kInt64, "RTP packets that never came",
     OfRtp<uint64_t, &RtpStream::lost>, kOfRtpOnly},
    {"out_of_seq", type::kU64, "", Format::kInt64, "RTP packets, TCP segments out of sequence",
     [](const MediaFlow& m, Direction d) {
       return Pick<uint64_t>(
           m, d, [](const RtpStream& s) { return s.out_of_sequence; }, kNever,
           [](const TcpDirection& t) { return uint64_t{t.out_of_order_packets}; });
     },
     kOfRtpOnly},
    {"dup", type::kU64, "", Format::kInt64,
     "RTP packets that came twice; TCP: retransmitted segments",
     [](const MediaFlow& m, Direction d) {
       return Pick<uint64_t>(
           m, d, [](const RtpStream& s) { return s.duplicates; }, kNever,
           [](const TcpDirection& t) { return uint64_t{t.retransmitted_packets}; });
     },
     kOfRtpOnly},
    {"late", type::kU64, "", Format::kInt64, "RTP packets that came too late",
     OfRtp<uint64_t, &RtpStream::late>, kOfRtpOnly},
    {"pt", type::kU8, "", Format::kUint32, "payload type of the last RTP packet",
     OfRtp<uint8_t, &RtpStream::payload_type>, kOfRtpOnly},
    {"restarted", type::kBool, "", Format::kInt32, "1: the RTP sequence numbers jumped",
     OfRtp<bool, &RtpStream::restarted>, kOfRtpOnly},
    {"rtcp_lost", type::kI32, "", Format::kInt32,
     "cumulative number of packets lost, of the last report",
     OfRtcp<int32_t, &RtcpStream::cumulative_lost>, kOfRtcpOnly},
    {"rtcp_lost_frac", type::kReal, "%", Format::kGeneral, "mean fraction lost of the reports",
     [](const MediaFlow& m, Direction d) {
       return Pick<double>(
           m, d, kNever, [](const RtcpStream& s) { return IfFinite(FractionLostPercent(s)); },
           kNever);
     },
     Absent("no report", "0"),
     [](const MediaFlow& m, Direction d) {
       return Pick<double>(
           m, d, kNever, [](const RtcpStream& s) { return FractionLostPercent(s); }, kNever);
     }},
    {"rtcp_pkts", type::kU32, "", Format::kUint32, "packets sent, of the last sender report",
     OfRtcp<uint32_t, &RtcpStream::sender_packets>, kOfRtcpOnly},
    {"rtcp_octets", type::kU32, "bytes", Format::kUint32, "octets sent, of the last sender report",
     OfRtcp<uint32_t, &RtcpStream::sender_octets>, kOfRtcpOnly},
    {"rtt_avg", type::kDuration, "ms", Format::kGeneral,
     "mean round-trip time by RTCP; TCP: as in log_tcp_complete",
     [](const MediaFlow& m, Direction d) {
       return Pick<Duration>(
           m, d, kNever, [](const RtcpStream& s) { return DurationOfMs(MeanRttMs(s)); },
           [](const TcpDirection& t) {
             return t.rtt.count > 0 ? DurationOfUs(t.rtt.mean_us()) : std::nullopt;
           });
     },
     kNoSample, [](const MediaFlow& m, Direction d) { return RttMeanText(m, d); }},
    {"rtt_max", type::kDuration, "ms", Format::kGeneral, "largest round-trip time",
     RttExtreme<&RtcpStream::rtt_max_ms, &RttStatistics::max_us>, kNoSample,
     RttExtremeText<&RtcpStream::rtt_max_ms, &RttStatistics::max_us>},
    {"rtt_min", type::kDuration, "ms", Format::kGeneral, "smallest round-trip time",
     RttExtreme<&RtcpStream::rtt_min_ms, &RttStatistics::min_us>, kNoSample,
     RttExtremeText<&RtcpStream::rtt_min_ms, &RttStatistics::min_us>},
    {"rtt_cnt", type::kU32, "", Format::kUint32, "round-trip time samples",
     [](const MediaFlow& m, Direction d) {
       return Pick<uint32_t>(
           m, d, kNever, [](const RtcpStream& s) { return s.rtt_samples; },
           [](const TcpDirection& t) { return t.rtt.count; });
     },
     kOfRtcpOnly},
    {"rtcp_err", type::SetOf<uint8_t>(kRtcpErrorCodes), "", Format::kInt32,
     "RTCP: 1 truncated reports, 2 several blocks in one, 3 both",
     OfRtcp<uint8_t, &RtcpStream::errors>, kOfRtcpOnly},
    {"first_http", type::kDuration, "ms", Format::kGeneral, "TCP: start to the first HTTP segment",
     SinceStart<&TcpDirection::first_http>, kOfTcpOnly},
    {"first_rtsp", type::kDuration, "ms", Format::kGeneral, "TCP: start to the first RTSP segment",
     SinceStart<&TcpDirection::first_rtsp>, kOfTcpOnly},
    {"first_rtp", type::kDuration, "ms", Format::kGeneral, "TCP: start to the first RTP segment",
     SinceStart<&TcpDirection::first_rtp>, kOfTcpOnly},
    {"first_icy", type::kDuration, "ms", Format::kGeneral, "TCP: start to the first ICY segment",
     SinceStart<&TcpDirection::first_icy>, kOfTcpOnly},
    MediaColumn::WithoutText(
        "rtcp_jitter", type::kReal, "clock units", "RTCP: mean jitter of the reports",
        [](const MediaFlow& m, Direction d) {
          return Pick<double>(
              m, d, kNever, [](const RtcpStream& s) { return IfFinite(MeanJitter(s)); }, kNever);
        },
        Absent("no report")),
    MediaColumn::WithoutText("rtcp_jitter_max", type::kU32, "clock units", "its maximum",
                             RtcpJitter<&RtcpStream::jitter_max>, Absent("no report")),
    MediaColumn::WithoutText("rtcp_jitter_min", type::kU32, "clock units", "its minimum",
                             RtcpJitter<&RtcpStream::jitter_min>, Absent("no report")),
};
constexpr auto kColumns = Concatenate(Once(kTransport), ClientThenServer(kOfSide));
static_assert(kColumns.size() == 73 + 1 + 6);

}  // namespace
}  // namespace tstat::internal

namespace tstat::inline v1 {

const LogTable<MediaFlow>& MediaFlowTable() {
  static const internal::LogSchema<MediaFlow> table(
      {.name = "media_flow",
       .description = "One row for each UDP flow with RTP or RTCP in at least one direction, and "
                      "for each TCP flow with RTP (in RTSP) or ICY. Columns that do "
                      "not apply are 0.",
       .has_header = false},
      {internal::MakeColumnBlock<MediaFlow, internal::kColumns>("core", "Core", 0)});
  return table;
}

}  // namespace tstat::inline v1
