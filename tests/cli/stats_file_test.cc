// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/stats_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "tests/output/temporary_folder.h"
#include "tstat/session.h"

namespace tstat::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string TextOf(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class StatsFileTest : public testing::Test {
 protected:
  StatsFileTest() : path_(folder_.path() + "/stats.json") {
    SessionOptions options;
    options.output_dir = folder_.path() + "/out";
    options.analyzer.max_memory = uint64_t{1} << 30;
    session_ = *Session::Create(options);
  }
  internal::TemporaryFolder folder_;
  std::string path_;
  std::unique_ptr<Session> session_;
};

TEST_F(StatsFileTest, HasWhatWasCounted) {
  StatsFile stats(path_, *session_);
  ASSERT_TRUE(session_->RunTrace(std::string(TSTAT_SOURCE_DIR) + "/tests/traces/web.pcap").ok());
  ASSERT_TRUE(stats.Write(nullptr).ok());
  const std::string text = TextOf(path_);
  EXPECT_THAT(text, StartsWith("{\"version\":\""));
  EXPECT_THAT(text, EndsWith("}\n"));
  for (const char* const part :
       {"\"packets\":{\"ip\":262,", "\"flows\":{\"tcp\":8,", "\"evicted\":0,",
        "\"tables\":{\"tcp_flows\":{\"used\":0,\"limit\":", "\"lost\":{\"rows\":0,"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  // No live capture.
  EXPECT_THAT(text, Not(HasSubstr("capture")));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
}

TEST_F(StatsFileTest, IsReplacedAsAWhole) {
  std::ofstream(path_) << std::string(100'000, 'x');
  StatsFile stats(path_, *session_);
  ASSERT_TRUE(stats.Write(nullptr).ok());
  EXPECT_EQ(TextOf(path_), stats.Text());
}

TEST_F(StatsFileTest, WhatCannotBeWrittenIsToldAndLeavesNothing) {
  StatsFile stats(folder_.path() + "/none/stats.json", *session_);
  EXPECT_THAT(std::string(stats.Write(nullptr).message()), HasSubstr("No such file or directory"));
  std::filesystem::create_directories(path_);
  StatsFile directory(path_, *session_);
  EXPECT_FALSE(directory.Write(nullptr).ok());
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
}

TEST(SecondsBehindTest, AreToNow) {
  Statistics s;
  EXPECT_EQ(SecondsBehind(s), 0);
  s.ip_packets = 1;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const int64_t us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  s.last_packet = Timestamp::FromMicroseconds(us - 100'000'000);
  EXPECT_GE(SecondsBehind(s), 100);
  s.last_packet = Timestamp::FromMicroseconds(us + 100'000'000'000);
  EXPECT_EQ(SecondsBehind(s), 0);
}

}  // namespace
}  // namespace tstat::cli
