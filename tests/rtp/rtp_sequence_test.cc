// SPDX-License-Identifier: BSD-3-Clause
#include "rtp/rtp_sequence.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tstat::internal {
namespace {

using Kind = RtpSequence::Kind;

TEST(RtpSequence, LossEarlyAndAcrossTheWrap) {
  RtpSequence s(65530);
  for (const int number : {65532, 65533, 65535, 65536, 65538}) {
    s.OnPacket(static_cast<uint16_t>(number));
  }
  EXPECT_EQ(s.lost(), 3u);
  EXPECT_EQ(s.highest(), 2);
}

TEST(RtpSequence, LossesOneWindowApartAreTwo) {
  RtpSequence s(0);
  for (uint16_t i = 1; i < 100; ++i) {
    if (i != 20 && i != 36 && i != 52) s.OnPacket(i);
  }
  EXPECT_EQ(s.lost(), 3u);
}

TEST(RtpSequence, ReorderedIsNotLostAndTwiceIsADuplicate) {
  RtpSequence s(10);
  EXPECT_EQ(s.OnPacket(12).kind, Kind::kAhead);
  EXPECT_EQ(s.lost(), 1u);
  const RtpSequence::Verdict back = s.OnPacket(11);
  EXPECT_EQ(back.kind, Kind::kReordered);
  EXPECT_FALSE(back.late);
  EXPECT_EQ(s.OnPacket(11).kind, Kind::kDuplicate);
  EXPECT_EQ(s.OnPacket(13).kind, Kind::kNext);
  EXPECT_EQ(s.lost(), 0u);
}

TEST(RtpSequence, LateIsBehindWhatNobodyWaitsFor) {
  RtpSequence s(0);
  for (uint16_t i = 1; i <= 40; ++i) {
    if (i != 20 && i != 30) s.OnPacket(i);
  }
  EXPECT_FALSE(s.OnPacket(30).late);
  EXPECT_TRUE(s.OnPacket(20).late);
  EXPECT_EQ(s.lost(), 0u);
}

TEST(RtpSequence, PacketsBeforeTheFirstOneCountToo) {
  RtpSequence s(10);
  EXPECT_EQ(s.OnPacket(7).kind, Kind::kReordered);
  EXPECT_EQ(s.lost(), 2u);
  s.OnPacket(8);
  s.OnPacket(9);
  EXPECT_EQ(s.lost(), 0u);
}

TEST(RtpSequence, BurstsAreToldWhenNobodyWaitsForThem) {
  RtpSequence s(0);
  uint32_t longest = 0;
  for (uint16_t i = 1; i <= 60; ++i) {
    if (i >= 10 && i < 13) continue;
    const RtpSequence::Verdict v = s.OnPacket(i);
    if (v.burst_ended) longest = std::max(longest, v.burst);
  }
  EXPECT_EQ(longest, 3u);
}

TEST(RtpSequence, AnotherNumberingIsBelievedAtItsSecondPacket) {
  RtpSequence s(100);
  s.OnPacket(102);
  EXPECT_EQ(s.OnPacket(40000).kind, Kind::kJump);
  EXPECT_EQ(s.OnPacket(103).kind, Kind::kNext);  // it was a lone one
  EXPECT_EQ(s.OnPacket(40000).kind, Kind::kJump);
  EXPECT_EQ(s.OnPacket(40001).kind, Kind::kRestart);
  EXPECT_EQ(s.OnPacket(40003).kind, Kind::kAhead);
  EXPECT_EQ(s.lost(), 2u);
}

}  // namespace
}  // namespace tstat::internal
