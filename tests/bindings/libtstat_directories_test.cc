// SPDX-License-Identifier: BSD-3-Clause
//
// libtstat.h: tstat_new_logdir, what is written where, and a runtime.conf that changes.
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>

#include "tests/bindings/libtstat_fixture.h"

namespace tstat::libtstat_tests {
namespace {

using ::testing::HasSubstr;

TEST_F(LibtstatTest, TheDirectoryIsThereBeforeTheFirstPacket) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(60);
  EXPECT_TRUE(fs::is_directory("out/2017_07_14_02_41.out"));
  EXPECT_TRUE(fs::exists("out/2017_07_14_02_41.out/log_tcp_complete"));
  Connection(600);
  tstat_close(nullptr);
  EXPECT_EQ(LinesOf("log_tcp_complete"), (std::map<std::string, int>{{"2017_07_14_02_41.out", 2}}));
}

TEST_F(LibtstatTest, TheBaseDirectory) {
  Write("file", "");
  fs::create_directory("folder");
  const std::pair<const char*, const char*> cases[] = {
      {"fresh", "fresh"}, {"file", "file.out"}, {"folder", "folder"}, {"", "stdin"}};
  for (const auto& [name, base] : cases) {
    ASSERT_EQ(Init(""), 0);
    timeval time = At(0);
    std::string copy = name;
    tstat_new_logdir(copy.empty() ? nullptr : copy.data(), &time);
    tstat_close(nullptr);
    EXPECT_TRUE(fs::exists(fs::path(base) / "2017_07_14_02_40.out")) << base;
  }
}

TEST_F(LibtstatTest, AnotherDirectoryTakesTheFlowsThatEndThen) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  Connection(0);
  Next(Tcp(true, kSyn, 100, 0, 1030), 1);
  Next(Tcp(false, kSyn | kAck, 500, 101, 1030), 1, 0, 1000);
  NewDirectory(120);
  Connection(121, 1026);
  tstat_report report{};
  tstat_close(&report);
  // The connection that was open then has no end: it is with the incomplete ones.
  EXPECT_EQ(LinesOf("log_tcp_complete"),
            (std::map<std::string, int>{{"2017_07_14_02_40.out", 2}, {"2017_07_14_02_42.out", 2}}));
  EXPECT_EQ(LinesOf("log_tcp_nocomplete"),
            (std::map<std::string, int>{{"2017_07_14_02_40.out", 1}, {"2017_07_14_02_42.out", 2}}));
  EXPECT_EQ(static_cast<long>(report.tot_conn_TCP), -1);
}

TEST_F(LibtstatTest, TheSameMinuteLosesNothing) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  Connection(0);
  NewDirectory(30);
  Connection(31, 1026);
  tstat_close(nullptr);
  EXPECT_EQ(
      LinesOf("log_tcp_complete"),
      (std::map<std::string, int>{{"2017_07_14_02_40.out", 2}, {"2017_07_14_02_40_2.out", 2}}));
}

TEST_F(LibtstatTest, WhatAnEarlierRunLeftIsReplaced) {
  // As if another process had been there.
  ASSERT_EQ(Init("-s earlier"), 0);
  NewDirectory(0);
  Connection(0);
  tstat_close(nullptr);
  fs::rename("earlier", "out");
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  Connection(0);
  tstat_close(nullptr);
  EXPECT_EQ(LinesOf("log_tcp_complete"), (std::map<std::string, int>{{"2017_07_14_02_40.out", 2}}));
}

// The key that was made at random is all that tells the images of the first analysis.
TEST_F(LibtstatTest, WhatTheProcessItselfWroteIsKept) {
  Write("nets", "10.0.0.0/8\n");
  std::string first_key;
  for (int run = 0; run < 3; ++run) {
    // Another path of the same directory.
    ASSERT_EQ(Init(run == 1 ? "-Y nets -s ./out" : "-Y nets -s out"), 0);
    Captured([] {
      NewDirectory(0);
      return 0;
    });
    EXPECT_EQ(err_.find("holds output of this program") != std::string::npos, run > 0) << err_;
    Connection(0);
    tstat_close(nullptr);
    if (run == 0) first_key = Read("out/CPanKey_2017_07_14_02_40");
  }
  std::map<std::string, int> lines = LinesOf("log_tcp_complete");
  std::erase_if(lines, [](const auto& entry) { return entry.first.starts_with("CPanKey"); });
  EXPECT_EQ(lines, (std::map<std::string, int>{{"2017_07_14_02_40.out", 2},
                                               {"2017_07_14_02_40_2.out", 2},
                                               {"2017_07_14_02_40_3.out", 2}}));
  EXPECT_EQ(first_key.size(), 45u);
  EXPECT_EQ(Read("out/CPanKey_2017_07_14_02_40"), first_key);
  EXPECT_TRUE(fs::exists("out/CPanKey_2017_07_14_02_40_3"));
  // What is not there any more is nothing that could be lost.
  fs::remove_all("out");
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  Connection(0);
  tstat_close(nullptr);
  EXPECT_EQ(LinesOf("log_tcp_complete"), (std::map<std::string, int>{{"2017_07_14_02_40.out", 2}}));
}

