// SPDX-License-Identifier: BSD-3-Clause
#include "output/rrd_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/output/temporary_folder.h"

namespace tstat::internal {
namespace {

using testing::HasSubstr;

// A line a value in a text file. What a path says may go wrong does.
class TextDatabases : public RrdDatabases {
 public:
  bool Exists(const std::string& path) const override { return std::filesystem::exists(path); }
  absl::Status Create(const std::string& path, const Layout& layout, int64_t start_s) override {
    std::ofstream(path) << layout.source << " " << layout.step_s << " " << layout.heartbeat_s << " "
                        << start_s << "\n";
    return absl::OkStatus();
  }
  absl::Status Update(const std::string& path, int64_t time_s, const std::string& value) override {
    if (path.ends_with("refuses")) return absl::UnknownError(path + ": illegal attempt");
    if (path.ends_with("cut")) TouchCutFile(path);
    if (path.ends_with("crashes")) std::raise(SIGSEGV);
    if (path.ends_with("leaves")) _exit(7);
    std::ofstream(path, std::ios::app) << time_s << " " << value << "\n";
    return absl::OkStatus();
  }

 private:
  // As librrd does with a database that has been made shorter.
  static void TouchCutFile(const std::string& path) {
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
    void* const memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    *static_cast<volatile char*>(memory) = 1;
  }
};

class RrdProcessTest : public testing::Test {
 protected:
  RrdProcessTest() : databases_(std::make_unique<TextDatabases>()) {}

  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string Content(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(Path(name)).rdbuf();
    return text.str();
  }

  TemporaryFolder folder_;
  RrdProcess databases_;
};

TEST_F(RrdProcessTest, DoesAsItsDatabases) {
  ASSERT_TRUE(databases_.Start().ok());
  EXPECT_FALSE(databases_.Exists(Path("a")));
  EXPECT_TRUE(
      databases_.Create(Path("a"), {.step_s = 300, .heartbeat_s = 600, .source = "web"}, 17).ok());
  EXPECT_TRUE(databases_.Exists(Path("a")));
  EXPECT_TRUE(databases_.Update(Path("a"), 20, "1.5").ok());
  EXPECT_TRUE(databases_.Update(Path("a"), 320, "U").ok());
  const absl::Status refused = databases_.Update(Path("refuses"), 20, "1");
  EXPECT_EQ(refused, absl::UnknownError(Path("refuses") + ": illegal attempt"));
  EXPECT_EQ(Content("a"), "web 300 600 17\n20 1.5\n320 U\n");
}

TEST_F(RrdProcessTest, ManyAtOnceInOrder) {
  ASSERT_TRUE(databases_.Start().ok());
  const std::string good = Path("a"), bad = Path("refuses");
  std::vector<RrdDatabases::Value> values;
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    values.push_back({.path = i % 7 == 3 ? &bad : &good, .time_s = i, .value = "v"});
    if (i % 7 != 3) expected += std::to_string(i) + " v\n";
  }
  const std::vector<absl::Status> results = databases_.UpdateAll(values);
  ASSERT_EQ(results.size(), values.size());
  for (int i = 0; i < 500; ++i) EXPECT_EQ(results[i].ok(), i % 7 != 3) << i;
  EXPECT_EQ(Content("a"), expected);
}

TEST_F(RrdProcessTest, ADeathCostsOneValue) {
  ASSERT_TRUE(databases_.Start().ok());
  const std::string good = Path("a");
  const std::string bad[] = {Path("cut"), Path("crashes"), Path("leaves")};
  std::vector<RrdDatabases::Value> values;
  for (int i = 0; i < 60; ++i) {
    values.push_back({.path = i % 4 == 1 ? &bad[i % 3] : &good, .time_s = i, .value = "v"});
  }
  const std::vector<absl::Status> results = databases_.UpdateAll(values);
  std::string expected;
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(results[i].ok(), i % 4 != 1) << i << " " << results[i];
    if (i % 4 != 1) expected += std::to_string(i) + " v\n";
  }
  EXPECT_EQ(Content("a"), expected);
  EXPECT_THAT(std::string(databases_.Update(Path("cut"), 1, "v").message()),
              HasSubstr("cut: the process that wrote to it died (Bus error)"));
  EXPECT_THAT(std::string(databases_.Update(Path("leaves"), 1, "v").message()),
              HasSubstr("died (exit)"));
  EXPECT_TRUE(databases_.Update(good, 100, "v").ok());
}

TEST_F(RrdProcessTest, NotStartedIsAnError) {
  EXPECT_TRUE(absl::IsUnavailable(databases_.Update(Path("a"), 1, "v")));
  EXPECT_FALSE(databases_.Exists(Path("a")));
}

TEST_F(RrdProcessTest, ALongPathIsRefused) {
  ASSERT_TRUE(databases_.Start().ok());
  EXPECT_FALSE(databases_.Update(std::string(20000, 'a'), 1, "v").ok());
  const std::string good = Path("a"), bad(20000, 'a');
  const RrdDatabases::Value values[] = {{&good, 1, "v"}, {&bad, 1, "v"}, {&good, 2, "v"}};
  const std::vector<absl::Status> results = databases_.UpdateAll(values);
  ASSERT_EQ(results.size(), 3u);
  EXPECT_TRUE(results[0].ok() && !results[1].ok() && results[2].ok());
  EXPECT_EQ(Content("a"), "1 v\n2 v\n");
}

// Signals are for the analysis; the values of its last interval must be written nevertheless.
TEST_F(RrdProcessTest, ASignalToTheGroupDoesNotEndIt) {
  const pid_t group = fork();
  if (group == 0) {
    setpgid(0, 0);
    bool ok = databases_.Start().ok();
    for (int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_IGN);
    ok = ok && databases_.Update(Path("a"), 1, "v").ok();
    for (int number : {SIGINT, SIGTERM, SIGHUP}) kill(0, number);
    ok = ok && databases_.Update(Path("a"), 2, "v").ok();
    _exit(ok ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(group, &status, 0), group);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(Content("a"), "1 v\n2 v\n");
}

}  // namespace
}  // namespace tstat::internal
