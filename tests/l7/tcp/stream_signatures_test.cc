// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "l7/stream/signatures.h"
#include "l7/tcp/application_guess.h"

namespace tstat::internal {
namespace {

constexpr Direction kClient = Direction::kClientToServer, kServer = Direction::kServerToClient;

ByteReader View(const std::string& text) {
  return ByteReader({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}
Application Found(const std::string& bytes, Direction from, uint16_t port = 40000,
                  bool complete = true) {
  const FoundSignature found = FindSignature({View(bytes), from, port}, complete);
  return found.match == SignatureMatch::kYes ? found.signature->application : Application::kUnknown;
}
std::string Bytes(std::initializer_list<int> values) {
  std::string s;
  for (const int value : values) s.push_back(static_cast<char>(value));
  return s;
}

struct Case {
  Application application;
  Direction from;
  std::string bytes;
  uint16_t port = 40000;
};
const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      {Application::kSsh, kServer, "SSH-2.0-OpenSSH_9.2\r\n"},
      {Application::kTls, kClient, Bytes({22, 3, 1, 0, 100, 1})},
      {Application::kTls, kServer, Bytes({22, 3, 3, 0, 100, 2})},
      {Application::kTls, kClient, Bytes({23, 3, 3, 0, 2, 9, 9, 23, 3, 3, 0, 1, 9})},
      {Application::kSmtp, kServer, "220 mx.example.test ESMTP Postfix\r\n"},
      {Application::kSmtp, kServer, "220 mx.example.test\r\n", 25},
      {Application::kSmtp, kClient, "EHLO example.test\r\n"},
      {Application::kFtp, kServer, "220-welcome\r\n220 ready\r\n", 21},
      {Application::kFtp, kServer, "220 (vsFTPd 3.0.3)\r\n"},
      {Application::kGridFtp, kServer, "220 host GridFTP Server 13.8 ready.\r\n"},
      {Application::kGridFtp, kClient, "AUTH GSSAPI\r\n"},
      {Application::kPop3, kServer, "+OK ready\r\n"},
      {Application::kImap, kServer, "* OK [CAPABILITY IMAP4rev1]\r\n"},
      {Application::kSip, kClient, "INVITE sip:bob@example.test SIP/2.0\r\n"},
      {Application::kRtsp, kClient, "OPTIONS rtsp://example.test/ RTSP/1.0\r\n"},
      {Application::kXmpp, kClient, "<?xml version='1.0'?><stream:stream to='x'>"},
      {Application::kIrc, kClient, "NICK bob\r\n"},
      {Application::kBitTorrent, kClient,
       std::string("\x13") + "BitTorrent protocol" + std::string(8, '\0')},
      {Application::kRedis, kClient, "*1\r\n$4\r\nPING\r\n"},
      {Application::kGit, kClient, "0032git-upload-pack /project.git"},
      {Application::kAmqp, kClient, std::string("AMQP\0\0\x09\x01", 8)},
      {Application::kRsync, kServer, "@RSYNCD: 31.0\n"},
      {Application::kVnc, kServer, "RFB 003.008\n"},
      {Application::kMqtt, kClient, Bytes({0x10, 20, 0, 4}) + "MQTT" + Bytes({4, 2, 0, 60})},
      {Application::kMqtt, kClient, Bytes({0x10, 0x90, 1, 0, 4}) + "MQTT" + Bytes({4, 2, 0, 60})},
      {Application::kMqtt, kClient, Bytes({0xC0, 0, 0x40, 2, 0, 2})},
      {Application::kMqtt, kServer, Bytes({0xD0, 0, 0xD0, 0})},
      {Application::kMqtt, kServer, Bytes({0xD0, 0, 0x32, 0x54, 0, 8}) + "Bus17Cmd"},
      {Application::kMqtt, kClient, Bytes({0xC0, 0, 0x33, 0x90, 1, 0, 8}) + "Bus17Cmd"},
      {Application::kSmb, kClient, Bytes({0, 0, 0, 100, 0xFE}) + "SMB" + std::string(60, '\0')},
      {Application::kRdp, kClient,
       Bytes({3, 0, 0, 19, 14, 0xE0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0}), 3389},
      {Application::kS7, kClient, Bytes({3, 0, 0, 22, 17, 0xE0, 0, 0, 0, 1, 0, 0xC0, 1, 10}), 102},
      {Application::kLdap, kClient, Bytes({0x30, 12, 2, 1, 1, 0x60, 7, 2, 1, 3, 4, 0, 0x80, 0})},
      {Application::kKerberos, kClient,
       Bytes({0, 0, 0, 0x84, 0x6A, 0x81, 0x81, 0x30}) + std::string(128, 'k')},
      {Application::kPostgreSql, kClient, Bytes({0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F})},
      {Application::kPostgreSql, kClient, Bytes({0, 0, 0, 40, 0, 3, 0, 0}) + "user"},
      {Application::kPostgreSql, kClient, Bytes({0, 0, 0, 40, 0, 3, 0, 2}) + "user"},
      {Application::kSip, kClient, "BYE sip:bob@example.test SIP/2.0\r\n"},
      {Application::kSip, kClient, "INVITE urn:service:sos SIP/2.0\r\n"},
      {Application::kRedis, kClient, "*7\r\n$5\r\nHELLO\r\n"},
      {Application::kMySql, kServer, Bytes({74, 0, 0, 0, 10}) + "8.0.36"},
      {Application::kKafka, kClient,
       Bytes({0, 0, 0, 20, 0, 18, 0, 3, 0, 0, 0, 1, 0, 4}) + "test" + "xxxx"},
      {Application::kKafka, kClient,
       Bytes({0, 0, 0, 16, 0, 3, 0, 1, 0, 0, 0, 1, 0, 2}) + "c1\xFF\xFF\xFF\xFF"},
      {Application::kXrootd, kClient, std::string(15, '\0') + Bytes({4, 0, 0, 7, 0xDC})},
      {Application::kStun, kClient,
       Bytes({0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42}) + std::string(12, 'i')},
      {Application::kRtmp, kClient, Bytes({3, 0, 0, 0, 0, 0, 0, 0, 0}) + std::string(100, 'r')},
      {Application::kOpenVpn, kClient, Bytes({0, 14, 0x38}) + "SESSION1" + std::string(5, '\0')},
      {Application::kOpenVpn, kClient,
       Bytes({0, 42, 0x38}) + "SESSION1" + std::string(20, 'd') + "nnnntttt" +
           std::string(5, '\0')},
      {Application::kOpenVpn, kClient,
       Bytes({0, 54, 0x38}) + "SESSION1" + Bytes({0, 0, 0, 1}) + std::string(41, 'c')},
      {Application::kOpenVpn, kServer,
       Bytes({0, 26, 0x40}) + "SESSION2" + Bytes({1, 0, 0, 0, 0}) + "SESSION1" +
           std::string(4, '\0')},
      {Application::kOpenVpn, kServer,
       Bytes({0, 66, 0x40}) + "SESSION2" + Bytes({0, 0, 0, 1}) + std::string(53, 'c')},
      {Application::kOpenVpn, kClient, Bytes({0, 30, 0x38}) + std::string(29, 's'), 1194},
      {Application::kFtp, kServer, "220 mail.example.com FTP server (Version 6.4) ready.\r\n"},
      {Application::kFtp, kServer, "220 mailhost FTP server ready.\r\n"},
      {Application::kFtp, kServer, "220 smtp.example.com ready.\r\n", 21},
      {Application::kFtp, kServer, "220-mail.example.com\r\n220 FTP ready\r\n"},
      {Application::kSmtp, kServer, "220 ftp.example.com ESMTP\r\n", 21},
      {Application::kSmtp, kServer, "220 ftp.example.com Sendmail 8.15 ready\r\n"},
      {Application::kSip, kClient, "\r\n\r\nREGISTER sip:example.test SIP/2.0\r\n"},
      {Application::kIrc, kClient, "PASS secret\r\nNICK bob\r\n"},
      {Application::kRedis, kClient, "*6\r\n$4\r\nHSET\r\n"},
      {Application::kRedis, kClient, "*12\r\n$5\r\nHELLO\r\n"},
      {Application::kRedis, kClient, "ping\r\n", 6379},
      {Application::kPop3, kServer, "-ERR too many connections\r\n", 110},
      {Application::kMsn, kClient, "VER 1 MSNP8 CVR0\r\n"},
      {Application::kYahooMessenger, kClient,
       "YMSG" + Bytes({0, 16, 0, 0, 0, 0, 0, 1}) + std::string(8, '\0')},
      {Application::kBgp, kClient, std::string(16, '\xFF') + Bytes({0, 29, 1})},
      {Application::kTelnet, kServer, Bytes({0xFF, 0xFD, 24}), 23},
      {Application::kTelnet, kServer, Bytes({0xFF, 0xFD, 24, 0xFF, 0xFA, 24})},
      {Application::kDnp3, kClient, Bytes({5, 0x64, 5, 0xC9, 1, 0, 2, 0, 0, 0}), 20000},
      {Application::kMySql, kServer, Bytes({19, 0, 0, 0, 0xFF, 0x6A, 4}) + "Host not allowed"},
      {Application::kFdt, kClient, Bytes({0xAC, 0xED, 0, 5, 's', 'r'}) + "lia.util.net.copy"},
      {Application::kNfs, kClient,
       Bytes({0x80, 0, 0, 40, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0x86, 0xA3})},
      {Application::kSqlServer, kClient, Bytes({0x12, 1, 0, 47, 0, 0, 1, 0})},
      {Application::kMongoDb, kClient, Bytes({60, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xDD, 7, 0, 0})},
  };
  return cases;
}

TEST(Signatures, FirstBytes) {
  for (const Case& c : Cases()) {
    EXPECT_EQ(Found(c.bytes, c.from, c.port), c.application) << Describe(c.application).name;
  }
}

// With fewer bytes they are undecided, never another protocol.
TEST(Signatures, NothingElseOnTheWay) {
  for (const Case& c : Cases()) {
    for (size_t size = 1; size <= c.bytes.size(); ++size) {
      const Application found = Found(c.bytes.substr(0, size), c.from, c.port, false);
      if (found == Application::kUnknown) {
        EXPECT_EQ(FindSignature({View(c.bytes), c.from, c.port}, true).match, SignatureMatch::kYes);
      } else {
        EXPECT_EQ(found, c.application) << Describe(c.application).name << " of " << size;
      }
    }
  }
}

// What is behind the first message changes nothing, however much of it comes at once.
TEST(Signatures, WhatFollowsChangesNothing) {
  const std::string kafka =
      Bytes({0, 0, 0, 19, 0, 3, 0, 1, 0, 0, 0, 1, 0, 5}) + "admin" + std::string(4, '\0');
  const std::string refusal = Bytes({42, 0, 0, 0, 0xFF, 0x69, 4}) + "Host 10.0.0.1 is not allowed";
  const std::string reset = Bytes({0, 14, 0x38}) + "SESSION1" + std::string(5, '\0');
  for (size_t size = 18; size <= kafka.size(); ++size) {
    const Application found = Found(kafka.substr(0, size), kClient, 19092, false);
    EXPECT_EQ(found, size < 19 ? Application::kUnknown : Application::kKafka) << size;
  }
  EXPECT_EQ(Found(kafka + kafka, kClient, 19092), Application::kKafka);
  EXPECT_EQ(Found(kafka + "x", kClient, 19092), Application::kKafka);
  EXPECT_EQ(Found(reset + reset, kClient), Application::kOpenVpn);
  EXPECT_EQ(Found(reset + "other", kClient), Application::kOpenVpn);
  EXPECT_EQ(Found(refusal + std::string(12, 'x'), kServer), Application::kMySql);
  for (size_t size = 1; size < 45; ++size) {
    const auto match = FindSignature({View(refusal.substr(0, size)), kServer, 40000}, false).match;
    EXPECT_EQ(match, SignatureMatch::kMaybe) << size;
  }
}

TEST(Signatures, TwoBytesAreNotEnoughForMqtt) {
  const auto match = [](const std::string& bytes) {
    return FindSignature({View(bytes), kClient, 40000}, true).match;
  };
  EXPECT_EQ(match(Bytes({0xC0, 0})), SignatureMatch::kNo);
  EXPECT_EQ(match(Bytes({0xC0, 0, 0x40, 3})), SignatureMatch::kNo);
  EXPECT_EQ(match(Bytes({0xC0, 1, 0x40, 2})), SignatureMatch::kNo);
  EXPECT_EQ(match(Bytes({0xC0, 0, 0x32, 0x54, 0, 8, 1, 2, 3})), SignatureMatch::kNo);
  EXPECT_EQ(match(Bytes({0xC0, 0, 0x32, 0x54, 8, 8, 'B', 'u', 's'})), SignatureMatch::kNo);
}

TEST(Signatures, AnyBytesGetAnAnswerAndAreNothing) {
  std::mt19937 random(1);
  int recognised = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string bytes(random() % 300, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const auto from = (i & 1) != 0 ? kClient : kServer;
    const FoundSignature found = FindSignature({View(bytes), from, 40000}, true);
    EXPECT_NE(found.match, SignatureMatch::kMaybe);
    const bool is_known = found.match == SignatureMatch::kYes &&
                          found.signature->application != Application::kUnknown;
    recognised += is_known ? 1 : 0;
  }
  EXPECT_LE(recognised, 1);
}

TEST(Signatures, LittleIsNotEnough) {
  EXPECT_EQ(Found(Bytes({0xFF, 0xFD, 24}), kServer), Application::kUnknown);
  EXPECT_EQ(Found(Bytes({0xFF, 0xFD, 24, 0xFF, 'x', 'y'}), kServer), Application::kUnknown);
  EXPECT_EQ(Found(Bytes({5, 0x64, 5, 0xC9, 1, 0, 2, 0, 0, 0}), kClient), Application::kUnknown);
  EXPECT_EQ(Found(Bytes({0, 14, 0x38}) + std::string(200, 's'), kClient), Application::kUnknown);
  // A query of DNS whose number begins like an operation.
  const std::string query = Bytes({0x38, 0x12, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3}) + "www" +
                            Bytes({7}) + "example" + Bytes({0, 0, 1, 0, 1});
  EXPECT_EQ(Found(Bytes({0, 29}) + query, kClient, 1053), Application::kUnknown);
  // Servers of other protocols greet in the same way, and other clients say the same words.
  EXPECT_EQ(Found("220 mail.example.com dictd 1.12 <auth.mime> <1@mail.example.com>\r\n", kServer),
            Application::kUnknown);
  EXPECT_EQ(Found("-ERR unknown command `HELLO`\r\n", kServer), Application::kUnknown);
  EXPECT_EQ(Found("PING\r\n", kClient, 4222), Application::kUnknown);
  EXPECT_EQ(Found("PASS secret\r\nLIST\r\n", kClient), Application::kUnknown);
  EXPECT_EQ(Found("VER 1 foo\r\n", kClient), Application::kUnknown);
  EXPECT_EQ(Found("*0\r\n$4\r\n", kClient), Application::kUnknown);
  EXPECT_EQ(Found("\r\n\r\nhello\r\n", kClient), Application::kUnknown);
  EXPECT_EQ(Found(Bytes({0, 15, 0x38}) + std::string(13, 's'), kClient), Application::kUnknown);
  EXPECT_EQ(Found(Bytes({0xAC, 0xED, 0, 5}) + std::string(300, 's'), kClient),
            Application::kUnknown);
  EXPECT_EQ(
      Found(Bytes({0, 0, 0, 16, 0, 3, 0, 1, 0, 0, 0, 1, 0, 2}) + "c\x01\xFF\xFF\xFF\xFF", kClient),
      Application::kUnknown);
  EXPECT_EQ(
      Found(Bytes({0, 0, 0, 11, 0, 3, 0, 1, 0, 0, 0, 1, 0, 2}) + "c1\xFF\xFF\xFF\xFF", kClient),
      Application::kUnknown);
  EXPECT_EQ(Found(Bytes({20, 0, 0, 0, 0xFF, 0x6A, 4}) + "Host not allowed", kServer),
            Application::kUnknown);
}

TcpFlow FlowTo(uint16_t port) {
  TcpFlow flow;
  flow.endpoints.server.port = port;
  return flow;
}

TEST(Applications, TheStrongestEvidenceCounts) {
  TcpFlow flow = FlowTo(80);
  CompleteApplication(&flow);
  EXPECT_EQ(flow.layer7.application, Application::kHttp);
  EXPECT_EQ(flow.layer7.evidence, Evidence::kPort);

  flow = FlowTo(80);
  flow.layer7.connection_type = connection_type::kSmtp;
  CompleteApplication(&flow);
  EXPECT_EQ(flow.layer7.application, Application::kSmtp);
  EXPECT_EQ(flow.layer7.evidence, Evidence::kSignature);

  flow = FlowTo(40000);
  flow.layer7.connection_type =
      connection_type::kMse | connection_type::kObfuscated | connection_type::kRtmp;
  CompleteApplication(&flow);
  EXPECT_EQ(flow.layer7.evidence, Evidence::kNone);

  DnsResolution resolution;
  resolution.name = "imap2.example.test";
  flow.endpoints.resolution = std::make_shared<const DnsResolution>(resolution);
  CompleteApplication(&flow);
  EXPECT_EQ(flow.layer7.application, Application::kImap);
  EXPECT_EQ(flow.layer7.evidence, Evidence::kName);
}

TEST(Applications, WhatTlsCarries) {
  const auto in_tls = [](uint16_t port, const std::string& alpn, const std::string& name,
                         const std::string& chosen = "", uint16_t version = 0x0304,
                         bool answered = true) {
    TcpFlow flow = FlowTo(port);
    flow.layer7.application = Application::kTls;
    flow.layer7.evidence = Evidence::kSignature;
    HandshakeDetails details;
    details.client_alpn = alpn;
    details.server_alpn = chosen;
    details.version = version;
    details.server_answered = answered;
    details.server_name = name;
    flow.layer7.handshake = std::make_shared<const HandshakeDetails>(details);
    CompleteApplication(&flow);
    return flow.layer7.application;
  };
  EXPECT_EQ(in_tls(443, "h2,http/1.1", "www.example.test"), Application::kTls);
  EXPECT_EQ(in_tls(443, "dot", ""), Application::kDnsOverTls);
  EXPECT_EQ(in_tls(853, "", ""), Application::kDnsOverTls);
  EXPECT_EQ(in_tls(993, "", ""), Application::kImap);
  EXPECT_EQ(in_tls(443, "h2", "DNS.Google."), Application::kDnsOverHttps);
  // Up to version 1.2 the choice is in clear; what nobody answered is not agreed.
  EXPECT_EQ(in_tls(443, "mqtt", "", "", 0x0303), Application::kTls);
  EXPECT_EQ(in_tls(443, "h2,mqtt", "", "mqtt", 0x0303), Application::kMqtt);
  EXPECT_EQ(in_tls(443, "imap", "", "", 0x0303, false), Application::kTls);
  EXPECT_EQ(in_tls(993, "h2,imap", "", "h2", 0x0303), Application::kTls);
  EXPECT_EQ(in_tls(443, "h2", "mozilla.cloudflare-dns.com"), Application::kDnsOverHttps);
  EXPECT_EQ(in_tls(443, "h2", "notdns.google"), Application::kTls);
}

}  // namespace
}  // namespace tstat::internal
