// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/quic.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "l7/udp/quic_varint.h"
#include "tests/decode/frame_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::Fill;
using testing::Text;
using testing::U16;
using testing::U32;

constexpr Direction kClient = Direction::kClientToServer, kServer = Direction::kServerToClient;
constexpr uint32_t kVersion1 = 1;

Bytes LongHeader(uint8_t type, uint32_t version, const Bytes& destination, const Bytes& source) {
  return Bytes{static_cast<uint8_t>(0xC0 | type << 4)} + U32(version) +
         Bytes{static_cast<uint8_t>(destination.size())} + destination +
         Bytes{static_cast<uint8_t>(source.size())} + source;
}
Bytes Initial(uint32_t version, const Bytes& destination, const Bytes& source) {
  return LongHeader(0, version, destination, source) + Bytes{0, 0x40, 0x20} + Fill(40, 0xAA);
}

class Flow {
 public:
  explicit Flow(bool read_hello = false, bool read_drafts = false)
      : tracker_({.read_hello = read_hello, .read_drafts = read_drafts}) {}
  ~Flow() { tracker_.Release(state_); }
  bool Send(Direction sender, const Bytes& payload) {
    UdpPayload p;
    p.bytes = ByteReader(payload);
    p.length_field = static_cast<uint16_t>(payload.size() + 8);
    p.available = payload.size() + 8;
    ++packets_[static_cast<size_t>(Index(sender))];
    return tracker_.OnPacket(sender, packets_[0] + packets_[1],
                             packets_[static_cast<size_t>(Index(sender))], p, state_);
  }
  std::shared_ptr<const QuicDetails> Details() { return tracker_.Details(state_); }

 private:
  QuicTracker tracker_;
  uint32_t state_ = QuicTracker::kNone;
  std::array<uint64_t, 2> packets_{};
};

TEST(QuicVarint, FormsOfRfc9000) {
  const Bytes bytes = {0x25, 0x7b, 0xbd, 0x9d, 0x7f, 0x3e, 0x7d, 0xc2,
                       0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c};
  const ByteReader b(bytes);
  EXPECT_EQ(QuicVarint::Parse(b, 0)->value, 37u);
  EXPECT_EQ(QuicVarint::Parse(b, 1)->value, 15293u);
  EXPECT_EQ(QuicVarint::Parse(b, 3)->value, 494878333u);
  EXPECT_EQ(QuicVarint::Parse(b, 7)->value, 151288809941952652u);
  EXPECT_FALSE(QuicVarint::Parse(b, 8).has_value() && QuicVarint::Parse(b, 8)->size > 7);
  EXPECT_FALSE(QuicVarint::Parse(b, 15).has_value());
}

TEST(QuicHeader, StopsWhereTheCaptureEnds) {
  const Bytes whole = Initial(kVersion1, Fill(8, 1), Fill(4, 2));
  const QuicHeader h = QuicHeader::Parse(ByteReader(whole)).value();
  EXPECT_EQ(h.destination_id_length, 8);
  EXPECT_EQ(h.source_id_length, 4);
  EXPECT_EQ(h.token_field_bytes, 1u);
  EXPECT_EQ(h.packet_length, 32u);
  for (size_t n = 0; n < whole.size(); ++n) {
    const QuicHeader cut = QuicHeader::Parse(ByteReader(whole).Sub(0, n)).value_or(QuicHeader());
    EXPECT_TRUE(cut.source_id_length == 0 || n > 14) << n;
    EXPECT_TRUE(cut.packet_length == 0 || n >= 25) << n;
  }
}

