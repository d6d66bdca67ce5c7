// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/shipment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/ship/files.h"
#include "tstat-ship/log_tree.h"
#include "tstat-ship/positions.h"

namespace tstat::ship {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Rows to a file, by as many processes as a test likes.
class ShipmentToFile : public ::testing::Test {
 protected:
  std::unique_ptr<Shipment> Open(ShipmentOptions options = {}) {
    options.text = "csv=" + out_ + "#logs=tcp&columns=c_bytes_all";
    options.state_dir = folder_ / "state";
    options.sync = SpoolSync::kNever;
    options.probe = "probe";
    options.tell = [this](std::string_view line) { told_.emplace_back(line); };
    auto shipment = Shipment::Open(std::move(options));
    EXPECT_TRUE(shipment.ok()) << shipment.status();
    EXPECT_TRUE((*shipment)->Start().ok());
    return *std::move(shipment);
  }
  LogFile File() const { return LogsOf(folder_.path()).at(0); }
  // One process' life: what there is goes out.
  std::vector<uint64_t> Ship(ShipmentOptions options = {}) {
    auto shipment = Open(std::move(options));
    EXPECT_TRUE(shipment->Read(File()).ok());
    EXPECT_TRUE(shipment->Flush().ok());
    shipment->Close(std::chrono::seconds(20));
    return NumbersIn(out_);
  }

