// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/file_destination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "output/destinations/spool.h"
#include "tests/output/destinations/fake_destination.h"
#include "tests/output/temporary_folder.h"

namespace tstat::internal {
namespace {

using ::testing::HasSubstr;

class FileDestinationTest : public ::testing::Test {
 protected:
  std::unique_ptr<Destination> Make() {
    options_.path = path_;
    auto destination = MakeFileDestination(options_, [this] { return now_; });
    status_ = destination->Attach(state_.empty() ? std::nullopt : std::optional(state_), waiting_,
                                  [this](const std::string& state) {
                                    state_ = state;
                                    return absl::OkStatus();
                                  });
    return destination;
  }
  void Send(Destination& destination, const std::string& line, const std::string& header = "") {
    Batch batch = LinesOf({line});
    batch.header = header;
    const Outcome outcome = destination.Send(batch, {});
    EXPECT_EQ(outcome.kind, Outcome::Kind::kDelivered) << outcome.why;
    told_ = outcome.why;
    state_ = destination.State();
  }
  void Append(const std::string& text) { std::ofstream(path_, std::ios::app) << text; }

  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/flows.jsonl";
  FileDestinationOptions options_;
  int64_t now_ = 1000;
  std::string state_;     // what a spool would have
  uint64_t waiting_ = 0;  // batches in it
  std::string told_;      // with the last batch
  absl::Status status_;
};

TEST_F(FileDestinationTest, AppendsAndBeginsWithTheHeader) {
  auto file = Make();
  Send(*file, "a", "names\n");
  Send(*file, "b", "names\n");
  EXPECT_EQ(ReadWholeFile(path_), "names\na\nb\n");
  EXPECT_TRUE(file->Sync().ok());
}

TEST_F(FileDestinationTest, WhatAKilledProcessLeftBehindTheLastBatchIsCutOff) {
  Send(*Make(), "a");
  Append("half a ba");
  waiting_ = 1;
  auto file = Make();
  EXPECT_TRUE(status_.ok());
  Send(*file, "half a batch");
  EXPECT_EQ(ReadWholeFile(path_), "a\nhalf a batch\n");
  EXPECT_EQ(told_, "");
}

TEST_F(FileDestinationTest, BatchesThatAKilledProcessWroteAreNotWrittenAgain) {
  Send(*Make(), "a");
  Append("b\nc\nd");  // the disk had more than the note of it
  waiting_ = 3;
  auto file = Make();
  for (const char* const line : {"b", "c", "d", "e"}) Send(*file, line);
  EXPECT_EQ(ReadWholeFile(path_), "a\nb\nc\nd\ne\n");
  // Zeros in the place of what a loss of power took away.
  file.reset();
  Append(std::string("f\0\0\0", 4));
  file = Make();
  Send(*file, "fgh");
  EXPECT_EQ(ReadWholeFile(path_), "a\nb\nc\nd\ne\nfgh\n");
}

TEST_F(FileDestinationTest, WhatOthersAppendedIsNeverCutOff) {
  Send(*Make(), "a");
  Append("theirs\n");
  // Nothing waited: the same rows are somebody else's, too.
  auto file = Make();
  Send(*file, "theirs");
  EXPECT_EQ(ReadWholeFile(path_), "a\ntheirs\ntheirs\n");
  EXPECT_THAT(told_, HasSubstr("7 bytes behind its last batch are somebody else's; they stay"));
  Append("while it runs\n");
  Send(*file, "b");
  EXPECT_EQ(ReadWholeFile(path_), "a\ntheirs\ntheirs\nwhile it runs\nb\n");
  EXPECT_NE(told_, "");
  // Killed in the middle of a batch, and then somebody else's rows.
  file.reset();
  Append("cc\nd\n");
  waiting_ = 1;
  file = Make();
  Send(*file, "ccc");
  EXPECT_EQ(ReadWholeFile(path_), "a\ntheirs\ntheirs\nwhile it runs\nb\ncc\nd\nccc\n");
  Send(*file, "e");
  EXPECT_EQ(told_, "");
}

TEST_F(FileDestinationTest, RowsAreNeverUnderAnotherHeaderLine) {
  auto file = Make();
  Send(*file, "1,2", "a,b\n");
  Send(*file, "3", "c\n");
  EXPECT_EQ(told_, "begins anew, with another header line; what was there is " + path_ + ".000001");
  EXPECT_EQ(ReadWholeFile(path_), "c\n3\n");
  EXPECT_EQ(ReadWholeFile(path_ + ".000001"), "a,b\n1,2\n");
  // Of another process, or an export that did not know of this one.
  for (const bool knows : {true, false}) {
    file.reset();
    if (!knows) state_.clear();
    file = Make();
    Send(*file, "4", "c\n");
    EXPECT_EQ(told_, "");
  }
  EXPECT_EQ(ReadWholeFile(path_), "c\n3\n4\n4\n");
  file.reset();
  state_.clear();
  file = Make();
  Send(*file, "5", "c,d\n");
  EXPECT_EQ(ReadWholeFile(path_), "c,d\n5\n");
  EXPECT_EQ(ReadWholeFile(path_ + ".000002"), "c\n3\n4\n4\n");
}

TEST_F(FileDestinationTest, NeverAddsToALineOfSomebodyElse) {
  Append("no newline");
  auto file = Make();
  Send(*file, "a");
  EXPECT_EQ(ReadWholeFile(path_), "no newline\na\n");
}

TEST_F(FileDestinationTest, AFileHasOneWriter) {
  auto file = Make();
  EXPECT_TRUE(status_.ok());
  path_ = folder_.path() + "/../" + folder_.path().substr(folder_.path().rfind('/') + 1) +
          "/./flows.jsonl";
  auto second = Make();
  EXPECT_TRUE(absl::IsUnavailable(status_)) << status_;
  EXPECT_THAT(std::string(status_.message()), HasSubstr("another export"));
  std::filesystem::create_hard_link(path_, folder_.path() + "/link");
  path_ = folder_.path() + "/link";
  second = Make();
  EXPECT_TRUE(absl::IsUnavailable(status_)) << status_;
  EXPECT_EQ(second->Send(LinesOf({"b"}), {}).kind, Outcome::Kind::kTryAgain);
  file->Close();
  Send(*second, "b");
  // It may be there before its first batch, or come while it is written to.
  path_ = folder_.path() + "/other";
  auto other = Make();
  std::filesystem::rename(folder_.path() + "/link", path_);
  EXPECT_THAT(other->Send(LinesOf({"c"}), {}).why, HasSubstr("another export"));
  second.reset();
  Send(*other, "c");
  EXPECT_EQ(ReadWholeFile(path_), "b\nc\n");
}

TEST_F(FileDestinationTest, WhatWasThereBeforeTheFirstBatchStays) {
  Append("of somebody else\n");
  auto file = Make();
  Send(*file, "a");
  EXPECT_EQ(ReadWholeFile(path_), "of somebody else\na\n");
  // Killed in its first write: what was noted before that says where that began.
  std::filesystem::remove(path_);
  Append("of somebody else\n");
  state_.clear();
  file.reset();
  file = Make();
  Batch batch = LinesOf({"b"});
  EXPECT_EQ(file->Send(batch, {}).kind,
            Outcome::Kind::kDelivered);  // state_ is not the one after it
  file.reset();
  waiting_ = 1;
  file = Make();
  Send(*file, "b");
  EXPECT_EQ(ReadWholeFile(path_), "of somebody else\nb\n");
}

TEST_F(FileDestinationTest, AFileThatIsShorterThanItWasIsALoss) {
  Send(*Make(), "a");
  std::filesystem::resize_file(path_, 1);
  (void)Make();
  EXPECT_TRUE(absl::IsDataLoss(status_));
  EXPECT_THAT(std::string(status_.message()), HasSubstr("has 1 bytes, not the 2"));
}

TEST_F(FileDestinationTest, AFileThatSomebodyMovesOrCutsBeginsAnew) {
  auto file = Make();
  Send(*file, "a", "names\n");
  std::filesystem::rename(path_, path_ + ".1");
  Send(*file, "b", "names\n");
  EXPECT_EQ(ReadWholeFile(path_), "names\nb\n");
  EXPECT_EQ(ReadWholeFile(path_ + ".1"), "names\na\n");
  std::filesystem::resize_file(path_, 0);
  Send(*file, "c", "names\n");
  EXPECT_EQ(ReadWholeFile(path_), "names\nc\n");
}

TEST_F(FileDestinationTest, RotatesBySize) {
  options_.rotate_bytes = 10;
  options_.keep = 2;
  auto file = Make();
  for (const char* line :
       {"1234", "5678", "abcd", "efgh", "a batch that is longer than a file", "z"}) {
    Send(*file, line);
  }
  EXPECT_EQ(ReadWholeFile(path_), "z\n");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".000001"));
  EXPECT_EQ(ReadWholeFile(path_ + ".000002"), "abcd\nefgh\n");
  EXPECT_EQ(ReadWholeFile(path_ + ".000003"), "a batch that is longer than a file\n");
  // Another process goes on with the numbers.
  file.reset();
  file = Make();
  Send(*file, "123456789");
  EXPECT_EQ(ReadWholeFile(path_ + ".000004"), "z\n");
}

