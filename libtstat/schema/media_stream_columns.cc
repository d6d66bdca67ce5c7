// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] log_mm_complete with a row for each stream.
#include <cmath>
#include <limits>

#include "fmt/format.h"
#include "schema/media_columns.h"
#include "schema/media_values.h"
#include "schema/row_writer.h"
#include "schema/value.h"
#include "tstat/flow.h"

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

using Stream = MediaStream;

// Columns of the other kind of stream are printed as a plain 0, whatever their format.
constexpr Value kNothing = Value::None("0");

const UdpDirection& DirectionOf(const Stream& s) { return s.flow->udp->of(s.sender); }

template <auto kRtp, auto kRtcp>
Value Of(const Stream& s, Direction) {
  return s.rtp != nullptr ? Value::Number(s.rtp->*kRtp) : Value::Number(s.rtcp->*kRtcp);
}
template <auto kRtp>
Value OfRtp(const Stream& s, Direction) {
  return s.rtp != nullptr ? Value::Number(s.rtp->*kRtp) : kNothing;
}
template <auto kRtcp>
Value OfRtcp(const Stream& s, Direction) {
  return s.rtcp != nullptr ? Value::Number(s.rtcp->*kRtcp) : kNothing;
}
// One expression for both kinds.
template <typename Read>
Value Either(const Stream& s, Read read) {
  return s.rtp != nullptr ? Value::Number(read(*s.rtp)) : Value::Number(read(*s.rtcp));
}

template <RtpJitter RtpStream::*kJitter, auto kMember>
Value ExtraJitter(const Stream& s, Direction) {
  if (s.rtp == nullptr) return Value::None("0.0");
  return Value::Number(static_cast<double>((s.rtp->*kJitter).*kMember));
}
template <float RtpJitter::*kMember, uint32_t RtcpStream::*kRtcp>
Value JitterExtreme(const Stream& s, Direction) {
  return Value::Number(s.rtp != nullptr ? static_cast<double>(s.rtp->jitter.*kMember)
                                        : static_cast<double>(s.rtcp->*kRtcp));
}

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

