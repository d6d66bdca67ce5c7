// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] log_mm_complete with a row for each stream.
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

#include "fmt/format.h"
#include "schema/log_schema.h"
#include "schema/media_values.h"
#include "schema/readers.h"
#include "schema/row_writer.h"
#include "tstat/codes.h"
#include "tstat/flow.h"
#include "tstat/media.h"
#include "tstat/schema.h"

namespace tstat::internal {
namespace {

using media_values::DurationMs;
using media_values::FractionLostPercent;
using media_values::MeanGapMs;
using media_values::MeanJitter;
using media_values::MeanRttMs;
using media_values::Quotient;
using media_values::Rate;

using Stream = MediaStream;

const UdpDirection& DirectionOf(const Stream& s) { return s.flow->udp->of(s.sender); }

// One expression for both kinds.
template <typename Read>
auto Either(const Stream& s, Read read) {
  return s.rtp != nullptr ? read(*s.rtp) : read(*s.rtcp);
}
template <auto kRtp, auto kRtcp>
constexpr auto Of =
    [](const Stream& s, Direction) { return s.rtp != nullptr ? s.rtp->*kRtp : s.rtcp->*kRtcp; };
template <auto kRtp>
constexpr auto OfRtp = [](const Stream& s, Direction) {
  return s.rtp != nullptr ? std::optional(s.rtp->*kRtp) : std::nullopt;
};
template <auto kRtcp>
constexpr auto OfRtcp = [](const Stream& s, Direction) {
  return s.rtcp != nullptr ? std::optional(s.rtcp->*kRtcp) : std::nullopt;
};
// Means of RTCP streams, and what becomes of them without a report.
template <double (*kMean)(const RtcpStream&)>
constexpr auto RtcpMean = [](const Stream& s, Direction) {
  return s.rtcp != nullptr ? std::optional(kMean(*s.rtcp)) : std::nullopt;
};

// The clock of the payload type; as if it were one of 8 or 90 kHz.
template <RtpJitter RtpStream::*kJitter, auto kMember>
constexpr auto JitterText = [](const Stream& s, Direction) {
  return s.rtp != nullptr ? std::optional(static_cast<double>((s.rtp->*kJitter).*kMember))
                          : std::nullopt;
};
template <RtpJitter RtpStream::*kJitter, auto kMember>
constexpr auto Jitter = [](const Stream& s, Direction) {
  return s.rtp != nullptr ? DurationOfMs((s.rtp->*kJitter).*kMember) : std::nullopt;
};
template <float RtpJitter::*kMember, uint32_t RtcpStream::*kRtcp>
constexpr auto JitterExtremeText = [](const Stream& s, Direction) {
  return s.rtp != nullptr ? static_cast<double>(s.rtp->jitter.*kMember)
                          : static_cast<double>(s.rtcp->*kRtcp);
};
template <uint32_t RtcpStream::*kRtcp>
constexpr auto RtcpJitter = [](const Stream& s, Direction) {
  return s.rtcp != nullptr && s.rtcp->reports > 0 ? std::optional(s.rtcp->*kRtcp) : std::nullopt;
};
template <double RtcpStream::*kMember>
constexpr auto RttExtreme = [](const Stream& s, Direction) {
  return s.rtcp != nullptr && s.rtcp->rtt_samples > 0 ? DurationOfMs(s.rtcp->*kMember)
                                                      : std::nullopt;
};

double PayloadMean(const RtpStream& s) {
  return Quotient(static_cast<double>(s.data_bytes), static_cast<double>(s.packets));
}
// Not the usual formula: the root is divided, not what is under it.
double PayloadDeviation(const RtpStream& s) {
  if (s.packets <= 1) return 0;
  const double packets = static_cast<double>(s.packets), bytes = static_cast<double>(s.data_bytes);
  const double variation = s.payload_square_sum - bytes * bytes / packets;
  if (variation < 0) return -std::numeric_limits<double>::quiet_NaN();
  return std::sqrt(variation) / (packets - 1);
}
// The usual one.
std::optional<double> SampleDeviation(const RtpStream& s) {
  if (s.packets <= 1) return std::nullopt;
  const double packets = static_cast<double>(s.packets), bytes = static_cast<double>(s.data_bytes);
  return IfFinite(std::sqrt((s.payload_square_sum - bytes * bytes / packets) / (packets - 1)));
}
template <double (*kOf)(const RtpStream&)>
constexpr auto RtpMean = [](const Stream& s, Direction) {
  return s.rtp != nullptr ? std::optional(kOf(*s.rtp)) : std::nullopt;
};

// Columns of the other kind of stream are printed as a plain 0, whatever their format.
constexpr ColumnExtras kOfRtpOnly = {.absent = "RTCP", .placeholder = "0"};
constexpr ColumnExtras kOfRtcpOnly = {.absent = "RTP", .placeholder = "0"};
constexpr ColumnExtras kExtraJitter = {.absent = "RTCP", .placeholder = "0.0"};
constexpr ColumnExtras kNoReport = {.absent = "RTP, or no report", .placeholder = "0"};
constexpr ColumnExtras kNoSample = {.absent = "RTP, or no sample", .placeholder = "0"};
constexpr ColumnExtras kDerived = {.privacy = Privacy::kDerived};

using StreamColumn = Column<Stream>;
constexpr StreamColumn kHead[] = {
    {"a_proto", type::kText, "", Format::kText, "R: RTP, T: RTCP",
     [](const Stream& s, Direction) { return std::string_view(s.rtp != nullptr ? "R" : "T"); }},
    {"direction", type::kText, "", Format::kText, "sender: C client, S server",
     [](const Stream& s, Direction) {
       return std::string_view(s.sender == Direction::kClientToServer ? "C" : "S");
     }},
};
constexpr StreamColumn kOfSide[] = {
    {"proto", type::OneOf<uint8_t>(kUdpTypeCodes), "", Format::kInt32,
     "protocol of the direction: see codes.md",
     [](const Stream& s, Direction d) { return s.flow->udp->of(d).type; }, kDerived},
    {"ip", type::kAddress, "", Format::kAddress, "IP address",
     [](const Stream& s, Direction d) { return AddressOf(s.flow->endpoints().of(d)); },
     Is(Privacy::kAddress)},
    {"port", type::kU16, "", Format::kUint16, "port",
     [](const Stream& s, Direction d) { return s.flow->endpoints().of(d).port; }},
    {"internal", type::kBool, "", Format::kUint32, "1: the address is internal",
     [](const Stream& s, Direction d) { return s.flow->endpoints().of(d).internal; }, kDerived},
    {"iscrypto", type::kBool, "", Format::kUint32, "1: the address is anonymised",
     [](const Stream& s, Direction d) { return s.flow->endpoints().of(d).encrypted; }, kDerived},
    {"mux_prot", type::SetOf<uint8_t>(kMediaProtocolCodes), "", Format::kUint32,
     "what shares the ports: 1 RTP, 2 RTCP, 4 DTLS, 8 STUN, 16 TURN, 32 ZRTP, 64 MTURN",
     [](const Stream& s, Direction d) { return s.flow->of(d).protocols; }, kDerived},
};
constexpr StreamColumn kBoth[] = {
    {"packets", type::kU64, "", Format::kUint64, "packets",
     Of<&RtpStream::packets, &RtcpStream::packets>},
    {"ipg", type::kDuration, "ms", Format::kGeneral,
     "mean gap between RTP packets in sequence, RTCP packets",
     [](const Stream& s, Direction) {
       return Either(s, [](const auto& stream) { return DurationOfMs(MeanGapMs(stream)); });
     },
     Absent("no gap"),
     [](const Stream& s, Direction) {
       return Either(s, [](const auto& stream) { return MeanGapMs(stream); });
     }},
    {"jitter_avg",
     type::kDuration,
     "ms",
     Format::kGeneral,
     "RTP: jitter at the end; printed of RTCP: mean of the reports [units of the payload's clock]",
     Jitter<&RtpStream::jitter, &RtpJitter::value_ms>,
     {.absent = "RTCP", .text_unit = "ms, see there"},
     [](const Stream& s, Direction) {
       return s.rtp != nullptr ? s.rtp->jitter.value_ms : MeanJitter(*s.rtcp);
     }},
    {"jitter_max",
     type::kDuration,
     "ms",
     Format::kGeneral,
     "its maximum",
     Jitter<&RtpStream::jitter, &RtpJitter::max_ms>,
     {.absent = "RTCP", .text_unit = "ms, see there"},
     JitterExtremeText<&RtpJitter::max_ms, &RtcpStream::jitter_max>},
    {"jitter_min",
     type::kDuration,
     "ms",
     Format::kGeneral,
     "its minimum",
     Jitter<&RtpStream::jitter, &RtpJitter::min_ms>,
     {.absent = "RTCP", .text_unit = "ms, see there"},
     JitterExtremeText<&RtpJitter::min_ms, &RtcpStream::jitter_min>},
    {"ttl_avg", type::kReal, "", Format::kGeneral, "mean TTL or hop limit of the direction",
     [](const Stream& s, Direction) {
       const UdpDirection& d = DirectionOf(s);
       return Quotient(static_cast<double>(d.ttl_sum), static_cast<double>(d.packets));
     }},
    {"ttl_max", type::kU8, "", Format::kUint32, "largest TTL or hop limit of the direction",
     [](const Stream& s, Direction) { return DirectionOf(s).ttl_max; }},
    {"ttl_min", type::kU8, "", Format::kUint32, "smallest TTL or hop limit of the direction",
     [](const Stream& s, Direction) { return DirectionOf(s).ttl_min; }},
    {"starttime", type::kTime, "s", Format::kFixed6, "time of the first packet, since the epoch",
     [](const Stream& s, Direction) {
       return Either(s, [](const auto& stream) { return stream.first; });
     }},
    {"duration",
     type::kDuration,
     "ms",
     Format::kFixed6,
     "from the first to the last packet; printed of RTP in s, of RTCP in ms",
     [](const Stream& s, Direction) {
       return Either(s, [](const auto& stream) { return Between(stream.first, stream.last); });
     },
     {.text_unit = "s or ms"},
     [](const Stream& s, Direction) {
       return s.rtp != nullptr ? DurationMs(*s.rtp) / 1000.0 : DurationMs(*s.rtcp);
     }},
    {"databytes", type::kU64, "bytes", Format::kUint64, "RTP: payload; RTCP: UDP payload",
     Of<&RtpStream::data_bytes, &RtcpStream::data_bytes>},
    {"speed",
     type::kReal,
     "bit/s",
     Format::kGeneral,
     "bit rate; printed of RTCP in kbit/s",
     [](const Stream& s, Direction) {
       return IfFinite(s.rtp != nullptr ? Rate(*s.rtp) : 1000 * Rate(*s.rtcp));
     },
     {.absent = "the stream has no length", .text_unit = "see there"},
     [](const Stream& s, Direction) {
       return Either(s, [](const auto& stream) { return Rate(stream); });
     }},
    {"SSRC", type::kU32, "", Format::kHex, "synchronisation source, hexadecimal",
     Of<&RtpStream::ssrc, &RtcpStream::ssrc>},
    {"losses", type::kU64, "", Format::kInt64, "RTP packets that never came",
     OfRtp<&RtpStream::lost>, kOfRtpOnly},
    {"oos", type::kU64, "", Format::kInt64, "RTP packets out of sequence",
     OfRtp<&RtpStream::out_of_sequence>, kOfRtpOnly},
    {"dup", type::kU64, "", Format::kInt64, "RTP packets that came twice",
     OfRtp<&RtpStream::duplicates>, kOfRtpOnly},
    {"late", type::kU64, "", Format::kInt64, "RTP packets that came too late",
     OfRtp<&RtpStream::late>, kOfRtpOnly},
    {"pt_id", type::kText, "", Format::kText,
     "payload types (RTCP: packet types), in order of appearance",
     [](const Stream& s, Direction) { return IfNotEmpty(s.types); }, Absent("none", "-")},
    {"pt_counters", type::kText, "", Format::kText, "packets of these types",
     [](const Stream& s, Direction) { return IfNotEmpty(s.type_counts); }, Absent("none", "-")},
    {"bogus", type::kBool, "", Format::kInt32, "1: the RTP sequence numbers jumped",
     OfRtp<&RtpStream::restarted>, kOfRtpOnly},
    {"rtcp_losses", type::kI32, "", Format::kInt32,
     "cumulative number of packets lost, of the last report", OfRtcp<&RtcpStream::cumulative_lost>,
     kOfRtcpOnly},
    {"rtcp_fraclost", type::kReal, "%", Format::kGeneral, "mean fraction lost of the reports",
     [](const Stream& s, Direction) {
       return s.rtcp != nullptr ? IfFinite(FractionLostPercent(*s.rtcp)) : std::nullopt;
     },
     kNoReport, RtcpMean<FractionLostPercent>},
    {"rtcp_lenpack", type::kU32, "", Format::kUint32, "packets sent, of the last sender report",
     OfRtcp<&RtcpStream::sender_packets>, kOfRtcpOnly},
    {"rtcp_lenbytes", type::kU32, "bytes", Format::kUint32,
     "octets sent, of the last sender report", OfRtcp<&RtcpStream::sender_octets>, kOfRtcpOnly},
    {"rtt_avg", type::kDuration, "ms", Format::kGeneral, "mean round-trip time",
     [](const Stream& s, Direction) {
       return s.rtcp != nullptr ? DurationOfMs(MeanRttMs(*s.rtcp)) : std::nullopt;
     },
     kNoSample, RtcpMean<MeanRttMs>},
    {"rtt_max", type::kDuration, "ms", Format::kGeneral, "largest round-trip time",
     RttExtreme<&RtcpStream::rtt_max_ms>, kNoSample, OfRtcp<&RtcpStream::rtt_max_ms>},
    {"rtt_min", type::kDuration, "ms", Format::kGeneral, "smallest round-trip time",
     RttExtreme<&RtcpStream::rtt_min_ms>, kNoSample, OfRtcp<&RtcpStream::rtt_min_ms>},
    {"rtt_samples", type::kU32, "", Format::kUint32, "round-trip time samples",
     OfRtcp<&RtcpStream::rtt_samples>, kOfRtcpOnly},
    {"rtcp_trunc", type::SetOf<uint8_t>(kRtcpErrorCodes), "", Format::kInt32,
     "1 truncated reports, 2 several blocks in one, 3 both", OfRtcp<&RtcpStream::errors>,
     kOfRtcpOnly},
    {"rtp_max_payload", type::kI32, "bytes", Format::kInt32, "largest payload",
     OfRtp<&RtpStream::payload_max>, kOfRtpOnly},
    {"rtp_min_payload", type::kI32, "bytes", Format::kInt32, "smallest payload",
     OfRtp<&RtpStream::payload_min>, kOfRtpOnly},
    {"rtp_avg_payload", type::kReal, "bytes", Format::kFixed6, "mean payload", RtpMean<PayloadMean>,
     Absent("RTCP", "0.0")},
    {"rtp_stdev_payload", type::kReal, "bytes", Format::kFixed6,
     "standard deviation of the payload; printed as the root of the sum of squares, divided by the "
     "packets less one",
     [](const Stream& s, Direction) {
       return s.rtp != nullptr ? SampleDeviation(*s.rtp) : std::nullopt;
     },
     Absent("RTCP, or one packet", "0.0"), RtpMean<PayloadDeviation>},
    {"jitter8k_avg", type::kDuration, "ms", Format::kGeneral,
     "RTP jitter at the end, with a clock of 8 kHz",
     Jitter<&RtpStream::jitter_8khz, &RtpJitter::value_ms>, kExtraJitter,
     JitterText<&RtpStream::jitter_8khz, &RtpJitter::value_ms>},
    {"jitter8k_max", type::kDuration, "ms", Format::kGeneral, "its maximum",
     Jitter<&RtpStream::jitter_8khz, &RtpJitter::max_ms>, kExtraJitter,
     JitterText<&RtpStream::jitter_8khz, &RtpJitter::max_ms>},
    {"jitter8k_min", type::kDuration, "ms", Format::kGeneral, "its minimum",
     Jitter<&RtpStream::jitter_8khz, &RtpJitter::min_ms>, kExtraJitter,
     JitterText<&RtpStream::jitter_8khz, &RtpJitter::min_ms>},
    {"jitter90k_avg", type::kDuration, "ms", Format::kGeneral,
     "RTP jitter at the end, with a clock of 90 kHz",
     Jitter<&RtpStream::jitter_90khz, &RtpJitter::value_ms>, kExtraJitter,
     JitterText<&RtpStream::jitter_90khz, &RtpJitter::value_ms>},
    {"jitter90k_max", type::kDuration, "ms", Format::kGeneral, "its maximum",
     Jitter<&RtpStream::jitter_90khz, &RtpJitter::max_ms>, kExtraJitter,
     JitterText<&RtpStream::jitter_90khz, &RtpJitter::max_ms>},
    {"jitter90k_min", type::kDuration, "ms", Format::kGeneral, "its minimum",
     Jitter<&RtpStream::jitter_90khz, &RtpJitter::min_ms>, kExtraJitter,
     JitterText<&RtpStream::jitter_90khz, &RtpJitter::min_ms>},
    StreamColumn::WithoutText(
        "rtcp_jitter", type::kReal, "clock units", "RTCP: mean jitter of the reports",
        [](const Stream& s, Direction) {
          return s.rtcp != nullptr ? IfFinite(MeanJitter(*s.rtcp)) : std::nullopt;
        },
        Absent("RTP, or no report")),
    StreamColumn::WithoutText("rtcp_jitter_max", type::kU32, "clock units", "its maximum",
                              RtcpJitter<&RtcpStream::jitter_max>, Absent("RTP, or no report")),
    StreamColumn::WithoutText("rtcp_jitter_min", type::kU32, "clock units", "its minimum",
                              RtcpJitter<&RtcpStream::jitter_min>, Absent("RTP, or no report")),
};
constexpr auto kStreamColumns = Concatenate(Once(kHead), ClientThenServer(kOfSide), Once(kBoth));
static_assert(kStreamColumns.size() == 53 + 3);

void Describe(const PacketTypeCounts& counts, MediaStream* stream) {
  stream->types.clear();
  stream->type_counts.clear();
  for (uint8_t i = 0; i < counts.size; ++i) {
    const char* const comma = i == 0 ? "" : ",";
    stream->types += fmt::format("{}{}", comma, counts.type[i]);
    stream->type_counts += fmt::format("{}{}", comma, counts.packets[i]);
  }
}

}  // namespace
}  // namespace tstat::internal

