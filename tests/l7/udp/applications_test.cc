// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/applications.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "l7/udp/application_tracker.h"
#include "tests/decode/frame_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::Fill;
using testing::Text;
using testing::U16;
using testing::U32;

struct Ports {
  uint16_t source = 40000, destination = 50000;
};
Application Of(const Bytes& payload, Ports ports = {}) {
  return RecogniseUdp({.bytes = ByteReader(payload),
                       .size = payload.size(),
                       .source_port = ports.source,
                       .destination_port = ports.destination});
}

const Bytes kDnsName = Bytes{3} + Text("www") + Bytes{4} + Text("test") + Bytes{0};
Bytes DnsQuery(uint16_t record_class = 1) {
  return U16(7) + U16(0x0100) + U16(1) + Fill(6) + kDnsName + U16(1) + U16(record_class);
}
Bytes Ber(uint8_t tag, const Bytes& content) {
  return Bytes{tag, static_cast<uint8_t>(content.size())} + content;
}

TEST(UdpApplications, Stun) {
  const Bytes binding = U16(1) + U16(0) + U32(0x2112A442) + Fill(12, 3);
  EXPECT_EQ(Of(binding), Application::kStun);
  EXPECT_EQ(Of(U16(1) + U16(3) + U32(0x2112A442) + Fill(15, 3)), Application::kUnknown);
  EXPECT_EQ(Of(U16(1) + U16(8) + U32(0x2112A442) + Fill(12, 3)), Application::kUnknown);
  // Without a cookie: on its port alone.
  const Bytes old = U16(1) + U16(8) + Fill(24, 3);
  EXPECT_EQ(Of(old, {.destination = 3478}), Application::kStun);
  EXPECT_EQ(Of(old, {.source = 3479}), Application::kStun);
  EXPECT_EQ(Of(old), Application::kUnknown);
}

TEST(UdpApplications, NamesByPort) {
  EXPECT_EQ(Of(DnsQuery(), {.destination = 53}), Application::kDns);
  EXPECT_EQ(Of(DnsQuery(0x8001), {.source = 5353, .destination = 5353}), Application::kMdns);
  EXPECT_EQ(Of(DnsQuery(), {.destination = 5355}), Application::kLlmnr);
  EXPECT_EQ(Of(DnsQuery()), Application::kDns);
  EXPECT_EQ(Of(DnsQuery(77)), Application::kUnknown);
  EXPECT_EQ(Of(Fill(40, 0xFF), {.destination = 53}), Application::kUnknown);
}

TEST(UdpApplications, Management) {
  const Bytes community = Ber(2, {1}) + Ber(4, Text("public")) + Ber(0xA0, Fill(10));
  EXPECT_EQ(Of(Ber(0x30, community)), Application::kSnmp);
  EXPECT_EQ(Of(Ber(0x30, community) + Bytes{0}), Application::kUnknown);  // not its length
  EXPECT_EQ(Of(Ber(0x30, Ber(2, {3}) + Ber(0x30, Fill(20)))), Application::kSnmp);
  EXPECT_EQ(Of(Ber(0x30, Ber(2, {9}) + Ber(0x63, Fill(20))), {.destination = 389}),
            Application::kLdap);
  EXPECT_EQ(Of(Ber(0x6A, Ber(0x30, Ber(0xA1, Fill(20))))), Application::kKerberos);
  EXPECT_EQ(Of(Bytes{0x23} + Fill(47), {.destination = 123}), Application::kNtp);
  EXPECT_EQ(Of(Bytes{0x23} + Fill(20), {.destination = 123}), Application::kUnknown);
  EXPECT_EQ(Of(Bytes{1, 7} + U16(20) + Fill(16), {.destination = 1812}), Application::kRadius);
  EXPECT_EQ(Of(Bytes{1, 1, 6, 0} + Fill(232) + U32(0x63825363)), Application::kDhcp);
  EXPECT_EQ(Of(Text("<34>Oct 11 su: failed"), {.destination = 514}), Application::kSyslog);
  EXPECT_EQ(Of(Text("<034444>"), {.destination = 514}), Application::kUnknown);
}

TEST(UdpApplications, Voice) {
  EXPECT_EQ(Of(Text("INVITE sip:a@b.test SIP/2.0\r\n")), Application::kSip);
  EXPECT_EQ(Of(Text("SIP/2.0 200 OK\r\n")), Application::kSip);
  EXPECT_EQ(Of(Text("INVITE me to something else")), Application::kUnknown);
}

