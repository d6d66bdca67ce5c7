// SPDX-License-Identifier: BSD-3-Clause
//
// Flows with CompatProfile::modern_layer7.
#include <gtest/gtest.h>

#include "tests/l7/udp/quic_builder.h"
#include "tests/udp/udp_harness.h"
#include "udp/udp_tracker.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::CryptoFrame;
using testing::Fill;
using testing::HelloMessage;
using testing::SealInitial;
using testing::Text;
using testing::U16;
using testing::U32;

UdpHarnessOptions Modern(uint16_t client_port = 40000, uint16_t server_port = 50000) {
  return {.client_port = client_port, .server_port = server_port, .profile = CompatProfile::None()};
}
Bytes Rtp(uint16_t number) {
  return Bytes{0x80, 96} + U16(number) + U32(number * 160u) + U32(70) + Fill(100);
}
const Bytes kStun = U16(1) + U16(0) + U32(0x2112A442) + Fill(12, 3);
const Bytes kDtls = Bytes{22, 0xFE, 0xFD} + Fill(8) + U16(20) + Fill(20);

TEST(UdpModern, QuicByTheClientAlone) {
  UdpHarness flow(Modern());
  flow.Client(
      SealInitial({.frames = CryptoFrame(0, HelloMessage("quic.test")), .version = 0x6b3343cf}));
  const UdpFlow record = flow.Close();
  EXPECT_EQ(record.application, Application::kQuic);
  EXPECT_EQ(record.evidence, Evidence::kSignature);
  EXPECT_EQ(record.client.logged_type, UdpType::kQuic);
  EXPECT_EQ(record.server.logged_type, UdpType::kQuic);
  ASSERT_NE(record.quic, nullptr);
  EXPECT_EQ(record.quic->server_name, "quic.test");
  ASSERT_NE(record.handshake, nullptr);
  EXPECT_EQ(record.handshake->client_alpn, "h3");
}

TEST(UdpModern, DnsOverQuicByItsProtocol) {
  UdpHarness flow(Modern());
  const Bytes doq = testing::Extension(16, U16(4) + Bytes{3} + Text("doq"));
  Bytes hello = HelloMessage("dns.test", 0, doq);
  // The hello's own list becomes an unknown extension.
  const std::string text(hello.begin(), hello.end());
  const size_t h3 = text.find(std::string("\0\x10\0\x05\0\x03\x02h3", 9));
  ASSERT_NE(h3, std::string::npos);
  hello[h3 + 1] = 99;
  flow.Client(SealInitial({.frames = CryptoFrame(0, hello)}));
  EXPECT_EQ(flow.Close().application, Application::kDnsOverQuic);
}

// STUN, DTLS and media of one flow (RFC 8827).
TEST(UdpModern, WebRtc) {
  UdpHarness flow(Modern());
  flow.Client(kStun);
  flow.Server(kStun);
  flow.Client(kDtls);
  for (uint16_t i = 1; i < 5; ++i) flow.Client(Rtp(i));
  const UdpFlow record = flow.Close();
  EXPECT_EQ(record.application, Application::kWebRtc);
  EXPECT_EQ(record.client.logged_type, UdpType::kRtpPlus);
}

TEST(UdpModern, MediaBehindStun) {
  UdpHarness flow(Modern());
  flow.Client(kStun);
  flow.Client(Rtp(1));
  flow.Client(Rtp(3));
  EXPECT_EQ(flow.Close().application, Application::kRtp);
}

TEST(UdpModern, OnePacketThatCouldBeRtpIsNone) {
  UdpHarness flow(Modern());
  flow.Client(Rtp(1));
  const UdpFlow record = flow.Close();
  EXPECT_EQ(record.client.logged_type, UdpType::kUnknown);
  EXPECT_EQ(record.application, Application::kUnknown);
  EXPECT_EQ(record.evidence, Evidence::kNone);
}

TEST(UdpModern, OpenVpnByBothSides) {
  UdpHarness flow(Modern());
  flow.Client(Bytes{0x38} + Fill(13, 1));
  flow.Server(Bytes{0x40} + Fill(8, 2) + Bytes{1} + Fill(4) + Fill(8, 1) + Fill(4));
  EXPECT_EQ(flow.Close().application, Application::kOpenVpn);
  UdpHarness other(Modern());
  other.Client(Bytes{0x38} + Fill(13, 1));
  other.Server(Bytes{0x40} + Fill(25, 2));
  EXPECT_EQ(other.Close().application, Application::kUnknown);
  UdpHarness unanswered(Modern());
  unanswered.Client(Bytes{0x38} + Fill(13, 1));
  EXPECT_EQ(unanswered.Close().application, Application::kUnknown);
}

TEST(UdpModern, ThePortIfNothingElseTells) {
  UdpHarness flow(Modern(40000, 51820));
  flow.Client(Fill(20, 0xEE));
  const UdpFlow record = flow.Close();
  EXPECT_EQ(record.application, Application::kWireGuard);
  EXPECT_EQ(record.evidence, Evidence::kPort);
}

// In the other profiles Tstat's own columns keep its rules.
TEST(UdpModern, ApplicationsBesideTheTypesOf33) {
  CompatProfile profile = CompatProfile::Tstat33();
  profile.modern_layer7 = true;
  UdpHarness flow({.profile = profile});
  flow.Client(
      SealInitial({.frames = CryptoFrame(0, HelloMessage("quic.test")), .version = 0x6b3343cf}));
  const UdpFlow record = flow.Close();
  EXPECT_EQ(record.application, Application::kQuic);
  EXPECT_NE(record.client.logged_type, UdpType::kQuic);
  EXPECT_EQ(record.quic, nullptr);
}

}  // namespace
}  // namespace tstat::internal
