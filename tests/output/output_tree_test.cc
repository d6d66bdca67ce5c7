// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/output_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "output/files.h"
#include "output/log_directory.h"
#include "temporary_folder.h"

namespace tstat::internal {
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
  const std::string above = folder_.path() + "/above";
  OutputTree tree(Options(above + "/base"));
  std::ofstream(above) << "in the way";
  tree.OnNewOutput(SampleTime());
  EXPECT_FALSE(tree.status().ok());
  EXPECT_FALSE(tree.TakeProblem().ok());
  EXPECT_TRUE(tree.TakeProblem().ok());
  fs::remove(above);
  tree.OnNewOutput(SampleTime());
  EXPECT_TRUE(tree.status().ok());
  EXPECT_TRUE(tree.has_made_any());
}

TEST_F(OutputTreeTest, WhatIsInTheWayStays) {
  fs::create_directories(folder_.path() + "/elsewhere");
  fs::create_symlink(folder_.path() + "/elsewhere", folder_.path() + kUtcName);
  std::ofstream(folder_.path() + "/2017_07_14_02_40_2.out") << "precious";
  OutputTree tree(Options(folder_.path()));
  tree.OnNewOutput(SampleTime());
  EXPECT_EQ(tree.directory(), folder_.path() + "/2017_07_14_02_40_3.out");
  EXPECT_TRUE(fs::is_symlink(folder_.path() + kUtcName));
  EXPECT_TRUE(fs::is_regular_file(folder_.path() + "/2017_07_14_02_40_2.out"));
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("is not a directory of tstat, the next goes to ")));
}

TEST_F(OutputTreeTest, FilesOfOthersStay) {
  for (const std::string file : {"/notes.txt", "/LAST/notes", "/000/log_tcp_complete", "/x/y",
                                 "/traces00/mine.pcap", "/log_tcp_complete.old"}) {
    const std::string base = folder_.path() + "/base";
    const std::string old = base + kUtcName;
    fs::create_directories(fs::path(old + file).parent_path());
    std::ofstream(old + "/log_tcp_complete") << "rows\n";
    std::ofstream(old + file) << "mine";
    OutputTree tree(Options(base));
    tree.OnNewOutput(SampleTime());
    EXPECT_EQ(tree.directory(), base + "/2017_07_14_02_40_2.out") << file;
    EXPECT_TRUE(fs::exists(old + "/log_tcp_complete")) << file;
    EXPECT_TRUE(fs::exists(old + file));
    EXPECT_THAT(warnings_, ElementsAre(HasSubstr("holds what is not of tstat (")));
    warnings_.clear();
    fs::remove_all(base);
  }
}

TEST_F(OutputTreeTest, AllThatTstatWritesIsReplaced) {
  const std::string old = folder_.path() + kUtcName;
  for (const std::string file :
       {"/log_udp_complete.gz", "/log_dns_complete", "/000/ip_len_in", "/1000/addresses2",
        "/LAST/addresses", "/GLOBAL/tcp_cl_p_c2s", "/traces00/udp_dns.pcap",
        "/traces01/ip_complete03.pcap.gz", "/traces01/log.txt"}) {
    fs::create_directories(fs::path(old + file).parent_path());
    std::ofstream(old + file) << "old";
  }
  OutputTree tree(Options(folder_.path()));
  tree.OnNewOutput(SampleTime());
  EXPECT_EQ(tree.directory(), old);
  EXPECT_TRUE(fs::is_empty(old));
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(OutputTreeTest, AStreamReplacesNothing) {
  fs::create_directories(folder_.path() + kUtcName);
  std::ofstream(folder_.path() + kUtcName + std::string("/log_tcp_complete")) << "rows\n";
  OutputTree tree(Options(folder_.path()));
  tree.SetTrace("stdin", /*is_stream=*/true);
  tree.OnNewOutput(SampleTime());
  EXPECT_EQ(tree.directory(), folder_.path() + "/2017_07_14_02_40_2.out");
  EXPECT_FALSE(fs::is_empty(folder_.path() + kUtcName));
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("is there already, the next goes to ")));
}

