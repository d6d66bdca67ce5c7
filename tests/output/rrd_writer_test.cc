// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/output/other_process_lock.h"
#include "tests/output/temporary_folder.h"
#include "tstat/rrd.h"

namespace tstat::internal {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;

class MemoryDatabases : public RrdDatabases {
 public:
  bool Exists(const std::string& path) const override { return made.count(path) > 0; }
  absl::Status Create(const std::string& path, const Layout& layout, int64_t start_s) override {
    made[path] = start_s;
    last_layout = layout;
    return absl::OkStatus();
  }
  absl::Status Update(const std::string& path, int64_t time_s, const std::string& value) override {
    if (refuses) return absl::UnknownError(path + ": illegal attempt");
    if (!Exists(path)) return absl::UnknownError(path + ": No such file or directory");
    if (time_s == now) values[path.substr(2)] = of_all[path] = value;
    return absl::OkStatus();
  }

  std::map<std::string, int64_t> made;
  std::map<std::string, std::string> values;  // of time `now`
  std::map<std::string, std::string> of_all;  // the same with their directories
  int64_t now = 0;
  Layout last_layout;
  bool refuses = false;
};

class RrdWriterTest : public testing::Test {
 protected:
  RrdWriterTest() : cells_(1504 / 4 + 2) {}