  TestFolder folder_;
  std::string log_ = folder_ / "log_tcp_complete", out_ = folder_ / "out.csv";
  std::vector<std::string> told_;
};

TEST_F(ShipmentToFile, SendsEachRowOnceOverRestarts) {
  WriteAll(log_, kLogHeader + RowTexts(1, 3));
  EXPECT_EQ(Ship(), From(1, 3));
  EXPECT_EQ(Ship(), From(1, 3));
  AppendAll(log_, RowTexts(4, 2) + "10.0.0.1 4000 6");  // its end is to come
  EXPECT_EQ(Ship(), From(1, 5));
  AppendAll(log_, " 10.0.0.2 80\n" + RowText(7));
  EXPECT_EQ(Ship(), From(1, 7));
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_THAT(Ship({.again = true}), ElementsAre(1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7));
}

TEST_F(ShipmentToFile, TakesALastLineWithoutEndWhenTheLogIsOld) {
  WriteAll(log_, kLogHeader + RowText(1) + "10.0.0.1 4000 2 10.0.0.2 80");
  EXPECT_EQ(Ship(), From(1, 1));
  SetAge(log_, 3500);
  EXPECT_EQ(Ship(), From(1, 1));
  SetAge(log_, 3700);
  EXPECT_EQ(Ship(), From(1, 2));
  EXPECT_EQ(Ship(), From(1, 2));
}

TEST_F(ShipmentToFile, GoesOnInTheSameLogCompressedOrCopied) {
  WriteAll(log_, kLogHeader + RowTexts(1, 5));
  EXPECT_EQ(Ship(), From(1, 5));
  WriteGzip(log_ + ".gz", kLogHeader + RowTexts(1, 8));
  std::filesystem::remove(log_);
  EXPECT_EQ(Ship(), From(1, 8));
  WriteAll(folder_ / "copy", kLogHeader + RowTexts(1, 9));
  std::filesystem::rename(folder_ / "copy", log_);
  EXPECT_EQ(Ship(), From(1, 9));
  EXPECT_THAT(told_, IsEmpty());
}

// Sessions are renamed, and moved into directories of months.
TEST_F(ShipmentToFile, GoesOnInADirectoryThatWasMoved) {
  const FullLog full;
  const std::string logs = folder_ / "logs";
  const auto ship = [&](const std::string& session) {
    auto shipment = Open();
    const std::vector<LogFile> files = LogsOf(logs + "/" + session);
    ASSERT_EQ(files.size(), 1u);
    EXPECT_TRUE(shipment->Read(files[0]).ok());
    EXPECT_TRUE(shipment->Flush().ok());
    shipment->Close(std::chrono::seconds(20));
  };
  const auto move = [&](const std::string& from, const std::string& to) {
    std::filesystem::create_directories(std::filesystem::path(logs + "/" + to).parent_path());
    std::filesystem::rename(logs + "/" + from, logs + "/" + to);
  };
  WriteAll(logs + "/a.out/log_tcp_complete", full.header() + full.Rows(1001, 10));
  ship("a.out");
  move("a.out", "a.bak");
  ship("a.bak");
  AppendAll(logs + "/a.bak/log_tcp_complete", full.Rows(1011, 20));
  move("a.bak", "2018/01/a.out");
  ship("2018/01/a.out");
  EXPECT_EQ(NumbersIn(out_), From(1001, 30));
  // And back, compressed meanwhile.
  WriteGzip(logs + "/2018/01/a.out/log_tcp_complete.gz",
            full.header() + full.Rows(1001, 30) + full.Rows(1031, 1));
  std::filesystem::remove(logs + "/2018/01/a.out/log_tcp_complete");
  move("2018/01/a.out", "a.out");
  ship("a.out");
  EXPECT_EQ(NumbersIn(out_), From(1001, 31));
  EXPECT_EQ(told_.size(), 3u);
  EXPECT_THAT(told_, ::testing::Each(HasSubstr("which is gone")));
  // Another one, of which only the header line is the same, and a copy are logs of their own.
  told_.clear();
  std::filesystem::remove_all(logs + "/a.out");
  WriteAll(logs + "/b.out/log_tcp_complete", full.header() + full.Rows(1032, 10));
  ship("b.out");
  EXPECT_EQ(NumbersIn(out_), From(1001, 41));
  std::filesystem::copy(logs + "/b.out", logs + "/c.out");
  ship("c.out");
  EXPECT_EQ(NumbersIn(out_).size(), 51u);
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(ShipmentToFile, AnotherLogOfTheNameBeginsAnew) {
  WriteAll(log_, kLogHeader + RowTexts(1, 5));
  EXPECT_EQ(Ship(), From(1, 5));
  WriteAll(folder_ / "other", kLogHeader + RowTexts(6, 2));
  std::filesystem::rename(folder_ / "other", log_);
  EXPECT_EQ(Ship(), From(1, 7));
  EXPECT_THAT(told_, ElementsAre(HasSubstr("is another log")));
}

// The header line of the logs alone has more than a kilobyte, and is the same in all of them.
TEST_F(ShipmentToFile, AnotherLogWithTheSameHeaderBeginsAnew) {
  const FullLog full;
  ASSERT_GT(full.header().size(), 1500u);
  for (const uint64_t rows : {1, 10, 100}) {
    std::filesystem::remove_all(folder_ / "state");
    std::filesystem::remove(out_);
    told_.clear();
    WriteAll(log_, full.header());
    EXPECT_THAT(Ship(), IsEmpty());
    AppendAll(log_, full.Rows(1001, 1));
    EXPECT_EQ(Ship(), From(1001, 1));
    AppendAll(log_, full.Rows(1002, rows));
    EXPECT_EQ(Ship(), From(1001, rows + 1));
    EXPECT_THAT(told_, IsEmpty());
    // Longer than the one that is gone, so that its size tells nothing.
    std::filesystem::remove(log_);
    WriteAll(log_, full.header() + full.Rows(1002 + rows, 5 * rows));
    EXPECT_EQ(Ship(), From(1001, 6 * rows + 1));
    EXPECT_THAT(told_, ElementsAre(HasSubstr("is another log")));
  }
}

TEST_F(ShipmentToFile, ALogThatIsWrittenAnewWhileItIsFollowedBeginsAnew) {
  const FullLog full;
  ShipmentOptions following;
  following.follows = true;
  auto shipment = Open(std::move(following));
  const auto ship = [&] {
    EXPECT_TRUE(shipment->Read(File()).ok());
    EXPECT_TRUE(shipment->Flush().ok());
  };
  WriteAll(log_, full.header() + full.Rows(1001, 10));
  ship();
  // The same file, cut and written again before it is looked at.
  WriteAll(log_, full.header() + full.Rows(1011, 20));
  ship();
  std::filesystem::remove(log_);
  WriteAll(log_, full.header() + full.Rows(1031, 30));
  ship();
  AppendAll(log_, full.Rows(1061, 1));
  ship();
  shipment->Close(std::chrono::seconds(20));
  EXPECT_EQ(NumbersIn(out_), From(1001, 61));
  EXPECT_THAT(told_, ElementsAre(HasSubstr("is another log"), HasSubstr("is another log")));
}

// Positions of earlier versions know less of a log's begin.
TEST_F(ShipmentToFile, PositionsWithAShortBeginHold) {
  const FullLog full;
  WriteAll(log_, full.header() + full.Rows(1001, 30));
  EXPECT_EQ(Ship(), From(1001, 30));
  std::string positions;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "state")) {
    if (entry.path().extension() == ".positions") positions = entry.path();
  }
  const uint64_t size = std::filesystem::file_size(log_);
  uint32_t bytes = 512;
  const std::string check = std::to_string(*CheckOfBegin(log_, &bytes));
  AppendAll(positions,
            "1 " + std::to_string(size) + " 31 0 1 0 0 512 " + check + " " + File().key + "\n");
  AppendAll(log_, full.Rows(1031, 1));
  EXPECT_EQ(Ship(), From(1001, 31));
  EXPECT_THAT(told_, IsEmpty());
  // From now on more of it is known.
  WriteAll(log_, full.header() + full.Rows(1032, 60));
  EXPECT_EQ(Ship(), From(1001, 91));
  EXPECT_THAT(told_, ElementsAre(HasSubstr("is another log")));
}

