// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/sequence_space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Ranges = std::vector<std::pair<uint32_t, uint32_t>>;

struct Call {
  bool seen;
  uint32_t record_first;
  int64_t predecessor_first;  // -1: none
  uint32_t length;
  double recovery_us;
  bool operator==(const Call&) const = default;
};

class SequenceSpaceTest : public ::testing::Test {
 protected:
  SequenceSpace::InsertResult Insert(uint32_t first, uint32_t length, int64_t us,
                                     uint8_t type = 9) {
    calls_.clear();
    SequenceSpace::Range range;
    range.first = SequenceNumber(first);
    range.length = length;
    range.time = Timestamp::FromMicroseconds(us);
    range.ip_id = 7;
    SequenceSpace::InsertResult result;
    const auto classify = [&](const SequenceAnomaly& a) {
      calls_.push_back({a.seen, a.record->first.value(),
                        a.predecessor == nullptr ? -1 : int64_t{a.predecessor->first.value()},
                        a.length, a.recovery_us});
      return type;
    };
    space_.Insert(range, max_records_, pools_, classify, &result);
    return result;
  }
  void Ack(uint32_t number, int64_t us) {
    space_.Acknowledge(SequenceNumber(number), Timestamp::FromMicroseconds(us), pools_, &rtt_);
  }

  Ranges Records(unsigned quadrant = 0) const {
    Ranges ranges;
    space_.ForEach(quadrant, pools_, [&](const SegmentRecord& r) {
      ranges.emplace_back(r.first.value(), r.last.value());
    });
    return ranges;
  }
  std::vector<uint32_t> Acked(unsigned quadrant = 0) const {
    std::vector<uint32_t> acked;
    space_.ForEach(quadrant, pools_, [&](const SegmentRecord& r) { acked.push_back(r.acked); });
    return acked;
  }

  SequencePools pools_;
  SequenceSpace space_;
  RttEstimator rtt_;
  int32_t max_records_ = 100;
  std::vector<Call> calls_;
};

TEST_F(SequenceSpaceTest, InSequenceDataIsAppended) {
  EXPECT_EQ(Insert(100, 1, 1).appended, 1);
  const auto result = Insert(101, 50, 2);
  EXPECT_EQ(result.retransmitted, 0u);
  EXPECT_FALSE(result.out_of_order);
  EXPECT_EQ(result.appended, 1);
  EXPECT_THAT(calls_, IsEmpty());
  EXPECT_THAT(Records(), ElementsAre(std::pair(100u, 100u), std::pair(101u, 150u)));
}

TEST_F(SequenceSpaceTest, RepeatedBytesAreCountedOnEachRecordTheyCover) {
  Insert(100, 50, 10);
  Insert(150, 766, 20);
  const auto result = Insert(100, 816, 1000);
  EXPECT_EQ(result.retransmitted, 816u);
  EXPECT_FALSE(result.out_of_order);
  EXPECT_EQ(result.appended, 0);
  // The second length is what has accumulated.
  EXPECT_THAT(calls_, ElementsAre(Call{true, 100, -1, 50, 990}, Call{true, 150, 100, 766, 980}));
}

TEST_F(SequenceSpaceTest, LengthOfASplitPartAccumulates) {
  Insert(100, 50, 10);
  Insert(150, 50, 10);
  Insert(200, 50, 10);
  const auto result = Insert(100, 200, 20);  // three records, and 50 new bytes
  EXPECT_EQ(result.retransmitted, 150u);
  EXPECT_EQ(result.appended, 1);
  EXPECT_THAT(calls_, ElementsAre(Call{true, 100, -1, 50, 10}, Call{true, 150, 100, 100, 10},
                                  Call{true, 200, 150, 150, 10}));
  EXPECT_THAT(Records(), ElementsAre(std::pair(100u, 149u), std::pair(150u, 199u),
                                     std::pair(200u, 249u), std::pair(250u, 299u)));
}

TEST_F(SequenceSpaceTest, OnlyTheFirstRecordOfASplitSegmentTakesItsTime) {
  Insert(100, 50, 10);
  Insert(150, 50, 10);
  Insert(100, 100, 500);
  Insert(150, 50, 700);
  EXPECT_THAT(calls_, ElementsAre(Call{true, 150, 100, 50, 690}));  // still since 10
  Insert(100, 50, 700);
  EXPECT_THAT(calls_, ElementsAre(Call{true, 100, -1, 50, 200}));  // since 500
}

