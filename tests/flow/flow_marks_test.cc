// SPDX-License-Identifier: BSD-3-Clause
#include "flow/flow_marks.h"

#include <gtest/gtest.h>

#include "decode/ip_packet.h"
#include "tests/decode/frame_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::Ipv4;
using testing::Tcp;

constexpr uint8_t kSyn = 0x02, kSynAck = 0x12, kEce = 0x40, kCwr = 0x80;

class FlowMarksTest : public ::testing::Test {
 protected:
  // `accurate`: the bit in front of CWR.
  void Note(uint8_t flags, const Bytes& options = {}, bool accurate = false) {
    const auto offset = static_cast<uint8_t>((5 + options.size() / 4) << 4 | (accurate ? 1 : 0));
    const Bytes packet = Ipv4({}, Tcp({.offset_byte = offset, .flags = flags}) + options);
    IpPacket ip;
    Datagram d;
    ParseIp(Part(ByteReader(packet), 0), &ip, &d);
    NoteHandshake(d, ReadTcpHeader(d), &marks_);
  }
  FlowMarks marks_;
};

TEST_F(FlowMarksTest, CongestionNotificationIsAskedForAndAgreedTo) {
  Note(kSynAck | kEce);  // an answer to nothing
  EXPECT_EQ(marks_.ecn, ecn_use::kNone);
  Note(kSyn | kEce | kCwr);
  EXPECT_EQ(marks_.ecn, ecn_use::kAsked);
  Note(kSynAck | kEce | kCwr);  // a server that returns what it does not know
  EXPECT_EQ(marks_.ecn, ecn_use::kAsked);
  Note(kSynAck | kEce);
  EXPECT_EQ(marks_.ecn, ecn_use::kAgreed);
}

TEST_F(FlowMarksTest, AccurateNotificationHasOtherAnswers) {
  Note(kSyn | kEce | kCwr, {}, true);
  Note(kSynAck | kEce | kCwr, {}, true);
  EXPECT_EQ(marks_.ecn, ecn_use::kAsked);
  Note(kSynAck | kCwr);
  EXPECT_EQ(marks_.ecn, ecn_use::kAgreed);
}

TEST_F(FlowMarksTest, PathsOfAConnectionOfSeveral) {
  const Bytes capable = {30, 4, 0x01, 0x81}, join = {1, 1, 30, 4, 0x10, 0, 0, 0};
  Note(kSyn, {1, 1, 1, 1});
  EXPECT_EQ(marks_.mptcp, mptcp_use::kNone);
  Note(kSynAck, capable);  // an answer to nothing
  EXPECT_EQ(marks_.mptcp, mptcp_use::kNone);
  Note(kSyn, capable);
  EXPECT_EQ(marks_.mptcp, mptcp_use::kOffered);
  Note(kSynAck, capable);
  EXPECT_EQ(marks_.mptcp, mptcp_use::kAgreed);
  marks_ = {};
  Note(kSyn, join);
  EXPECT_EQ(marks_.mptcp, mptcp_use::kJoinOffered);
  Note(kSynAck, join);
  EXPECT_EQ(marks_.mptcp, mptcp_use::kJoined);
}

TEST_F(FlowMarksTest, OptionsThatEndTooEarly) {
  Note(kSyn, {30, 0, 0, 0});
  Note(kSyn, {30, 8, 0, 0});
  Note(kSyn, {0, 30, 4, 0});
  EXPECT_EQ(marks_.mptcp, mptcp_use::kNone);
}

TEST_F(FlowMarksTest, PacketsThatMetCongestion) {
  Datagram d;
  for (const uint8_t field : {0x00, 0x01, 0x02, 0x03, 0xFF}) {
    d.type_of_service = field;
    CountMarks(d, 1, &marks_);
  }
  EXPECT_EQ(marks_.congestion[0], 0u);
  EXPECT_EQ(marks_.congestion[1], 2u);
}

}  // namespace
}  // namespace tstat::internal
