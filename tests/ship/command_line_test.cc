// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/command_line.h"

#include <getopt.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tstat::ship {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<CommandLine> Read(std::vector<std::string> words) {
  words.insert(words.begin(), "tstat-ship");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  optind = 0;  // begins anew
  return ReadCommandLine(static_cast<int>(words.size()), arguments.data());
}

std::string ErrorOf(const std::vector<std::string>& words) {
  return std::string(Read(words).status().message());
}

TEST(CommandLine, HasExportsAndDirectories) {
  const auto line =
      Read({"-e", "json=-", "d1", "--export", "csv=x#logs=tcp", "-f", "d2", "--poll", "0.25",
            "--sync", "second", "--state", "s", "--probe", "p", "--wait", "5", "--again"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_THAT(line->exports, ElementsAre("json=-", "csv=x#logs=tcp"));
  EXPECT_THAT(line->words, ElementsAre("d1", "d2"));
  EXPECT_TRUE(line->follows);
  EXPECT_EQ(line->poll, std::chrono::milliseconds(250));
  EXPECT_EQ(line->sync, SpoolSync::kEverySecond);
  EXPECT_EQ(line->state_dir, "s");
  EXPECT_EQ(line->probe, "p");
  EXPECT_EQ(line->wait, std::chrono::seconds(5));
  EXPECT_TRUE(line->again);
}

TEST(CommandLine, HasTheModesOfOthers) {
  auto line = Read({"--roll", "f", "2018_12", "2019_01", "--line-limit", "5"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->roll, "f");
  EXPECT_THAT(line->words, ElementsAre("2018_12", "2019_01"));
  EXPECT_EQ(line->line_limit, 5u);
  EXPECT_EQ(line->sync, SpoolSync::kEveryBatch);
  EXPECT_TRUE(Read({"--roll", "f"}).ok());
  line = Read({"--netsage", "f", "d", "--threshold", "0", "--sensor", "s", "--instance", "7",
               "--min-age", "0", "--cull", "48"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->threshold, "0");
  EXPECT_EQ(line->min_age, std::chrono::seconds(0));
  EXPECT_EQ(line->cull, std::chrono::hours(48));
  EXPECT_TRUE(Read({"--cull", "1", "d"}).ok());
  EXPECT_TRUE(Read({"--help"})->wants_help);
  EXPECT_TRUE(Read({"-v"})->wants_version);
}

TEST(CommandLine, MistakesAreNamed) {
  EXPECT_THAT(ErrorOf({"d"}), HasSubstr("one of --export, --roll"));
  EXPECT_THAT(ErrorOf({"-e", "json=-"}), HasSubstr("no directory"));
  EXPECT_THAT(ErrorOf({"--netsage", "f"}), HasSubstr("no directory"));
  EXPECT_THAT(ErrorOf({"--cull", "1"}), HasSubstr("no directory"));
  EXPECT_THAT(ErrorOf({"-e", "json=-", "--roll", "f"}), HasSubstr("exclude"));
  EXPECT_THAT(ErrorOf({"--roll", "f", "2018"}), HasSubstr("START and END"));
  EXPECT_THAT(ErrorOf({"--roll", "f", "1", "2", "3"}), HasSubstr("START and END"));
  EXPECT_THAT(ErrorOf({"--roll", "f", "-f"}), HasSubstr("--follow"));
  EXPECT_THAT(ErrorOf({"--roll", "f", "--cull", "1"}), HasSubstr("--cull"));
  EXPECT_THAT(ErrorOf({"-e", "json=-", "d", "--line-limit", "4"}), HasSubstr("--line-limit"));
  EXPECT_THAT(ErrorOf({"-e", "json=-", "d", "--sensor", "4"}), HasSubstr("--netsage"));
  EXPECT_THAT(ErrorOf({"--roll", "f", "--line-limit", "0"}), HasSubstr("\"0\" is no number"));
  EXPECT_THAT(ErrorOf({"-e", "json=-", "d", "--poll", "0"}), HasSubstr("--poll"));
  EXPECT_THAT(ErrorOf({"-e", "json=-", "d", "--sync", "often"}), HasSubstr("never, second, batch"));
  EXPECT_THAT(ErrorOf({"--cull", "x", "d"}), HasSubstr("--cull"));
}

}  // namespace
}  // namespace tstat::ship
