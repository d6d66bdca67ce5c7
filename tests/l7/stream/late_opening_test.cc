// SPDX-License-Identifier: BSD-3-Clause
#include "l7/stream/late_opening.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/l7/layer7_harness.h"
#include "tests/l7/tls/hello_builder.h"

namespace tstat::internal {
namespace {

using namespace hello;                 // NOLINT: the builders make the messages readable
using namespace std::string_literals;  // NOLINT: of bytes with zeros

const std::string kClientHello =
    Record(22, Message(1, Client({.extensions = ServerName("late.test") + Alpn({"h2"})})));
const std::string kServerHello =
    Record(22, Message(2, Server({.extensions = Extension(43, "\x03\x04")}))) +
    Record(23, "secret");

struct Line {
  bool is_client;
  std::string bytes;
};
struct Upgrade {
  std::string name;
  uint16_t port;
  std::vector<Line> lines;
  Application application;
};
const Upgrade kUpgrades[] = {
    {"POP3", 110, {{false, "+OK\r\n"}, {true, "STLS\r\n"}, {false, "+OK\r\n"}}, Application::kPop3},
    {"IMAP",
     143,
     {{false, "* OK ready\r\n"}, {true, "a1 STARTTLS\r\n"}, {false, "a1 OK\r\n"}},
     Application::kImap},
    {"SMTP",
     25,
     {{false, "220 mx ESMTP\r\n"}, {true, "STARTTLS\r\n"}, {false, "220 go\r\n"}},
     Application::kSmtp},
    {"FTP",
     21,
     {{false, "220 FTP\r\n"}, {true, "AUTH TLS\r\n"}, {false, "234 ok\r\n"}},
     Application::kFtp},
    {"NNTP",
     119,
     {{false, "200 news\r\n"}, {true, "STARTTLS\r\n"}, {false, "382 go\r\n"}},
     Application::kNntp},
    {"Sieve",
     4190,
     {{false, "\"IMPLEMENTATION\" \"x\"\r\nOK\r\n"}, {true, "STARTTLS\r\n"}, {false, "OK\r\n"}},
     Application::kTls},
    {"XMPP",
     5222,
     {{true, "<stream:stream to='x'>"},
      {false, "<stream:stream><stream:features/>"},
      {true, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"},
      {false, "<proceed/>"}},
     Application::kXmpp},
    {"LDAP",
     389,
     {{true, "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"s + "1.3.6.1.4.1.1466.20037"},
      {false, "\x30\x84\0\0\0\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0"s}},
     Application::kLdap},
    {"PostgreSQL",
     5432,
     {{true, "\0\0\0\x08\x04\xd2\x16\x2f"s}, {false, "S"}},
     Application::kPostgreSql},
    {"MySQL",
     3306,
     {{false, "\x4a\0\0\0\x0a"s + "8.0.32\0"s + std::string(66, 'x')},
      {true, "\x20\0\0\1\x85\xae\x0a\x0a\0\0\0\1\x21"s + std::string(23, '\0')}},
     Application::kMySql},
    {"RDP",
     3389,
     {{true, "\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\3\0\0\0"s},
      {false, "\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\2\0\x08\0\2\0\0\0"s}},
     Application::kRdp},
    {"nothing known, and short", 9999, {{true, "x\n"}, {false, "y\n"}}, Application::kTls},
    {"one byte", 9999, {{true, "x"}, {false, "y"}}, Application::kTls},
};

void Send(Layer7Harness& flow, bool is_client, const std::string& bytes, size_t size) {
  for (size_t at = 0; at < bytes.size(); at += size) {
    const std::string part = bytes.substr(at, size);
    is_client ? flow.Client(part) : flow.Server(part);
    if (size == SIZE_MAX) break;
  }
}
void ExpectBothHellos(const TcpFlow& record, const Upgrade& upgrade, size_t size) {
  ASSERT_NE(record.layer7.handshake, nullptr) << upgrade.name << size;
  const HandshakeDetails& details = *record.layer7.handshake;
  EXPECT_EQ(details.server_name, "late.test") << upgrade.name << size;
  EXPECT_EQ(details.client_alpn, "h2") << upgrade.name << size;
  EXPECT_EQ(details.version, 0x0304) << upgrade.name << size;
  EXPECT_EQ(details.ja4.size(), 36u) << upgrade.name << size;
  EXPECT_EQ(details.ja3s.size(), 32u) << upgrade.name << size;
  EXPECT_EQ(record.layer7.application, upgrade.application) << upgrade.name << size;
}

TEST(LateOpening, HellosBehindRequestsForThem) {
  for (const Upgrade& upgrade : kUpgrades) {
    // The size of the words' segments; of the hellos'.
    for (const auto& [words, hellos] : {std::pair{SIZE_MAX, SIZE_MAX},
                                        {SIZE_MAX, size_t{1}},
                                        {SIZE_MAX, size_t{3}},
                                        {SIZE_MAX, size_t{6}},
                                        {SIZE_MAX, size_t{20}},
                                        {size_t{1}, size_t{1}}}) {
      Layer7Harness flow(CompatProfile::None(), upgrade.port);
      flow.Handshake();
      for (const Line& line : upgrade.lines) Send(flow, line.is_client, line.bytes, words);
      Send(flow, true, kClientHello, hellos);
      Send(flow, false, kServerHello, hellos);
      ExpectBothHellos(flow.Close(), upgrade, hellos);
    }
  }
}

// The segment before the hello comes later than it: both are offered at once.
TEST(LateOpening, WordsThatComeAfterTheHello) {
  for (const Upgrade& upgrade : kUpgrades) {
    if (upgrade.name == "one byte") continue;  // nothing tells that it asks for a hello
    Layer7Harness flow(CompatProfile::None(), upgrade.port);
    flow.Handshake();
    for (const bool is_client : {true, false}) {
      std::string words;
      for (const Line& line : upgrade.lines) {
        if (line.is_client == is_client) words += line.bytes;
      }
      const std::string& hello = is_client ? kClientHello : kServerHello;
      const Direction d = is_client ? Direction::kClientToServer : Direction::kServerToClient;
      flow.Back(d, -static_cast<int>(words.size()));
      Send(flow, is_client, hello, SIZE_MAX);
      flow.Back(d, static_cast<int>(words.size() + hello.size()));
      Send(flow, is_client, words, SIZE_MAX);
    }
    EXPECT_EQ(flow.Close().layer7.handshake->server_name, "late.test") << upgrade.name;
  }
}

TEST(LateOpening, PacketsOfTdsCarryRecords) {
  const auto packet = [](const std::string& content) {
    return "\x12\1"s + Number(content.size() + 8, 2) + "\0\0\0\0"s + content;
  };
  Layer7Harness flow(CompatProfile::None(), 1433);
  flow.Handshake();
  flow.Client(packet(std::string(39, 'x')));
  flow.Server(packet(std::string(35, 'x')));
  flow.Client(packet(kClientHello));
  flow.Server(packet(kServerHello));
  ExpectBothHellos(flow.Close(), {"TDS", 1433, {}, Application::kSqlServer}, 0);
}

TEST(LateOpening, FindsHellosWhereAllFieldsFit) {
  const std::string words = "220 go\r\n";
  const std::string bytes = words + kClientHello;
  EXPECT_EQ(FindUpgradedTlsHello(View(bytes)), words.size());
  EXPECT_EQ(FindTlsHello(View("x" + kServerHello)), 1u);
  EXPECT_EQ(FindUpgradedTlsHello(View("x" + kServerHello)), kServerHello.size() + 1);
  EXPECT_EQ(FindUpgradedTlsHello(View(kClientHello)),
            kClientHello.size());  // begins, is not behind
  for (size_t at : {1u, 2u, 3u, 5u, 6u, 9u, 10u}) {
    std::string other = bytes;
    other[words.size() + at] = '\x55';
    EXPECT_EQ(FindUpgradedTlsHello(View(other)), other.size()) << at;
  }
  for (size_t size = 0; size <= bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    EXPECT_EQ(FindUpgradedTlsHello(View(cut)), size < words.size() + 11 ? size : words.size());
  }
}

TEST(LateOpening, LinesOfSsh) {
  const auto find = [](const std::string& text, bool begins = true) {
    return FindSshLine(View(text), begins);
  };
  EXPECT_EQ(find("a\r\nSSH-2.0-x").at, 3u);
  EXPECT_EQ(find("a\r\nSSH-2.0-x", false).match, SignatureMatch::kYes);
  EXPECT_EQ(find("SSH-2.0-x", false).match, SignatureMatch::kNo);
  EXPECT_EQ(find("a\nSS").match, SignatureMatch::kMaybe);
  EXPECT_EQ(find("a\nSS").at, 2u);
  EXPECT_EQ(find("a\nSSH_2").match, SignatureMatch::kNo);
  EXPECT_EQ(find("a SSH-2.0").match, SignatureMatch::kNo);
  EXPECT_EQ(find("a\n").match, SignatureMatch::kNo);
  EXPECT_EQ(find("").match, SignatureMatch::kNo);
}

}  // namespace
}  // namespace tstat::internal
