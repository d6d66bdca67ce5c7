// SPDX-License-Identifier: BSD-3-Clause
//
// log_tcp_complete, rebuilt by the typed access of tstat.h: the numbers of the text log.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "tests/output/temporary_folder.h"
#include "tstat.h"
#include "tstat/ip_address.h"

namespace tstat::internal {
namespace {

constexpr double kMsPerNs = 1e-6;

// A value as the text log has it: a number, or a text.
struct Cell {
  bool absent = false, is_text = false;
  double number = 0;
  std::string text;
};
using Row = std::map<std::string, Cell>;

std::string TextOf(const tstat_address& address) {
  return address.version == 4
             ? IpAddress::V4(std::span<const uint8_t, 4>(address.bytes, 4)).ToString()
             : IpAddress::V6(std::span<const uint8_t, 16>(address.bytes, 16))
                   .ToString(Ipv6Form::kFourDigits);
}

// By the function that fits the column's type; every other one refuses.
int Read(const tstat_row* row, size_t column, int type, Cell* cell) {
  int flag = 0, status = TSTAT_INTERNAL;
  int64_t signed_number = 0;
  uint64_t number = 0;
  tstat_text text = {};
  text.struct_size = sizeof(text);
  tstat_address address = {};
  address.struct_size = sizeof(address);
  switch (type) {
    case TSTAT_UNSIGNED:
    case TSTAT_ENUMERATION:
    case TSTAT_BIT_SET:
      status = tstat_row_uint64(row, column, &number);
      cell->number = static_cast<double>(number);
      break;
    case TSTAT_SIGNED:
      status = tstat_row_int64(row, column, &signed_number);
      cell->number = static_cast<double>(signed_number);
      break;
    case TSTAT_REAL:
      status = tstat_row_double(row, column, &cell->number);
      break;
    case TSTAT_BOOLEAN:
      status = tstat_row_bool(row, column, &flag);
      cell->number = flag;
      break;
    case TSTAT_TIME:
      status = tstat_row_time(row, column, &signed_number);
      cell->number = static_cast<double>(signed_number) * kMsPerNs;
      break;
    case TSTAT_DURATION:
      status = tstat_row_duration(row, column, &signed_number);
      cell->number = static_cast<double>(signed_number) * kMsPerNs;
      break;
    case TSTAT_TEXT:
      status = tstat_row_text(row, column, &text);
      cell->is_text = true;
      if (status == TSTAT_OK) cell->text = {text.bytes, text.length};
      break;
    case TSTAT_ADDRESS:
      status = tstat_row_address(row, column, &address);
      cell->is_text = true;
      if (status == TSTAT_OK) cell->text = TextOf(address);
      break;
    default:
      break;
  }
  return status;
}

int Keep(const tstat_row* row, void* user) {
  const tstat_table* const table = tstat_row_table(row);
  tstat_table_info info = {};
  info.struct_size = sizeof(info);
  EXPECT_EQ(tstat_table_describe(table, &info), TSTAT_OK);
  Row& cells = static_cast<std::vector<Row>*>(user)->emplace_back();
  for (size_t i = 0; i < info.columns; ++i) {
    tstat_column_info column = {};
    column.struct_size = sizeof(column);
    EXPECT_EQ(tstat_column_describe(table, i, &column), TSTAT_OK);
    Cell& cell = cells[column.name];
    const int status = Read(row, i, column.type, &cell);
    EXPECT_TRUE(status == TSTAT_OK || status == TSTAT_ABSENT) << column.name << ": " << status;
    cell.absent = status == TSTAT_ABSENT;
  }
  return 0;
}

// Whether the text log's cell says what the value is.
bool Same(const std::string& name, const Cell& cell, const std::string& text) {
  static const std::set<std::string> kAbsent = {"-", "--", "---", "000", "0", "0.0", "0.000000"};
  if (cell.absent) return kAbsent.contains(text);
  if (cell.is_text) return cell.text == text;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != 0) return false;
  if (text.find('.') == std::string::npos) return number == cell.number;
  // A mean of round-trip times is a little below the true one; times of day are rounded by the
  // double that holds milliseconds.
  const double tolerance = name.ends_with("rtt_avg")   ? 0.001 + 1e-3 * cell.number
                           : name.ends_with("rtt_std") ? 0.01 + 1e-2 * cell.number
                           : cell.number > 1e12        ? 0.001
                                                       : 1.5e-6;
  return std::fabs(number - cell.number) <= tolerance;
}

class LogTest : public testing::TestWithParam<const char*> {};

TEST_P(LogTest, TypedAccessGivesTheNumbersOfTheText) {
  const TemporaryFolder folder;
  const std::string traces = std::string(TSTAT_SOURCE_DIR) + "/tests/traces/";
  std::vector<Row> rows;
  tstat_session* const session = tstat_session_new();
  ASSERT_EQ(tstat_session_set(session, "output-dir", folder.path().c_str()), TSTAT_OK);
  ASSERT_EQ(tstat_session_set(session, "no-histograms", nullptr), TSTAT_OK);
  ASSERT_EQ(tstat_session_set(session, "N", (traces + "networks.conf").c_str()), TSTAT_OK);
  ASSERT_EQ(tstat_session_on_row(session, "tcp_complete", Keep, &rows), TSTAT_OK);
  ASSERT_EQ(tstat_session_run_trace(session, (traces + GetParam()).c_str()), TSTAT_OK);
  ASSERT_EQ(tstat_session_finish(session), TSTAT_OK);
  std::ifstream log(std::string(tstat_session_directory(session)) + "/log_tcp_complete");
  tstat_session_free(session);

  std::string line, word;
  ASSERT_TRUE(std::getline(log, line));
  std::vector<std::string> names;
  std::istringstream header(line.substr(line.find('#', 1) + 1));
  while (header >> word) names.push_back(word.substr(0, word.find(':')));
  ASSERT_EQ(names.size(), 130u);
  ASSERT_FALSE(rows.empty());
  size_t compared = 0;
  for (const Row& row : rows) {
    ASSERT_TRUE(std::getline(log, line));
    std::istringstream cells(line);
    for (const std::string& name : names) {
      ASSERT_TRUE(cells >> word) << name;
      const auto cell = row.find(name);
      if (cell == row.end()) {
        EXPECT_EQ(name, "c_tls_sesid");  // of the text alone (docs/logs/log_tcp_complete.md)
        continue;
      }
      EXPECT_TRUE(Same(name, cell->second, word))
          << name << ": " << word << " is not " << cell->second.number << cell->second.text;
      ++compared;
    }
  }
  EXPECT_FALSE(std::getline(log, line)) << line;
  EXPECT_EQ(compared, 129 * rows.size());
}

std::string NameOf(const testing::TestParamInfo<const char*>& trace) {
  std::string name = trace.param;
  std::erase_if(name, [](char c) { return c == '-' || c == '.'; });
  return name;
}

INSTANTIATE_TEST_SUITE_P(Traces, LogTest,
                         testing::Values("web.pcap", "web-ipv6.pcap", "ssh.pcap", "mixed.pcap",
                                         "bulk-lossy.pcap"),
                         NameOf);

}  // namespace
}  // namespace tstat::internal
