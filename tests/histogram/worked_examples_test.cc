// SPDX-License-Identifier: BSD-3-Clause
//
// Worked examples checked with Tstat, from packets to the files. Those on captures are skipped
// where the reference's traces are not at hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/golden/reference_required.h"
#include "tests/histogram/histogram_run.h"

namespace tstat::internal::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Of the averages and rates of an interval without length.
constexpr std::string_view kNothing = "-9223372036854775808";

struct TwoSteps {
  const char* histogram;
  const char* first;
  const char* last;
};

TEST(HistogramExamples, TwoIntervalsDividedByASilence) {
  HistogramRun run;
  TSTAT_NEEDS_REFERENCE(run.Traces({"instagram"}));
  EXPECT_THAT(run.made(), ElementsAre(HistogramRun::Made{"000", 454.257233},
                                      HistogramRun::Made{"LAST", 468.541201}));
  constexpr TwoSteps kRows[] = {
      {"ip_bitrate_in", "0 7259;1 11;3 7271", "0 67988;3 67988"},
      {"ip_bitrate_out", "0 468;1 14;3 483", "0 6632;3 6632"},
      {"tcp_bitrate_in", "33 389;49 9", "33 67466;49 521"},
      {"tls_bitrate_in", "0 389", "0 67466"},
      {"udp_bitrate_out", "36 5;49 9", ""},
      {"L4_flow_number", "0 6;1 7", "0 5"},
      {"L7_TCP_num_out", "33 5", "33 1"},
      {"L7_UDP_num_out", "36 4;49 1", ""},
      {"ip_protocol_out", "6 285;17 8", "6 93"},
      {"tcp_mss_used", "1428 5", "1400 1"},
      {"tcp_opts_WS", "1 5", "1 1"},
      {"tcp_rtt_avg_out", "23 1;27 1;38 1;41 1;152 1", "10 1"},
      {"tcp_interrupted", "0 5", "0 6"},
      {"tcp_anomalies_s2c", "0 29", "0 106"},
      {"tcp_net_dup_out", "0 5", "1 1"},
      {"profile_trash", "0 534", ""},
      {"profile_flows", "", "3 4"},
      {"addresses",
       "2.22.236.0\t25\t24\t36750\t1248;173.252.107.0\t8\t9\t952\t1457;"
       "31.13.93.0\t51\t50\t52256\t8758;92.122.48.0\t16\t9\t22707\t468;"
       "77.67.29.0\t20\t14\t27835\t728;8.8.8.0\t3\t4\t681\t296;"
       "31.13.86.0\t26\t15\t37700\t792;82.85.26.0\t128\t126\t164016\t9295;"
       "46.33.70.0\t57\t38\t70013\t3867;255.255.255.0\t0\t4\t0\t524",
       "31.13.86.0\t119\t93\t121394\t11842"},
  };
  for (const TwoSteps& row : kRows) {
    EXPECT_EQ(run.Lines(std::string("000/") + row.histogram), row.first) << row.histogram;
    EXPECT_EQ(run.Lines(std::string("LAST/") + row.histogram), row.last) << row.histogram;
  }
  EXPECT_THAT(run.FirstLine("000/tcp_net_dup_out"), HasSubstr("outgoing flows"));
}

// Without -N every address is counted.
TEST(HistogramExamples, WithoutNetworksInternalAddressesAreListedToo) {
  HistogramRun run;
  run.options().internal = NetworkList::All();
  run.selection().every_address = true;
  TSTAT_NEEDS_REFERENCE(run.Traces({"instagram"}));
  const std::string addresses = run.Lines("000/addresses");
  EXPECT_THAT(addresses, HasSubstr(";77.67.29.0\t20\t14\t27835\t728;192.168.2.0\t1\t0\t64\t0;"));
  EXPECT_THAT(addresses,
              HasSubstr(";31.13.86.0\t26\t15\t37700\t792;192.168.0.0\t299\t341\t27992\t413533;"));
}

