// SPDX-License-Identifier: BSD-3-Clause
//
// What the scripts of the roll and the NetSage shipper make of the reference's logs. Skipped where
// there is no reference.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/output/formats/rows.h"
#include "tests/output/temporary_folder.h"
#include "tstat/log_reader.h"

namespace tstat::internal {
namespace {

using nlohmann::ordered_json;

const std::string kGolden = std::string(TSTAT_SHARED_DIR) + "/golden/";  // NOLINT: of this test

std::vector<std::string> SortedFolder(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    names.push_back(entry.path().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Hands the rows of a log on. Rows that are none are left out.
void AppendLog(const std::string& path, BatchWriter& writer) {
  auto reader = LogReader::Open(path, {.values = false});
  ASSERT_TRUE(reader.ok()) << reader.status();
  absl::StatusOr<bool> next = false;
  while ((next = reader->Next()).ok() && *next) writer.Append(reader->row());
  EXPECT_TRUE(next.ok()) << next.status();
}

class RollPoints : public ::testing::TestWithParam<std::pair<const char*, size_t>> {};

// A request a batch; batches never span files.
TEST_P(RollPoints, AreTheBytesThatTheScriptsSend) {
  const auto& [name, line_limit] = GetParam();
  const std::string folder = kGolden + "points/" + name;
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not there";
  auto format = FormatOf("influx", "points=roll");
  std::vector<std::string> sent;
  const BatchWriter::Limits limits = {.max_items = line_limit};
  BatchWriter writer(format.get(), limits,
                     [&](const Batch& batch, size_t) { sent.emplace_back(batch.body); });
  for (const std::string& session : SortedFolder(folder + "/input")) {
    if (session.find("2017_07") == std::string::npos) continue;
    AppendLog(session + "/log_tcp_complete", writer);
    writer.Finish();
  }
  size_t count = 0;
  for (; std::filesystem::exists(folder + "/write-" + std::to_string(count + 1) + ".txt");
       ++count) {
    const std::string expected =
        ReadWholeFile(folder + "/write-" + std::to_string(count + 1) + ".txt");
    ASSERT_LT(count, sent.size());
    EXPECT_EQ(sent[count], expected);
  }
  EXPECT_GT(count, 0u);
  EXPECT_EQ(sent.size(), count);
}
// An odd limit never ends a request there.
constexpr size_t kNoLimit = 1000000;
INSTANTIATE_TEST_SUITE_P(Golden, RollPoints,
                         ::testing::Values(std::pair{"three-rows", size_t{700}},
                                           std::pair{"mixed-rows", size_t{700}},
                                           std::pair{"batches", size_t{4}},
                                           std::pair{"odd-limit", kNoLimit}));

TEST(NetsageMessages, AreThoseOfTheShipper) {
  if (!std::filesystem::exists(kGolden + "netsage")) GTEST_SKIP() << "no reference";
  size_t messages = 0;
  for (const std::string& folder : SortedFolder(kGolden + "netsage")) {
    if (!std::filesystem::is_directory(folder)) continue;
    const std::string trace = std::filesystem::path(folder).filename().string();
    const std::string config = trace.rfind("mix-", 0) == 0 ? "full" : "default";
    for (const char* const threshold : {"0", "1"}) {
      auto format = FormatOf(
          "netsage", std::string("sensor=probe.example.test&instance=7&threshold=") + threshold);
      std::vector<std::string> sent;
      BatchWriter writer(format.get(), {},
                         [&](const Batch& batch, size_t) { sent.emplace_back(batch.body); });
      for (const std::string& session : SortedFolder(kGolden + "3.1.1/" + config + "/" + trace)) {
        for (const char* const log : {"/log_tcp_complete", "/log_udp_complete"}) {
          if (std::filesystem::exists(session + log)) AppendLog(session + log, writer);
        }
      }
      writer.Finish();
      std::ifstream expected(folder + "/threshold-" + threshold + ".json");
      std::string line;
      size_t count = 0;
      for (; std::getline(expected, line); ++count) {
        ASSERT_LT(count, sent.size()) << folder;
        const auto want = ordered_json::parse(line), got = ordered_json::parse(sent[count]);
        ASSERT_EQ(got.size(), want.size()) << folder;
        for (size_t i = 0; i < want.size(); ++i) {
          // Members in their order, and integers apart from reals.
          ASSERT_EQ(got[i].dump(), want[i].dump()) << folder << " " << threshold;
        }
      }
      EXPECT_EQ(sent.size(), count) << folder;
      messages += count;
    }
  }
  EXPECT_GT(messages, 100u);
}

}  // namespace
}  // namespace tstat::internal
