// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tls/tls.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/l7/layer7_harness.h"
#include "tstat/tls.h"

namespace tstat::internal {
namespace {

ByteReader Bytes(const std::string& text) {
  return ByteReader({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

std::string Number(size_t value, int bytes) {
  std::string s;
  while (bytes-- > 0) s.push_back(static_cast<char>(value >> (8 * bytes)));
  return s;
}
std::string Vector(const std::string& content, int length_bytes) {
  return Number(content.size(), length_bytes) + content;
}
std::string Extension(uint16_t type, const std::string& content) {
  return Number(type, 2) + Vector(content, 2);
}
std::string ServerName(const std::string& name) {
  return Extension(0, Vector(Number(0, 1) + Vector(name, 2), 2));
}
std::string Protocols(std::initializer_list<const char*> names) {
  std::string s;
  for (const char* n : names) s += Vector(n, 1);
  return s;
}

std::string Record(uint8_t type, const std::string& content) {
  return Number(type, 1) + Number(0x0301, 2) + Vector(content, 2);
}
std::string Message(uint8_t type, const std::string& content) {
  return Number(type, 1) + Vector(content, 3);
}
std::string ClientHello(const std::string& extensions, const std::string& session = "") {
  return Record(22, Message(1, Number(0x0303, 2) + std::string(32, 'r') + Vector(session, 1) +
                                   Vector(Number(0x1301, 2), 2) + Vector(Number(0, 1), 1) +
                                   Vector(extensions, 2)));
}
std::string ServerHello(const std::string& extensions, const std::string& random = "") {
  return Record(
      22, Message(2, Number(0x0303, 2) + (random.empty() ? std::string(32, 'r') : random) +
                         Vector("", 1) + Number(0x1301, 2) + Number(0, 1) + Vector(extensions, 2)));
}
std::string CommonName(const std::string& name) {
  return std::string("\x06\x03\x55\x04\x03\x0c", 6) + Vector(name, 1);
}
const std::string kAppData = Record(23, "secret");

TEST(TlsName, AcceptedOnes) {
  const std::pair<const char*, bool> kCases[] = {
      {"www.example.org", true},
      {"*.zoom.us", true},
      {"192.168.115.75", true},
      {"example.org.", true},
      {"a b.example.org", true},
      {"example", false},
      {"example.o", false},
      {".org", false},
      {"a..org", false},
      {"example.org..", false},
      {"", false},
      {".", false},
      {"a.bcdefghijklmnopqrstuvwxy", true},
      {"a.abcdefghijklmnopqrstuvwxy", false},  // 25 letters
      {"DigiCert SHA2 Secure Server CA", false},
      {"-.org", false},
      {"host.example.c-m", false},
  };
  for (const auto& [name, accepted] : kCases) EXPECT_EQ(IsAcceptedName(name), accepted) << name;
}

TlsClientHello Client(ByteReader payload) { return TlsClientHello::Parse(payload).value(); }
TlsServerHello Server(ByteReader payload, int32_t payload_length) {
  return TlsServerHello::Parse(payload, payload_length).value();
}
std::string_view CommonNameIn(ByteReader payload) {
  const std::optional<TlsCommonName> name = TlsCommonName::Parse(payload);
  return name ? name->text : std::string_view();
}

TEST(TlsHello, Recognition) {
  std::string hello = ClientHello("");
  EXPECT_TRUE(IsTlsClientHello(Bytes(hello)));
  EXPECT_FALSE(IsTlsServerHello(Bytes(hello), 100));
  EXPECT_EQ(Client(Bytes(hello)).record_length, hello.size());
  hello[3] = 0x3A;
  EXPECT_FALSE(IsTlsClientHello(Bytes(hello)));
  EXPECT_FALSE(TlsClientHello::Parse(Bytes(hello)).has_value());
  EXPECT_FALSE(TlsServerHello::Parse(Bytes(hello), 100).has_value());
  std::string old("\x80\x7C\x01\x03\x01", 5);
  old.resize(126, 'x');
  EXPECT_TRUE(IsSslV2ClientHello(Bytes(old), 126));
  EXPECT_FALSE(IsSslV2ClientHello(Bytes(old), 125));
}

TEST(TlsHello, ClientExtensions) {
  const std::string hello =
      ClientHello(Extension(0x2a2a, "") + ServerName("www.example.org") + Extension(0x3374, "") +
                  Extension(16, Vector(Protocols({"h2", "http/1.1", "spdy/3.1", "h2-14"}), 2)) +
                  Extension(43, Vector(Number(0x03040303, 4), 1)) + Extension(21, "padding"));
  const TlsClientHello h = Client(Bytes(hello));
  EXPECT_EQ(h.server_name, "www.example.org");
  EXPECT_EQ(h.negotiation, 1 + 128 + 32 + 64);
  EXPECT_EQ(h.version, 0x0303);
  ASSERT_EQ(h.version_count, 2);
  EXPECT_EQ(h.versions[0], 0x0304);
}

TEST(TlsHello, ProtocolLists) {
  const auto mask = [](const std::string& list) {
    return Client(Bytes(ClientHello(Extension(16, Vector(list, 2))))).negotiation;
  };
  EXPECT_EQ(mask(Protocols({"h2c", "http/1.0"})), 32);  // h2c is no HTTP/2 over TLS
  // An empty name drops what came before it.
  EXPECT_EQ(mask(Protocols({"h2", "", "http/1.1"})), 16);
  std::string many;
  for (int i = 0; i < 20; ++i) many += Protocols({"x"});
  EXPECT_EQ(mask(many + Protocols({"h2"})), 0);  // twenty names are looked at
}

TEST(TlsHello, ARefusedNameIsNotTaken) {
  EXPECT_EQ(Client(Bytes(ClientHello(ServerName("localhost")))).server_name, "");
  EXPECT_EQ(Client(Bytes(ClientHello(ServerName("a.example") + ServerName("bad")))).server_name,
            "a.example");
  const std::string nul("a.example\0.org", 14);
  EXPECT_EQ(Client(Bytes(ClientHello(ServerName(nul)))).server_name, "a.example");
}

TEST(TlsHello, LongNamesAreCutBeforeTheyAreJudged) {
  const std::string name = std::string(70, 'a') + ".bcdefghijklmnop.example";
  EXPECT_EQ(Client(Bytes(ClientHello(ServerName(name)))).server_name, name.substr(0, 79));
}

TEST(TlsHello, CutAnywhereItNeitherCrashesNorInvents) {
  const std::string hello = ClientHello(
      ServerName("www.example.org") + Extension(16, Vector(Protocols({"h2", "http/1.1"}), 2)),
      "id");
  for (size_t size = 0; size <= hello.size(); ++size) {
    const std::string cut = hello.substr(0, size);
    const std::optional<TlsClientHello> h = TlsClientHello::Parse(Bytes(cut));
    EXPECT_EQ(h.has_value(), size >= 7);
    if (h) {
      EXPECT_EQ(h->negotiation & ~160, 0);
      EXPECT_TRUE(std::string_view("www.example.org").starts_with(h->server_name));
    }
    EXPECT_FALSE(TlsServerHello::Parse(Bytes(cut), static_cast<int32_t>(size)).has_value());
    EXPECT_EQ(CommonNameIn(Bytes(cut)), "");
  }
  EXPECT_EQ(Client(Bytes(hello)).negotiation, 160);
}

TEST(TlsHello, ALengthThatStepsBackEndsTheParse) {
  std::string hello = ClientHello(ServerName("www.example.org"));
  hello[43] = '\x80';  // session identifier of -128 bytes
  EXPECT_EQ(Client(Bytes(hello)).server_name, "");
}

TEST(TlsHello, ServerExtensions) {
  const std::string hello = ServerHello(Extension(16, Vector(Protocols({"h2"}), 2)) +
                                        Extension(43, Number(0x0304, 2)) + Extension(41, "ab"));
  const TlsHello h = Server(Bytes(hello), static_cast<int32_t>(hello.size()));
  EXPECT_EQ(h.negotiation, 128);
  EXPECT_EQ(h.versions[0], 0x0304);
  EXPECT_EQ(h.session, tls_session::kServerPsk);
}

TEST(TlsHello, HelloRetryRequest) {
  const std::string random(
      "\xCF\x21\xAD\x74\xE5\x9A\x61\x11\xBE\x1D\x8C\x02\x1E\x65\xB8\x91"
      "\xC2\xA2\x11\x16\x7A\xBB\x8C\x5E\x07\x9E\x09\xE2\xC8\xA8\x33\x9C",
      32);
  const std::string hello = ServerHello("", random);
  EXPECT_EQ(Server(Bytes(hello), static_cast<int32_t>(hello.size())).session,
            tls_session::kHelloRetry);
}

TEST(TlsCertificate, FirstPlausibleName) {
  const std::string filler(30, '.');
  EXPECT_EQ(CommonNameIn(Bytes(filler + CommonName("Some CA") + CommonName("*.example.org") +
                               CommonName("b.example.org") + filler)),
            "*.example.org");
  EXPECT_EQ(CommonNameIn(Bytes(filler + CommonName("Some CA") + filler)), "");
  EXPECT_EQ(CommonNameIn(Bytes(CommonName("b.example"))), "");  // fewer than 30 bytes
}

TEST(TlsServices, ByServerName) {
  struct Case {
    const char* name;
    uint8_t v3_1, v3_3;
  };
  const Case kCases[] = {
      {"www.google.com", 1, 1},
      {"google.com", 0, 0},
      {"r1.googlevideo.com", 2, 2},
      {"static.xx.fbcdn.net", 3, 3},
      {"fbcdn-x.akamaihd.net", 3, 3},
      {"x.nflxvideo.net", 4, 4},
      {"d.dropbox.com", 5, 5},
      {"login.live.com", 6, 6},
      {"x.sharepoint.com", 0, 6},
      {"officecdn", 0, 6},
      {"www.icloud.com.", 7, 7},
      {"www.instagram.com", 0, 8},
      {"instagram.fmxp1-1.fna.fbcdn.net", 3, 8},
      {"instagram.fbcdn.net", 3, 3},
      {"", 0, 0},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(TlsService(c.name, false), c.v3_1) << c.name;
    EXPECT_EQ(TlsService(c.name, true), c.v3_3) << c.name;
  }
}

TEST(TlsFlow, NamesMarksAndOneEvent) {
  Layer7Harness flow;
  flow.Handshake();
  const std::string hello =
      ClientHello(ServerName("www.google.com") +
                      Extension(16, Vector(Protocols({"h2", "http/1.1"}), 2)) + Extension(21, "x"),
                  "session");
  flow.Client(hello);
  EXPECT_EQ(flow.type(), 0u);
  flow.Server(ServerHello(Extension(16, Vector(Protocols({"h2"}), 2)) + Extension(23, "")) +
              Record(22, Message(11, CommonName("GTS CA 1C3") + CommonName("*.google.com") +
                                         std::string(20, '.'))));
  EXPECT_EQ(flow.index(), 33);
  const Timestamp server_mark = flow.now();
  flow.Client(Record(20, "x"));
  const Timestamp client_mark = flow.now();
  flow.Client(kAppData);
  const Timestamp client_data = flow.now();
  flow.Server(kAppData);
  EXPECT_EQ(flow.state(), Layer7State::kIgnore);
  flow.Client(kAppData);

  const TcpFlow record = flow.Close();
  EXPECT_EQ(record.layer7.connection_type, connection_type::kTls);
  EXPECT_EQ(record.layer7.tls_server_name, "www.google.com");
  EXPECT_EQ(record.layer7.tls_common_name, "*.google.com");
  EXPECT_EQ(record.layer7.tls_service, tls_service::kGoogle);
  EXPECT_EQ(record.layer7.tls_session, 1);
  EXPECT_EQ(record.client.protocol_negotiation, 160);
  EXPECT_EQ(record.server.protocol_negotiation, 128);
  EXPECT_EQ(record.client.last_handshake, client_mark);
  EXPECT_EQ(record.server.last_handshake, server_mark);
  EXPECT_EQ(record.client.first_app_data, client_data);
  EXPECT_EQ(record.client.first_app_data_byte, 1 + hello.size() + Record(20, "x").size());
  EXPECT_EQ(record.client.tls_versions, "");  // not in this profile

  ASSERT_EQ(flow.handshakes.size(), 1u);
  EXPECT_EQ(flow.handshakes[0].server_name, "www.google.com");
  EXPECT_EQ(flow.handshakes[0].common_name, "*.google.com");
  EXPECT_TRUE(flow.handshakes[0].answered);
  EXPECT_EQ(flow.handshakes[0].time, server_mark);
}

TEST(TlsFlow, WithoutAnAnswerItIsUnknownButItsNamesStay) {
  Layer7Harness flow;
  flow.Client(ClientHello(ServerName("a.example") + Extension(21, "x")));
  flow.Acks(10);
  flow.Server("not TLS at all");
  EXPECT_EQ(flow.state(), Layer7State::kUnknown);
  const TcpFlow record = flow.Close();
  EXPECT_EQ(record.layer7.connection_type, 0u);
  EXPECT_EQ(record.layer7.tls_server_name, "a.example");
  EXPECT_FALSE(record.client.last_handshake.is_set());
  ASSERT_EQ(flow.handshakes.size(), 1u);
  EXPECT_FALSE(flow.handshakes[0].answered);
}

TEST(TlsFlow, FragmentedHelloWithItsProfile) {
  const std::string hello = ClientHello(Extension(21, std::string(200, 'p')) +
                                        ServerName("late.example") + Extension(23, ""));
  for (bool together : {false, true}) {
    CompatProfile profile;
    profile.fragmented_client_hello = together;
    profile.tls_version_columns = true;
    Layer7Harness flow(profile);
    flow.Client(hello.substr(0, 150));
    flow.Client(hello.substr(150));
    flow.Server(ServerHello(""));
    const TcpFlow record = flow.Close();
    EXPECT_EQ(record.layer7.tls_server_name, together ? "late.example" : "");
    EXPECT_EQ(record.client.tls_versions, "0303");
    EXPECT_EQ(record.server.tls_versions, "0303");
  }
}

}  // namespace
}  // namespace tstat::internal
