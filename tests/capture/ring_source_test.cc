// SPDX-License-Identifier: BSD-3-Clause
//
// Several rings of a live capture as one source.
#include "capture/ring_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace tstat::internal {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr RingMerge::Options kOptions = {
    .settled_ns = 60 * kMs, .window_ns = 200 * kMs, .most_back_ns = 500 * kMs};

Timestamp At(int64_t ms) { return Timestamp::FromNanoseconds(ms * kMs); }

void AppendTo(PacketArena* arena, Timestamp time, uint8_t mark) {
  const std::array<uint8_t, 2> bytes = {mark, 0xee};
  Packet packet;
  packet.time = time;
  packet.data = bytes;
  packet.original_length = 2;
  arena->Append(packet);
}

class RingMergeTest : public testing::Test {
 protected:
  // Packets at `times` come from a ring, read at `read_ms`.
  bool Give(size_t ring, std::vector<int64_t> times, int64_t read_ms) {
    RingQueue::Block* const block = merge_.queue(ring).Free();
    if (block == nullptr) return false;
    for (const int64_t ms : times) {
      AppendTo(&block->packets, At(ms), static_cast<uint8_t>(ring));
    }
    merge_.queue(ring).Publish(read_ms * kMs);
    return true;
  }
  // Times and rings of what is delivered: 10 * ms + ring.
  std::vector<int64_t> Take(int64_t now_ms, size_t most = 32, int64_t wall_ms = -1) {
    std::vector<Packet> batch(most);
    const size_t n = merge_.Take(
        batch, {.monotonic_ns = now_ms * kMs, .wall = At(wall_ms < 0 ? now_ms : wall_ms)});
    std::vector<int64_t> taken;
    for (size_t i = 0; i < n; ++i) {
      taken.push_back(batch[i].time.nanoseconds() / kMs * 10 + batch[i].data[0]);
    }
    return taken;
  }
  using Taken = std::vector<int64_t>;

  RingMerge merge_{3, kOptions};
};

TEST_F(RingMergeTest, MergesByTime) {
  Give(0, {1000, 1003, 1009}, 2000);
  Give(1, {1001, 1002, 1010}, 2000);
  Give(2, {1004, 1005, 1011}, 2000);
  // Up to where one of them has nothing more: it might have something earlier.
  EXPECT_EQ(Take(2000), (Taken{10000, 10011, 10021, 10030, 10042, 10052, 10090}));
  EXPECT_TRUE(merge_.holds());
  EXPECT_FALSE(merge_.at_end());
  for (size_t ring = 0; ring < 3; ++ring) merge_.queue(ring).End();
  EXPECT_EQ(Take(2000), (Taken{10101, 10112}));
  EXPECT_EQ(Take(2000), Taken{});
  EXPECT_TRUE(merge_.at_end());
  EXPECT_EQ(merge_.late(), 0u);
}

TEST_F(RingMergeTest, EqualTimesInTheOrderOfTheRings) {
  Give(2, {1000, 1000}, 2000);
  Give(0, {1000, 1001}, 2000);
  Give(1, {1000, 1000}, 2000);
  EXPECT_EQ(Take(2000, 5), (Taken{10000, 10001, 10001}));  // ring 1 has nothing more
  merge_.queue(1).End();
  EXPECT_EQ(Take(2000, 1), (Taken{10002}));
  EXPECT_EQ(Take(2000), (Taken{10002}));
  EXPECT_EQ(merge_.late(), 0u);
}

TEST_F(RingMergeTest, ASilentRingHoldsUntilItsReaderHasLooked) {
  Give(0, {1000}, 2000);
  Give(1, {1001}, 2000);
  EXPECT_EQ(Take(2010), Taken{});
  EXPECT_TRUE(merge_.holds());
  merge_.queue(2).SetLooked(2059 * kMs);
  EXPECT_EQ(Take(2061), Taken{});
  merge_.queue(2).SetLooked(2060 * kMs);
  // The second one has ring 0 to wait for, which has nothing now.
  EXPECT_EQ(Take(2061), (Taken{10000}));
  merge_.queue(0).SetLooked(2060 * kMs);
  EXPECT_EQ(Take(2061), (Taken{10011}));
  EXPECT_FALSE(merge_.holds());
}

