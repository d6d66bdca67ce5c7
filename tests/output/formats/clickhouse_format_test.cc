// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/clickhouse_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "output/destinations/sections.h"
#include "tests/output/formats/rows.h"

namespace tstat::internal {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int64_t kTime = 1500000010218414062;  // 2017-07-14, day 17361

// Reads what RowBinary wrote.
class Binary {
 public:
  explicit Binary(std::string_view bytes) : bytes_(bytes) {}

  template <typename Number>
  Number Get() {
    Number number = 0;
    EXPECT_GE(bytes_.size(), sizeof(number));
    std::memcpy(&number, bytes_.data(), std::min(sizeof(number), bytes_.size()));
    bytes_.remove_prefix(std::min(sizeof(number), bytes_.size()));
    return number;
  }
  std::string Bytes(size_t size) {
    const std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(std::min(size, bytes_.size()));
    return text;
  }
  std::string Text() {
    size_t length = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = Get<uint8_t>();
      length |= size_t{byte & 0x7fu} << shift;
      if ((byte & 0x80) == 0) break;
    }
    return Bytes(length);
  }
  template <typename Read>
  auto Nullable(Read read) -> std::optional<decltype(read())> {
    if (Get<uint8_t>() == 1) return std::nullopt;
    return read();
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

TEST(ClickHouseFormat, ARowIsItsKeyAndItsValues) {
  auto format =
      FormatOf("clickhouse", "logs=tcp&columns=c_ip,s_ip,s_port,first,fqdn,c_isint,c_rtt_avg");
  format->SetProbe("probe");
  const IpAddress v6 = *IpAddress::Parse("2001:db8::1"), v4 = *IpAddress::Parse("10.0.0.1");
  RowOf row("tcp_complete");
  row.Set("c_ip", Value::Of(AddressView{&v6}))
      .Set("s_ip", Value::Of(AddressView{&v4}))
      .Set("s_port", Value::Of(uint16_t{443}))
      .Set("first", Value::Of(Timestamp::FromNanoseconds(kTime)))
      .Set("c_isint", Value::Of(true))
      .SetFlow(7);
  std::string items = ItemsOf(*format, row.row());
  items += ItemsOf(*format, row.row());
  Binary binary(items);
  std::vector<uint64_t> runs;
  for (uint64_t number = 0; number < 2; ++number) {
    EXPECT_EQ(binary.Get<int64_t>(), kTime);
    EXPECT_EQ(binary.Get<uint16_t>(), 17361);
    EXPECT_EQ(binary.Text(), "probe");
    runs.push_back(binary.Get<uint64_t>());
    EXPECT_EQ(binary.Get<uint64_t>(), number) << "rows are numbered";
    EXPECT_EQ(binary.Nullable([&] { return binary.Get<uint64_t>(); }), 7u);
    EXPECT_EQ(binary.Bytes(16), std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16));
    EXPECT_EQ(binary.Bytes(16), std::string("\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\x01", 16));
    EXPECT_EQ(binary.Get<uint16_t>(), 443);
    EXPECT_EQ(binary.Get<int64_t>(), kTime);
    EXPECT_EQ(binary.Nullable([&] { return binary.Text(); }), std::nullopt);
    EXPECT_EQ(binary.Get<uint8_t>(), 1);
    EXPECT_EQ(binary.Nullable([&] { return binary.Get<int64_t>(); }), std::nullopt);
  }
  EXPECT_TRUE(binary.at_end());
  EXPECT_EQ(runs[0], runs[1]);
  auto other = FormatOf("clickhouse", "logs=tcp&columns=c_ip");
  const std::string other_items = ItemsOf(*other, row.row());
  Binary second(other_items);
  second.Bytes(10);
  second.Text();
  EXPECT_NE(second.Get<uint64_t>(), runs[0]) << "each start of the program is another run";
}

TEST(ClickHouseFormat, NeedsItsColumnsTheTimesAndThePortsOfLabels) {
  ExportDefaults defaults;
  defaults.has_labels = true;
  const RowTable& table = *FindRowTable("tcp_complete");
  const auto needed = [&](std::string_view name, std::string_view options) {
    const auto format = TryFormat(name, options, defaults);
    EXPECT_TRUE(format.ok()) << format.status();
    std::vector<std::string_view> names;
    for (const std::string_view column : {"c_ip", "c_port", "s_port", "first", "fqdn"}) {
      if ((*format)->NeedsColumn(table, *table.Find(column))) names.push_back(column);
    }
    return names;
  };
  EXPECT_THAT(needed("clickhouse", "logs=tcp&columns=c_ip"), ElementsAre("c_ip", "first"));
  EXPECT_THAT(needed("clickhouse", "logs=tcp&columns=c_ip,label"),
              ElementsAre("c_ip", "c_port", "s_port", "first"));
  EXPECT_THAT(needed("json", "logs=tcp&columns=fqdn"), ElementsAre("fqdn"));
  EXPECT_THAT(needed("csv", "logs=tcp&columns=fqdn,s_port"), ElementsAre("s_port", "fqdn"));
}

TEST(ClickHouseFormat, TextsOfAnyLengthAreUtf8) {
  auto format = FormatOf("clickhouse", "logs=tcp&columns=fqdn");
  for (const size_t length : {size_t{0}, size_t{1}, size_t{127}, size_t{128}, size_t{20000}}) {
    const std::string text(length, 'x');
    RowOf row("tcp_complete");
    row.Set("fqdn", Value::Of(std::string_view(text)));
    const std::string items = ItemsOf(*format, row.row());
    Binary binary(items);
    binary.Bytes(10);
    binary.Text();
    binary.Bytes(17);
    EXPECT_EQ(binary.Nullable([&] { return binary.Text(); }), text) << length;
    EXPECT_TRUE(binary.at_end());
  }
  RowOf row("tcp_complete");
  row.Set("fqdn", Value::Of(TextView{"a\tb\xff\xc3\xa4", true, false}));
  EXPECT_THAT(ItemsOf(*format, row.row()), HasSubstr("[*]a%09b%FF\xc3\xa4"));
}

TEST(ClickHouseFormat, WhatIsNotFiniteIsAbsent) {
  auto format = FormatOf("clickhouse", "logs=video&columns=vd_dur&encoding=TabSeparated");
  RowOf row("video_complete");
  row.Set("vd_dur", Value::Of(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_THAT(ItemsOf(*format, row.row()), ::testing::EndsWith("\t\\N\n"));
}

TEST(ClickHouseFormat, TabSeparatedHasALineARow) {
  const std::string columns = "&columns=c_ip,first,fqdn,c_rtt_avg&encoding=TabSeparated";
  const IpAddress address = *IpAddress::Parse("10.0.39.92");
  RowOf row("tcp_complete");
  row.Set("c_ip", Value::Of(AddressView{&address}))
      .Set("first", Value::Of(Timestamp::FromNanoseconds(kTime)))
      .Set("fqdn", Value::Of(std::string_view("a\\b\n")));
  auto present = FormatOf("clickhouse", "logs=tcp" + columns);
  EXPECT_THAT(
      ItemsOf(*present, row.row()),
      AllOf(StartsWith("1500000010.218414062\t2017-07-14\t"),
            HasSubstr("\t0\t\\N\t::ffff:10.0.39.92\t1500000010.218414062\ta\\\\b%0A\t\\N\n")));
  auto old = FormatOf("clickhouse", "dialect=old&logs=tcp" + columns);
  EXPECT_THAT(ItemsOf(*old, row.row()),
              HasSubstr(std::string(
                  "\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\xff\xff\\n\\0\\'\\\\\t1500000010218414062\t")));
}

TEST(ClickHouseFormat, ABatchHasASectionForEachTable) {
  auto format =
      FormatOf("clickhouse", "logs=tcp,udp&columns=c_port&encoding=TabSeparated&database=d");
  std::vector<Batch> batches;
  BatchWriter writer(format.get(), {},
                     [&](Batch batch, size_t) { batches.push_back(std::move(batch)); });
  RowOf tcp("tcp_complete"), udp("udp_complete");
  tcp.Set("c_port", Value::Of(uint16_t{1}));
  udp.Set("c_port", Value::Of(uint16_t{2}));
  EXPECT_TRUE(writer.Append(udp.row()));
  EXPECT_TRUE(writer.Append(tcp.row()));
  EXPECT_TRUE(writer.Append(udp.row()));
  writer.Finish();
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].rows, 3u);
  EXPECT_EQ(batches[0].content_type, kSectionsType);
  EXPECT_FALSE(batches[0].splits_by_lines);
  SectionReader sections(batches[0].body);
  std::vector<std::string> requests;
  while (const auto request = sections.Next()) requests.emplace_back(*request);
  EXPECT_TRUE(sections.at_end());
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_THAT(requests[0],
              StartsWith("INSERT INTO `d`.`tcp_complete` (`time`, `day`, `probe`, `run`, "
                         "`row`, `flow`, `c_port`) FORMAT TabSeparated\n"));
  EXPECT_EQ(std::count(requests[0].begin(), requests[0].end(), '\n'), 2);
  EXPECT_EQ(std::count(requests[1].begin(), requests[1].end(), '\n'), 3);
  // The next batch has only what came since.
  EXPECT_TRUE(writer.Append(tcp.row()));
  writer.Finish();
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_THAT(batches[1].body, Not(HasSubstr("udp")));
}

TEST(ClickHouseFormat, ACutBatchIsSeen) {
  std::string body;
  AppendSection("head\n", "rows", &body);
  for (size_t size = 1; size < body.size(); ++size) {
    SectionReader sections(std::string_view(body).substr(0, size));
    EXPECT_EQ(sections.Next(), std::nullopt) << size;
    EXPECT_FALSE(sections.at_end());
  }
}

TEST(ClickHouseFormat, StatementsMakeTheTables) {
  auto format =
      FormatOf("clickhouse", "logs=tcp&columns=c_ip,c_port,first,fqdn,c_rtt_avg&ttl_days=30");
  const std::string present = format->Schema();
  EXPECT_THAT(present,
              AllOf(StartsWith("CREATE TABLE IF NOT EXISTS `tcp_complete`\n("),
                    HasSubstr("`time` DateTime64(9, 'UTC')"), HasSubstr("`c_ip` IPv6"),
                    HasSubstr("`probe` LowCardinality(String)"), HasSubstr("`c_port` UInt16"),
                    HasSubstr("`fqdn` Nullable(String)"), HasSubstr("ReplacingMergeTree()"),
                    HasSubstr("ORDER BY (time, probe, run, row)"),
                    HasSubstr("TTL day + INTERVAL 30 DAY;\n")));
  auto old =
      FormatOf("clickhouse", "logs=tcp,udp&columns=c_ip,fqdn&dialect=old&cluster=two&database=d");
  EXPECT_THAT(
      old->Schema(),
      AllOf(
          HasSubstr("`time` Int64"), HasSubstr("`c_ip` FixedString(16)"), Not(HasSubstr("CODEC")),
          Not(HasSubstr("LowCardinality")), Not(HasSubstr("COMMENT")),
          HasSubstr("`d`.`udp_complete_local` ON CLUSTER `two`"),
          HasSubstr(
              "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/d/tcp_complete_local', "
              "'{replica}')"),
          HasSubstr("Distributed(`two`, 'd', 'tcp_complete_local', cityHash64(probe, run, row))")));
}

TEST(ClickHouseFormat, MistakesAreNamed) {
  EXPECT_THAT(TryFormat("clickhouse", "dialect=odd").status().message(), HasSubstr("present, old"));
  EXPECT_THAT(TryFormat("clickhouse", "encoding=JSON").status().message(),
              HasSubstr("RowBinary, TabSeparated"));
  EXPECT_THAT(TryFormat("clickhouse", "database=a`b").status().message(), HasSubstr("database"));
  EXPECT_THAT(TryFormat("clickhouse", "cluster=").status().message(), HasSubstr("cluster"));
  EXPECT_THAT(TryFormat("clickhouse", "cluster=two").status().message(),
              HasSubstr("needs option database"));
  for (const char* const bad : {"0", "x", "-1", "36501"}) {
    EXPECT_THAT(TryFormat("clickhouse", std::string("ttl_days=") + bad).status().message(),
                HasSubstr("ttl_days"));
  }
  EXPECT_THAT(TryFormat("clickhouse", "dialect=old&ttl_days=3").status().message(),
              HasSubstr("TTL"));
}

}  // namespace
}  // namespace tstat::internal
