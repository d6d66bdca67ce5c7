// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <string_view>

#include "l7/udp/classifier.h"
#include "tests/decode/frame_builder.h"

namespace tstat::internal {
namespace {

using std::string_view_literals::operator""sv;
using testing::operator+;
using testing::Bytes;
using testing::Fill;
using testing::Text;

struct Ports {
  uint16_t source = 40000, destination = 50000;
};

// The type of a direction of type `before` after a packet whose payload begins with `bytes` and is
// `size` long (0: nothing behind them).
UdpType TypeOf(Bytes bytes, size_t size = 0, Ports ports = {}, UdpType before = UdpType::kUnknown,
               const CompatProfile& profile = {}) {
  if (size > bytes.size()) bytes.resize(size);
  UdpPayload p;
  p.bytes = ByteReader(bytes);
  p.length_field = static_cast<uint16_t>(bytes.size() + 8);
  p.available = bytes.size() + 8;
  Datagram d;
  d.source_port = ports.source;
  d.destination_port = ports.destination;
  return UdpClassifier(profile).Classify(p, before, d);
}

CompatProfile Signatures33() {
  CompatProfile profile;
  profile.udp_3_3_signatures = true;
  return profile;
}

Bytes DnsQuery(uint8_t type = 1, uint8_t record_class = 1) {
  return Bytes{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0} + Text("\3www\7example\3com"sv) +
         Bytes{0, 0, type, 0, record_class};
}

TEST(UdpSignatures, Dns) {
  EXPECT_EQ(TypeOf(DnsQuery()), UdpType::kDns);
  EXPECT_EQ(TypeOf(DnsQuery(0x1c, 0xff)), UdpType::kDns);
  EXPECT_EQ(TypeOf(DnsQuery(0x41)), UdpType::kUnknown);  // HTTPS came later
  EXPECT_EQ(TypeOf(DnsQuery(0x41), 0, {}, UdpType::kUnknown, Signatures33()), UdpType::kDns);
  EXPECT_EQ(TypeOf(DnsQuery(0x26)), UdpType::kDns);
  EXPECT_EQ(TypeOf(DnsQuery(0x26), 0, {}, UdpType::kUnknown, Signatures33()), UdpType::kUnknown);
  EXPECT_EQ(TypeOf(DnsQuery(1, 2)), UdpType::kUnknown);
  Bytes three_questions = DnsQuery();
  three_questions[5] = 3;
  EXPECT_EQ(TypeOf(three_questions), UdpType::kUnknown);
}

TEST(UdpSignatures, DnsWhoseEndWasNotCapturedIsBelieved) {
  const Bytes query = DnsQuery(0x99, 0x99);
  for (size_t captured = 14; captured <= query.size(); ++captured) {
    UdpPayload p;
    p.bytes = ByteReader(query).Sub(0, captured);
    p.length_field = static_cast<uint16_t>(query.size() + 8);
    p.available = captured + 8;
    const UdpType expected = captured < query.size() ? UdpType::kDns : UdpType::kUnknown;
    EXPECT_EQ(UdpClassifier({}).Classify(p, UdpType::kUnknown, Datagram()), expected) << captured;
  }
}

TEST(UdpSignatures, BitTorrent) {
  EXPECT_EQ(TypeOf(Text("d1:ad2:id20:abcdefghij")), UdpType::kUnknown);  // 30 bytes with UDP header
  EXPECT_EQ(TypeOf(Text("d1:ad2:id20:abcdefghijk")), UdpType::kBitTorrentDht);
  EXPECT_EQ(TypeOf(Text("d1:rd2:id20:abcdefghijk")), UdpType::kBitTorrentDht);
  EXPECT_EQ(TypeOf(Text("d1:ed2:id20:abcdefghijk")), UdpType::kUnknown);
  EXPECT_EQ(TypeOf(Text("\x80zzzzzzz\x00\x00\x04\x02"sv), 40), UdpType::kBitTorrentDht);
  EXPECT_EQ(TypeOf(Text("\x00\x00\x04\x03zzzz\x80"sv), 40), UdpType::kBitTorrentDht);
  EXPECT_EQ(TypeOf(Text("\x00\x00\x04\x17\x27\x10\x19\x80"sv), 16), UdpType::kBitTorrentDht);
  // Tracker: connect, in a datagram of exactly 36 bytes.
  EXPECT_EQ(TypeOf(Text("zzzzzzzz\x00\x00\x04\x00"sv), 36), UdpType::kBitTorrentDht);
  EXPECT_EQ(TypeOf(Text("zzzzzzzz\x00\x00\x04\x00"sv), 35), UdpType::kUnknown);
}

TEST(UdpSignatures, BitTorrentReplacesUtpByTheMixture) {
  EXPECT_EQ(TypeOf(Text("d1:ad2:id20:abcdefghijk"), 0, {}, UdpType::kUtp), UdpType::kUtpBitTorrent);
  EXPECT_EQ(TypeOf(DnsQuery(), 0, {}, UdpType::kUtp), UdpType::kDns);
  EXPECT_EQ(TypeOf(Fill(100), 0, {}, UdpType::kUtp), UdpType::kUtp);
}

TEST(UdpSignatures, EdonkeyFamilies) {
  EXPECT_EQ(TypeOf({0xE3, 0x96}, 6), UdpType::kEd2k);
  EXPECT_EQ(TypeOf({0xE3, 0x96}, 7), UdpType::kUnknown);
  EXPECT_EQ(TypeOf({0xE3, 0x9A}, 18), UdpType::kEd2k);
  EXPECT_EQ(TypeOf({0xC5, 0x90}, 2), UdpType::kEd2k);
  EXPECT_EQ(TypeOf({0xE4, 0x20, 1}, 35), UdpType::kKad);
  EXPECT_EQ(TypeOf({0xE4, 0x20, 0}, 35), UdpType::kUnknown);
  EXPECT_EQ(TypeOf({0xA4, 0x43}, 20), UdpType::kKadu);
  EXPECT_EQ(TypeOf({0xE5, 0x43, 0x78, 0xDA}, 20), UdpType::kKad);
  EXPECT_EQ(TypeOf({0xA5, 0x43, 0x78, 0x9C}, 20), UdpType::kKadu);
}

TEST(UdpSignatures, KademliaOpcodesFallThroughToTheNextOnesLengths) {
  for (size_t size : {26u, 27u, 10u, 12u}) {
    EXPECT_EQ(TypeOf({0xE4, 0x48}, size - 8), UdpType::kKad) << size;
  }
  EXPECT_EQ(TypeOf({0xE4, 0x48}, 28 - 8), UdpType::kUnknown);
  EXPECT_EQ(TypeOf({0xE4, 0x4B}, 26 - 8), UdpType::kUnknown);
  EXPECT_EQ(TypeOf({0xE4, 0x11}, 35 - 8), UdpType::kKad);
}

TEST(UdpSignatures, Sip) {
  EXPECT_EQ(TypeOf(Text("INVITE sip:bob@example.test SIP/2.0\r\n")), UdpType::kSip);
  EXPECT_EQ(TypeOf(Text("SIP/2.0 200 OK\r\n")), UdpType::kSip);
  EXPECT_EQ(TypeOf(Text("invite sip:bob@example.test SIP/2.0")), UdpType::kUnknown);
}

TEST(UdpSignatures, PpLiveVetoEndsTheSearch) {
  const Bytes hello = Text("\xE9\x03zz\x98\xAB\x01\x02"sv);
  EXPECT_EQ(TypeOf(hello, 30), UdpType::kPpLive);
  EXPECT_EQ(TypeOf(hello, 30, {.destination = 137}), UdpType::kUnknown);
  // PPStream as well, but PPLive comes first and is vetoed: nothing else is tried.
  const Bytes both = {0x28, 0x01, 0x43, 0, 0, 0, 0, 0, 0, 0x01, 0x42};
  ASSERT_EQ(0x28 % 16 % 8 / 2 * 2 + 5, 5);
  Bytes loose = {0x10, 0x01, 0x43, 0, 0, 0x01, 0x43};
  EXPECT_EQ(TypeOf(loose, 0x110), UdpType::kPpLive);
  EXPECT_EQ(TypeOf(loose, 0x110, {.source = 53}), UdpType::kUnknown);
  loose[6] = 0;
  EXPECT_EQ(TypeOf(loose, 0x110, {.source = 53}), UdpType::kPpStream);
}

TEST(UdpSignatures, SopCastAndTvAnts) {
  EXPECT_EQ(TypeOf(Text("\x00z\x01zzzzz\x06\x01\x00\x20"sv), 40), UdpType::kSopCast);
  EXPECT_EQ(TypeOf(Text("\x00z\x01zzzzz\x06\x01\x00\x20"sv), 41), UdpType::kUnknown);
  EXPECT_EQ(TypeOf(Text("\xFF\xFF\x01zzzzzzz\x00\x20"sv), 40), UdpType::kSopCast);
  EXPECT_EQ(TypeOf(Text("\x04\x00\x07\x00zz\x00\x00\x53\x53\x00\x11\x00"sv), 40), UdpType::kTvAnts);
}

TEST(UdpSignatures, OthersByTheirHeaders) {
  EXPECT_EQ(TypeOf({20, 0, 0x43}, 20), UdpType::kPpStream);
  EXPECT_EQ(TypeOf({16, 0, 0x43}, 20), UdpType::kPpStream);
  EXPECT_EQ(TypeOf({18, 0, 0x43}, 20), UdpType::kUnknown);
  EXPECT_EQ(TypeOf(Text("\x60\x00\x00\x00zzzz\x20\x01\x00\x00"sv), 40), UdpType::kTeredo);
  EXPECT_EQ(TypeOf({0x16, 0xFE, 0xFD}, 40), UdpType::kDtls);
  EXPECT_EQ(TypeOf({0x16, 0xFE, 0xFA}, 40), UdpType::kUnknown);
  EXPECT_EQ(TypeOf({0x16, 0xFE, 0xFD}, 17), UdpType::kUnknown);  // not longer than 25
}

TEST(UdpSignatures, MturnIsKnownTo33Only) {
  const Bytes relayed = {0xFF, 0x10, 0, 36};
  EXPECT_EQ(TypeOf(relayed, 40), UdpType::kUnknown);
  EXPECT_EQ(TypeOf(relayed, 40, {}, UdpType::kUnknown, Signatures33()), UdpType::kMturn);
}

TEST(UdpSignatures, BytesThatWereNotCapturedNeverMatch) {
  const Bytes payloads[] = {Text("\x00z\x01zzzzz\x06\x01\x01\x00"sv),
                            Text("\x04\x00\x07\x00zz\x00\x00\x53\x53\x00\x11\x00"sv),
                            Text("\x60\x00\x00\x00zzzz\x20\x01\x00\x00"sv),
                            Text("zzzzzzzz\x00\x00\x04\x00"sv),
                            Text("\xE4\x00"sv),
                            {0x10, 0x01, 0x02, 0, 0, 0x01, 0x02}};
  for (const Bytes& payload : payloads) {
    for (uint16_t length = 9; length < 300; ++length) {
      for (size_t captured = 0; captured < payload.size(); ++captured) {
        UdpPayload p;
        p.bytes = ByteReader(payload).Sub(0, captured);
        p.length_field = length;
        p.available = captured + 8;
        EXPECT_EQ(UdpClassifier({}).Classify(p, UdpType::kUnknown, Datagram()), UdpType::kUnknown)
            << length << " " << captured;
      }
    }
  }
}

}  // namespace
}  // namespace tstat::internal