TEST(Quic, SameVersionBothWays) {
  Flow flow;
  EXPECT_FALSE(flow.Send(kClient, Initial(kVersion1, Fill(8, 1), {})));
  EXPECT_FALSE(flow.Send(kClient, LongHeader(1, kVersion1, Fill(8, 1), {}) + Fill(40)));
  EXPECT_TRUE(flow.Send(kServer, Initial(kVersion1, {}, Fill(8, 2))));
  EXPECT_TRUE(flow.Send(kClient, Fill(40, 0x40)));  // at every packet for a while
  for (int i = 0; i < 20; ++i) flow.Send(kClient, Fill(40, 0x40));
  EXPECT_FALSE(flow.Send(kClient, Fill(40, 0x40)));
  const auto details = flow.Details();
  ASSERT_NE(details, nullptr);
  EXPECT_TRUE(details->flagged);
  EXPECT_EQ(details->client_version, kVersion1);
  EXPECT_EQ(details->server_version, kVersion1);
  EXPECT_EQ(details->zero_rtt_packets, 1);
}

TEST(Quic, OtherVersionIsNotTheAnswer) {
  Flow flow;
  flow.Send(kClient, Initial(kVersion1, Fill(8, 1), {}));
  EXPECT_FALSE(flow.Send(kServer, Initial(7, {}, Fill(8, 2))));
  EXPECT_EQ(flow.Details(), nullptr);
}

// Keys of a client's Initials with the connection id of RFC 9001, appendix A, in hexadecimal: those
// of appendix A.1 of the RFC, and of the same appendix of drafts 29 and 25.
struct InitialKeys {
  std::string_view key, iv, header_protection;
};
constexpr InitialKeys kKeysOfRfc = {"1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c",
                                    "9f50449e04a0e810283a1e9933adedd2"};
constexpr InitialKeys kKeysOfDraft29 = {"175257a31eb09dea9366d8bb79ad80ba",
                                        "6b26114b9cba2b63a9e8dd4f",
                                        "9ddd12c994c0698b89374a9c077a3077"};
constexpr InitialKeys kKeysOfDraft25 = {"af7fd7efebd21878ff66811248983694",
                                        "8681359410a70bb9c92f0420",
                                        "a980b8b4fb7d9fbc13e814c23164253d"};

