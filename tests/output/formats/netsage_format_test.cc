// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/netsage_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/output/formats/rows.h"

namespace tstat::internal {
namespace {

using nlohmann::ordered_json;

RowOf UdpRow() {
  RowOf row("udp_complete");
  row.SetCell("c_ip", "10.0.0.1").SetCell("c_port", "1000").SetCell("s_ip", "10.0.0.2");
  row.SetCell("s_port", "53").SetCell("c_first_abs", "1500000000999.500000");
  row.SetCell("c_durat", "1500.000500")
      .SetCell("c_bytes_all", "2000000")
      .SetCell("c_pkts_all", "3");
  row.SetCell("s_first_abs", "1500000001200.000000").SetCell("s_durat", "0.000000");
  return row.SetCell("s_bytes_all", "1000000").SetCell("s_pkts_all", "1");
}

std::vector<ordered_json> Messages(ExportFormat& format, const std::vector<TableRow>& rows) {
  std::vector<ordered_json> messages;
  for (const std::string& batch : BatchesOf(format, rows)) {
    messages.push_back(ordered_json::parse(batch));
  }
  return messages;
}

TEST(NetsageFormat, AFlowForEachDirection) {
  auto format = FormatOf("netsage", "threshold=0&sensor=probe%22&instance=7");
  const auto messages = Messages(*format, {UdpRow().row()});
  ASSERT_EQ(messages.size(), 1u);
  ASSERT_EQ(messages[0].size(), 2u);
  EXPECT_EQ(
      messages[0][0].dump(),
      "{\"type\":\"flow\",\"interval\":600,\"values\":{\"duration\":1.5,\"num_bits\":16000000,"
      "\"num_packets\":3,\"bits_per_second\":10666659.56,\"packets_per_second\":2.0},\"meta\":"
      "{\"src_ip\":\"10.0.0.1\",\"src_port\":1000,\"dst_ip\":\"10.0.0.2\",\"dst_port\":53,"
      "\"protocol\":\"udp\",\"sensor_id\":\"probe\\\"\",\"instance_id\":\"7\",\"flow_type\":"
      "\"tstat\"},\"start\":1500000000,\"end\":1500000001}");
  EXPECT_EQ(messages[0][1]["values"]["bits_per_second"], 0);
  EXPECT_EQ(messages[0][1]["meta"]["src_ip"], "10.0.0.2");
  EXPECT_EQ(messages[0][1]["start"], 1500000001);
}

// A flow without anything remarkable.
RowOf TcpRow() {
  RowOf row("tcp_complete");
  for (const char* const name : {"c_ip", "s_ip"}) row.SetCell(name, "10.0.0.1");
  for (const char* const name :
       {"c_port", "s_port", "c_bytes_uniq", "s_bytes_uniq", "c_pkts_data", "s_pkts_data"}) {
    row.SetCell(name, "1");
  }
  return row.SetCell("durat", "0.000000").SetCell("first", "1.0").SetCell("last", "1.0");
}

// As printf rounds: by the exact value of the number, which is not that of its text.
TEST(NetsageFormat, RoundsExactly) {
  auto format = FormatOf("netsage", "threshold=0&logs=tcp");
  RowOf row = TcpRow();
  for (const char* const cell :
       {"0.0005", "0.0015", "0.0025", "2.5005", "1.0625", "0.000499999999999", "123456.7895",
        "-0.0005", "-2.0625", "4000000000.0005", "3999999999.9994999", "1e300", "99999.9995",
        "1500000000000.123457", "0.1235000000000000042", "0.03125", "7.0", "-0.0"}) {
    char expected[400];
    std::snprintf(expected, sizeof expected, "%.3f", std::strtod(cell, nullptr));
    row.SetCell("c_rtt_avg", cell);
    const auto messages = Messages(*format, {row.row()});
    EXPECT_EQ(messages[0][0]["values"]["tcp_rtt_avg"].get<double>(), std::strtod(expected, nullptr))
        << cell;
  }
  for (const auto& [cell, expected] : std::vector<std::pair<const char*, const char*>>{
           {"0", "0"},
           {"007", "7"},
           {"12345678901234567890123", "1.2345678901234568e+22"},
           {"-5", "-5"},
           {"123456789012345678", "123456789012345678"},
           {"1x", "\"1x\""}}) {
    row.SetCell("c_rtt_avg", cell);
    EXPECT_EQ(Messages(*format, {row.row()})[0][0]["values"]["tcp_rtt_avg"].dump(), expected);
  }
}

// Those of six decimals, which have a way of their own: the same text as by binary numbers.
TEST(NetsageFormat, UsualRealsAreWrittenAsOthers) {
  auto format = FormatOf("netsage", "threshold=0&logs=tcp");
  RowOf row = TcpRow();
  std::mt19937_64 random(3);
  std::vector<std::string> cells = {"0.000000",      "0.000499",        "0.000500",
                                    "0.000501",      "0.999500",        "0.999501",
                                    "99999.999501",  "100000.000000",   "100000.000500",
                                    "100000.000501", "12345678.100000", "99999999.999999"};
  for (int i = 0; i < 20000; ++i) {
    const uint64_t millionths = random() % 10'000'000'000'000'000 >> random() % 54;
    std::string decimals = std::to_string(1'000'000 + millionths % 1'000'000).substr(1);
    if (i % 3 == 0) decimals.replace(2, 4, i % 2 == 0 ? "0000" : "0500");
    cells.push_back(std::to_string(millionths / 1'000'000) + "." + decimals);
  }
  for (const std::string& cell : cells) {
    char digits[400], expected[40];
    std::snprintf(digits, sizeof digits, "%.3f", std::strtod(cell.c_str(), nullptr));
    std::string text(expected,
                     std::to_chars(expected, std::end(expected), std::strtod(digits, nullptr)).ptr);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    row.SetCell("c_rtt_avg", cell);
    ASSERT_THAT(ItemsOf(*format, row.row()), testing::HasSubstr("\"tcp_rtt_avg\":" + text + "}"))
        << cell;
  }
}

TEST(NetsageFormat, TheThresholdIsInMegabytesOfADirection) {
  // 2 MB and 1 MB.
  for (const auto& [options, expected] :
       std::vector<std::pair<std::string, size_t>>{{"threshold=0", 2},
                                                   {"threshold=1", 2},
                                                   {"threshold=1.5", 1},
                                                   {"threshold=2", 1},
                                                   {"threshold=2.000001", 0},
                                                   {"", 0}}) {
    auto format = FormatOf("netsage", options);
    EXPECT_EQ(format->ItemsOf(UdpRow().row()), expected) << options;
  }
  for (const char* wrong : {"threshold=-1", "threshold=", "threshold=1MB", "threshold=inf"}) {
    EXPECT_FALSE(TryFormat("netsage", wrong).ok()) << wrong;
  }
}

// As the text log prints a counter of -7.
TEST(NetsageFormat, ACounterBelowZeroReachesNoThreshold) {
  const RowOf row = UdpRow().SetCell("c_bytes_all", "18446744073709551609");
  EXPECT_EQ(FormatOf("netsage", "threshold=1")->ItemsOf(row.row()), 1u);
  auto format = FormatOf("netsage", "threshold=0");
  EXPECT_THAT(ItemsOf(*format, row.row()),
              testing::HasSubstr("\"num_bits\":147573952589676412872,"));
}

TEST(NetsageFormat, AMessageHasAHundredFlows) {
  auto format = FormatOf("netsage", "threshold=0");
  const RowOf row = UdpRow();
  const auto messages = Messages(*format, std::vector<TableRow>(75, row.row()));
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].size(), 100u);
  EXPECT_EQ(messages[1].size(), 50u);
  EXPECT_EQ(messages[0][0]["meta"]["instance_id"], 0);
}

