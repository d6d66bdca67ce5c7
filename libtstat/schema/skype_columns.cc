// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of Skype flows: log_skype_complete, which has rows of two kinds.
#include <optional>
#include <string_view>

#include "schema/log_schema.h"
#include "schema/media_values.h"
#include "schema/readers.h"
#include "schema/row_writer.h"
#include "tstat/codes.h"
#include "tstat/flow.h"
#include "tstat/schema.h"
#include "tstat/skype.h"
#include "tstat/time.h"

namespace tstat::internal {
namespace {

using media_values::Quotient;

template <auto kMember>
constexpr auto Of = [](const SkypeFlow& s, Direction d) { return s.of(d).*kMember; };
// -100 stands for none.
template <double SkypeDirection::*kMember>
constexpr auto Belief = [](const SkypeFlow& s, Direction d) {
  constexpr double kNever = -100;
  const double belief = s.of(d).*kMember;
  return belief != kNever ? std::optional(belief) : std::nullopt;
};

double Ratio(double amount, uint64_t count) { return Quotient(amount, static_cast<double>(count)); }

template <typename Flow>
double DurationMs(const Flow& flow) {
  return ElapsedMicroseconds(flow.first, flow.last) / 1000.0;
}
double UdpSize(const SkypeFlow& s, Direction d) {
  const UdpDirection& u = s.udp->of(d);
  return Ratio(static_cast<double>(u.data_bytes), u.packets);
}
double UdpGap(const SkypeFlow& s, Direction d) {
  return Ratio(DurationMs(*s.udp), s.udp->of(d).packets);
}
double TcpSize(const SkypeFlow& s, Direction d) {
  const TcpDirection& t = s.tcp->of(d);
  return Ratio(static_cast<double>(t.unique_bytes), t.data_packets);
}
double TcpGap(const SkypeFlow& s, Direction d) {
  const TcpDirection& t = s.tcp->of(d);
  return Ratio(DurationMs(*s.tcp), d == Direction::kClientToServer ? t.data_packets : t.packets);
}
// Values of the above; 0/0 is none.
template <double (*kMean)(const SkypeFlow&, Direction)>
constexpr auto Real = [](const SkypeFlow& s, Direction d) { return IfFinite(kMean(s, d)); };
template <double (*kMean)(const SkypeFlow&, Direction)>
constexpr auto Gap = [](const SkypeFlow& s, Direction d) { return DurationOfMs(kMean(s, d)); };
template <double (*kMean)(const SkypeFlow&, Direction)>
constexpr auto Printed = [](const SkypeFlow& s, Direction d) { return kMean(s, d); };

constexpr ColumnExtras kDerived = {.privacy = Privacy::kDerived};
constexpr ColumnExtras kNoPacket = {.absent = "no packet"};
constexpr ColumnExtras kNever = {.absent = "never judged"};

constexpr Column<SkypeFlow> kEndpoint[] = {
    {"ip", type::kAddress, "", Format::kAddress, "IP address",
     [](const SkypeFlow& s, Direction d) { return AddressOf(s.endpoints().of(d)); },
     Is(Privacy::kAddress)},
    {"port", type::kU16, "", Format::kInt32, "port",
     [](const SkypeFlow& s, Direction d) { return s.endpoints().of(d).port; }},
    {"isint", type::kBool, "", Format::kInt32, "1: the address is internal",
     [](const SkypeFlow& s, Direction d) { return s.endpoints().of(d).internal; }, kDerived},
    {"iscrypto", type::kBool, "", Format::kInt32, "1: the address is anonymised",
     [](const SkypeFlow& s, Direction d) { return s.endpoints().of(d).encrypted; }, kDerived},
};

constexpr Column<SkypeFlow> kAudioVideo[] = {
    {"av_pkts", type::kU32, "", Format::kInt32, "audio, or audio and video packets",
     Of<&SkypeDirection::audio_video_packets>},
    {"video_pkts", type::kU32, "", Format::kInt32, "video-only packets, by their size",
     Of<&SkypeDirection::video_packets>},
};

constexpr Column<SkypeFlow> kBayes[] = {
    {"bayes", type::kI32, "", Format::kInt32, "beliefs accepted: 1 both, -1 size, -2 gap, 0 none",
     [](const SkypeFlow& s, Direction d) { return s.of(d).bayes_code(); }},
    {"chi", type::OneOf<uint8_t>(kSkypeVerdictCodes), "", Format::kInt32,
     "randomness test: 5 end to end, 6 SkypeOut, 7 TCP, 0 none", Of<&SkypeDirection::verdict>,
     kDerived},
    {"video", type::kBool, "", Format::kInt32, "1: video is present",
     Of<&SkypeDirection::has_video>, kDerived},
};

constexpr Column<SkypeFlow> kUdpCounters[] = {
    {"bytes", type::kI64, "bytes", Format::kUint64, "payload",
     [](const SkypeFlow& s, Direction d) { return s.udp->of(d).data_bytes; }},
    {"pkts", type::kU64, "", Format::kInt64, "packets",
     [](const SkypeFlow& s, Direction d) { return s.udp->of(d).packets; }},
    {"e2e_pkts", type::kU32, "", Format::kInt32, "end-to-end packets, by signature",
     Of<&SkypeDirection::end_to_end_packets>},
    {"out_pkts", type::kU32, "", Format::kInt32, "SkypeOut packets, by signature",
     Of<&SkypeDirection::skype_out_packets>},
    {"sig_pkts", type::kU32, "", Format::kInt32, "signalling packets, by signature",
     Of<&SkypeDirection::signalling_packets>},
    {"unk_pkts", type::kU32, "", Format::kInt32, "packets without a signature",
     Of<&SkypeDirection::unknown_packets>},
};
constexpr Column<SkypeFlow> kBeliefs[] = {
    {"size_belief", type::kReal, "", Format::kFixed3, "mean belief in the best class of sizes",
     Belief<&SkypeDirection::size_belief>, kNever, Of<&SkypeDirection::size_belief>},
    {"gap_belief", type::kReal, "", Format::kFixed3, "mean belief in the best class of gaps",
     Belief<&SkypeDirection::gap_belief>, kNever, Of<&SkypeDirection::gap_belief>},
};
constexpr Column<SkypeFlow> kUdpFeatures[] = {
    {"pkt_size", type::kReal, "bytes", Format::kFixed6, "mean payload of a packet", Real<UdpSize>,
     kNoPacket, Printed<UdpSize>},
    kBeliefs[0],
    {"ipg", type::kDuration, "ms", Format::kFixed6, "duration of the flow per packet", Gap<UdpGap>,
     kNoPacket, Printed<UdpGap>},
    kBeliefs[1],
    {"chi_min_header", type::kReal, "", Format::kFixed3,
     "smallest chi-square of the first four bytes", Of<&SkypeDirection::min_header>},
    {"chi_max_random", type::kReal, "", Format::kFixed3, "largest chi-square of bytes 1, 2 and 4",
     Of<&SkypeDirection::max_near_header>},
    {"chi_min_type", type::kReal, "", Format::kFixed3, "smallest chi-square of byte 3",
     Of<&SkypeDirection::min_far_header>},
    {"chi_max_payload", type::kReal, "", Format::kFixed3, "largest chi-square of bytes 5 to 8",
     Of<&SkypeDirection::max_payload>},
    {"type", type::OneOf<uint8_t>(kUdpTypeCodes), "", Format::kInt32,
     "protocol as recognised: see codes.md",
     [](const SkypeFlow& s, Direction d) { return s.udp->of(d).type; }, kDerived},
};
constexpr Column<SkypeFlow> kUdpFlow[] = {
    {"first", type::kTime, "s", Format::kFixed6, "time of the first packet, since the epoch",
     [](const SkypeFlow& s, Direction) { return s.udp->first; }},
    {"durat", type::kDuration, "s", Format::kFixed3, "duration so far",
     [](const SkypeFlow& s, Direction) { return Between(s.udp->first, s.udp->last); }},
    Column<SkypeFlow>::TextOnly("transport", "", Format::kText, "the letter U: UDP",
                                [](const SkypeFlow&, Direction) { return std::string_view("U"); }),
};
constexpr auto kUdpSide = Concatenate(Once(kEndpoint), Once(kUdpCounters), Once(kAudioVideo),
                                      Once(kUdpFeatures), Once(kBayes));

constexpr Column<SkypeFlow> kTcpCounters[] = {
    {"bytes", type::kU64, "bytes", Format::kUint64, "payload without retransmissions",
     [](const SkypeFlow& s, Direction d) { return s.tcp->of(d).unique_bytes; }},
    {"pkts", type::kU64, "", Format::kInt64, "segments",
     [](const SkypeFlow& s, Direction d) { return s.tcp->of(d).packets; }},
};
constexpr Column<SkypeFlow> kTcpFeatures[] = {
    {"pkt_size", type::kReal, "bytes", Format::kFixed6, "mean payload of a segment with data",
     Real<TcpSize>, kNoPacket, Printed<TcpSize>},
    kBeliefs[0],
    {"ipg", type::kDuration, "ms", Format::kFixed6,
     "duration of the flow: the client's per segment with data, the server's per segment",
     Gap<TcpGap>, kNoPacket, Printed<TcpGap>},
    kBeliefs[1],
    {"chi_max_header", type::kReal, "", Format::kFixed3,
     "largest chi-square of the first four bytes", Of<&SkypeDirection::max_near_header>},
    {"chi_max_payload", type::kReal, "", Format::kFixed3, "largest chi-square of bytes 5 to 8",
     Of<&SkypeDirection::max_payload>},
};
constexpr Column<SkypeFlow> kTcpFlow[] = {
    {"first", type::kTime, "s", Format::kFixed6, "time of the first segment, since the epoch",
     [](const SkypeFlow& s, Direction) { return s.tcp->first; }},
    {"durat", type::kDuration, "s", Format::kFixed3, "duration",
     [](const SkypeFlow& s, Direction) { return Between(s.tcp->first, s.tcp->last); }},
    Column<SkypeFlow>::TextOnly("transport", "", Format::kText, "the letter T: TCP",
                                [](const SkypeFlow&, Direction) { return std::string_view("T"); }),
};
constexpr auto kTcpSide = Concatenate(Once(kEndpoint), Once(kTcpCounters), Once(kAudioVideo),
                                      Once(kTcpFeatures), Once(kBayes));

constexpr auto kUdp = Concatenate(ClientThenServer(kUdpSide), Once(kUdpFlow));
static_assert(kUdp.size() == 51);
constexpr auto kTcp = Concatenate(ClientThenServer(kTcpSide), Once(kTcpFlow));
static_assert(kTcp.size() == 37);

}  // namespace
}  // namespace tstat::internal

namespace tstat::inline v1 {

const LogTable<SkypeFlow>& SkypeUdpTable() {
  static const internal::LogSchema<SkypeFlow> table(
      {.name = "skype_udp",
       .description = "One row for each UDP flow of Skype voice or video (-B).",
       .has_header = false},
      {internal::MakeColumnBlock<SkypeFlow, internal::kUdp>("udp", "UDP", 0)});
  return table;
}

const LogTable<SkypeFlow>& SkypeTcpTable() {
  static const internal::LogSchema<SkypeFlow> table(
      {.name = "skype_tcp",
       .description = "One row for each TCP flow of Skype (-B).",
       .has_header = false},
      {internal::MakeColumnBlock<SkypeFlow, internal::kTcp>("tcp", "TCP", 0)});
  return table;
}

}  // namespace tstat::inline v1