TEST_F(FileDestinationTest, RotatesByTimeAndNeverOverwrites) {
  options_.rotate_seconds = 60;
  Append("");
  std::ofstream(path_ + ".000001") << "old";
  auto file = Make();
  Send(*file, "a");
  now_ += 59;
  Send(*file, "b");
  now_ += 1;
  Send(*file, "c");
  EXPECT_EQ(ReadWholeFile(path_ + ".000001"), "old");
  EXPECT_EQ(ReadWholeFile(path_ + ".000002"), "a\nb\n");
  EXPECT_EQ(ReadWholeFile(path_), "c\n");
}

TEST_F(FileDestinationTest, FilesThatCannotBeWrittenAreTriedAgain) {
  path_ = folder_.path() + "/missing/flows";
  auto file = Make();
  const Outcome outcome = file->Send(LinesOf({"a"}), {});
  EXPECT_EQ(outcome.kind, Outcome::Kind::kTryAgain);
  EXPECT_EQ(outcome.why, "No such file or directory");
  std::filesystem::create_directory(folder_.path() + "/missing");
  Send(*file, "a");

  path_ = folder_.path() + "/link";
  std::filesystem::create_symlink(folder_.path() + "/elsewhere", path_);
  EXPECT_EQ(Make()->Send(LinesOf({"a"}), {}).kind, Outcome::Kind::kTryAgain);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/elsewhere"));

  path_ = folder_.path() + "/pipe";
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(Make()->Send(LinesOf({"a"}), {}).kind, Outcome::Kind::kTryAgain) << "nobody reads";

  path_ = "/dev/full";
  EXPECT_EQ(Make()->Send(LinesOf({"a"}), {}).why, "No space left on device");
  path_ = "/dev/null";
  EXPECT_EQ(Make()->Send(LinesOf({"a"}), {}).kind, Outcome::Kind::kDelivered);
}

