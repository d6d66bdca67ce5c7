// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/schema/records.h"
#include "tests/schema/row.h"
#include "tstat/media.h"
#include "tstat/schema.h"

namespace tstat::internal {
namespace {

UdpFlow VoiceFlow() {
  UdpFlow flow;
  flow.endpoints.client = {.address = *IpAddress::Parse("192.168.1.2"), .port = 30000};
  flow.endpoints.server = {.address = *IpAddress::Parse("212.242.33.36"), .port = 40392};
  flow.client.type = UdpType::kRtp;
  flow.client.packets = 9;
  flow.client.ttl_min = flow.client.ttl_max = 128;
  flow.client.ttl_sum = 9 * 128;
  return flow;
}

RtpStream VoiceStream() {
  RtpStream s;
  s.ssrc = 932629361;
  s.packets = 9;
  s.first = Timestamp::FromMicroseconds(1500001412504162);
  s.last = Timestamp::FromMicroseconds(1500001412504162 + 162625);
  s.data_bytes = 1280;
  s.gap_sum_ms = 162.625;
  s.gaps = 8;
  s.jitter = {.value_ms = 7.70024, .max_ms = 7.70024f, .min_ms = 3.12169f};
  s.payload_type = 8;
  return s;
}

std::string Zeros(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += " 0";
  return text;
}

// The row of trace sip.
TEST(MediaColumns, RtpRow) {
  const UdpFlow udp = VoiceFlow();
  MediaFlow media;
  media.udp = std::make_shared<const UdpFlow>(udp);
  media.client.rtp.push_back(VoiceStream());
  EXPECT_EQ(RowOf(MediaFlowTable(), media),
            "2 3 192.168.1.2 30000 1 9 20.3281 7.70024 7.70024 3.12169 128 128 128 "
            "1500001412.504162 0.162625 1280 62966.9 932629361 0 0 0 0 8 0" +
                Zeros(13) + " 0 212.242.33.36 40392 1" + Zeros(32) + "\n");
}

TEST(MediaColumns, RtcpWithoutReportsDividesZeroByZero) {
  UdpFlow udp = VoiceFlow();
  udp.client.type = UdpType::kRtcp;
  MediaFlow media;
  media.udp = std::make_shared<const UdpFlow>(udp);
  RtcpStream& s = media.client.rtcp.emplace_back();
  s.first = s.last = Timestamp::FromSeconds(5);
  s.packets = 2;
  s.data_bytes = 80;
  const std::vector<std::string> cells = Cells(RowOf(MediaFlowTable(), media));
  EXPECT_EQ(cells[7], "-nan");   // jitter
  EXPECT_EQ(cells[16], "inf");   // bit rate
  EXPECT_EQ(cells[25], "-nan");  // fraction lost
  EXPECT_EQ(cells[28], "-nan");  // round trip
  const std::string row = RowOf(MediaFlowTable(), media, 0, CompatProfile::None());
  EXPECT_EQ(row.find("nan"), std::string::npos) << row;
  EXPECT_EQ(row.find("inf"), std::string::npos) << row;
  const std::vector<std::string> shown = Cells(row);
  EXPECT_EQ(shown[7] + shown[16] + shown[25] + shown[28], "0000");
}

// RTP and ICY over TCP.
TEST(MediaColumns, TcpRow) {
  TcpFlow tcp = PlainHttpFlow();
  tcp.layer7.connection_type = connection_type::kRtsp | connection_type::kRtp;
  tcp.server.first_rtp = At(30000);
  tcp.server.gaps = {.sum_ms = 30, .jitter_sum_ms = 6, .count = 4, .jitter_max_ms = 5};
  tcp.server.ttl_sum = 4 * 120;
  MediaFlow media;
  media.tcp = std::make_shared<const TcpFlow>(tcp);
  const std::vector<std::string> cells = Cells(RowOf(MediaFlowTable(), media));
  ASSERT_EQ(cells.size(), 73u);
  EXPECT_EQ(cells[0], "1");
  EXPECT_EQ(cells[1], "6");
  EXPECT_EQ(cells[37], "6");
  EXPECT_EQ(cells[41], "4");            // segments
  EXPECT_EQ(cells[42], "10");           // 30 ms / (4 - 1)
  EXPECT_EQ(cells[43], "2");            // 6 ms / (4 - 1)
  EXPECT_EQ(cells[44], "5");            // largest
  EXPECT_EQ(cells[45], "3.40282e+38");  // smallest: unset
  EXPECT_EQ(cells[46], "120");
  EXPECT_EQ(cells[50], "42.164000");  // ms
  EXPECT_EQ(cells[51], "528");
  EXPECT_EQ(cells[71], "30");  // first RTP
  EXPECT_EQ(cells[72], "0");
}

TEST(MediaColumns, HeaderOf33) {
  EXPECT_EQ(
      LogHeader(MediaStreamTable(), 0, CompatProfile::Tstat33()),
      "#a_proto:1 direction:2 c_proto:3 c_ip:4 c_port:5 c_internal:6 c_iscrypto:7 c_mux_prot:8 "
      "s_proto:9 s_ip:10 s_port:11 s_internal:12 s_iscrypto:13 s_mux_prot:14 packets:15 ipg:16 "
      "jitter_avg:17 jitter_max:18 jitter_min:19 ttl_avg:20 ttl_max:21 ttl_min:22 starttime:23 "
      "duration:24 databytes:25 speed:26 SSRC:27 losses:28 oos:29 dup:30 late:31 pt_id:32 "
      "pt_counters:33 bogus:34 rtcp_losses:35 rtcp_fraclost:36 rtcp_lenpack:37 rtcp_lenbytes:38 "
      "rtt_avg:39 rtt_max:40 rtt_min:41 rtt_samples:42 rtcp_trunc:43 rtp_max_payload:44 "
      "rtp_min_payload:45 rtp_avg_payload:46 rtp_stdev_payload:47 jitter8k_avg:48 jitter8k_max:49 "
      "jitter8k_min:50 jitter90k_avg:51 jitter90k_max:52 jitter90k_min:53\n");
}

TEST(MediaColumns, StreamsOf33InTheirOrder) {
  const UdpFlow udp = VoiceFlow();
  MediaFlow media;
  media.udp = std::make_shared<const UdpFlow>(udp);
  media.client.rtp.push_back(VoiceStream());
  media.client.rtp[0].payload_types.Count(8);
  media.client.rtp[0].payload_types.Count(101);
  media.client.rtcp.emplace_back().packets = 1;
  media.server.rtp.push_back(VoiceStream());
  std::vector<std::string> rows;
  ForEachMediaStream(media,
                     [&](const MediaStream& s) { rows.push_back(RowOf(MediaStreamTable(), s)); });
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].substr(0, 4), "R C ");
  EXPECT_EQ(rows[1].substr(0, 4), "T C ");
  EXPECT_EQ(rows[2].substr(0, 4), "R S ");
  const std::vector<std::string> cells = Cells(rows[0]);
  ASSERT_EQ(cells.size(), 53u);
  EXPECT_EQ(cells[26], "0x3796cb71");
  EXPECT_EQ(cells[31], "8,101");
  EXPECT_EQ(cells[32], "1,1");
  EXPECT_EQ(Cells(rows[1])[43], "0");
  EXPECT_EQ(Cells(rows[1])[45], "0.0");
}

}  // namespace
}  // namespace tstat::internal
