// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/csv_format.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "output/formats/row_text.h"

namespace tstat::internal {
namespace {

constexpr TextRules kCsvRules = MakeTextRules("\"", ByteRule::kTwice);
// Texts with one of these are quoted; all others are not. An empty text is, so that it is not taken
// for an absent one.
constexpr std::string_view kToBeQuoted = ",\" ";

class CsvFormat : public ExportFormat {
 public:
  explicit CsvFormat(ExportSelection chosen) : ExportFormat(std::move(chosen)) {
    for (const RowTable& table : RowTables()) {
      if (selection().Has(table)) table_ = &table;
    }
    room_ = (selection().ColumnsOf(*table_).size() + 1) * (kMaxValueText + 1);
  }

  std::string_view content_type() const override { return "text/csv; charset=utf-8"; }
  std::string_view extension() const override { return "csv"; }
  bool NeedsColumn(const RowTable& table, size_t column) const override {
    return selection().Needs(table, column);
  }
  std::string StreamHeader() const override {
    std::vector<std::string> names;
    for (const size_t i : selection().ColumnsOf(*table_)) names.push_back(table_->columns[i].name);
    if (selection().HasLabel(*table_)) names.emplace_back(kLabelColumn);
    return absl::StrCat(absl::StrJoin(names, ","), "\n");
  }

  void AppendItem(const TableRow& row, size_t, RowBuffer& buffer) override {
    char* out = buffer.Reserve(room_);
    for (const size_t i : selection().ColumnsOf(*table_)) {
      const Value& value = row.values[i];
      if (value.kind() == Value::Kind::kText) {
        buffer.Commit(out);
        out = WriteText(value, buffer.Reserve(RoomForText(value) + 2 + room_));
      } else {
        out = WriteValue(value, out);
      }
      *out++ = ',';
    }
    if (selection().HasLabel(*table_)) {
      buffer.Commit(out);
      const Value label = Value::Of(row.label);
      out = buffer.Reserve(RoomForText(label) + 3);
      if (row.label.data() != nullptr) out = WriteText(label, out);
      *out++ = ',';
    }
    buffer.Commit(out);
    buffer.ReplaceLast('\n');
  }

 private:
  static char* WriteText(const Value& value, char* out) {
    const bool quoted =
        value.text().empty() || value.text().find_first_of(kToBeQuoted) != std::string_view::npos;
    if (quoted) *out++ = '"';
    out = WriteTextValue(value, kCsvRules, out);
    if (quoted) *out++ = '"';
    return out;
  }

  static char* WriteValue(const Value& value, char* out) {
    switch (value.kind()) {
      case Value::Kind::kUnsigned:
        return WriteUnsigned(value.unsigned_number(), out);
      case Value::Kind::kSigned:
        return WriteSigned(value.signed_number(), out);
      case Value::Kind::kReal:
        return std::isfinite(value.real()) ? WriteReal(value.real(), out) : out;
      case Value::Kind::kBoolean:
        *out++ = value.boolean() ? '1' : '0';
        return out;
      case Value::Kind::kAddress:
        return out + value.address().Format(out, Ipv6Form::kCanonical);
      case Value::Kind::kTimestamp:
      case Value::Kind::kDuration:
        return WriteMilliseconds(NanosecondsOf(value), out);
      default:
        return out;
    }
  }

  const RowTable* table_ = nullptr;
  size_t room_ = 0;  // for a row without its texts
};

}  // namespace

absl::StatusOr<std::unique_ptr<ExportFormat>> MakeCsvFormat(const ExportDefaults& defaults,
                                                            ExportOptions* options) {
  absl::StatusOr<ExportSelection> selection = ExportSelection::Take(defaults, options);
  if (!selection.ok()) return selection.status();
  if (selection->table_count() == 1) return std::make_unique<CsvFormat>(*std::move(selection));
  std::vector<std::string> names;
  for (const RowTable& table : RowTables()) {
    if (selection->Has(table)) names.emplace_back(table.name);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("csv has one kind of rows a stream, as its header line has one list of columns; "
                   "\"logs\" must "
                   "be one of: ",
                   absl::StrJoin(names, ", ")));
}

}  // namespace tstat::internal