TEST(NetsageFormat, RowsOfOtherLogsAndWithoutColumnsAreLeftOut) {
  auto format = FormatOf("netsage", "threshold=0");
  EXPECT_TRUE(format->Takes(*FindRowTable("tcp_complete")));
  EXPECT_FALSE(format->Takes(*FindRowTable("tcp_nocomplete")));
  EXPECT_EQ(format->ItemsOf(UdpRow().SetCell("c_durat", {}).row()), 0u);
  EXPECT_FALSE(FormatOf("netsage", "logs=udp")->Takes(*FindRowTable("tcp_complete")));
  EXPECT_FALSE(TryFormat("netsage", "columns=all").ok());
}

TEST(NetsageFormat, AnyBytesGiveValidMessages) {
  auto format = FormatOf("netsage", "threshold=0");
  std::mt19937 random(4);
  for (int round = 0; round < 1000; ++round) {
    const std::string a = HostileText(random), b = HostileText(random);
    const RowOf row = UdpRow().SetCell("c_ip", a).SetCell("s_port", b);
    const auto batches = BatchesOf(*format, {row.row()});
    ASSERT_EQ(batches.size(), 1u);
    const auto parsed = ordered_json::parse(batches[0], nullptr, false);
    ASSERT_TRUE(parsed.is_array()) << batches[0];
    EXPECT_EQ(parsed.size(), 2u);
  }
}

}  // namespace
}  // namespace tstat::internal