TEST(HistogramExamples, IntervalsOfTenSeconds) {
  HistogramRun run;
  run.options().globals.max_time_step_s = 10;
  TSTAT_NEEDS_REFERENCE(run.Traces({"instagram"}));
  ASSERT_EQ(run.made().size(), 5u);
  constexpr struct {
    const char* directory;
    int second;  // of the trace, which begins at 02:40:00
    const char* bitrate;
  } kSteps[] = {
      {"000", 10, "0 184926;3 184926"},   {"001", 54, "0 27097;1 123;3 27220"},
      {"002", 454, "0 559;3 559"},        {"003", 465, "0 17595;3 17595"},
      {"LAST", 468, "0 264801;3 264801"},
  };
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(run.made()[i].name, kSteps[i].directory);
    EXPECT_EQ(static_cast<int>(run.made()[i].seconds), kSteps[i].second) << kSteps[i].directory;
    EXPECT_EQ(run.Lines(std::string(kSteps[i].directory) + "/ip_bitrate_in"), kSteps[i].bitrate);
  }
  EXPECT_EQ(run.Lines("001/profile_flows"), "1 5;3 4");
}

TEST(HistogramExamples, TheLastPacketEndsAnInterval) {
  HistogramRun run;
  run.options().globals.max_time_step_s = 468.54;
  TSTAT_NEEDS_REFERENCE(run.Traces({"instagram"}));
  EXPECT_TRUE(run.Exists("000/ip_bitrate_in"));
  EXPECT_FALSE(run.Exists("001/ip_bitrate_in"));
  EXPECT_TRUE(run.Exists("LAST/ip_bitrate_in"));
  EXPECT_EQ(run.Lines("LAST/ip_bitrate_in"), "");
  EXPECT_EQ(run.Lines("LAST/tcp_tot_time"), "");
  const std::string nothing(kNothing);
  EXPECT_EQ(run.Lines("LAST/profile_flows"), "1 " + nothing + ";3 " + nothing);
  std::string chats;
  for (int label = 0; label < 6; ++label) {
    chats += (label == 0 ? "" : ";") + std::to_string(label) + " " + nothing;
  }
  EXPECT_EQ(run.Lines("LAST/chat_flow_num"), chats);
}

TEST(HistogramExamples, TotalsOfTheWholeRun) {
  HistogramRun run;
  run.selection().totals = true;
  TSTAT_NEEDS_REFERENCE(run.Traces({"instagram"}));
  const auto text = [&](const char* name) {
    return ReadWholeFile(run.output() + "/GLOBAL/" + name);
  };
  EXPECT_THAT(text("ip_bitrate_in"),
              HasSubstr("#SAMPLES: <min=0 valid=150520 >max=0 tot=150520\n"
                        "0 4.999136e-01 4.999136e-01\n1 7.307999e-05 4.999867e-01\n"
                        "3 4.999934e-01 9.999801e-01\n"));
  EXPECT_THAT(text("tcp_bitrate_in"),
              HasSubstr("#SAMPLES: <min=0 valid=68387 >max=0 tot=68387\n"
                        "33 9.922207e-01 9.922207e-01\n49 7.750011e-03 9.999708e-01\n"));
  EXPECT_THAT(text("profile_flows"),
              HasSubstr("#SAMPLES: <min=0 valid=0 >max=0 tot=0\n3 inf -nan\n"));
  EXPECT_EQ(run.Lines("000/g_tcp_bitrate_in"), "0 14;300 1;7200 2");
  EXPECT_EQ(run.Lines("LAST/g_tcp_bitrate_in"), "0 14;67400 1;67900 2");
}

TEST(HistogramExamples, ConcatenatedTracesAreDividedByTwoSteps) {
  HistogramRun run;
  run.options().concatenate = true;
  TSTAT_NEEDS_REFERENCE(run.Traces({"netflix", "instagram"}));
  ASSERT_EQ(run.made().size(), 4u);
  EXPECT_EQ(run.made()[2].name, "002");
  EXPECT_EQ(run.made()[3].name, "LAST");
  EXPECT_EQ(run.Lines("000/ip_bitrate_in"), "0 71961;3 71961");
  EXPECT_EQ(run.Lines("001/ip_bitrate_in"), "0 71961;3 71961");
  EXPECT_NE(run.Lines("000/ip_len_in"), "");
  for (const char* empty : {"ip_len_in", "ip_protocol_out", "tcp_cl_p_out", "L4_flow_number"}) {
    EXPECT_EQ(run.Lines(std::string("001/") + empty), "") << empty;
  }
}

