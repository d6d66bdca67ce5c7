// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/influx_format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "config/absl_text.h"
#include "output/formats/row_text.h"

namespace tstat::internal {
namespace {

constexpr std::string_view kInfluxContentType = "text/plain; charset=utf-8";

// A tag's value. There is no way to write a backslash before a character that is escaped itself,
// nor at the end.
constexpr TextRules kTagRules = [] {
  TextRules rules = MakeTextRules(", =", ByteRule::kBackslash);
  rules['\\'] = ByteRule::kPercent;
  return rules;
}();
constexpr TextRules kFieldRules = MakeTextRules("\"\\", ByteRule::kBackslash);

char* WriteBytes(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

// The points of the roll: column names without the prefix of the side, and the fields' names.
struct RollField {
  std::string_view name, column;
  bool of_side;
};
constexpr RollField kRollFields[] = {{" payload=", "bytes_all", true},
                                     {",retransmission=", "pkts_retx", true},
                                     {",window_scale=", "win_scl", true},
                                     {",completion_duration_time=", "durat", false},
                                     {",average_round_trip_time=", "rtt_avg", true}};

class InfluxRollFormat : public ExportFormat {
 public:
  InfluxRollFormat(ExportSelection chosen, const RowTable& table)
      : ExportFormat(std::move(chosen)), table_(&table) {
    first_ = *table.Find("first");
    for (Point& point : points_) {
      point.host = *table.Find(absl::StrCat(point.prefix, "ip"));
      point.port = *table.Find(absl::StrCat(point.prefix, "port"));
      for (size_t i = 0; i < std::size(kRollFields); ++i) {
        const RollField& field = kRollFields[i];
        point.fields[i] =
            *table.Find(absl::StrCat(field.of_side ? point.prefix : "", View(field.column)));
      }
    }
  }

  std::string_view content_type() const override { return kInfluxContentType; }
  std::string_view extension() const override { return "lp"; }
  bool Takes(const RowTable& table) const override { return &table == table_; }
  bool needs_cells() const override { return true; }
  bool needs_values() const override { return false; }

  // Rows of SSH are left out, as are those of logs without the columns of a point.
  size_t ItemsOf(const TableRow& row) override {
    size_t length = kTimeEnd.size() + row.cells[first_].size();
    bool is_whole = row.cells[first_].data() != nullptr;
    for (const Point& point : points_) {
      for (const size_t cell : {point.host, point.port}) {
        is_whole &= !row.cells[cell].empty();
        length += row.cells[cell].size();
      }
      for (const size_t cell : point.fields) {
        is_whole &= !row.cells[cell].empty();
        length += row.cells[cell].size();
      }
    }
    room_ = kMostOfByte * length + kRoomForNames;
    return is_whole && row.cells[points_[0].port] != kSshPort &&
                   row.cells[points_[1].port] != kSshPort
               ? points_.size()
               : 0;
  }

  void AppendItem(const TableRow& row, size_t item, RowBuffer& buffer) override {
    const Point& point = points_[item];
    char* out = WriteBytes(point.measurement, buffer.Reserve(room_));
    out = WriteBytes(",host=", out);
    out = WriteRuledText(row.cells[point.host], kTagRules, out);
    out = WriteBytes(",port=", out);
    out = WriteRuledText(row.cells[point.port], kTagRules, out);
    for (size_t i = 0; i < std::size(kRollFields); ++i) {
      out = WriteBytes(kRollFields[i].name, out);
      out = WriteBytes(row.cells[point.fields[i]], out);
    }
    *out++ = ' ';
    // ms with 6 decimals, the point left out: nanoseconds.
    for (const char c : row.cells[first_]) {
      if (c != '.') *out++ = c;
    }
    buffer.Commit(WriteBytes(kTimeEnd, out));
  }

 private:
  static constexpr std::string_view kSshPort = "22", kTimeEnd = "\n";
  static constexpr size_t kRoomForNames = 256;

  struct Point {
    std::string_view measurement;
    const char* prefix;  // of column names
    size_t host = 0, port = 0;
    std::array<size_t, std::size(kRollFields)> fields{};
  };

  const RowTable* table_;
  std::array<Point, 2> points_ = {Point{"server", "s_"}, Point{"client", "c_"}};
  size_t first_ = 0;
  size_t room_ = 0;  // for a point of the last row
};

// What tells points of one time apart; other columns are fields.
constexpr std::string_view kUsualTags[] = {"c_ip",      "c_port", "s_ip",   "s_port",
                                           "histogram", "bin",    "network"};

class InfluxFullFormat : public ExportFormat {
 public:
  InfluxFullFormat(ExportSelection chosen, const std::vector<std::string_view>& tags)
      : ExportFormat(std::move(chosen)) {
    for (const RowTable& table : RowTables()) {
      plans_.emplace_back();
      if (!selection().Has(table)) continue;
      Plan& plan = plans_.back();
      plan.measurement = std::string(table.log);
      plan.room = plan.measurement.size() + kMaxValueText;
      plan.has_label = selection().HasLabel(table);
      for (const size_t i : selection().ColumnsOf(table)) {
        const RowColumn& column = table.columns[i];
        const bool is_tag = std::find(tags.begin(), tags.end(), column.name) != tags.end();
        // InfluxDB refuses a field of this name: it is the point's time.
        if (column.name == "time") continue;
        KeyedColumn added{i, FixedText(absl::StrCat(is_tag ? "," : "", column.name, "="))};
        plan.room += added.key.room() + kMaxValueText + 2;
        (is_tag ? plan.tags : plan.fields).push_back(std::move(added));
      }
      for (size_t i = 0; i < table.columns.size(); ++i) {
        if (table.columns[i].info.type.kind == ColumnKind::kTimestamp) plan.times.push_back(i);
      }
    }
  }

  std::string_view content_type() const override { return kInfluxContentType; }
  std::string_view extension() const override { return "lp"; }

  // A point has a time and at least one field.
  size_t ItemsOf(const TableRow& row) override {
    const Plan& plan = plans_[row.table->index];
    time_ = std::nullopt;
    for (const size_t i : plan.times) {
      if (row.values[i].kind() != Value::Kind::kTimestamp) continue;
      time_ = row.values[i].timestamp().nanoseconds();
      break;
    }
    const bool has_field = std::any_of(plan.fields.begin(), plan.fields.end(), [&](const auto& f) {
      return IsWritten(row.values[f.index]);
    });
    return time_.has_value() && has_field ? 1 : 0;
  }

  void AppendItem(const TableRow& row, size_t, RowBuffer& buffer) override {
    Plan& plan = plans_[row.table->index];
    const size_t begin = buffer.view().size();
    char* out = WriteBytes(plan.measurement, buffer.Reserve(plan.room));
    for (const KeyedColumn& tag : plan.tags)
      out = WriteTag(row.values[tag.index], tag, plan, buffer, out);
    // There are few of them, and graphs are grouped by them.
    if (plan.has_label && row.label.data() != nullptr) {
      out = WriteTag(Value::Of(row.label), kLabelTag, plan, buffer, out);
    }
    buffer.Commit(out);
    const int64_t time = *time_ + plan.earlier.CountOf(*time_, buffer.view().substr(begin));
    out = buffer.Reserve(plan.room);
    char separator = ' ';
    for (const KeyedColumn& field : plan.fields) {
      const Value& value = row.values[field.index];
      if (!IsWritten(value)) continue;
      *out++ = std::exchange(separator, ',');
      out = WriteField(value, field, plan, buffer, out);
    }
    *out++ = ' ';
    out = WriteSigned(time, out);
    *out++ = '\n';
    buffer.Commit(out);
  }

 private:
  // Of one time: InfluxDB keeps the last one only of points with the same tags and time, such as
  // the records of a DNS answer.
  class PointsOfATime {
   public:
    // How many of this time there were with the same measurement and tags.
    int64_t CountOf(int64_t time, std::string_view tags) {
      // A trace may have one time throughout; beyond this some of its points may fall together.
      constexpr size_t kMost = 100000;
      if (time != time_ || counts_.size() >= kMost) counts_.clear();
      time_ = time;
      return counts_[View(tags)]++;
    }

   private:
    int64_t time_ = 0;
    absl::flat_hash_map<std::string, int64_t> counts_;
  };

  struct KeyedColumn {
    size_t index;
    FixedText key;  // ",c_ip=" of a tag, "c_ip=" of a field
  };
  struct Plan {
    std::string measurement;
    std::vector<KeyedColumn> tags, fields;
    bool has_label = false;
    std::vector<size_t> times;  // columns that may give the point's time, the best one first
    size_t room = 0;            // for a row without its texts
    PointsOfATime earlier;
  };

  static bool IsWritten(const Value& value) {
    return !value.is_absent() &&
           (value.kind() != Value::Kind::kReal || std::isfinite(value.real()));
  }

  static char* WriteTag(const Value& value, const KeyedColumn& tag, const Plan& plan,
                        RowBuffer& buffer, char* out) {
    // A tag without a value must not be there.
    if (!IsWritten(value)) return out;
    if (value.kind() == Value::Kind::kText) {
      if (value.text().empty()) return out;
      buffer.Commit(out);
      out = tag.key.Write(buffer.Reserve(RoomForText(value) + plan.room));
      return WriteTextValue(value, kTagRules, out);
    }
    return WritePlain(value, tag.key.Write(out));
  }

  // REQUIRES: IsWritten(value).
  static char* WriteField(const Value& value, const KeyedColumn& field, const Plan& plan,
                          RowBuffer& buffer, char* out) {
    switch (value.kind()) {
      case Value::Kind::kText:
        buffer.Commit(out);
        out = field.key.Write(buffer.Reserve(RoomForText(value) + 2 + plan.room));
        *out++ = '"';
        out = WriteTextValue(value, kFieldRules, out);
        *out++ = '"';
        return out;
      case Value::Kind::kAddress:
        out = field.key.Write(out);
        *out++ = '"';
        out = WritePlain(value, out);
        *out++ = '"';
        return out;
      case Value::Kind::kUnsigned:
      case Value::Kind::kSigned:
        out = WritePlain(value, field.key.Write(out));
        *out++ = 'i';
        return out;
      default:
        return WritePlain(value, field.key.Write(out));
    }
  }

  static char* WritePlain(const Value& value, char* out) {
    switch (value.kind()) {
      case Value::Kind::kUnsigned:
        // Integers of InfluxDB are signed.
        return WriteUnsigned(std::min<uint64_t>(value.unsigned_number(), INT64_MAX), out);
      case Value::Kind::kSigned:
        return WriteSigned(value.signed_number(), out);
      case Value::Kind::kReal:
        return WriteReal(value.real(), out);
      case Value::Kind::kBoolean:
        return WriteBytes(value.boolean() ? "true" : "false", out);
      case Value::Kind::kAddress:
        return out + value.address().Format(out, Ipv6Form::kCanonical);
      default:
        return WriteMilliseconds(NanosecondsOf(value), out);
    }
  }

  inline static const KeyedColumn kLabelTag = {0, FixedText(",label=")};

  std::vector<Plan> plans_;      // by RowTable::index
  std::optional<int64_t> time_;  // of the last row
};

constexpr std::string_view kRoll = "roll", kFull = "full";
constexpr std::string_view kPointWords[] = {kRoll, kFull};

absl::StatusOr<std::vector<std::string_view>> TagsOf(const ExportSelection& selection,
                                                     std::string_view list) {
  std::vector<std::string_view> tags = SplitList(list);
  for (const std::string_view tag : tags) {
    std::vector<std::string_view> known;
    for (const RowTable& table : RowTables()) {
      if (!selection.Has(table)) continue;
      for (const size_t i : selection.ColumnsOf(table)) {
        const std::string_view name = table.columns[i].name;
        if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
      }
    }
    if (std::find(known.begin(), known.end(), tag) == known.end()) {
      return UnknownWord(tag, "column of this export", known);
    }
  }
  return tags;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ExportFormat>> MakeInfluxFormat(const ExportDefaults& defaults,
                                                               ExportOptions* options) {
  absl::StatusOr<std::string_view> points = options->TakeWord("points", kPointWords);
  if (!points.ok()) return points.status();
  if (*points == kRoll) {
    for (const std::string_view name : {"logs", "columns", "tags"}) {
      if (!options->Take(name).has_value()) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("option \"", View(name),
                       "\" needs points=full: those of points=roll are of log_tcp_complete, with "
                       "columns of their own"));
    }
    const RowTable& table = RowTableOf(TcpCompleteTable());
    ExportOptions of_roll = *ExportOptions::Parse("logs=tcp");
    absl::StatusOr<ExportSelection> selection = ExportSelection::TakeLogs(defaults, &of_roll);
    if (!selection.ok()) return selection.status();
    const std::vector<size_t> printed = PrintedColumns(table, defaults.profile, defaults.levels);
    if (std::find(printed.begin(), printed.end(), *table.Find("c_rtt_avg")) == printed.end()) {
      return absl::InvalidArgumentError(
          "points=roll needs columns that log_tcp_complete has with tcplog_end_to_end = 1 only");
    }
    return std::make_unique<InfluxRollFormat>(*std::move(selection), table);
  }
  absl::StatusOr<ExportSelection> selection = ExportSelection::Take(defaults, options);
  if (!selection.ok()) return selection.status();
  std::vector<std::string_view> tags(std::begin(kUsualTags), std::end(kUsualTags));
  const std::optional<std::string> chosen_tags = options->Take("tags");
  if (chosen_tags.has_value()) {
    absl::StatusOr<std::vector<std::string_view>> chosen = TagsOf(*selection, *chosen_tags);
    if (!chosen.ok()) return chosen.status();
    tags = *std::move(chosen);
  }
  return std::make_unique<InfluxFullFormat>(*std::move(selection), tags);
}

}  // namespace tstat::internal
