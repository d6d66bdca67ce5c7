// SPDX-License-Identifier: BSD-3-Clause
#include "rtp/rtp_receiver.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "rtp/payload_clock.h"

namespace tstat::internal {
namespace {

RtpHeader Header(uint16_t sequence, uint32_t timestamp, uint8_t payload_type = 8) {
  return {.csrc_count = 0,
          .has_extension = false,
          .payload_type = payload_type,
          .sequence = sequence,
          .timestamp = timestamp,
          .ssrc = 7};
}

// A stream of G.711: 160 bytes every 20 ms, in which `sequences` arrive one every 20 ms.
class Stream {
 public:
  explicit Stream(uint16_t first) : receiver_(Header(first, 160u * first), now_) {}
  RtpPacketResult Next(uint16_t sequence) { return Next(sequence, 160u * sequence); }
  RtpPacketResult Next(uint16_t sequence, uint32_t timestamp) {
    now_ = Timestamp::FromMicroseconds(now_.microseconds() + 20000);
    return receiver_.OnPacket(Header(sequence, timestamp), 160, now_);
  }
  void Range(int from, int to) {
    for (int i = from; i <= to; ++i) Next(static_cast<uint16_t>(i));
  }
  RtpStream Finish() {
    receiver_.Finish([](uint64_t) {});
    return receiver_.stream();
  }

 private:
  Timestamp now_ = Timestamp::FromSeconds(1000);
  RtpReceiver receiver_;
};

TEST(RtpReceiver, CleanStreamHasNoLossAndNoJitter) {
  Stream s(1);
  s.Range(2, 100);
  const RtpStream r = s.Finish();
  EXPECT_EQ(r.packets, 100u);
  EXPECT_EQ(r.data_bytes, 99u * 160);  // all but the first packet
  EXPECT_EQ(r.lost + r.duplicates + r.late + r.out_of_sequence, 0u);
  EXPECT_DOUBLE_EQ(r.gap_sum_ms, 99 * 20.0);
  EXPECT_NEAR(r.jitter.value_ms, 0, 1e-6);
  EXPECT_FALSE(r.restarted);
}

TEST(RtpReceiver, LossDuplicatesAndReordering) {
  Stream s(1);
  s.Range(2, 20);
  EXPECT_TRUE(s.Next(22).out_of_sequence);
  const RtpPacketResult late = s.Next(21);
  EXPECT_TRUE(late.reordered);
  // One number back at 20 ms a packet (160 bytes at 8 kHz), plus the 20 ms since.
  EXPECT_DOUBLE_EQ(late.reordering_delay_ms, 1 * 160 * 0.125 + 20);
  s.Next(22);  // again: a duplicate, and out of sequence
  s.Range(23, 30);
  s.Range(33, 60);  // two are lost
  const RtpStream r = s.Finish();
  EXPECT_EQ(r.lost, 2u);
  EXPECT_EQ(r.duplicates, 1u);
  EXPECT_EQ(r.out_of_sequence, 4u);
}

TEST(RtpReceiver, BurstLengthIsToldWhenTheGapCloses) {
  Stream s(1);
  s.Range(2, 40);
  // 41, 42, 43 are found missing when their cells are written again, 16 later.
  s.Range(44, 59);
  const RtpPacketResult next = s.Next(60);
  EXPECT_TRUE(next.burst_ended);
  EXPECT_EQ(next.burst, 3u);
  const RtpStream r = s.Finish();
  EXPECT_EQ(r.lost, 3u);
}

TEST(RtpReceiver, SequenceNumbersWrap) {
  Stream s(65500);
  uint32_t timestamp = 160u * 65500;
  for (int i = 65501; i < 65536 + 100; ++i) s.Next(static_cast<uint16_t>(i), timestamp += 160);
  const RtpStream r = s.Finish();
  EXPECT_EQ(r.lost + r.out_of_sequence + r.late, 0u);
  EXPECT_FALSE(r.restarted);
}

TEST(RtpReceiver, NewNumberingIsARestartNotALoss) {
  Stream s(1);
  s.Range(2, 50);
  s.Next(30000, 160u * 51);
  s.Range(30001, 30010);
  const RtpStream r = s.Finish();
  EXPECT_TRUE(r.restarted);
  EXPECT_EQ(r.out_of_sequence, 1u);
}

// RFC 3550, 6.4.1: by the order of arrival.
TEST(RtpReceiver, AnOvertakenPacketIsASampleOfTheTrueJitter) {
  const auto at = [](int ms) { return Timestamp::FromMicroseconds(1'000'000'000 + 1000 * ms); };
  RtpReceiver receiver(Header(1, 160), at(0));
  TrueRtpState state;
  state.sequence = RtpSequence(1);
  state.timestamp = 160;
  // Transits since the first: 0, 0, 21 and 0 ms; the copy is no sample.
  receiver.OnTruePacket(Header(2, 320), 160, at(20), &state);
  receiver.OnTruePacket(Header(4, 640), 160, at(60), &state);
  receiver.OnTruePacket(Header(3, 480), 160, at(61), &state);
  receiver.OnTruePacket(Header(3, 480), 160, at(70), &state);
  receiver.OnTruePacket(Header(5, 800), 160, at(80), &state);
  const double second = 21.0 / 16;
  EXPECT_NEAR(receiver.stream(state).jitter.max_ms, second + (21 - second) / 16, 1e-4);
  EXPECT_NEAR(receiver.stream(state).jitter.value_ms, second + (21 - second) / 16, 1e-9);
}

TEST(RtpReceiver, JitterOfAnUnknownClockIsNotMeasured) {
  const Timestamp now = Timestamp::FromSeconds(1000);
  RtpReceiver receiver(Header(1, 0, 96), now);
  receiver.OnPacket(Header(2, 3000, 96), 100, Timestamp::FromSeconds(1001));
  EXPECT_EQ(receiver.stream().jitter.value_ms, 0);
  EXPECT_EQ(receiver.stream().payload_type, 96);
}

TEST(JitterEstimator, KeepsWholeMillisecondsOnly) {
  JitterEstimator jitter;
  jitter.OnPacket(20.3, 20);  // |0.3 - 0| / 16
  EXPECT_DOUBLE_EQ(jitter.result().value_ms, 0.3 / 16 + (20.3 - 20 - 0.3) / 16);
  jitter.OnPacket(41.6, 40);  // 1.6, and the transit before is kept as 0
  EXPECT_NEAR(jitter.result().value_ms, 0.01875 + (1.6 - 0.01875) / 16, 1e-12);
}

TEST(PayloadClock, StaticTypes) {
  EXPECT_EQ(PayloadClock(0), 8000u);
  EXPECT_EQ(PayloadClock(6), 16000u);
  EXPECT_EQ(PayloadClock(10), 44100u);
  EXPECT_EQ(PayloadClock(31), 90000u);
  EXPECT_EQ(PayloadClock(96), 0u);
  EXPECT_EQ(PayloadPeriodMs(8000), 0.125);
  EXPECT_EQ(PayloadPeriodMs(0), 1000);
}

}  // namespace
}  // namespace tstat::internal
