// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/report.h"

#include <cstdlib>
#include <ctime>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tstat::internal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Timestamp At(int64_t microseconds) { return Timestamp::FromMicroseconds(microseconds); }

TEST(TextFormat, Elapsed) {
  EXPECT_EQ(ElapsedText(0), "0:00:00.000000");
  EXPECT_EQ(ElapsedText(42164), "0:00:00.042164");
  // The double's digit, as Tstat prints it.
  EXPECT_EQ(ElapsedText(3600042164.0), "1:00:00.042163");
  EXPECT_EQ(ElapsedText(100.0 * 3600e6 + 61e6), "100:01:01.000000");
  EXPECT_EQ(ElapsedText(59.5e6), "0:00:59.500000");
  EXPECT_EQ(ElapsedText(60e6), "0:01:00.000000");
  EXPECT_EQ(ElapsedText(3599e6), "0:59:59.000000");
  EXPECT_EQ(ElapsedText(3600e6), "1:00:00.000000");
}

TEST(TextFormat, TimeStamps) {
  setenv("TZ", "UTC", 1);
  tzset();
  EXPECT_EQ(TimeStampText(At(1500000000042164)), "Fri Jul 14 02:40:00 2017");
  EXPECT_EQ(TimeStampText(At(1499000000000000)), "Sun Jul  2 12:53:20 2017");
  EXPECT_EQ(TimeStampText(Timestamp()), "-");
  EXPECT_EQ(PreciseTimeText(At(1500000000042164)), "Fri Jul 14 02:40:00.042164 2017");
  EXPECT_EQ(PreciseTimeText(Timestamp()), "        <the epoch>       ");
  setenv("TZ", "America/New_York", 1);
  tzset();
  EXPECT_EQ(TimeStampText(At(1500000000042164)), "Thu Jul 13 22:40:00 2017");
  setenv("TZ", "UTC", 1);
  tzset();
}

Statistics Example() {
  Statistics s;
  s.ip_packets = 1723;
  s.tcp_packets = 1381;
  s.udp_packets = 342;
  s.tcp_packets_tracked = 631;
  s.tcp_trash_packets = 750;
  s.tcp_flows = 22;
  s.udp_flows = 106;
  s.search_iterations = 609;
  s.last_tcp_slot = 22;
  s.first_packet = At(1500000000000000);
  s.last_packet = At(1500000578059758);
  return s;
}

// The layout is read by scripts: every byte counts.
TEST(Report, Layout) {
  EXPECT_EQ(ClosingReport(Example(), 180000, 2000000),
            "\n---\nDumping internal status variables:\n---\n"
            "total packet analized : 1723\n"
            "total flows analized : 128\n"
            "total TCP flows analized : 22\n"
            "total UDP flows analized : 106\n"
            "total RTP flows analized : 0\n"
            "total RTCP flows analized : 0\n"
            "total tunneled RTP flows analized : 0\n"
            "total iteration spent in the hash search routine : 609\n"
            "total analyzed TCP packet: 1381 \n"
            "total analyzed UDP packet: 342 \n"
            "total trash TCP packet: 750 \n"
            "average TCP search length: 0.440985\n"
            "Current opened flows: TCP = 0 UDP = 0\n"
            "Current flow vector index: 22 (180000)\n"
            "Total adx used in hash: 0 \n"
            "Total adx used in list: 0 \n"
            "Total adx hash search: 0\n"
            "Total adx list search: 0\n"
            "elapsed wallclock time: 0:00:02.000000\n"
            "861 pkts/sec analyzed\n"
            "64 flows/sec analyzed\n");
}

TEST(Report, NoTcpPackets) {
  EXPECT_THAT(ClosingReport(Statistics(), 1, 0), Not(HasSubstr("average TCP search length")));
  EXPECT_THAT(ClosingReport(Statistics(), 1, 0), HasSubstr("\n0 pkts/sec analyzed\n"));
}

TEST(Report, RatesAreByTheSecond) {
  Statistics s;
  s.ip_packets = 3'000'000;
  s.tcp_flows = 1'000'000;
  s.udp_flows = 500'000;
  const std::string report = ClosingReport(s, 1, 1'500'000);
  EXPECT_THAT(report, HasSubstr("\n2000000 pkts/sec analyzed\n1000000 flows/sec analyzed\n"));
  EXPECT_THAT(report, HasSubstr("\nelapsed wallclock time: 0:00:01.500000\n"));
}

