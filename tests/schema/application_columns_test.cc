// SPDX-License-Identifier: BSD-3-Clause
//
// Columns of hellos of the true profile, by their labels.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "records.h"
#include "row.h"
#include "tstat/handshake_details.h"
#include "tstat/schema.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {
namespace {

template <typename Record>
std::map<std::string, std::string> ByLabel(const LogTable<Record>& log, const Record& record) {
  const CompatProfile profile = CompatProfile::None();
  const std::vector<std::string> labels = Cells(LogHeader(log, 0, profile));
  const std::vector<std::string> cells = Cells(RowOf(log, record, 0, profile));
  EXPECT_EQ(labels.size(), cells.size());
  std::map<std::string, std::string> row;
  for (size_t i = 0; i < labels.size() && i < cells.size(); ++i) {
    row[labels[i].substr(0, labels[i].find(':'))] = cells[i];
  }
  return row;
}

std::shared_ptr<const HandshakeDetails> Details(std::string_view offered, std::string_view chosen) {
  HandshakeDetails details;
  details.client_alpn = offered;
  details.server_alpn = chosen;
  details.client_software = "SSH-2.0-client 1";
  return std::make_shared<const HandshakeDetails>(details);
}

TEST(ApplicationColumns, ProtocolsOfTcpFlows) {
  TcpFlow flow = PlainHttpFlow();
  flow.layer7.handshake = Details("h2,http/1.1", "");
  EXPECT_EQ(ByLabel(TcpCompleteTable(), flow)["alpn"], "h2,http/1.1");
  EXPECT_EQ(ByLabel(TcpCompleteTable(), flow)["alpn_offered"], "h2,http/1.1");
  EXPECT_EQ(ByLabel(TcpCompleteTable(), flow)["ssh_client"], "SSH-2.0-client%201");
  flow.layer7.handshake = Details("h2,http/1.1", "http/1.1");
  EXPECT_EQ(ByLabel(TcpCompleteTable(), flow)["alpn"], "http/1.1");
  EXPECT_EQ(ByLabel(TcpCompleteTable(), flow)["alpn_offered"], "h2,http/1.1");
  flow.layer7.handshake = nullptr;
  EXPECT_EQ(ByLabel(TcpCompleteTable(), flow)["alpn_offered"], "-");
}

TEST(ApplicationColumns, WhatWasNotSeenIsNotShown) {
  TcpFlow tcp = PlainHttpFlow();
  UdpFlow udp;
  HandshakeDetails details;
  details.client_alpn = "h2";
  const auto expect = [&](const std::string& version, const std::string& alpn,
                          const std::string& ech, const std::string& resumed) {
    tcp.layer7.handshake = std::make_shared<const HandshakeDetails>(details);
    udp.handshake = tcp.layer7.handshake;
    auto row = ByLabel(TcpCompleteTable(), tcp);
    EXPECT_EQ(row["tls_version"] + ' ' + row["alpn"] + ' ' + row["ech"],
              version + ' ' + alpn + ' ' + ech);
    EXPECT_EQ(row["tls_resumed"], resumed);
    row = ByLabel(UdpCompleteTable(), udp);
    EXPECT_EQ(row["tls_version"] + ' ' + row["alpn"] + ' ' + row["ech"],
              version + ' ' + alpn + ' ' + ech);
  };
  expect("-", "h2", "-", "-");
  details.hello_whole = true;
  expect("-", "h2", "0", "-");
  details.resumption_known = true;
  details.version = 0x0303;
  expect("1.2", "h2", "0", "0");
  details.answer_cut = true;  // the choice may be in what was not seen
  expect("1.2", "-", "0", "0");
  details.version = 0x0304;  // it is encrypted
  expect("1.3", "h2", "0", "0");
  details.version = 0;
  details.hello_whole = false;
  details.encrypted_hello = details.resumed = true;
  details.server_alpn = "h2";
  expect("-", "h2", "1", "1");
}

TEST(ApplicationColumns, ProtocolsOfUdpFlows) {
  UdpFlow flow;
  flow.handshake = Details("webrtc,c-webrtc", "");
  EXPECT_EQ(ByLabel(UdpCompleteTable(), flow)["alpn"], "webrtc,c-webrtc");
  flow.handshake = Details("webrtc,c-webrtc", "c-webrtc");
  EXPECT_EQ(ByLabel(UdpCompleteTable(), flow)["alpn"], "c-webrtc");
  EXPECT_EQ(ByLabel(UdpCompleteTable(), flow)["alpn_offered"], "webrtc,c-webrtc");
  flow.handshake = nullptr;
  EXPECT_EQ(ByLabel(UdpCompleteTable(), flow)["alpn"], "-");
}

}  // namespace
}  // namespace tstat::internal