TEST_F(SequenceSpaceTest, FilledHoleIsOutOfOrderWithoutRetransmission) {
  Insert(100, 10, 1);
  Insert(120, 10, 2);
  const auto result = Insert(110, 10, 3);
  EXPECT_TRUE(result.out_of_order);
  EXPECT_EQ(result.retransmitted, 0u);
  EXPECT_EQ(result.appended, 0);
  EXPECT_THAT(calls_, ElementsAre(Call{false, 120, 100, 10, 0}));
  EXPECT_THAT(Records(),
              ElementsAre(std::pair(100u, 109u), std::pair(110u, 119u), std::pair(120u, 129u)));
}

TEST_F(SequenceSpaceTest, SegmentBeforeTheFirstRecordBecomesTheFirst) {
  Insert(120, 10, 1);
  EXPECT_TRUE(Insert(100, 5, 2).out_of_order);
  EXPECT_THAT(calls_, ElementsAre(Call{false, 120, -1, 5, 0}));
  EXPECT_THAT(Records(), ElementsAre(std::pair(100u, 104u), std::pair(120u, 129u)));
  Insert(130, 10, 3);
  EXPECT_THAT(Records(),
              ElementsAre(std::pair(100u, 104u), std::pair(120u, 129u), std::pair(130u, 139u)));
}

TEST_F(SequenceSpaceTest, PartialOverlapBeginsBeforeARecord) {
  // The part before the record is passed one too short.
  Insert(27966056, 1, 0);
  Insert(27968563, 1452, 2486000);
  EXPECT_TRUE(Insert(27966057, 1452, 4643000, 1).out_of_order);
  const auto result = Insert(27967509, 1452, 4946000, 17);
  EXPECT_TRUE(result.out_of_order);
  EXPECT_EQ(result.retransmitted, 398u);
  EXPECT_THAT(calls_, ElementsAre(Call{false, 27968563, 27966057, 1053, 0},
                                  Call{true, 27968563, 27967509, 398, 2460000}));
}

TEST_F(SequenceSpaceTest, OneByteOfOverlapIsIgnored) {
  Insert(120, 10, 1);
  const auto result = Insert(110, 11, 2);  // ends with byte 120
  EXPECT_TRUE(result.out_of_order);
  EXPECT_EQ(result.retransmitted, 0u);
  EXPECT_THAT(Records(), ElementsAre(std::pair(110u, 120u), std::pair(120u, 129u)));
}

TEST_F(SequenceSpaceTest, SegmentThatCoversAHoleAndARecordExactlyIsNotOutOfOrder) {
  Insert(120, 10, 1);
  const auto result = Insert(110, 20, 2);  // ends where the record ends
  EXPECT_FALSE(result.out_of_order);
  EXPECT_EQ(result.retransmitted, 10u);
}

TEST_F(SequenceSpaceTest, AppendingBeyondTheLimitForgetsTheFirstRecord) {
  max_records_ = 3;
  for (uint32_t i = 0; i < 5; ++i) Insert(100 + 10 * i, 5, i);
  EXPECT_THAT(Records(),
              ElementsAre(std::pair(100u, 124u), std::pair(130u, 134u), std::pair(140u, 144u)));
  max_records_ = -1;
  for (uint32_t i = 5; i < 200; ++i) Insert(100 + 10 * i, 5, i);
  EXPECT_EQ(Records().size(), 198u);
}

TEST_F(SequenceSpaceTest, AcknowledgedNeighboursMerge) {
  Insert(100, 10, 1);
  Insert(110, 10, 2);
  Insert(130, 10, 3);  // a hole before it
  Ack(140, 10);
  EXPECT_THAT(Records(), ElementsAre(std::pair(100u, 119u), std::pair(130u, 139u)));
  EXPECT_THAT(Acked(), ElementsAre(1u, 1u));
  Ack(140, 11);
  EXPECT_THAT(Acked(), ElementsAre(2u, 2u));
  // The merged record takes the later time: a repetition is compared with that.
  Insert(100, 5, 50);
  EXPECT_THAT(calls_, ElementsAre(Call{true, 100, -1, 5, 48}));
}

