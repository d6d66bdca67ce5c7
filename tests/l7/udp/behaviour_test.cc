// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/behaviour.h"

#include <gtest/gtest.h>

#include "tests/decode/frame_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::Fill;
using testing::U16;
using testing::U32;

constexpr Direction kClient = Direction::kClientToServer, kServer = Direction::kServerToClient;

class Behaviour {
 public:
  explicit Behaviour(const CompatProfile& profile = {}) : tracker_(profile) {}
  ~Behaviour() { tracker_.Release(state_); }

  UdpType Send(Direction sender, const Bytes& payload) {
    UdpPayload p;
    p.bytes = ByteReader(payload);
    p.length_field = static_cast<uint16_t>(payload.size() + 8);
    p.available = payload.size() + 8;
    return tracker_.OnPacket(sender, ++packets_, p, state_);
  }
  // Of `length_field` bytes, header included, that nothing else knows.
  void Lengths(Direction sender, uint16_t length_field) {
    Send(sender, Fill(length_field - 8, 0xEE));
  }
  bool obfuscated_kad() const { return state_.kad.found(); }
  void SkipTo(uint64_t packets) { packets_ = packets; }

 private:
  UdpBehaviourTracker tracker_;
  UdpBehaviour state_;
  uint64_t packets_ = 0;
};

Bytes Utp(uint8_t message, uint16_t id, uint16_t sequence = 0, uint16_t acknowledged = 0) {
  return Bytes{message, 0} + U16(id) + Fill(12) + U16(sequence) + U16(acknowledged);
}

TEST(Utp, SynAnsweredByItsNumbers) {
  Behaviour flow;
  EXPECT_EQ(flow.Send(kClient, Utp(0x41, 700, 5)), UdpType::kUnknown);
  EXPECT_EQ(flow.Send(kServer, Utp(0x21, 700, 9, 5)), UdpType::kUtp);
  EXPECT_EQ(flow.Send(kClient, Utp(0x01, 701)), UdpType::kUnknown);  // no news
}

TEST(Utp, DataBothWaysWithIdsOneApart) {
  Behaviour flow;
  flow.Send(kServer, Utp(0x01, 700));
  EXPECT_EQ(flow.Send(kClient, Utp(0x01, 702)), UdpType::kUnknown);
  EXPECT_EQ(flow.Send(kClient, Utp(0x21, 699)), UdpType::kUtp);
}

TEST(Utp, IdsDoNotWrap) {
  Behaviour flow;
  flow.Send(kServer, Utp(0x01, 0xFFFF));
  EXPECT_EQ(flow.Send(kClient, Utp(0x01, 0)), UdpType::kUnknown);
  EXPECT_EQ(flow.Send(kClient, Utp(0x31, 0xFFFF)), UdpType::kUtp);
}

TEST(Utp, NotAfterThe39thPacket) {
  Behaviour flow;
  flow.Send(kServer, Utp(0x01, 700));
  flow.SkipTo(39);
  EXPECT_EQ(flow.Send(kClient, Utp(0x01, 701)), UdpType::kUnknown);
}

Bytes QuicVersion(uint64_t id, uint8_t number) {
  return Bytes{0x0D} + U32(static_cast<uint32_t>(id >> 32)) + U32(static_cast<uint32_t>(id)) +
         testing::Text("Q039") + Bytes{number} + Fill(20);
}
Bytes QuicId(uint64_t id, uint8_t number) {
  return Bytes{0x0C} + U32(static_cast<uint32_t>(id >> 32)) + U32(static_cast<uint32_t>(id)) +
         Bytes{number} + Fill(20);
}
Bytes QuicData(uint8_t number) { return Bytes{0x00, number} + Fill(30, 0xEE); }

