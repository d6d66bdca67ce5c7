// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/output/destinations/fake_destination.h"
#include "tests/output/destinations/simulated_folder.h"
#include "tests/output/temporary_folder.h"

namespace tstat::internal {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class SpoolTest : public ::testing::Test {
 protected:
  std::unique_ptr<Spool> Open() {
    SpoolOptions options;
    options.directory = "DIR";
    options.probe = "probe-1";
    options.run = "run-1";
    options.sync = sync_;
    options.drops_oldest = drops_oldest_;
    options.max_bytes = max_bytes_;
    options.max_dead_letter_bytes = max_dead_letter_bytes_;
    options.backoff = {.first = seconds(1), .longest = seconds(8), .longest_asked = seconds(100)};
    options.random = [] { return 0.0; };
    options.clock = clock_;
    options.folder = disk_.Open();
    options.tell = [this](std::string_view line) { told_.emplace_back(line); };
    absl::StatusOr<std::unique_ptr<Spool>> spool =
        Spool::Open(std::move(options), std::make_unique<FakeDestination>(&server_));
    EXPECT_TRUE(spool.ok()) << spool.status();
    return spool.ok() ? *std::move(spool) : nullptr;
  }
  // Steps without waiting until nothing is to be done; how long that will last.
  static nanoseconds RunOut(Spool& spool) {
    nanoseconds wait{0};
    for (int i = 0; i < 1000 && wait <= nanoseconds(0); ++i) wait = spool.Step();
    return wait;
  }
  std::vector<std::string> TakenBodies() const {
    std::vector<std::string> bodies;
    for (const Batch& batch : server_.taken) bodies.push_back(batch.body);
    return bodies;
  }
  std::string DeadLettersText() {
    const auto found = disk_.names().find(kDeadLettersName);
    return found == disk_.names().end() ? "" : found->second->bytes;
  }

