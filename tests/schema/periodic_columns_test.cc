// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <string>

#include "records.h"
#include "row.h"
#include "tstat/schema.h"

namespace tstat::internal {
namespace {

Endpoints SampleEndpoints() {
  Endpoints ends;
  ends.client = {.address = *IpAddress::Parse("10.0.0.1"), .port = 40000};
  ends.server = {.address = *IpAddress::Parse("198.51.100.7"), .port = 443};
  ends.client.internal = true;
  ends.server.internal = false;
  return ends;
}

// The header of log_udp_periodic.
TEST(UdpPeriodTable, HeaderAndRow) {
  EXPECT_EQ(LogHeader(UdpPeriodTable(), 0, CompatProfile::Tstat33()),
            "#c_ip:1 c_port:2 c_isint:3 c_iscrypto:4 s_ip:5 s_port:6 s_isint:7 s_iscrypto:8 "
            "time_abs_start:9 time_rel_start:10 time_rel_end:11 bin_duration:12 c_pkts_all:13 "
            "c_bytes_all:14 s_pkts_all:15 s_bytes_all:16\n");
  const Endpoints ends = SampleEndpoints();
  UdpPeriod period;
  period.endpoints = ends;
  period.flow_start = At(0);
  period.begin = At(1'500'000);
  period.last_packet = At(2'250'000);
  period.client = {.packets = 3, .data_bytes = 480};
  period.server = {.packets = 1, .data_bytes = 160};
  EXPECT_EQ(RowOf(UdpPeriodTable(), period),
            "10.0.0.1 40000 1 0 198.51.100.7 443 0 0 1500000001500.000000 1500.000000 2250.000000 "
            "750.000000 3 480 1 160\n");
}

// The header of log_tcp_periodic.
TEST(TcpPeriodTable, HeaderAndRow) {
  EXPECT_EQ(
      LogHeader(TcpPeriodTable(), 0, CompatProfile::Tstat33()),
      "#c_ip:1 c_port:2 s_ip:3 s_port:4 time_abs_start:5 time_rel_start:6 time_rel_end:7 "
      "bin_duration:8 c_pkts_all:9 c_rst_cnt:10 c_ack_cnt:11 c_ack_cnt_p:12 c_bytes_uniq:13 "
      "c_pkts_data:14 c_bytes_all:15 c_pkts_retx:16 c_bytes_retx:17 c_pkts_ooo:18 c_syn_cnt:19 "
      "c_fin_cnt:20 s_pkts_all:21 s_rst_cnt:22 s_ack_cnt:23 s_ack_cnt_p:24 s_bytes_uniq:25 "
      "s_pkts_data:26 s_bytes_all:27 s_pkts_retx:28 s_bytes_retx:29 s_pkts_ooo:30 s_syn_cnt:31 "
      "s_fin_cnt:32 c_rtt_avg:33 c_rtt_cnt:34 s_rtt_avg:35 s_rtt_cnt:36 c_cwin_min:37 "
      "c_cwin_max:38 s_cwin_min:39 s_cwin_max:40 c_sack_cnt:41 s_sack_cnt:42 c_isint:43 "
      "s_isint:44 c_iscrypto:45 s_iscrypto:46\n");
  const Endpoints ends = SampleEndpoints();
  TcpPeriod period;
  period.endpoints = ends;
  period.flow_start = period.begin = At(0);
  period.last_packet = At(1000);
  TcpPeriod::Side& c = period.client;
  c.packets = 1, c.ack_packets = 2, c.pure_ack_packets = 3, c.unique_bytes = 4, c.data_packets = 5;
  c.data_bytes = 6, c.retransmitted_packets = 7, c.retransmitted_bytes = 8;
  c.out_of_order_packets = 9, c.syn_count = 10, c.fin_count = 11, c.rst_count = 12;
  c.rtt_sum_us = 0.5 * 1000 * (13 + 0.0001), c.rtt_count = 13, c.in_flight_min = 14,
  c.in_flight_max = 15;
  c.sack_segments = 16;
  EXPECT_EQ(RowOf(TcpPeriodTable(), period),
            "10.0.0.1 40000 198.51.100.7 443 1500000000000.000000 0.000000 1.000000 1.000000 "
            "1 12 2 3 4 5 6 7 8 9 10 11 0 0 0 0 0 0 0 0 0 0 0 0 0.500000 13 0.000000 0 "
            "14 15 0 0 16 0 1 0 0 0\n");
}

}  // namespace
}  // namespace tstat::internal