TEST(HistogramExamples, WebAndVideo) {
  HistogramRun run;
  TSTAT_NEEDS_REFERENCE(run.Traces({"netflix"}));
  constexpr std::pair<const char*, const char*> kRows[] = {
      {"L7_HTTP_num_out", "0 2;1 2;14 13"},
      {"L7_WEB_num_out", "0 2;1 2;7 13"},
      {"L7_VIDEO_num_out", "2 13"},
      {"http_bitrate_in", "0 14014;1 3101;14 39803"},
      {"web_bitrate_in", "0 14014;1 3101;7 39803"},
      {"video_rate_in", "2 38873"},
  };
  for (const auto& [histogram, lines] : kRows) {
    EXPECT_EQ(run.Lines(std::string("LAST/") + histogram), lines) << histogram;
  }
}

// TLS byte counters are not cleared at a new trace.
TEST(HistogramExamples, TlsBytesGoOnFromTraceToTrace) {
  HistogramRun run;
  TSTAT_NEEDS_REFERENCE(run.Traces({"netflix", "instagram"}));
  EXPECT_EQ(run.Lines("000/tls_bitrate_in", /*trace=*/1), "0 3283");
}

TEST(HistogramExamples, AVoiceFlow) {
  HistogramRun run;
  TSTAT_NEEDS_REFERENCE(run.Traces({"rtp"}));
  constexpr std::pair<const char*, const char*> kRows[] = {
      {"mm_avg_bitrate", "0 1"},  {"mm_avg_ipg", "261 1"},   {"mm_cl_b", "0 1"},
      {"mm_cl_b_s", "300 1"},     {"mm_cl_p", "20 1"},       {"mm_cl_p_s", "29 1"},
      {"mm_tot_time_s", "731 1"}, {"mm_rtp_pt", "111 1"},    {"mm_type", "4 1"},
      {"mm_uni_multi", "0 1"},    {"mm_burst_loss", "0 26"},
  };
  for (const auto& [histogram, lines] : kRows) {
    EXPECT_EQ(run.Lines(std::string("LAST/") + histogram + "_out"), lines) << histogram;
  }
}

constexpr uint32_t kInternal = 0x0a000001, kExternal = 0x01020304;

// A datagram of the internal host, or to it. Identifications differ: no packet is a duplicate.
Bytes Datagram(bool outgoing, uint16_t internal_port, uint16_t external_port,
               const Bytes& payload) {
  static uint16_t id = 0;
  const auto length = static_cast<uint16_t>(payload.size() + 8);
  return Ipv4({.protocol = 17,
               .id = ++id,
               .source = outgoing ? kInternal : kExternal,
               .destination = outgoing ? kExternal : kInternal},
              (outgoing ? Udp(length, internal_port, external_port)
                        : Udp(length, external_port, internal_port)) +
                  payload);
}

// 40 + 100 bytes less 25496 make a counter wrap: lengths above 32767 are negative.
TEST(HistogramExamples, ALengthThatIsNegative) {
  HistogramRun run;
  const Ipv4Fields out = {.id = 1, .source = kInternal, .destination = kExternal};
  Ipv4Fields in = {.id = 2, .source = kExternal, .destination = kInternal};
  run.Add(0,
          Ipv4(out, Tcp({.source_port = 1000, .sequence = 100, .acknowledgment = 0, .flags = 2})));
  run.Add(0.1, Ipv4(in, Tcp({.source_port = 80,
                             .destination_port = 1000,
                             .sequence = 500,
                             .acknowledgment = 101,
                             .flags = 0x12})));
  run.Add(0.2,
          Ipv4({.id = 3, .source = kInternal, .destination = kExternal},
               Tcp({.source_port = 1000, .sequence = 101, .acknowledgment = 501, .flags = 0x10})));
  in.id = 4;
  run.Add(1, Ipv4(in, Tcp({.source_port = 80,
                           .destination_port = 1000,
                           .sequence = 501,
                           .acknowledgment = 101}) +
                          Fill(60)));
  in.id = 5;
  in.total_length = 40040;
  run.Add(2, Ipv4(in, Tcp({.source_port = 80,
                           .destination_port = 1000,
                           .sequence = 561,
                           .acknowledgment = 101}) +
                          Fill(40000)));
  run.Finish();
  EXPECT_EQ(run.Lines("LAST/ip_bitrate_in"), "0 160720;3 160720");
  EXPECT_EQ(run.Lines("LAST/tcp_bitrate_in"), "49 " + std::string(kNothing));
  EXPECT_EQ(run.Lines("LAST/tcp_bitrate_out"), "49 320");
  EXPECT_EQ(run.Lines("LAST/tcp_cwnd"), "0 2");
}

