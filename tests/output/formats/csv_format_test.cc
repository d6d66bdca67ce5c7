// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/csv_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "tests/output/formats/rows.h"

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Records of RFC 4180, 2; each cell with a mark of whether it was quoted.
std::vector<std::vector<std::string>> ParseCsv(std::string_view text) {
  std::vector<std::vector<std::string>> records;
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        cells.back().push_back(c);
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cells.back().push_back(text[++i]);
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      EXPECT_TRUE(cells.back().empty()) << text;
      quoted = true;
    } else if (c == ',') {
      cells.emplace_back();
    } else if (c == '\n') {
      records.push_back(cells);
      cells.assign(1, "");
    } else {
      cells.back().push_back(c);
    }
  }
  EXPECT_FALSE(quoted);
  EXPECT_EQ(cells, std::vector<std::string>(1)) << "the last line has no end";
  return records;
}

TEST(CsvFormat, AHeaderLineAndALineARow) {
  auto format = FormatOf("csv", "logs=tcp&columns=c_ip,s_port,first,fqdn,c_isint,c_rtt_avg");
  EXPECT_EQ(format->StreamHeader(), "c_ip,s_port,first,fqdn,c_isint,c_rtt_avg\n");
  const IpAddress address = *IpAddress::Parse("2001:db8::1");
  RowOf row("tcp_complete");
  row.Set("c_ip", Value::Of(AddressView{&address}))
      .Set("s_port", Value::Of(uint16_t{443}))
      .Set("first", Value::Of(Timestamp::FromNanoseconds(1500000010218414062)))
      .Set("fqdn", Value::Of(std::string_view("a,\"b\"")))
      .Set("c_isint", Value::Of(false));
  EXPECT_EQ(ItemsOf(*format, row.row()),
            "2001:db8::1,443,1500000010218.414062,\"a,\"\"b\"\"\",0,\n");
}

TEST(CsvFormat, AnEmptyTextIsNoAbsentOne) {
  auto format = FormatOf("csv", "logs=tcp&columns=fqdn,c_tls_SNI");
  RowOf row("tcp_complete");
  row.Set("fqdn", Value::Of(std::string_view("")));
  EXPECT_EQ(ItemsOf(*format, row.row()), "\"\",\n");
}

TEST(CsvFormat, WhatIsNotFiniteIsEmpty) {
  auto format = FormatOf("csv", "logs=video&columns=vd_dur,vd_width");
  RowOf row("video_complete");
  row.Set("vd_dur", Value::Of(std::numeric_limits<double>::infinity()))
      .Set("vd_width", Value::Of(int32_t{-3}));
  EXPECT_EQ(ItemsOf(*format, row.row()), ",-3\n");
  row.Set("vd_dur", Value::Of(0.5));
  EXPECT_EQ(ItemsOf(*format, row.row()), "0.5,-3\n");
}

TEST(CsvFormat, AStreamHasOneKindOfRows) {
  const absl::Status several = TryFormat("csv", "logs=tcp,http").status();
  EXPECT_EQ(several.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(several.message()),
              HasSubstr("must be one of: tcp_complete, http_request, http_response"));
  EXPECT_FALSE(TryFormat("csv", "").ok());
  EXPECT_TRUE(TryFormat("csv", "logs=http_request").ok());
  auto format = FormatOf("csv", "logs=udp");
  EXPECT_TRUE(format->Takes(*FindRowTable("udp_complete")));
  EXPECT_FALSE(format->Takes(*FindRowTable("tcp_complete")));
}

TEST(CsvFormat, AnyBytesStayOneCell) {
  std::mt19937 random(2);
  for (const RowTable& table : RowTables()) {
    if (!table.presence.In(CompatProfile{})) continue;
    auto format = FormatOf("csv", "columns=all&logs=" + std::string(table.name));
    const size_t columns = format->selection().ColumnsOf(table).size();
    for (int round = 0; round < 200; ++round) {
      const std::string text = HostileText(random);
      RowOf row(table.name);
      for (const size_t i : format->selection().ColumnsOf(table)) {
        if (table.columns[i].info.type.kind == ColumnKind::kText) {
          row.Set(table.columns[i].name, Value::Of(std::string_view(text)));
        }
      }
      const auto records = ParseCsv(ItemsOf(*format, row.row()));
      ASSERT_EQ(records.size(), 1u) << table.name;
      ASSERT_EQ(records[0].size(), columns) << table.name;
    }
  }
  auto format = FormatOf("csv", "logs=tcp&columns=fqdn,c_ip");
  RowOf row("tcp_complete");
  row.Set("fqdn", Value::Of(std::string_view("x\",\ny \xff")));
  EXPECT_THAT(ParseCsv(ItemsOf(*format, row.row())), ElementsAre(ElementsAre("x\",%0Ay %FF", "")));
}

}  // namespace
}  // namespace tstat::internal