TEST_F(SequenceSpaceTest, MergingStopsAtAnUnacknowledgedRecord) {
  Insert(100, 10, 1);
  Insert(110, 10, 2);
  Insert(120, 10, 3);
  Ack(110, 4);  // does not lie beyond the second one's first byte
  EXPECT_THAT(Acked(), ElementsAre(1u, 0u, 0u));
  Ack(111, 5);
  EXPECT_THAT(Records(), ElementsAre(std::pair(100u, 119u), std::pair(120u, 129u)));
}

TEST_F(SequenceSpaceTest, OnlyTheRecordThatEndsAtTheAckGivesASample) {
  Insert(100, 10, 1000);
  Insert(110, 10, 2000);
  Ack(120, 10000);
  EXPECT_EQ(rtt_.statistics().count, 1u);
  EXPECT_EQ(rtt_.statistics().sum_us, 8000);
  Insert(120, 10, 20000);
  Ack(125, 21000);  // inside a record: acknowledged, no sample
  Ack(130, 22000);
  EXPECT_EQ(rtt_.statistics().count, 1u);
}

TEST_F(SequenceSpaceTest, RetransmittedDataGivesNoSample) {
  Insert(100, 10, 1000);
  Insert(100, 10, 2000);
  Ack(110, 3000);
  EXPECT_EQ(rtt_.statistics().count, 0u);
}

TEST_F(SequenceSpaceTest, NoSampleWhenSomethingBeforeWasSentLater) {
  Insert(100, 10, 1000);
  Insert(110, 10, 1500);
  Insert(100, 10, 2000);
  Ack(120, 3000);
  EXPECT_EQ(rtt_.statistics().count, 0u);
}

TEST_F(SequenceSpaceTest, AnotherQuadrantForgetsTheOppositeOne) {
  Insert(100, 10, 1);
  Insert(0x40000000, 10, 2);
  EXPECT_EQ(space_.centre(), 1u);
  EXPECT_EQ(Records(0), Ranges({{100, 109}}));
  Insert(0x80000000, 10, 3);
  EXPECT_EQ(Records(0), Ranges({}));
  EXPECT_EQ(Records(1), Ranges({{0x40000000, 0x40000009}}));
  Ack(0xC0000001, 4);  // a wild ACK number erases, too
  EXPECT_EQ(Records(1), Ranges({}));
  EXPECT_EQ(Records(2), Ranges({{0x80000000, 0x80000009}}));
}

TEST_F(SequenceSpaceTest, AckAcknowledgesThePreviousQuadrantAsAWhole) {
  Insert(0x3FFFFF00, 16, 1000);
  Insert(0x3FFFFF10, 16, 2000);
  Insert(0x40000010, 10, 1500);
  Ack(0x4000001A, 5000);
  EXPECT_EQ(Records(0), Ranges({{0x3FFFFF00, 0x3FFFFF1F}}));
  EXPECT_THAT(Acked(0), ElementsAre(1u));
  // A record of the previous quadrant was sent later: no sample.
  EXPECT_EQ(rtt_.statistics().count, 0u);
  Insert(0x4000001A, 10, 6000);
  Ack(0x40000024, 7000);  // nothing new there any more
  EXPECT_THAT(Acked(0), ElementsAre(1u));
  EXPECT_EQ(rtt_.statistics().count, 1u);
}

TEST_F(SequenceSpaceTest, BorderOfQuadrantZeroIsExact) {
  EXPECT_EQ(Insert(0x3FFFFFFB, 10, 1).appended, 2);
  EXPECT_EQ(space_.centre(), 0u);
  EXPECT_EQ(Records(0), Ranges({{0x3FFFFFFB, 0x3FFFFFFF}}));
  EXPECT_EQ(Records(1), Ranges({{0x40000000, 0x40000004}}));
  EXPECT_EQ(Insert(0x40000005, 10, 2).retransmitted, 0u);
}

TEST_F(SequenceSpaceTest, BordersOfTheOthersAreTooLowByTheirNumber) {
  Insert(0xBFFFFFFB, 10, 1);  // quadrant 2
  EXPECT_EQ(Records(2), Ranges({{0xBFFFFFFB, 0xBFFFFFFD}}));
  EXPECT_EQ(Records(3), Ranges({{0xC0000000, 0xC0000006}}));
  // The next segment seems to begin with two old bytes.
  EXPECT_EQ(Insert(0xC0000005, 10, 2).retransmitted, 2u);
}

