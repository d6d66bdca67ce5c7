// SPDX-License-Identifier: BSD-3-Clause
#include "rtp/rtp_plus_tracker.h"

#include <gtest/gtest.h>

#include "tests/decode/frame_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::Fill;
using testing::U16;
using testing::U32;

Bytes Rtp(uint16_t sequence, uint32_t ssrc, size_t payload = 100, uint8_t type = 96) {
  return Bytes{0x80, type} + U16(sequence) + U32(0) + U32(ssrc) + Fill(payload);
}
Bytes Rtcp(uint32_t ssrc, uint8_t type = 201) {
  return Bytes{0x80, type} + U16(1) + U32(ssrc) + Fill(32);
}
const Bytes kStun = Bytes{0, 1} + Fill(18);

// One direction of a flow between ports 5004 and 6004.
class OneWay {
 public:
  explicit OneWay(uint16_t port = 5004, bool is_true = false, size_t most_streams = SIZE_MAX)
      : port_(port), tracker_(RtcpRules(), nullptr, is_true, most_streams) {}
  ~OneWay() { tracker_.Release(state_); }
  UdpType Send(const Bytes& payload) { return Send(payload, payload.size() + 8); }
  // With another length in the UDP header.
  UdpType Send(const Bytes& payload, size_t length_field) {
    Datagram d;
    d.time = Timestamp::FromSeconds(++now_);
    d.source_port = port_;
    d.destination_port = 6004;
    d.ip_payload_length = static_cast<int32_t>(payload.size() + 8);
    UdpDatagramStep step;
    step.datagram = &d;
    UdpPayload p;
    p.bytes = ByteReader(payload);
    p.length_field = static_cast<uint16_t>(length_field);
    p.available = payload.size() + 8;
    if (RtpPlusTracker::Concerns(state_.type)) {
      tracker_.OnDatagram(step, p, Endpoints(), state_, MediaState());
    }
    return state_.type;
  }
  MediaDirection Finish() {
    MediaDirection out;
    tracker_.Finish(state_, &out);
    return out;
  }
  MediaState& state() { return state_; }
  uint64_t floods() const { return tracker_.floods(); }

 private:
  uint16_t port_;
  int64_t now_ = 1000;
  RtpPlusTracker tracker_;
  MediaState state_;
};

TEST(RtpPlus, SeveralSourcesNewestFirst) {
  OneWay flow;
  EXPECT_EQ(flow.Send(Rtp(1, 70)), UdpType::kFirstRtpPlus);
  EXPECT_EQ(flow.Send(Rtp(9, 71)), UdpType::kFirstRtpPlus);
  EXPECT_EQ(flow.Send(kStun), UdpType::kFirstRtpPlus);
  EXPECT_EQ(flow.Send(Rtp(2, 70)), UdpType::kRtpPlus);
  EXPECT_EQ(flow.Send(Rtcp(70)), UdpType::kRtpPlus);
  const MediaDirection out = flow.Finish();
  ASSERT_EQ(out.rtp.size(), 2u);
  EXPECT_EQ(out.rtp[0].ssrc, 71u);
  EXPECT_EQ(out.rtp[1].packets, 2u);
  EXPECT_EQ(out.rtp[1].data_bytes, 200u);  // first packet included
  ASSERT_EQ(out.rtcp.size(), 1u);
  EXPECT_EQ(out.rtcp[0].data_bytes, 40u);
  EXPECT_EQ(out.protocols, media_protocol::kRtp | media_protocol::kRtcp | media_protocol::kStun);
}

// The first fragments of reports of 1000 bytes.
TEST(RtpPlus, RtcpBytesAreTheDatagramsThenTheFragments) {
  OneWay flow;
  flow.Send(Rtcp(70), 1008);
  ASSERT_EQ(flow.Finish().rtcp.size(), 1u);
  EXPECT_EQ(flow.Finish().rtcp[0].data_bytes, 1000u);
  flow.Send(Rtcp(70), 1008);
  EXPECT_EQ(flow.Finish().rtcp[0].data_bytes, 1040u);
}

TEST(RtpPlus, AnyParityButNoReservedPort) {
  OneWay odd(5005);
  EXPECT_EQ(odd.Send(Rtp(1, 70)), UdpType::kFirstRtpPlus);
  OneWay reserved(1024);
  EXPECT_EQ(reserved.Send(Rtp(1, 70)), UdpType::kUnknown);
}

