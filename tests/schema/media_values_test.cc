// SPDX-License-Identifier: BSD-3-Clause
//
// Rows and values of multimedia flows, every field different: RTP one way, RTCP the other; TCP.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/schema/records.h"
#include "tests/schema/row.h"
#include "tests/schema/values.h"
#include "tstat/media.h"
#include "tstat/schema.h"

namespace tstat::internal {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Two seconds of reports.
RtcpStream Reports() {
  RtcpStream s;
  s.ssrc = 73;
  s.packets = 5;
  s.first = At(0);
  s.last = At(2'000'000);
  s.data_bytes = 1000;
  s.interval_sum_ms = 2000;
  s.jitter_sum = 330, s.jitter_max = 150, s.jitter_min = 90, s.reports = 3;
  s.cumulative_lost = -7;
  s.fraction_lost_sum = 96;
  s.sender_packets = 71, s.sender_octets = 72;
  s.rtt_sum_ms = 90, s.rtt_max_ms = 60, s.rtt_min_ms = 30, s.rtt_samples = 2;
  s.errors = 3;
  for (int i = 0; i < 4; ++i) s.packet_types.Count(200);
  s.packet_types.Count(202);
  return s;
}

// Four seconds of voice.
RtpStream Voice() {
  RtpStream s;
  s.ssrc = 99;
  s.packets = 50;
  s.first = At(1'000'000);
  s.last = At(5'000'000);
  s.data_bytes = 8000;
  s.gap_sum_ms = 980, s.gaps = 49;
  s.jitter = {.value_ms = 1.5, .max_ms = 3.5, .min_ms = 0.5};
  s.lost = 2, s.out_of_sequence = 3, s.duplicates = 4, s.late = 6;
  s.payload_type = 8;
  s.restarted = true;
  for (int i = 0; i < 49; ++i) s.payload_types.Count(8);
  s.payload_types.Count(101);
  s.payload_max = 200, s.payload_min = 120;
  s.payload_square_sum = 8000.0 * 8000 / 50 + 98.0 * 98;
  s.jitter_8khz = {.value_ms = 4.5, .max_ms = 5.5, .min_ms = 3.5};
  s.jitter_90khz = {.value_ms = 0.25, .max_ms = 0.75, .min_ms = 0.125};
  return s;
}

MediaFlow Call() {
  UdpFlow udp;
  udp.endpoints.client = {.address = *IpAddress::Parse("192.168.1.2"), .port = 30000};
  udp.endpoints.server = {.address = *IpAddress::Parse("212.242.33.36"), .port = 40392};
  udp.endpoints.server.internal = false;
  udp.endpoints.server.encrypted = true;
  udp.client.type = UdpType::kRtcp;
  udp.client.packets = 9;
  udp.client.ttl_sum = 9 * 128, udp.client.ttl_max = 130, udp.client.ttl_min = 126;
  udp.server.type = UdpType::kRtp;
  udp.server.packets = 60;
  udp.server.ttl_sum = 60 * 60, udp.server.ttl_max = 61, udp.server.ttl_min = 59;
  MediaFlow media;
  media.udp = std::make_shared<const UdpFlow>(udp);
  media.client.rtcp.push_back(Reports());
  media.client.protocols = 3;
  media.server.rtp.push_back(Voice());
  media.server.protocols = 65;
  return media;
}

TEST(MediaValues, RowOfACall) {
  EXPECT_EQ(RowOf(MediaFlowTable(), Call()),
            "2 "
            "4 192.168.1.2 30000 1 5 400 110 150 90 128 130 126 1500000000.000000 2000.000000 1000 "
            "4 73 0 0 0 0 0 0 -7 12.5 71 72 45 60 30 2 3 0 0 0 0 "
            "3 212.242.33.36 40392 0 50 20 1.5 3.5 0.5 60 61 59 1500000001.000000 4.000000 8000 "
            "16000 99 2 3 4 6 8 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
}

TEST(MediaValues, OfACall) {
  const MediaFlow call = Call();
  const auto value = [&](std::string_view name) { return ValueOf(MediaFlowTable(), name, call); };
  EXPECT_EQ(value("proto").unsigned_number(), 2u);
  EXPECT_TRUE(value("con_t").is_absent());
  EXPECT_EQ(value("c_type").unsigned_number(), 4u);
  EXPECT_EQ(value("c_ipg").duration(), milliseconds(400));
  EXPECT_EQ(value("s_ipg").duration(), milliseconds(20));
  EXPECT_EQ(value("c_durat").duration(), milliseconds(2000));
  EXPECT_EQ(value("s_durat").duration(), milliseconds(4000));
  EXPECT_EQ(value("c_rate").real(), 4000);
  EXPECT_EQ(value("s_rate").real(), 16000);
  EXPECT_EQ(value("c_rtcp_jitter").real(), 110);
  EXPECT_EQ(value("c_rtcp_jitter_max").unsigned_number(), 150u);
  EXPECT_EQ(value("c_rtcp_jitter_min").unsigned_number(), 90u);
  EXPECT_EQ(value("c_rtcp_lost_frac").real(), 12.5);
  EXPECT_EQ(value("c_rtt_avg").duration(), milliseconds(45));
  EXPECT_EQ(value("c_rtt_max").duration(), milliseconds(60));
  EXPECT_EQ(value("c_rtt_min").duration(), milliseconds(30));
  EXPECT_EQ(value("s_jitter").duration(), microseconds(1500));
  EXPECT_EQ(value("s_jitter_max").duration(), microseconds(3500));
  EXPECT_EQ(value("s_jitter_min").duration(), microseconds(500));
  EXPECT_EQ(value("s_ttl_avg").real(), 60);
  for (const char* of_rtp : {"c_jitter", "c_jitter_max", "c_lost", "c_dup", "c_pt"}) {
    EXPECT_TRUE(value(of_rtp).is_absent()) << of_rtp;
  }
  for (const char* of_rtcp : {"s_rtcp_jitter", "s_rtcp_jitter_max", "s_rtcp_lost",
                              "s_rtcp_lost_frac", "s_rtt_avg", "s_rtt_max", "s_rtcp_err"}) {
    EXPECT_TRUE(value(of_rtcp).is_absent()) << of_rtcp;
  }
}

// One report, one sample are enough; none is not.
TEST(MediaValues, WithoutReportsThereIsNoJitterAndNoRoundTrip) {
  for (const uint32_t count : {0u, 1u}) {
    MediaFlow call = Call();
    call.client.rtcp[0].reports = call.client.rtcp[0].rtt_samples = count;
    ForEachMediaStream(call, [&](const MediaStream& stream) {
      if (stream.rtcp == nullptr) return;
      for (const char* name : {"rtcp_jitter", "rtcp_jitter_max", "rtcp_jitter_min", "rtt_max",
                               "rtt_min", "rtcp_fraclost"}) {
        EXPECT_EQ(ValueOf(MediaStreamTable(), name, stream).is_absent(), count == 0) << name;
      }
    });
    for (const char* name : {"c_rtcp_jitter", "c_rtcp_jitter_max", "c_rtcp_jitter_min", "c_rtt_max",
                             "c_rtt_min", "c_rtcp_lost_frac"}) {
      EXPECT_EQ(ValueOf(MediaFlowTable(), name, call).is_absent(), count == 0) << name;
    }
  }
}

TEST(MediaValues, OfTcp) {
  TcpFlow tcp = PlainHttpFlow();
  tcp.layer7.connection_type = connection_type::kIcy;
  tcp.last = At(40'000);
  tcp.client.unique_bytes = 1000;
  tcp.client.gaps = {
      .sum_ms = 30, .jitter_sum_ms = 6, .count = 4, .jitter_max_ms = 5, .jitter_min_ms = 1};
  tcp.client.out_of_order_packets = 17;
  tcp.client.retransmitted_packets = 18;
  tcp.client.first_http = At(1000), tcp.client.first_rtsp = At(2000);
  tcp.client.first_rtp = At(3000), tcp.client.first_icy = At(4000);
  MediaFlow media;
  media.tcp = std::make_shared<const TcpFlow>(tcp);
  const auto value = [&](std::string_view name) { return ValueOf(MediaFlowTable(), name, media); };
  EXPECT_EQ(value("proto").unsigned_number(), 1u);
  EXPECT_EQ(value("con_t").unsigned_number(), connection_type::kIcy);
  EXPECT_TRUE(value("c_type").is_absent());
  EXPECT_EQ(value("c_pkts").unsigned_number(), 6u);
  EXPECT_EQ(value("c_ipg").duration(), milliseconds(10));
  EXPECT_EQ(value("c_jitter").duration(), milliseconds(2));
  EXPECT_EQ(value("c_jitter_max").duration(), milliseconds(5));
  EXPECT_EQ(value("c_jitter_min").duration(), milliseconds(1));
  EXPECT_EQ(value("c_rate").real(), 200'000);
  EXPECT_EQ(value("c_durat").duration(), milliseconds(40));
  EXPECT_EQ(value("c_out_of_seq").unsigned_number(), 17u);
  EXPECT_EQ(value("c_dup").unsigned_number(), 18u);
  EXPECT_EQ(value("c_rtt_max").duration(), microseconds(7693));
  EXPECT_EQ(value("c_rtt_min").duration(), microseconds(6194));
  EXPECT_EQ(value("c_rtt_avg").duration().count(), 7045667);
  EXPECT_EQ(value("c_first_http").duration(), milliseconds(1));
  EXPECT_EQ(value("c_first_rtsp").duration(), milliseconds(2));
  EXPECT_EQ(value("c_first_rtp").duration(), milliseconds(3));
  EXPECT_EQ(value("c_first_icy").duration(), milliseconds(4));
  EXPECT_TRUE(value("s_first_icy").is_absent());
  EXPECT_EQ(Cells(RowOf(MediaFlowTable(), media))[16], "200");  // kbit/s
  // Gaps are between two segments, a round-trip time is one sample.
  for (const uint32_t count : {1u, 2u}) {
    tcp.client.gaps.count = count;
    tcp.client.rtt.count = count - 1;
    media.tcp = std::make_shared<const TcpFlow>(tcp);
    for (const char* name :
         {"c_jitter_max", "c_jitter_min", "c_rtt_max", "c_rtt_min", "c_rtt_avg"}) {
      EXPECT_EQ(value(name).is_absent(), count == 1) << name;
    }
  }
}

std::vector<std::string> StreamRows(const MediaFlow& media) {
  std::vector<std::string> rows;
  ForEachMediaStream(media,
                     [&](const MediaStream& s) { rows.push_back(RowOf(MediaStreamTable(), s)); });
  return rows;
}

TEST(MediaStreams, RowsOfACall) {
  const std::vector<std::string> rows = StreamRows(Call());
  const std::string ends = "4 192.168.1.2 30000 1 0 3 3 212.242.33.36 40392 0 1 65 ";
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0],
            "T C " + ends +
                "5 400 110 150 90 128 130 126 1500000000.000000 2000.000000 1000 4 0x49 0 0 "
                "0 0 200,202 4,1 0 -7 12.5 71 72 45 60 30 2 3 0 0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 "
                "0.0\n");
  EXPECT_EQ(rows[1],
            "R S " + ends +
                "50 20 1.5 3.5 0.5 60 61 59 1500000001.000000 4.000000 8000 16000 0x63 2 3 4 "
                "6 8,101 49,1 1 0 0 0 0 0 0 0 0 0 200 120 160.000000 2.000000 4.5 5.5 3.5 0.25 "
                "0.75 0.125\n");
}

TEST(MediaStreams, Values) {
  ForEachMediaStream(Call(), [](const MediaStream& s) {
    const auto value = [&](std::string_view name) { return ValueOf(MediaStreamTable(), name, s); };
    const bool is_rtp = s.rtp != nullptr;
    EXPECT_EQ(value("speed").real(), is_rtp ? 16000 : 4000);
    EXPECT_EQ(value("duration").duration(), milliseconds(is_rtp ? 4000 : 2000));
    EXPECT_EQ(value("ipg").duration(), milliseconds(is_rtp ? 20 : 400));
    EXPECT_EQ(value("jitter_avg").is_absent(), !is_rtp);
    EXPECT_EQ(value("rtp_stdev_payload").is_absent(), !is_rtp);
    EXPECT_EQ(value("rtcp_jitter").is_absent(), is_rtp);
    EXPECT_EQ(value("rtcp_fraclost").is_absent(), is_rtp);
    if (is_rtp) {
      EXPECT_EQ(value("rtp_stdev_payload").real(), 14);  // the usual formula
      EXPECT_EQ(value("jitter90k_avg").duration(), microseconds(250));
    } else {
      EXPECT_EQ(value("rtcp_jitter").real(), 110);
      EXPECT_EQ(value("rtt_avg").duration(), milliseconds(45));
    }
  });
}

// One packet has no deviation; rounding may leave a negative square, whose root is printed so.
TEST(MediaStreams, DeviationOfThePayload) {
  for (const uint64_t packets : {1u, 2u}) {
    MediaFlow call = Call();
    call.client.rtcp.clear();
    RtpStream& voice = call.server.rtp[0];
    voice.packets = packets;
    voice.data_bytes = 100 * packets;
    voice.payload_square_sum = 100.0 * 100 * static_cast<double>(packets) + 32;
    ForEachMediaStream(call, [&](const MediaStream& s) {
      const Value deviation = ValueOf(MediaStreamTable(), "rtp_stdev_payload", s);
      EXPECT_EQ(deviation.is_absent(), packets == 1);
    });
    EXPECT_EQ(Cells(StreamRows(call).at(0))[46], packets == 1 ? "0.000000" : "5.656854");
  }
  MediaFlow call = Call();
  call.client.rtcp.clear();
  call.server.rtp[0].payload_square_sum = 0;
  EXPECT_EQ(Cells(StreamRows(call).at(0))[46], "-nan");
}

}  // namespace
}  // namespace tstat::internal
