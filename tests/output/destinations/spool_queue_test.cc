// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/spool_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/output/destinations/simulated_folder.h"

namespace tstat::internal {
namespace {

using Room = SpoolQueue::Room;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Batch BatchOf(std::string body, uint32_t rows = 1) {
  Batch batch;
  batch.id.probe = "probe";
  batch.id.run = "run";
  batch.rows = rows;
  batch.content_type = "text/plain";
  batch.body = std::move(body);
  return batch;
}

class SpoolQueueTest : public ::testing::Test {
 protected:
  std::unique_ptr<SpoolQueue> Open() {
    notes_.clear();
    absl::StatusOr<std::unique_ptr<SpoolQueue>> queue =
        SpoolQueue::Open(disk_.Open(), options_, &notes_);
    EXPECT_TRUE(queue.ok()) << queue.status();
    return queue.ok() ? *std::move(queue) : nullptr;
  }
  static Room Add(SpoolQueue& queue, const std::string& body, uint32_t rows = 1) {
    Batch batch = BatchOf(body, rows);
    Room room = Room::kEnough;
    const absl::Status status = queue.Append(&batch, &room);
    EXPECT_EQ(status.ok(), room != Room::kNone) << status;
    return room;
  }
  static std::optional<Batch> Next(SpoolQueue& queue) {
    absl::StatusOr<std::optional<Batch>> batch = queue.Next();
    EXPECT_TRUE(batch.ok()) << batch.status();
    return batch.ok() ? *std::move(batch) : std::nullopt;
  }
  static std::string Take(SpoolQueue& queue, const std::string& state = "") {
    const std::optional<Batch> batch = Next(queue);
    if (!batch.has_value()) return "none";
    EXPECT_TRUE(queue.Settle(*batch, state, 0).ok());
    return batch->body;
  }
  // The file of the segment that begins with `first`.
  std::string& Segment(uint64_t first) { return disk_.names()[SegmentName(first)]->bytes; }