struct SenderReport {
  uint32_t ssrc, ntp_middle, packets, octets;
  uint8_t fraction;
  int32_t lost;
  uint32_t jitter, last_report, delay;
};

Bytes Report(const SenderReport& r) {
  return Bytes{0x81, 200} + U16(12) + U32(r.ssrc) + U16(0) + U32(r.ntp_middle) + U16(0) + U32(0) +
         U32(r.packets) + U32(r.octets) + U32(0xfeed) +
         U32(uint32_t{r.fraction} << 24 | (static_cast<uint32_t>(r.lost) & 0xffffff)) + U32(0) +
         U32(r.jitter) + U32(r.last_report) + U32(r.delay);
}

TEST(HistogramExamples, SixSenderReportsEachWay) {
  HistogramRun run;
  constexpr int32_t kLost[] = {0, 3, 5, 4, 4, 9};
  for (uint32_t i = 0; i < 6; ++i) {
    run.Add(i, Datagram(true, 5005, 6005,
                        Report({.ssrc = 17,
                                .ntp_middle = 0x1000 + i,
                                .packets = 100 * i,
                                .octets = 16000 * i,
                                .fraction = static_cast<uint8_t>(10 + i),
                                .lost = kLost[i],
                                .jitter = 40 + i,
                                .last_report = i == 0 ? 0 : 0x2000 + i - 1,
                                .delay = 0x8000})));
    run.Add(i + 0.1, Datagram(false, 5005, 6005,
                              Report({.ssrc = 34,
                                      .ntp_middle = 0x2000 + i,
                                      .packets = 7 * i,
                                      .octets = 700 * i,
                                      .fraction = 0,
                                      .lost = -3,
                                      .jitter = 3,
                                      .last_report = 0x1000 + i,
                                      .delay = 0})));
  }
  run.Finish();
  constexpr std::pair<const char*, const char*> kRows[] = {
      // of single packets
      {"rtcp_lost_out", "0 2;2 1;3 1;5 1"},
      {"rtcp_dup_out", "0 4;1 1"},
      {"rtcp_f_lost_out", "4 2;5 3"},
      {"rtcp_jitter_out", "41 1;42 1;43 1;44 1;45 1"},
      {"rtcp_mm_bt_out", "128 5"},
      {"rtcp_rtt_out", "400 5"},
      // of the direction
      {"rtcp_cl_p_out", "6 1"},
      {"rtcp_cl_b_out", "272 1"},
      {"rtcp_bt_out", "430 1"},
      {"rtcp_avg_inter_out", "833 1"},
      {"rtcp_mm_cl_p_out", "500 1"},
      {"rtcp_mm_cl_b_out", "50000 1"},
      {"rtcp_t_lost_in", "-10 1"},
  };
  for (const auto& [histogram, lines] : kRows) {
    EXPECT_EQ(run.Lines(std::string("LAST/") + histogram), lines) << histogram;
  }
}

TEST(HistogramExamples, RtpWithLossAndReordering) {
  HistogramRun run;
  std::vector<uint16_t> numbers = {1, 2, 3, 4, 5, 7, 6, 8};
  const auto append = [&](uint16_t first, uint16_t last) {
    for (uint16_t n = first; n <= last; ++n) numbers.push_back(n);
  };
  append(9, 39);
  append(45, 79);
  numbers.push_back(60);
  append(80, 99);
  double now = 0;
  for (uint16_t n : numbers) {
    const Bytes rtp = Bytes{0x80, 8} + U16(n) + U32(160u * n) + U32(0xabcd) + Fill(160);
    run.Add(now, Datagram(true, 5004, 6004, rtp));
    now += 0.0203;
  }
  run.Finish();
  constexpr std::pair<const char*, const char*> kRows[] = {
      {"mm_oos_p", "0 4"},           {"mm_reord_p_n", "0 2"}, {"mm_reord_delay", "40 1;100 1"},
      {"mm_burst_loss", "0 75;5 1"}, {"mm_n_oos", "4 1"},     {"mm_p_oos", "42 1"},
      {"mm_p_lost", "52 1"},         {"mm_p_late", "10 1"},   {"mm_avg_jitter", "8 1"},
  };
  for (const auto& [histogram, lines] : kRows) {
    EXPECT_EQ(run.Lines(std::string("LAST/") + histogram + "_out"), lines) << histogram;
  }
}

}  // namespace
}  // namespace tstat::internal::testing