  SimulatedDisk disk_{1};
  FakeServer server_;
  std::shared_ptr<FakeClock> clock_ = std::make_shared<FakeClock>();
  std::vector<std::string> told_;
  SpoolSync sync_ = SpoolSync::kNever;
  bool drops_oldest_ = true;
  uint64_t max_bytes_ = 1 << 20, max_dead_letter_bytes_ = 1 << 20;
};

TEST_F(SpoolTest, BatchesAreNamedAndSentInOrder) {
  auto spool = Open();
  ASSERT_TRUE(spool->Add(LinesOf({"a", "b"})).ok());
  ASSERT_TRUE(spool->Add(LinesOf({"c"})).ok());
  EXPECT_EQ(spool->statistics().queued_rows, 3u);
  RunOut(*spool);
  ASSERT_THAT(TakenBodies(), ElementsAre("a\nb\n", "c\n"));
  EXPECT_EQ(server_.taken[1].id.ToString(), "probe-1/run-1/2");
  const DestinationStatistics figures = spool->statistics();
  EXPECT_EQ(figures.name, "fake");
  EXPECT_EQ(figures.sent_batches, 2u);
  EXPECT_EQ(figures.sent_rows, 3u);
  EXPECT_EQ(figures.sent_bytes, 6u);
  EXPECT_EQ(figures.queued_batches, 0u);
  EXPECT_FALSE(figures.is_down);
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(SpoolTest, AFailureIsToldOnceAndWaitsGetLonger) {
  auto spool = Open();
  ASSERT_TRUE(spool->Add(LinesOf({"a"})).ok());
  for (int i = 0; i < 6; ++i) server_.answers.push_back(Outcome::TryAgain("refused"));
  std::vector<int64_t> waits;
  for (int i = 0; i < 6; ++i) {
    const nanoseconds wait = RunOut(*spool);
    waits.push_back(std::chrono::duration_cast<seconds>(wait).count());
    EXPECT_EQ(spool->Step(), wait);  // not earlier
    EXPECT_EQ(server_.received.size(), static_cast<size_t>(i + 1));
    clock_->now += wait;
  }
  EXPECT_THAT(waits, ElementsAre(1, 2, 4, 8, 8, 8));
  EXPECT_THAT(told_, ElementsAre("fake: refused; batches wait in DIR"));
  EXPECT_TRUE(spool->statistics().is_down);
  EXPECT_EQ(spool->statistics().failed_tries, 6u);
  EXPECT_EQ(spool->statistics().last_error, "refused");
  EXPECT_EQ(spool->statistics().state_since_s, 1700000000);
  ASSERT_TRUE(spool->Add(LinesOf({"b", "c"})).ok());
  RunOut(*spool);
  ASSERT_EQ(told_.size(), 2u);
  EXPECT_EQ(told_[1], "fake: answers again after 31 s; 2 batches (3 rows) have waited");
  EXPECT_FALSE(spool->statistics().is_down);
  EXPECT_EQ(spool->statistics().state_since_s, 1700000031);
  EXPECT_EQ(server_.taken.size(), 2u);
  // The same name at every try.
  for (size_t i = 0; i < 7; ++i) EXPECT_EQ(server_.received[i].id.sequence, 1u);
  // And short again after it worked.
  server_.answers.push_back(Outcome::TryAgain("away"));
  ASSERT_TRUE(spool->Add(LinesOf({"d"})).ok());
  EXPECT_EQ(RunOut(*spool), seconds(1));
}

TEST_F(SpoolTest, AServerIsNotAskedBeforeItSaid) {
  auto spool = Open();
  ASSERT_TRUE(spool->Add(LinesOf({"a"})).ok());
  Outcome busy = Outcome::TryAgain("HTTP 429");
  busy.retry_after = seconds(60);
  server_.answers = {busy};
  EXPECT_EQ(RunOut(*spool), seconds(60));
  busy.retry_after = seconds(100000);
  server_.answers = {busy};
  clock_->now += seconds(60);
  EXPECT_EQ(RunOut(*spool), seconds(100));  // BackoffOptions::longest_asked
}

TEST_F(SpoolTest, WhatIsRefusedForGoodIsKeptAndTheNextOnesGoOn) {
  auto spool = Open();
  server_.answers = {Outcome::Rejected("HTTP 400: \"bad\"\nline"), Outcome::Rejected("HTTP 401"),
                     Outcome::Delivered(), Outcome::Rejected("HTTP 404")};
  for (const char* line : {"a", "b", "c", "d"}) ASSERT_TRUE(spool->Add(LinesOf({line})).ok());
  RunOut(*spool);
  EXPECT_THAT(TakenBodies(), ElementsAre("c\n"));
  const std::string text = DeadLettersText();
  EXPECT_THAT(text,
              StartsWith("{\"id\":\"probe-1/run-1/1\",\"rows\":1,\"content_type\":\"text/plain\","
                         "\"time\":1700000000,\"why\":\"HTTP 400: \\\"bad\\\" line\",\"bytes\":2}\n"
                         "a\n\n{\"id\":\"probe-1/run-1/2\""));
  EXPECT_THAT(text, HasSubstr("\"HTTP 404\",\"bytes\":2}\nd\n\n"));
  EXPECT_EQ(spool->statistics().dead_letters, 3u);
  EXPECT_EQ(spool->statistics().dead_letter_rows, 3u);
  EXPECT_EQ(spool->statistics().dead_letter_bytes, text.size());
  EXPECT_EQ(spool->statistics().sent_batches, 1u);
  EXPECT_EQ(spool->statistics().queued_batches, 0u);
  // Once for each time that it begins.
  ASSERT_EQ(told_.size(), 2u);
  EXPECT_EQ(
      told_[0],
      "fake: refuses batches for good: HTTP 400: \"bad\" line; they are kept in DIR/dead-letters");
  EXPECT_THAT(told_[1], HasSubstr("HTTP 404"));
}

TEST_F(SpoolTest, TheFileOfRefusedOnesIsBounded) {
  max_dead_letter_bytes_ = 250;
  auto spool = Open();
  for (int i = 0; i < 4; ++i) {
    server_.answers.push_back(Outcome::Rejected("no"));
    ASSERT_TRUE(spool->Add(LinesOf({"0123456789"})).ok());
  }
  RunOut(*spool);
  const DestinationStatistics figures = spool->statistics();
  EXPECT_EQ(figures.dead_letters, 2u);
  EXPECT_EQ(figures.dead_letters_dropped, 2u);
  EXPECT_EQ(figures.dead_letter_rows_dropped, 2u);
  EXPECT_LE(DeadLettersText().size(), 250u);
  ASSERT_EQ(told_.size(), 2u);
  EXPECT_THAT(told_[1], HasSubstr("full size"));
  // Room again when somebody has taken the file away.
  disk_.names().erase(kDeadLettersName);
  server_.answers.push_back(Outcome::Rejected("no"));
  ASSERT_TRUE(spool->Add(LinesOf({"x"})).ok());
  RunOut(*spool);
  EXPECT_EQ(spool->statistics().dead_letters, 3u);
}

TEST_F(SpoolTest, ARefusedOneIsThereOnceHoweverTheProcessDies) {
  for (uint64_t calls = 0; calls < 40; ++calls) {
    SCOPED_TRACE(calls);
    disk_.names().clear();
    auto spool = Open();
    for (const char* line : {"a", "b", "c"}) ASSERT_TRUE(spool->Add(LinesOf({line})).ok());
    server_.answers = {Outcome::Rejected("1"), Outcome::Rejected("2"), Outcome::Rejected("3")};
    disk_.DieAfter(calls);
    for (int i = 0; i < 5; ++i) (void)spool->Step();
    spool.reset();
    disk_.Reboot(false);
    server_.answers = {Outcome::Rejected("1"), Outcome::Rejected("2"), Outcome::Rejected("3")};
    spool = Open();
    RunOut(*spool);
    const std::string text = DeadLettersText();
    size_t count = 0;
    for (const char* id : {"/1\"", "/2\"", "/3\""}) {
      const size_t at = text.find(id);
      ASSERT_NE(at, std::string::npos) << id << text;
      EXPECT_EQ(text.find(id, at + 1), std::string::npos) << text;
      ++count;
    }
    EXPECT_EQ(count, 3u);
    spool.reset();
  }
}

TEST_F(SpoolTest, WhatIsTooLargeGoesInPartsThatKeepTheirNames) {
  auto spool = Open();
  Batch batch = LinesOf({"one", "two", "three", "four"});
  batch.header = "names\n";
  ASSERT_TRUE(spool->Add(batch).ok());
  ASSERT_TRUE(spool->Add(LinesOf({"next"})).ok());
  const Outcome large = Outcome::TooLarge("HTTP 413");
  server_.answers = {large, Outcome::Delivered(), large, Outcome::Delivered(),
                     Outcome::TryAgain("x")};
  RunOut(*spool);
  EXPECT_EQ(spool->statistics().queued_batches, 2u);
  clock_->now += seconds(10);
  RunOut(*spool);
  std::vector<std::string> ids;
  uint32_t rows = 0;
  std::string all;
  for (const Batch& part : server_.taken) {
    ids.push_back(part.id.ToString().substr(sizeof "probe-1/run-1"));
    rows += part.rows;
    all += part.body;
    EXPECT_EQ(part.header, part.id.sequence == 1 ? "names\n" : "");
  }
  EXPECT_THAT(ids, ElementsAre("1.1", "1.2.1", "1.2.2", "2"));
  EXPECT_EQ(rows, 5u);
  EXPECT_EQ(all, "one\ntwo\nthree\nfour\nnext\n");
  EXPECT_EQ(spool->statistics().split_batches, 1u);
  EXPECT_EQ(spool->statistics().sent_batches, 2u);
  EXPECT_EQ(spool->statistics().sent_rows, 5u);
}

TEST_F(SpoolTest, WhatIsTooLargeAndCannotBeSplitIsRefused) {
  auto spool = Open();
  ASSERT_TRUE(spool->Add(LinesOf({"one"})).ok());
  Batch whole = LinesOf({"{", "}"});
  whole.splits_by_lines = false;
  ASSERT_TRUE(spool->Add(whole).ok());
  server_.answers = {Outcome::TooLarge("HTTP 413"), Outcome::TooLarge("HTTP 413")};
  RunOut(*spool);
  EXPECT_EQ(spool->statistics().dead_letters, 2u);
  EXPECT_EQ(spool->statistics().split_batches, 0u);
}

TEST_F(SpoolTest, RowsThatAServerDropsAreCountedAndTheBatchIsKept) {
  auto spool = Open();
  ASSERT_TRUE(spool->Add(LinesOf({"a", "b", "c"})).ok());
  Outcome partly = Outcome::Delivered();
  partly.refused_rows = 2;
  partly.why = "partial write";
  server_.answers = {partly};
  RunOut(*spool);
  EXPECT_EQ(spool->statistics().sent_batches, 1u);
  EXPECT_EQ(spool->statistics().sent_rows, 1u);
  EXPECT_EQ(spool->statistics().dead_letter_rows, 2u);
  EXPECT_THAT(DeadLettersText(), HasSubstr("a\nb\nc\n"));
}

TEST_F(SpoolTest, AnotherProcessGoesOn) {
  auto spool = Open();
  EXPECT_EQ(server_.attached_state, std::nullopt);
  for (const char* line : {"a", "b", "c"}) ASSERT_TRUE(spool->Add(LinesOf({line})).ok());
  server_.state = "after a";
  EXPECT_EQ(spool->Step(), nanoseconds(0));
  spool.reset();
  spool = Open();
  EXPECT_EQ(server_.attached_state, "after a");
  EXPECT_EQ(spool->statistics().queued_batches, 2u);
  RunOut(*spool);
  EXPECT_THAT(TakenBodies(), ElementsAre("a\n", "b\n", "c\n"));
}

TEST_F(SpoolTest, ADestinationThatLostSomethingGetsWhatIsStillThere) {
  sync_ = SpoolSync::kEverySecond;
  auto spool = Open();
  clock_->now += seconds(2);
  for (const char* line : {"a", "b"}) ASSERT_TRUE(spool->Add(LinesOf({line})).ok());
  server_.state = "after a";
  (void)spool->Step();
  clock_->now += seconds(2);
  server_.state = "after b";
  (void)spool->Step();  // syncs "after a", sends b
  EXPECT_EQ(server_.taken.size(), 2u);
  // The process dies here: no Stop.
  disk_.DieAfter(0);
  EXPECT_FALSE(disk_.Open()->Sync().ok());
  spool.reset();
  disk_.Reboot(false);
  server_.attach_status = absl::DataLossError("has 3 bytes");
  spool = Open();
  EXPECT_EQ(server_.attached_state, "after a");
  RunOut(*spool);
  EXPECT_THAT(TakenBodies(), ElementsAre("a\n", "b\n", "b\n"));
  EXPECT_THAT(told_.back(), HasSubstr("has 3 bytes; what is still in the spool is sent again"));
}

TEST_F(SpoolTest, AFullSpoolIsToldOnce) {
  max_bytes_ = 2000;
  for (const bool oldest : {true, false}) {
    drops_oldest_ = oldest;
    disk_.names().clear();
    told_.clear();
    server_ = {};
    auto spool = Open();
    for (int i = 0; i < 40; ++i) (void)spool->Add(LinesOf({std::string(50, 'x')}));
    ASSERT_EQ(told_.size(), 1u);
    EXPECT_THAT(told_[0],
                HasSubstr(oldest ? "the oldest batches are dropped" : "batches are dropped"));
    const DestinationStatistics full = spool->statistics();
    EXPECT_EQ(full.dropped_batches + full.queued_batches, 40u);
    EXPECT_EQ(full.dropped_rows, full.dropped_batches);
    EXPECT_LE(full.bytes_on_disk, 2000u);
    RunOut(*spool);
    EXPECT_EQ(spool->statistics().sent_batches, full.queued_batches);
    EXPECT_EQ(server_.taken.front().id.sequence, oldest ? 41 - full.queued_batches : 1);
  }
}

TEST_F(SpoolTest, AFullDiskIsToldOnceAndCounted) {
  auto spool = Open();
  ASSERT_TRUE(spool->Add(LinesOf({"a"})).ok());
  disk_.set_free_bytes(0);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(spool->Add(LinesOf({"lost", "lost"})).ok());
  RunOut(*spool);  // sending goes on
  EXPECT_THAT(TakenBodies(), ElementsAre("a\n"));
  EXPECT_FALSE(spool->Add(LinesOf({"lost", "lost"})).ok());
  EXPECT_EQ(spool->statistics().unwritten_batches, 4u);
  EXPECT_EQ(spool->statistics().unwritten_rows, 8u);
  disk_.set_free_bytes(10000);
  ASSERT_TRUE(spool->Add(LinesOf({"b"})).ok());
  EXPECT_THAT(told_, ElementsAre("spool DIR: No space left on device",
                                 "spool DIR: works again; 4 batches were lost"));
  RunOut(*spool);
  EXPECT_THAT(TakenBodies(), ElementsAre("a\n", "b\n"));
}

TEST_F(SpoolTest, AFullDiskKeepsWhatIsRefusedInTheQueue) {
  auto spool = Open();
  ASSERT_TRUE(spool->Add(LinesOf({"a"})).ok());
  disk_.set_free_bytes(5);
  server_.answers = {Outcome::Rejected("no"), Outcome::Rejected("no")};
  EXPECT_EQ(RunOut(*spool), seconds(1));
  EXPECT_EQ(spool->statistics().queued_batches, 1u);
  disk_.set_free_bytes(10000);
  clock_->now += seconds(1);
  RunOut(*spool);
  EXPECT_EQ(spool->statistics().queued_batches, 0u);
  EXPECT_EQ(spool->statistics().dead_letters, 1u);
}

TEST_F(SpoolTest, SyncsAsOftenAsAsked) {
  sync_ = SpoolSync::kEverySecond;
  auto spool = Open();
  clock_->now = seconds(10);
  ASSERT_TRUE(spool->Add(LinesOf({"a"})).ok());
  EXPECT_LE(RunOut(*spool), seconds(1));
  const int before = server_.syncs;
  for (int i = 0; i < 10; ++i) {
    clock_->now += std::chrono::milliseconds(100);
    (void)RunOut(*spool);
  }
  EXPECT_EQ(server_.syncs, before + 1);
  clock_->now += seconds(5);
  (void)RunOut(*spool);
  EXPECT_EQ(server_.syncs, before + 1) << "nothing is new";

  sync_ = SpoolSync::kEveryBatch;
  spool = Open();
  server_.syncs = 0;
  ASSERT_TRUE(spool->Add(LinesOf({"a"})).ok());
  ASSERT_TRUE(spool->Add(LinesOf({"b"})).ok());
  RunOut(*spool);
  EXPECT_GE(server_.syncs, 2);
}

TEST_F(SpoolTest, EveryBatchSurvivesALossOfPowerWhenThatIsAskedFor) {
  sync_ = SpoolSync::kEveryBatch;
  auto spool = Open();
  for (const char* line : {"a", "b"}) ASSERT_TRUE(spool->Add(LinesOf({line})).ok());
  disk_.DieAfter(0);
  spool.reset();
  disk_.Reboot(true);
  spool = Open();
  RunOut(*spool);
  EXPECT_THAT(TakenBodies(), ElementsAre("a\n", "b\n"));
}

TEST_F(SpoolTest, SettledIsNotedByTheSecondWhateverTheSync) {
  sync_ = SpoolSync::kEveryBatch;
  auto spool = Open();
  clock_->now = seconds(10);
  for (const char* line : {"a", "b"}) ASSERT_TRUE(spool->Add(LinesOf({line})).ok());
  EXPECT_LE(RunOut(*spool), seconds(1));
  clock_->now += seconds(1);
  (void)RunOut(*spool);
  disk_.DieAfter(0);
  spool.reset();
  disk_.Reboot(true);
  spool = Open();
  ASSERT_TRUE(spool->Add(LinesOf({"c"})).ok());
  RunOut(*spool);
  EXPECT_THAT(TakenBodies(), ElementsAre("a\n", "b\n", "c\n"));
}

TEST_F(SpoolTest, BodiesOfBatchesThatAreGoneAreGivenBack) {
  auto spool = Open();
  EXPECT_EQ(spool->TakeRoom(), "");
  ASSERT_TRUE(spool->Add(LinesOf({"too small to matter"})).ok());
  ASSERT_TRUE(spool->Add(LinesOf({std::string(100'000, 'x')})).ok());
  EXPECT_EQ(spool->TakeRoom(), "") << "both wait";
  RunOut(*spool);
  EXPECT_GE(spool->TakeRoom().capacity(), 100'000u);
  EXPECT_EQ(spool->TakeRoom(), "");
}

TEST_F(SpoolTest, AnIdleDestinationIsCalled) {
  server_.idle_interval = seconds(100);
  auto spool = Open();
  EXPECT_EQ(spool->Step(), seconds(100));
  EXPECT_EQ(server_.idles, 1);
  clock_->now += seconds(40);
  EXPECT_EQ(spool->Step(), seconds(60));
  EXPECT_EQ(server_.idles, 1);
  clock_->now += seconds(60);
  (void)spool->Step();
  EXPECT_EQ(server_.idles, 2);
}

TEST_F(SpoolTest, NamesThatNoBatchCanHave) {
  for (const char* probe : {"", "two words", "a/b", "line\n", "\xc3\xa4"}) {
    SpoolOptions options;
    options.directory = "DIR";
    options.probe = probe;
    options.folder = disk_.Open();
    const absl::Status status =
        Spool::Open(std::move(options), std::make_unique<FakeDestination>(&server_)).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << probe;
    EXPECT_THAT(std::string(status.message()), HasSubstr("letters"));
  }
}

TEST(SpoolThread, SendsWhatIsAddedAndEndsWithIt) {
  const TemporaryFolder folder;
  FakeServer server;
  SpoolOptions options;
  options.directory = folder.path() + "/spool";
  options.probe = "p";
  std::vector<std::string> told;
  options.tell = [&](std::string_view line) { told.emplace_back(line); };
  options.backoff.first = std::chrono::milliseconds(1);
  server.answers = {Outcome::TryAgain("away"), Outcome::TryAgain("away")};
  auto spool = *Spool::Open(std::move(options), std::make_unique<FakeDestination>(&server));
  ASSERT_TRUE(spool->Start().ok());
  EXPECT_FALSE(spool->Start().ok());
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(spool->Add(LinesOf({"x"})).ok());
  while (spool->statistics().sent_batches < 3) std::this_thread::yield();
  spool->Stop(seconds(20));
  EXPECT_EQ(server.taken.size(), 500u);
  EXPECT_EQ(server.closes, 1);
  EXPECT_EQ(spool->statistics().queued_batches, 0u);
  EXPECT_EQ(told.size(), 2u);
  EXPECT_FALSE(spool->Start().ok());

  struct stat info {};
  ASSERT_EQ(stat((folder.path() + "/spool").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  ASSERT_EQ(stat((folder.path() + "/spool/state").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(SpoolThread, AServerThatIsAwayDoesNotKeepAProgramFromEnding) {
  const TemporaryFolder folder;
  FakeServer server;
  for (int i = 0; i < 10000; ++i) server.answers.push_back(Outcome::TryAgain("away"));
  SpoolOptions options;
  options.directory = folder.path() + "/spool";
  options.probe = "p";
  auto spool = *Spool::Open(std::move(options), std::make_unique<FakeDestination>(&server));
  ASSERT_TRUE(spool->Start().ok());
  ASSERT_TRUE(spool->Add(LinesOf({"x"})).ok());
  while (spool->statistics().failed_tries == 0) std::this_thread::yield();
  const auto before = std::chrono::steady_clock::now();
  spool->Stop(seconds(60));
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(30));
  EXPECT_EQ(spool->statistics().queued_batches, 1u);
}

TEST(SpoolFolders, AreOfOneProcessAndNobodyElse) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/spool";
  auto first = OpenSpoolFolder(path);
  ASSERT_TRUE(first.ok());
  const absl::Status second = OpenSpoolFolder(path).status();
  EXPECT_TRUE(absl::IsUnavailable(second)) << second;
  EXPECT_THAT(std::string(second.message()), HasSubstr("another process"));
  first->reset();
  EXPECT_TRUE(OpenSpoolFolder(path).ok());
  std::filesystem::permissions(path, std::filesystem::perms(0750));
  const absl::Status open = OpenSpoolFolder(path).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(open)) << open;
  EXPECT_THAT(std::string(open.message()), HasSubstr("chmod 700"));
  EXPECT_TRUE(absl::IsNotFound(OpenSpoolFolder(folder.path() + "/a/b").status()));
}

}  // namespace
}  // namespace tstat::internal