// Each figure stands in its line.
TEST(Report, EveryCounterIsPrinted) {
  Statistics s;
  s.rtp_flows = 31;
  s.rtcp_flows = 32;
  s.tunneled_rtp_flows = 33;
  s.open_tcp_flows = -34;
  s.open_udp_flows = 35;
  s.address_chains = 36;
  s.chained_addresses = 37;
  s.address_lookups = 38;
  const std::string report = ClosingReport(s, 36, 1);
  EXPECT_THAT(report, HasSubstr("\ntotal RTP flows analized : 31\n"
                                "total RTCP flows analized : 32\n"
                                "total tunneled RTP flows analized : 33\n"));
  EXPECT_THAT(report, HasSubstr("\nCurrent opened flows: TCP = -34 UDP = 35\n"
                                "Current flow vector index: 0 (36)\n"
                                "Total adx used in hash: 36 \n"
                                "Total adx used in list: 37 \n"
                                "Total adx hash search: 38\n"
                                "Total adx list search: 38\n"));
}

// A line for each loss, the figures in one column; none for what did not happen, one of one.
TEST(Report, EveryLossHasItsLine) {
  Statistics s;
  s.dropped = {{"not IP", 1}};
  s.unasked_dns_answers = 2;
  s.refused_udp_flows = 3;
  s.evicted_flows = 4;
  s.uncounted_addresses = 5;
  s.forgotten_ranges = 12;
  const std::string losses =
      "   3  flows: no slot was free (Max_TCP_Pairs, Max_UDP_Pairs)\n"
      "   4  flows closed early: the table was full\n"
      "   5  addresses not counted in the files of addresses: the table was full\n"
      "  12  sequence ranges forgotten: a flow had too many\n";
  EXPECT_EQ(DroppedLines(s),
            "Not analysed:\n"
            "   1  packets: not IP\n"
            "   2  DNS answers: nobody asked for them (dns_unasked)\n" +
                losses);
  EXPECT_EQ(DroppedLines(s, DroppedKinds::kLosses), "Not analysed:\n" + losses);
}

TEST(Report, TcpPacketsOfNoFlowAreToldByReason) {
  Statistics s;
  s.tcp_without_syn = 1;
  s.tcp_after_close = 2;
  s.tcp_after_reset = 3;
  s.tcp_without_slot = 4;
  s.copied_packets = 5;
  EXPECT_EQ(DroppedLines(s),
            "Not analysed:\n"
            "  1  TCP packets: no flow, its SYN not captured or its end before them\n"
            "  2  TCP packets: late, their flow had been closed\n"
            "  3  TCP packets: late, their flow had been reset\n"
            "  4  TCP packets: no slot was free for their flow\n"
            "  5  packets: captured twice, counted once\n");
  EXPECT_EQ(DroppedLines(s, DroppedKinds::kLosses), "");
  s = {};
  s.differing_stream_bytes = 12;
  s.missing_stream_bytes = 7;
  s.given_up_hellos = 3;
  EXPECT_EQ(DroppedLines(s),
            "Not analysed:\n"
            "  12  bytes of TCP: sent again with other content, the first ones count\n"
            "   3  hellos of QUIC or DTLS: in too many pieces\n");
}

TEST(Report, TheClockFellBack) {
  Statistics s;
  s.clock_steps_back = 1;
  s.longest_step_back_s = 3725.5;
  EXPECT_EQ(DroppedLines(s), "The packets' clock fell back: 1 time, at most by 1:02:05.500000\n");
  s.clock_steps_back = 2;
  EXPECT_THAT(DroppedLines(s), HasSubstr(": 2 times, "));
}

TEST(Report, PacketsStoredOutOfOrder) {
  Statistics s;
  s.overtaken_packets = 1;
  EXPECT_EQ(DroppedLines(s), "1 packet was stored out of order, and taken in the order of time\n");
  s.overtaken_packets = 2;
  s.clock_steps_back = 1;
  EXPECT_EQ(DroppedLines(s),
            "2 packets were stored out of order, and taken in the order of time\n"
            "The packets' clock fell back: 1 time, at most by 0:00:00.000000\n");
}

TEST(Report, WhatWasNotAnalysedIsNamed) {
  Statistics s;
  s.unopened_tunnels = {{"VXLAN", 3}};
  EXPECT_EQ(DroppedLines(s), "Not analysed:\n  Flows of tunnels, which are not opened: VXLAN 3\n");
  EXPECT_EQ(DroppedLines(s, DroppedKinds::kLosses), "");
  s.dropped = {{"not IP", 12}, {"not TCP or UDP", 91}};
  s.unread_frames = {{"ARP", 7}, {"LLDP", 5}};
  for (int i = 13; i > 0; --i) s.unread_protocols.emplace_back(std::string(1, 'A' + i), i);
  EXPECT_EQ(DroppedLines(s),
            "Not analysed:\n"
            "  12  packets: not IP\n"
            "  91  packets: not TCP or UDP\n"
            "  Frames without IP: ARP 7, LLDP 5\n"
            "  Other protocols: N 13, M 12, L 11, K 10, J 9, I 8, H 7, G 6, F 5, E 4, D 3, C 2, "
            "others 1\n"
            "  Flows of tunnels, which are not opened: VXLAN 3\n");
}