TEST_F(RingMergeTest, ARingWhoseReaderSaysNothingHoldsForTheWindow) {
  Give(0, {1000}, 2000);
  EXPECT_EQ(Take(2199), Taken{});
  EXPECT_EQ(Take(2200), (Taken{10000}));
  EXPECT_EQ(merge_.late(), 0u);
  // What comes after that is delivered at once, and counted.
  Give(1, {990, 1001}, 2200);
  Give(0, {1002}, 2200);
  Give(2, {999, 1003}, 2200);
  EXPECT_EQ(Take(2201), (Taken{9901, 9992, 10011}));
  EXPECT_EQ(merge_.late(), 2u);
}

TEST_F(RingMergeTest, TimesFallBackNoFartherThanAnAnalysisTolerates) {
  Give(0, {9000}, 9000);
  EXPECT_EQ(Take(9200), (Taken{90000}));
  Give(1, {7000, 8400, 8600, 9100}, 9300);
  merge_.queue(0).SetLooked(9400 * kMs);
  merge_.queue(2).SetLooked(9400 * kMs);
  EXPECT_EQ(Take(9400), (Taken{85001, 85001, 86001, 91001}));
  EXPECT_EQ(merge_.late(), 3u);
  // A clock that was set back is another thing.
  Give(1, {3000}, 9500);
  EXPECT_EQ(Take(9700, 32, 3200), (Taken{30001}));
  Give(2, {3100}, 9700);
  EXPECT_EQ(Take(9900, 32, 3400), (Taken{31002}));
}

TEST_F(RingMergeTest, BlocksComeBackWhenTheirPacketsWereUsed) {
  merge_.queue(1).End();
  merge_.queue(2).End();
  for (size_t i = 0; i < RingQueue::kBlocks; ++i) {
    EXPECT_TRUE(
        Give(0, {static_cast<int64_t>(1000 + 2 * i), static_cast<int64_t>(1001 + 2 * i)}, 1));
  }
  EXPECT_FALSE(Give(0, {1}, 1));
  EXPECT_FALSE(merge_.queue(0).starved());
  EXPECT_EQ(Take(5, 3), (Taken{10000, 10010, 10020}));
  EXPECT_FALSE(Give(0, {1}, 1)) << "the last batch is in use";
  EXPECT_FALSE(merge_.was_full(0));
  EXPECT_EQ(Take(5, 1), (Taken{10030}));
  EXPECT_TRUE(merge_.was_full(0));
  EXPECT_TRUE(Give(0, {2000}, 1)) << "the first block is not";
  EXPECT_FALSE(Give(0, {1}, 1));
  EXPECT_EQ(Take(5).size(), 2 * RingQueue::kBlocks - 4 + 1);
  EXPECT_TRUE(merge_.queue(0).starved());
}

// Packets that come one after the other, at times that a thread of the test does not see: `count`
// of them, and then an error, or nothing more.
class PlayedRing final : public PacketRing {
 public:
  PlayedRing(size_t number, size_t rings, size_t count, absl::Status end, std::atomic<bool>* go)
      : number_(number), rings_(rings), count_(count), end_(std::move(end)), go_(go) {}

  size_t Read(PacketArena* block) override {
    if (!go_->load()) return 0;
    size_t n = 0;
    for (; n < 16 && next_ < count_; ++n, ++next_) {
      AppendTo(
          block,
          Timestamp::FromMicroseconds(static_cast<int64_t>(1'000'000 + next_ * rings_ + number_)),
          static_cast<uint8_t>(number_));
    }
    received_ += n;
    return n;
  }
  absl::Status status() const override { return next_ == count_ ? end_ : absl::OkStatus(); }
  int descriptor() const override { return -1; }
  Counts Counters() override { return {.received = received_.load() + 1, .dropped = 1}; }

 private:
  size_t number_, rings_, count_, next_ = 0;
  absl::Status end_;
  std::atomic<bool>* go_;
  std::atomic<uint64_t> received_ = 0;
};