TEST(UdpApplications, Tunnels) {
  EXPECT_EQ(Of(Bytes{1, 0, 0, 0} + Fill(144, 5)), Application::kWireGuard);
  EXPECT_EQ(Of(Bytes{2, 0, 0, 0} + Fill(88, 5)), Application::kWireGuard);
  EXPECT_EQ(Of(Bytes{1, 0, 0, 0} + Fill(143, 5)), Application::kUnknown);
  EXPECT_EQ(Of(Bytes{1, 0, 1, 0} + Fill(144, 5)), Application::kUnknown);
  // Data on any port: an index, a counter in the order of its bytes, whole blocks.
  const Bytes index = Bytes{4, 0, 0, 0} + U32(0x15764979);
  Bytes sealed(80);
  for (size_t i = 0; i < sealed.size(); ++i) sealed[i] = static_cast<uint8_t>(i * 37);
  EXPECT_EQ(Of(index + U32(0x13000000) + U32(0) + sealed), Application::kWireGuard);
  EXPECT_EQ(Of(index + U32(0x13000000) + U32(0) + Fill(80, 5)), Application::kUnknown);
  EXPECT_EQ(Of(index + U32(0x13000000) + U32(1) + sealed), Application::kUnknown);
  EXPECT_EQ(Of(index + U32(0x13000000) + U32(0) + sealed + Bytes{1}), Application::kUnknown);
  EXPECT_EQ(Of(Bytes{4, 0, 0, 0} + U32(7) + U32(0) + U32(0) + sealed), Application::kUnknown);
  EXPECT_EQ(Of(Bytes{4, 0, 0, 0} + Fill(92, 5), {.source = 51820}), Application::kWireGuard);
  const Bytes ike = Fill(16, 8) + Bytes{33, 0x20, 34, 8} + U32(0) + U32(60) + Fill(32);
  EXPECT_EQ(Of(ike, {.destination = 500}), Application::kIpsec);
  EXPECT_EQ(Of(U32(0) + ike, {.destination = 4500}), Application::kIpsec);
  // What has no field of a known value is told by the server's port alone.
  EXPECT_EQ(Of(U32(77) + Fill(60, 1), {.destination = 4500}), Application::kUnknown);
  EXPECT_EQ(Of(Bytes{0xFF}, {.source = 4500}), Application::kUnknown);
  EXPECT_EQ(UdpApplicationOfPort(4500), Application::kIpsec);
  EXPECT_EQ(Of(ike + Bytes{0}, {.destination = 500}), Application::kUnknown);
}

// Another protocol of a client whose own port is one of a protocol is what it is.
TEST(UdpApplications, TheClientsPortSaysNothing) {
  for (const uint16_t port : {69, 123, 137, 138, 500, 514, 546, 547, 2055, 4500, 5683}) {
    EXPECT_EQ(Of(Text("REGISTER sip:a.test SIP/2.0\r\n\r\n"), {.source = port}), Application::kSip);
    Bytes query = DnsQuery();
    query[0] = 0x52;
    const Application dns = Of(query, {.source = port, .destination = 8053});
    EXPECT_EQ(dns, port == 137 ? Application::kUnknown : Application::kDns) << port;
    const Bytes torrent = Text("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe");
    EXPECT_EQ(Of(torrent, {.source = port}), Application::kBitTorrent) << port;
  }
  std::mt19937 random(2);
  int found = 0;
  for (int i = 0; i < 100'000; ++i) {
    Bytes bytes(8 + random() % 200);
    for (uint8_t& c : bytes) c = static_cast<uint8_t>(random());
    for (const uint16_t port : {69, 137, 138, 500, 514, 546, 547, 2055, 4500}) {
      found += Of(bytes, {.source = port}) != Application::kUnknown ? 1 : 0;
    }
  }
  EXPECT_LE(found, 2);
}

