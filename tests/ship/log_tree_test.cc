// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/log_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/ship/files.h"

namespace tstat::ship {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> PathsOf(const std::vector<Session>& sessions, const TestFolder& folder) {
  std::vector<std::string> paths;
  for (const Session& session : sessions) {
    paths.push_back(session.path.substr(folder.path().size()) + (session.is_newest ? "*" : ""));
  }
  return paths;
}

TEST(LogTree, FindsSessionsInOrder) {
  const TestFolder folder;
  for (const char* const name : {"2018/b.out", "2018/a.out", "2017/c.out", "d.out"}) {
    WriteAll(folder / (std::string(name) + "/log_tcp_complete"), "x");
  }
  WriteAll(folder / "2018/b.out/log_udp_complete.gz", "yy");
  WriteAll(folder / "2018/b.out/HISTO/other", "x");
  WriteAll(folder / "2018/none.out/something", "x");
  std::filesystem::create_directory_symlink(folder / "2018", folder / "link");
  SetAge(folder / "2018/b.out/log_tcp_complete", 1000);
  std::vector<std::string> unreadable;
  const auto sessions = FindSessions(folder.path() + "//", &unreadable);
  ASSERT_TRUE(sessions.ok()) << sessions.status();
  EXPECT_THAT(unreadable, IsEmpty());
  EXPECT_THAT(PathsOf(*sessions, folder),
              ElementsAre("/2017/c.out*", "/2018/a.out", "/2018/b.out*", "/d.out*"));
  const Session& two = (*sessions)[2];
  ASSERT_THAT(two.logs, SizeIs(2));
  EXPECT_EQ(two.logs[0].log, Log::kTcpComplete);
  EXPECT_EQ(two.logs[0].size, 1u);
  EXPECT_EQ(two.logs[1].log, Log::kUdpComplete);
  EXPECT_EQ(two.logs[1].size, 2u);
  EXPECT_EQ(two.logs[1].path, folder / "2018/b.out/log_udp_complete.gz");
  EXPECT_EQ(two.logs[1].key,
            std::filesystem::canonical(folder.path()).string() + "/2018/b.out/log_udp_complete");
  EXPECT_EQ(two.changed_s, two.logs[1].changed_s);
  EXPECT_LE(two.logs[0].changed_s + 999, two.changed_s);
}

TEST(LogTree, TheDirectoryItselfMayBeASession) {
  const TestFolder folder;
  WriteAll(folder / "log_tcp_complete", "x");
  std::vector<std::string> unreadable;
  const auto sessions = FindSessions(folder.path(), &unreadable);
  ASSERT_THAT(*sessions, SizeIs(1));
  EXPECT_EQ((*sessions)[0].path, folder.path());
  EXPECT_FALSE(FindSessions(folder / "none", &unreadable).ok());
}

TEST(LogTree, ALogThatIsCompressedStaysTheSame) {
  const TestFolder folder;
  WriteAll(folder / "log_tcp_complete", "rows");
  WriteAll(folder / "log_tcp_complete.gz", "half");
  std::vector<LogFile> logs = LogsOf(folder.path());
  ASSERT_THAT(logs, SizeIs(1));
  LogFile file = logs[0];
  EXPECT_EQ(file.path, folder / "log_tcp_complete");
  std::filesystem::remove(folder / "log_tcp_complete");
  logs = LogsOf(folder.path());
  ASSERT_THAT(logs, SizeIs(1));
  EXPECT_EQ(logs[0].key, file.key);
  EXPECT_TRUE(Refresh(&file));
  EXPECT_EQ(file.path, folder / "log_tcp_complete.gz");
  EXPECT_EQ(file.inode, logs[0].inode);
  AppendAll(file.path, "1234");
  EXPECT_TRUE(Refresh(&file));
  EXPECT_EQ(file.size, 8u);
  std::filesystem::remove(file.path);
  EXPECT_FALSE(Refresh(&file));
}

}  // namespace
}  // namespace tstat::ship
