// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/trace_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/rrd_cgi/fixture.h"

namespace tstat::viewer {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class TraceIndexTest : public ViewerTest {};

TEST_F(TraceIndexTest, DirectoriesWithDatabasesAreTraces) {
  Touch("Lab/May", "ip_len_in.avg.rrd");
  Touch("Lab", "notes.txt");
  Touch("A", "x.rrd");
  Touch(".hidden", "x.rrd");
  EXPECT_THAT(*WalkTraces(settings_.data_root), ElementsAre("A", "Lab/May"));
  Touch("", "x.rrd");
  EXPECT_THAT(*WalkTraces(settings_.data_root), ElementsAre("", "A", "Lab/May"));
}

TEST_F(TraceIndexTest, DepthIsLimited) {
  Touch("1/2/3/4/5/6/7/8", "x.rrd");
  Touch("a/2/3/4/5/6/7/8/9", "x.rrd");
  EXPECT_THAT(*WalkTraces(settings_.data_root), ElementsAre("1/2/3/4/5/6/7/8"));
}

TEST_F(TraceIndexTest, LinksCountWhereTheyStayBelowTheRoot) {
  Touch("real", "x.rrd");
  fs::create_directories(directory_ / "outside");
  std::ofstream(directory_ / "outside" / "x.rrd") << "x";
  const fs::path root = settings_.data_root;
  fs::create_directory_symlink(root / "real", root / "inside");
  fs::create_directory_symlink(directory_ / "outside", root / "out");
  fs::create_directory_symlink(root, root / "real" / "loop");
  EXPECT_THAT(*WalkTraces(settings_.data_root), ElementsAre("inside", "real"));
  EXPECT_TRUE(absl::IsNotFound(OpenTrace(settings_.data_root, "out").status()));
  fs::create_symlink(directory_ / "outside" / "x.rrd", root / "real" / "y.rrd");
  const auto trace = OpenTrace(settings_.data_root, "inside");
  ASSERT_TRUE(trace.ok());
  EXPECT_THAT(trace->files, ElementsAre("x.rrd"));
  EXPECT_TRUE(trace->Has("x.rrd"));
}

// What was read of a directory is kept as long as that does not change.
TEST_F(TraceIndexTest, DatabasesThatComeAndGoAreSeen) {
  const fs::path trace = fs::path(settings_.data_root) / "one";
  const auto age = [&](int seconds) {
    fs::last_write_time(trace, fs::file_time_type::clock::now() - std::chrono::seconds(seconds));
  };
  const auto names = [&] { return OpenTrace(settings_.data_root, "one")->files; };
  Touch("one", "x.rrd");
  age(100);
  EXPECT_THAT(names(), ElementsAre("x.rrd"));
  EXPECT_THAT(names(), ElementsAre("x.rrd"));
  Touch("one", "y.rrd");
  EXPECT_THAT(names(), ElementsAre("x.rrd", "y.rrd"));
  Touch("one", "z.rrd");
  EXPECT_THAT(names(), ElementsAre("x.rrd", "y.rrd", "z.rrd"));
  fs::remove(trace / "x.rrd");
  EXPECT_THAT(names(), ElementsAre("y.rrd", "z.rrd"));
  // Another directory with the same name and time.
  age(50);
  const auto time = fs::last_write_time(trace);
  EXPECT_THAT(names(), ElementsAre("y.rrd", "z.rrd"));
  fs::rename(trace, fs::path(settings_.data_root) / "two");
  Touch("one", "v.rrd");
  fs::last_write_time(trace, time);
  EXPECT_THAT(names(), ElementsAre("v.rrd"));
}

TEST_F(TraceIndexTest, WhereLinksLeadIsAskedEachTime) {
  const fs::path root = settings_.data_root;
  Touch("one", "x.rrd");
  Touch("two", "y.rrd");
  fs::create_directories(directory_ / "outside");
  std::ofstream(directory_ / "outside" / "y.rrd") << "";
  fs::create_directory_symlink(root / "two", root / "way");
  fs::create_symlink(root / "way" / "y.rrd", root / "one" / "y.rrd");
  fs::last_write_time(root / "one", fs::file_time_type::clock::now() - std::chrono::seconds(100));
  EXPECT_THAT(OpenTrace(root, "one")->files, ElementsAre("x.rrd", "y.rrd"));
  fs::remove(root / "way");
  fs::create_directory_symlink(directory_ / "outside", root / "way");
  EXPECT_THAT(OpenTrace(root, "one")->files, ElementsAre("x.rrd"));
}

TEST_F(TraceIndexTest, IndexIsUsedForAMinute) {
  Touch("one", "x.rrd");
  EXPECT_THAT(*ListTraces(settings_), ElementsAre("one"));
  Touch("two", "x.rrd");
  EXPECT_THAT(*ListTraces(settings_), ElementsAre("one"));
  const fs::path index = fs::path(settings_.image_dir) / "traces.index";
  fs::last_write_time(index, fs::file_time_type::clock::now() - std::chrono::seconds(62));
  EXPECT_THAT(*ListTraces(settings_), ElementsAre("one", "two"));
}

TEST_F(TraceIndexTest, ForeignOrBrokenIndexIsMadeAnew) {
  Touch("one", "x.rrd");
  const fs::path index = fs::path(settings_.image_dir) / "traces.index";
  for (const char* content : {"", "tstat-rrd-cgi traces 1 /other\nx\n", "rubbish"}) {
    std::ofstream(index) << content;
    EXPECT_THAT(*ListTraces(settings_), ElementsAre("one")) << content;
  }
  const std::string root = fs::canonical(settings_.data_root);
  std::ofstream(index) << "tstat-rrd-cgi traces 1 " << root << "\n../../etc\n";
  EXPECT_THAT(*ListTraces(settings_), ElementsAre("one"));
}

TEST_F(TraceIndexTest, WithoutPlacesOfItsOwnItWorks) {
  Touch("one", "x.rrd");
  settings_.image_dir = "/nowhere/at/all";
  EXPECT_THAT(*ListTraces(settings_), ElementsAre("one"));
  settings_.data_root = "/nowhere/at/all";
  EXPECT_TRUE(absl::IsUnavailable(ListTraces(settings_).status()));
}

}  // namespace
}  // namespace tstat::viewer