TEST(Report, FirstAndLastPacket) {
  setenv("TZ", "UTC", 1);
  tzset();
  EXPECT_THAT(FinalLines(Example(), {.with_times = true}),
              HasSubstr("\n\tfirst packet:  Fri Jul 14 02:40:00.000000 2017"
                        "\n\tlast packet:   Fri Jul 14 02:49:38.059758 2017\n"));
  EXPECT_THAT(FinalLines(Example(), {}), Not(HasSubstr("first packet")));
}

TEST(Report, FinalLines) {
  EXPECT_EQ(FinalLines(Example(), {.one_trace = true}),
            "1723 packets seen, 631 TCP packets traced, 342 UDP packets traced\n"
            "trace file elapsed time: 0:09:38.059757\n");
  EXPECT_EQ(FinalLines(Statistics(), {.with_udp = false}),
            "0 packets seen, 0 TCP packets traced\ntrace files elapsed time: 0:00:00.000000\n");
  EXPECT_THAT(FinalLines(Statistics(), {.with_times = true}),
              HasSubstr("\tfirst packet:          <the epoch>       \n\tlast packet:   "));
}

TEST(Report, UnaskedDnsAnswersAreTold) {
  Statistics s;
  EXPECT_EQ(DroppedLines(s), "");
  s.unasked_dns_answers = 3;
  EXPECT_EQ(DroppedLines(s),
            "Not analysed:\n  3  DNS answers: nobody asked for them (dns_unasked)\n");
}

TEST(Report, LiveLines) {
  EXPECT_EQ(LiveReport({.received = 5, .dropped = 2, .delivered = 3}),
            "\n5 packets received by filter\n2 packets dropped by kernel\n");
  EXPECT_EQ(LiveReport({.received = 5, .dropped = 2, .dropped_by_interface = 3, .delivered = 2}),
            "\n5 packets received by filter\n2 packets dropped by kernel\n"
            "3 packets dropped by interface\n1 packets not read before the end\n");
  EXPECT_EQ(LiveReport({.received = 5, .delivered = 5, .late = 2}),
            "\n5 packets received by filter\n0 packets dropped by kernel\n"
            "2 packets merged too late for their turn\n");
  const CaptureStatistics earlier = {.received = 3, .dropped = 1, .delivered = 2};
  const CaptureStatistics now = {.received = 10, .dropped = 1, .delivered = 9};
  EXPECT_EQ(IntervalReport(now.Since(earlier)),
            "7 packets received by filter, 0 dropped by kernel");
  EXPECT_EQ(IntervalReport({.received = 1, .dropped = 1, .dropped_by_interface = 9}),
            "1 packets received by filter, 1 dropped by kernel, 9 dropped by interface");
}

TEST(Report, DroppedByReason) {
  EXPECT_EQ(DroppedLines(Example()), "");
  Statistics s = Example();
  s.dropped = {{"not IP", 3}, {"fragment", 12}};
  s.refused_tcp_flows = 60;
  s.refused_udp_flows = 40;
  EXPECT_EQ(DroppedLines(s),
            "Not analysed:\n"
            "    3  packets: not IP\n"
            "   12  packets: fragment\n"
            "  100  flows: no slot was free (Max_TCP_Pairs, Max_UDP_Pairs)\n");
  EXPECT_EQ(DroppedLines(s, DroppedKinds::kLosses),
            "Not analysed:\n"
            "  100  flows: no slot was free (Max_TCP_Pairs, Max_UDP_Pairs)\n");
  s.uncounted_addresses = 7;
  s.clock_steps_back = 2;
  s.longest_step_back_s = 3600;
  EXPECT_THAT(DroppedLines(s), HasSubstr("    7  addresses not counted in the files of addresses"));
  EXPECT_THAT(DroppedLines(s), HasSubstr("\nThe packets' clock fell back: 2 times, at most by "
                                         "1:00:00.000000\n"));
}

TEST(Report, FlowsWithoutASlotWereNotAnalysed) {
  Statistics s = Example();
  s.refused_tcp_flows = 2;
  s.refused_udp_flows = 6;
  const std::string report = ClosingReport(s, 180000, 2000000);
  EXPECT_THAT(report, HasSubstr("total flows analized : 120\n"));
  EXPECT_THAT(report, HasSubstr("total TCP flows analized : 20\n"));
  EXPECT_THAT(report, HasSubstr("total UDP flows analized : 100\n"));
}

}  // namespace
}  // namespace tstat::internal
