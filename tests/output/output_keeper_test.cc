// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/output_keeper.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "output/directory_lock.h"
#include "tests/output/temporary_folder.h"

namespace tstat::internal {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr int64_t kNoon = 1500033600;  // Fri Jul 14 12:00:00 2017 UTC

TEST(KeepLimitTest, NumbersWithUnits) {
  EXPECT_EQ(ParseKeepLimit("30d")->seconds, 30 * 86400);
  EXPECT_EQ(ParseKeepLimit("12h")->seconds, 12 * 3600);
  EXPECT_EQ(ParseKeepLimit("100G")->bytes, uint64_t{100} << 30);
  EXPECT_EQ(ParseKeepLimit("1M")->bytes, uint64_t{1} << 20);
  EXPECT_EQ(ParseKeepLimit("1000000T")->bytes, uint64_t{1000000} << 40);
  for (const char* text : {"", "d", "30", "0d", "-1d", "1.5d", "30D", "30 d", "1000001d", "x30d",
                           "99999999999999999999G", "nand"}) {
    EXPECT_FALSE(ParseKeepLimit(text).ok()) << text;
  }
}

class OutputKeeperTest : public testing::Test {
 protected:
  OutputKeeperTest() {
    setenv("TZ", "UTC", 1);
    tzset();
  }

  // A directory of July 2017 with a log of `kilobytes`, last changed then.
  void Make(const std::string& name, int kilobytes = 4) {
    const std::string path = folder_.path() + "/" + name;
    fs::create_directories(path + "/000");
    std::ofstream(path + "/000/ip_len_in") << "x";
    std::ofstream(path + "/log_tcp_complete")
        << std::string(static_cast<size_t>(kilobytes) * 1024, 'x');
    std::tm day{};
    strptime(name.c_str(), "%Y_%m_%d_%H_%M", &day);
    const timespec times[2] = {{timegm(&day), 0}, {timegm(&day), 0}};
    utimensat(AT_FDCWD, path.c_str(), times, 0);
  }
  std::set<std::string> Names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      names.insert(entry.path().filename());
    }
    return names;
  }
  // Until nothing is left to be removed.
  std::vector<std::string> RemoveAll(OutputKeeper& keeper, const std::string& present) {
    std::vector<std::string> removed;
    while (auto path =
               keeper.RemoveOldest(folder_.path(), present, Timestamp::FromSeconds(kNoon))) {
      removed.push_back(fs::path(*path).filename());
    }
    return removed;
  }

  TemporaryFolder folder_;
};

TEST_F(OutputKeeperTest, ByAge) {
  for (const char* name : {"2017_07_14_11_00.out", "2017_07_10_12_00.out", "2017_07_13_13_00.out",
                           "2017_07_13_11_00.out", "2017_07_13_11_00_2.out"}) {
    Make(name);
  }
  OutputKeeper keeper(*ParseKeepLimit("1d"));
  EXPECT_THAT(RemoveAll(keeper, ""), ElementsAre("2017_07_10_12_00.out", "2017_07_13_11_00.out",
                                                 "2017_07_13_11_00_2.out"));
  EXPECT_THAT(Names(), UnorderedElementsAre("2017_07_14_11_00.out", "2017_07_13_13_00.out"));
  EXPECT_THAT(keeper.TakeProblems(), IsEmpty());
}

TEST_F(OutputKeeperTest, BySizeTheOldestGo) {
  for (const char* name : {"2017_07_10_12_00.out", "2017_07_10_12_00_2.out",
                           "2017_07_10_12_00_10.out", "2017_07_12_12_00.out"}) {
    Make(name, 600);
  }
  OutputKeeper keeper(*ParseKeepLimit("1M"));
  EXPECT_THAT(RemoveAll(keeper, ""), ElementsAre("2017_07_10_12_00.out", "2017_07_10_12_00_2.out",
                                                 "2017_07_10_12_00_10.out"));
  Make("2017_07_13_12_00.out", 500);
  EXPECT_THAT(RemoveAll(keeper, ""), ElementsAre("2017_07_12_12_00.out"));
  EXPECT_THAT(Names(), UnorderedElementsAre("2017_07_13_12_00.out"));
}

TEST_F(OutputKeeperTest, WhatIsChangedLaterIsYounger) {
  Make("2017_07_10_12_00.out");
  fs::last_write_time(folder_.path() + "/2017_07_10_12_00.out", fs::file_time_type::clock::now());
  OutputKeeper keeper(*ParseKeepLimit("1d"));
  EXPECT_THAT(RemoveAll(keeper, ""), IsEmpty());
}

TEST_F(OutputKeeperTest, OpenOnesStay) {
  for (const char* name :
       {"2017_07_10_12_00.out", "2017_07_11_12_00.out", "2017_07_12_12_00.out"}) {
    Make(name, 2000);
  }
  const auto lock = DirectoryLock::Of(folder_.path() + "/2017_07_11_12_00.out");
  ASSERT_TRUE(lock.ok());
  for (const char* limit : {"1h", "1M"}) {
    OutputKeeper keeper(*ParseKeepLimit(limit));
    RemoveAll(keeper, "2017_07_10_12_00.out");
    EXPECT_THAT(keeper.TakeProblems(), IsEmpty());
    EXPECT_THAT(Names(), UnorderedElementsAre("2017_07_10_12_00.out", "2017_07_11_12_00.out"));
  }
}

TEST_F(OutputKeeperTest, NothingOfOthers) {
  Make("2017_07_10_12_00.out");
  std::ofstream(folder_.path() + "/2017_07_10_12_00.out/notes") << "mine";
  Make("2017_07_10_12_00.out");  // changed then
  Make("2017_07_10_12_00.out.old");
  Make("2017_07_10_12_00");
  std::ofstream(folder_.path() + "/2017_07_11_12_00.out") << "a file";
  fs::create_directories(folder_.path() + "/elsewhere");
  std::ofstream(folder_.path() + "/elsewhere/log_tcp_complete") << "rows";
  fs::create_symlink("elsewhere", folder_.path() + "/2017_07_12_12_00.out");
  const std::set<std::string> before = Names();
  OutputKeeper keeper(*ParseKeepLimit("1h"));
  EXPECT_THAT(RemoveAll(keeper, ""), IsEmpty());
  EXPECT_EQ(Names(), before);
  EXPECT_TRUE(fs::exists(folder_.path() + "/2017_07_10_12_00.out/notes"));
  EXPECT_FALSE(fs::exists(folder_.path() + "/2017_07_10_12_00.out/log_tcp_complete"));
  EXPECT_TRUE(fs::exists(folder_.path() + "/elsewhere/log_tcp_complete"));
  EXPECT_THAT(keeper.TakeProblems(),
              ElementsAre(HasSubstr("cannot be removed: it holds what is not of tstat (notes)")));
  EXPECT_THAT(RemoveAll(keeper, ""), IsEmpty());
  EXPECT_THAT(keeper.TakeProblems(), IsEmpty());
}

}  // namespace
}  // namespace tstat::internal
