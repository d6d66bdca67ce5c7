// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/parquet_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "config/absl_text.h"
#include "output/destinations/sections.h"
#include "output/destinations/typed_rows.h"
#include "tests/output/formats/rows.h"

namespace tstat::internal {
namespace {

using ::testing::HasSubstr;

const ExportDefaults kOfLogs = {.of_logs = true, .logs = LogSet::All()};
constexpr int64_t kTime = 1500000010218414062;

// The table of the one section of a batch, whose rows are left in `rows`.
TypedTable OnlyTable(const std::string& batch, std::string* rows) {
  SectionReader sections(batch);
  std::optional<std::string_view> section = sections.Next();
  if (!section.has_value() || !sections.at_end()) return {};
  std::optional<TypedTable> table = ReadTypedHead(&*section);
  *rows = *section;
  return table.value_or(TypedTable{});
}

TEST(ParquetFormat, ARowIsItsKeyAndItsValues) {
  auto format = FormatOf("parquet",
                         "logs=tcp&columns=c_ip,s_ip,s_port,first,fqdn,c_isint,c_rtt_avg", kOfLogs);
  const IpAddress v6 = *IpAddress::Parse("2001:db8::1"), v4 = *IpAddress::Parse("10.0.0.1");
  RowOf row("tcp_complete");
  row.Set("c_ip", Value::Of(AddressView{&v6}))
      .Set("s_ip", Value::Of(AddressView{&v4}))
      .Set("s_port", Value::Of(uint16_t{443}))
      .Set("first", Value::Of(Timestamp::FromNanoseconds(kTime)))
      .Set("fqdn", Value::Of(TextView{"a\xff.b", false, true}))
      .Set("c_isint", Value::Of(true))
      .Set("c_rtt_avg", Value::Of(Duration(-5)))
      .SetFlow(7);
  const std::vector<std::string> batches = BatchesOf(*format, {row.row(), row.row()});
  ASSERT_EQ(batches.size(), 1U);
  std::string bytes;
  const TypedTable table = OnlyTable(batches[0], &bytes);
  EXPECT_EQ(table.name, "tcp_complete");
  const std::vector<TypedColumn> expected = {
      {"time", TypedKind::kTime},      {"flow", TypedKind::kUInt64},
      {"c_ip", TypedKind::kText},      {"s_ip", TypedKind::kText},
      {"s_port", TypedKind::kUInt16},  {"first", TypedKind::kTime},
      {"fqdn", TypedKind::kText},      {"c_isint", TypedKind::kBoolean},
      {"c_rtt_avg", TypedKind::kInt64}};
  EXPECT_EQ(table.columns, expected);
  std::string_view rest = bytes;
  for (int i = 0; i < 2; ++i) {
    const std::optional<std::string_view> typed = NextTypedRow(&rest);
    ASSERT_TRUE(typed.has_value());
    TypedRowReader reader(*typed, table.columns.size());
    EXPECT_EQ(reader.Bytes8<int64_t>(), kTime);
    EXPECT_EQ(reader.Unsigned(), 7U);
    EXPECT_EQ(reader.Text(), "2001:db8::1");
    EXPECT_EQ(reader.Text(), "10.0.0.1");
    EXPECT_EQ(reader.Unsigned(), 443U);
    EXPECT_EQ(reader.Bytes8<int64_t>(), kTime);
    EXPECT_EQ(reader.Text(), "a%FF.b[*]");
    EXPECT_EQ(reader.Unsigned(), 1U);
    EXPECT_EQ(reader.Signed(), -5);
    EXPECT_TRUE(reader.is_good() && reader.at_end());
  }
  EXPECT_TRUE(rest.empty());
}

TEST(ParquetFormat, WhatIsAbsentOrNoNumberHasNoValue) {
  auto format = FormatOf("parquet", "logs=mm&columns=c_rate,c_pkts,c_first", kOfLogs);
  for (const Value rate : {Value(), Value::Of(std::numeric_limits<double>::infinity()),
                           Value::Of(std::numeric_limits<double>::quiet_NaN())}) {
    RowOf row("media_flow");
    row.Set("c_rate", rate);
    std::string bytes;
    const TypedTable table = OnlyTable(BatchesOf(*format, {row.row()})[0], &bytes);
    std::string_view rest = bytes;
    TypedRowReader reader(*NextTypedRow(&rest), table.columns.size());
    for (size_t i = 0; i < table.columns.size(); ++i) EXPECT_FALSE(reader.Has(i)) << i;
    EXPECT_TRUE(reader.at_end());
  }
}

// DuckDB's names of columns are the same in upper and lower case.
TEST(ParquetFormat, NamesOfColumnsAreDifferent) {
  auto format = FormatOf("parquet", "logs=all&columns=all", kOfLogs);
  for (const RowTable& table : RowTables()) {
    if (!format->Takes(table)) continue;
    std::string head(format->SectionHead(format->SectionOf(table)));
    std::string_view view = head;
    const std::optional<TypedTable> typed = ReadTypedHead(&view);
    ASSERT_TRUE(typed.has_value());
    EXPECT_EQ(typed->name, View(table.name));
    std::set<std::string> names = {"probe", "day", "hour"};
    for (const TypedColumn& column : typed->columns) {
      EXPECT_TRUE(names.insert(absl::AsciiStrToLower(column.name)).second)
          << table.name << " " << column.name;
    }
  }
}

TEST(ParquetFormat, IsOfLogsOnly) {
  EXPECT_THAT(std::string(TryFormat("parquet", "logs=tcp").status().message()),
              HasSubstr("by tstat-ship"));
}

}  // namespace
}  // namespace tstat::internal
