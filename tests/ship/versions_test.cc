// SPDX-License-Identifier: BSD-3-Clause
//
// Logs of 3.1.1 and of 3.3, with any sets of columns: nothing of them stays behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/ship/files.h"
#include "tstat-ship/follow.h"
#include "tstat-ship/shipment.h"
#include "tstat/analyzer.h"
#include "tstat/output_tree.h"
#include "tstat/text_logs.h"

namespace tstat::ship {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint8_t kAllSets = 0xff;

struct Version {
  const char* name;
  CompatProfile profile;
  uint8_t levels;
};
std::vector<Version> Versions() {
  return {{"3.1.1", CompatProfile::Tstat311(), tcp_level::kDefault},
          {"3.1.1, all sets", CompatProfile::Tstat311(), kAllSets},
          {"3.1.1, few", CompatProfile::Tstat311(), 0},
          {"3.3", CompatProfile::Tstat33DefaultBuild(), kAllSets},
          {"3.3 with ldns", CompatProfile::Tstat33(), kAllSets}};
}

void WriteLogs(const Version& version, const std::string& directory) {
  for (const char* const trace : {"web.pcap", "voice.pcap", "mixed.pcap"}) {
    OutputTree tree({.directory = directory + "/" + trace});
    TextLogOptions text;
    text.enabled = LogSet::All();
    text.tcp_level = text.video_level = version.levels;
    text.profile = version.profile;
    TextLogWriter logs(&tree, text);
    AnalyzerOptions options;
    options.profile = version.profile;
    Analyzer analyzer(options);
    analyzer.AddSink(&tree);
    analyzer.AddSink(&logs);
    auto source = OpenTrace(std::string(TSTAT_SOURCE_DIR) + "/tests/traces/" + trace);
    ASSERT_TRUE(source.ok()) << source.status();
    ASSERT_TRUE(analyzer.Run(**source).ok());
  }
}

struct Rows {
  size_t count = 0;
  std::set<std::string> columns;  // of the header lines
};
std::map<std::string, Rows> RowsIn(const std::string& directory) {
  std::map<std::string, Rows> rows;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("log_")) continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (!line.starts_with('#')) {
        ++rows[name].count;
        continue;
      }
      std::istringstream labels(line);
      for (std::string label; labels >> label;) {
        label.erase(0, label.rfind('#') + 1);
        label.erase(std::min(label.size(), label.find(':')));
        if (!label.empty()) rows[name].columns.insert(label);
      }
    }
  }
  std::erase_if(rows, [](const auto& log) { return log.second.count == 0; });
  return rows;
}

class LogsOfVersions : public ::testing::Test {
 protected:
  std::vector<std::string> Ship(const std::string& text, const std::string& logs) {
    ShipmentOptions options;
    options.text = text;
    options.state_dir = folder_ / "state";
    options.sync = SpoolSync::kNever;
    options.again = true;
    std::vector<std::string> told;
    const Teller tell = [&](std::string_view line) { told.emplace_back(line); };
    options.tell = tell;
    auto shipment = Shipment::Open(std::move(options));
    if (!shipment.ok()) return {std::string(shipment.status().message())};
    EXPECT_TRUE((*shipment)->Start().ok());
    const std::atomic<bool> stop{false};
    EXPECT_TRUE(ShipOnce({logs}, **shipment, stop, tell).ok());
    (*shipment)->Close(std::chrono::seconds(60));
    return told;
  }

  TestFolder folder_;
};

TEST_F(LogsOfVersions, GoOutWithAllRowsAndTheirColumns) {
  std::set<std::string> logs_seen;
  for (const Version& version : Versions()) {
    const std::string logs = folder_ / "logs", out = folder_ / "out";
    std::filesystem::remove_all(logs);
    std::filesystem::remove(out);
    ASSERT_NO_FATAL_FAILURE(WriteLogs(version, logs));
    const std::map<std::string, Rows> expected = RowsIn(logs);
    EXPECT_THAT(Ship("json=" + out, logs), IsEmpty()) << version.name;
    std::map<std::string, Rows> shipped;
    std::ifstream file(out);
    for (std::string line; std::getline(file, line);) {
      const json row = json::parse(line);
      Rows& rows = shipped[row["log"]];
      ++rows.count;
      for (const auto& [key, value] : row.items()) rows.columns.insert(key);
    }
    ASSERT_EQ(shipped.size(), expected.size()) << version.name;
    for (const auto& [log, rows] : expected) {
      logs_seen.insert(log);
      EXPECT_EQ(shipped[log].count, rows.count) << version.name << " " << log;
      if (rows.columns.empty()) continue;  // no header line: by the schema
      std::set<std::string> columns = rows.columns;
      columns.insert({"log", "flow"});
      // Of other logs the header line does not announce all cells.
      const bool is_exact = log.starts_with("log_tcp") || log.starts_with("log_udp") ||
                            log.starts_with("log_dns") || log.starts_with("log_video");
      const std::set<std::string>& found = shipped[log].columns;
      EXPECT_TRUE(is_exact
                      ? found == columns
                      : std::includes(found.begin(), found.end(), columns.begin(), columns.end()))
          << version.name << " " << log << ": " << ::testing::PrintToString(found);
    }
  }
  for (const char* const log : {"log_tcp_complete", "log_udp_complete", "log_mm_complete",
                                "log_dns_complete", "log_tcp_periodic", "log_udp_periodic"}) {
    EXPECT_TRUE(logs_seen.contains(log)) << log;
  }
}

TEST_F(LogsOfVersions, HaveNamesForAllThatAnyVersionHas) {
  const std::string logs = folder_ / "logs", out = folder_ / "out";
  ASSERT_NO_FATAL_FAILURE(WriteLogs(Versions().back(), logs));
  EXPECT_THAT(Ship("csv=" + out + "#logs=dns&columns=query", logs), IsEmpty());
  EXPECT_TRUE(ReadAll(out).starts_with("query\n"));
  EXPECT_GT(ReadAll(out).size(), 10u);
  std::filesystem::remove(out);
  EXPECT_THAT(Ship("json=" + out + "#logs=udp&columns=quic_SNI,c_port", logs), IsEmpty());
  EXPECT_THAT(ReadAll(out), HasSubstr("\"quic_SNI\":"));
  // No log has them.
  for (const char* const name : {"tls", "dns_resolution", "histogram"}) {
    const std::vector<std::string> told = Ship("json=" + out + "#logs=" + name, logs);
    ASSERT_EQ(told.size(), 1u) << name;
    EXPECT_THAT(told[0], HasSubstr("is no text log")) << name;
  }
}

}  // namespace
}  // namespace tstat::ship