TEST(GoogleQuic, BothSidesCountUp) {
  Behaviour flow;
  EXPECT_EQ(flow.Send(kClient, QuicVersion(77, 1)), UdpType::kUnknown);  // the client is believed
  EXPECT_EQ(flow.Send(kServer, QuicData(1)), UdpType::kUnknown);
  EXPECT_EQ(flow.Send(kServer, QuicData(2)), UdpType::kQuic);
  EXPECT_EQ(flow.Send(kServer, QuicData(3)), UdpType::kUnknown);  // no news
}

TEST(GoogleQuic, SameConnectionIdBothWays) {
  Behaviour flow;
  flow.Send(kClient, QuicId(77, 9));
  EXPECT_EQ(flow.Send(kServer, QuicId(77, 1)), UdpType::kUnknown);
  EXPECT_EQ(flow.Send(kClient, QuicId(77, 10)), UdpType::kQuic);
}

TEST(GoogleQuic, IsNotSoughtIn33) {
  CompatProfile profile;
  profile.quic_ietf = true;
  Behaviour flow(profile);
  flow.Send(kClient, QuicVersion(77, 1));
  flow.Send(kServer, QuicData(1));
  EXPECT_EQ(flow.Send(kServer, QuicData(2)), UdpType::kUnknown);
}

Bytes SevenPackets(uint8_t sync) {
  Bytes payload = Fill(7 * 188, 0x11);
  for (size_t i = 0; i < payload.size(); i += 188) payload[i] = sync;
  return payload;
}

TEST(Vod, SyncBytes) {
  Behaviour flow;
  EXPECT_EQ(flow.Send(kClient, SevenPackets(0x47)), UdpType::kVod);
}

TEST(Vod, ScrambledSyncBytesThreeTimesTheSame) {
  Behaviour flow;
  flow.Send(kClient, Fill(10));  // anything else first, so that the next one is remembered
  EXPECT_EQ(flow.Send(kClient, SevenPackets(0x99)), UdpType::kUnknown);
  EXPECT_EQ(flow.Send(kClient, SevenPackets(0x99)), UdpType::kUnknown);
  EXPECT_EQ(flow.Send(kClient, SevenPackets(0x99)), UdpType::kVod);
}

TEST(ObfuscatedKad, RequestsAndAnswersByLength) {
  Behaviour flow;
  flow.Lengths(kClient, 43);
  EXPECT_FALSE(flow.obfuscated_kad());
  flow.Lengths(kServer, 52 + 25 * 4);
  EXPECT_TRUE(flow.obfuscated_kad());

  Behaviour other_request;
  other_request.Lengths(kClient, 59);
  other_request.Lengths(kServer, 68 + 25 * 4);
  EXPECT_TRUE(other_request.obfuscated_kad());

  Behaviour wrong_answer;
  wrong_answer.Lengths(kClient, 43);
  wrong_answer.Lengths(kServer, 68 + 25 * 4);
  EXPECT_FALSE(wrong_answer.obfuscated_kad());

  Behaviour small_ones;
  small_ones.Lengths(kClient, 50);
  small_ones.Lengths(kServer, 48);
  EXPECT_TRUE(small_ones.obfuscated_kad());
}

TEST(ObfuscatedKad, NotAfterTheNinthPacket) {
  Behaviour flow;
  flow.Lengths(kClient, 43);
  flow.SkipTo(9);
  flow.Lengths(kServer, 52 + 25);
  EXPECT_FALSE(flow.obfuscated_kad());
}

TEST(Sye, CommandsOneWayDataTheOther) {
  CompatProfile profile;
  profile.udp_3_3_signatures = true;
  const Bytes command = Bytes{0x0A, 0, 0x18, 0, 0x42, 0, 0, 0};
  const Bytes data = Bytes{0x14, 0, 20, 0} + Fill(16);
  Behaviour flow(profile);
  flow.Send(kClient, command);
  EXPECT_EQ(flow.Send(kServer, data), UdpType::kSye);
  Behaviour flow311;
  flow311.Send(kClient, command);
  EXPECT_EQ(flow311.Send(kServer, data), UdpType::kUnknown);
}

}  // namespace
}  // namespace tstat::internal
