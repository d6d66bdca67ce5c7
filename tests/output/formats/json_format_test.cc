// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/json_format.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/output/formats/rows.h"

namespace tstat::internal {
namespace {

using nlohmann::json;

TEST(JsonFormat, AnObjectALine) {
  auto format = FormatOf("json", "logs=tcp&columns=c_ip,s_port,first,durat,fqdn,c_isint");
  const IpAddress address = IpAddress::V4(0x0a000001);
  RowOf row("tcp_complete");
  row.Set("c_ip", Value::Of(AddressView{&address}))
      .Set("s_port", Value::Of(uint16_t{443}))
      .Set("first", Value::Of(Timestamp::FromNanoseconds(1500000010218414062)))
      .Set("durat", Value::Of(Duration(174012001)))
      .Set("c_isint", Value::Of(true))
      .SetFlow(12);
  EXPECT_EQ(
      ItemsOf(*format, row.row()),
      "{\"log\":\"log_tcp_complete\",\"flow\":12,\"c_ip\":\"10.0.0.1\",\"s_port\":443,"
      "\"first\":1500000010218.414062,\"durat\":174.012001,\"fqdn\":null,\"c_isint\":true}\n");
  EXPECT_EQ(format->content_type(), "application/x-ndjson");
  EXPECT_EQ(format->StreamHeader(), "");
}

TEST(JsonFormat, WithoutAFlowItsNumberIsNull) {
  auto format = FormatOf("json", "logs=histogram&columns=bin");
  RowOf row("histogram");
  row.Set("bin", Value::Of(int64_t{-4}));
  EXPECT_EQ(ItemsOf(*format, row.row()), "{\"log\":\"histogram\",\"flow\":null,\"bin\":-4}\n");
}

TEST(JsonFormat, TimesAreExact) {
  auto format = FormatOf("json", "logs=tcp&columns=first,durat");
  const auto printed = [&](int64_t first, int64_t duration) {
    RowOf row("tcp_complete");
    row.Set("first", Value::Of(Timestamp::FromNanoseconds(first)))
        .Set("durat", Value::Of(Duration(duration)));
    const std::string line = ItemsOf(*format, row.row());
    return line.substr(line.find("\"first\""));
  };
  EXPECT_EQ(printed(1, -1), "\"first\":0.000001,\"durat\":-0.000001}\n");
  EXPECT_EQ(printed(INT64_MAX, INT64_MIN),
            "\"first\":9223372036854.775807,\"durat\":-9223372036854.775808}\n");
  EXPECT_EQ(printed(1'000'000, 999'999), "\"first\":1.000000,\"durat\":0.999999}\n");
}

TEST(JsonFormat, OnlyFiniteNumbers) {
  auto format = FormatOf("json", "logs=video&columns=vd_dur");
  for (const double number : {std::numeric_limits<double>::infinity(),
                              -std::numeric_limits<double>::quiet_NaN(), 0.0, -2.5, 1e300}) {
    RowOf row("video_complete");
    row.Set("vd_dur", Value::Of(number));
    const json parsed = json::parse(ItemsOf(*format, row.row()));
    if (std::isfinite(number)) {
      EXPECT_EQ(parsed["vd_dur"].get<double>(), number);
    } else {
      EXPECT_TRUE(parsed["vd_dur"].is_null());
    }
  }
}

TEST(JsonFormat, CodesAreNumbersOrNames) {
  const auto value = [](std::string_view options, uint32_t con_t) {
    auto format = FormatOf("json", options);
    RowOf row("tcp_complete");
    row.Set("con_t", Value::Of(con_t)).Set("p2p_t", Value::Of(uint16_t{9}));
    return json::parse(ItemsOf(*format, row.row()));
  };
  EXPECT_EQ(value("logs=tcp", 1)["con_t"], 1);
  EXPECT_EQ(value("logs=tcp&codes=numbers", 3)["con_t"], 3);
  const json named = value("logs=tcp&codes=names", connection_type::kHttp | connection_type::kTls);
  EXPECT_EQ(named["con_t"], json::array({"http", "tls"}));
  EXPECT_EQ(named["p2p_t"], "bittorrent");
  EXPECT_EQ(value("logs=tcp&codes=names", 0)["con_t"], json::array());
  EXPECT_EQ(value("logs=tcp&codes=names", 1u << 31)["con_t"], json::array({1u << 31}));
  EXPECT_FALSE(TryFormat("json", "codes=words").ok());
  EXPECT_FALSE(TryFormat("json", "code=names").ok());
}

TEST(JsonFormat, TextsAreUtf8WithoutControls) {
  auto format = FormatOf("json", "logs=tcp&columns=fqdn");
  const auto shown = [&](const TextView& text) {
    RowOf row("tcp_complete");
    row.Set("fqdn", Value::Of(text));
    return json::parse(ItemsOf(*format, row.row()))["fqdn"].get<std::string>();
  };
  EXPECT_EQ(shown({"a\"b\\c"}), "a\"b\\c");
  EXPECT_EQ(shown({"\n\x7f\x80z"}), "%0A%7F%80z");
  // U+0085 is a line end for some readers; U+00A0 is none, nor a control.
  EXPECT_EQ(shown({"\xc2\x85\xc2\x9fz\xc2\xa0\xe2\x80\xa8"}), "%C2%85%C2%9Fz\xc2\xa0\xe2\x80\xa8");
  EXPECT_EQ(shown({"\xc3\xa4\xed\xa0\x80"}), "\xc3\xa4%ED%A0%80");
  EXPECT_EQ(shown({"cut", false, true}), "cut[*]");
  EXPECT_EQ(shown({"cut", true, false}), "[*]cut");
  EXPECT_EQ(shown({""}), "");
}

// Whatever is in texts, each row is one line that is a valid object of the chosen columns.
TEST(JsonFormat, AnyBytesGiveValidJson) {
  auto format = FormatOf("json", "logs=all&columns=all&codes=names");
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    for (const RowTable& table : RowTables()) {
      if (!format->Takes(table)) continue;
      const std::string text = HostileText(random);
      RowOf row(table.name);
      for (const size_t i : format->selection().ColumnsOf(table)) {
        if (table.columns[i].info.type.kind == ColumnKind::kText) {
          row.Set(table.columns[i].name, Value::Of(std::string_view(text)));
        }
      }
      const std::string line = ItemsOf(*format, row.row());
      ASSERT_EQ(line.find('\n'), line.size() - 1);
      const json parsed = json::parse(line, nullptr, false);
      ASSERT_TRUE(parsed.is_object()) << line;
      EXPECT_EQ(parsed.size(), format->selection().ColumnsOf(table).size() + 2) << table.name;
      EXPECT_EQ(parsed["log"], std::string(table.log));
    }
  }
}

TEST(BatchWriter, EndsABatchAtItsLimits) {
  auto format = FormatOf("json", "logs=tcp&columns=s_port");
  RowOf row("tcp_complete");
  row.Set("s_port", Value::Of(uint16_t{1}));
  const std::string line = ItemsOf(*format, row.row());
  const std::vector<TableRow> five(5, row.row());
  EXPECT_EQ(BatchesOf(*format, five), std::vector<std::string>({line + line + line + line + line}));
  EXPECT_EQ(BatchesOf(*format, five, {.max_items = 2}),
            std::vector<std::string>({line + line, line + line, line}));
  EXPECT_EQ(BatchesOf(*format, five, {.max_bytes = line.size() + 1}),
            std::vector<std::string>({line + line, line + line, line}));
  EXPECT_TRUE(BatchesOf(*format, {}).empty());
  // Rows of tables that were not chosen are none of it.
  EXPECT_TRUE(BatchesOf(*format, {RowOf("udp_complete").row()}).empty());
}

TEST(BatchWriter, CountsItemsAndRows) {
  auto format = FormatOf("json", "logs=tcp&columns=s_port");
  std::vector<std::pair<size_t, size_t>> counts;
  BatchWriter writer(format.get(), {.max_items = 3}, [&](const Batch& batch, size_t items) {
    counts.emplace_back(items, batch.rows);
    EXPECT_TRUE(batch.splits_by_lines);
    EXPECT_TRUE(batch.header.empty());
    EXPECT_EQ(batch.content_type, "application/x-ndjson");
  });
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(writer.Append(RowOf("tcp_complete").row()));
  EXPECT_FALSE(writer.Append(RowOf("udp_complete").row()));
  EXPECT_EQ(writer.pending_items(), 1u);
  EXPECT_GT(writer.pending_bytes(), 0u);
  writer.Finish();
  EXPECT_EQ(writer.pending_bytes(), 0u);
  writer.Finish();
  EXPECT_EQ(counts, (std::vector<std::pair<size_t, size_t>>{{3, 3}, {1, 1}}));
}

TEST(ExportFormats, AreFoundByName) {
  for (const ExportFormatInfo& info : ExportFormats()) {
    EXPECT_FALSE(info.description.empty());
    EXPECT_TRUE(TryFormat(info.name, info.name == "csv" ? "logs=tcp" : "",
                          {.of_logs = info.name == "parquet", .logs = LogSet::All()})
                    .ok())
        << info.name;
  }
  EXPECT_EQ(std::string(TryFormat("xml", "").status().message()),
            "\"xml\" is no format; known: json, csv, influx, netsage, clickhouse, parquet, ipfix");
}

}  // namespace
}  // namespace tstat::internal