std::unique_ptr<PacketSource> Played(std::vector<size_t> counts, const absl::Status& end,
                                     std::atomic<bool>* go, int timeout_ms = 1000) {
  std::vector<std::unique_ptr<PacketRing>> rings;
  for (size_t i = 0; i < counts.size(); ++i) {
    rings.push_back(std::make_unique<PlayedRing>(i, counts.size(), counts[i], end, go));
  }
  uint64_t lost = 40;
  auto source =
      ReadRings(std::move(rings), {.timeout_ms = timeout_ms}, [lost]() mutable { return lost++; });
  return source.ok() ? *std::move(source) : nullptr;
}

TEST(RingSourceTest, AllPacketsInOrderAndTheReasonOfTheEnd) {
  std::atomic<bool> go = true;
  // Far more than the queues hold, and the reader of the packets is slow at first.
  auto source = Played({30'000, 30'000, 30'000}, absl::DataLossError("played"), &go);
  ASSERT_NE(source, nullptr);
  EXPECT_TRUE(source->is_stream());
  std::vector<Packet> batch(32);
  std::vector<size_t> seen(3);
  int64_t last = 0;
  size_t total = 0, backwards = 0;
  while (true) {
    const size_t n = source->ReadBatch(batch);
    if (n == 0 && !source->timed_out()) break;
    if (total == 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    for (const Packet& packet : std::span(batch).first(n)) {
      ASSERT_EQ(packet.data[1], 0xee);
      const size_t ring = packet.data[0];
      // Within a ring nothing changes places; among them only on a machine that holds a thread up.
      ASSERT_EQ(packet.time.microseconds(),
                static_cast<int64_t>(1'000'000 + seen[ring]++ * 3 + ring));
      backwards += packet.time.microseconds() < last ? 1 : 0;
      last = std::max(last, packet.time.microseconds());
    }
    total += n;
  }
  EXPECT_EQ(total, 90'000u);
  EXPECT_EQ(source->status(), absl::DataLossError("played"));
  const CaptureStatistics counters = *source->capture_statistics();
  EXPECT_EQ(counters.received, 90'003u);
  EXPECT_EQ(counters.dropped, 3u);
  EXPECT_EQ(counters.dropped_by_interface, 1u);
  EXPECT_EQ(counters.delivered, 90'000u);
  EXPECT_EQ(counters.waiting(), 0u);
  EXPECT_LE(backwards, counters.late);
  EXPECT_EQ(source->ReadBatch(batch), 0u);
  EXPECT_FALSE(source->timed_out());
}

TEST(RingSourceTest, WhereOneFailsAllEnd) {
  std::atomic<bool> go = true;
  std::vector<std::unique_ptr<PacketRing>> rings;
  rings.push_back(std::make_unique<PlayedRing>(0, 2, 100, absl::OkStatus(), &go));
  rings.push_back(std::make_unique<PlayedRing>(1, 2, 50, absl::DataLossError("gone"), &go));
  auto source = ReadRings(std::move(rings), {}, [] { return uint64_t{0}; });
  ASSERT_TRUE(source.ok());
  std::vector<Packet> batch(32);
  size_t total = 0;
  while (true) {
    const size_t n = (*source)->ReadBatch(batch);
    if (n == 0 && !(*source)->timed_out()) break;
    total += n;
  }
  EXPECT_EQ(total, 150u);
  EXPECT_EQ((*source)->status(), absl::DataLossError("gone"));
}

TEST(RingSourceTest, TimesOutAndIsInterrupted) {
  std::atomic<bool> go = false;
  auto source = Played({1, 1}, absl::OkStatus(), &go, 10);
  std::vector<Packet> batch(32);
  EXPECT_EQ(source->ReadBatch(batch), 0u);
  EXPECT_TRUE(source->timed_out());
  EXPECT_TRUE(source->status().ok());
  source = Played({1, 1}, absl::OkStatus(), &go, 600'000);
  std::thread other([&source] { source->Interrupt(); });
  EXPECT_EQ(source->ReadBatch(batch), 0u);
  EXPECT_TRUE(source->timed_out());
  other.join();
  // What is there comes, though the other ring stays silent.
  go = true;
  size_t total = 0;
  while (total < 2) total += source->ReadBatch(batch);
  source->Interrupt();
  EXPECT_EQ(source->ReadBatch(batch), 0u);
}

}  // namespace
}  // namespace tstat::internal
