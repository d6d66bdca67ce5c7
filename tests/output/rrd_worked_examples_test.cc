// SPDX-License-Identifier: BSD-3-Clause
//
// Worked examples checked with Tstat, from packets to the values that databases get and to the rows
// that librrd makes of them. Skipped where the reference's traces are not at hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#ifdef TSTAT_WITH_RRD
#include <rrd.h>
#endif

#include "tests/golden/reference_required.h"
#include "tests/output/temporary_folder.h"
#include "tstat/analyzer.h"
#include "tstat/histogram.h"
#include "tstat/packet_source.h"
#include "tstat/rrd.h"

namespace tstat::internal {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr int64_t kStart = 1500000000;  // the first packet of every trace

// What a database gets: (seconds since kStart, value).
using Updates = std::vector<std::pair<int64_t, std::string>>;

// Notes every update, and hands it on when there is somebody to take it.
class NotingDatabases : public RrdDatabases {
 public:
  explicit NotingDatabases(RrdDatabases* behind = nullptr) : behind_(behind) {}

  bool Exists(const std::string& path) const override { return made.count(Name(path)) > 0; }
  absl::Status Create(const std::string& path, const Layout& layout, int64_t start_s) override {
    made[Name(path)] = start_s;
    return behind_ == nullptr ? absl::OkStatus() : behind_->Create(path, layout, start_s);
  }
  absl::Status Update(const std::string& path, int64_t time_s, const std::string& value) override {
    updates[Name(path)].emplace_back(time_s - kStart, value);
    return behind_ == nullptr ? absl::OkStatus() : behind_->Update(path, time_s, value);
  }

  std::map<std::string, int64_t> made;
  std::map<std::string, Updates> updates;  // by "ip_len_loc.avg"

