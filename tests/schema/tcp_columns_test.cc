// SPDX-License-Identifier: BSD-3-Clause
#include "schema/tcp_columns.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "records.h"
#include "row.h"

namespace tstat::internal {
namespace {

// The default header of 3.1.1.
constexpr char kCoreHeader[] =
    "c_ip:1 c_port:2 c_pkts_all:3 c_rst_cnt:4 c_ack_cnt:5 c_ack_cnt_p:6 c_bytes_uniq:7 "
    "c_pkts_data:8 c_bytes_all:9 c_pkts_retx:10 c_bytes_retx:11 c_pkts_ooo:12 c_syn_cnt:13 "
    "c_fin_cnt:14 s_ip:15 s_port:16 s_pkts_all:17 s_rst_cnt:18 s_ack_cnt:19 s_ack_cnt_p:20 "
    "s_bytes_uniq:21 s_pkts_data:22 s_bytes_all:23 s_pkts_retx:24 s_bytes_retx:25 s_pkts_ooo:26 "
    "s_syn_cnt:27 s_fin_cnt:28 first:29 last:30 durat:31 c_first:32 s_first:33 c_last:34 "
    "s_last:35 c_first_ack:36 s_first_ack:37 c_isint:38 s_isint:39 c_iscrypto:40 s_iscrypto:41 "
    "con_t:42 p2p_t:43 http_t:44";
constexpr char kOtherHeaders[] =
    " c_rtt_avg:45 c_rtt_min:46 c_rtt_max:47 c_rtt_std:48 c_rtt_cnt:49 c_ttl_min:50 c_ttl_max:51 "
    "s_rtt_avg:52 s_rtt_min:53 s_rtt_max:54 s_rtt_std:55 s_rtt_cnt:56 s_ttl_min:57 s_ttl_max:58 "
    "p2p_st:59 ed2k_data:60 ed2k_sig:61 ed2k_c2s:62 ed2k_c2c:63 ed2k_chat:64 c_f1323_opt:65 "
    "c_tm_opt:66 c_win_scl:67 c_sack_opt:68 c_sack_cnt:69 c_mss:70 c_mss_max:71 c_mss_min:72 "
    "c_win_max:73 c_win_min:74 c_win_0:75 c_cwin_max:76 c_cwin_min:77 c_cwin_ini:78 "
    "c_pkts_rto:79 c_pkts_fs:80 c_pkts_reor:81 c_pkts_dup:82 c_pkts_unk:83 c_pkts_fc:84 "
    "c_pkts_unrto:85 c_pkts_unfs:86 c_syn_retx:87 s_f1323_opt:88 s_tm_opt:89 s_win_scl:90 "
    "s_sack_opt:91 s_sack_cnt:92 s_mss:93 s_mss_max:94 s_mss_min:95 s_win_max:96 s_win_min:97 "
    "s_win_0:98 s_cwin_max:99 s_cwin_min:100 s_cwin_ini:101 s_pkts_rto:102 s_pkts_fs:103 "
    "s_pkts_reor:104 s_pkts_dup:105 s_pkts_unk:106 s_pkts_fc:107 s_pkts_unrto:108 "
    "s_pkts_unfs:109 s_syn_retx:110 http_req_cnt:111 http_res_cnt:112 http_res:113 "
    "c_pkts_push:114 s_pkts_push:115 c_tls_SNI:116 s_tls_SCN:117 c_npnalpn:118 s_npnalpn:119";
constexpr char kHeaderEnd[] =
    " c_last_handshakeT:121 s_last_handshakeT:122 c_appdataT:123 s_appdataT:124 c_appdataB:125 "
    "s_appdataB:126 fqdn:127 dns_rslv:128 req_tm:129 res_tm:130";

TEST(TcpHeader, Default) {
  EXPECT_EQ(
      LogHeader(TcpCompleteTable(), tcp_level::kDefault, {}),
      std::string("#15#") + kCoreHeader + kOtherHeaders + " c_tls_sesid:120" + kHeaderEnd + "\n");
}

TEST(TcpHeader, Profile33) {
  EXPECT_EQ(LogHeader(TcpCompleteTable(), tcp_level::kDefault, ColumnsOf33()),
            std::string("#15#") + kCoreHeader + kOtherHeaders + " tls_session_stat:120" +
                kHeaderEnd + " http_hostname:131 c_TLSvers:132 s_TLSvers:133 dns_enc:134\n");
}

TEST(TcpHeader, CoreOnly) {
  EXPECT_EQ(LogHeader(TcpCompleteTable(), 0, {}), std::string("#00#") + kCoreHeader + "\n");
  EXPECT_EQ(LogHeader(TcpNocompleteTable(), 31, {}), std::string("#31#") + kCoreHeader + "\n");
  EXPECT_EQ(LogHeader(TcpNocompleteTable(), 15, {}).size(), 551u);
}

TEST(TcpHeader, PositionsFollowTheSetsThatAreOn) {
  const std::string header = LogHeader(TcpCompleteTable(), tcp_level::kLayer7, {});
  EXPECT_EQ(header.substr(0, 4), "#02#");
  EXPECT_NE(header.find(" http_t:44 http_req_cnt:45 "), std::string::npos) << header;
}

// The row of trace http.
constexpr char kPlainRowCore[] =
    "192.168.1.128 42170 6 0 5 3 74 1 74 0 0 0 1 1 216.58.208.142 80 4 0 4 1 528 1 528 0 0 0 1 1 "
    "1500000000000.000000 1500000000042.164062 42.164000 7.350000 35.654000 7.350000 35.654000 "
    "7.292000 15.043000 1 0 0 0 1 0 1";
constexpr char kPlainRowOther[] =
    " 7.045432 6.194000 7.693000 0.770107 3 64 64 0.044665 0.042000 0.047000 0.002517 3 120 120 "
    "0 0 0 0 0 0 1 1 7 1 0 1460 74 74 64256 63744 0 74 74 74 0 0 0 0 0 0 0 0 0 "
    "1 1 8 1 0 1430 528 528 65536 65535 0 528 528 528 0 0 0 0 0 0 0 0 0 "
    "1 1 301 1 1 - - 0 0 0 0.000000 0.000000 0.000000 0.000000 0 0 - - 0.0 0.0";

TEST(TcpRow, WorkedExample) {
  EXPECT_EQ(RowOf(TcpCompleteTable(), PlainHttpFlow(), tcp_level::kDefault),
            std::string(kPlainRowCore) + kPlainRowOther + "\n");
}

TEST(TcpRow, CoreOnly) {
  EXPECT_EQ(RowOf(TcpNocompleteTable(), PlainHttpFlow()), std::string(kPlainRowCore) + "\n");
  EXPECT_EQ(RowOf(TcpCompleteTable(), PlainHttpFlow(), tcp_level::kAdvanced),
            std::string(kPlainRowCore) + "\n");
}

TEST(TcpRow, Profile33) {
  EXPECT_EQ(RowOf(TcpCompleteTable(), PlainHttpFlow(), tcp_level::kDefault, ColumnsOf33()),
            std::string(kPlainRowCore) + kPlainRowOther + " google.com - - 0\n");
}

TEST(TcpRow, RowsHaveAsManyCellsAsTheHeader) {
  for (const CompatProfile& profile : {CompatProfile{}, ColumnsOf33()}) {
    for (int level = 0; level < 32; ++level) {
      const uint8_t bits = static_cast<uint8_t>(level);
      EXPECT_EQ(Cells(RowOf(TcpCompleteTable(), PlainHttpFlow(), bits, profile)).size(),
                Cells(LogHeader(TcpCompleteTable(), bits, profile)).size());
    }
  }
}

TEST(TcpRow, DnsName) {
  TcpFlow flow = PlainHttpFlow();
  auto resolution = std::make_shared<DnsResolution>();
  resolution->name = "www.example.org";
  resolution->resolver = *IpAddress::Parse("2001:db8::53");
  resolution->resolver_encrypted = true;
  resolution->request_time = At(-2000);
  resolution->response_time = At(-1000);
  flow.endpoints.resolution = resolution;
  std::string row = RowOf(TcpCompleteTable(), flow, tcp_level::kLayer7);
  EXPECT_TRUE(
      row.ends_with(" www.example.org 2001:0db8::0053 1499999999998.000000 "
                    "1499999999999.000000\n"))
      << row;
  row = RowOf(TcpCompleteTable(), flow, tcp_level::kLayer7, ColumnsOf33());
  EXPECT_TRUE(
      row.ends_with(" www.example.org 2001:db8::53 1499999999998.000000 "
                    "1499999999999.000000 google.com - - 1\n"))
      << row;
}

TEST(TcpRow, TlsMarks) {
  TcpFlow flow = PlainHttpFlow();
  flow.client.last_handshake = At(1500);
  flow.client.first_app_data = At(2500);
  flow.client.first_app_data_byte = 518;
  flow.layer7.connection_type = 0;  // the handshake mark shows for TLS flows only
  flow.layer7.http_response_code = {};
  EXPECT_NE(
      RowOf(TcpCompleteTable(), flow, 2).find(" --- 1 1 - - 0 0 0 0.000000 0.000000 2.500000"),
      std::string::npos);
  flow.layer7.connection_type = connection_type::kTls;
  flow.layer7.tls_server_name = "a.example";
  flow.layer7.tls_common_name = "*.example";
  flow.client.protocol_negotiation = 160;
  EXPECT_NE(RowOf(TcpCompleteTable(), flow, 2)
                .find(" --- 1 1 a.example *.example 160 0 0 1.500000 0.000000 2.500000 0.000000 "
                      "518 0 "),
            std::string::npos);
}

// Counters are printed at the width of the reference's format.
TEST(TcpRow, Wrapping) {
  TcpFlow flow = PlainHttpFlow();
  flow.client.packets = 5000000000;
  flow.client.mss = 65530;
  flow.client.syn_count = 300;
  flow.server.fin_count = 256;
  flow.client.window_max = 4294967295;
  flow.layer7.ed2k_data = 4294967295;
  const std::vector<std::string> cells =
      Cells(RowOf(TcpCompleteTable(), flow, tcp_level::kDefault));
  EXPECT_EQ(cells[2], "5000000000");
  EXPECT_EQ(cells[12], "44");
  EXPECT_EQ(cells[27], "0");
  EXPECT_EQ(cells[69], "-6");
  EXPECT_EQ(cells[72], "4294967295");
  EXPECT_EQ(cells[59], "-1");
}

// Times before the first segment print 0, events that never happened too.
TEST(TcpRow, TimesNeverNegative) {
  TcpFlow flow = PlainHttpFlow();
  flow.last = At(-5);
  flow.client.first_payload = At(-3);
  flow.server.first_payload = {};
  const std::vector<std::string> cells = Cells(RowOf(TcpNocompleteTable(), flow));
  EXPECT_EQ(cells[30], "0.000000");
  EXPECT_EQ(cells[31], "0.000000");
  EXPECT_EQ(cells[32], "0.000000");
}

TEST(TcpRow, AnonymisedEndpointsAndNames) {
  TcpFlow flow = PlainHttpFlow();
  flow.endpoints.server.encrypted = true;
  flow.endpoints.server.address = IpAddress::V4(0x0a000001);
  flow.layer7.tls_server_name = "google.com";
  const auto anonymizer =
      *Anonymizer::Create({.key = AnonymizationKey("golden-test-key"), .encrypt_names = true});
  const std::vector<std::string> cells =
      Cells(RowOf(TcpCompleteTable(), flow, tcp_level::kDefault, {}, anonymizer.get()));
  EXPECT_EQ(cells[0], "192.168.1.128");
  EXPECT_EQ(cells[14], "106.127.244.49");
  EXPECT_EQ(cells[40], "1");
  EXPECT_EQ(cells[115], "d+ZnPzrQ10ypLESPflzcDQ==");
  EXPECT_EQ(cells[116], "-");
}

// Strict anonymity hides what has no flag, too: the DNS server, which 3.1.1 prints as it is.
TEST(TcpRow, StrictlyAnonymised) {
  TcpFlow flow = PlainHttpFlow();
  flow.endpoints.server.address = IpAddress::V4(0x0a000001);
  auto resolution = std::make_shared<DnsResolution>();
  resolution->name = "www.example.com";
  resolution->resolver = IpAddress::V4(0x0a000002);
  flow.endpoints.resolution = resolution;
  const auto anonymizer =
      *Anonymizer::Create({.key = AnonymizationKey("golden-test-key"), .strict = true});
  const std::vector<std::string> cells =
      Cells(RowOf(TcpCompleteTable(), flow, tcp_level::kDefault, {}, anonymizer.get()));
  EXPECT_NE(cells[0], "192.168.1.128");
  EXPECT_EQ(cells[14], "106.127.244.49");
  EXPECT_EQ(cells[115], "-");
  EXPECT_EQ(cells[126], anonymizer->Pseudonym("www.example.com"));
  EXPECT_EQ(cells[127], "106.127.244.50");
}

TEST(TcpRow, VeryLongNamesAndNumbers) {
  TcpFlow flow = PlainHttpFlow();
  flow.layer7.tls_server_name = std::string(100000, 'x');
  flow.client.rtt.min_us = 1e300;
  const std::vector<std::string> cells =
      Cells(RowOf(TcpCompleteTable(), flow, tcp_level::kDefault));
  ASSERT_EQ(cells.size(), 130u);
  EXPECT_EQ(cells[115].size(), 100000u);
  EXPECT_EQ(cells[45].size(), 298u + 7);
  EXPECT_EQ(cells[129], "0.0");
}

TEST(TcpTable, TypedValues) {
  const TcpFlow flow = PlainHttpFlow();
  EXPECT_EQ(kTcpCoreBlock.columns[0].read(flow).kind(), Value::Kind::kAddress);
  EXPECT_EQ(kTcpCoreBlock.columns[16].read(flow).unsigned_number(), 4u);
  EXPECT_EQ(kTcpCoreBlock.row(16).TextLabel(), "s_pkts_all");
  EXPECT_TRUE(kTcpLayer7Block.columns[5].read(flow).is_absent());
}

}  // namespace
}  // namespace tstat::internal
