// SPDX-License-Identifier: BSD-3-Clause
//
// An export of an analysis, and one of the logs that it wrote, are the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "output/formats/record_rows.h"
#include "tests/output/formats/rows.h"
#include "tests/output/temporary_folder.h"
#include "tstat/analyzer.h"
#include "tstat/histogram.h"
#include "tstat/log_reader.h"
#include "tstat/output_tree.h"
#include "tstat/text_logs.h"

namespace tstat::internal {
namespace {

using nlohmann::json;

struct Exported {
  std::map<std::string, std::vector<std::string>> live, of_logs;  // items by log
};

// A bundled trace, analysed once, its rows in a format.
Exported ExportOf(const std::string& trace, const CompatProfile& profile, std::string_view name,
                  std::string_view options) {
  Exported exported;
  TemporaryFolder folder;
  ExportDefaults defaults;
  defaults.profile = profile;
  auto format = FormatOf(name, options, defaults);
  OutputTree tree({.directory = folder.path()});
  TextLogOptions text;
  text.enabled = LogSet::All();
  text.profile = profile;
  TextLogWriter logs(&tree, text);
  RecordRows rows({.profile = profile}, *format, [&](const TableRow& row) {
    exported.live[std::string(row.table->log)].push_back(ItemsOf(*format, row));
  });
  AnalyzerOptions analysis;
  analysis.profile = profile;
  Analyzer analyzer(analysis);
  analyzer.AddSink(&tree);
  analyzer.AddSink(&logs);
  analyzer.AddSink(&rows);
  auto source = OpenTrace(std::string(TSTAT_SOURCE_DIR) + "/tests/traces/" + trace);
  EXPECT_TRUE(source.ok()) << source.status();
  EXPECT_TRUE(analyzer.Run(**source).ok());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    const std::string log = entry.path().filename().string();
    if (log.rfind("log_", 0) != 0) continue;
    auto reader = LogReader::Open(entry.path().string());
    EXPECT_TRUE(reader.ok()) << reader.status();
    while (*reader->Next()) {
      if (format->Takes(*reader->row().table)) {
        exported.of_logs[log].push_back(ItemsOf(*format, reader->row()));
      }
    }
    EXPECT_EQ(reader->counters().wrong_cell_counts + reader->counters().bad_cells, 0u) << log;
  }
  return exported;
}

class LiveRows : public ::testing::TestWithParam<const char*> {};

std::string AllLogsOf(const CompatProfile& profile) {
  std::string logs;
  for (const RowTable& table : RowTables()) {
    if (!table.text_log.has_value() || !table.presence.In(profile)) continue;
    logs += (logs.empty() ? "logs=" : ",") + std::string(table.log);
  }
  return logs;
}

// Six digits, as %g prints them.
bool AreNearlyEqual(const json& a, const json& b) {
  if (!a.is_number() || !b.is_number()) return false;
  const double x = a.get<double>(), y = b.get<double>();
  return std::abs(x - y) <= 2e-5 * std::max(std::abs(x), std::abs(y));
}

// But for the flow's number, and for 0 where the text cannot tell it from nothing.
void ExpectThoseOfTheLogs(const std::string& trace, size_t least) {
  size_t rows = 0;
  for (const CompatProfile& profile : {CompatProfile{}, CompatProfile::Tstat33()}) {
    const Exported exported = ExportOf(trace, profile, "json", AllLogsOf(profile));
    for (const auto& [log, lines] : exported.live) {
      ASSERT_EQ(exported.of_logs.count(log), 1u) << log;
      const std::vector<std::string>& others = exported.of_logs.at(log);
      ASSERT_EQ(lines.size(), others.size()) << log;
      for (size_t i = 0; i < lines.size(); ++i, ++rows) {
        const json live = json::parse(lines[i]), read = json::parse(others[i]);
        ASSERT_EQ(live.size(), read.size());
        EXPECT_TRUE(live["flow"].is_number());
        for (const auto& [key, value] : live.items()) {
          if (key == "flow" || value == read[key]) continue;
          if (log == "log_mm_complete") {
            EXPECT_TRUE(AreNearlyEqual(value, read[key]))
                << key << ": " << value << ", of the log " << read[key];
            continue;
          }
          const bool is_nothing = value.is_null() && (read[key] == 0 || read[key] == false);
          const bool is_scale = value.is_null() && key.find("_win_scl") == 1;  // of one side only
          EXPECT_TRUE(is_nothing || is_scale || key.find("_ttl_") == 1)
              << log << " " << key << ": " << value << ", of the log " << read[key];
        }
      }
    }
  }
  EXPECT_GT(rows, least);
}

TEST_P(LiveRows, AreThoseOfTheLogs) { ExpectThoseOfTheLogs(GetParam(), 10); }

TEST(LiveMedia, AreThoseOfTheLogs) { ExpectThoseOfTheLogs("voice.pcap", 5); }

TEST_P(LiveRows, AreTheSamePointsAndMessages) {
  for (const auto& [name, options] :
       {std::pair{"influx", "points=roll"}, std::pair{"netsage", "threshold=0"}}) {
    const Exported exported = ExportOf(GetParam(), {}, name, options);
    EXPECT_EQ(exported.live, exported.of_logs) << name;
    EXPECT_FALSE(exported.live.empty()) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Traces, LiveRows,
                         ::testing::Values("web.pcap", "web-ipv6.pcap", "mixed.pcap"));

// What has no text log comes as rows, too.
TEST(EventRows, TlsNamesAndHistograms) {
  auto format = FormatOf("json", "logs=tls,dns_resolution,histogram");
  std::map<std::string, std::vector<json>> lines;
  RecordRows rows({}, *format, [&](const TableRow& row) {
    lines[std::string(row.table->name)].push_back(json::parse(ItemsOf(*format, row)));
  });
  AnalyzerOptions options;
  HistogramSelection selection;
  selection.SelectMatching("ip_len");
  options.histograms = std::make_shared<const HistogramSelection>(selection);
  Analyzer analyzer(options);
  analyzer.AddSink(&rows);
  auto source = OpenTrace(std::string(TSTAT_SOURCE_DIR) + "/tests/traces/web.pcap");
  ASSERT_TRUE(source.ok());
  ASSERT_TRUE(analyzer.Run(**source).ok());
  ASSERT_FALSE(lines["tls_handshake"].empty());
  EXPECT_TRUE(lines["tls_handshake"][0]["tls_SNI"].is_string());
  EXPECT_TRUE(lines["tls_handshake"][0]["flow"].is_number());
  ASSERT_FALSE(lines["dns_resolution"].empty());
  EXPECT_TRUE(lines["dns_resolution"][0]["fqdn"].is_string());
  ASSERT_FALSE(lines["histogram"].empty());
  int64_t packets = 0;
  for (const json& bin : lines["histogram"]) {
    EXPECT_EQ(bin["histogram"].get<std::string>().substr(0, 6), "ip_len");
    EXPECT_GT(bin["count"].get<int64_t>(), 0);
    packets += bin["count"].get<int64_t>();
  }
  EXPECT_GT(packets, 10);

  // Two histograms have one name, and rows of their own.
  const std::vector<int64_t> cells = {1, 0};
  HistogramSnapshot snapshot;
  for (const HistogramInfo& info : AllHistograms()) {
    if (info.name != "tcp_net_dup_out") continue;
    HistogramSnapshot::Histogram histogram;
    histogram.name = info.name;
    histogram.description = info.description;
    histogram.cells = cells;
    snapshot.histograms.insert(snapshot.histograms.begin(), histogram);
  }
  lines.clear();
  rows.OnHistograms(snapshot);
  ASSERT_EQ(lines["histogram"].size(), 2u);
  EXPECT_EQ(lines["histogram"][0]["histogram"], "tcp_net_dup_loc");
  EXPECT_EQ(lines["histogram"][1]["histogram"], "tcp_net_dup_out");
}

}  // namespace
}  // namespace tstat::internal