namespace tstat::inline v1 {

const LogTable<MediaStream>& MediaStreamTable() {
  static const internal::LogSchema<MediaStream> table(
      {.name = "media_stream",
       .description = "In the 3.3 profile: one row for each RTP or RTCP stream of a UDP flow. "
                      "Columns that do not apply are 0.",
       .header = {&CompatProfile::mm_log_header, true}},
      {internal::MakeColumnBlock<MediaStream, internal::kStreamColumns>("stream", "Stream (3.3)",
                                                                        0)});
  return table;
}

void ForEachMediaStream(const MediaFlow& flow,
                        const std::function<void(const MediaStream&)>& visit) {
  for (const Direction d : {Direction::kClientToServer, Direction::kServerToClient}) {
    MediaStream stream;
    stream.flow = &flow;
    stream.sender = d;
    for (const RtpStream& rtp : flow.of(d).rtp) {
      stream.rtp = &rtp;
      internal::Describe(rtp.payload_types, &stream);
      visit(stream);
    }
    stream.rtp = nullptr;
    for (const RtcpStream& rtcp : flow.of(d).rtcp) {
      stream.rtcp = &rtcp;
      internal::Describe(rtcp.packet_types, &stream);
      visit(stream);
    }
  }
}

}  // namespace tstat::inline v1
