// SPDX-License-Identifier: BSD-3-Clause
#include "output/output_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "temporary_folder.h"

namespace tstat {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kUtcName[] = "/2017_07_14_02_40.out";
Timestamp SampleTime() { return Timestamp::FromSeconds(1500000000); }

void SetTimeZone(const char* zone) {
  setenv("TZ", zone, 1);
  tzset();
}

class OutputTreeTest : public testing::Test {
 protected:
  OutputTreeTest() { SetTimeZone("UTC"); }

  OutputTreeOptions Options(const std::string& directory = "") {
    OutputTreeOptions options;
    options.directory = directory;
    options.on_created = [this](const std::string& path, Timestamp) { created_.push_back(path); };
    options.on_warning = [this](const std::string& text) { warnings_.push_back(text); };
    return options;
  }

  TemporaryFolder folder_;
  std::vector<std::string> created_, warnings_;
};

TEST_F(OutputTreeTest, NamedByOptionWithParents) {
  const std::string base = folder_.path() + "/a/b";
  OutputTree tree(Options(base));
  EXPECT_EQ(tree.directory(), "");
  tree.OnNewOutput(SampleTime());
  EXPECT_TRUE(tree.status().ok());
  EXPECT_EQ(tree.directory(), base + kUtcName);
  EXPECT_TRUE(fs::is_directory(tree.directory()));
  EXPECT_THAT(created_, ElementsAre(base + kUtcName));
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(OutputTreeTest, Mode0775) {
  const mode_t before = umask(0);
  OutputTree tree(Options(folder_.path() + "/base"));
  tree.OnNewOutput(SampleTime());
  umask(before);
  struct stat status {};
  ASSERT_EQ(stat(tree.directory().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0775u);
}

TEST_F(OutputTreeTest, LocalTimeNamesTheDirectory) {
  SetTimeZone("America/New_York");
  OutputTree tree(Options(folder_.path()));
  tree.OnNewOutput(SampleTime());
  EXPECT_EQ(tree.directory(), folder_.path() + "/2017_07_13_22_40.out");
  SetTimeZone("UTC");
  EXPECT_EQ(LogDirectoryName(Timestamp::FromMicroseconds(-1)), "1969_12_31_23_59");
}

TEST_F(OutputTreeTest, TraceFileGetsSuffix) {
  const std::string trace = folder_.path() + "/x.pcap.gz";
  std::ofstream(trace) << "packets";
  OutputTree tree(Options());
  tree.SetTrace(trace);
  tree.OnNewOutput(SampleTime());
  EXPECT_EQ(tree.directory(), trace + ".out" + kUtcName);
}

TEST_F(OutputTreeTest, OptionNamingAFileGetsSuffixAndStays) {
  const std::string base = folder_.path() + "/reg";
  std::ofstream(base) << "a file";
  OutputTree tree(Options(base));
  tree.OnNewOutput(SampleTime());
  EXPECT_EQ(tree.directory(), base + ".out" + kUtcName);
  // The choice is remembered, even when the file goes.
  fs::remove(base);
  tree.SetTrace("another");
  tree.OnNewOutput(Timestamp::FromSeconds(1500000060));
  EXPECT_EQ(tree.directory(), base + ".out/2017_07_14_02_41.out");
}

TEST_F(OutputTreeTest, EachTraceHasItsBase) {
  OutputTree tree(Options());
  tree.SetTrace(folder_.path() + "/one");
  tree.OnNewOutput(SampleTime());
  tree.SetTrace(folder_.path() + "/two");
  tree.OnNewOutput(SampleTime());
  EXPECT_THAT(created_,
              ElementsAre(folder_.path() + "/one" + kUtcName, folder_.path() + "/two" + kUtcName));
}

TEST_F(OutputTreeTest, DirectoryOfAnEarlierRunIsReplaced) {
  const std::string old = folder_.path() + kUtcName;
  fs::create_directories(old + "/000");
  std::ofstream(old + "/log_tcp_complete") << "old rows\n";
  OutputTree tree(Options(folder_.path()));
  tree.OnNewOutput(SampleTime());
  EXPECT_EQ(tree.directory(), old);
  EXPECT_TRUE(fs::is_empty(old));
  EXPECT_THAT(warnings_, IsEmpty());
}

// Two traces, or a reload, in the same minute: Tstat deletes the first result; here it is kept.
TEST_F(OutputTreeTest, DirectoryOfThisRunIsKept) {
  OutputTree tree(Options(folder_.path()));
  tree.OnNewOutput(SampleTime());
  std::ofstream(tree.directory() + "/log_tcp_complete") << "rows\n";
  tree.OnNewOutput(Timestamp::FromSeconds(1500000059));
  EXPECT_EQ(tree.directory(), folder_.path() + "/2017_07_14_02_40_2.out");
  tree.OnNewOutput(SampleTime());
  EXPECT_EQ(tree.directory(), folder_.path() + "/2017_07_14_02_40_3.out");
  EXPECT_TRUE(fs::exists(folder_.path() + kUtcName + "/log_tcp_complete"));
  ASSERT_EQ(warnings_.size(), 2u);
  EXPECT_THAT(warnings_[0], HasSubstr("2017_07_14_02_40_2.out"));
}

TEST_F(OutputTreeTest, TheSameDirectoryByAnotherPathIsKept) {
  OutputTree tree(Options());
  tree.SetTrace(folder_.path() + "/base");
  tree.OnNewOutput(SampleTime());
  tree.SetTrace(folder_.path() + "/./base");
  tree.OnNewOutput(SampleTime());
  EXPECT_TRUE(tree.directory().ends_with("_2.out")) << tree.directory();
}

TEST_F(OutputTreeTest, NothingToWriteNothingMade) {
  OutputTreeOptions options = Options(folder_.path() + "/base");
  options.needed = false;
  OutputTree tree(options);
  tree.OnNewOutput(SampleTime());
  EXPECT_EQ(tree.directory(), "");
  EXPECT_FALSE(fs::exists(folder_.path() + "/base"));
  tree.set_needed(true);
  tree.OnNewOutput(SampleTime());
  EXPECT_TRUE(fs::is_directory(tree.directory()));
}

// Names are never given to a shell.
TEST_F(OutputTreeTest, OddNamesAreJustNames) {
  const std::string base = folder_.path() + "/a b;touch c $(d)";
  OutputTree tree(Options(base));
  tree.OnNewOutput(SampleTime());
  EXPECT_EQ(tree.directory(), base + kUtcName);
  EXPECT_TRUE(fs::is_directory(tree.directory()));
}

TEST_F(OutputTreeTest, ErrorsNameTheDirectory) {
  std::ofstream(folder_.path() + "/file") << "x";
  OutputTree tree(Options(folder_.path() + "/file/below"));
  tree.OnNewOutput(SampleTime());
  EXPECT_EQ(tree.directory(), "");
  EXPECT_FALSE(tree.status().ok());
  EXPECT_EQ(tree.status().message(),
            "Cannot create directory " + folder_.path() + "/file/below: Not a directory");
  EXPECT_THAT(created_, IsEmpty());
}

TEST_F(OutputTreeTest, BaseBeforeTheFirstPacket) {
  const std::string base = folder_.path() + "/a/base";
  OutputTree tree(Options(base));
  EXPECT_TRUE(*tree.MakeBase());
  EXPECT_EQ(tree.base(), base);
  EXPECT_FALSE(*tree.MakeBase());
  EXPECT_FALSE(tree.has_made_any());
  OutputTree below_a_file(Options("/dev/null/below"));
  EXPECT_FALSE(below_a_file.MakeBase().ok());
}

TEST_F(OutputTreeTest, RemovedDirectoryIsRestored) {
  OutputTree tree(Options(folder_.path() + "/base"));
  tree.OnNewOutput(SampleTime());
  EXPECT_TRUE(tree.Restore().ok());
  EXPECT_THAT(warnings_, IsEmpty());
  fs::remove_all(folder_.path() + "/base");
  EXPECT_TRUE(tree.Restore().ok());
  EXPECT_TRUE(fs::is_directory(tree.directory()));
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("was removed; it is made again")));
}

TEST_F(OutputTreeTest, AnErrorIsToldOnceAndMayPass) {
  const std::string base = folder_.path() + "/base";
  OutputTree tree(Options(base));
  fs::create_directories(base);
  std::ofstream(base + kUtcName) << "in the way";
  tree.OnNewOutput(SampleTime());
  EXPECT_FALSE(tree.status().ok());
  EXPECT_FALSE(tree.TakeProblem().ok());
  EXPECT_TRUE(tree.TakeProblem().ok());
  fs::remove(base + kUtcName);
  tree.OnNewOutput(SampleTime());
  EXPECT_TRUE(tree.status().ok());
  EXPECT_TRUE(tree.has_made_any());
}

TEST_F(OutputTreeTest, AFileInTheWayIsAnError) {
  std::ofstream(folder_.path() + kUtcName) << "precious";
  OutputTree tree(Options(folder_.path()));
  tree.OnNewOutput(SampleTime());
  EXPECT_FALSE(tree.status().ok());
  EXPECT_TRUE(fs::is_regular_file(folder_.path() + kUtcName));
}

}  // namespace
}  // namespace tstat
