// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/influx_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/output/formats/rows.h"

namespace tstat::internal {
namespace {

using ::testing::HasSubstr;

struct Point {
  std::string measurement;
  std::map<std::string, std::string> tags, fields;  // fields as they stand, strings unescaped
  std::string time;
};

// By the rules of the line protocol: a backslash in the first part takes the next character as it
// is; in strings only `"` and the backslash can be escaped. nullopt: no line of it.
std::optional<Point> ParsePoint(std::string_view line) {
  if (line.empty() || line.back() != '\n' || line.find('\n') + 1 != line.size())
    return std::nullopt;
  line.remove_suffix(1);
  Point point;
  std::vector<std::string> parts(1), keys;  // of the first part: measurement, then tags
  size_t at = 0;
  std::string key;
  bool in_value = false;
  const auto end_tag = [&] {
    if (parts.size() == 1) {
      point.measurement = parts[0];
      return true;
    }
    return in_value && !parts.back().empty() && !key.empty() &&
           point.tags.emplace(key, parts.back()).second;
  };
  for (; at < line.size() && line[at] != ' '; ++at) {
    if (line[at] == '\\') {
      if (++at == line.size()) return std::nullopt;
      parts.back().push_back(line[at]);
    } else if (line[at] == ',') {
      if (!end_tag()) return std::nullopt;
      parts.emplace_back();
      in_value = false;
    } else if (line[at] == '=' && parts.size() > 1) {
      if (in_value) return std::nullopt;
      key = parts.back();
      parts.back().clear();
      in_value = true;
    } else {
      parts.back().push_back(line[at]);
    }
  }
  if (!end_tag() || at++ == line.size()) return std::nullopt;
  while (true) {
    const size_t equals = line.find('=', at);
    if (equals == std::string_view::npos || equals == at) return std::nullopt;
    const std::string name(line.substr(at, equals - at));
    at = equals + 1;
    std::string value;
    if (at < line.size() && line[at] == '"') {
      for (++at; at < line.size() && line[at] != '"'; ++at) {
        if (line[at] == '\\' && at + 1 < line.size() &&
            (line[at + 1] == '"' || line[at + 1] == '\\')) {
          ++at;
        }
        value.push_back(line[at]);
      }
      if (at++ >= line.size()) return std::nullopt;
    } else {
      while (at < line.size() && line[at] != ',' && line[at] != ' ') value.push_back(line[at++]);
      if (value.empty()) return std::nullopt;
    }
    if (!point.fields.emplace(name, value).second) return std::nullopt;
    if (at >= line.size()) return std::nullopt;
    if (line[at++] == ' ') break;
  }
  point.time = std::string(line.substr(at));
  const bool is_time =
      !point.time.empty() && point.time.find_first_not_of("-0123456789") == std::string::npos;
  return is_time ? std::optional(point) : std::nullopt;
}

RowOf RollRow() {
  RowOf row("tcp_complete");
  row.SetCell("c_ip", "192.168.0.4").SetCell("c_port", "54337").SetCell("s_ip", "192.254.189.169");
  row.SetCell("s_port", "80").SetCell("c_bytes_all", "739").SetCell("s_bytes_all", "17637");
  row.SetCell("c_pkts_retx", "1").SetCell("s_pkts_retx", "0").SetCell("c_win_scl", "4");
  row.SetCell("s_win_scl", "7").SetCell("durat", "7098.356000");
  row.SetCell("c_rtt_avg", "186.634112").SetCell("s_rtt_avg", "0.050363");
  return row.SetCell("first", "1500000000000.000000");
}

TEST(InfluxRollFormat, TwoPointsARow) {
  auto format = FormatOf("influx", "");
  EXPECT_TRUE(format->needs_cells());
  EXPECT_EQ(ItemsOf(*format, RollRow().row()),
            "server,host=192.254.189.169,port=80 payload=17637,retransmission=0,window_scale=7,"
            "completion_duration_time=7098.356000,average_round_trip_time=0.050363 "
            "1500000000000000000\n"
            "client,host=192.168.0.4,port=54337 payload=739,retransmission=1,window_scale=4,"
            "completion_duration_time=7098.356000,average_round_trip_time=186.634112 "
            "1500000000000000000\n");
}

TEST(InfluxRollFormat, LeavesSshAndShortRowsOut) {
  auto format = FormatOf("influx", "points=roll");
  EXPECT_EQ(format->ItemsOf(RollRow().SetCell("s_port", "22").row()), 0u);
  EXPECT_EQ(format->ItemsOf(RollRow().SetCell("c_port", "22").row()), 0u);
  EXPECT_EQ(format->ItemsOf(RollRow().SetCell("c_port", "222").row()), 2u);
  EXPECT_EQ(format->ItemsOf(RollRow().SetCell("c_win_scl", {}).row()), 0u);
  EXPECT_EQ(format->ItemsOf(RollRow().SetCell("first", {}).row()), 0u);
  EXPECT_FALSE(format->Takes(*FindRowTable("tcp_nocomplete")));
}

TEST(InfluxRollFormat, ABatchCanEndBetweenThePointsOfARow) {
  auto format = FormatOf("influx", "points=roll");
  const RowOf row = RollRow();
  const auto batches = BatchesOf(*format, {row.row(), row.row()}, {.max_items = 3});
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(std::count(batches[0].begin(), batches[0].end(), '\n'), 3);
  EXPECT_EQ(batches[1].substr(0, 7), "client,");
}

TEST(InfluxRollFormat, OptionsOfTheOtherFormAreRefused) {
  for (const char* options : {"logs=tcp", "columns=all", "points=roll&tags=c_ip"}) {
    const absl::Status status = TryFormat("influx", options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << options;
    EXPECT_THAT(std::string(status.message()), HasSubstr("points=full"));
  }
  EXPECT_FALSE(TryFormat("influx", "points=half").ok());
}

TEST(InfluxFullFormat, TagsAndTypedFields) {
  auto format =
      FormatOf("influx",
               "points=full&logs=tcp&columns=c_ip,s_port,first,durat,c_pkts_all,c_isint,fqdn,s_ip");
  EXPECT_FALSE(format->needs_cells());
  const IpAddress address = IpAddress::V4(0x0a000001);
  RowOf row("tcp_complete");
  row.Set("c_ip", Value::Of(AddressView{&address}))
      .Set("s_port", Value::Of(uint16_t{443}))
      .Set("first", Value::Of(Timestamp::FromNanoseconds(1500000010218414062)))
      .Set("durat", Value::Of(Duration(174012000)))
      .Set("c_pkts_all", Value::Of(std::numeric_limits<uint64_t>::max()))
      .Set("c_isint", Value::Of(true))
      .Set("fqdn", Value::Of(std::string_view("a\"b\\c")));
  EXPECT_EQ(ItemsOf(*format, row.row()),
            "log_tcp_complete,c_ip=10.0.0.1,s_port=443 first=1500000010218.414062,durat=174.012000,"
            "c_pkts_all=9223372036854775807i,c_isint=true,fqdn=\"a\\\"b\\\\c\" "
            "1500000010218414062\n");
}

TEST(InfluxFullFormat, RowsOfOneTimeStayApart) {
  auto format = FormatOf("influx", "points=full&logs=dns_resolution&columns=fqdn");
  const auto point = [&](std::string_view name, int64_t time) {
    RowOf row("dns_resolution");
    row.Set("fqdn", Value::Of(name)).Set("res_tm", Value::Of(Timestamp::FromNanoseconds(time)));
    return ItemsOf(*format, row.row());
  };
  EXPECT_EQ(point("a", 7000), "dns_resolution fqdn=\"a\" 7000\n");
  EXPECT_EQ(point("b", 7000), "dns_resolution fqdn=\"b\" 7001\n");
  EXPECT_EQ(point("a", 7000), "dns_resolution fqdn=\"a\" 7002\n");
  EXPECT_EQ(point("c", 8000), "dns_resolution fqdn=\"c\" 8000\n");
  // Tags tell rows apart by themselves.
  auto tagged = FormatOf("influx", "points=full&logs=udp&columns=c_port,c_bytes_all");
  for (const auto& [port, expected] :
       {std::pair{uint16_t{1}, "5\n"}, {uint16_t{2}, "5\n"}, {uint16_t{1}, "6\n"}}) {
    RowOf row("udp_complete");
    row.Set("c_port", Value::Of(port)).Set("c_bytes_all", Value::Of(uint64_t{9}));
    row.Set("c_first_abs", Value::Of(Timestamp::FromNanoseconds(5)));
    EXPECT_EQ(ItemsOf(*tagged, row.row()),
              absl::StrCat("log_udp_complete,c_port=", port, " c_bytes_all=9i ", expected));
  }
}

TEST(InfluxFullFormat, AChoiceOfTags) {
  auto format = FormatOf("influx", "points=full&logs=tcp&columns=c_ip,fqdn,s_port&tags=fqdn");
  RowOf row("tcp_complete");
  row.Set("s_port", Value::Of(uint16_t{443}))
      .Set("first", Value::Of(Timestamp::FromNanoseconds(7)))
      .Set("fqdn", Value::Of(std::string_view("a b,c=d\\")));
  EXPECT_EQ(ItemsOf(*format, row.row()), "log_tcp_complete,fqdn=a\\ b\\,c\\=d%5C s_port=443i 7\n");
  const absl::Status unknown = TryFormat("influx", "points=full&logs=tcp&tags=host").status();
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("\"host\" is no column of this export"));
}

TEST(InfluxFullFormat, WithoutATimeOrAFieldThereIsNoPoint) {
  auto format = FormatOf("influx", "points=full&logs=udp&columns=c_ip,fqdn,c_first_abs");
  RowOf row("udp_complete");
  row.Set("fqdn", Value::Of(std::string_view("x")));
  EXPECT_EQ(format->ItemsOf(row.row()), 0u);
  // The first of the table's times that is there is the point's.
  row.Set("s_first_abs", Value::Of(Timestamp::FromNanoseconds(5)));
  EXPECT_EQ(ItemsOf(*format, row.row()), "log_udp_complete fqdn=\"x\" 5\n");
  row.Set("c_first_abs", Value::Of(Timestamp::FromNanoseconds(4))).Set("fqdn", Value());
  EXPECT_EQ(ItemsOf(*format, row.row()), "log_udp_complete c_first_abs=0.000004 4\n");
  auto tags_only = FormatOf("influx", "points=full&logs=udp&columns=c_port");
  EXPECT_EQ(tags_only->ItemsOf(row.Set("c_port", Value::Of(uint16_t{1})).row()), 0u);
}

TEST(InfluxFullFormat, HistogramsAreByNameAndBin) {
  auto format = FormatOf("influx", "points=full&logs=histogram");
  RowOf row("histogram");
  row.Set("time", Value::Of(Timestamp::FromSeconds(1500000000)))
      .Set("interval", Value::Of(uint32_t{2}))
      .Set("histogram", Value::Of(std::string_view("ip_len_in")))
      .Set("bin", Value::Of(int64_t{40}))
      .Set("count", Value::Of(int64_t{7}));
  EXPECT_EQ(ItemsOf(*format, row.row()),
            "histogram,histogram=ip_len_in,bin=40 interval=2i,count=7i 1500000000000000000\n");
}

// A field has one type in a measurement, whichever table a row is of.
TEST(InfluxFullFormat, FieldsOfALogHaveOneType) {
  for (const CompatProfile& profile : {CompatProfile{}, CompatProfile::Tstat33()}) {
    std::map<std::string, std::string> kinds;
    for (const RowTable& table : RowTables()) {
      if (!table.presence.In(profile)) continue;
      for (const RowColumn& column : table.columns) {
        if (column.is_repeated) continue;
        const ColumnKind kind = column.info.type.kind;
        const char* const type = kind == ColumnKind::kBoolean ? "bool"
                                 : kind == ColumnKind::kText || kind == ColumnKind::kAddress
                                     ? "text"
                                 : kind == ColumnKind::kReal || kind == ColumnKind::kTimestamp ||
                                         kind == ColumnKind::kDuration
                                     ? "real"
                                     : "integer";
        const auto [at, is_new] = kinds.emplace(std::string(table.log) + " " + column.name, type);
        EXPECT_EQ(at->second, type) << at->first;
      }
    }
  }
}

TEST(InfluxFullFormat, AnyBytesGiveValidPoints) {
  auto format =
      FormatOf("influx", "points=full&logs=tcp&tags=fqdn,c_ip&columns=fqdn,c_tls_SNI,c_ip");
  std::mt19937 random(3);
  for (int round = 0; round < 3000; ++round) {
    const std::string tag = HostileText(random), field = HostileText(random);
    RowOf row("tcp_complete");
    row.Set("fqdn", Value::Of(std::string_view(tag)))
        .Set("c_tls_SNI", Value::Of(std::string_view(field)))
        .Set("first", Value::Of(Timestamp::FromNanoseconds(1000 + round)));
    const std::string line = ItemsOf(*format, row.row());
    const std::optional<Point> point = ParsePoint(line);
    ASSERT_TRUE(point.has_value()) << line;
    EXPECT_EQ(point->measurement, "log_tcp_complete");
    EXPECT_EQ(point->tags.size(), tag.empty() ? 0u : 1u) << line;
    EXPECT_EQ(point->fields.size(), 1u) << line;
    EXPECT_EQ(point->time, absl::StrCat(1000 + round));
    const bool is_plain = field.find_first_not_of("a,= #:'[*]{}\"\\%") == std::string::npos;
    if (is_plain) EXPECT_EQ(point->fields.at("c_tls_SNI"), field) << line;
  }
}

}  // namespace
}  // namespace tstat::internal
