// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/export_selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "output/formats/export_options.h"

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ExportOptions, AreDecodedAndTaken) {
  absl::StatusOr<ExportOptions> options = ExportOptions::Parse("a=1&b%3D=x%26y%2c&c=");
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->Take("b="), "x&y,");
  EXPECT_EQ(options->Take("b="), std::nullopt);
  EXPECT_EQ(options->Take("c"), "");
  const std::string_view allowed[] = {"x", "y"};
  const absl::Status left = options->ExpectNone(allowed);
  EXPECT_EQ(left.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(left.message()),
              HasSubstr("\"a\" is no option of this export; known: x, y"));
  EXPECT_EQ(options->Take("a"), "1");
  EXPECT_TRUE(options->ExpectNone(allowed).ok());
  EXPECT_TRUE(ExportOptions::Parse("")->ExpectNone({}).ok());
}

TEST(ExportOptions, NameWhatIsWrong) {
  const auto error = [](std::string_view text) {
    const auto options = ExportOptions::Parse(text);
    EXPECT_EQ(options.status().code(), absl::StatusCode::kInvalidArgument) << text;
    return std::string(options.status().message());
  };
  EXPECT_THAT(error("logs"), HasSubstr("\"logs\""));
  EXPECT_THAT(error("=tcp"), HasSubstr("\"=tcp\""));
  EXPECT_THAT(error("a=1&&b=2"), HasSubstr("NAME=VALUE"));
  EXPECT_THAT(error("a=%4"), HasSubstr("\"%4\""));
  EXPECT_THAT(error("a=%g0"), HasSubstr("hex digits"));
  EXPECT_THAT(error("a=1&a=2"), HasSubstr("\"a\" is given twice"));
}

TEST(ExportOptions, TakeOneOfSomeWords) {
  constexpr std::string_view kWords[] = {"first", "second"};
  ExportOptions options = *ExportOptions::Parse("x=second&y=third");
  EXPECT_EQ(*options.TakeWord("x", kWords), "second");
  EXPECT_EQ(*options.TakeWord("z", kWords), "first");
  EXPECT_THAT(std::string(options.TakeWord("y", kWords).status().message()),
              HasSubstr("\"third\" is no value of \"y\"; known: first, second"));
}

absl::StatusOr<ExportSelection> Selected(std::string_view text,
                                         const ExportDefaults& defaults = {}) {
  absl::StatusOr<ExportOptions> options = ExportOptions::Parse(text);
  if (!options.ok()) return options.status();
  return ExportSelection::Take(defaults, &*options);
}

std::vector<std::string_view> TablesOf(const ExportSelection& selection) {
  std::vector<std::string_view> names;
  for (const RowTable& table : RowTables()) {
    if (selection.Has(table)) names.push_back(table.name);
  }
  return names;
}
std::vector<std::string> ColumnsOf(const ExportSelection& selection, std::string_view table) {
  std::vector<std::string> names;
  for (const size_t i : selection.ColumnsOf(*FindRowTable(table))) {
    names.push_back(FindRowTable(table)->columns[i].name);
  }
  return names;
}

TEST(ExportSelection, TheDefaultIsWhatTheTextLogsHave) {
  const ExportSelection selection;
  EXPECT_THAT(TablesOf(selection),
              ElementsAre("tcp_complete", "tcp_nocomplete", "udp_complete", "media_flow",
                          "chat_complete", "chat_message", "video_complete"));
  for (const LogInfo& log : kLogs) {
    const std::vector<std::string> labels = TextLogLabels(log.log, {});
    for (const RowTable& table : RowTables()) {
      if (table.text_log != log.log || !table.presence.In(CompatProfile{})) continue;
      EXPECT_EQ(ColumnsOf(selection, table.name), labels) << table.name;
      break;  // labels are those of the first kind of rows
    }
  }
  EXPECT_EQ(ColumnsOf(selection, "tcp_complete").size(), 130u);
}