TEST(UdpApplications, FieldsThatFit) {
  // CoAP: GET with a token and a path; an answer with a payload; nothing but a header.
  const Bytes get = Bytes{0x42, 1, 0x12, 0x34, 7, 8, 0xB4} + Text("temp");
  EXPECT_EQ(Of(get, {.destination = 5683}), Application::kCoap);
  EXPECT_EQ(Of(Bytes{0x60, 0x45, 1, 2, 0xC0, 0xFF, '2'}, {.source = 5683}), Application::kCoap);
  EXPECT_EQ(Of(Bytes{0x70, 0, 1, 2}, {.source = 5683}), Application::kCoap);
  EXPECT_EQ(Of(Bytes{0x70, 0, 1, 2, 3}, {.source = 5683}), Application::kUnknown);
  EXPECT_EQ(Of(get + Bytes{0xF0}, {.destination = 5683}), Application::kUnknown);
  EXPECT_EQ(Of(get + Bytes{0x05}, {.destination = 5683}), Application::kUnknown);
  // DHCPv6: to the port of a server or a client, options that fill the message.
  const Bytes solicit = Bytes{1, 9, 9, 9} + U16(8) + U16(2) + U16(0) + U16(6) + U16(2) + U16(23);
  EXPECT_EQ(Of(solicit, {.source = 546, .destination = 547}), Application::kDhcp);
  EXPECT_EQ(Of(solicit, {.source = 546}), Application::kUnknown);
  EXPECT_EQ(Of(solicit + Bytes{1}, {.source = 546, .destination = 547}), Application::kUnknown);
  // NetBIOS: a name of 32 letters; the port of who sends.
  const Bytes name = U16(9) + U16(0x0110) + U16(1) + Fill(6) + Bytes{32} + Fill(32, 'C') + Bytes{0};
  EXPECT_EQ(Of(name + U16(32) + U16(1), {.source = 137, .destination = 137}),
            Application::kNetBios);
  EXPECT_EQ(Of(Bytes{0x11, 0x0A} + U16(1) + U32(1) + U16(138) + Fill(80), {.destination = 138}),
            Application::kNetBios);
  EXPECT_EQ(Of(Bytes{0x11, 0x0A} + U16(1) + U32(1) + U16(77) + Fill(80), {.destination = 138}),
            Application::kUnknown);
  // Requests of TFTP; exports of flows.
  EXPECT_EQ(
      Of(U16(1) + Text("boot.img") + Bytes{0} + Text("OCTET") + Bytes{0}, {.destination = 69}),
      Application::kTftp);
  EXPECT_EQ(Of(U16(1) + Text("boot.img") + Bytes{0, 1, 2}, {.destination = 69}),
            Application::kUnknown);
  EXPECT_EQ(Of(U16(5) + U16(2) + Fill(116), {.destination = 2055}), Application::kNetFlow);
  EXPECT_EQ(Of(U16(5) + U16(2) + Fill(115), {.destination = 2055}), Application::kUnknown);
  EXPECT_EQ(Of(U16(9) + U16(1) + Fill(16) + U16(0) + U16(12) + Fill(8), {.destination = 9995}),
            Application::kNetFlow);
  EXPECT_EQ(Of(U16(9) + U16(1) + Fill(16) + U16(0) + U16(13) + Fill(8), {.destination = 9995}),
            Application::kUnknown);
  EXPECT_EQ(Of(Bytes{0x23, 99} + Fill(46), {.destination = 123}), Application::kUnknown);
  EXPECT_EQ(Of(Bytes{0x16, 2} + Fill(8) + U16(0), {.destination = 123}), Application::kNtp);
}

TEST(UdpApplications, Others) {
  EXPECT_EQ(Of(Text("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe")),
            Application::kBitTorrent);
  EXPECT_EQ(Of(U32(0x417) + U32(0x27101980) + U32(0) + U32(9)), Application::kBitTorrent);
  EXPECT_EQ(Of(Text("M-SEARCH * HTTP/1.1\r\n")), Application::kSsdp);
  EXPECT_EQ(Of(U16(10) + U16(20) + Fill(16)), Application::kNetFlow);
  EXPECT_EQ(Of(Bytes{0x0D} + Fill(8, 4) + Text("Q043") + Fill(20)), Application::kGoogleQuic);
  EXPECT_EQ(Of(Text("BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\n")),
            Application::kBitTorrent);
  const Bytes rdp_syn = U32(0xFFFFFFFF) + U16(64) + U16(0x1801) + Fill(1224);
  EXPECT_EQ(Of(rdp_syn, {.destination = 3389}), Application::kRdp);
  EXPECT_EQ(Of(rdp_syn), Application::kUnknown);
  EXPECT_EQ(Of(Text("r6fnvWj8") + Fill(200, 9), {.source = 443}), Application::kDns);
  EXPECT_EQ(Of(Text("r6fnvWj8") + Fill(20, 9), {.source = 443}), Application::kUnknown);
  EXPECT_EQ(Of({}), Application::kUnknown);
}