constexpr Column<Stream> kHead[] = {
    {"a_proto", "", Format::kText, "R: RTP, T: RTCP",
     [](const Stream& s, Direction) { return Value::Text(s.rtp != nullptr ? "R" : "T"); }},
    {"direction", "", Format::kText, "sender: C client, S server",
     [](const Stream& s, Direction) {
       return Value::Text(s.sender == Direction::kClientToServer ? "C" : "S");
     }},
};
constexpr Column<Stream> kOfSide[] = {
    {"proto", "", Format::kInt32, "protocol of the direction: see codes.md",
     [](const Stream& s, Direction d) {
       return Value::Number(static_cast<uint32_t>(s.flow->udp->of(d).type));
     }},
    {"ip", "", Format::kAddress, "IP address",
     [](const Stream& s, Direction d) { return Value::Address(s.flow->endpoints().of(d)); }},
    {"port", "", Format::kUint16, "port",
     [](const Stream& s, Direction d) { return Value::Number(s.flow->endpoints().of(d).port); }},
    {"internal", "", Format::kUint32, "1: the address is internal",
     [](const Stream& s, Direction d) {
       return Value::Number(static_cast<uint32_t>(s.flow->endpoints().of(d).internal));
     }},
    {"iscrypto", "", Format::kUint32, "1: the address is anonymised",
     [](const Stream& s, Direction d) {
       return Value::Number(static_cast<uint32_t>(s.flow->endpoints().of(d).encrypted));
     }},
    {"mux_prot", "", Format::kUint32,
     "what shares the ports: 1 RTP, 2 RTCP, 4 DTLS, 8 STUN, 16 TURN, 32 ZRTP, 64 MTURN",
     [](const Stream& s, Direction d) { return Value::Number(s.flow->of(d).protocols); }},
};
constexpr Column<Stream> kBoth[] = {
    {"packets", "", Format::kUint64, "packets", Of<&RtpStream::packets, &RtcpStream::packets>},
    {"ipg", "ms", Format::kGeneral, "mean gap between RTP packets in sequence, RTCP packets",
     [](const Stream& s, Direction) {
       return Either(s, [](const auto& stream) { return MeanGapMs(stream); });
     }},
    {"jitter_avg", "", Format::kGeneral,
     "RTP: jitter at the end [ms]; RTCP: mean of the reports [units of the payload's clock]",
     [](const Stream& s, Direction) {
       return Value::Number(s.rtp != nullptr ? s.rtp->jitter.value_ms : MeanJitter(*s.rtcp));
     }},
    {"jitter_max", "", Format::kGeneral, "its maximum",
     JitterExtreme<&RtpJitter::max_ms, &RtcpStream::jitter_max>},
    {"jitter_min", "", Format::kGeneral, "its minimum",
     JitterExtreme<&RtpJitter::min_ms, &RtcpStream::jitter_min>},
    {"ttl_avg", "", Format::kGeneral, "mean TTL or hop limit of the direction",
     [](const Stream& s, Direction) {
       const UdpDirection& d = DirectionOf(s);
       return Value::Number(
           Quotient(static_cast<double>(d.ttl_sum), static_cast<double>(d.packets)));
     }},
    {"ttl_max", "", Format::kUint32, "largest TTL or hop limit of the direction",
     [](const Stream& s, Direction) { return Value::Number(DirectionOf(s).ttl_max); }},
    {"ttl_min", "", Format::kUint32, "smallest TTL or hop limit of the direction",
     [](const Stream& s, Direction) { return Value::Number(DirectionOf(s).ttl_min); }},
    {"starttime", "s", Format::kFixed6, "time of the first packet, since the epoch",
     [](const Stream& s, Direction) {
       return Either(s, [](const auto& stream) { return Seconds(stream.first); });
     }},
    {"duration", "", Format::kFixed6, "from the first to the last packet: RTP [s], RTCP [ms]",
     [](const Stream& s, Direction) {
       return Value::Number(s.rtp != nullptr ? DurationMs(*s.rtp) / 1000.0 : DurationMs(*s.rtcp));
     }},
    {"databytes", "bytes", Format::kUint64, "RTP: payload; RTCP: UDP payload",
     Of<&RtpStream::data_bytes, &RtcpStream::data_bytes>},
    {"speed", "", Format::kGeneral, "bit rate: RTP [bit/s], RTCP [kbit/s]",
     [](const Stream& s, Direction) {
       return Either(s, [](const auto& stream) { return Rate(stream); });
     }},
    {"SSRC", "", Format::kText, "synchronisation source, hexadecimal",
     [](const Stream& s, Direction) { return Value::Text(s.ssrc); }},
    {"losses", "", Format::kInt64, "RTP packets that never came", OfRtp<&RtpStream::lost>},
    {"oos", "", Format::kInt64, "RTP packets out of sequence", OfRtp<&RtpStream::out_of_sequence>},
    {"dup", "", Format::kInt64, "RTP packets that came twice", OfRtp<&RtpStream::duplicates>},
    {"late", "", Format::kInt64, "RTP packets that came too late", OfRtp<&RtpStream::late>},
    {"pt_id", "", Format::kText, "payload types (RTCP: packet types), in order of appearance",
     [](const Stream& s, Direction) { return Value::Text(s.types); }},
    {"pt_counters", "", Format::kText, "packets of these types",
     [](const Stream& s, Direction) { return Value::Text(s.type_counts); }},
    {"bogus", "", Format::kInt32, "1: the RTP sequence numbers jumped",
     [](const Stream& s, Direction) {
       if (s.rtp == nullptr) return kNothing;
       return Value::Number(static_cast<uint32_t>(s.rtp->restarted));
     }},
    {"rtcp_losses", "", Format::kInt32, "cumulative number of packets lost, of the last report",
     OfRtcp<&RtcpStream::cumulative_lost>},
    {"rtcp_fraclost", "%", Format::kGeneral, "mean fraction lost of the reports",
     [](const Stream& s, Direction) {
       return s.rtcp != nullptr ? Value::Number(FractionLostPercent(*s.rtcp)) : kNothing;
     }},
    {"rtcp_lenpack", "", Format::kUint32, "packets sent, of the last sender report",
     OfRtcp<&RtcpStream::sender_packets>},
    {"rtcp_lenbytes", "bytes", Format::kUint32, "octets sent, of the last sender report",
     OfRtcp<&RtcpStream::sender_octets>},
    {"rtt_avg", "ms", Format::kGeneral, "mean round-trip time",
     [](const Stream& s, Direction) {
       return s.rtcp != nullptr ? Value::Number(MeanRttMs(*s.rtcp)) : kNothing;
     }},
    {"rtt_max", "ms", Format::kGeneral, "largest round-trip time", OfRtcp<&RtcpStream::rtt_max_ms>},
    {"rtt_min", "ms", Format::kGeneral, "smallest round-trip time",
     OfRtcp<&RtcpStream::rtt_min_ms>},
    {"rtt_samples", "", Format::kUint32, "round-trip time samples",
     OfRtcp<&RtcpStream::rtt_samples>},
    {"rtcp_trunc", "", Format::kInt32, "1 truncated reports, 2 several blocks in one, 3 both",
     OfRtcp<&RtcpStream::errors>},
    {"rtp_max_payload", "bytes", Format::kInt32, "largest payload", OfRtp<&RtpStream::payload_max>},
    {"rtp_min_payload", "bytes", Format::kInt32, "smallest payload",
     OfRtp<&RtpStream::payload_min>},
    {"rtp_avg_payload", "bytes", Format::kFixed6, "mean payload",
     [](const Stream& s, Direction) {
       return s.rtp != nullptr ? Value::Number(PayloadMean(*s.rtp)) : Value::None("0.0");
     }},
    {"rtp_stdev_payload", "bytes", Format::kFixed6,
     "deviation of the payload: root of the sum of squares, divided by the packets less one",
     [](const Stream& s, Direction) {
       return s.rtp != nullptr ? Value::Number(PayloadDeviation(*s.rtp)) : Value::None("0.0");
     }},
    {"jitter8k_avg", "ms", Format::kGeneral, "RTP jitter at the end, with a clock of 8 kHz",
     ExtraJitter<&RtpStream::jitter_8khz, &RtpJitter::value_ms>},
    {"jitter8k_max", "ms", Format::kGeneral, "its maximum",
     ExtraJitter<&RtpStream::jitter_8khz, &RtpJitter::max_ms>},
    {"jitter8k_min", "ms", Format::kGeneral, "its minimum",
     ExtraJitter<&RtpStream::jitter_8khz, &RtpJitter::min_ms>},
    {"jitter90k_avg", "ms", Format::kGeneral, "RTP jitter at the end, with a clock of 90 kHz",
     ExtraJitter<&RtpStream::jitter_90khz, &RtpJitter::value_ms>},
    {"jitter90k_max", "ms", Format::kGeneral, "its maximum",
     ExtraJitter<&RtpStream::jitter_90khz, &RtpJitter::max_ms>},
    {"jitter90k_min", "ms", Format::kGeneral, "its minimum",
     ExtraJitter<&RtpStream::jitter_90khz, &RtpJitter::min_ms>},
};
constexpr auto kColumns = Concatenate(Once(kHead), ClientThenServer(kOfSide), Once(kBoth));
static_assert(kColumns.size() == 53);

