// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "records.h"
#include "row.h"
#include "tstat/schema.h"

namespace tstat::internal {
namespace {

// A row of trace dns.
UdpFlow SampleFlow() {
  UdpFlow flow;
  flow.endpoints.client = {.address = *IpAddress::Parse("192.168.170.20"), .port = 53};
  flow.endpoints.server = {.address = *IpAddress::Parse("192.168.170.8"), .port = 32795};
  flow.client.first = At(0);
  flow.client.last = At(41070964);
  flow.client.data_bytes = 67;
  flow.client.packets = 2;
  flow.client.logged_type = UdpType::kDns;
  flow.server.first = flow.server.last = At(40837821);
  flow.server.data_bytes = 33;
  flow.server.packets = 1;
  flow.server.logged_type = UdpType::kDns;
  return flow;
}

TEST(UdpLog, Header) {
  const std::string header = LogHeader(UdpCompleteTable(), 0, {});
  EXPECT_EQ(header,
            "#c_ip:1 c_port:2 c_first_abs:3 c_durat:4 c_bytes_all:5 c_pkts_all:6 c_isint:7 "
            "c_iscrypto:8 c_type:9 s_ip:10 s_port:11 s_first_abs:12 s_durat:13 s_bytes_all:14 "
            "s_pkts_all:15 s_isint:16 s_iscrypto:17 s_type:18 fqdn:19\n");
  EXPECT_EQ(header.size(), 216u);
}

TEST(UdpLog, Sample) {
  EXPECT_EQ(RowOf(UdpCompleteTable(), SampleFlow()),
            "192.168.170.20 53 1500000000000.000000 41.070964 67 2 1 0 19 192.168.170.8 32795 "
            "1500000040837.821045 0.000000 33 1 1 0 19 -\n");
}

TEST(UdpLog, SilentServerNameAndNegativeBytes) {
  UdpFlow flow = SampleFlow();
  flow.server = {};
  flow.client.data_bytes = -3;  // a length field below 8
  auto resolution = std::make_shared<DnsResolution>();
  resolution->name = "ntp.example";
  flow.endpoints.resolution = resolution;
  EXPECT_EQ(RowOf(UdpCompleteTable(), flow),
            "192.168.170.20 53 1500000000000.000000 41.070964 18446744073709551613 2 1 0 19 "
            "192.168.170.8 32795 0.000000 0.000000 0 0 1 0 0 ntp.example\n");
}

TEST(UdpLog, Quic33) {
  UdpFlow flow = SampleFlow();
  const std::string header = LogHeader(UdpCompleteTable(), 0, ColumnsOf33());
  EXPECT_TRUE(
      header.ends_with(" fqdn:19 quic_SNI:20 quic_UA:21 quic_c_vers:22 quic_s_vers:23 "
                       "quic_zero_rtt:24 quic_ech:25\n"))
      << header;
  const auto end_of_row = [&] {
    const std::string row = RowOf(UdpCompleteTable(), flow, 0, ColumnsOf33());
    return row.substr(row.find(" 19 -"));  // the server's type and the columns after it
  };
  EXPECT_EQ(end_of_row(), " 19 - - - - - 0 0\n");
  QuicDetails details;
  details.server_name = "a.example";
  details.client_version = details.server_version = 1;
  details.zero_rtt_packets = 3;
  details.ech_length = 250;
  flow.quic = std::make_shared<QuicDetails>(details);
  EXPECT_EQ(end_of_row(), " 19 - a.example - - - 0 0\n");
  details.flagged = true;
  flow.quic = std::make_shared<QuicDetails>(details);
  EXPECT_EQ(end_of_row(), " 19 - a.example - 0x00000001 0x00000001 3 250\n");
  // The text has 8 bits of what was counted.
  details.zero_rtt_packets = 256 + 4;
  details.ech_length = 256 + 7;
  flow.quic = std::make_shared<QuicDetails>(details);
  EXPECT_EQ(end_of_row(), " 19 - a.example - 0x00000001 0x00000001 4 7\n");
}

}  // namespace
}  // namespace tstat::internal