// RFC 8999: whatever the version.
TEST(UdpApplications, QuicOfNoVersion) {
  const Bytes ids = Bytes{8} + Fill(8, 1) + Bytes{4} + Fill(4, 2);
  EXPECT_EQ(Of(Bytes{0xC6} + U32(0x0A0A0A0A) + ids + Fill(1200, 3)), Application::kQuic);
  EXPECT_EQ(Of(Bytes{0xC6} + U32(0xFAEADACA) + ids + Fill(1200, 3)), Application::kQuic);
  EXPECT_EQ(Of(Bytes{0xC6} + U32(0x0A0A0A0B) + ids + Fill(1200, 3)), Application::kUnknown);
  EXPECT_EQ(Of(Bytes{0xC6} + U32(0x0A0A0A0A) + ids + Fill(1100, 3)), Application::kUnknown);
  EXPECT_EQ(Of(Bytes{0x46} + U32(0x0A0A0A0A) + ids + Fill(1200, 3)), Application::kUnknown);
  EXPECT_EQ(Of(Bytes{0xC6} + U32(0x0A0A0A0A) + Bytes{21} + Fill(1200, 3)), Application::kUnknown);

  const Bytes negotiation = Bytes{0x80} + U32(0) + ids;
  EXPECT_EQ(Of(negotiation + U32(0x6B3343CF) + U32(1)), Application::kQuic);
  EXPECT_EQ(Of(negotiation + U32(0xFF00001D)), Application::kQuic);
  EXPECT_EQ(Of(negotiation + U32(0x1A2A3A4A)), Application::kQuic);
  EXPECT_EQ(Of(negotiation + U32(7)), Application::kUnknown);
  EXPECT_EQ(Of(negotiation), Application::kUnknown);
  EXPECT_EQ(Of(negotiation + U32(1) + Bytes{0}), Application::kUnknown);
}

// Nothing of what is recognised depends on bytes that are not there.
TEST(UdpApplications, CutAnywhere) {
  const Bytes whole = DnsQuery();
  for (size_t captured = 0; captured < whole.size(); ++captured) {
    const UdpMessage m{.bytes = ByteReader(whole).Sub(0, captured),
                       .size = whole.size(),
                       .source_port = 40000,
                       .destination_port = 53};
    EXPECT_EQ(RecogniseUdp(m), captured < 12 ? Application::kUnknown : Application::kDns)
        << captured;
  }
}

TEST(UdpApplications, NtpOnAnyPort) {
  const Bytes root = U32(0x100) + U32(0x200) + U32(0x0A000001);
  const Bytes time = U32(0xE5000000) + U32(1);
  const Bytes answer = Bytes{0x24, 2, 6, 0xEC} + root + time + time + time + time;
  EXPECT_EQ(Of(answer), Application::kNtp);
  EXPECT_EQ(Of(Bytes{0x23, 0, 6, 0xEC} + Fill(36) + time), Application::kNtp);
  EXPECT_EQ(Of(answer + Bytes{0}), Application::kUnknown);
  EXPECT_EQ(Of(Bytes{0x24, 17, 6, 0xEC} + root + time + time + time + time), Application::kUnknown);
  EXPECT_EQ(Of(Bytes{0x24, 2, 6, 0xEC} + root + time + time + time + Fill(8)),
            Application::kUnknown);
  EXPECT_EQ(Of(Bytes{0x24, 2, 6, 5} + root + time + time + time + time), Application::kUnknown);
}

TEST(UdpApplications, RandomBytesAreNothing) {
  std::mt19937 random(1);
  for (int i = 0; i < 200'000; ++i) {
    Bytes bytes(8 + random() % 200);
    for (uint8_t& c : bytes) c = static_cast<uint8_t>(random());
    ASSERT_EQ(Of(bytes), Application::kUnknown) << i;
  }
}

// One flow, datagram by datagram.
class OneFlow {
 public:
  UdpApplicationTracker::Flow& Send(Direction from, const Bytes& payload, uint16_t server_port) {
    Datagram datagram;
    const bool is_client = from == Direction::kClientToServer;
    datagram.source_port = is_client ? uint16_t{40000} : server_port;
    datagram.destination_port = is_client ? server_port : uint16_t{40000};
    UdpDatagramStep step;
    step.direction = from;
    step.datagram = &datagram;
    tracker.OnDatagram(step, PayloadOf(payload), flow);
    return flow;
  }
  // Of a signature of Tstat's.
  bool Confirms(UdpType type, const Bytes& payload) {
    Send(Direction::kClientToServer, payload, 50000);
    return tracker.Confirms(type, PayloadOf(payload), flow);
  }
  static UdpPayload PayloadOf(const Bytes& payload) {
    return {.bytes = ByteReader(payload),
            .length_field = static_cast<uint16_t>(payload.size() + kUdpHeaderBytes),
            .available = payload.size() + kUdpHeaderBytes};
  }

