// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tls/tls_stream.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "l7/tls/certificate.h"
#include "tests/l7/layer7_harness.h"
#include "tests/l7/tls/hello_builder.h"
#include "tstat/tls.h"

namespace tstat::internal {
namespace {

using namespace hello;  // NOLINT: the builders make the messages readable

const std::string kRetryMark(
    "\xCF\x21\xAD\x74\xE5\x9A\x61\x11\xBE\x1D\x8C\x02\x1E\x65\xB8\x91"
    "\xC2\xA2\x11\x16\x7A\xBB\x8C\x5E\x07\x9E\x09\xE2\xC8\xA8\x33\x9C",
    32);
const std::string kAppData = Record(23, "secret");
const std::string kCipherChange = Record(20, "\x01");

std::string ClientMessage(const std::string& extensions, const std::string& session = "") {
  return Message(1, Client({.session = session, .extensions = extensions}));
}
std::string ServerMessage(const std::string& extensions, const std::string& session = "") {
  return Message(2, Server({.session = session, .extensions = extensions}));
}
const std::string kTls13Answer = Extension(43, "\x03\x04");

// DER with lengths that fit.
std::string Der(char tag, const std::string& content) {
  std::string length(1, static_cast<char>(content.size()));
  if (content.size() > 127) length = "\x82" + Number(content.size(), 2);
  return std::string(1, tag) + length + content;
}
std::string CommonName(const std::string& name) {
  return Der(0x31, Der(0x30, Der(0x06, "\x55\x04\x03") + Der(0x0C, name)));
}
std::string Certificate(const std::string& subject, const std::string& dns_name = "") {
  const std::string names = Der(0x30, Der('\x82', dns_name));
  const std::string extensions =
      dns_name.empty()
          ? ""
          : Der('\xA3', Der(0x30, Der(0x30, Der(0x06, "\x55\x1D\x11") + Der(0x04, names))));
  return Der(
      0x30, Der(0x30, Der('\xA0', Der(0x02, "\x02")) + Der(0x02, "12345") + Der(0x30, "algorithm") +
                          Der(0x30, CommonName("Issuer")) + Der(0x30, "validity") +
                          Der(0x30, subject) + Der(0x30, std::string(200, 'k')) + extensions));
}
std::string CertificateMessage(const std::vector<std::string>& certificates) {
  std::string list;
  for (const std::string& c : certificates) list += Vector(c, 3);
  return Message(11, Vector(list, 3));
}

class TlsStreamTest : public testing::Test {
 protected:
  TlsStreamTest() : flow_(CompatProfile::None()) { flow_.Handshake(); }
  // In segments of `size`.
  void Client(const std::string& bytes, size_t size = SIZE_MAX) { Send(bytes, size, true); }
  void Server(const std::string& bytes, size_t size = SIZE_MAX) { Send(bytes, size, false); }
  const HandshakeDetails& Close() {
    record_ = flow_.Close();
    static const HandshakeDetails kNothing;
    return record_.layer7.handshake != nullptr ? *record_.layer7.handshake : kNothing;
  }

  Layer7Harness flow_;
  TcpFlow record_;

