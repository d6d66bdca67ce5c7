// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/roll.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/ship/files.h"
#include "tstat-ship/export_text.h"
#include "tstat-ship/progress_file.h"

namespace tstat::ship {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(RollRange, IsOfBeginningsOfNames) {
  const std::string names[] = {"2016_01_01_00_00.out", "2017_07_14_02_40.out",
                               "2017_07_14_03_40.out", "2017_07_15_04_40.out",
                               "2017_08_01_00_00.out"};
  const auto in = [&](const RollRange& range) {
    std::string found;
    for (const std::string& name : names) found += range.Has(name) ? '1' : '0';
    return found;
  };
  EXPECT_EQ(in({.start = "", .end = ""}), "11111");
  EXPECT_EQ(in({.start = "2017_07_14", .end = "2017_07_15"}), "01110");
  EXPECT_EQ(in({.start = "2017_07_14", .end = "2017_07_14"}), "01100");
  EXPECT_EQ(in({.start = "2017_07", .end = "2017_08"}), "01111");
  EXPECT_EQ(in({.start = "2017", .end = "2018"}), "01111");
  EXPECT_EQ(in({.start = "2017_07_14_03", .end = "2017_07_14_03_40.out"}), "00100");
  // No session begins like that: what lies between.
  EXPECT_EQ(in({.start = "2017_01", .end = "2017_07_14_03"}), "01100");
  EXPECT_EQ(in({.start = "2018", .end = "2017"}), "00000");
}

TEST(Roll, AnOddLimitIsNeverMet) {
  EXPECT_EQ(ItemsOfRequest(700), 700u);
  EXPECT_EQ(ItemsOfRequest(2), 2u);
  EXPECT_EQ(ItemsOfRequest(5), SIZE_MAX);
}

class RollFile : public ::testing::Test {
 protected:
  absl::StatusOr<RollConfig> Read(const std::string& text, mode_t mode = 0600) {
    WriteAll(folder_ / "roll.ini", text, mode);
    return ReadRollConfig(folder_ / "roll.ini");
  }
  std::string ErrorOf(const std::string& text, mode_t mode = 0600) {
    return std::string(Read(text, mode).status().message());
  }
  TestFolder folder_;
};

constexpr const char* kLeast = "host = h\npath = ~/data\nfile_list_path = '~/lists'\n";

TEST_F(RollFile, HasTheKeysOfTheScripts) {
  setenv("HOME", "/home/probe", 1);
  auto config = Read(kLeast);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->port, 8086);
  EXPECT_EQ(config->dbname, "tstat");
  EXPECT_EQ(config->line_limit, 700u);
  EXPECT_EQ(config->path, "/home/probe/data");
  EXPECT_EQ(config->file_list_path, "/home/probe/lists");
  EXPECT_EQ(config->id, "");
  config = Read(std::string("[CONFIG]\nid = admin\npassword = secret\nport=18086\ndbname=x y\n") +
                kLeast + "line_limit = 4\nhostname = p\ntime_constraint = 2592000\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->id, "admin");
  EXPECT_EQ(config->password, "secret");
  EXPECT_EQ(config->port, 18086);
  EXPECT_EQ(config->dbname, "x y");
  EXPECT_EQ(config->line_limit, 4u);
  EXPECT_EQ(config->hostname, "p");
}

TEST_F(RollFile, MistakesAreNamed) {
  EXPECT_THAT(ErrorOf(kLeast, 0644), HasSubstr("chmod 600"));
  EXPECT_THAT(ErrorOf(std::string(kLeast) + "pasword = x\n"), HasSubstr("\"pasword\" is no key"));
  EXPECT_THAT(ErrorOf("host = h\npath = p\n"), HasSubstr("\"file_list_path\" is missing"));
  EXPECT_THAT(ErrorOf(std::string(kLeast) + "port = 0\n"), HasSubstr("port is a number"));
  EXPECT_THAT(ErrorOf(std::string(kLeast) + "line_limit = 0\n"), HasSubstr("line_limit"));
  EXPECT_THAT(ErrorOf(std::string(kLeast) + "time_constraint = x\n"), HasSubstr("time_constraint"));
}

TEST(ProgressFile, HasTheLinesOfTheScripts) {
  const TestFolder folder;
  auto progress = ProgressFile::Make(folder / "lists", "2017", "2018");
  ASSERT_TRUE(progress.ok()) << progress.status();
  progress->NoteShortRow(5, "/d/log_tcp_complete");
  progress->NoteFailedRequest("POST u");
  EXPECT_EQ(ReadAll(progress->path()),
            "Processing from 2017 to 2018\n#line number: 5 in /d/log_tcp_complete\n Length is less "
            "than 130.\nThe insert curl command occurs error! The command is below\nPOST u\n");
  const std::string name = progress->path().substr((folder / "lists/").size());
  std::string form = name;
  std::replace_if(
      form.begin(), form.end(), [](char c) { return c >= '0' && c <= '9'; }, '9');
  EXPECT_EQ(form, "progress_9999-99-99_99:99:99.txt");
}

TEST(ExportText, HasPartsWithAnyBytes) {
  std::string variable;
  {
    ExportText text("influx", "http://" + UrlHost("::1") + ":1/?db=" + PercentEncoded("a b&c"));
    text.Add("user", "a=b#c%");
    text.AddSecret("password", "hidden");
    EXPECT_EQ(text.text(),
              "influx=http://[::1]:1/?db=a%20b%26c#user=a%3Db%23c%25&password=env%3ATSTAT_SHIP_"
              "SECRET_password");
    EXPECT_STREQ(getenv("TSTAT_SHIP_SECRET_password"), "hidden");
  }
  EXPECT_EQ(getenv("TSTAT_SHIP_SECRET_password"), nullptr);
  EXPECT_EQ(UrlHost("h.example"), "h.example");
  EXPECT_EQ(UrlHost("[::1]"), "[::1]");
}

}  // namespace
}  // namespace tstat::ship
