// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/quic.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <string_view>

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
  explicit Flow(bool read_hello = false) : tracker_({.read_hello = read_hello}) {}
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

// An Initial packet with RFC 9001's connection id, encrypted with the keys of its appendix A.1.
class Rfc9001Client {
 public:
  Bytes Packet(const Bytes& frames, uint8_t number) {
    const Bytes id = {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08};
    const Bytes plain = frames + Fill(frames.size() < 100 ? 100 - frames.size() : 0);
    const auto length = static_cast<uint16_t>(1 + plain.size() + 16);
    Bytes packet = LongHeader(0, kVersion1, id, {}) + Bytes{0} +
                   U16(static_cast<uint16_t>(0x4000 | length)) + Bytes{number};
    const size_t number_at = packet.size() - 1;
    packet = packet + Encrypt(plain, number);
    // Header protection.
    int size = 0;
    std::array<uint8_t, 16> mask;
    EVP_EncryptInit_ex(context_, EVP_aes_128_ecb(), nullptr, kHeaderKey.data(), nullptr);
    EVP_EncryptUpdate(context_, mask.data(), &size, packet.data() + number_at + 4, 16);
    packet[0] ^= mask[0] & 0x0F;
    packet[number_at] ^= mask[1];
    return packet;
  }
  ~Rfc9001Client() { EVP_CIPHER_CTX_free(context_); }

 private:
  static constexpr std::array<uint8_t, 16> kKey = {0x1f, 0x36, 0x96, 0x13, 0xdd, 0x76, 0xd5, 0x46,
                                                   0x77, 0x30, 0xef, 0xcb, 0xe3, 0xb1, 0xa2, 0x2d};
  static constexpr std::array<uint8_t, 12> kIv = {0xfa, 0x04, 0x4b, 0x2f, 0x42, 0xa3,
                                                  0xfd, 0x3b, 0x46, 0xfb, 0x25, 0x5c};
  static constexpr std::array<uint8_t, 16> kHeaderKey = {0x9f, 0x50, 0x44, 0x9e, 0x04, 0xa0,
                                                         0xe8, 0x10, 0x28, 0x3a, 0x1e, 0x99,
                                                         0x33, 0xad, 0xed, 0xd2};

  Bytes Encrypt(const Bytes& plain, uint8_t number) {
    std::array<uint8_t, 12> nonce = kIv;
    nonce[11] ^= number;
    Bytes out(plain.size() + 16);
    int size = 0;
    EVP_EncryptInit_ex(context_, EVP_aes_128_gcm(), nullptr, kKey.data(), nonce.data());
    EVP_EncryptUpdate(context_, out.data(), &size, plain.data(), static_cast<int>(plain.size()));
    return out;  // the tag is not looked at
  }

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
  Rfc9001Client client;
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
  Rfc9001Client client;
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

}  // namespace
}  // namespace tstat::internal