TEST_F(SequenceSpaceTest, EverythingGoesBackToThePools) {
  Insert(0x3FFFFFFB, 10, 1);
  for (uint32_t i = 0; i < 30; ++i) Insert(0x40000100 + 20 * i, 10, i);
  EXPECT_GT(pools_.nodes.live(), 0u);
  EXPECT_EQ(pools_.sides.live(), 1u);
  space_.Clear(pools_);
  EXPECT_EQ(pools_.nodes.live(), 0u);
  EXPECT_EQ(pools_.sides.live(), 0u);
  EXPECT_THAT(Records(1), IsEmpty());
}

TEST_F(SequenceSpaceTest, MemoryIsBoundedAgainstHostileHoles) {
  // Backwards, a byte and a hole at a time: the reference would keep every one.
  for (uint32_t i = 0; i < 5000; ++i) Insert(0x3FFFFFF0 - 2 * i, 1, i);
  EXPECT_LE(Records().size(), 2000u);
  EXPECT_GT(pools_.dropped_records, 0u);
}

TEST_F(SequenceSpaceTest, AFullPoolForgetsTheOldest) {
  pools_.max_nodes = 4;
  for (uint32_t i = 0; i < 20; ++i) Insert(100 + 10 * i, 5, i);
  EXPECT_LE(pools_.nodes.live(), 4u);
  EXPECT_EQ(Records().back(), std::pair(290u, 294u));
  Insert(0x40000000, 5, 30);  // needs a node to keep the old quadrant
  Insert(0x80000000, 5, 31);
  EXPECT_LE(pools_.nodes.live(), 4u);
  space_.Clear(pools_);
  EXPECT_EQ(pools_.nodes.live(), 0u);
}

// A hostile list: 2000 holes that every segment walks through. After some such segments the list is
// cut, and a segment costs what others cost.
TEST_F(SequenceSpaceTest, WalksThroughManyHolesAreBounded) {
  constexpr uint32_t kEnd = 1'000'000;
  const auto make_holes = [&](uint32_t end) {
    Insert(end, 1, 1);
    for (uint32_t i = 1; i < 1500; ++i) Insert(end - 10 * i, 1, 2);
  };
  make_holes(kEnd);
  EXPECT_EQ(Records().size(), 1500u);
  Ack(kEnd + 1, 3);
  EXPECT_EQ(Records().size(), 1500u);  // rarely is no harm
  for (int i = 0; i < 20; ++i) Ack(kEnd + 1, 4 + i);
  EXPECT_LE(Records().size(), 64u);
  EXPECT_EQ(Records().back(), std::make_pair(kEnd, kEnd));
  EXPECT_GT(pools_.dropped_records, 1000u);
  // Retransmissions of the last byte walk likewise.
  space_.Clear(pools_);
  EXPECT_EQ(pools_.sides.live(), 0u);
  EXPECT_EQ(pools_.nodes.live(), 0u);
  make_holes(kEnd);
  EXPECT_EQ(Records().size(), 1500u);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Insert(kEnd, 1, 30 + i).retransmitted, 1u);
  EXPECT_LE(Records().size(), 64u);
  space_.Clear(pools_);
  EXPECT_EQ(pools_.sides.live(), 0u);
}

// Segments that cost little pay for one that does not.
TEST_F(SequenceSpaceTest, TheStockOfWorkComesBack) {
  constexpr uint32_t kEnd = 1'000'000;
  Insert(kEnd, 1, 1);
  for (uint32_t i = 1; i < 150; ++i) Insert(kEnd - 10 * i, 1, 2);
  for (int i = 0; i < 3000; ++i) {
    Ack(kEnd + 1, 3 + i);                                       // 150 records
    for (int j = 0; j < 2; ++j) Insert(kEnd - 1490, 1, 3 + i);  // one
  }
  EXPECT_EQ(Records().size(), 150u);
  EXPECT_EQ(pools_.dropped_records, 0u);
}

}  // namespace
}  // namespace tstat::internal