TEST(ExportSelection, TheOtherProfileHasItsOwnColumns) {
  ExportDefaults defaults;
  defaults.profile = CompatProfile::Tstat33();
  const ExportSelection selection(defaults);
  EXPECT_EQ(ColumnsOf(selection, "tcp_complete"),
            TextLogLabels(Log::kTcpComplete, defaults.profile));
  EXPECT_EQ(ColumnsOf(selection, "tcp_complete").size(), 134u);
  EXPECT_TRUE(selection.Has(*FindRowTable("media_stream")));
  EXPECT_FALSE(selection.Has(*FindRowTable("media_flow")));
  // The levels of the text logs hold.
  defaults.levels.tcp = 0;
  EXPECT_EQ(ColumnsOf(ExportSelection(defaults), "tcp_complete").size(), 44u);
}

TEST(ExportSelection, LogsHaveSeveralNames) {
  EXPECT_THAT(TablesOf(*Selected("logs=tcp,udp")), ElementsAre("tcp_complete", "udp_complete"));
  EXPECT_THAT(TablesOf(*Selected("logs=log_tcp_nocomplete")), ElementsAre("tcp_nocomplete"));
  EXPECT_THAT(TablesOf(*Selected("logs=http")), ElementsAre("http_request", "http_response"));
  EXPECT_THAT(TablesOf(*Selected("logs=http_response")), ElementsAre("http_response"));
  EXPECT_THAT(TablesOf(*Selected("logs=tls,histogram")), ElementsAre("tls_handshake", "histogram"));
  const ExportSelection all = *Selected("logs=all");
  EXPECT_TRUE(all.Has(*FindRowTable("dns_resolution")));
  EXPECT_TRUE(all.Has(*FindRowTable("histogram_network")));
  EXPECT_FALSE(all.Has(*FindRowTable("tcp_period")));  // of 3.3
  EXPECT_TRUE(all.events().has(Event::kHistograms));
  EXPECT_FALSE(Selected("logs=tcp")->events().has(Event::kUdpFlow));
  const std::string unknown(Selected("logs=tcp,tpc").status().message());
  EXPECT_THAT(unknown,
              HasSubstr("\"tpc\" is no log of this profile; known: all, tcp, tcp_nocomplete"));
  EXPECT_FALSE(Selected("logs=dns").ok());
  EXPECT_FALSE(Selected("logs=").ok());
}

TEST(ExportSelection, ColumnsAreChosenByName) {
  const ExportSelection two = *Selected("logs=tcp,udp&columns=s_ip,c_ip,durat");
  EXPECT_THAT(ColumnsOf(two, "tcp_complete"), ElementsAre("s_ip", "c_ip", "durat"));
  EXPECT_THAT(ColumnsOf(two, "udp_complete"), ElementsAre("s_ip", "c_ip"));
  // A table with none of them is left out.
  EXPECT_THAT(TablesOf(*Selected("logs=tcp,udp&columns=durat")), ElementsAre("tcp_complete"));
  const std::string unknown(Selected("logs=udp&columns=c_ip,durat").status().message());
  EXPECT_THAT(unknown, HasSubstr("\"durat\" is no column of the selected logs"));
  EXPECT_THAT(unknown, HasSubstr("known: default, all, c_ip, c_port"));
  // Columns of another profile are none.
  EXPECT_FALSE(Selected("logs=tcp&columns=http_hostname").ok());
  EXPECT_FALSE(Selected("columns=").ok());
  EXPECT_EQ(ColumnsOf(*Selected("columns=default"), "tcp_complete"),
            ColumnsOf(ExportSelection(), "tcp_complete"));
}

TEST(ExportSelection, AllColumnsAreThoseOfTheProfile) {
  const ExportSelection all = *Selected("columns=all");
  const std::vector<std::string> names = ColumnsOf(all, "tcp_complete");
  EXPECT_THAT(names, testing::Contains("tls_session_stat"));
  EXPECT_THAT(names, testing::Contains("c_tls_sesid"));
  EXPECT_THAT(names, Not(testing::Contains("http_hostname")));
  for (const RowTable& table : RowTables()) {
    const std::vector<std::string> columns = ColumnsOf(all, table.name);
    EXPECT_EQ(std::set<std::string>(columns.begin(), columns.end()).size(), columns.size())
        << table.name;
    // Keys that JSON rows have beside the columns.
    EXPECT_THAT(columns, Not(testing::Contains("log"))) << table.name;
    EXPECT_THAT(columns, Not(testing::Contains("flow"))) << table.name;
  }
}

}  // namespace
}  // namespace tstat::internal