void Describe(const PacketTypeCounts& counts, uint32_t ssrc, MediaStream* stream) {
  stream->ssrc = fmt::format("0x{:x}", ssrc);
  stream->types = stream->type_counts = counts.size == 0 ? "-" : "";
  for (uint8_t i = 0; i < counts.size; ++i) {
    const char* const comma = i == 0 ? "" : ",";
    stream->types += fmt::format("{}{}", comma, counts.type[i]);
    stream->type_counts += fmt::format("{}{}", comma, counts.packets[i]);
  }
}

}  // namespace

const LogSchema<MediaStream>& MediaStreamLog() {
  static const LogSchema<MediaStream> log = {
      {.name = "log_mm_complete",
       .description = "In the 3.3 profile: one row for each RTP or RTCP stream of a UDP flow. "
                      "Columns that do not apply are 0."},
      {MakeColumnBlock<MediaStream, kColumns>("stream", "Stream (3.3)", 0)}};
  return log;
}

void ForEachMediaStream(const MediaFlow& flow,
                        const std::function<void(const MediaStream&)>& visit) {
  for (const Direction d : {Direction::kClientToServer, Direction::kServerToClient}) {
    MediaStream stream;
    stream.flow = &flow;
    stream.sender = d;
    for (const RtpStream& rtp : flow.of(d).rtp) {
      stream.rtp = &rtp;
      Describe(rtp.payload_types, rtp.ssrc, &stream);
      visit(stream);
    }
    stream.rtp = nullptr;
    for (const RtcpStream& rtcp : flow.of(d).rtcp) {
      stream.rtcp = &rtcp;
      Describe(rtcp.packet_types, rtcp.ssrc, &stream);
      visit(stream);
    }
  }
}

}  // namespace tstat::internal
