// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/follow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/ship/files.h"

namespace tstat::ship {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

bool Within20Seconds(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    usleep(10000);
  }
  return false;
}

class FollowTo : public ::testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<Shipment> Open(bool follows) {
    ShipmentOptions options;
    options.text = "csv=" + out_ + "#logs=tcp&columns=c_bytes_all";
    options.state_dir = folder_ / "state";
    options.sync = SpoolSync::kNever;
    options.follows = follows;
    options.stop = &stop_;
    auto shipment = Shipment::Open(std::move(options));
    EXPECT_TRUE(shipment.ok()) << shipment.status();
    return *std::move(shipment);
  }
  Teller TellInto() {
    return [this](std::string_view line) {
      const std::scoped_lock lock(mutex_);
      told_.emplace_back(line);
    };
  }
  bool HasRows(uint64_t count) {
    return Within20Seconds([&] { return NumbersIn(out_).size() >= count; });
  }

  TestFolder folder_;
  std::string logs_ = folder_ / "logs", out_ = folder_ / "out.csv";
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::vector<std::string> told_;
};

TEST_P(FollowTo, TakesWhatComes) {
  const std::string first = logs_ + "/2018/01.out/log_tcp_complete";
  const std::string second = logs_ + "/2018/02.out/log_tcp_complete";
  WriteAll(first, kLogHeader + RowTexts(1, 3));
  auto shipment = Open(true);
  ASSERT_TRUE(shipment->Start().ok());
  FollowOptions options;
  options.watching.uses_inotify = GetParam();
  options.watching.poll_interval = std::chrono::milliseconds(20);
  options.pause = std::chrono::milliseconds(5);
  if (!GetParam()) options.search_interval = std::chrono::seconds(0);
  std::thread follower([&] {
    EXPECT_TRUE(Follow({logs_}, options, *shipment, stop_, TellInto()).ok());
    shipment->Close(std::chrono::seconds(20));
  });
  EXPECT_TRUE(HasRows(3));
  AppendAll(first, RowTexts(4, 2));
  EXPECT_TRUE(HasRows(5));
  // The probe begins another session, and then writes the end of the one before.
  WriteAll(second, kLogHeader);
  AppendAll(second, RowTexts(6, 1));
  EXPECT_TRUE(HasRows(6));
  AppendAll(first, RowTexts(7, 1));
  EXPECT_TRUE(HasRows(7));
  // It is compressed.
  WriteGzip(first + ".gz", ReadAll(first));
  std::filesystem::remove(first);
  AppendAll(second, RowTexts(8, 2));
  EXPECT_TRUE(HasRows(9));
  // And removed.
  std::filesystem::remove_all(logs_ + "/2018/01.out");
  WriteAll(logs_ + "/2019/01.out/log_tcp_complete", kLogHeader + RowTexts(10, 1));
  EXPECT_TRUE(HasRows(10));
  stop_ = true;
  follower.join();
  EXPECT_EQ(NumbersIn(out_), From(1, 10));
  EXPECT_THAT(told_, IsEmpty());
}

class OnePass : public FollowTo {};

// tstat makes the directory of a session, and a log in it when it has the first row.
TEST_F(OnePass, TakesALogThatComesIntoADirectoryThatIsThere) {
  std::filesystem::create_directories(logs_ + "/2018");
  auto shipment = Open(true);
  ASSERT_TRUE(shipment->Start().ok());
  FollowOptions options;
  // Only what inotify tells counts.
  options.watching.interval = options.search_interval = std::chrono::hours(1);
  options.pause = std::chrono::milliseconds(5);
  std::thread follower([&] {
    EXPECT_TRUE(Follow({logs_}, options, *shipment, stop_, TellInto()).ok());
    shipment->Close(std::chrono::seconds(20));
  });
  uint64_t next = 1;
  for (const char* const session : {"/2018/01.out", "/2018/02.out"}) {
    std::filesystem::create_directory(logs_ + session);
    // The one before is taken, so that the directory was seen when the log comes.
    usleep(50000);
    WriteAll(logs_ + session + "/log_tcp_complete", kLogHeader + RowTexts(next, 2));
    next += 2;
    EXPECT_TRUE(HasRows(next - 1)) << session;
  }
  stop_ = true;
  follower.join();
  EXPECT_EQ(NumbersIn(out_), From(1, 4));
}

INSTANTIATE_TEST_SUITE_P(Follow, FollowTo, ::testing::Bool(),
                         [](const auto& kind) { return kind.param ? "ByInotify" : "ByLooking"; });

TEST_F(OnePass, TakesSessionsInOrder) {
  WriteAll(logs_ + "/b.out/log_tcp_complete", kLogHeader + RowTexts(3, 2));
  WriteAll(logs_ + "/a.out/log_tcp_complete", kLogHeader + RowTexts(1, 2));
  WriteAll(logs_ + "/a.out/log_udp_complete", "#c_ip:1\n1.2.3.4\n");
  auto shipment = Open(false);
  ASSERT_TRUE(shipment->Start().ok());
  EXPECT_TRUE(ShipOnce({logs_}, *shipment, stop_, TellInto()).ok());
  EXPECT_TRUE(absl::IsNotFound(ShipOnce({folder_ / "none", logs_}, *shipment, stop_, TellInto())));
  shipment->Close(std::chrono::seconds(20));
  EXPECT_EQ(NumbersIn(out_), From(1, 4));
  EXPECT_THAT(told_, ElementsAre(HasSubstr("none")));
}

TEST(Watcher, SaysWhatHasChanged) {
  const TestFolder folder;
  WriteAll(folder / "a/log", "x");
  const std::atomic<bool> stop{false};
  Watcher watcher({.uses_inotify = true, .interval = std::chrono::milliseconds(1)});
  watcher.Watch({folder.path(), folder / "a"});
  ASSERT_TRUE(watcher.is_told());
  EXPECT_EQ(watcher.Wait(stop), Watcher::Change::kNone);
  AppendAll(folder / "a/log", "y");
  EXPECT_EQ(watcher.Wait(stop), Watcher::Change::kWritten);
  WriteAll(folder / "b/log", "x");
  EXPECT_EQ(watcher.Wait(stop), Watcher::Change::kNewNames);
  watcher.Watch({folder / "b"});
  (void)watcher.Wait(stop);  // of the watch that has gone
  AppendAll(folder / "a/log", "y");
  EXPECT_EQ(watcher.Wait(stop), Watcher::Change::kNone);
  AppendAll(folder / "b/log", "y");
  EXPECT_EQ(watcher.Wait(stop), Watcher::Change::kWritten);
  watcher.Watch({folder / "none"});
  EXPECT_FALSE(watcher.is_told());
}

TEST(Watcher, EndsWhenItIsTo) {
  std::atomic<bool> stop{true};
  Watcher watcher({.uses_inotify = true, .interval = std::chrono::hours(1)});
  EXPECT_EQ(watcher.Wait(stop), Watcher::Change::kNone);
  Watcher looking({.uses_inotify = false, .poll_interval = std::chrono::hours(1)});
  EXPECT_FALSE(looking.is_told());
  EXPECT_EQ(looking.Wait(stop), Watcher::Change::kNone);
}

}  // namespace
}  // namespace tstat::ship