  UdpApplicationTracker tracker;
  UdpApplicationTracker::Flow flow;
};

TEST(UdpApplicationTracker, OneCompoundPacketOfRtcp) {
  const Bytes report = Bytes{0x80, 201, 0, 1} + Fill(4, 7);
  const Bytes name = Bytes{0x81, 202, 0, 4} + Fill(4, 7) + Bytes{1, 8} + Text("me@there") + Fill(2);
  const auto found = [&](const Bytes& payload) {
    OneFlow flow;
    UdpFlow record;
    flow.tracker.Fill(flow.Send(Direction::kClientToServer, payload, 40001), true, false, &record);
    return record.application;
  };
  EXPECT_EQ(found(report + name), Application::kRtcp);
  EXPECT_EQ(found(report + name + Bytes{0x81, 203, 0, 1} + Fill(4, 7)), Application::kRtcp);
  EXPECT_EQ(found(report), Application::kUnknown);
  EXPECT_EQ(found(name + report), Application::kUnknown);
  EXPECT_EQ(found(report + name + Fill(4)), Application::kUnknown);
  EXPECT_EQ(found(report + Bytes{0x81, 202, 0, 4} + Fill(4, 7) + Bytes{1, 40} + Fill(10)),
            Application::kUnknown);
}

TEST(UdpApplicationTracker, OpenVpnRepeatsTheSession) {
  const Bytes client = Bytes{0x38} + Text("SESSION1") + Fill(5);
  const Bytes server = Bytes{0x40} + Text("SESSION2") + Bytes{1, 0, 0, 0, 0};
  const auto found = [&](const Bytes& answer, uint16_t port) {
    OneFlow flow;
    flow.Send(Direction::kClientToServer, client, port);
    return flow.Send(Direction::kServerToClient, answer, port).application;
  };
  EXPECT_EQ(found(server + Text("SESSION1") + Fill(4), 50000), Application::kOpenVpn);
  EXPECT_EQ(found(Bytes{0x40} + Text("SESSION2") + Fill(28, 7) + Text("SESSION1"), 50000),
            Application::kOpenVpn);
  EXPECT_EQ(found(server + Text("SESSION3") + Fill(4), 50000), Application::kUnknown);
  EXPECT_EQ(found(server + Text("SESSION3"), 1194), Application::kOpenVpn);
}

TEST(UdpApplicationTracker, WeakSignaturesWantASecondDatagram) {
  OneFlow flow;
  EXPECT_FALSE(flow.Confirms(UdpType::kKad, Fill(20, 1)));
  EXPECT_FALSE(flow.Confirms(UdpType::kEd2k, Fill(20, 1)));
  EXPECT_TRUE(flow.Confirms(UdpType::kEd2k, Fill(20, 1)));
  OneFlow late;
  for (int i = 0; i < 8; ++i) late.Send(Direction::kClientToServer, Fill(20, 1), 50000);
  EXPECT_FALSE(late.Confirms(UdpType::kKad, Fill(20, 1)));
  EXPECT_FALSE(late.Confirms(UdpType::kKad, Fill(20, 1)));
  OneFlow other;
  EXPECT_FALSE(other.Confirms(UdpType::kDns, Fill(20, 1)));
  EXPECT_FALSE(other.Confirms(UdpType::kPpLive, Bytes{1, 2, 3, 4, 5, 2, 3} + Fill(20, 1)));
  EXPECT_TRUE(other.Confirms(UdpType::kPpLive, U16(0xE903) + Fill(2) + U32(0x98AB0102) + Fill(20)));
  EXPECT_TRUE(other.Confirms(UdpType::kUtp, Fill(20, 1)));
}

TEST(UdpApplications, PortsAndTypes) {
  EXPECT_EQ(UdpApplicationOfPort(51820), Application::kWireGuard);
  EXPECT_EQ(UdpApplicationOfPort(1), Application::kUnknown);
  EXPECT_EQ(UdpTypeOf(Application::kMdns), UdpType::kDns);
  EXPECT_EQ(UdpTypeOf(Application::kWireGuard), UdpType::kUnknown);
  EXPECT_EQ(ApplicationOf(UdpType::kRtpPlus), Application::kRtp);
  EXPECT_EQ(ApplicationOf(UdpType::kUnknown), Application::kUnknown);
}

}  // namespace
}  // namespace tstat::internal