// A child process writes numbered lines through a spool and is killed at a random moment; the next
// one goes on. Each line that a child was told is kept is in the files once.
std::unique_ptr<Spool> OpenKilled(const std::string& folder, uint64_t rotate_bytes) {
  SpoolOptions options;
  options.directory = folder + "/spool";
  options.probe = "p";
  options.sync = SpoolSync::kNever;
  options.max_bytes = uint64_t{8} << 20;
  FileDestinationOptions file{.path = folder + "/flows", .rotate_bytes = rotate_bytes};
  auto spool =
      Spool::Open(std::move(options), MakeFileDestination(file, [] { return int64_t{0}; }));
  return spool.ok() ? *std::move(spool) : nullptr;
}

[[noreturn]] void WriteUntilKilled(const std::string& folder, uint64_t first, int kept) {
  const std::unique_ptr<Spool> spool = OpenKilled(folder, 20000);
  if (spool == nullptr || !spool->Start().ok()) _exit(1);
  for (uint64_t i = first;; ++i) {
    // One line is one write, so that the parent knows what was kept.
    if (!spool->Add(LinesOf({absl::StrCat("line ", i, std::string(i % 90, '.'))})).ok()) _exit(2);
    if (write(kept, &i, sizeof i) != sizeof i) _exit(3);
  }
}

TEST(FileDestinationKilled, NothingIsLostAndNothingComesTwice) {
  const char* const asked = std::getenv("TSTAT_KILLS");
  const char* const chosen = std::getenv("TSTAT_SEED");
  const int rounds = asked != nullptr ? std::atoi(asked) : 6;
  const uint32_t seed =
      chosen != nullptr ? static_cast<uint32_t>(std::atoi(chosen)) : std::random_device()();
  SCOPED_TRACE(absl::StrCat("TSTAT_SEED=", seed));
  std::mt19937 random(seed);
  const TemporaryFolder folder;
  uint64_t next = 1;
  std::set<uint64_t> in_doubt;
  for (int round = 0; round < rounds; ++round) {
    int kept[2];
    ASSERT_EQ(pipe(kept), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(kept[0]);
      WriteUntilKilled(folder.path(), next, kept[1]);
    }
    close(kept[1]);
    uint64_t last = next - 1, number = 0;
    const uint64_t until = next + random() % 1500;
    while (last < until && read(kept[0], &number, sizeof number) == sizeof number) last = number;
    ASSERT_EQ(kill(child, SIGKILL), 0);
    while (read(kept[0], &number, sizeof number) == sizeof number) last = number;
    close(kept[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
    // It may have been kept, or not: the child was killed while it was added.
    in_doubt.insert(last + 1);
    next = last + 2;
  }
  const std::unique_ptr<Spool> spool = OpenKilled(folder.path(), 20000);
  ASSERT_NE(spool, nullptr);
  ASSERT_TRUE(spool->Start().ok());
  spool->Stop(std::chrono::seconds(60));
  ASSERT_EQ(spool->statistics().queued_batches, 0u);
  EXPECT_EQ(spool->statistics().lost_batches, 0u);

  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::rotate(paths.begin(), paths.begin() + 1, paths.end());  // "flows" is the last one
  uint64_t expected = 1;
  for (const std::string& path : paths) {
    const std::string text = ReadWholeFile(path);
    ASSERT_TRUE(text.empty() || text.ends_with('\n')) << path;
    for (const auto line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      const std::vector<std::string> parts =
          absl::StrSplit(line, absl::ByAnyChar(" ."), absl::SkipEmpty());
      uint64_t number = 0;
      ASSERT_TRUE(parts.size() == 2 && absl::SimpleAtoi(parts[1], &number)) << line;
      ASSERT_GE(number, expected) << "twice, or in another order, in " << path;
      for (; expected < number; ++expected) {
        ASSERT_TRUE(in_doubt.contains(expected)) << expected << " is missing before " << path;
      }
      ++expected;
    }
  }
  EXPECT_GE(expected, next - 1);
}

}  // namespace
}  // namespace tstat::internal
