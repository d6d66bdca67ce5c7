// SPDX-License-Identifier: BSD-3-Clause
#include "l7/stream/preamble.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/decode/frame_builder.h"
#include "tests/l7/layer7_harness.h"

namespace tstat::internal {
namespace {

using namespace std::string_literals;  // NOLINT: of bytes with zeros

CompatProfile Modern() {
  CompatProfile profile;
  profile.modern_layer7 = true;
  return profile;
}

const std::string kTlsHello = "\x16\x03\x01\x00\x20\x01\x00\x00\x1c"s;
const std::string kSshGreeting = "SSH-2.0-inside\r\n";

struct Exchange {
  std::string name;
  std::vector<std::string> client, server;  // in turn
};

const Exchange kExchanges[] = {
    {"version 5 by address",
     {"\5\1\0"s, "\5\1\0\1\xC0\0\2\1\0\x16"s},
     {"\5\0"s, "\5\0\0\1\0\0\0\0\0\0"s}},
    {"version 5 by name, with a password",
     {"\5\2\0\2"s, "\1\4user\4word"s, "\5\1\0\3\4host\0\x16"s},
     {"\5\2"s, "\1\0"s, "\5\0\0\4"s + std::string(18, '\0')}},
    {"version 4", {"\4\1\0\x16\xC0\0\2\1me\0"s}, {"\0\x5A\0\0\0\0\0\0"s}},
    {"version 4A", {"\4\1\0\x16\0\0\0\1me\0host.test\0"s}, {"\0\x5A\0\0\0\0\0\0"s}},
};

TcpFlow Talk(const Exchange& e, uint16_t port, bool byte_by_byte) {
  Layer7Harness flow(Modern(), port);
  flow.Handshake();
  const auto send = [&](bool is_client, const std::string& bytes) {
    for (size_t at = 0; at < bytes.size(); at += byte_by_byte ? 1 : bytes.size()) {
      const std::string part = byte_by_byte ? bytes.substr(at, 1) : bytes;
      is_client ? flow.Client(part) : flow.Server(part);
    }
  };
  for (size_t i = 0; i < std::max(e.client.size(), e.server.size()); ++i) {
    if (i < e.client.size()) send(true, e.client[i]);
    if (i < e.server.size()) send(false, e.server[i]);
  }
  send(true, kSshGreeting);
  send(false, kSshGreeting);
  return flow.Close();
}

TEST(Socks, WhatIsInsideIsRead) {
  for (const Exchange& e : kExchanges) {
    for (const uint16_t port : {uint16_t{1080}, uint16_t{21477}}) {
      for (const bool byte_by_byte : {false, true}) {
        SCOPED_TRACE(e.name + ", port " + std::to_string(port));
        if (port != 1080 && byte_by_byte) continue;
        const TcpFlow record = Talk(e, port, byte_by_byte);
        EXPECT_EQ(record.layer7.application, Application::kSocks);
        EXPECT_EQ(record.layer7.evidence, Evidence::kSignature);
        ASSERT_NE(record.layer7.handshake, nullptr);
        EXPECT_EQ(record.layer7.handshake->client_software, "SSH-2.0-inside");
        EXPECT_EQ(record.layer7.handshake->server_software, "SSH-2.0-inside");
      }
    }
  }
}

TEST(Socks, ARefusalAndWhatIsNoneEndIt) {
  const Exchange refused{"", {"\5\1\0"s, "\5\1\0\1\xC0\0\2\1\0\x16"s}, {"\5\0"s, "\5\5\0\1"s}};
  EXPECT_EQ(Talk(refused, 21477, false).layer7.handshake, nullptr);
  EXPECT_EQ(Talk(refused, 21477, false).layer7.application, Application::kSocks);
  // The server does not answer as a proxy does.
  const Exchange other{"", {"\5\1\0"s}, {"hello\r\n"s}};
  EXPECT_EQ(Talk(other, 21477, false).layer7.application, Application::kUnknown);
}

TEST(Socks, GreetingsAreWhole) {
  const auto test = [](const std::string& bytes) {
    const testing::Bytes b(bytes.begin(), bytes.end());
    return TestSocksGreeting({.bytes = ByteReader(b)});
  };
  EXPECT_EQ(test("\5"s), SignatureMatch::kMaybe);
  EXPECT_EQ(test("\5\2\0"s), SignatureMatch::kMaybe);
  EXPECT_EQ(test("\5\2\0\2"s), SignatureMatch::kYes);
  EXPECT_EQ(test("\5\2\0\x80"s), SignatureMatch::kYes);
  EXPECT_EQ(test("\5\2\0\x40"s), SignatureMatch::kNo);
  EXPECT_EQ(test("\5\1\0more"s), SignatureMatch::kNo);
  EXPECT_EQ(test("\5\0"s), SignatureMatch::kNo);
  EXPECT_EQ(test("\4\1\0\x16\xC0\0\2\1me"s), SignatureMatch::kMaybe);
  EXPECT_EQ(test("\4\1\0\x16\xC0\0\2\1me\0"s), SignatureMatch::kYes);
  EXPECT_EQ(test("\4\2\0\x16"s), SignatureMatch::kNo);
  EXPECT_EQ(test("\4\1\0\x16\xC0\0\2\1me\0more"s), SignatureMatch::kNo);
}

TEST(ProxyHeader, WhatIsBehindItIsRead) {
  const std::string binary = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C"s + std::string(12, 'a');
  for (const std::string& header :
       {"PROXY TCP4 192.0.2.1 192.0.2.2 40000 443\r\n"s, "PROXY UNKNOWN\r\n"s, binary}) {
    for (const bool together : {true, false}) {
      SCOPED_TRACE(header);
      Layer7Harness flow(Modern());
      flow.Handshake();
      flow.Client(header + (together ? kTlsHello : ""));
      if (!together) flow.Client(kTlsHello);
      EXPECT_EQ(flow.Close().layer7.application, Application::kTls);
    }
    Layer7Harness slow(Modern());
    slow.Handshake();
    for (const char c : header.substr(0, 12)) slow.Client(std::string(1, c));
    slow.Server("SSH-2.0-first\r\n");  // waits for the rest
    for (const char c : header.substr(12) + kSshGreeting) slow.Client(std::string(1, c));
    const TcpFlow record = slow.Close();
    EXPECT_EQ(record.layer7.application, Application::kSsh);
    EXPECT_EQ(record.layer7.handshake->client_software, "SSH-2.0-inside");
    EXPECT_EQ(record.layer7.handshake->server_software, "SSH-2.0-first");
  }
}

TEST(ProxyHeader, Lengths) {
  const auto bytes_of = [](const std::string& bytes) {
    const testing::Bytes b(bytes.begin(), bytes.end());
    return ProxyHeaderBytes(ByteReader(b));
  };
  EXPECT_EQ(bytes_of("PROXY x\r\nabc"), 9u);
  EXPECT_EQ(bytes_of("PROXY x"), 0u);
  EXPECT_EQ(bytes_of("PROXY " + std::string(99, 'x') + "\r\n"), 107u);
  EXPECT_EQ(bytes_of("PROXY " + std::string(100, 'x') + "\r\n"), std::nullopt);
  EXPECT_EQ(bytes_of("\r\n\r\n\0\r\nQUIT\n\x21\x11\1\0"s + std::string(256, 'a')), 272u);
  EXPECT_EQ(bytes_of("\r\n\r\n\0\r\nQUIT\n\x21\x11\1\0"s + std::string(255, 'a')), 0u);
  EXPECT_EQ(bytes_of("GET / HTTP/1.1\r\n"), std::nullopt);
}

}  // namespace
}  // namespace tstat::internal