TEST(RtpPlus, UnknownPacketEndsItForGood) {
  OneWay flow;
  flow.Send(Rtp(1, 70));
  flow.Send(Rtp(2, 70));
  EXPECT_EQ(flow.Send(Fill(50, 0xFF)), UdpType::kUnknown);
  EXPECT_EQ(flow.Send(Rtp(3, 70)), UdpType::kUnknown);  // there are records already
  EXPECT_EQ(flow.Finish().rtp.size(), 1u);              // and they stay
}

TEST(RtpPlus, DtlsThatBecomesMedia) {
  OneWay flow;
  flow.state().type = UdpType::kDtls;
  EXPECT_EQ(flow.Send(Bytes{0x16, 0xFE, 0xFD} + Fill(30)), UdpType::kDtls);
  flow.Send(Rtp(1, 70));
  EXPECT_EQ(flow.Send(Rtp(2, 70)), UdpType::kRtpPlus);
  EXPECT_EQ(flow.Finish().protocols, media_protocol::kRtp | media_protocol::kDtls);
}

TEST(RtpPlus, FloodOfSourcesEnds) {
  OneWay flow;
  flow.Send(Rtp(1, 1));
  flow.Send(Rtp(2, 1));
  uint32_t ssrc = 100;
  while (flow.Send(Rtp(1, ssrc)) == UdpType::kRtpPlus && ssrc < 1000) ++ssrc;
  EXPECT_EQ(ssrc, 100 + 11u);
  EXPECT_EQ(flow.floods(), 1u);
  EXPECT_EQ(flow.Finish().rtp.size(), 12u);
}

// More than are walked through.
TEST(RtpPlus, ManySourcesAreToldApart) {
  constexpr uint32_t kSources = 100;
  OneWay flow;
  for (uint32_t ssrc = 1; ssrc <= kSources; ++ssrc) {
    flow.Send(Rtp(1, ssrc));
    flow.Send(Rtp(2, ssrc));
  }
  for (uint32_t ssrc = 1; ssrc <= kSources; ++ssrc) {
    EXPECT_EQ(flow.Send(Rtp(3, ssrc)), UdpType::kRtpPlus);
  }
  const MediaDirection out = flow.Finish();
  ASSERT_EQ(out.rtp.size(), kSources);
  for (uint32_t i = 0; i < kSources; ++i) {
    EXPECT_EQ(out.rtp[i].ssrc, kSources - i);
    EXPECT_EQ(out.rtp[i].packets, 3u);
  }
}

TEST(RtpPlus, StreamsOfAllFlowsAreLimited) {
  // Of eight, the last two are for directions that have less than four.
  OneWay flow(5004, /*is_true=*/true, /*most_streams=*/8);
  for (uint32_t ssrc = 1; ssrc <= 10; ++ssrc) {
    flow.Send(Rtp(1, ssrc));
    EXPECT_EQ(flow.Send(Rtp(2, ssrc)), UdpType::kRtpPlus);  // goes on with what it has
  }
  EXPECT_EQ(flow.Finish().rtp.size(), 6u);
  EXPECT_EQ(flow.floods(), 8u);
  OneWay small(5004, /*is_true=*/true, /*most_streams=*/3);
  for (uint32_t ssrc = 1; ssrc <= 5; ++ssrc) small.Send(Rtp(1, ssrc));
  EXPECT_EQ(small.Finish().rtp.size(), 0u);  // of one packet each
  EXPECT_EQ(small.floods(), 1u);             // then it is no media
}

TEST(RtpPlus, HeaderExtensionIsNotPayload) {
  OneWay flow;
  Bytes first = Rtp(1, 70);
  first[0] |= 0x10;
  Bytes extended =
      Bytes{0x90, 96} + U16(2) + U32(0) + U32(70) + Bytes{0xBE, 0xDE, 0, 2} + Fill(8) + Fill(50);
  flow.Send(first);  // no known profile: four bytes
  flow.Send(extended);
  const MediaDirection out = flow.Finish();
  EXPECT_EQ(out.rtp[0].data_bytes, 96u + 50u);
  EXPECT_EQ(out.rtp[0].payload_max, 96);
  EXPECT_EQ(out.rtp[0].payload_min, 50);
}