TEST_F(LibtstatTest, NothingIsMadeWhenNothingIsWritten) {
  ASSERT_EQ(Init("-s out -S -L"), 0);
  NewDirectory(0);
  Connection(0);
  tstat_close(nullptr);
  EXPECT_FALSE(fs::exists("out"));
}

TEST_F(LibtstatTest, WithoutADirectoryNothingIsLogged) {
  ASSERT_EQ(Init("-s out"), 0);
  Connection(0);
  for (int64_t minute = 1; minute < 120; ++minute) Connection(60 * minute, 2000);
  tstat_report report{};
  EXPECT_EQ(Captured([&] { return tstat_close(&report) == &report; }), 1);
  EXPECT_EQ(err_, "");
  EXPECT_EQ(report.f_TCP_count, 120u);
  EXPECT_FALSE(fs::exists("out"));
}

TEST_F(LibtstatTest, ADirectoryThatCannotBeMade) {
  Write("file", "");
  ASSERT_EQ(Init("-s file/out"), 0);
  Captured([] {
    NewDirectory(0);
    return 0;
  });
  EXPECT_THAT(err_, HasSubstr("Cannot create directory file/out"));
  Connection(0);
  tstat_report report{};
  tstat_close(&report);
  EXPECT_EQ(report.f_TCP_count, 1u);
}

TEST_F(LibtstatTest, OutputRotatesAfterTwelveIntervals) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  for (uint16_t i = 0; i < 14; ++i) Connection(301 * i, static_cast<uint16_t>(2000 + i));
  tstat_close(nullptr);
  EXPECT_EQ(LinesOf("log_tcp_complete"), (std::map<std::string, int>{{"2017_07_14_02_40.out", 13},
                                                                     {"2017_07_14_03_40.out", 3}}));
}

TEST_F(LibtstatTest, WithoutIntervalsItDoesNotRotate) {
  ASSERT_EQ(Init("-s out -S"), 0);
  NewDirectory(0);
  for (uint16_t i = 0; i < 14; ++i) Connection(301 * i, static_cast<uint16_t>(2000 + i));
  tstat_close(nullptr);
  EXPECT_EQ(LinesOf("log_tcp_complete").size(), 1u);
}

TEST_F(LibtstatTest, HistogramsAndTheirAddresses) {
  Write("histo", "include ADX\ninclude ip_protocol_loc\n");
  ASSERT_EQ(Init("-s out -L -H histo"), 0);
  NewDirectory(0);
  Connection(0);
  tstat_report report{};
  Captured([&] { return tstat_close(&report) == &report; });
  EXPECT_TRUE(fs::exists("out/2017_07_14_02_40.out/LAST/ip_protocol_loc"));
  EXPECT_TRUE(fs::exists("out/2017_07_14_02_40.out/LAST/addresses"));
  EXPECT_EQ(report.tot_adx_hash_count, 1);  // both are in 10.0.0.0/24
  EXPECT_EQ(report.tot_adx_list_count, 0);
  EXPECT_EQ(report.adx_search_hash_count, 12);
  EXPECT_EQ(report.adx_search_list_count, 12);
}

TEST_F(LibtstatTest, AChangedRuntimeFileIsReadAndBeginsADirectory) {
  Write("globals", "[globals]\nRuntime_Config_Idle = 0.000001\nRuntime_Mtime_Counter = 1\n");
  Write("runtime", "[log]\nlog_udp_complete = 0\n");
  ASSERT_EQ(Init("-s out -G globals -T runtime"), 0);
  NewDirectory(0);
  EXPECT_FALSE(fs::exists("out/2017_07_14_02_40.out/log_udp_complete"));
  for (int i = 0; i < 4; ++i) Next(Udp(2000), i);
  Write("runtime", "[log]\nlog_udp_complete = 1\n");
  fs::last_write_time("runtime", fs::file_time_type::clock::now() + std::chrono::seconds(5));
  Captured([] {
    for (int i = 70; i < 76; ++i) Next(Udp(2000), i);
    return 0;
  });
  tstat_close(nullptr);
  EXPECT_EQ(LinesOf("log_udp_complete")["2017_07_14_02_41.out"], 2);
}

}  // namespace
}  // namespace tstat::libtstat_tests
