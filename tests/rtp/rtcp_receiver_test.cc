// SPDX-License-Identifier: BSD-3-Clause
#include "rtp/rtcp_receiver.h"

#include <gtest/gtest.h>

#include "tests/decode/frame_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::Fill;
using testing::U16;
using testing::U32;

struct Block {
  uint8_t fraction = 0;
  int32_t lost = 0;
  uint32_t jitter = 0, last_report = 0, delay = 0;
};
Bytes ReportBlock(const Block& b) {
  return U32(99) + U32(static_cast<uint32_t>(b.fraction) << 24 | (b.lost & 0xFFFFFF)) + U32(0) +
         U32(b.jitter) + U32(b.last_report) + U32(b.delay);
}
Bytes ReceiverReport(int count, const Bytes& blocks) {
  return Bytes{static_cast<uint8_t>(0x80 | count), 201} + U16(7) + U32(7) + blocks;
}
Bytes SenderReport(uint32_t octets, const Bytes& blocks = {}) {
  return Bytes{static_cast<uint8_t>(blocks.empty() ? 0x80 : 0x81), 200} + U16(6) + U32(7) +
         U32(0x11112222) + U32(0x33334444) + U32(0) + U32(50) + U32(octets) + blocks;
}

UdpPayload PayloadOf(const Bytes& bytes) {
  return {ByteReader(bytes), static_cast<uint16_t>(bytes.size() + 8), bytes.size() + 8};
}

class Receiver {
 public:
  explicit Receiver(const Bytes& first, const RtcpRules& rules = {})
      : rules_(rules), receiver_(*RtcpHeader::Parse(ByteReader(first)), now) {
    receiver_.OnFirstPacket(*RtcpHeader::Parse(ByteReader(first)), PayloadOf(first), now, rules_);
  }
  RtcpPacketResult Next(const Bytes& bytes) {
    now = Timestamp::FromMicroseconds(now.microseconds() + 1000000);
    return receiver_.OnPacket(*RtcpHeader::Parse(ByteReader(bytes)), PayloadOf(bytes), now, rules_);
  }
  RtcpReceiver& operator*() { return receiver_; }
  const RtcpStream& stream() const { return receiver_.stream(); }

  Timestamp now = Timestamp::FromSeconds(1000);

 private:
  RtcpRules rules_;
  RtcpReceiver receiver_;
};

TEST(RtcpReceiver, ReportsAreSummedUp) {
  Receiver r(ReceiverReport(1, ReportBlock({.fraction = 10, .lost = 5, .jitter = 40}) + Fill(4)));
  const RtcpPacketResult result =
      r.Next(ReceiverReport(1, ReportBlock({.fraction = 15, .lost = -3, .jitter = 45}) + Fill(4)));
  EXPECT_TRUE(result.has_loss);
  EXPECT_EQ(result.lost, -8);
  const RtcpStream& s = r.stream();
  EXPECT_EQ(s.packets, 2u);
  EXPECT_EQ(s.reports, 2u);
  EXPECT_EQ(s.jitter_sum, 85);
  EXPECT_EQ(s.jitter_max, 45u);
  EXPECT_EQ(s.jitter_min, 40u);
  EXPECT_EQ(s.cumulative_lost, -3);
  EXPECT_EQ(s.fraction_lost_sum, 25u);
  EXPECT_EQ(s.interval_sum_ms, 1000);
  EXPECT_EQ(s.errors, 0);
}

TEST(RtcpReceiver, SenderReportsGiveTheBitrate) {
  Receiver r(SenderReport(1000) + Fill(8));
  EXPECT_EQ((*r).last_report_id(), 0x22223333u);
  const RtcpPacketResult result = r.Next(SenderReport(2000) + Fill(8));
  EXPECT_TRUE(result.has_bitrate);
  EXPECT_EQ(result.bitrate_kbps, 8.0);
  EXPECT_EQ(r.stream().sender_packets, 50u);
  EXPECT_EQ(r.stream().sender_octets, 2000u);
}

TEST(RtcpReceiver, ReportsOfExactSizeCountAsTruncatedButAreRead) {
  Receiver r(ReceiverReport(1, ReportBlock({.jitter = 9})));
  EXPECT_EQ(r.stream().errors, RtcpStream::kTruncated);
  EXPECT_EQ(r.stream().reports, 1u);
  Receiver strict(ReceiverReport(1, ReportBlock({.jitter = 9})), {.stop_at_truncation = true});
  EXPECT_EQ(strict.stream().errors, RtcpStream::kTruncated);
  EXPECT_EQ(strict.stream().reports, 0u);
}

TEST(RtcpReceiver, NothingIsReadBehindTheCapture) {
  const Bytes whole = SenderReport(1000, ReportBlock({.jitter = 9})) + Fill(1);
  for (size_t captured = 12; captured < whole.size(); ++captured) {
    Receiver r(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(captured)));
    EXPECT_EQ(r.stream().sender_octets, captured >= 28 ? 1000u : 0u) << captured;
    EXPECT_EQ(r.stream().reports, captured >= 52 ? 1u : 0u) << captured;
    EXPECT_EQ(r.stream().errors, RtcpStream::kTruncated) << captured;
  }
}

TEST(RtcpReceiver, SeveralBlocksAreNotRead) {
  Receiver r(ReceiverReport(2, ReportBlock({.jitter = 9}) + ReportBlock({.jitter = 9})));
  EXPECT_EQ(r.stream().errors, RtcpStream::kSeveralReports);
  EXPECT_EQ(r.stream().reports, 0u);
}

TEST(RtcpReceiver, MinimumStaysZeroAfterAFirstPacketWithoutReport) {
  Receiver r(SenderReport(1000) + Fill(8));
  r.Next(ReceiverReport(1, ReportBlock({.jitter = 40}) + Fill(4)));
  EXPECT_EQ(r.stream().jitter_min, 0u);
  EXPECT_EQ(r.stream().jitter_max, 40u);
}

TEST(RtcpReceiver, RoundTripIsTheTimeSinceTheReportWithoutTheDelay) {
  Receiver r(SenderReport(1000) + Fill(8));
  RtcpPacketResult result =
      r.Next(ReceiverReport(1, ReportBlock({.last_report = 0x1234, .delay = 65536 / 2}) + Fill(4)));
  ASSERT_TRUE(result.echo.has_value());
  EXPECT_EQ(result.echo->report_id, 0x1234u);
  (*r).AddRoundTrip(*result.echo, Timestamp::FromSeconds(1000), r.now, &result);
  EXPECT_TRUE(result.has_round_trip);
  EXPECT_EQ(r.stream().rtt_sum_ms, 500);
  EXPECT_EQ(r.stream().rtt_samples, 1u);
  // A delay that is longer than the whole way is no sample.
  (*r).AddRoundTrip({.report_id = 0x1234, .delay = 65536 * 2}, Timestamp::FromSeconds(1000), r.now,
                    &result);
  EXPECT_EQ(r.stream().rtt_samples, 1u);
}

}  // namespace
}  // namespace tstat::internal