TEST_F(ShipmentToFile, EachRunTellsOfALogThatWasCut) {
  WriteAll(log_, kLogHeader + RowTexts(1, 500));
  EXPECT_EQ(Ship(), From(1, 500));
  std::filesystem::resize_file(log_, (kLogHeader + RowTexts(1, 400)).size());
  EXPECT_EQ(Ship(), From(1, 500));
  EXPECT_THAT(told_, ElementsAre(HasSubstr("shorter")));
  EXPECT_EQ(Ship(), From(1, 500));
  EXPECT_THAT(told_, ElementsAre(HasSubstr("shorter"), HasSubstr("shorter")));
  auto shipment = Open();
  for (int look = 0; look < 3; ++look) {
    EXPECT_TRUE(shipment->Read(File()).ok());
    EXPECT_FALSE(shipment->HasAllOf(File()));
    EXPECT_EQ(shipment->broken_logs(), 1u);
  }
  EXPECT_EQ(told_.size(), 3u);
  AppendAll(log_, RowTexts(401, 101));
  EXPECT_TRUE(shipment->Read(File()).ok());
  EXPECT_TRUE(shipment->HasAllOf(File()));
  EXPECT_EQ(shipment->broken_logs(), 0u);
  EXPECT_TRUE(shipment->Flush().ok());
  shipment->Close(std::chrono::seconds(20));
  EXPECT_EQ(NumbersIn(out_), From(1, 501));
}

// Rows whose digits make a gzip file of some size.
std::string ManyRows() {
  std::string text = kLogHeader;
  for (uint64_t i = 1, number = 1; i <= 5000; ++i) {
    number = number * 6364136223846793005U + 1442695040888963407U;
    text += RowText(number >> 20);
  }
  return text;
}

