// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tls/client_hello.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "l7/tls/fingerprint.h"
#include "tests/l7/tls/hello_builder.h"

namespace tstat::internal {
namespace {

using namespace hello;  // NOLINT: the builders make the messages readable

std::string Names(const ProtocolNames& names) {
  std::string text;
  size_t at = 0;
  while (const auto name = names.Next(&at)) text += std::string(*name) + ",";
  return text;
}

TEST(ClientHello, Fields) {
  const std::string body =
      Client({.extensions = ServerName("www.example.test") + Alpn({"h2", "http/1.1"}) +
                            Versions({0x0A0A, 0x0304, 0x0303}) + List16(10, {0x6A6A, 29}) +
                            List16(13, {0x0403})});
  const auto h = ClientHello::Parse(View(body), HelloCarrier::kTls);
  ASSERT_TRUE(h);
  EXPECT_TRUE(h->complete);
  EXPECT_EQ(h->legacy_version, 0x0303);
  EXPECT_EQ(h->highest_version(), 0x0304);
  EXPECT_EQ(h->server_name, "www.example.test");
  EXPECT_EQ(Names(h->alpn), "h2,http/1.1,");
  EXPECT_EQ(h->groups.size(), 2u);
  EXPECT_EQ(h->groups[1], 29);
  EXPECT_EQ(h->signature_algorithms[0], 0x0403);
  EXPECT_FALSE(h->encrypted_hello);
  EXPECT_FALSE(h->wants_resumption());
}

TEST(ClientHello, Resumption) {
  const auto parse = [](const std::string& extensions) {
    static std::string body;
    body = Client({.extensions = extensions});
    return *ClientHello::Parse(View(body), HelloCarrier::kTls);
  };
  EXPECT_FALSE(parse(Extension(35, "")).wants_resumption());
  EXPECT_TRUE(parse(Extension(35, "ticket")).wants_resumption());
  EXPECT_TRUE(parse(Extension(41, "key")).wants_resumption());
  EXPECT_TRUE(parse(Extension(42, "")).early_data);
  EXPECT_TRUE(parse(Extension(0xFE0D, "1234")).encrypted_hello);
  EXPECT_EQ(parse(Extension(0xFE0D, "1234")).encrypted_hello_length, 4);
  EXPECT_TRUE(parse(Extension(0xFFCE, "")).encrypted_hello);
}

TEST(ClientHello, NamesOfAnyLegalLength) {
  for (const size_t length : {1u, 80u, 248u, 255u}) {
    const std::string body = Client({.extensions = ServerName(std::string(length, 'n'))});
    EXPECT_EQ(ClientHello::Parse(View(body), HelloCarrier::kTls)->server_name.size(), length);
  }
  for (const std::string& name :
       {std::string(256, 'n'), std::string(60000, 'n'), std::string("a b"), std::string("a\0b", 3),
        std::string("a\nb"), std::string("a\"b"), std::string()}) {
    const std::string body = Client({.extensions = ServerName(name)});
    const auto h = ClientHello::Parse(View(body), HelloCarrier::kTls);
    EXPECT_EQ(h->server_name, "");
    EXPECT_TRUE(h->has_server_name);
  }
}

TEST(ClientHello, OfDtlsHasACookie) {
  const std::string body =
      Client({.version = 0xFEFD, .cookie = "cookie", .extensions = ServerName("d.test")});
  const auto h = ClientHello::Parse(View(body), HelloCarrier::kDtls);
  ASSERT_TRUE(h);
  EXPECT_EQ(h->server_name, "d.test");
  EXPECT_EQ(h->highest_version(), 0xFEFD);
  EXPECT_FALSE(ClientHello::Parse(View(body), HelloCarrier::kTls));
}

TEST(ClientHello, WhatIsCutIsReadUpToTheCut) {
  const std::string body = Client({.extensions = ServerName("first.test") + Alpn({"h2"})});
  for (size_t size = 0; size < body.size(); ++size) {
    const std::string cut = body.substr(0, size);
    const auto h = ClientHello::Parse(View(cut), HelloCarrier::kTls, /*is_whole=*/false);
    EXPECT_EQ(h.has_value(), size >= 2) << size;
    if (h) {
      EXPECT_FALSE(h->complete) << size;
      EXPECT_EQ(h->highest_version(), 0) << size;  // a list of versions may follow
      EXPECT_TRUE(h->alpn.empty()) << size;
      if (size + 9 >= body.size()) EXPECT_EQ(h->server_name, "first.test") << size;
    }
  }
}

// Where each part ends is when it is known, and not one byte before.
TEST(ClientHello, WhatTellsOfAPartHasToBeSeen) {
  const std::string before = Client({.session = "sid", .extensions = ""});
  const std::string session = "sid";
  const size_t session_end = 2 + 32 + 1 + session.size();
  const std::vector<std::string> extensions = {ServerName("n.test"), Versions({0x0304, 0x0303}),
                                               Alpn({"h2", "x"}),    Extension(35, "ticket"),
                                               Extension(41, "key"), Extension(0xFE0D, "1234")};
  std::string all;
  std::vector<size_t> ends;  // of extensions, in the body
  for (const std::string& extension : extensions) {
    all += extension;
    ends.push_back(before.size() + all.size());
  }
  const std::string body = Client({.session = session, .extensions = all});
  for (size_t size = 2; size < body.size(); ++size) {
    const std::string cut = body.substr(0, size);
    const auto h = ClientHello::Parse(View(cut), HelloCarrier::kTls, /*is_whole=*/false);
    ASSERT_TRUE(h);
    EXPECT_FALSE(h->complete);
    EXPECT_EQ(h->session_id_whole, size >= session_end) << size;
    EXPECT_EQ(h->server_name, size >= ends[0] ? "n.test" : "") << size;
    EXPECT_EQ(h->highest_version(), size >= ends[1] ? 0x0304 : 0) << size;
    EXPECT_EQ(Names(h->alpn), size >= ends[2] ? "h2,x," : "") << size;
    // The header says it.
    EXPECT_EQ(h->session_ticket, size >= ends[2] + 4) << size;
    EXPECT_EQ(h->pre_shared_key, size >= ends[3] + 4) << size;
    EXPECT_EQ(h->encrypted_hello, size >= ends[4] + 4) << size;
    EXPECT_EQ(h->encrypted_hello_length, size >= ends[4] + 4 ? 4 : 0) << size;
  }
  EXPECT_TRUE(ClientHello::Parse(View(body), HelloCarrier::kTls)->complete);
}

TEST(ServerHello, WhatTellsOfAPartHasToBeSeen) {
  for (const std::string& extensions :
       {Extension(51, "share") + Extension(43, "\x03\x04"), std::string(), Alpn({"h2"})}) {
    const std::string body = Server({.session = "sid", .extensions = extensions});
    for (size_t size = 2; size < body.size(); ++size) {
      const std::string cut = body.substr(0, size);
      const auto h = ServerHello::Parse(View(cut), /*is_whole=*/false);
      ASSERT_TRUE(h);
      EXPECT_FALSE(h->complete) << size;
      EXPECT_EQ(h->known_version(), 0) << size;
      EXPECT_EQ(h->random_whole, size >= 34) << size;
      EXPECT_EQ(h->session_id_whole, size >= 38) << size;
      EXPECT_TRUE(h->alpn.empty()) << size;
    }
    EXPECT_EQ(ServerHello::Parse(View(body))->known_version(),
              extensions.size() > 10 ? 0x0304 : 0x0303);
  }
}

TEST(ClientHello, ProtocolsAsTheyAreShown) {
  const auto shown = [](const std::vector<std::string>& names) {
    const std::string body = Client({.extensions = Alpn(names)});
    return JoinedProtocols(ClientHello::Parse(View(body), HelloCarrier::kTls)->alpn);
  };
  EXPECT_EQ(shown({"h2", "http/1.1"}), "h2,http/1.1");
  EXPECT_EQ(shown({}), "");
  EXPECT_EQ(shown({"h2", "a b", "c,d", "\n", "\xC3\xA9", "q\"", "last"}),
            "h2,0x612062,0x632c64,0x0a,0xc3a9,0x7122,last");
  EXPECT_EQ(shown({"", "h2"}), "0x,h2");
  EXPECT_EQ(shown({"0xab", "\xAB"}), "0x30786162,0xab");  // no two names look the same
  EXPECT_EQ(shown({"\x1A\x1A", "h2", "\x0A\x1A"}), "h2,0x0a1a");
  EXPECT_EQ(shown({std::string(255, 'n')}), std::string(255, 'n'));
  EXPECT_EQ(shown({std::string(200, 'n'), std::string(54, 'm')}).size(), 255u);
  EXPECT_EQ(shown({std::string(200, 'n'), std::string(55, 'm')}), std::string(200, 'n') + "[*]");
  EXPECT_EQ(shown({std::string(255, '\1')}), "[*]");
}

TEST(ClientHello, WithoutExtensions) {
  std::string body = Client({.version = 0x0300});
  body.resize(body.size() - 2);  // not even their length
  const auto h = ClientHello::Parse(View(body), HelloCarrier::kTls);
  ASSERT_TRUE(h);
  EXPECT_TRUE(h->complete);
  EXPECT_EQ(h->highest_version(), 0x0300);
}

TEST(ClientHello, LengthsThatContradictEachOther) {
  // The extension claims more than the block, the name more than the extension, the list less.
  for (const std::string& extension :
       {Number(0, 2) + Number(60000, 2) + "abc",
        Extension(0, Number(9, 2) + Number(0, 1) + Number(500, 2) + "abc"),
        Extension(0, Number(1, 2) + Number(0, 1) + Number(3, 2) + "abc"),
        Extension(16, Number(5, 2) + "\x09h2"), Extension(43, Number(255, 1) + "\x03\x04"),
        Extension(10, "\x01"), Extension(16, "")}) {
    const std::string body = Client({.extensions = extension});
    const auto h = ClientHello::Parse(View(body), HelloCarrier::kTls);
    ASSERT_TRUE(h);
    EXPECT_EQ(h->server_name, "");
    EXPECT_EQ(Names(h->alpn), "");
  }
}

TEST(ServerHello, Fields) {
  const std::string body = Server({.session = "sid",
                                   .extensions = Extension(43, "\x03\x04") + Alpn({"h2"}) +
                                                 Extension(41, std::string(2, '\0'))});
  const auto h = ServerHello::Parse(View(body));
  ASSERT_TRUE(h);
  EXPECT_TRUE(h->complete);
  EXPECT_EQ(h->selected_version, 0x0304);
  EXPECT_EQ(h->legacy_version, 0x0303);
  EXPECT_EQ(h->cipher_suite, 0x1301);
  EXPECT_EQ(Names(h->alpn), "h2,");
  EXPECT_TRUE(h->pre_shared_key);
  EXPECT_FALSE(h->is_retry);
  EXPECT_EQ(h->session_id.Text(), "sid");
}

// The digests of the lists are those of the description of JA4.
TEST(Fingerprint, Ja4OfItsDescription) {
  const std::vector<uint16_t> ciphers = {0x1A1A, 0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F,
                                         0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014,
                                         0x009C, 0x009D, 0x002F, 0x0035};
  std::string extensions =
      Extension(0x3A3A, "") + ServerName("x.test") + Extension(0x17, "") +
      Extension(0xFF01, std::string(1, '\0')) + List16(10, {29}) + Extension(11, "\x01\0") +
      Extension(35, "") + Alpn({"h2", "http/1.1"}) + Extension(5, "") +
      List16(13, {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601}) +
      Extension(0x12, "") + Extension(0x33, "") + Extension(0x2D, "") +
      Versions({0x2A2A, 0x0304, 0x0303}) + Extension(0x1B, "") + Extension(0x4469, "") +
      Extension(0x15, std::string(20, '\0'));
  const std::string body = Client({.ciphers = ciphers, .extensions = extensions});
  const auto h = ClientHello::Parse(View(body), HelloCarrier::kTls);
  ASSERT_TRUE(h);
  EXPECT_EQ(Ja4(*h, HelloCarrier::kTls), "t13d1516h2_8daaf6152771_e5627efa2ab1");
  EXPECT_EQ(Ja4(*h, HelloCarrier::kQuic).substr(0, 10), "q13d1516h2");
}

TEST(Fingerprint, Ja4OfLittle) {
  const std::string body = Client({.version = 0x0301, .ciphers = {}});
  const auto h = ClientHello::Parse(View(body), HelloCarrier::kTls);
  EXPECT_EQ(Ja4(*h, HelloCarrier::kTls), "t10i000000_000000000000_000000000000");
  const std::string odd = Client({.extensions = Alpn({"\xAB\xCD"})});
  EXPECT_EQ(
      Ja4(*ClientHello::Parse(View(odd), HelloCarrier::kTls), HelloCarrier::kTls).substr(0, 10),
      "t12i0101ad");
  const std::string empty = Client({.extensions = Alpn({"", "h2"})});
  EXPECT_EQ(
      Ja4(*ClientHello::Parse(View(empty), HelloCarrier::kTls), HelloCarrier::kTls).substr(0, 10),
      "t12i010100");
}

TEST(Fingerprint, Ja3) {
  // "771,4865,0-10-11,29-23,0"
  const std::string body = Client({.extensions = Extension(0x0A0A, "") + ServerName("x.test") +
                                                 List16(10, {0x1A1A, 29, 23}) +
                                                 Extension(11, std::string("\x01\0", 2))});
  const auto h = ClientHello::Parse(View(body), HelloCarrier::kTls);
  EXPECT_EQ(Ja3(*h), Md5Hex("771,4865,0-10-11,29-23,0"));
  const std::string answer = Server({.extensions = Extension(43, "\x03\x04") + Extension(51, "")});
  EXPECT_EQ(Ja3s(*ServerHello::Parse(View(answer))), Md5Hex("771,4865,43-51"));
}

TEST(Fingerprint, Digests) {
  EXPECT_EQ(Md5Hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(Sha256Hex("abc").substr(0, 12), "ba7816bf8f01");
}

}  // namespace
}  // namespace tstat::internal