TEST_F(OutputTreeTest, AnotherRunKeepsItsDirectoryWhileItRuns) {
  auto first = std::make_unique<OutputTree>(Options(folder_.path()));
  first->OnNewOutput(SampleTime());
  OutputTree second(Options(folder_.path()));
  second.OnNewOutput(SampleTime());
  EXPECT_EQ(second.directory(), folder_.path() + "/2017_07_14_02_40_2.out");
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("is being written by another tstat")));
  first = nullptr;
  OutputTree third(Options(folder_.path()));
  third.OnNewOutput(SampleTime());
  EXPECT_EQ(third.directory(), folder_.path() + kUtcName);
}

// Two runs whose directory was removed under them must not both take the new one.
TEST_F(OutputTreeTest, ARestoredDirectoryIsLockedToo) {
  OutputTree first(Options(folder_.path()));
  first.OnNewOutput(SampleTime());
  fs::remove_all(first.directory());
  OutputTree second(Options(folder_.path()));
  second.OnNewOutput(SampleTime());
  ASSERT_EQ(second.directory(), folder_.path() + kUtcName);
  EXPECT_FALSE(first.Restore().ok());
  EXPECT_EQ(first.directory(), "");
  first.OnNewOutput(SampleTime());
  EXPECT_EQ(first.directory(), folder_.path() + "/2017_07_14_02_40_2.out");
}

TEST_F(OutputTreeTest, FilesAreMadeInTheDirectoryThatWasLocked) {
  OutputTree tree(Options(folder_.path() + "/base"));
  tree.OnNewOutput(SampleTime());
  const std::string moved = folder_.path() + "/moved", elsewhere = folder_.path() + "/elsewhere";
  fs::rename(tree.directory(), moved);
  fs::create_directories(elsewhere);
  fs::create_symlink(elsewhere, tree.directory());
  ASSERT_TRUE(tree.files().OpenForAppend(tree.directory() + "/log_tcp_complete").ok());
  EXPECT_TRUE(fs::exists(moved + "/log_tcp_complete"));
  EXPECT_TRUE(fs::is_empty(elsewhere));
}

TEST_F(OutputTreeTest, NoLogThroughASymbolicLink) {
  OutputTree tree(Options(folder_.path()));
  tree.OnNewOutput(SampleTime());
  const std::string target = folder_.path() + "/target";
  std::ofstream(target) << "precious";
  fs::create_symlink(target, tree.directory() + "/log_tcp_complete");
  EXPECT_FALSE(tree.files().OpenForAppend(tree.directory() + "/log_tcp_complete").ok());
  EXPECT_FALSE(SystemFiles().OpenForAppend(tree.directory() + "/log_tcp_complete").ok());
  EXPECT_EQ(fs::file_size(target), 8u);
}

TEST_F(OutputTreeTest, SubdirectoriesComeBackWithTheirParent) {
  OutputTree tree(Options(folder_.path() + "/base"));
  tree.OnNewOutput(SampleTime());
  EXPECT_TRUE(*tree.MakeSubdirectory("000"));
  EXPECT_FALSE(*tree.MakeSubdirectory("000"));
  fs::remove_all(folder_.path() + "/base");
  EXPECT_TRUE(*tree.MakeSubdirectory("001"));
  EXPECT_TRUE(fs::is_directory(tree.directory() + "/001"));
}

TEST(LogDirectoryTimeTest, NamesOfTstatOnly) {
  SetTimeZone("UTC");
  for (const char* name :
       {"2017_07_14_02_40.out", "2017_07_14_02_40_2.out", "2017_07_14_02_40_117.out"}) {
    const std::optional<Timestamp> time = LogDirectoryTime(name);
    ASSERT_TRUE(time.has_value()) << name;
    EXPECT_EQ(time->seconds(), 1500000000) << name;
  }
  for (const char* name :
       {"", ".out", "2017_07_14_02_40", "2017_07_14_02_40.out.old", "x2017_07_14_02_40.out",
        "2017_07_14_02_40_.out", "2017_07_14_02_40_02.out", "2017_07_14_02_40x.out",
        "2017_13_14_02_40.out", "2017_02_31_02_40.out", "2017-07-14_02_40.out",
        "9999_07_14_02_40.out"}) {
    EXPECT_EQ(LogDirectoryTime(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace tstat::internal
