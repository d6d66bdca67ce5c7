// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/parquet_format.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "output/destinations/typed_rows.h"
#include "output/formats/row_text.h"
#include "output/formats/row_time.h"

namespace tstat::internal {
namespace {

// The largest batch that a spool of the usual size has room for: a file of tens of thousands of
// rows. What the library needs at once follows from the number of rows; so many are a group of
// them in a file.
constexpr size_t kParquetBatchBytes = size_t{16} << 20;
constexpr size_t kParquetBatchRows = 122880;
constexpr std::chrono::seconds kParquetBatchTime{600};

constexpr TextRules kParquetText = MakeTextRules("", ByteRule::kCopy);

// What a row has beside the values of its table, in front of them.
constexpr std::string_view kTimeName = "time", kFlowName = "flow";
constexpr size_t kTimeColumn = 0, kFlowColumn = 1, kParquetKeys = 2;
// What the path of a file and its batch say; readers add the former as columns.
constexpr std::string_view kReservedNames[] = {kTimeName, kFlowName, "probe", "day", "hour"};

TypedKind UnsignedKind(uint8_t bits) {
  switch (bits) {
    case 8:
      return TypedKind::kUInt8;
    case 16:
      return TypedKind::kUInt16;
    case 32:
      return TypedKind::kUInt32;
    default:
      return TypedKind::kUInt64;
  }
}

TypedKind SignedKind(uint8_t bits) {
  switch (bits) {
    case 8:
      return TypedKind::kInt8;
    case 16:
      return TypedKind::kInt16;
    case 32:
      return TypedKind::kInt32;
    default:
      return TypedKind::kInt64;
  }
}

TypedKind TypedKindOf(const ColumnType& type) {
  switch (type.kind) {
    case ColumnKind::kUnsigned:
    case ColumnKind::kEnumeration:
    case ColumnKind::kBitSet:
      return UnsignedKind(type.bits);
    case ColumnKind::kSigned:
      return SignedKind(type.bits);
    case ColumnKind::kReal:
      return TypedKind::kReal;
    case ColumnKind::kBoolean:
      return TypedKind::kBoolean;
    case ColumnKind::kText:
    case ColumnKind::kAddress:
      return TypedKind::kText;
    case ColumnKind::kTimestamp:
      return TypedKind::kTime;
    case ColumnKind::kDuration:
      return TypedKind::kInt64;
  }
  return TypedKind::kText;
}

bool IsSignedKind(TypedKind kind) {
  return kind == TypedKind::kInt8 || kind == TypedKind::kInt16 || kind == TypedKind::kInt32 ||
         kind == TypedKind::kInt64;
}

class ParquetFormat : public ExportFormat {
 public:
  explicit ParquetFormat(ExportSelection chosen) : ExportFormat(std::move(chosen)) {
    for (const RowTable& table : RowTables()) {
      sections_.emplace_back();
      if (!selection().Has(table)) continue;
      sections_.back() = plans_.size();
      plans_.push_back(PlanOf(table));
    }
  }

  std::string_view content_type() const override { return "application/vnd.apache.parquet"; }
  std::string_view extension() const override { return "parquet"; }
  Receiver receiver() const override { return Receiver::kParquetDirectory; }
  size_t section_count() const override { return plans_.size(); }
  size_t SectionOf(const RowTable& table) const override { return sections_[table.index]; }
  std::string_view SectionHead(size_t section) const override { return plans_[section].head; }
  size_t batch_bytes() const override { return kParquetBatchBytes; }
  std::chrono::seconds batch_time() const override { return kParquetBatchTime; }
  size_t max_items() const override { return kParquetBatchRows; }

  void AppendItem(const TableRow& row, size_t, RowBuffer& buffer) override {
    const Plan& plan = plans_[sections_[row.table->index]];
    size_t room = plan.room + kMostOfByte * row.label.size();
    for (const size_t i : plan.texts) {
      if (row.values[i].kind() == Value::Kind::kText) room += RoomForText(row.values[i]);
    }
    TypedRowWriter writer(plan.column_count, buffer.Reserve(room));
    if (const std::optional<int64_t> time = FirstTime(plan.times, row)) {
      writer.Bytes8(kTimeColumn, *time);
    }
    if (row.flow_number.has_value()) writer.Unsigned(kFlowColumn, *row.flow_number);
    size_t place = kParquetKeys;
    for (const PlannedColumn& column : plan.columns) {
      Write(place++, column.kind, row.values[column.index], writer);
    }
    if (plan.has_label && row.label.data() != nullptr) {
      writer.Text(place, kMostOfByte * row.label.size(),
                  [&](char* out) { return WriteRuledText(row.label, kParquetText, out); });
    }
    buffer.Commit(writer.End());
  }