Bytes FromHex(std::string_view text) {
  Bytes bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoul(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

// Encrypts Initial packets of a client with that connection id.
class InitialClient {
 public:
  explicit InitialClient(uint32_t version = kVersion1, const InitialKeys& keys = kKeysOfRfc)
      : version_(version),
        key_(FromHex(keys.key)),
        iv_(FromHex(keys.iv)),
        header_key_(FromHex(keys.header_protection)) {}
  ~InitialClient() { EVP_CIPHER_CTX_free(context_); }

  // `number`: the packet's, in `number_bytes`.
  Bytes Packet(const Bytes& frames, uint32_t number, size_t number_bytes = 1) {
    const Bytes id = {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08};
    const Bytes plain = frames + Fill(frames.size() < 100 ? 100 - frames.size() : 0);
    const auto length = static_cast<uint16_t>(number_bytes + plain.size() + 16);
    Bytes packet =
        LongHeader(0, version_, id, {}) + Bytes{0} + U16(static_cast<uint16_t>(0x4000 | length));
    packet[0] |= static_cast<uint8_t>(number_bytes - 1);
    const size_t number_at = packet.size();
    const Bytes whole = U32(number);
    packet.insert(packet.end(), whole.end() - static_cast<std::ptrdiff_t>(number_bytes),
                  whole.end());
    packet = packet + Encrypt(plain, whole);
    // Header protection.
    int size = 0;
    std::array<uint8_t, 16> mask;
    EVP_EncryptInit_ex(context_, EVP_aes_128_ecb(), nullptr, header_key_.data(), nullptr);
    EVP_EncryptUpdate(context_, mask.data(), &size, packet.data() + number_at + 4, 16);
    packet[0] ^= mask[0] & 0x0F;
    for (size_t i = 0; i < number_bytes; ++i) packet[number_at + i] ^= mask[1 + i];
    return packet;
  }

 private:
  Bytes Encrypt(const Bytes& plain, const Bytes& number) {
    Bytes nonce = iv_;
    for (size_t i = 0; i < 4; ++i) nonce[8 + i] ^= number[i];
    Bytes out(plain.size() + 16);
    int size = 0;
    EVP_EncryptInit_ex(context_, EVP_aes_128_gcm(), nullptr, key_.data(), nonce.data());
    EVP_EncryptUpdate(context_, out.data(), &size, plain.data(), static_cast<int>(plain.size()));
    return out;  // the tag is not looked at
  }

  uint32_t version_;
  Bytes key_, iv_, header_key_;
  EVP_CIPHER_CTX* context_ = EVP_CIPHER_CTX_new();
};

Bytes Extension(uint16_t type, const Bytes& body) {
  return U16(type) + U16(static_cast<uint16_t>(body.size())) + body;
}
Bytes ClientHello(const Bytes& extensions) {
  const Bytes body = U16(0x0303) + Fill(32, 7) + Bytes{0} + U16(2) + U16(0x1301) + Bytes{1, 0} +
                     U16(static_cast<uint16_t>(extensions.size())) + extensions;
  return Bytes{1, 0} + U16(static_cast<uint16_t>(body.size())) + body;
}
Bytes ServerName(std::string_view name) {
  const auto n = static_cast<uint16_t>(name.size());
  return Extension(0, U16(static_cast<uint16_t>(n + 3)) + Bytes{0} + U16(n) + Text(name));
}
Bytes CryptoFrame(const Bytes& stream, uint16_t begin, uint16_t end) {
  return Bytes{6} + U16(static_cast<uint16_t>(0x4000 | begin)) +
         U16(static_cast<uint16_t>(0x4000 | (end - begin))) +
         Bytes(stream.begin() + begin, stream.begin() + end);
}

TEST(QuicHello, NamesFromPacketsInAnyOrder) {
  const Bytes user_agent = Text("Chrome/9 Linux");
  const Bytes hello =
      ClientHello(ServerName("www.example.com") +
                  Extension(0x39, Bytes{0x01, 1, 9} + U16(0x7129) +
                                      Bytes{static_cast<uint8_t>(user_agent.size())} + user_agent) +
                  Extension(0xfe0d, Fill(250)));
  InitialClient client;
  Flow flow(/*read_hello=*/true);
  const auto size = static_cast<uint16_t>(hello.size());
  flow.Send(kClient, client.Packet(CryptoFrame(hello, 60, size), 2));
  EXPECT_EQ(flow.Details(), nullptr);
  flow.Send(kClient, client.Packet(Bytes{0, 1} + CryptoFrame(hello, 0, 60), 3));
  const auto details = flow.Details();
  ASSERT_NE(details, nullptr);
  EXPECT_EQ(details->server_name, "www.example.com");
  EXPECT_EQ(details->user_agent, "Chrome%2f9+Linux");
  EXPECT_EQ(details->ech_length, 250);
  EXPECT_FALSE(details->flagged);
}

TEST(QuicHello, BadNamesAndFramesAreIgnored) {
  InitialClient client;
  Flow bad_name(/*read_hello=*/true);
  const Bytes hello = ClientHello(ServerName("no dots"));
  bad_name.Send(kClient, client.Packet(CryptoFrame(hello, 0, 60), 0));
  EXPECT_EQ(bad_name.Details(), nullptr);

  Flow other_frame(/*read_hello=*/true);
  const Bytes good = ClientHello(ServerName("www.example.com"));
  const Bytes frames = Bytes{2} + CryptoFrame(good, 0, static_cast<uint16_t>(good.size()));
  other_frame.Send(kClient, client.Packet(frames, 0));
  EXPECT_EQ(other_frame.Details(), nullptr);

  Flow not_asked;
  not_asked.Send(kClient,
                 client.Packet(CryptoFrame(good, 0, static_cast<uint16_t>(good.size())), 0));
  EXPECT_EQ(not_asked.Details(), nullptr);
}

// The server's name in the hello of one packet; empty when it was not read.
std::string NameIn(InitialClient& client, uint32_t number = 0, size_t number_bytes = 1,
                   bool read_drafts = false) {
  const Bytes hello = ClientHello(ServerName("www.example.com"));
  Flow flow(/*read_hello=*/true, read_drafts);
  const Bytes frame = CryptoFrame(hello, 0, static_cast<uint16_t>(hello.size()));
  flow.Send(kClient, client.Packet(frame, number, number_bytes));
  const auto details = flow.Details();
  return details != nullptr ? details->server_name : "";
}

// Drafts 23 to 28 and Facebook's version of draft 27 have one salt, drafts 29 to 32 another; any
// other version is read with that of version 1.
TEST(QuicHello, EachVersionHasItsSalt) {
  const std::pair<uint32_t, InitialKeys> kVersions[] = {
      {1, kKeysOfRfc},
      {0xff000016, kKeysOfRfc},
      {0xff000017, kKeysOfDraft25},
      {0xff000019, kKeysOfDraft25},
      {0xff00001c, kKeysOfDraft25},
      {0xff00001d, kKeysOfDraft29},
      {0xff00001e, kKeysOfDraft29},
      {0xff000020, kKeysOfDraft29},
      {0xff000021, kKeysOfRfc},
      {0xfaceb001, kKeysOfRfc},
      {0xfaceb002, kKeysOfDraft25},
      {0xfaceb003, kKeysOfRfc},
  };
  for (const auto& [version, right] : kVersions) {
    for (const InitialKeys& keys : {kKeysOfRfc, kKeysOfDraft25, kKeysOfDraft29}) {
      InitialClient client(version, keys);
      const char* const name = "www.example.com";
      EXPECT_EQ(NameIn(client, 0, 1, /*read_drafts=*/true), keys.key == right.key ? name : "")
          << version;
      // 3.3 has the keys of version 1 for all.
      EXPECT_EQ(NameIn(client), keys.key == kKeysOfRfc.key ? name : "") << version;
    }
  }
}

TEST(QuicHello, PacketNumbersHaveOneToFourBytes) {
  InitialClient client;
  for (size_t bytes = 1; bytes <= 4; ++bytes) {
    for (const uint32_t number : {0u, 1u, 0xA5u, 0xB6A5u, 0xC7B6A5u, 0xD8C7B6A5u}) {
      if (bytes < 4 && number >> 8 * bytes != 0) continue;
      EXPECT_EQ(NameIn(client, number, bytes), "www.example.com") << bytes << " " << number;
    }
  }
}

// Frames of one packet, with padding and PINGs between them; a frame of another kind ends it.
TEST(QuicHello, EachFrameOfAPacketIsRead) {
  const Bytes hello = ClientHello(ServerName("www.example.com"));
  const auto size = static_cast<uint16_t>(hello.size());
  InitialClient client;
  for (const uint8_t between : {0, 1, 2}) {
    Flow flow(/*read_hello=*/true);
    flow.Send(kClient, client.Packet(CryptoFrame(hello, 50, size) + Bytes{between} +
                                         CryptoFrame(hello, 0, 30) + CryptoFrame(hello, 30, 50),
                                     0));
    EXPECT_EQ(flow.Details() != nullptr, between != 2) << int{between};
  }
}

// The hello is read in the first sixty packets of a flow. Then its memory is another flow's, and
// that of no two.
TEST(QuicHello, IsForgottenAfterSixtyPackets) {
  InitialClient client;
  const Bytes a = ClientHello(ServerName("a.example.com")),
              b = ClientHello(ServerName("b.example.com"));
  ASSERT_EQ(a.size(), b.size());
  const auto size = static_cast<uint16_t>(a.size());
  QuicTracker tracker({.read_hello = true});
  const auto send = [&](const Bytes& payload, uint64_t number, uint32_t& state) {
    UdpPayload p;
    p.bytes = ByteReader(payload);
    p.length_field = static_cast<uint16_t>(payload.size() + 8);
    p.available = payload.size() + 8;
    tracker.OnPacket(kClient, number, number, p, state);
  };
  const auto name = [&](uint32_t state) {
    const auto details = tracker.Details(state);
    return details != nullptr ? details->server_name : "";
  };
  for (const uint64_t last : {59u, 60u}) {
    uint32_t state = QuicTracker::kNone;
    send(client.Packet(CryptoFrame(a, 50, size), 0), 1, state);
    send(client.Packet(CryptoFrame(a, 0, 50), 1), last, state);
    EXPECT_EQ(name(state), last == 59 ? "a.example.com" : "");
    send(client.Packet(CryptoFrame(a, 0, 50), 2), 61, state);
    tracker.Release(state);
  }
  uint32_t first = QuicTracker::kNone, second = QuicTracker::kNone;
  send(client.Packet(CryptoFrame(a, 50, size), 0), 1, first);
  send(client.Packet(CryptoFrame(b, 50, size), 0), 1, second);
  send(client.Packet(CryptoFrame(a, 0, 50), 1), 2, first);
  send(client.Packet(CryptoFrame(b, 0, 50), 1), 2, second);
  EXPECT_EQ(name(first), "a.example.com");
  EXPECT_EQ(name(second), "b.example.com");
  tracker.Release(first);
  tracker.Release(second);
}

// What stands in the user agent, percent-encoded (RFC 3986, 2.1) and no longer than 80 bytes.
std::string UserAgentOf(std::string_view text) {
  const auto n = static_cast<uint16_t>(text.size());
  const Bytes hello = ClientHello(
      Extension(0x39, U16(0x7129) + U16(static_cast<uint16_t>(0x4000 | n)) + Text(text)));
  InitialClient client;
  Flow flow(/*read_hello=*/true);
  flow.Send(kClient, client.Packet(CryptoFrame(hello, 0, static_cast<uint16_t>(hello.size())), 0));
  const auto details = flow.Details();
  return details != nullptr ? details->user_agent : "";
}

TEST(QuicHello, UserAgentsAreEncoded) {
  const std::string plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    char encoded[4];
    std::snprintf(encoded, sizeof(encoded), "%%%02x", byte);
    const std::string expected = plain.find(c) != std::string::npos ? std::string(1, c)
                                 : c == ' '                         ? "+"
                                                                    : encoded;
    // It ends at a NUL.
    EXPECT_EQ(UserAgentOf(std::string("A") + c + "z"), byte == 0 ? "A" : "A" + expected + "z")
        << byte;
  }
  EXPECT_EQ(UserAgentOf(std::string(80, 'a')), std::string(80, 'a'));
  EXPECT_EQ(UserAgentOf(std::string(81, 'a')), std::string(80, 'a'));
  EXPECT_EQ(UserAgentOf(std::string(80, '/')).size(), 240u);
}

// What the reference finds in a hello of these extensions: name, user agent, length of ECH.
struct Found {
  std::string name, user_agent;
  int ech = 0;
  bool operator==(const Found&) const = default;
};
Found FoundIn(const Bytes& extensions, bool read_drafts = false) {
  const Bytes hello = ClientHello(extensions);
  InitialClient client;
  Flow flow(/*read_hello=*/true, read_drafts);
  flow.Send(kClient, client.Packet(CryptoFrame(hello, 0, static_cast<uint16_t>(hello.size())), 0));
  const auto details = flow.Details();
  if (details == nullptr) return {};
  return {details->server_name, details->user_agent, details->ech_length};
}
Bytes UserAgent(std::string_view text) {
  return U16(0x7129) + Bytes{static_cast<uint8_t>(text.size())} + Text(text);
}

// A name whose length is not that of the text ends the hello; one that is refused does not.
TEST(QuicHello, WhatIsBehindABadName) {
  const Bytes agent = Extension(0x39, UserAgent("ua"));
  EXPECT_EQ(FoundIn(ServerName("a.example") + agent), (Found{"a.example", "ua"}));
  EXPECT_EQ(FoundIn(ServerName("localhost") + agent), (Found{"", "ua"}));
  EXPECT_EQ(FoundIn(ServerName(std::string(80, 'a')) + agent), Found());
  EXPECT_EQ(FoundIn(ServerName(std::string("a.b\0c", 5)) + agent), Found());
  EXPECT_EQ(FoundIn(ServerName(std::string(75, 'a') + ".com") + agent).user_agent, "ua");
}

TEST(QuicHello, TheFirstNameAndTheLastEchCount) {
  EXPECT_EQ(FoundIn(ServerName("a.example") + ServerName("b.example") + Extension(0xfe0d, Fill(9)) +
                    Extension(0xfe0d, Fill(300))),
            (Found{"a.example", "", 300}));
}

TEST(QuicHello, UserAgentsEndAtANul) {
  EXPECT_EQ(FoundIn(Extension(0x39, UserAgent(std::string("ab\0c", 4)))).user_agent, "ab");
}

// Parameters of other kinds are stepped over; behind an integer of 8 bytes the reference is lost.
TEST(QuicHello, IntegersOfEightBytes) {
  const Bytes grease = Bytes{0xC0, 0, 0, 0, 0, 0, 0, 0x3A, 1, 0xFF};
  const Bytes short_one = Bytes{0x3A, 2, 0xFF, 0xFF};
  EXPECT_EQ(FoundIn(Extension(0x39, short_one + UserAgent("ua"))).user_agent, "ua");
  EXPECT_EQ(FoundIn(Extension(0x39, grease + UserAgent("ua"))), Found());
  EXPECT_EQ(FoundIn(Extension(0x39, grease + UserAgent("ua")), /*read_drafts=*/true).user_agent,
            "ua");
  EXPECT_EQ(FoundIn(Extension(0x39, UserAgent("ua") + grease) + ServerName("a.example")),
            (Found{"a.example", "ua"}));
}

// 1501 steps: each byte of padding is one, each frame of the stream another.
TEST(QuicHello, PaddingIsNotEndless) {
  const Bytes hello = ClientHello(ServerName("a.example"));
  const auto size = static_cast<uint16_t>(hello.size());
  for (const size_t padding : {1500u, 1501u}) {
    InitialClient client;
    Flow flow(/*read_hello=*/true);
    flow.Send(kClient, client.Packet(Fill(padding) + CryptoFrame(hello, 0, size) + Fill(20), 0));
    EXPECT_EQ(flow.Details() != nullptr, padding == 1500) << padding;
  }
}

TEST(Quic, ConnectionIdsHaveTwentyBytesAtMost) {
  for (const size_t size : {1u, 20u, 21u}) {
    Flow flow;
    flow.Send(kClient, Initial(kVersion1, Fill(size, 1), {}));
    EXPECT_EQ(flow.Send(kServer, Initial(kVersion1, {}, Fill(size, 2))), size <= 20) << size;
  }
  Flow nameless;
  nameless.Send(kClient, Initial(kVersion1, {}, Fill(8, 1)));
  EXPECT_FALSE(nameless.Send(kServer, Initial(kVersion1, {}, Fill(8, 2))));
}

TEST(Quic, ShorterDatagramsBeginNothing) {
  for (const size_t size : {18u, 19u}) {
    Flow flow;
    Bytes packet = Initial(kVersion1, Fill(8, 1), {});
    packet.resize(size);
    flow.Send(kClient, packet);
    EXPECT_EQ(flow.Send(kServer, Initial(kVersion1, {}, Fill(8, 2))), size == 19) << size;
  }
}

// Only a long header with the fixed bit, of an Initial, begins anything.
TEST(Quic, OnlyInitialsBeginAFlow) {
  for (int first = 0; first < 256; ++first) {
    Flow flow;
    Bytes packet = Initial(kVersion1, Fill(8, 1), {});
    packet[0] = static_cast<uint8_t>(first);
    flow.Send(kClient, packet);
    EXPECT_EQ(flow.Send(kServer, Initial(kVersion1, {}, Fill(8, 2))), (first & 0xF0) == 0xC0)
        << first;
  }
}

TEST(Quic, IsToldForTheFirstTenPacketsOfADirection) {
  Flow flow;
  flow.Send(kClient, Initial(kVersion1, Fill(8, 1), {}));
  flow.Send(kServer, Initial(kVersion1, {}, Fill(8, 2)));
  for (int n = 2; n < 15; ++n) EXPECT_EQ(flow.Send(kClient, Fill(40, 0x40)), n <= 10) << n;
}

}  // namespace
}  // namespace tstat::internal
