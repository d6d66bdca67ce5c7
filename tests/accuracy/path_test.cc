// SPDX-License-Identifier: BSD-3-Clause
#include "benchmarks/accuracy/link/path.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/accuracy/packets.h"

namespace accuracy {
namespace {

constexpr Nanoseconds kMillisecond = 1'000'000;

class PathTest : public testing::Test, public PathObserver {
 protected:
  uint32_t OnPlace(Place place, const std::vector<uint8_t>& bytes, Nanoseconds now) override {
    sizes_[static_cast<int>(place)].push_back(bytes.size());
    times_.push_back(now);
    return static_cast<uint32_t>(sizes_[static_cast<int>(place)].size());
  }
  void OnDelivery(const Packet& packet) override { delivered_.push_back(packet); }
  void OnFate(const Packet& packet) override { fates_.push_back(packet); }

  HopOptions& Of(HopName hop, Direction direction) {
    return options_.hops[static_cast<int>(hop)][static_cast<int>(direction)];
  }

  // Until nothing is on the way, by a clock that is `late`.
  void Finish(Path& path, Nanoseconds late = 0) {
    while (path.NextTime() != kNever) path.Step(path.NextTime() + late);
  }

  PathOptions options_;
  std::array<std::vector<size_t>, kPlaces> sizes_;
  std::vector<Nanoseconds> times_;
  std::vector<Packet> delivered_, fates_;
};

TEST_F(PathTest, TellsWhenAPacketPassedEachPlace) {
  Of(HopName::kClientHop, Direction::kToServer).delay = 3 * kMillisecond;
  Of(HopName::kServerHop, Direction::kToServer).delay = 4 * kMillisecond;
  Of(HopName::kServerHop, Direction::kToClient).delay = 10 * kMillisecond;
  Path path(options_, *this);
  path.Enter(Direction::kToServer, Segment(1, 10), 0, false, 100);
  path.Enter(Direction::kToClient, Segment(1, 20), 0, false, 200);
  Finish(path);
  ASSERT_EQ(fates_.size(), 2U);
  EXPECT_EQ(fates_[0].passed,
            (std::array<Nanoseconds, 3>{100, 3 * kMillisecond + 100, 7 * kMillisecond + 100}));
  EXPECT_EQ(fates_[1].passed,
            (std::array<Nanoseconds, 3>{10 * kMillisecond + 200, 10 * kMillisecond + 200, 200}));
  EXPECT_EQ(fates_[0].frame, (std::array<uint32_t, 3>{1, 1, 2}));
  EXPECT_EQ(fates_[1].frame, (std::array<uint32_t, 3>{2, 2, 1}));
  EXPECT_EQ(fates_[1].left, 10 * kMillisecond + 200);
  EXPECT_EQ(fates_[1].fate, Fate::kDelivered);
}

TEST_F(PathTest, ABusyMachineIsALongerWay) {
  Of(HopName::kClientHop, Direction::kToServer).delay = kMillisecond;
  Path path(options_, *this);
  path.Enter(Direction::kToServer, Segment(1, 10), 0, false, 0);
  Finish(path, 500);
  EXPECT_EQ(fates_[0].passed,
            (std::array<Nanoseconds, 3>{0, kMillisecond + 500, kMillisecond + 1000}));
}

TEST_F(PathTest, TellsWhereAPacketWasLost) {
  Of(HopName::kServerHop, Direction::kToClient).lose = {{LossRule::Kind::kData, 1, 1, 1}};
  Of(HopName::kClientHop, Direction::kToClient).lose = {{LossRule::Kind::kData, 1, 1, 1}};
  Path path(options_, *this);
  for (uint32_t i = 0; i < 3; ++i)
    path.Enter(Direction::kToClient, Segment(1 + 10 * i, 10), 0, false, i);
  Finish(path);
  ASSERT_EQ(fates_.size(), 3U);
  EXPECT_EQ(fates_[0].hop, HopName::kServerHop);
  EXPECT_EQ(fates_[0].frame, (std::array<uint32_t, 3>{0, 0, 1}));
  EXPECT_EQ(fates_[1].hop, HopName::kClientHop);
  EXPECT_EQ(fates_[1].frame, (std::array<uint32_t, 3>{0, 1, 2}));
  EXPECT_EQ(fates_[1].fate, Fate::kLostByRule);
  ASSERT_EQ(delivered_.size(), 1U);
  EXPECT_EQ(delivered_[0].id, 3U);
}

TEST_F(PathTest, ADuplicateIsAPacketThatNamesTheFirst) {
  Of(HopName::kClientHop, Direction::kToServer).duplicate = 1;
  Path path(options_, *this);
  path.Enter(Direction::kToServer, Segment(1, 10), 0, false, 0);
  Finish(path);
  ASSERT_EQ(delivered_.size(), 2U);
  EXPECT_EQ(delivered_[0].id, 1U);
  EXPECT_EQ(delivered_[0].copy_of, 0U);
  EXPECT_EQ(delivered_[1].id, 2U);
  EXPECT_EQ(delivered_[1].copy_of, 1U);
  EXPECT_EQ(delivered_[1].frame, (std::array<uint32_t, 3>{1, 2, 2}));
}

TEST_F(PathTest, ABurstIsCapturedWholeWhereItIsSentAndInPiecesBehind) {
  Path path(options_, *this);
  path.Enter(Direction::kToServer, Segment(1, 2500), 1000, true, 0);
  path.Enter(Direction::kToServer, Segment(2501, 100), 0, true, 1);
  Finish(path);
  EXPECT_EQ(sizes_[0], (std::vector<size_t>{2540, 140}));
  EXPECT_EQ(sizes_[2], (std::vector<size_t>{1040, 1040, 540, 140}));
  for (const Packet& packet : delivered_) {
    EXPECT_TRUE(HasGoodTcpChecksum(packet.bytes));
    EXPECT_EQ(packet.burst, packet.id <= 3 ? 1U : 2U);
    EXPECT_EQ(packet.frame[0], packet.burst);
  }
}

TEST_F(PathTest, TheSenderHearsOfPacketsThatAreTooBig) {
  Of(HopName::kServerHop, Direction::kToServer).mtu = 600;
  Of(HopName::kClientHop, Direction::kToClient).delay = kMillisecond;
  Path path(options_, *this);
  path.Enter(Direction::kToServer, Segment(1, 1000), 0, false, 0);
  Finish(path);
  ASSERT_EQ(fates_.size(), 2U);
  EXPECT_EQ(fates_[0].fate, Fate::kTooBig);
  EXPECT_EQ(fates_[0].frame, (std::array<uint32_t, 3>{1, 1, 0}));
  EXPECT_EQ(fates_[1].direction, Direction::kToClient);
  EXPECT_EQ(fates_[1].frame, (std::array<uint32_t, 3>{2, 2, 0}));
  EXPECT_EQ(fates_[1].left, kMillisecond);
}

TEST_F(PathTest, TimesOfCapturesNeverFall) {
  for (auto& hop : options_.hops) {
    for (HopOptions& direction : hop) {
      direction.jitter = 30 * kMillisecond;
      direction.jitter_reorders = true;
    }
  }
  Path path(options_, *this);
  for (Nanoseconds now = 0; now < 100 * kMillisecond; now += kMillisecond) {
    while (path.NextTime() != kNever && path.NextTime() <= now) path.Step(path.NextTime());
    path.Enter(now % 2 == 0 ? Direction::kToServer : Direction::kToClient, Segment(1, 10), 0, false,
               now);
  }
  Finish(path);
  EXPECT_EQ(delivered_.size(), 100U);
  EXPECT_TRUE(std::is_sorted(times_.begin(), times_.end()));
}

}  // namespace
}  // namespace accuracy