  SimulatedDisk disk_{1};
  SpoolQueueOptions options_ = {.memory_bytes = 0};
  std::vector<std::string> notes_;
};

TEST_F(SpoolQueueTest, GivesBatchesInOrderAndKeepsThemUntilTheyAreSettled) {
  auto queue = Open();
  EXPECT_TRUE(queue->is_new());
  EXPECT_EQ(Next(*queue), std::nullopt);
  Batch first = BatchOf("one\n", 3);
  first.header = "names\n";
  first.splits_by_lines = true;
  Room room;
  ASSERT_TRUE(queue->Append(&first, &room).ok());
  EXPECT_EQ(first.id.sequence, 1u);
  Add(*queue, "two");
  EXPECT_EQ(Next(*queue), first);
  EXPECT_EQ(Next(*queue), first);
  EXPECT_EQ(queue->figures().queued_batches, 2u);
  EXPECT_EQ(queue->figures().queued_rows, 4u);
  ASSERT_TRUE(queue->Settle(first, "state", 7).ok());
  EXPECT_EQ(queue->figures().queued_rows, 1u);
  EXPECT_EQ(Next(*queue)->body, "two");
  EXPECT_EQ(Next(*queue)->id.sequence, 2u);

  queue = Open();
  EXPECT_FALSE(queue->is_new());
  EXPECT_EQ(queue->state().destination, "state");
  EXPECT_EQ(queue->state().dead_letter_bytes, 7u);
  EXPECT_EQ(Take(*queue), "two");
  EXPECT_EQ(Take(*queue), "none");
  EXPECT_THAT(notes_, IsEmpty());
  // Numbers are never given twice.
  Batch third = BatchOf("three");
  ASSERT_TRUE(queue->Append(&third, &room).ok());
  EXPECT_EQ(third.id.sequence, 3u);
}

TEST_F(SpoolQueueTest, ASegmentGoesWhenAllInItIsSettledAndThatIsOnTheDisk) {
  options_.segment_bytes = 1;  // a record each
  auto queue = Open();
  for (const char* body : {"1", "2", "3"}) Add(*queue, body);
  EXPECT_EQ(disk_.names().size(), 4u);  // and the state
  EXPECT_EQ(Take(*queue), "1");
  EXPECT_EQ(disk_.names().size(), 4u);
  ASSERT_TRUE(queue->Sync().ok());
  EXPECT_EQ(disk_.names().size(), 3u);
  EXPECT_EQ(Take(*queue), "2");
  EXPECT_EQ(Take(*queue), "3");
  ASSERT_TRUE(queue->Sync().ok());
  queue->Close();
  EXPECT_EQ(disk_.names().size(), 1u);
  EXPECT_EQ(queue->figures().bytes_on_disk, 0u);
}

TEST_F(SpoolQueueTest, AFullOneDropsTheOldest) {
  options_.max_bytes = 1000;
  options_.segment_bytes = 200;
  auto queue = Open();
  Room room = Room::kEnough;
  int added = 0;
  while (room == Room::kEnough)
    room = Add(*queue, std::string(50, static_cast<char>('a' + added++)), 2);
  EXPECT_EQ(room, Room::kMade);
  const SpoolQueueFigures figures = queue->figures();
  EXPECT_GT(figures.dropped_batches, 0u);
  EXPECT_EQ(figures.dropped_rows, 2 * figures.dropped_batches);
  EXPECT_EQ(figures.queued_batches + figures.dropped_batches, static_cast<uint64_t>(added));
  EXPECT_LE(figures.bytes_on_disk, 1000u);
  const uint64_t next = Next(*queue)->id.sequence;
  EXPECT_EQ(next, figures.dropped_batches + 1);
  // A later process misses nothing.
  queue = Open();
  EXPECT_EQ(queue->figures().lost_batches, 0u);
  EXPECT_EQ(Next(*queue)->id.sequence, next);
}

TEST_F(SpoolQueueTest, AFullOneDropsTheNewest) {
  options_.max_bytes = 1000;
  options_.segment_bytes = 200;
  options_.drops_oldest = false;
  auto queue = Open();
  int added = 0;
  while (Add(*queue, std::string(50, 'x')) == Room::kEnough) ++added;
  EXPECT_EQ(queue->figures().queued_batches, static_cast<uint64_t>(added));
  EXPECT_EQ(queue->figures().dropped_batches, 0u);
  for (int i = 0; i < added; ++i) {
    EXPECT_EQ(Next(*queue)->id.sequence, static_cast<uint64_t>(i + 1));
    Take(*queue);
  }
  EXPECT_EQ(Add(*queue, "there is room again"), Room::kEnough);
  EXPECT_EQ(Next(*queue)->id.sequence, static_cast<uint64_t>(added + 1));
}

TEST_F(SpoolQueueTest, WhatIsTooLargeIsRefusedWhateverTheRule) {
  options_.max_bytes = 1000;
  auto queue = Open();
  EXPECT_EQ(Add(*queue, std::string(251, 'x')), Room::kNone);
  EXPECT_EQ(Add(*queue, std::string(250, 'x')), Room::kEnough);
}

TEST_F(SpoolQueueTest, ABatchThatIsDroppedUnderWayAndDeliveredWasNotDropped) {
  options_.max_bytes = 1000;
  options_.segment_bytes = 200;
  auto queue = Open();
  Add(*queue, std::string(50, 'a'));
  const std::optional<Batch> taken = Next(*queue);
  while (Add(*queue, std::string(50, 'x')) == Room::kEnough) {
  }
  const uint64_t dropped = queue->figures().dropped_batches;
  ASSERT_GT(dropped, 1u);
  ASSERT_TRUE(queue->Settle(*taken, "it is there", 0).ok());
  EXPECT_EQ(queue->figures().dropped_batches, dropped - 1);
  EXPECT_EQ(Next(*queue)->id.sequence, dropped + 1);
  EXPECT_EQ(Open()->state().destination, "it is there");
}

TEST_F(SpoolQueueTest, ATornTailIsCutOff) {
  auto queue = Open();
  Add(*queue, "whole");
  const size_t good = Segment(1).size();
  Add(*queue, "torn");
  const std::string bytes = Segment(1);
  for (size_t size = good; size < bytes.size(); ++size) {
    Segment(1) = bytes.substr(0, size);
    queue = Open();
    EXPECT_EQ(queue->figures().queued_batches, 1u) << size;
    EXPECT_EQ(queue->figures().lost_batches, 0u);
    EXPECT_EQ(Segment(1).size(), good);
    EXPECT_EQ(Next(*queue)->body, "whole");
    EXPECT_THAT(notes_, IsEmpty());
  }
  Add(*queue, "goes on");
  EXPECT_EQ(Take(*queue), "whole");
  EXPECT_EQ(Take(*queue), "goes on");
}

TEST_F(SpoolQueueTest, EveryDamagedByteIsNoticed) {
  options_.segment_bytes = 100;
  auto queue = Open();
  for (const char* body : {"first", "second", "third"}) Add(*queue, body, 5);
  queue.reset();
  const std::map<std::string, std::shared_ptr<SimulatedDisk::File>> before = disk_.names();
  std::map<std::string, std::string> contents;
  for (const auto& [name, file] : before) contents[name] = file->bytes;
  const std::string bytes = Segment(1);
  ASSERT_TRUE(before.contains(SegmentName(3))) << "the first segment has two batches";
  for (size_t at = 0; at < bytes.size(); ++at) {
    disk_.names() = before;
    for (const auto& [name, text] : contents) disk_.names()[name]->bytes = text;
    Segment(1)[at] = static_cast<char>(Segment(1)[at] ^ 0x10);
    queue = Open();
    const bool is_in_header = at < kSegmentHeaderBytes;
    const bool is_in_first = at < kSegmentHeaderBytes + (bytes.size() - kSegmentHeaderBytes) / 2;
    const uint64_t lost = is_in_header || is_in_first ? 2 : 1;
    EXPECT_EQ(queue->figures().lost_batches, lost) << at;
    EXPECT_EQ(queue->figures().queued_batches, 3 - lost) << at;
    ASSERT_EQ(notes_.size(), 1u) << at;
    EXPECT_THAT(notes_[0], HasSubstr("is broken"));
    EXPECT_TRUE(disk_.names().contains(SegmentName(1) + ".broken"));
    if (lost == 1) EXPECT_EQ(Take(*queue), "first");
    EXPECT_EQ(Take(*queue), "third");
    EXPECT_EQ(Take(*queue), "none");
    // Once is enough.
    queue = Open();
    EXPECT_THAT(notes_, IsEmpty());
    EXPECT_EQ(queue->figures().lost_batches, 0u);
  }
}

TEST_F(SpoolQueueTest, ARecordThatBreaksWhileItWaitsIsPutAside) {
  options_.segment_bytes = 100;
  auto queue = Open();
  for (const char* body : {"first", "second", "third"}) Add(*queue, body);
  Segment(1)[kSegmentHeaderBytes + 20] ^= 1;
  EXPECT_EQ(Take(*queue), "third");
  EXPECT_EQ(queue->figures().lost_batches, 2u);
  EXPECT_TRUE(disk_.names().contains(SegmentName(1) + ".broken"));
  // The last segment, that is appended to.
  Add(*queue, "fourth");
  Segment(3)[Segment(3).size() - 1] ^= 1;
  EXPECT_EQ(Take(*queue), "none");
  Add(*queue, "fifth");
  EXPECT_EQ(Take(*queue), "fifth");
  EXPECT_EQ(queue->figures().lost_batches, 3u);
}

TEST_F(SpoolQueueTest, WhatIsTakenSoonIsNotReadBack) {
  options_.memory_bytes = 100;
  auto queue = Open();
  std::vector<std::string> bodies;
  for (const char letter : {'a', 'b', 'c'}) Add(*queue, bodies.emplace_back(40, letter));
  // On the disk are all of them, in memory two.
  const std::string bytes = Segment(1);
  Segment(1).clear();
  EXPECT_EQ(Next(*queue)->body, bodies[0]);
  Segment(1) = bytes;
  EXPECT_EQ(Take(*queue), bodies[0]) << "now from the disk";
  Segment(1).clear();
  EXPECT_EQ(Take(*queue), bodies[1]);
  EXPECT_EQ(Take(*queue), "none");
  EXPECT_EQ(queue->figures().lost_batches, 1u);

  queue = Open();
  Add(*queue, "first of another process");
  EXPECT_EQ(Take(*queue), "first of another process");
  // Whether they come from the one or the other, in order.
  for (int i = 0; i < 9; ++i) {
    for (int k = 0; k < 3; ++k) Add(*queue, std::string(40, static_cast<char>('0' + k)));
    for (int k = 0; k < 3; ++k) EXPECT_EQ(Take(*queue)[0], '0' + k);
  }
}

TEST_F(SpoolQueueTest, WhatWasDroppedIsInMemoryNoMore) {
  options_.max_bytes = 1000;
  options_.segment_bytes = 1;  // a record each
  options_.memory_bytes = 120;
  auto queue = Open();
  std::vector<std::string> bodies;
  for (char letter = 'a'; letter <= 'z'; ++letter) Add(*queue, bodies.emplace_back(50, letter));
  const uint64_t dropped = queue->figures().dropped_batches;
  ASSERT_GT(dropped, 2u);
  for (uint64_t i = dropped; i < bodies.size(); ++i) EXPECT_EQ(Take(*queue), bodies[i]);
  Add(*queue, "the last one");
  Segment(27).clear();
  EXPECT_EQ(Take(*queue), "the last one") << "there is memory again";
}

TEST_F(SpoolQueueTest, ASegmentThatSomebodyRemovedIsTold) {
  options_.segment_bytes = 1;
  auto queue = Open();
  for (const char* body : {"1", "2", "3", "4"}) Add(*queue, body);
  Take(*queue);
  disk_.names().erase(SegmentName(2));
  disk_.names().erase(SegmentName(3));
  queue = Open();
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_THAT(notes_[0], HasSubstr("2 are missing"));
  EXPECT_EQ(queue->figures().lost_batches, 2u);
  EXPECT_EQ(Take(*queue), "4");
}

TEST_F(SpoolQueueTest, AStateThatCannotBeReadSendsAllAgain) {
  auto queue = Open();
  Add(*queue, "1");
  Add(*queue, "2");
  Take(*queue);
  disk_.names()["state"]->bytes.assign(4 * kStateSlotBytes, '\x55');
  queue = Open();
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_THAT(notes_[0], HasSubstr("sent again"));
  EXPECT_EQ(Take(*queue), "1");
}

TEST_F(SpoolQueueTest, OneDamagedSlotOfTheStateIsReplacedByTheOther) {
  auto queue = Open();
  for (const char* body : {"1", "2", "3"}) Add(*queue, body);
  Take(*queue);
  Take(*queue);  // slots 1, 0
  std::string& state = disk_.names()["state"]->bytes;
  state[0] ^= 1;
  queue = Open();
  EXPECT_EQ(Take(*queue), "2");
}

TEST_F(SpoolQueueTest, AFullDiskLosesOnlyWhatComesMeanwhile) {
  auto queue = Open();
  Add(*queue, "before");
  disk_.set_free_bytes(10);
  Batch batch = BatchOf(std::string(100, 'x'));
  Room room = Room::kNone;
  const absl::Status status = queue->Append(&batch, &room);
  EXPECT_EQ(status.message(), "No space left on device");
  EXPECT_EQ(room, Room::kEnough);
  disk_.set_free_bytes(1000);
  Add(*queue, "after");
  queue = Open();
  EXPECT_EQ(Take(*queue), "before");
  EXPECT_EQ(Take(*queue), "after");
  EXPECT_EQ(Take(*queue), "none");
  EXPECT_THAT(notes_, IsEmpty());
}

TEST_F(SpoolQueueTest, RewindGoesBackToWhatWasSynced) {
  options_.segment_bytes = 1;
  auto queue = Open();
  for (const char* body : {"1", "2", "3"}) Add(*queue, body);
  Take(*queue, "one");
  ASSERT_TRUE(queue->Sync().ok());
  Take(*queue, "two");
  queue = Open();
  EXPECT_EQ(queue->state().destination, "two");
  ASSERT_TRUE(queue->Rewind().ok());
  EXPECT_EQ(queue->state().destination, "one");
  EXPECT_EQ(Take(*queue), "2");
}

// A process adds and takes until the machine dies at some call; another one goes on, until all is
// taken. Whatever the moment: the order is kept, nothing that was kept is missing, and nothing
// comes again once it was settled.
class Crashes : public ::testing::TestWithParam<bool> {};

struct Life {
  std::set<std::string> kept, synced;
  std::set<std::string> tried;             // to settle: perhaps it is noted
  std::set<std::string> settled, durable;  // it is; it will be after a loss of power
};

void Live(SpoolQueue& queue, const SimulatedDisk& disk, std::mt19937& random, bool syncs_each,
          int* next_body, Life* life) {
  std::string last;
  for (int step = 0; step < 60 && !disk.is_dead(); ++step) {
    const uint32_t choice = random() % 10;
    if (choice < 5) {
      const std::string body =
          absl::StrCat(1000000 + (*next_body)++, std::string(random() % 60, '.'));
      Batch batch = BatchOf(body);
      Room room;
      if (queue.Append(&batch, &room).ok()) {
        life->kept.insert(body);
        if (syncs_each) life->synced.insert(body);
      }
    } else if (choice < 9) {
      const absl::StatusOr<std::optional<Batch>> batch = queue.Next();
      if (!batch.ok() || !batch->has_value()) continue;
      EXPECT_LT(last, (*batch)->body);
      EXPECT_FALSE(life->settled.contains((*batch)->body)) << "settled, and here again";
      life->tried.insert((*batch)->body);
      if (queue.Settle(**batch, (*batch)->body, 0).ok()) {
        last = (*batch)->body;
        life->settled.insert(last);
      }
    } else {
      const std::set<std::string> kept = life->kept, settled = life->settled;
      if (queue.Sync().ok()) {
        life->synced = kept;
        life->durable = settled;
      }
    }
  }
}

TEST_P(Crashes, AtEveryCall) {
  const bool power_is_lost = GetParam();
  const char* const chosen = std::getenv("TSTAT_SEED");
  const uint32_t first_seed = chosen != nullptr ? static_cast<uint32_t>(std::atoi(chosen)) : 1;
  for (uint32_t seed = first_seed; seed < first_seed + (chosen != nullptr ? 1 : 1500); ++seed) {
    SCOPED_TRACE(absl::StrCat("TSTAT_SEED=", seed));
    std::mt19937 random(seed);
    SimulatedDisk disk(seed);
    SpoolQueueOptions options;
    options.segment_bytes = 150 + random() % 300;
    options.syncs_every_append = random() % 2 == 0;
    options.keeps_until_sync = power_is_lost || random() % 2 == 0;
    options.memory_bytes = seed % 2 == 0 ? 0 : seed % 200;
    Life life;
    int next_body = 0;
    for (int round = 0; round < 4; ++round) {
      disk.DieAfter(random() % 120);
      std::vector<std::string> notes;
      absl::StatusOr<std::unique_ptr<SpoolQueue>> queue =
          SpoolQueue::Open(disk.Open(), options, &notes);
      if (queue.ok()) Live(**queue, disk, random, options.syncs_every_append, &next_body, &life);
      disk.Reboot(power_is_lost);
      if (!power_is_lost) continue;
      // What was not synced may be gone; what was settled since the last sync may be to be sent
      // again.
      life.kept = life.synced;
      life.settled = life.durable;
    }
    std::vector<std::string> notes;
    absl::StatusOr<std::unique_ptr<SpoolQueue>> queue =
        SpoolQueue::Open(disk.Open(), options, &notes);
    ASSERT_TRUE(queue.ok()) << queue.status();
    if (!power_is_lost) {
      EXPECT_THAT(notes, IsEmpty());
      EXPECT_EQ((*queue)->figures().lost_batches, 0u);
    }
    std::set<std::string> there;
    for (;;) {
      const absl::StatusOr<std::optional<Batch>> batch = (*queue)->Next();
      ASSERT_TRUE(batch.ok());
      if (!batch->has_value()) break;
      EXPECT_TRUE(there.insert((*batch)->body).second);
      EXPECT_FALSE(life.settled.contains((*batch)->body)) << (*batch)->body;
      ASSERT_TRUE((*queue)->Settle(**batch, "", 0).ok());
    }
    for (const std::string& body : life.kept) {
      if (!life.tried.contains(body)) EXPECT_TRUE(there.contains(body)) << body;
    }
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Crashes, ::testing::Bool(), [](const auto& kind) {
  return kind.param ? std::string("OfTheMachine") : std::string("OfTheProcess");
});

}  // namespace
}  // namespace tstat::internal
