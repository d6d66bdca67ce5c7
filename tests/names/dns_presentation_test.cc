// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns_presentation.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "names/dns_message.h"
#include "tests/names/dns_builder.h"

namespace tstat::internal {
namespace {

using namespace testing;  // NOLINT: builders

const Timestamp kNow = Timestamp::FromSeconds(1'500'000'000);
constexpr std::string_view kHidden = "(cannot be shown)";

std::string DataText(uint16_t type, const Bytes& data, Timestamp now = kNow) {
  const Bytes message = DnsHeader({.answers = 1}) + Record("owner", type, data);
  const DnsWire wire(ByteReader(message), message.size());
  const auto view = DnsMessageView::Parse(wire);
  if (!view) return "(no message)";
  std::string text;
  view->ForEachAnswer([&](const DnsRecordView& record) {
    DnsText out(&text, SIZE_MAX);
    if (!AppendDnsData(wire, record, now, out)) text = kHidden;
  });
  return text;
}

std::string NameText(const Bytes& name) {
  std::string text;
  DnsText out(&text, SIZE_MAX);
  AppendDnsName({ByteReader(name), name.size()}, 0, out);
  return text;
}

TEST(DnsName, IsEscaped) {
  EXPECT_EQ(NameText(Name("")), ".");
  EXPECT_EQ(NameText(Name("www.example.com")), "www.example.com.");
  EXPECT_EQ(NameText(Bytes{9} + Text("a.;()\\\"$@") + Bytes{0}), R"(a\.\;\(\)\\"$@.)");
  EXPECT_EQ(NameText(Bytes{6, 0, ' ', '!', '~', 0x7F, 0xFF, 0}), R"(\000\032!~\127\255.)");
}

struct Case {
  uint16_t type;
  Bytes data;
  std::string_view text;
};

TEST(DnsData, OfEachKind) {
  const Case kCases[] = {
      {1, {192, 0, 2, 1}, "192.0.2.1"},
      {1, {}, R"(\# 0)"},
      {28, Bytes{0x20, 1, 0xd, 0xb8} + Fill(11) + Bytes{1}, "2001:db8::1"},
      {2, Name("ns.example"), "ns.example."},
      {6, Name("m") + Name("r") + U32(1) + U32(2) + U32(3) + U32(4) + U32(0xFFFFFFFF),
       "m. r. 1 2 3 4 4294967295"},
      {15, U16(10) + Name("mail"), "10 mail."},
      {16, Bytes{2, 'a', ' ', 0, 3, '"', '\\', 1}, R"("a " "" "\"\\\001")"},
      {16, Bytes{3, '\t', 0x7F, 0xE9}, "\"\t\\127\\233\""},
      {33, U16(1) + U16(2) + U16(5060) + Name("sip"), "1 2 5060 sip."},
      {35, U16(1) + U16(2) + Bytes{1, 's'} + Bytes{0} + Bytes{1, '!'} + Name(""),
       R"(1 2 "s" "" "!" .)"},
      {10, {0xAB, 0}, R"(\# 2 ab00)"},
      {65000, {1}, R"(\# 1 01)"},
      {43, U16(258) + Bytes{8, 2, 0xAB, 0xCD}, "258 8 2 abcd"},
      {22, {0x47, 0}, "0x4700"},
      {31, {1, 0xFF}, "01ff"},
      {49, {1, 2, 3, 4}, "AQIDBA=="},
      {61, {1, 2, 3, 4, 5}, "AQIDBAU="},
      {256, U16(1) + U16(2) + Text("http://a \""), R"(1 2 "http://a \"")"},
      {257, Bytes{0, 5} + Text("issueca.example"), R"(0 issue "ca.example")"},
      {257, Bytes{0, 2} + Text("a-x"), kHidden},
      {257, Bytes{0, 0} + Text("x"), kHidden},
      {104, U16(1) + Bytes{0, 1, 0, 2, 0xFF, 3, 0xA0, 4}, "1 0001:0002:ff03:a004"},
      {108, {0, 1, 2, 0xAA, 4, 5}, "00-01-02-aa-04-05"},
      {109, {0, 1, 2, 0xAA, 4, 5, 6, 7}, "00-01-02-aa-04-05-06-07"},
      {37, U16(1) + U16(7) + Bytes{8, 9}, "PKIX 7 8 CQ=="},
      {37, U16(254) + U16(7) + Bytes{8, 9}, "OID 7 8 CQ=="},
      {37, U16(9) + U16(7) + Bytes{8, 9}, "9 7 8 CQ=="},
      {51, Bytes{1, 0} + U16(10) + Bytes{2, 0xAB, 0xCD}, "1 0 10 abcd "},
      {51, Bytes{1, 0} + U16(10) + Bytes{0}, "1 0 10 - "},
      {50, Bytes{1, 1} + U16(0) + Bytes{0, 5, 0xFF, 0, 0, 0, 0} + Bytes{0, 1, 0x40},
       "1 1 0 -  vs000000 A "},
      {50, Bytes{1, 1} + U16(0) + Bytes{0, 1, 0xFF}, "1 1 0 -  vs======"},
      {47, Name("next") + Bytes{0, 6, 0x40, 0, 0, 0, 0, 3, 1, 1, 0x40}, "next. A RRSIG NSEC CAA "},
      {47, Name("n") + Bytes{0, 1, 0x01, 1, 2, 0, 0x40}, "n. MB TYPE265 "},
      {47, Name("n") + Bytes{0, 9, 1}, kHidden},
      {30, Name("n") + Bytes{0x40}, R"(n. \# 1 40)"},
      {46,
       U16(1) + Bytes{8, 2} + U32(300) + U32(1'500'000'000) + U32(1'400'000'000) + U16(5) +
           Name("s") + Bytes{1},
       "A 8 2 300 20170714024000 20140513165320 5 s. AQ=="},
      {24, U16(252) + Bytes{8}, "TYPE252 8"},
      {250,
       Name("k") + U16(1) + U32(2) + U16(300) + U16(2) + Bytes{1, 2} + U16(7) + U16(0) + U16(0),
       "k. 4294967298  300 2 AQI= 7 0 0 "},
      {45, Bytes{10, 0, 2, 1}, "10 0 2 . AQ=="},
      {45, Bytes{10, 1, 2, 192, 0, 2, 1, 1}, "10 1 2 192.0.2.1 AQ=="},
      {45, Bytes{10, 2, 2} + Fill(16) + Bytes{1}, "10 2 2 :: AQ=="},
      {45, Bytes{10, 3, 2} + Name("gw") + Bytes{1}, "10 3 2 gw. AQ=="},
      {45, Bytes{10, 1, 2, 192, 0, 2, 1}, kHidden},
      {45, Bytes{10, 1, 2, 192, 0, 2}, kHidden},
      {55, Bytes{2, 5} + U16(1) + Bytes{0xAB, 0xCD, 1} + Name("r"), "5 abcd AQ== r."},
      {55, Bytes{0, 5} + U16(1) + Bytes{1}, kHidden},
      {42, U16(1) + Bytes{24, 3, 10, 1}, kHidden},
      {42, U16(9) + Bytes{24, 1, 7}, "Unknown address family: 9 data: 09180107"},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(DataText(c.type, c.data), c.text) << c.type;
  }
}

TEST(DnsData, ListsHaveABlankBehindEach) {
  EXPECT_EQ(DataText(42, U16(1) + Bytes{24, 0x83, 10, 1, 2} + U16(2) + Bytes{32, 1, 0x20}),
            "!1:10.1.2.0/24 2:2000:0000:0000:0000:0000:0000:0000:0000/32 ");
  // Ports 25 and 30 of TCP; 53 and 67 of UDP; a protocol without a name.
  EXPECT_EQ(DataText(11, Bytes{192, 0, 2, 1, 6, 0, 0, 0, 0x42}), "192.0.2.1 tcp smtp 30 ");
  EXPECT_EQ(DataText(11, Bytes{192, 0, 2, 1, 17} + Fill(6) + Bytes{4, 0, 0x10}),
            "192.0.2.1 udp domain bootps ");
  EXPECT_EQ(DataText(11, Bytes{192, 0, 2, 1, 253, 0x80}), "192.0.2.1 253 0 ");
}

TEST(DnsData, TimesAreNearToThePacket) {
  const auto expires = [](uint32_t seconds, int64_t now) {
    const std::string text =
        DataText(46, U16(1) + Bytes{8, 2} + U32(300) + U32(seconds), Timestamp::FromSeconds(now));
    return text.substr(text.rfind(' ') + 1);
  };
  EXPECT_EQ(expires(0xFFFFFFFF, 1'500'000'000), "19691231235959");
  EXPECT_EQ(expires(0xFFFFFFFF, 4'000'000'000), "21060207062815");
  EXPECT_EQ(expires(0, 4'000'000'000), "21060207062816");
  EXPECT_EQ(expires(951'782'400, 1'500'000'000), "20000229000000");
}

Bytes Parameter(uint16_t key, const Bytes& value) {
  return U16(key) + U16(static_cast<uint16_t>(value.size())) + value;
}
std::string Parameters(const Bytes& parameters) {
  const std::string text = DataText(65, U16(1) + Name("") + parameters);
  return text == kHidden ? text : text.substr(std::string("1 . ").size());
}

TEST(DnsData, ParametersOfServices) {
  EXPECT_EQ(DataText(65, U16(1) + Name("")), "1 .");
  EXPECT_EQ(Parameters(Parameter(1, Bytes{2, 'h', '2', 5} + Text("h3-19"))), "alpn=h2,h3-19");
  EXPECT_EQ(Parameters(Parameter(1, Bytes{5} + Text("a,\"\\\xFF") + Bytes{3} + Text("f g"))),
            R"(alpn="a\,\"\\\255,f g")");
  // A length that is the code of a blank is no blank.
  EXPECT_EQ(Parameters(Parameter(1, Bytes{9} + Text("123456789"))), "alpn=123456789");
  EXPECT_EQ(Parameters(Parameter(1, Bytes{9, 'x'})), kHidden);
  EXPECT_EQ(Parameters(Parameter(0, U16(1) + U16(4) + U16(999))), "mandatory=alpn,ipv4hint,key999");
  EXPECT_EQ(Parameters(Parameter(0, Bytes{1})), kHidden);
  EXPECT_EQ(Parameters(Parameter(2, {}) + Parameter(3, U16(8443))), "no-default-alpn port=8443");
  EXPECT_EQ(Parameters(Parameter(2, Bytes{1})), kHidden);
  EXPECT_EQ(Parameters(Parameter(3, Bytes{1})), kHidden);
  EXPECT_EQ(Parameters(Parameter(4, {192, 0, 2, 1, 192, 0, 2, 2})), "ipv4hint=192.0.2.1,192.0.2.2");
  EXPECT_EQ(Parameters(Parameter(4, {192, 0, 2})), kHidden);
  EXPECT_EQ(Parameters(Parameter(6, Fill(15) + Bytes{1})), "ipv6hint=::1");
  EXPECT_EQ(Parameters(Parameter(6, Fill(15))), kHidden);
  EXPECT_EQ(Parameters(Parameter(5, {1, 2})), "ech=AQI=");
  EXPECT_EQ(Parameters(Parameter(7, Text("/dns{?dns}"))), "dohpath=/dns{?dns}");
  EXPECT_EQ(Parameters(Parameter(8, Text("a b\""))), R"(key8="a b\"")");
  EXPECT_EQ(Parameters(Parameter(3, {})), "port");
  EXPECT_EQ(Parameters(Parameter(3, U16(80)) + Bytes{0, 3, 0}), "port=80");  // too short for one
  EXPECT_EQ(Parameters(Parameter(3, U16(80)) + Bytes{0, 3, 0, 9}), kHidden);
  EXPECT_EQ(Parameters(Bytes{1, 2, 3}), "");
}

TEST(DnsData, Places) {
  const auto place = [](uint8_t size, uint32_t latitude, uint32_t longitude, uint32_t altitude) {
    return DataText(29,
                    Bytes{0, size, 0x16, 0x13} + U32(latitude) + U32(longitude) + U32(altitude));
  };
  constexpr uint32_t kEquator = 0x80000000;
  EXPECT_EQ(place(0x33, kEquator + 151'322'500, kEquator - 255'905'007, 10'002'400),
            "42 02 2.500 N 71 05 5.007 W 24m 30m 10000m 10m");
  EXPECT_EQ(place(0x10, kEquator, kEquator + 1, 9'999'999),
            "00 00 0.000 S 00 00 0.001 E -0.01m 0.01m 10000m 10m");
  EXPECT_EQ(place(0x51, kEquator, kEquator, 10'000'000),
            "00 00 0.000 S 00 00 0.000 W 0m 0.50m 10000m 10m");
  EXPECT_EQ(DataText(29, Bytes{1, 2, 3}), "010203");
  EXPECT_EQ(DataText(29, Fill(15)), kHidden);
}

TEST(DnsData, KeysHaveARemark) {
  const auto key = [](uint16_t flags, uint8_t algorithm, const Bytes& bits) {
    return DataText(48, U16(flags) + Bytes{3, algorithm} + bits);
  };
  EXPECT_EQ(key(257, 13, {1, 2}), "257 3 13 AQI= ;{id = 1296 (ksk), size = 256b}");
  EXPECT_EQ(key(256, 14, {1, 2}), "256 3 14 AQI= ;{id = 1296 (zsk), size = 384b}");
  EXPECT_EQ(key(0, 15, {1, 2}), "0 3 15 AQI= ;{id = 1041, size = 256b}");
  EXPECT_EQ(key(256, 8, Bytes{1, 3} + Fill(64)),
            "256 3 8 AQM" + std::string(85, 'A') + " ;{id = 1291 (zsk), size = 512b}");
  EXPECT_EQ(key(256, 5, Bytes{0, 0, 2, 1, 1, 9}), "256 3 5 AAACAQEJ ;{id = 1807 (zsk), size = 8b}");
  EXPECT_EQ(key(256, 5, Bytes{9, 1}), "256 3 5 CQE= ;{id = 3334 (zsk), size = -64b}");
  EXPECT_EQ(key(256, 1, Bytes{1, 2, 3}), "256 3 1 AQID ;{id = 258 (zsk), size = 8b}");
  EXPECT_EQ(DataText(48, U16(256)), "256 ;{id = 0 (zsk), size = 0b}");
}

TEST(DnsText, IsCut) {
  std::string text = "ab";
  DnsText out(&text, 4);
  out.Put('c');
  EXPECT_FALSE(out.cut());
  out.Put(std::string_view("de"));
  EXPECT_TRUE(out.cut());
  out.Put('f');
  EXPECT_EQ(text, "abcd");
}

}  // namespace
}  // namespace tstat::internal