 private:
  static std::string Name(const std::string& path) {
    return std::filesystem::path(path).stem().string();
  }
  RrdDatabases* behind_;
};

// As `tstat -S -L -R ... -r DIRECTORY NAME.pcap`, without -N. False: the trace is missing.
bool Analyse(const std::string& name, const std::string& config, NotingDatabases* databases,
             const std::string& directory = "d", bool totals = false) {
  const std::string path = std::string(TSTAT_SHARED_DIR) + "/golden/traces/" + name + ".pcap";
  if (!std::filesystem::exists(path)) return false;
  const RrdConfig rrd = *ParseRrdConfig(config, "rrd.conf", totals, /*l3=*/false);
  HistogramSelection selection;
  selection.totals = totals;
  rrd.SelectIn(&selection);
  AnalyzerOptions options;
  options.histograms = std::make_shared<const HistogramSelection>(selection);
  RrdWriter writer(rrd, {.directory = directory, .step_s = 300}, databases);
  Analyzer analyzer(options);
  analyzer.AddSink(&writer);
  auto source = OpenTrace(path);
  EXPECT_TRUE(source.ok()) << source.status();
  EXPECT_TRUE(analyzer.Run(**source).ok());
  EXPECT_EQ(writer.refused(), 0u) << writer.status();
  return true;
}

// Of the first updates; more may follow.
Updates First(const Updates& updates, size_t count) {
  return {updates.begin(), updates.begin() + static_cast<int64_t>(std::min(count, updates.size()))};
}

constexpr char kNestConfig[] =
    "ip_len_loc avg min max var stdev prc:50,90,99.9 idx:40,52,1500,other\n"
    "L4_flow_number idx:0,1\n"
    "ip_bitrate_loc idx:0,1,2\n"
    "tcp_port_dst_loc idx:443,11095,other\n";

TEST(RrdExamples, EveryStatisticOfThreeIntervals) {
  NotingDatabases databases;
  TSTAT_NEEDS_REFERENCE(Analyse("nest_log_sink", kNestConfig, &databases));
  struct Row {
    const char* database;
    const char* values[3];
  };
  constexpr Row kRows[] = {
      {"ip_len_loc.avg", {"40.354430", "195.432624", "40.000000"}},
      {"ip_len_loc.min", {"0.000000", "40.000000", "40.000000"}},
      {"ip_len_loc.max", {"68.000000", "719.000000", "40.000000"}},
      {"ip_len_loc.var", {"9.924051", "41396.618642", "0.000000"}},
      {"ip_len_loc.stdev", {"3.150246", "203.461590", "0.000000"}},
      {"ip_len_loc.prc50", {"40.000000", "92.000000", "40.000000"}},
      {"ip_len_loc.prc90", {"40.000000", "492.000000", "40.000000"}},
      {"ip_len_loc.prc99.900", {"68.000000", "716.000000", "40.000000"}},
      {"ip_len_loc.idx40", {"78.000000", "46.000000", "14.000000"}},
      {"ip_len_loc.idx52", {"0.000000", "0.000000", "0.000000"}},
      {"ip_len_loc.idx1500", {"0.000000", "0.000000", "0.000000"}},
      {"ip_len_loc.idxoth", {"1.000000", "95.000000", "0.000000"}},
      {"L4_flow_number.idx0", {"0.000000", "3.000000", "0.000000"}},
      {"L4_flow_number.idx1", {"1.000000", "0.000000", "0.000000"}},
      {"ip_bitrate_loc.idx0", {"15.000000", "695.000000", "14.000000"}},
      {"tcp_port_dst_loc.idx443", {"0.000000", "0.000000", "0.000000"}},
      {"tcp_port_dst_loc.idx11095", {"39.000000", "73.000000", "7.000000"}},
      {"tcp_port_dst_loc.idxoth", {"39.000000", "65.000000", "7.000000"}},
  };
  for (const Row& row : kRows) {
    EXPECT_THAT(First(databases.updates[row.database], 3),
                ElementsAre(Pair(1610, row.values[0]), Pair(1923, row.values[1]),
                            Pair(2224, row.values[2])))
        << row.database;
    EXPECT_EQ(databases.updates[row.database].back().first, 6723) << row.database;
    EXPECT_EQ(databases.made[row.database], kStart + 1600) << row.database;
  }
}

TEST(RrdExamples, AHistogramWithoutSamples) {
  NotingDatabases databases;
  TSTAT_NEEDS_REFERENCE(Analyse(
      "nest_log_sink", "ip_len_in avg min max var stdev prc:50,90 idx:40,1500\n", &databases));
  const size_t intervals = databases.updates["ip_len_in.avg"].size();
  ASSERT_GT(intervals, 3u);
  constexpr std::pair<const char*, const char*> kAlways[] = {
      {"avg", "0.000000"},     {"var", "-0.000000"},   {"stdev", "-0.000000"},
      {"prc50", "-4.000000"},  {"prc90", "-4.000000"}, {"idx40", "0.000000"},
      {"idx1500", "0.000000"},
  };
  for (const auto& [statistic, value] : kAlways) {
    const Updates& updates = databases.updates[std::string("ip_len_in.") + statistic];
    EXPECT_EQ(updates.size(), intervals) << statistic;
    for (const auto& [time, text] : updates) EXPECT_EQ(text, value) << statistic << " at " << time;
  }
  // In the first interval only.
  EXPECT_THAT(databases.updates["ip_len_in.min"], ElementsAre(Pair(1610, "0.000000")));
  EXPECT_THAT(databases.updates["ip_len_in.max"], ElementsAre(Pair(1610, "0.000000")));
}

constexpr char kFlowConfig[] = "L4_flow_number avg min max var stdev prc:50 idx:0,1,2,other\n";

void ExpectOnePacketInterval(NotingDatabases& databases) {
  constexpr std::pair<const char*, const char*> kRows[] = {
      {"avg", "1.000000"},  {"min", "0.000000"},    {"max", "1.000000"},  {"var", "U"},
      {"stdev", "U"},       {"prc50", "1.000000"},  {"idx0", "0.000000"}, {"idx1", "1.000000"},
      {"idx2", "0.000000"}, {"idxoth", "0.000000"},
  };
  EXPECT_EQ(databases.updates.size(), std::size(kRows));
  for (const auto& [statistic, value] : kRows) {
    EXPECT_THAT(databases.updates[std::string("L4_flow_number.") + statistic],
                ElementsAre(Pair(0, value)))
        << statistic;
  }
}

// The reference prints -nan, which librrd takes as unknown.
TEST(RrdExamples, OneSample) {
  NotingDatabases databases;
  TSTAT_NEEDS_REFERENCE(Analyse("dns-exf", kFlowConfig, &databases));
  ExpectOnePacketInterval(databases);
}

// -g updates twice at the end; the second time is passed over.
TEST(RrdExamples, OneSampleWithTotals) {
  NotingDatabases databases;
  TSTAT_NEEDS_REFERENCE(Analyse("dns-exf", kFlowConfig, &databases, "d", /*totals=*/true));
  ExpectOnePacketInterval(databases);
}

TEST(RrdExamples, UpdatesWithGaps) {
  NotingDatabases databases;
  TSTAT_NEEDS_REFERENCE(Analyse("jabber", "ip_len_loc avg\n", &databases));
  EXPECT_THAT(
      First(databases.updates["ip_len_loc.avg"], 5),
      ElementsAre(Pair(432, "211.126437"), Pair(981, "199.016949"), Pair(2027, "128.969697"),
                  Pair(2428, "54.538462"), Pair(2734, "70.076923")));
}

#ifdef TSTAT_WITH_RRD

// The stored rows of `resolution` seconds: (seconds since kStart of the row's end, value).
std::map<int64_t, double> Rows(const std::string& path, unsigned long resolution, int64_t from,
                               int64_t to) {
  time_t start = kStart + from, end = kStart + to;
  unsigned long step = resolution, sources = 0;
  char** names = nullptr;
  rrd_value_t* data = nullptr;
  std::map<int64_t, double> rows;
  if (rrd_fetch_r(path.c_str(), "AVERAGE", &start, &end, &step, &sources, &names, &data) != 0) {
    ADD_FAILURE() << rrd_get_error();
    return rows;
  }
  EXPECT_EQ(step, resolution);
  EXPECT_EQ(sources, 1u);
  const rrd_value_t* value = data;
  for (time_t at = start + static_cast<time_t>(step); at <= end; at += static_cast<time_t>(step)) {
    rows[at - kStart] = *value++;
  }
  for (unsigned long i = 0; i < sources; ++i) rrd_freemem(names[i]);
  rrd_freemem(names);
  rrd_freemem(data);
  return rows;
}

TEST(RrdExamples, StoredRows) {
  std::unique_ptr<RrdDatabases> librrd = LibrrdDatabases();
  TemporaryFolder folder;
  NotingDatabases databases(librrd.get());
  TSTAT_NEEDS_REFERENCE(Analyse("nest_log_sink", kNestConfig, &databases, folder.path()));
  const std::string path = folder.path() + "/ip_len_loc.avg.rrd";
  const std::map<int64_t, double> fine = Rows(path, 300, 1500, 2400);
  EXPECT_NEAR(fine.at(1800), 187.67871430, 1e-8);
  EXPECT_NEAR(fine.at(2100), (123 * 195.432624 + 177 * 40) / 300, 1e-8);
  EXPECT_NEAR(fine.at(2100), 103.72737584, 1e-8);
  EXPECT_NEAR(fine.at(2400), 40, 1e-8);
  const std::map<int64_t, double> coarse = Rows(path, 1800, 1200, 6600);
  EXPECT_NEAR(coarse.at(3000), 82.281218028, 1e-8);
  EXPECT_NEAR(coarse.at(4800), 94.506237320, 1e-8);
  EXPECT_NEAR(coarse.at(6600), 66.166901872, 1e-8);
}

TEST(RrdExamples, StoredRowsWithGaps) {
  std::unique_ptr<RrdDatabases> librrd = LibrrdDatabases();
  TemporaryFolder folder;
  NotingDatabases databases(librrd.get());
  TSTAT_NEEDS_REFERENCE(Analyse("jabber", "ip_len_loc avg\n", &databases, folder.path()));
  const std::map<int64_t, double> rows =
      Rows(folder.path() + "/ip_len_loc.avg.rrd", 300, 300, 2700);
  EXPECT_NEAR(rows.at(600), 199.69725731, 1e-8);
  for (int64_t at : {900, 1200}) EXPECT_NEAR(rows.at(at), 199.016949, 1e-8) << at;
  for (int64_t at : {1500, 1800, 2100}) EXPECT_TRUE(std::isnan(rows.at(at))) << at;
  EXPECT_NEAR(rows.at(2400), 54.538462, 1e-8);
  EXPECT_NEAR(rows.at(2700), 68.626666640, 1e-8);
}

#endif  // TSTAT_WITH_RRD

}  // namespace
}  // namespace tstat::internal
