// SPDX-License-Identifier: BSD-3-Clause
#include "schema/skype_columns.h"

#include "schema/media_values.h"
#include "schema/row_writer.h"
#include "schema/value.h"
#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::internal {
namespace {

using media_values::Quotient;
using media_values::Seconds;

constexpr Value Flag(bool flag) { return Value::Number(static_cast<uint32_t>(flag)); }

template <auto kMember>
Value Of(const SkypeFlow& s, Direction d) {
  return Value::Number(s.of(d).*kMember);
}

double Ratio(double amount, uint64_t count) { return Quotient(amount, static_cast<double>(count)); }

template <typename Flow>
double DurationMs(const Flow& flow) {
  return ElapsedMicroseconds(flow.first, flow.last) / 1000.0;
}

constexpr Column<SkypeFlow> kEndpoint[] = {
    {"ip", "", Format::kAddress, "IP address",
     [](const SkypeFlow& s, Direction d) { return Value::Address(s.endpoints().of(d)); }},
    {"port", "", Format::kInt32, "port",
     [](const SkypeFlow& s, Direction d) { return Value::Number(s.endpoints().of(d).port); }},
    {"isint", "", Format::kInt32, "1: the address is internal",
     [](const SkypeFlow& s, Direction d) { return Flag(s.endpoints().of(d).internal); }},
    {"iscrypto", "", Format::kInt32, "1: the address is anonymised",
     [](const SkypeFlow& s, Direction d) { return Flag(s.endpoints().of(d).encrypted); }},
};

constexpr Column<SkypeFlow> kAudioVideo[] = {
    {"av_pkts", "", Format::kInt32, "audio, or audio and video packets",
     Of<&SkypeDirection::audio_video_packets>},
    {"video_pkts", "", Format::kInt32, "video-only packets, by their size",
     Of<&SkypeDirection::video_packets>},
};

constexpr Column<SkypeFlow> kBayes[] = {
    {"bayes", "", Format::kInt32, "beliefs accepted: 1 both, -1 size, -2 gap, 0 none",
     [](const SkypeFlow& s, Direction d) { return Value::Number(s.of(d).bayes_code()); }},
    {"chi", "", Format::kInt32, "randomness test: 5 end to end, 6 SkypeOut, 7 TCP, 0 none",
     Of<&SkypeDirection::verdict>},
    {"video", "", Format::kInt32, "1: video is present",
     [](const SkypeFlow& s, Direction d) { return Flag(s.of(d).has_video); }},
};

constexpr Column<SkypeFlow> kUdpCounters[] = {
    {"bytes", "bytes", Format::kUint64, "payload",
     [](const SkypeFlow& s, Direction d) { return Value::Number(s.udp->of(d).data_bytes); }},
    {"pkts", "", Format::kInt64, "packets",
     [](const SkypeFlow& s, Direction d) { return Value::Number(s.udp->of(d).packets); }},
    {"e2e_pkts", "", Format::kInt32, "end-to-end packets, by signature",
     Of<&SkypeDirection::end_to_end_packets>},
    {"out_pkts", "", Format::kInt32, "SkypeOut packets, by signature",
     Of<&SkypeDirection::skype_out_packets>},
    {"sig_pkts", "", Format::kInt32, "signalling packets, by signature",
     Of<&SkypeDirection::signalling_packets>},
    {"unk_pkts", "", Format::kInt32, "packets without a signature",
     Of<&SkypeDirection::unknown_packets>},
};
constexpr Column<SkypeFlow> kUdpFeatures[] = {
    {"pkt_size", "bytes", Format::kFixed6, "mean payload of a packet",
     [](const SkypeFlow& s, Direction d) {
       const UdpDirection& u = s.udp->of(d);
       return Value::Number(Ratio(static_cast<double>(u.data_bytes), u.packets));
     }},
    {"size_belief", "", Format::kFixed3, "mean belief in the best class of sizes",
     Of<&SkypeDirection::size_belief>},
    {"ipg", "ms", Format::kFixed6, "duration of the flow per packet",
     [](const SkypeFlow& s, Direction d) {
       return Value::Number(Ratio(DurationMs(*s.udp), s.udp->of(d).packets));
     }},
    {"gap_belief", "", Format::kFixed3, "mean belief in the best class of gaps",
     Of<&SkypeDirection::gap_belief>},
    {"chi_min_header", "", Format::kFixed3, "smallest chi-square of the first four bytes",
     Of<&SkypeDirection::min_header>},
    {"chi_max_random", "", Format::kFixed3, "largest chi-square of bytes 1, 2 and 4",
     Of<&SkypeDirection::max_near_header>},
    {"chi_min_type", "", Format::kFixed3, "smallest chi-square of byte 3",
     Of<&SkypeDirection::min_far_header>},
    {"chi_max_payload", "", Format::kFixed3, "largest chi-square of bytes 5 to 8",
     Of<&SkypeDirection::max_payload>},
    {"type", "", Format::kInt32, "protocol as recognised: see codes.md",
     [](const SkypeFlow& s, Direction d) {
       return Value::Number(static_cast<uint32_t>(s.udp->of(d).type));
     }},
};
constexpr Column<SkypeFlow> kUdpFlow[] = {
    {"first", "s", Format::kFixed6, "time of the first packet, since the epoch",
     [](const SkypeFlow& s, Direction) { return Value::Number(Seconds(s.udp->first)); }},
    {"durat", "s", Format::kFixed3, "duration so far",
     [](const SkypeFlow& s, Direction) { return Value::Number(DurationMs(*s.udp) / 1000.0); }},
    {"transport", "", Format::kText, "the letter U: UDP",
     [](const SkypeFlow&, Direction) { return Value::Text("U"); }},
};
constexpr auto kUdpSide = Concatenate(Once(kEndpoint), Once(kUdpCounters), Once(kAudioVideo),
                                      Once(kUdpFeatures), Once(kBayes));

constexpr Column<SkypeFlow> kTcpCounters[] = {
    {"bytes", "bytes", Format::kUint64, "payload without retransmissions",
     [](const SkypeFlow& s, Direction d) { return Value::Number(s.tcp->of(d).unique_bytes); }},
    {"pkts", "", Format::kInt64, "segments",
     [](const SkypeFlow& s, Direction d) { return Value::Number(s.tcp->of(d).packets); }},
};
constexpr Column<SkypeFlow> kTcpFeatures[] = {
    {"pkt_size", "bytes", Format::kFixed6, "mean payload of a segment with data",
     [](const SkypeFlow& s, Direction d) {
       const TcpDirection& t = s.tcp->of(d);
       return Value::Number(Ratio(static_cast<double>(t.unique_bytes), t.data_packets));
     }},
    {"size_belief", "", Format::kFixed3, "mean belief in the best class of sizes",
     Of<&SkypeDirection::size_belief>},
    {"ipg", "ms", Format::kFixed6,
     "duration of the flow: the client's per segment with data, the server's per segment",
     [](const SkypeFlow& s, Direction d) {
       const TcpDirection& t = s.tcp->of(d);
       return Value::Number(
           Ratio(DurationMs(*s.tcp), d == Direction::kClientToServer ? t.data_packets : t.packets));
     }},
    {"gap_belief", "", Format::kFixed3, "mean belief in the best class of gaps",
     Of<&SkypeDirection::gap_belief>},
    {"chi_max_header", "", Format::kFixed3, "largest chi-square of the first four bytes",
     Of<&SkypeDirection::max_near_header>},
    {"chi_max_payload", "", Format::kFixed3, "largest chi-square of bytes 5 to 8",
     Of<&SkypeDirection::max_payload>},
};
constexpr Column<SkypeFlow> kTcpFlow[] = {
    {"first", "s", Format::kFixed6, "time of the first segment, since the epoch",
     [](const SkypeFlow& s, Direction) { return Value::Number(Seconds(s.tcp->first)); }},
    {"durat", "s", Format::kFixed3, "duration",
     [](const SkypeFlow& s, Direction) { return Value::Number(DurationMs(*s.tcp) / 1000.0); }},
    {"transport", "", Format::kText, "the letter T: TCP",
     [](const SkypeFlow&, Direction) { return Value::Text("T"); }},
};
constexpr auto kTcpSide = Concatenate(Once(kEndpoint), Once(kTcpCounters), Once(kAudioVideo),
                                      Once(kTcpFeatures), Once(kBayes));

constexpr auto kUdp = Concatenate(ClientThenServer(kUdpSide), Once(kUdpFlow));
static_assert(kUdp.size() == 51);
constexpr auto kTcp = Concatenate(ClientThenServer(kTcpSide), Once(kTcpFlow));
static_assert(kTcp.size() == 37);

}  // namespace

const LogSchema<SkypeFlow>& SkypeUdpLog() {
  static const LogSchema<SkypeFlow> log = {
      {.name = "log_skype_complete",
       .description = "One row for each UDP flow of Skype voice or video (-B).",
       .has_header = false},
      {MakeColumnBlock<SkypeFlow, kUdp>("udp", "UDP", 0)}};
  return log;
}

const LogSchema<SkypeFlow>& SkypeTcpLog() {
  static const LogSchema<SkypeFlow> log = {
      {.name = "log_skype_complete",
       .description = "One row for each TCP flow of Skype (-B).",
       .has_header = false},
      {MakeColumnBlock<SkypeFlow, kTcp>("tcp", "TCP", 0)}};
  return log;
}

}  // namespace tstat::internal