TEST(RtpPlus, NegativePayload) {
  // The first packet's wraps as the reference's does; a later one ends the stream.
  const Bytes many_sources = Bytes{0x8F, 96} + U16(1) + U32(0) + U32(70) + Fill(10);
  OneWay flow;
  flow.Send(many_sources);
  EXPECT_EQ(flow.Finish().rtp[0].data_bytes, (uint64_t{1} << 32) - 50);
  EXPECT_EQ(flow.Finish().rtp[0].payload_max, -50);
  flow.Send(Rtp(2, 70));
  Bytes next = many_sources;
  next[3] = 3;
  EXPECT_EQ(flow.Send(next), UdpType::kUnknown);
}

TEST(RtpPlus, PayloadTypesAreCounted) {
  OneWay flow;
  flow.Send(Rtp(1, 70, 100, 96));
  flow.Send(Rtp(2, 70, 100, 111));
  flow.Send(Rtp(3, 70, 100, 96));
  const PacketTypeCounts types = flow.Finish().rtp[0].payload_types;
  EXPECT_EQ(types.size, 2);
  EXPECT_EQ(types.type[0], 96);
  EXPECT_EQ(types.packets[0], 2u);
  EXPECT_EQ(types.type[1], 111);
}

// The true profile.
TEST(RtpTrue, AnyPortAndALossBeforeTheSecondPacket) {
  OneWay flow(443, true);
  flow.Send(Rtp(65535, 70));
  EXPECT_EQ(flow.Send(Rtp(1, 70)), UdpType::kRtpPlus);
  for (uint16_t i = 2; i < 40; ++i) flow.Send(Rtp(i, 70));
  const MediaDirection out = flow.Finish();
  ASSERT_EQ(out.rtp.size(), 1u);
  EXPECT_EQ(out.rtp[0].packets, 40u);
  EXPECT_EQ(out.rtp[0].lost, 1u);
  EXPECT_FALSE(out.rtp[0].restarted);
}

TEST(RtpTrue, OtherPacketsBetweenDoNotEndIt) {
  OneWay flow(5004, true);
  flow.Send(Rtp(1, 70));
  flow.Send(Rtp(2, 70));
  EXPECT_EQ(flow.Send(Fill(50, 0xFF)), UdpType::kRtpPlus);
  EXPECT_EQ(flow.Send(Rtcp(70)), UdpType::kRtpPlus);
  EXPECT_EQ(flow.Send(Rtp(3, 70)), UdpType::kRtpPlus);
  const MediaDirection out = flow.Finish();
  ASSERT_EQ(out.rtp.size(), 1u);
  EXPECT_EQ(out.rtp[0].packets, 3u);
  EXPECT_EQ(out.rtp[0].lost, 0u);
}

// DNS that happens to begin with the version of RTP: the same bytes where numbers would be.
TEST(RtpTrue, TheSameNumberAgainIsNoStream) {
  OneWay flow(5004, true);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(flow.Send(Bytes{0x80, 5, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0} + Fill(20)),
              UdpType::kFirstRtpPlus);
  }
  EXPECT_TRUE(flow.Finish().rtp.empty());
}

// Types 72 to 76 with the marker are RTCP's (RFC 5761, 4), and a length beyond the end is none.
TEST(RtpTrue, WhatIsNoHeaderAsAWhole) {
  OneWay flow(5004, true);
  EXPECT_EQ(flow.Send(Rtp(1, 70, 100, 72)), UdpType::kUnknown);
  EXPECT_EQ(flow.Send(Bytes{0x90, 0} + U16(1) + U32(0) + U32(70) + U16(0) + U16(500) + Fill(8)),
            UdpType::kUnknown);  // an extension of 2000 bytes
  EXPECT_EQ(flow.Send(Bytes{0x80, 200} + U16(300) + U32(70) + Fill(20)), UdpType::kUnknown);
}

TEST(RtpTrue, FloodOfSourcesDoesNotHideTheStream) {
  OneWay flow(5004, true);
  flow.Send(Rtp(1, 1));
  flow.Send(Rtp(2, 1));
  for (uint32_t ssrc = 100; ssrc < 200; ++ssrc) {
    EXPECT_EQ(flow.Send(Rtp(9, ssrc)), UdpType::kRtpPlus);
  }
  flow.Send(Rtp(3, 1));
  ASSERT_EQ(flow.Finish().rtp.size(), 1u);
  EXPECT_EQ(flow.Finish().rtp[0].packets, 3u);
}

}  // namespace
}  // namespace tstat::internal