 private:
  void Send(const std::string& bytes, size_t size, bool client) {
    for (size_t at = 0; at < bytes.size(); at += size) {
      const std::string part = bytes.substr(at, size);
      client ? flow_.Client(part) : flow_.Server(part);
      if (size == SIZE_MAX) break;
    }
  }
};

TEST_F(TlsStreamTest, HellosInAnySegments) {
  const std::string client =
      Record(22, ClientMessage(ServerName("mail.example.test") + Alpn({"h2"}) +
                               Versions({0x1A1A, 0x0304, 0x0303})));
  const std::string server = Record(22, ServerMessage(kTls13Answer)) + kCipherChange + kAppData;
  for (const size_t size : {1u, 2u, 5u, 7u, 20u, 1000u}) {
    Layer7Harness flow(CompatProfile::None());
    flow.Handshake();
    for (size_t at = 0; at < client.size(); at += size) flow.Client(client.substr(at, size));
    for (size_t at = 0; at < server.size(); at += size) flow.Server(server.substr(at, size));
    flow.Client(kCipherChange + kAppData);
    const TcpFlow record = flow.Close();
    ASSERT_NE(record.layer7.handshake, nullptr);
    EXPECT_EQ(record.layer7.handshake->server_name, "mail.example.test") << size;
    EXPECT_EQ(record.layer7.handshake->client_alpn, "h2");
    EXPECT_EQ(record.layer7.handshake->version, 0x0304);
    EXPECT_EQ(record.layer7.handshake->ja3.size(), 32u);
    EXPECT_EQ(record.layer7.handshake->ja3s.size(), 32u);
    EXPECT_EQ(record.layer7.handshake->ja4.substr(0, 10), "t13d0103h2");
    EXPECT_EQ(record.layer7.tls_server_name, "mail.example.test");
    EXPECT_EQ(record.layer7.connection_type, connection_type::kTls);
    EXPECT_EQ(record.layer7.application, Application::kTls);
    EXPECT_EQ(record.client.protocol_negotiation, tls_negotiation::kAlpnHttp2);
    EXPECT_EQ(record.client.tls_versions, "0304,0303");
    EXPECT_EQ(record.server.tls_versions, "0304");
    EXPECT_TRUE(record.client.first_app_data.is_set());
    EXPECT_EQ(record.client.first_app_data_byte, client.size() + kCipherChange.size() + 1);
    EXPECT_TRUE(record.server.first_app_data.is_set());
    ASSERT_EQ(flow.handshakes.size(), 1u) << size;
    EXPECT_TRUE(flow.handshakes[0].answered);
    EXPECT_EQ(flow.handshakes[0].server_name, "mail.example.test");
  }
}

TEST_F(TlsStreamTest, HelloInManyRecords) {
  const std::string message = ClientMessage(ServerName("split.example.test"));
  std::string records;
  for (size_t at = 0; at < message.size(); at += 10) records += Record(22, message.substr(at, 10));
  Client(records, 33);
  EXPECT_EQ(Close().server_name, "split.example.test");
  EXPECT_NE(record_.layer7.handshake->ja3, "");
  EXPECT_FALSE(record_.layer7.handshake->server_answered);
  ASSERT_EQ(flow_.handshakes.size(), 1u);  // when the flow closes
  EXPECT_FALSE(flow_.handshakes[0].answered);
}

TEST_F(TlsStreamTest, NamesOf255Bytes) {
  const std::string name = std::string(251, 'n') + ".net";
  Client(Record(22, ClientMessage(ServerName(name))), 100);
  EXPECT_EQ(Close().server_name, name);
  EXPECT_EQ(record_.layer7.tls_server_name, name);
}

TEST_F(TlsStreamTest, WhatIsCutIsReadUpToTheCut) {
  const std::string record = Record(
      22, ClientMessage(ServerName("cut.example.test") + Extension(51, std::string(1200, 'k'))));
  flow_.Segment(Direction::kClientToServer, record, tcp_flags::kAck | tcp_flags::kPsh, 150);
  Server(Record(22, ServerMessage(kTls13Answer)));
  EXPECT_EQ(Close().server_name, "cut.example.test");
  EXPECT_EQ(record_.layer7.handshake->ja3, "");  // of a hello that is not whole
  EXPECT_TRUE(record_.layer7.handshake->server_answered);
}

// Of a flow both of whose hellos are cut behind so many bytes: a value is that of the whole hellos,
// or is not there.
struct Seen {
  std::string name, offered;
  uint16_t version;
  bool ech_known, resumption_known, resumed;
  std::string ja3, ja4, ja3s, client_versions, server_version;
};
Seen CutBehind(size_t captured, const std::string& client, const std::string& server) {
  Layer7Harness flow(CompatProfile::None());
  flow.Handshake();
  constexpr uint8_t kPushed = tcp_flags::kAck | tcp_flags::kPsh;
  flow.Segment(Direction::kClientToServer, client, kPushed, captured);
  flow.Segment(Direction::kServerToClient, server, kPushed, captured);
  const TcpFlow record = flow.Close();
  if (record.layer7.handshake == nullptr) return {};
  const HandshakeDetails& d = *record.layer7.handshake;
  EXPECT_EQ(record.layer7.tls_server_name, d.server_name);
  return {d.server_name,
          d.client_alpn,
          d.version,
          d.hello_whole || d.encrypted_hello,
          d.resumption_known,
          d.resumed,
          d.ja3,
          d.ja4,
          d.ja3s,
          record.client.tls_versions,
          record.server.tls_versions};
}

TEST_F(TlsStreamTest, WhatWasNotSeenIsNotToldWhereverItIsCut) {
  const std::string session(32, 's');
  const std::string tls13 = ServerName("cut.example.test") + Alpn({"h2", "http/1.1"}) +
                            Versions({0x0304, 0x0303}) + Extension(0xFE0D, "encrypted");
  const std::string tls12 = ServerName("cut.example.test") + Alpn({"h2", "http/1.1"});
  const std::string answers[] = {Extension(51, "share") + kTls13Answer,
                                 Extension(51, "share") + kTls13Answer + Extension(41, "\1\1"),
                                 Alpn({"h2"}), ""};
  for (const std::string& offered : {tls13, tls12}) {
    for (const std::string& answer : answers) {
      const std::string client = Record(22, ClientMessage(offered, session));
      const std::string server = Record(22, ServerMessage(answer, session));
      const Seen whole = CutBehind(SIZE_MAX, client, server);
      EXPECT_EQ(whole.ja3s.size(), 32u);
      EXPECT_TRUE(whole.resumption_known && whole.ech_known);
      for (size_t size = 0; size < std::max(client.size(), server.size()); ++size) {
        const Seen seen = CutBehind(size, client, server);
        const auto same_or_none = [&](const std::string& is, const std::string& of_whole) {
          if (!is.empty()) EXPECT_EQ(is, of_whole) << size;
        };
        same_or_none(seen.name, whole.name);
        same_or_none(seen.offered, whole.offered);
        same_or_none(seen.ja3, whole.ja3);
        same_or_none(seen.ja4, whole.ja4);
        same_or_none(seen.ja3s, whole.ja3s);
        same_or_none(seen.client_versions, whole.client_versions);
        same_or_none(seen.server_version, whole.server_version);
        if (seen.version != 0) EXPECT_EQ(seen.version, whole.version) << size;
        if (seen.resumption_known) EXPECT_EQ(seen.resumed, whole.resumed) << size;
        // What is cut has no fingerprint; what is seen as a whole is told.
        EXPECT_EQ(seen.ja4.empty(), size < client.size()) << size;
        EXPECT_EQ(seen.ja3s.empty(), size < server.size()) << size;
        if (size >= server.size()) EXPECT_EQ(seen.version, whole.version);
      }
    }
  }
}

TEST_F(TlsStreamTest, AnAnswerThatWasNotSeenMayChooseAnything) {
  Client(Record(22, ClientMessage(ServerName("x.test") + Versions({0x0304, 0x0303}))));
  flow_.Back(Direction::kServerToClient, -200);
  Server(Record(22, Message(14, "")));
  EXPECT_EQ(Close().version, 0);
  EXPECT_TRUE(record_.layer7.handshake->answer_cut);
  EXPECT_FALSE(record_.layer7.handshake->server_answered);

  // Nothing came behind it, but the client acknowledged it.
  Layer7Harness silent(CompatProfile::None());
  silent.Handshake();
  silent.Client(Record(22, ClientMessage(Versions({0x0304, 0x0303}))));
  silent.Miss(Direction::kServerToClient, 677);
  const TcpFlow missed = silent.Close();
  EXPECT_EQ(missed.layer7.handshake->version, 0);
  EXPECT_TRUE(missed.layer7.handshake->answer_cut);

  Layer7Harness none(CompatProfile::None());
  none.Handshake();
  none.Client(Record(22, ClientMessage(Versions({0x0304, 0x0303}))));
  const TcpFlow offer = none.Close();  // nothing came: it is an offer
  EXPECT_EQ(offer.layer7.handshake->version, 0x0304);
  EXPECT_FALSE(offer.layer7.handshake->resumption_known);
}

TEST_F(TlsStreamTest, AnAnswerThatIsCutInItsRandomMayBeARetry) {
  const std::string retry =
      Record(22, Message(2, hello::Server({.random = kRetryMark, .extensions = kTls13Answer})));
  const std::string client =
      Record(22, ClientMessage(ServerName("retry.test"), std::string(32, 's')));
  Client(client);
  constexpr uint8_t kPushed = tcp_flags::kAck | tcp_flags::kPsh;
  flow_.Segment(Direction::kServerToClient, retry, kPushed, 30);
  Client(client);
  Server(Record(22, ServerMessage(kTls13Answer)) + kAppData);
  EXPECT_EQ(Close().version, 0x0304);
  EXPECT_EQ(record_.layer7.handshake->ja3s.size(), 32u);
}

TEST_F(TlsStreamTest, ACertificateIsOfAFullHandshake) {
  // Of a flow whose client hello was not captured.
  Server(Record(
      22, ServerMessage("", "session") + CertificateMessage({Certificate(CommonName("a.test"))})));
  const HandshakeDetails& details = Close();
  EXPECT_TRUE(details.resumption_known);
  EXPECT_FALSE(details.resumed);
  EXPECT_FALSE(details.hello_whole);
  EXPECT_FALSE(details.answer_cut);

  Layer7Harness other(CompatProfile::None());
  other.Handshake();
  other.Server(Record(22, ServerMessage("", "session")));
  EXPECT_FALSE(other.Close().layer7.handshake->resumption_known);
}

TEST_F(TlsStreamTest, NamesOfCertificatesAtAGap) {
  const std::string server = Record(
      22, ServerMessage("") + CertificateMessage({Certificate(
                                  CommonName("www.example.test") + CommonName("last.example.test"),
                                  "alternative.example.test")}));
  for (const auto& [part, name] :
       {std::pair{"www.exa", ""}, {"last.exa", ""}, {"alternat", "last.example.test"}}) {
    const size_t cut = server.find(part) + 5;
    for (const bool goes_on : {false, true}) {
      Layer7Harness flow(CompatProfile::None());
      flow.Handshake();
      flow.Client(Record(22, ClientMessage("")));
      flow.Server(server.substr(0, cut));
      if (goes_on) {
        flow.Back(Direction::kServerToClient, -4);
        flow.Server(server.substr(cut + 4));
      }
      EXPECT_EQ(flow.Close().layer7.tls_common_name, name) << part;
    }
  }
}

TEST_F(TlsStreamTest, CertificateAndResumptionBeforeTls13) {
  Client(Record(22, ClientMessage(ServerName("x.test") + Extension(35, ""))));
  const std::string certificates =
      CertificateMessage({Certificate(CommonName("Example Org") + CommonName("www.example.test")),
                          Certificate(CommonName("ca.test"))});
  Server(Record(22, ServerMessage("", "session") + certificates + Message(14, "")), 50);
  Client(Record(22, Message(16, "key")) + kCipherChange + Record(22, std::string(40, '\x0b')) +
         kAppData);
  Server(kCipherChange + Record(22, std::string(40, '\x01')) + kAppData);
  const HandshakeDetails& details = Close();
  EXPECT_EQ(record_.layer7.tls_common_name, "www.example.test");
  EXPECT_EQ(details.version, 0x0303);
  EXPECT_FALSE(details.resumed);
  EXPECT_FALSE(details.resumption_offered);

  Layer7Harness again(CompatProfile::None());
  again.Handshake();
  again.Client(Record(22, ClientMessage(Extension(35, "ticket"), "session")));
  again.Server(Record(22, ServerMessage("", "session")) + kCipherChange);
  const TcpFlow record = again.Close();
  EXPECT_TRUE(record.layer7.handshake->resumed);
  EXPECT_TRUE(record.layer7.handshake->resumption_offered);
  EXPECT_EQ(record.layer7.tls_session, tls_session::kSessionId);
}

TEST_F(TlsStreamTest, RetryAsksForASecondHello) {
  Client(Record(22, ClientMessage(ServerName("retry.test"), std::string(32, 's'))));
  Server(Record(22, Message(2, hello::Server({.random = kRetryMark, .extensions = kTls13Answer}))) +
         kCipherChange);
  Client(kCipherChange +
         Record(22, ClientMessage(ServerName("retry.test") + Extension(44, "cookie"))));
  Server(Record(22, ServerMessage(kTls13Answer + Extension(41, std::string(2, '\0')))) + kAppData);
  const HandshakeDetails& details = Close();
  EXPECT_TRUE(details.retried);
  EXPECT_TRUE(details.server_answered);
  EXPECT_TRUE(details.resumed);
  EXPECT_EQ(record_.layer7.tls_session,
            tls_session::kSessionId | tls_session::kHelloRetry | tls_session::kServerPsk);
}

TEST_F(TlsStreamTest, Alerts) {
  Client(Record(22, ClientMessage(ServerName("x.test"))));
  Server(Record(21, "\x02\x28"));
  EXPECT_EQ(Close().server_alert, 41);
  EXPECT_EQ(record_.layer7.handshake->client_alert, 0);
}

TEST_F(TlsStreamTest, AfterStartTls) {
  Server("220 mail.example.test ESMTP\r\n");
  Client("EHLO x\r\n");
  Server("250 STARTTLS\r\n");
  Client("STARTTLS\r\n");
  Server("220 go ahead\r\n");
  Client(Record(22, ClientMessage(ServerName("mail.example.test"))), 90);
  Server(Record(22, ServerMessage(kTls13Answer)) + kAppData);
  EXPECT_EQ(Close().server_name, "mail.example.test");
  EXPECT_TRUE(record_.layer7.handshake->server_answered);
}

TEST_F(TlsStreamTest, HellosGoByTheirTypeNotTheirDirection) {
  Server(Record(22, ClientMessage(ServerName("data.example.test"))));
  Client(Record(22, ServerMessage(kTls13Answer)));
  EXPECT_EQ(Close().server_name, "data.example.test");
  EXPECT_TRUE(record_.layer7.handshake->server_answered);
}

TEST_F(TlsStreamTest, InMidstream) {
  Client(kAppData + Record(23, "more"));
  Close();
  EXPECT_EQ(record_.layer7.application, Application::kTls);
  EXPECT_EQ(record_.layer7.connection_type & connection_type::kTls, 0u);  // no hello
}

TEST_F(TlsStreamTest, SslVersion2) {
  Client(std::string("\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10", 11) +
         std::string(21 + 16, 'c'));
  Server(Record(22, ServerMessage("")));
  EXPECT_EQ(Close().version, 0x0303);
  EXPECT_EQ(record_.client.tls_versions, "0301");
  EXPECT_NE(record_.layer7.connection_type & connection_type::kTls, 0u);
}

TEST_F(TlsStreamTest, FloodsAndNonsense) {
  // One hello after the other; a message of 16 MB; records of one byte; a record longer than
  // allowed.
  std::string flood;
  for (int i = 0; i < 200; ++i) flood += Record(22, ClientMessage(ServerName("flood.test")));
  Client(flood, 1400);
  Server(Record(22, std::string("\x01\xff\xff\xff", 4) + std::string(16000, 'x')), 1400);
  Server(std::string(20000, '\x16'), 1400);
  EXPECT_EQ(Close().server_name, "flood.test");
  EXPECT_LE(flow_.handshakes.size(), 1u);
}

TEST_F(TlsStreamTest, OtherProfilesKeepTheirColumns) {
  CompatProfile profile;
  profile.modern_layer7 = true;
  Layer7Harness flow(profile), old;
  const std::string message = ClientMessage(ServerName("x.example.test") + Alpn({"h2"}));
  TcpFlow records[2];
  size_t i = 0;
  for (Layer7Harness* f : {&flow, &old}) {
    f->Handshake();
    f->Client(Record(22, message.substr(0, 30)) + Record(22, message.substr(30)));
    f->Server(Record(22, ServerMessage("")));
    records[i++] = f->Close();
  }
  EXPECT_EQ(records[0].layer7.tls_server_name, records[1].layer7.tls_server_name);
  EXPECT_EQ(records[0].layer7.tls_server_name, "");
  EXPECT_EQ(records[0].client.last_handshake, records[1].client.last_handshake);
  ASSERT_NE(records[0].layer7.handshake, nullptr);
  EXPECT_EQ(records[0].layer7.handshake->server_name, "x.example.test");
  EXPECT_EQ(records[1].layer7.handshake, nullptr);
  EXPECT_EQ(flow.handshakes.size(), old.handshakes.size());
}

TEST(CertificateNames, Parse) {
  const auto best = [](const std::string& der) {
    return std::string(CertificateNames::Parse(View(der)).best());
  };
  EXPECT_EQ(best(Certificate(CommonName("a.test"))), "a.test");
  EXPECT_EQ(best(Certificate(CommonName("Some Person"), "b.test")), "b.test");
  EXPECT_EQ(best(Certificate("", "c.test")), "c.test");
  EXPECT_EQ(best(Certificate(CommonName("Some Person"))), "");
  const std::string whole = Certificate(CommonName("a.test"), "b.test");
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    EXPECT_EQ(best(cut), size < whole.find("a.test") + 6 ? "" : "a.test") << size;
  }
  // Of alternative names the first one, when it is there.
  const std::string other = Certificate(CommonName("Some Person"), "b.test");
  for (size_t size = 0; size < other.size(); ++size) {
    EXPECT_EQ(best(other.substr(0, size)), "") << size;
  }
}

}  // namespace
}  // namespace tstat::internal
