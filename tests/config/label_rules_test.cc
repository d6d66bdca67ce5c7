// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tstat/handshake_details.h"
#include "tstat/labels.h"

namespace tstat::internal {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<const LabelRules> Parse(std::string_view text) {
  absl::StatusOr<std::shared_ptr<const LabelRules>> rules = LabelRules::Parse(text, "labels.conf");
  EXPECT_TRUE(rules.ok()) << rules.status();
  return rules.ok() ? *rules : *LabelRules::Parse("", "none");
}
std::string ErrorOf(std::string_view text) {
  const auto rules = LabelRules::Parse(text, "labels.conf");
  EXPECT_EQ(rules.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(rules.status().message());
}
IpAddress Address(std::string_view text) { return IpAddress::Parse(text).value(); }

TEST(LabelRulesTest, WithoutRulesNothingHasALabel) {
  const auto rules = Parse("# nothing\n\n  \t\r\n");
  EXPECT_EQ(rules->size(), 0u);
  EXPECT_EQ(rules->OfName("www.example.org"), "");
  EXPECT_EQ(rules->OfName(""), "");
  EXPECT_EQ(rules->OfAddress(Address("192.0.2.1")), "");
  EXPECT_EQ(rules->OfAddress(Address("2001:db8::1")), "");
}

TEST(LabelRulesTest, OfNamesTheMostSpecificRuleCounts) {
  const auto rules = Parse(
      "* -> other\n"
      "*.example.org -> university\n"
      ".example.net->both   # no blanks needed\n"
      "www.example.org -> web\n"
      "\t*.cs.EXAMPLE.org. -> cs \r\n"
      "org -> top\n");
  EXPECT_EQ(rules->size(), 6u);
  EXPECT_EQ(rules->OfName("www.example.org"), "web");
  EXPECT_EQ(rules->OfName("WWW.Example.ORG."), "web");
  EXPECT_EQ(rules->OfName("a.www.example.org"), "university");
  EXPECT_EQ(rules->OfName("x.cs.example.org"), "cs");
  EXPECT_EQ(rules->OfName("cs.example.org"), "university");
  EXPECT_EQ(rules->OfName("example.org"), "other");
  EXPECT_EQ(rules->OfName("notexample.org"), "other");
  EXPECT_EQ(rules->OfName("example.net"), "both");
  EXPECT_EQ(rules->OfName("a.b.c.example.net"), "both");
  EXPECT_EQ(rules->OfName("xexample.net"), "other");
  EXPECT_EQ(rules->OfName("org"), "top");
  EXPECT_EQ(rules->OfName(""), "");
}

TEST(LabelRulesTest, APortIsNoPartOfAName) {
  const auto rules = Parse("example.org -> a\n");
  EXPECT_EQ(rules->OfName("example.org:8080"), "a");
  EXPECT_EQ(rules->OfName("example.org:"), "a");
  EXPECT_EQ(rules->OfName("example.org:http"), "");
  EXPECT_EQ(rules->OfName(":80"), "");
}

TEST(LabelRulesTest, NamesOfAnyBytesAndLengthAreLookedUp) {
  const auto rules = Parse(".example.org -> a\n");
  EXPECT_EQ(rules->OfName(std::string(240, 'x') + ".example.org"), "a");
  EXPECT_EQ(rules->OfName(std::string(242, 'x') + ".example.org"), "");  // longer than any name
  EXPECT_EQ(rules->OfName(std::string(70000, '.')), "");
  EXPECT_EQ(rules->OfName("...example.org"), "a");
  EXPECT_EQ(rules->OfName(std::string("\0\xFF.example.org", 14)), "a");
}

TEST(LabelRulesTest, OfNetworksTheLongestPrefixCounts) {
  const auto rules = Parse(
      "192.0.2.0/24 -> cdn\n192.0.2.77/25 -> half\n192.0.2.7 -> one\n10.0.0.0/8 -> ten\n"
      "2001:db8::/32 -> six\n2001:db8::1 -> one6\n2001:db8:8000::/33 -> upper\n");
  EXPECT_EQ(rules->OfAddress(Address("192.0.2.7")), "one");
  EXPECT_EQ(rules->OfAddress(Address("192.0.2.8")), "half");
  EXPECT_EQ(rules->OfAddress(Address("192.0.2.128")), "cdn");
  EXPECT_EQ(rules->OfAddress(Address("192.0.3.1")), "");
  EXPECT_EQ(rules->OfAddress(Address("10.255.0.1")), "ten");
  EXPECT_EQ(rules->OfAddress(Address("2001:db8::1")), "one6");
  EXPECT_EQ(rules->OfAddress(Address("2001:db8::2")), "six");
  EXPECT_EQ(rules->OfAddress(Address("2001:db8:ffff::2")), "upper");
  EXPECT_EQ(rules->OfAddress(Address("2001:db9::")), "");
}

TEST(LabelRulesTest, AFamilyAsAWholeIsANetwork) {
  const auto rules = Parse("0.0.0.0/0 -> four\n::/0 -> six\n");
  EXPECT_EQ(rules->OfAddress(Address("203.0.113.9")), "four");
  EXPECT_EQ(rules->OfAddress(Address("2001:db8::1")), "six");
}

TEST(LabelRulesTest, MistakesHaveTheirLine) {
  EXPECT_THAT(ErrorOf("\n# x\n*.example.org university\n"),
              HasSubstr("labels.conf:3: \"*.example.org university\": a rule is: NAME -> LABEL"));
  EXPECT_THAT(ErrorOf("-> a\n"), HasSubstr("a rule is"));
  EXPECT_THAT(ErrorOf("a.example ->\n"), HasSubstr("a rule is"));
  EXPECT_THAT(ErrorOf("a.example -> two words\n"), HasSubstr("one word"));
  EXPECT_THAT(ErrorOf(absl::StrCat("a.example -> ", std::string(64, 'l'))),
              HasSubstr("63 at most"));
  EXPECT_THAT(ErrorOf("a.example -> gr\xC3\xBCn\n"), HasSubstr("ASCII"));
  EXPECT_THAT(ErrorOf("a.example -> -\n"), HasSubstr("no label"));
  for (const char* name : {"a*.example", "*", "*..example", "a..b", "..a", ".", "*.",
                           "b\xC3\xBC.de", "10.0.0.256", "10.0.0", "fe80::x", "a b"}) {
    if (std::string_view(name) == "*") continue;
    EXPECT_THAT(ErrorOf(absl::StrCat(name, " -> a\n")), HasSubstr("neither a network nor a name"))
        << name;
  }
  EXPECT_THAT(ErrorOf(absl::StrCat(std::string(254, 'x'), " -> a\n")), HasSubstr("253 bytes"));
  EXPECT_THAT(ErrorOf("10.0.0.0/33 -> a\n"),
              HasSubstr("\"10.0.0.0/33\": the prefix length must be 0-32"));
  EXPECT_THAT(ErrorOf("2001:db8::/129 -> a\n"), HasSubstr("0-128"));
  EXPECT_THAT(ErrorOf("10.0.0.0/ -> a\n"), HasSubstr("0-32"));
  EXPECT_THAT(ErrorOf("10.0.0.0/-1 -> a\n"), HasSubstr("0-32"));
  EXPECT_THAT(ErrorOf("example.org/24 -> a\n"), HasSubstr("not an IPv4 or IPv6 address"));
  EXPECT_THAT(ErrorOf(std::string("a.example -> \0", 14)), HasSubstr("labels.conf:1"));
}

TEST(LabelRulesTest, OnePatternHasOneLabel) {
  EXPECT_EQ(Parse("a.example -> a\nA.example. -> a\n")->OfName("a.example"), "a");
  EXPECT_THAT(ErrorOf("a.example -> a\n\nA.EXAMPLE -> b\n"),
              HasSubstr("labels.conf:3: \"A.EXAMPLE\": has the label \"a\" already, by line 1"));
  EXPECT_THAT(ErrorOf("10.1.2.3/8 -> a\n10.0.0.0/8 -> b\n"), HasSubstr("already, by line 1"));
  EXPECT_THAT(ErrorOf(".a.example -> a\n*.a.example -> b\n"), HasSubstr("already, by line 1"));
  EXPECT_EQ(Parse("*.a.example -> a\na.example -> b\n")->OfName("a.example"), "b");
}

TEST(LabelRulesTest, NamesOfAFlowGoBeforeItsAddresses) {
  const auto rules = Parse(
      "hello.example -> hello\nhost.example -> host\ndns.example -> dns\n"
      "192.0.2.1 -> server\n192.0.2.2 -> client\n");
  TcpFlow flow;
  EXPECT_EQ(rules->Of(flow), "");
  flow.endpoints.client.address = Address("192.0.2.2");
  EXPECT_EQ(rules->Of(flow), "client");
  flow.endpoints.server.address = Address("192.0.2.1");
  EXPECT_EQ(rules->Of(flow), "server");
  auto resolution = std::make_shared<DnsResolution>();
  resolution->name = "dns.example";
  flow.endpoints.resolution = resolution;
  EXPECT_EQ(rules->Of(flow), "dns");
  flow.layer7.http_hostname = "host.example:8080";
  EXPECT_EQ(rules->Of(flow), "host");
  flow.layer7.tls_server_name = "hello.example";
  EXPECT_EQ(rules->Of(flow), "hello");
  flow.layer7.tls_server_name = "unknown.example";
  EXPECT_EQ(rules->Of(flow), "host");
  auto handshake = std::make_shared<HandshakeDetails>();
  handshake->server_name = "hello.example";
  flow.layer7.handshake = handshake;
  EXPECT_EQ(rules->Of(flow), "hello");

  UdpFlow udp;
  udp.endpoints = flow.endpoints;
  EXPECT_EQ(rules->Of(udp), "dns");
  udp.handshake = handshake;
  EXPECT_EQ(rules->Of(udp), "hello");
  udp.handshake = nullptr;
  auto quic = std::make_shared<QuicDetails>();
  quic->server_name = "host.example";
  udp.quic = quic;
  EXPECT_EQ(rules->Of(udp), "host");
}

TEST(LabelRulesTest, AnAddressThatIsToBeAnonymisedGivesNone) {
  const auto rules = Parse("192.0.2.1 -> server\n192.0.2.2 -> client\n");
  TcpFlow flow;
  flow.endpoints.client.address = Address("192.0.2.2");
  flow.endpoints.server.address = Address("192.0.2.1");
  flow.endpoints.server.encrypted = true;
  EXPECT_EQ(rules->Of(flow), "client");
  flow.endpoints.client.encrypted = true;
  EXPECT_EQ(rules->Of(flow), "");
}

}  // namespace
}  // namespace tstat::internal