 private:
  struct PlannedColumn {
    size_t index;
    TypedKind kind;
  };
  struct Plan {
    std::string head;
    std::vector<PlannedColumn> columns;
    std::vector<size_t> times, texts;  // places in RowTable::columns
    bool has_label = false;
    size_t column_count = 0;
    size_t room = 0;  // for a row without its texts
  };

  Plan PlanOf(const RowTable& table) const {
    Plan plan;
    TypedTable typed;
    typed.name = table.name;
    typed.columns = {{.name = std::string(kTimeName), .kind = TypedKind::kTime},
                     {.name = std::string(kFlowName), .kind = TypedKind::kUInt64}};
    for (size_t i = 0; i < table.columns.size(); ++i) {
      if (table.columns[i].info.type.kind == ColumnKind::kTimestamp) plan.times.push_back(i);
    }
    for (const size_t i : selection().ColumnsOf(table)) {
      const RowColumn& from = table.columns[i];
      TypedColumn column{.name = from.name, .kind = TypedKindOf(from.info.type)};
      if (std::find(std::begin(kReservedNames), std::end(kReservedNames), column.name) !=
          std::end(kReservedNames)) {
        column.name += '_';
      }
      if (from.info.type.kind == ColumnKind::kText) plan.texts.push_back(i);
      plan.columns.push_back({.index = i, .kind = column.kind});
      typed.columns.push_back(std::move(column));
    }
    plan.has_label = selection().HasLabel(table);
    if (plan.has_label) {
      typed.columns.push_back({.name = std::string(kLabelColumn), .kind = TypedKind::kText});
    }
    plan.column_count = typed.columns.size();
    // An address has no more than its text and a length.
    plan.room = RoomForTypedRow(plan.column_count) + plan.columns.size() * kMaxValueText;
    plan.head = TypedHead(typed);
    return plan;
  }

  // Whole numbers stand for others; besides, a value is of its column's kind.
  static void Write(size_t place, TypedKind kind, const Value& value, TypedRowWriter& writer) {
    switch (value.kind()) {
      case Value::Kind::kAbsent:
        return;
      case Value::Kind::kUnsigned:
        return WriteWhole(place, kind, value.unsigned_number(), writer);
      case Value::Kind::kSigned:
        return WriteWhole(place, kind, value.signed_number(), writer);
      case Value::Kind::kReal:
        // What JSON has no form for is absent there, too.
        if (kind == TypedKind::kReal && std::isfinite(value.real())) {
          writer.Bytes8(place, value.real());
        }
        return;
      case Value::Kind::kBoolean:
        return WriteWhole(place, kind, uint64_t{value.boolean()}, writer);
      case Value::Kind::kText:
        if (kind != TypedKind::kText) return;
        return writer.Text(place, RoomForText(value),
                           [&](char* out) { return WriteTextValue(value, kParquetText, out); });
      case Value::Kind::kAddress:
        if (kind != TypedKind::kText) return;
        return writer.Text(place, IpAddress::kMaxTextLength, [&](char* out) {
          return out + value.address().Format(out, Ipv6Form::kCanonical);
        });
      case Value::Kind::kTimestamp:
      case Value::Kind::kDuration:
        if (kind == TypedKind::kTime) return writer.Bytes8(place, NanosecondsOf(value));
        return WriteWhole(place, kind, NanosecondsOf(value), writer);
    }
  }

  template <typename Whole>
  static void WriteWhole(size_t place, TypedKind kind, Whole number, TypedRowWriter& writer) {
    if (kind == TypedKind::kText || kind == TypedKind::kTime) return;
    if (kind == TypedKind::kReal) return writer.Bytes8(place, static_cast<double>(number));
    // Never another number modulo a size; the reader of the row limits it to its column.
    if (IsSignedKind(kind)) {
      const bool is_too_large = std::cmp_greater(number, std::numeric_limits<int64_t>::max());
      return writer.Signed(
          place, is_too_large ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(number));
    }
    writer.Unsigned(place, std::cmp_less(number, 0) ? 0 : static_cast<uint64_t>(number));
  }

  std::vector<Plan> plans_;
  std::vector<size_t> sections_;  // places in plans_, by RowTable::index
};

}  // namespace

absl::StatusOr<std::unique_ptr<ExportFormat>> MakeParquetFormat(const ExportDefaults& defaults,
                                                                ExportOptions* options) {
  if (!defaults.of_logs) {
    return absl::InvalidArgumentError(
        "Parquet is written of logs, by tstat-ship; tstat itself does not load DuckDB");
  }
  absl::StatusOr<ExportSelection> selection = ExportSelection::Take(defaults, options);
  if (!selection.ok()) return selection.status();
  return std::make_unique<ParquetFormat>(*std::move(selection));
}

}  // namespace tstat::internal