TEST_F(ShipmentToFile, GzipFilesThatEndInTheMiddleOrAreDamagedAreTold) {
  WriteGzip(log_ + ".gz", ManyRows());
  const std::string whole = ReadAll(log_ + ".gz");
  ASSERT_GT(whole.size(), 10000u);
  std::string damaged = whole;
  for (size_t i = damaged.size() / 2; i < damaged.size() / 2 + 20; ++i) damaged[i] ^= 0x55;
  for (const auto& [bytes, what] :
       {std::pair(whole.substr(0, whole.size() / 2), "ends in the middle"),
        std::pair(whole.substr(0, whole.size() - 1), "ends in the middle"),
        std::pair(std::string(), "ends in the middle"), std::pair(damaged, "damaged")}) {
    std::filesystem::remove_all(folder_ / "state");
    WriteAll(log_ + ".gz", bytes);
    for (int run = 0; run < 2; ++run) {
      told_.clear();
      auto shipment = Open();
      EXPECT_TRUE(shipment->Read(File()).ok());
      EXPECT_FALSE(shipment->HasAllOf(File())) << what;
      EXPECT_EQ(shipment->broken_logs(), 1u);
      EXPECT_TRUE(shipment->Flush().ok());
      EXPECT_THAT(told_, ElementsAre(HasSubstr(what)));
      shipment->Close(std::chrono::seconds(20));
    }
  }
  std::filesystem::remove_all(folder_ / "state");
  WriteAll(log_ + ".gz", whole);
  auto shipment = Open();
  EXPECT_TRUE(shipment->Read(File()).ok());
  EXPECT_TRUE(shipment->HasAllOf(File()));
  EXPECT_EQ(shipment->broken_logs(), 0u);
}

// A gzip file that is being written, as tstat -Z does.
TEST_F(ShipmentToFile, AGzipFileThatIsFollowedMayEndInTheMiddle) {
  WriteGzip(log_ + ".gz", ManyRows());
  const std::string whole = ReadAll(log_ + ".gz");
  WriteAll(log_ + ".gz", whole.substr(0, whole.size() / 2));
  ShipmentOptions following;
  following.follows = true;
  auto shipment = Open(std::move(following));
  EXPECT_TRUE(shipment->Read(File()).ok());
  EXPECT_FALSE(shipment->HasAllOf(File()));
  AppendAll(log_ + ".gz", whole.substr(whole.size() / 2));
  EXPECT_TRUE(shipment->Read(File()).ok());
  EXPECT_TRUE(shipment->HasAllOf(File()));
  EXPECT_TRUE(shipment->Flush().ok());
  shipment->Close(std::chrono::seconds(20));
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_EQ(NumbersIn(out_).size(), 5000u);
}

TEST_F(ShipmentToFile, ALastLineThatIsCutIsNeverRead) {
  WriteAll(log_, kLogHeader + RowText(1) + "10.0.0.1 4000 2 10.0");
  auto fresh = Open();
  EXPECT_TRUE(fresh->Read(File()).ok());
  EXPECT_FALSE(fresh->HasAllOf(File()));
  EXPECT_EQ(fresh->broken_logs(), 0u);
  EXPECT_TRUE(fresh->Flush().ok());
  fresh->Close(std::chrono::seconds(20));
  fresh = nullptr;
  SetAge(log_, 3700);
  for (int run = 0; run < 2; ++run) {
    auto old = Open();
    for (int look = 0; look < 2; ++look) EXPECT_TRUE(old->Read(File()).ok());
    EXPECT_FALSE(old->HasAllOf(File()));
    EXPECT_EQ(old->broken_logs(), 1u);
    EXPECT_TRUE(old->Flush().ok());
    old->Close(std::chrono::seconds(20));
  }
  ASSERT_EQ(told_.size(), 4u);
  EXPECT_THAT(told_[1], HasSubstr("its last line is cut"));
  AppendAll(log_, ".0.2 80\n");
  EXPECT_EQ(Ship(), From(1, 2));
}