  // Adds `count` samples of `value`, of 0 to 1504 in bins of 4.
  void Add(int value, int count) {
    for (int i = 0; i < count; ++i) statistics_.Add(value);
    cells_[static_cast<size_t>(value / 4 + 1)] += count;
    samples_ += count;
  }
  void Emit(RrdWriter& writer, int64_t now_s) { EmitToAll({&writer}, now_s); }
  void EmitToAll(const std::vector<RrdWriter*>& writers, int64_t now_s) {
    databases_.now = now_s;
    databases_.values.clear();
    HistogramSnapshot snapshot;
    snapshot.time = Timestamp::FromMicroseconds(now_s * 1'000'000 + 999'999);
    HistogramSnapshot::Histogram& h = snapshot.histograms.emplace_back();
    h.name = "ip_len_loc";
    h.max = 1504;
    h.width = 4;
    h.cells = cells_;
    h.samples = samples_;
    h.statistics = statistics_;
    for (RrdWriter* writer : writers) writer->OnHistograms(snapshot);
    statistics_ = {};
    std::fill(cells_.begin(), cells_.end(), 0);
    samples_ = 0;
  }
  static RrdConfig Config(const std::string& tokens) {
    return *ParseRrdConfig("ip_len_loc " + tokens, "rrd.conf", false, false);
  }

  MemoryDatabases databases_;
  std::vector<int64_t> cells_;
  int64_t samples_ = 0;
  ValueStatistics statistics_;  // of the interval
};

// The first update of a worked example, and an interval without samples.
TEST_F(RrdWriterTest, Statistics) {
  RrdWriter writer(Config("hit avg min max var stdev prc:50,90,99.9 idx:40,52,1500,other"),
                   {.directory = "d", .step_s = 300}, &databases_);
  Add(40, 78);
  Add(68, 1);
  Emit(writer, 1500001610);
  EXPECT_EQ(databases_.made["d/ip_len_loc.prc99.900.rrd"], 1500001600);
  EXPECT_EQ(databases_.made.size(), 13u);
  EXPECT_EQ(databases_.last_layout.source, "ip_len_loc");
  EXPECT_EQ(databases_.last_layout.step_s, 300);
  EXPECT_EQ(databases_.last_layout.heartbeat_s, 600);
  const std::map<std::string, std::string> expected = {
      {"ip_len_loc.hit.rrd", "79.000000"},   {"ip_len_loc.avg.rrd", "40.354430"},
      {"ip_len_loc.min.rrd", "0.000000"},    {"ip_len_loc.max.rrd", "68.000000"},
      {"ip_len_loc.var.rrd", "9.924051"},    {"ip_len_loc.stdev.rrd", "3.150246"},
      {"ip_len_loc.prc50.rrd", "40.000000"}, {"ip_len_loc.prc90.rrd", "40.000000"},
      {"ip_len_loc.idx40.rrd", "78.000000"}, {"ip_len_loc.prc99.900.rrd", "68.000000"},
      {"ip_len_loc.idx52.rrd", "0.000000"},  {"ip_len_loc.idx1500.rrd", "0.000000"},
      {"ip_len_loc.idxoth.rrd", "1.000000"},
  };
  EXPECT_EQ(databases_.values, expected);

  Emit(writer, 1500001923);
  EXPECT_THAT(databases_.values, Not(Contains(Key("ip_len_loc.min.rrd"))));
  EXPECT_THAT(databases_.values, Contains(Pair("ip_len_loc.var.rrd", "-0.000000")));
  EXPECT_THAT(databases_.values, Contains(Pair("ip_len_loc.prc50.rrd", "-4.000000")));

  Add(40, 1);
  Emit(writer, 1500002224);
  EXPECT_THAT(databases_.values, Contains(Pair("ip_len_loc.min.rrd", "40.000000")));
  EXPECT_THAT(databases_.values, Contains(Pair("ip_len_loc.stdev.rrd", "U")));
  EXPECT_TRUE(writer.status().ok());
}

TEST_F(RrdWriterTest, CellsAtTheEnds) {
  RrdWriter writer(Config("idx:1504,1508,1512,-4,-9"), {.directory = "d"}, &databases_);
  Add(40, 3);
  cells_.front() = 5;
  cells_.back() = 7;
  Emit(writer, 1500000000);
  EXPECT_EQ(databases_.values["ip_len_loc.idx1504.rrd"], "7.000000");
  EXPECT_EQ(databases_.values["ip_len_loc.idx1508.rrd"], "3.000000");  // the in-range total
  EXPECT_EQ(databases_.values["ip_len_loc.idx1512.rrd"], "0.000000");
  EXPECT_EQ(databases_.values["ip_len_loc.idx-4.rrd"], "5.000000");
  EXPECT_EQ(databases_.values["ip_len_loc.idx-9.rrd"], "0.000000");
}

TEST_F(RrdWriterTest, OnceASecondAndNeverBackwards) {
  RrdWriter writer(Config("avg"), {.directory = "d"}, &databases_);
  Add(40, 1);
  Emit(writer, 1500000300);
  Add(80, 1);
  Emit(writer, 1500000300);
  EXPECT_EQ(databases_.values.size(), 0u);
  Emit(writer, 1500000100);
  EXPECT_EQ(databases_.values.size(), 0u);
  Add(40, 1);
  Emit(writer, 1500000600);  // the statistics went on
  EXPECT_EQ(databases_.values["ip_len_loc.avg.rrd"], "60.000000");
}

TEST_F(RrdWriterTest, SwitchedOff) {
  RrdWriter writer(Config("avg"), {.directory = "d", .enabled = false}, &databases_);
  Add(40, 1);
  Emit(writer, 1500000300);
  EXPECT_THAT(databases_.made, IsEmpty());
  writer.set_enabled(true);
  Emit(writer, 1500000600);
  EXPECT_EQ(databases_.values["ip_len_loc.avg.rrd"], "40.000000");
}

// Each keeps its own statistics, whatever the others did with theirs.
TEST_F(RrdWriterTest, SeveralWritersDoNotDisturbEachOther) {
  RrdWriter first(Config("hit avg min max var"), {.directory = "a"}, &databases_);
  RrdWriter late(Config("hit avg min max var"), {.directory = "b", .enabled = false}, &databases_);
  RrdWriter last(Config("hit avg min max var"), {.directory = "c"}, &databases_);
  const auto values = [&](const std::string& of) {
    std::vector<std::string> found;
    for (const char* statistic : {"hit", "avg", "min", "max", "var"}) {
      const std::string path = of + "/ip_len_loc." + statistic + ".rrd";
      found.push_back(databases_.of_all[path]);
    }
    return found;
  };
  Add(40, 2);
  EmitToAll({&first, &late, &last}, 1500000300);
  Add(80, 2);
  late.set_enabled(true);
  databases_.of_all.clear();
  EmitToAll({&first, &late, &last}, 1500000600);
  const std::vector<std::string> of_the_second = {"2.000000", "80.000000", "80.000000", "80.000000",
                                                  "0.000000"};
  EXPECT_EQ(values("a"), of_the_second);
  EXPECT_EQ(values("c"), of_the_second);
  EXPECT_EQ(values("b"), std::vector<std::string>(
                             {"4.000000", "60.000000", "0.000000", "80.000000", "533.333333"}));
}

TEST_F(RrdWriterTest, RefusedUpdatesAreCounted) {
  RrdWriter writer(Config("avg max"), {.directory = "d"}, &databases_);
  databases_.refuses = true;
  Emit(writer, 1500000300);
  databases_.refuses = false;
  Emit(writer, 1500000600);
  EXPECT_EQ(writer.refused(), 2u);
  EXPECT_EQ(databases_.values.size(), 1u);
  EXPECT_EQ(writer.status().message(),
            "rrdtool: update command:\nupdate\nrrdtool: update error!\n"
            "d/ip_len_loc.avg.rrd: illegal attempt");
}

TEST_F(RrdWriterTest, RemovedDatabasesAreMadeAgain) {
  RrdWriter writer(Config("avg max"), {.directory = "d"}, &databases_);
  Add(40, 1);
  Emit(writer, 1500000300);
  databases_.made.clear();
  Add(80, 1);
  Emit(writer, 1500000600);
  EXPECT_EQ(databases_.made["d/ip_len_loc.avg.rrd"], 1500000590);
  EXPECT_EQ(databases_.values["ip_len_loc.avg.rrd"], "80.000000");
  EXPECT_EQ(databases_.values["ip_len_loc.max.rrd"], "80.000000");
  EXPECT_EQ(writer.refused(), 0u);
  EXPECT_TRUE(writer.TakeProblem().ok());
}

// librrd takes a start of 0 and less as "now", and then refuses every value.
TEST_F(RrdWriterTest, TimesThatNoDatabaseCanHave) {
  RrdWriter writer(Config("avg"), {.directory = "d"}, &databases_);
  Add(40, 1);
  Emit(writer, 10);
  EXPECT_THAT(databases_.made, IsEmpty());
  EXPECT_THAT(std::string(writer.status().message()),
              HasSubstr("d/ip_len_loc.avg.rrd: a database cannot begin at the time of these "
                        "packets, less than 11 seconds after 1970-01-01 00:00:00"));
  RrdWriter later(Config("avg"), {.directory = "d"}, &databases_);
  Emit(later, 11);
  EXPECT_EQ(databases_.made["d/ip_len_loc.avg.rrd"], 1);
  EXPECT_TRUE(later.status().ok());
}

TEST(LibrrdTest, CreatesAndContinues) {
  std::unique_ptr<RrdDatabases> databases = LibrrdDatabases();
  if (databases == nullptr) GTEST_SKIP() << "built without librrd";
  TemporaryFolder folder;
  const std::string path = folder.path() + "/x.avg.rrd";
  EXPECT_FALSE(databases->Exists(path));
  const RrdDatabases::Layout layout = {300, 600, "x"};
  ASSERT_TRUE(databases->Create(path, layout, 1500000000).ok());
  EXPECT_TRUE(databases->Exists(path));
  EXPECT_TRUE(databases->Update(path, 1500000300, "1.500000").ok());
  EXPECT_TRUE(databases->Update(path, 1500000600, "U").ok());
  EXPECT_THAT(std::string(databases->Update(path, 1500000600, "1").message()),
              AllOf(HasSubstr("illegal attempt to update using time 1500000600"),
                    HasSubstr("minimum one second step")));
  const RrdDatabases::Layout too_short = {0, 1, "x"};
  EXPECT_FALSE(databases->Create(path, too_short, 1500000000).ok());
  EXPECT_TRUE(databases->Create(folder.path() + "/a/b/x.avg.rrd", layout, 1500000000).ok());
}

// A viewer that draws a graph of the database has it locked.
TEST(LibrrdTest, WaitsForThoseWhoRead) {
  std::unique_ptr<RrdDatabases> databases = LibrrdDatabases();
  if (databases == nullptr) GTEST_SKIP() << "built without librrd";
  TemporaryFolder folder;
  const std::string path = folder.path() + "/x.avg.rrd";
  ASSERT_TRUE(databases->Create(path, {300, 600, "x"}, 1500000000).ok());
  const OtherProcessLock reader(path, F_RDLCK);
  ASSERT_TRUE(reader.is_held());
  const absl::Status status = databases->Update(path, 1500000300, "1.500000");
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace tstat::internal
