// SPDX-License-Identifier: BSD-3-Clause
//
// Rows and values of Skype flows, every field different.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>

#include "tests/schema/records.h"
#include "tests/schema/row.h"
#include "tests/schema/values.h"
#include "tstat/schema.h"
#include "tstat/skype.h"

namespace tstat::internal {
namespace {

SkypeFlow Sample() {
  SkypeFlow skype;
  SkypeDirection& c = skype.client;
  c.end_to_end_packets = 11, c.skype_out_packets = 12, c.signalling_packets = 13;
  c.unknown_packets = 14, c.audio_video_packets = 15, c.video_packets = 16;
  c.size_belief = -1.5, c.gap_belief = -2.25;
  c.min_header = 17.125, c.max_near_header = 18.25, c.min_far_header = 19.5, c.max_payload = 20.75;
  c.size_accepted = true, c.verdict = 5, c.has_video = true;
  SkypeDirection& s = skype.server;
  s.end_to_end_packets = 21, s.skype_out_packets = 22, s.signalling_packets = 23;
  s.unknown_packets = 24, s.audio_video_packets = 25, s.video_packets = 26;
  s.size_belief = -100, s.gap_belief = -0.5;
  s.min_header = 27, s.max_near_header = 28, s.min_far_header = 29, s.max_payload = 30;
  s.gap_accepted = true, s.verdict = 6;
  return skype;
}

Endpoints Ends() {
  Endpoints ends;
  ends.client = {.address = *IpAddress::Parse("10.0.0.1"), .port = 40000};
  ends.server = {.address = *IpAddress::Parse("198.51.100.7"), .port = 443};
  ends.server.internal = false;
  ends.server.encrypted = true;
  return ends;
}

// Six seconds.
SkypeFlow UdpSample() {
  UdpFlow udp;
  udp.endpoints = Ends();
  udp.first = At(0);
  udp.last = At(6'000'000);
  udp.client.data_bytes = 1000, udp.client.packets = 4, udp.client.type = UdpType::kSkypeE2e;
  udp.server.data_bytes = 900, udp.server.packets = 3, udp.server.type = UdpType::kSkypeOut;
  SkypeFlow skype = Sample();
  skype.udp = std::make_shared<const UdpFlow>(udp);
  return skype;
}
SkypeFlow TcpSample() {
  TcpFlow tcp;
  tcp.endpoints = Ends();
  tcp.first = At(0);
  tcp.last = At(6'000'000);
  tcp.client.unique_bytes = 1000, tcp.client.data_packets = 4, tcp.client.packets = 5;
  tcp.server.unique_bytes = 900, tcp.server.data_packets = 3, tcp.server.packets = 6;
  SkypeFlow skype = Sample();
  skype.tcp = std::make_shared<const TcpFlow>(tcp);
  return skype;
}

TEST(SkypeColumns, UdpRow) {
  EXPECT_EQ(RowOf(SkypeUdpTable(), UdpSample()),
            "10.0.0.1 40000 1 0 1000 4 11 12 13 14 15 16 250.000000 -1.500 1500.000000 -2.250 "
            "17.125 18.250 19.500 20.750 5 -1 5 1 "
            "198.51.100.7 443 0 1 900 3 21 22 23 24 25 26 300.000000 -100.000 2000.000000 -0.500 "
            "27.000 28.000 29.000 30.000 6 -2 6 0 "
            "1500000000.000000 6.000 U\n");
}

// The server's gap is that of all its segments, the client's that of those with data.
TEST(SkypeColumns, TcpRow) {
  EXPECT_EQ(RowOf(SkypeTcpTable(), TcpSample()),
            "10.0.0.1 40000 1 0 1000 5 15 16 250.000000 -1.500 1500.000000 -2.250 18.250 20.750 "
            "-1 5 1 "
            "198.51.100.7 443 0 1 900 6 25 26 300.000000 -100.000 1000.000000 -0.500 28.000 30.000 "
            "-2 6 0 "
            "1500000000.000000 6.000 T\n");
}

TEST(SkypeColumns, ValuesOfWhatWasNeverJudgedAreAbsent) {
  using std::chrono::milliseconds;
  const SkypeFlow udp = UdpSample(), tcp = TcpSample();
  const auto of_udp = [&](std::string_view name) { return ValueOf(SkypeUdpTable(), name, udp); };
  const auto of_tcp = [&](std::string_view name) { return ValueOf(SkypeTcpTable(), name, tcp); };
  EXPECT_EQ(of_udp("c_size_belief").real(), -1.5);
  EXPECT_TRUE(of_udp("s_size_belief").is_absent());
  EXPECT_EQ(of_udp("s_gap_belief").real(), -0.5);
  EXPECT_EQ(of_udp("c_ipg").duration(), milliseconds(1500));
  EXPECT_EQ(of_tcp("c_ipg").duration(), milliseconds(1500));
  EXPECT_EQ(of_tcp("s_ipg").duration(), milliseconds(1000));
  EXPECT_EQ(of_tcp("s_pkt_size").real(), 300);
  EXPECT_EQ(of_udp("durat").duration(), milliseconds(6000));
  EXPECT_EQ(of_tcp("first").timestamp(), At(0));
}

TEST(SkypeColumns, ADirectionWithoutPacketsHasNoMeans) {
  SkypeFlow skype = UdpSample();
  UdpFlow silent = *skype.udp;
  silent.server.data_bytes = 0, silent.server.packets = 0;
  silent.last = silent.first;
  skype.udp = std::make_shared<const UdpFlow>(silent);
  EXPECT_TRUE(ValueOf(SkypeUdpTable(), "s_pkt_size", skype).is_absent());
  EXPECT_TRUE(ValueOf(SkypeUdpTable(), "s_ipg", skype).is_absent());
  const std::vector<std::string> cells = Cells(RowOf(SkypeUdpTable(), skype));
  EXPECT_EQ(cells[24 + 12], "-nan");
  EXPECT_EQ(cells[24 + 14], "-nan");
}

TEST(SkypeColumns, BeliefsThatWereAccepted) {
  SkypeFlow skype = UdpSample();
  for (const auto& [size, gap, code] :
       {std::tuple{true, true, 1}, {true, false, -1}, {false, true, -2}, {false, false, 0}}) {
    skype.client.size_accepted = size;
    skype.client.gap_accepted = gap;
    EXPECT_EQ(ValueOf(SkypeUdpTable(), "c_bayes", skype).signed_number(), code);
  }
}

}  // namespace
}  // namespace tstat::internal