// A batch that was noted and that the spool did not get: the process died in between.
TEST_F(ShipmentToFile, WhatTheSpoolDidNotGetIsReadAgain) {
  WriteAll(log_, kLogHeader + RowTexts(1, 10));
  EXPECT_EQ(Ship({.max_batch_items = 4}), From(1, 10));
  std::string positions;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "state")) {
    if (entry.path().extension() == ".positions") positions = entry.path();
  }
  const std::string before = ReadAll(positions);
  AppendAll(log_, RowTexts(11, 2));
  EXPECT_EQ(Ship(), From(1, 12));
  // As the file was when only its note of the last batch was written.
  const std::string after = ReadAll(positions);
  ASSERT_NE(before, after);
  AppendAll(log_, RowTexts(13, 1));
  AppendAll(positions, "999 99999999 14 0 1 0 0 0 0 " + File().key + "\n");
  EXPECT_EQ(Ship(), From(1, 13));
}

TEST_F(ShipmentToFile, ItemsOfARowInTwoBatches) {
  // Two messages a row, three a batch.
  WriteAll(folder_ / "log_udp_complete",
           "#c_ip:1 c_port:2 c_first_abs:3 c_durat:4 c_bytes_all:5 c_pkts_all:6 s_ip:10 s_port:11 "
           "s_first_abs:12 s_durat:13 s_bytes_all:14 s_pkts_all:15\n");
  const std::string udp = folder_ / "log_udp_complete";
  const auto row = [](int number) {
    return "1.1.1.1 1 1000.0 1.0 " + std::to_string(number) + " 1 2.2.2.2 2 1000.0 1.0 " +
           std::to_string(number) + " 1\n";
  };
  const auto ship = [&](bool finishes) {
    ShipmentOptions options;
    options.text = "netsage=" + out_ + "#threshold=0&sensor=x";
    options.state_dir = folder_ / "state";
    options.sync = SpoolSync::kNever;
    options.max_batch_items = 3;
    auto shipment = Shipment::Open(std::move(options));
    ASSERT_TRUE(shipment.ok()) << shipment.status();
    ASSERT_TRUE((*shipment)->Start().ok());
    ASSERT_TRUE((*shipment)->Read(LogsOf(folder_.path()).at(0)).ok());
    if (finishes) {
      ASSERT_TRUE((*shipment)->Flush().ok());
      (*shipment)->Close(std::chrono::seconds(20));
      return;
    }
    for (int i = 0; i < 2000 && (*shipment)->statistics().destination.queued_batches > 0; ++i) {
      usleep(10000);
    }
    // What waits for the end of its batch is lost with the process.
    _exit(0);
  };
  AppendAll(udp, row(1) + row(2));
  const pid_t child = fork();
  if (child == 0) {
    ship(false);
    _exit(1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  AppendAll(udp, row(3));
  ship(true);
  std::string bits;
  const std::string text = ReadAll(out_);
  for (size_t at = 0; (at = text.find("num_bits\":", at)) != std::string::npos;) {
    at += 10;
    bits += text.substr(at, text.find(',', at) - at) + " ";
  }
  EXPECT_EQ(bits, "8 8 16 16 24 24 ");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST_F(ShipmentToFile, TellsProblemsOfALog) {
  std::string text = kLogHeader;
  for (int i = 0; i < 20; ++i) text += "10.0.0.1 4000\n";
  WriteAll(log_, text + RowText(1));
  EXPECT_EQ(Ship(), From(1, 1));
  ASSERT_EQ(told_.size(), 11u);
  EXPECT_THAT(told_[0], HasSubstr("log_tcp_complete:2: 2 cells where a row has 5"));
  EXPECT_THAT(told_[10], HasSubstr("further problems"));
}

TEST_F(ShipmentToFile, StopsBetweenRows) {
  WriteAll(log_, kLogHeader + RowTexts(1, 1000));
  std::atomic<bool> stop{false};
  ShipmentOptions options;
  options.stop = &stop;
  options.accepts = [&](const LogFile&, const TableRow&, uint64_t line) {
    if (line == 300) stop = true;
    return true;
  };
  const std::vector<uint64_t> first = Ship(std::move(options));
  EXPECT_GE(first.size(), 299u);
  EXPECT_LT(first.size(), 1000u);
  EXPECT_EQ(Ship(), From(1, 1000));
}

TEST_F(ShipmentToFile, KnowsWhatIsOut) {
  WriteAll(log_, kLogHeader + RowTexts(1, 10));
  auto shipment = Open();
  EXPECT_TRUE(shipment->Takes(Log::kTcpComplete));
  EXPECT_FALSE(shipment->Takes(Log::kUdpComplete));
  EXPECT_FALSE(shipment->IsOut(File()));
  ASSERT_TRUE(shipment->Read(File()).ok());
  EXPECT_FALSE(shipment->IsOut(File()));
  ASSERT_TRUE(shipment->Flush().ok());
  EXPECT_TRUE(shipment->IsOut(File()));
  EXPECT_EQ(shipment->last_batch(), 1u);
  AppendAll(log_, RowText(11));
  EXPECT_FALSE(shipment->IsOut(File()));
  shipment->Close(std::chrono::seconds(20));
  EXPECT_EQ(shipment->settled_batch(), 1u);
}

// Nothing is lost for want of room: it is read when there is some.
TEST_F(ShipmentToFile, AFullSpoolWaits) {
  constexpr uint64_t kRows = 3000;
  WriteAll(log_, kLogHeader + RowTexts(1, kRows));
  const auto open = [&](const std::string& destination) {
    ShipmentOptions options;
    options.text = "json=" + destination + "#logs=tcp&columns=all&spool_bytes=1M&name=same";
    options.state_dir = folder_ / "state";
    options.sync = SpoolSync::kNever;
    options.max_batch_bytes = 30000;
    options.patience = std::chrono::seconds(0);
    auto shipment = Shipment::Open(std::move(options));
    EXPECT_TRUE(shipment.ok()) << shipment.status();
    return *std::move(shipment);
  };
  uint64_t kept = 0;
  for (int round = 0; round < 2; ++round) {
    auto shipment = open("unix:" + (folder_ / "nobody"));
    EXPECT_TRUE(absl::IsAborted(shipment->Read(File())));
    EXPECT_TRUE(absl::IsAborted(shipment->Flush()));
    shipment->Close(std::chrono::seconds(0));
    const uint64_t queued = shipment->statistics().destination.queued_rows;
    EXPECT_GT(queued, 100u);
    EXPECT_LT(queued, kRows / 2);
    if (round > 0) EXPECT_EQ(queued, kept);
    kept = queued;
  }
  auto shipment = open(out_);
  ASSERT_TRUE(shipment->Start().ok());
  // What waits goes out first.
  for (int i = 0; i < 2000 && shipment->settled_batch() < shipment->last_batch(); ++i) {
    usleep(10000);
  }
  while (absl::IsAborted(shipment->Read(File()))) {
    shipment = nullptr;
    shipment = open(out_);
    ASSERT_TRUE(shipment->Start().ok());
    usleep(10000);
  }
  EXPECT_TRUE(shipment->Flush().ok());
  shipment->Close(std::chrono::seconds(20));
  const std::string text = ReadAll(out_);
  std::vector<uint64_t> numbers;
  constexpr std::string_view kMember = "\"c_bytes_all\":";
  for (size_t at = 0; (at = text.find(kMember, at)) != std::string::npos;) {
    at += kMember.size();
    numbers.push_back(std::strtoull(text.c_str() + at, nullptr, 10));
  }
  EXPECT_EQ(numbers, From(1, kRows));
}

}  // namespace
}  // namespace tstat::ship
