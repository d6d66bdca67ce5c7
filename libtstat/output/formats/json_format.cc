// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/json_format.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "config/absl_text.h"
#include "output/formats/row_text.h"

namespace tstat::internal {
namespace {

constexpr std::string_view kCodeNumbers = "numbers", kCodeNames = "names";
constexpr std::string_view kCodeWords[] = {kCodeNumbers, kCodeNames};

class JsonFormat : public ExportFormat {
 public:
  JsonFormat(ExportSelection chosen, bool code_names) : ExportFormat(std::move(chosen)) {
    for (const RowTable& table : RowTables()) {
      plans_.emplace_back();
      if (!selection().Has(table)) continue;
      Plan& plan = plans_.back();
      plan.begin = absl::StrCat("{\"log\":\"", View(table.log), "\",\"flow\":");
      plan.room = plan.begin.size() + kMaxValueText + kEnd.size();
      for (const size_t i : selection().ColumnsOf(table)) {
        const RowColumn& column = table.columns[i];
        plan.columns.push_back({.index = i,
                                .key = FixedText(absl::StrCat(",\"", column.name, "\":")),
                                .codes = code_names ? column.info.type.codes : nullptr});
        plan.room += plan.columns.back().key.room() + kMaxValueText;
      }
      plan.has_label = selection().HasLabel(table);
      plan.room += kLabelKey.size() + kMaxValueText;
    }
  }

  std::string_view content_type() const override { return "application/x-ndjson"; }
  std::string_view extension() const override { return "jsonl"; }
  bool NeedsColumn(const RowTable& table, size_t column) const override {
    return selection().Needs(table, column);
  }

  void AppendItem(const TableRow& row, size_t, RowBuffer& buffer) override {
    const Plan& plan = plans_[row.table->index];
    char* out = buffer.Reserve(plan.room);
    out = WriteView(plan.begin, out);
    out =
        row.flow_number.has_value() ? WriteUnsigned(*row.flow_number, out) : WriteView("null", out);
    const bool skips = selection().follows_logs() && !row.cells.empty();
    for (const JsonColumn& column : plan.columns) {
      if (skips && row.cells[column.index].data() == nullptr) continue;
      out = column.key.Write(out);
      const Value& value = row.values[column.index];
      if (column.codes != nullptr && value.kind() == Value::Kind::kUnsigned) [[unlikely]] {
        out = WriteCodeNames(value.unsigned_number(), *column.codes, plan.room, buffer, out);
      } else if (value.kind() == Value::Kind::kText) {
        // The only kind without a bound.
        buffer.Commit(out);
        out = buffer.Reserve(RoomForText(value) + 2 + plan.room);
        *out++ = '"';
        out = WriteTextValue(value, kJsonRules, out);
        *out++ = '"';
      } else {
        out = WriteValue(value, out);
      }
    }
    if (plan.has_label) {
      buffer.Commit(WriteView(kLabelKey, out));
      if (row.label.data() == nullptr) {
        buffer.Append("null");
      } else {
        AppendJsonString(row.label, buffer);
      }
      out = buffer.Reserve(kEnd.size());
    }
    buffer.Commit(WriteView(kEnd, out));
  }

 private:
  struct JsonColumn {
    size_t index;
    FixedText key;
    const CodeTable* codes;
  };
  struct Plan {
    std::string begin;
    std::vector<JsonColumn> columns;
    bool has_label = false;
    size_t room = 0;  // for a row without its texts
  };
  static constexpr std::string_view kEnd = "}\n", kLabelKey = ",\"label\":";

  static char* WriteView(std::string_view text, char* out) {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
  }

  static char* WriteValue(const Value& value, char* out) {
    switch (value.kind()) {
      case Value::Kind::kUnsigned:
        return WriteUnsigned(value.unsigned_number(), out);
      case Value::Kind::kSigned:
        return WriteSigned(value.signed_number(), out);
      case Value::Kind::kReal:
        if (!std::isfinite(value.real())) break;
        return WriteReal(value.real(), out);
      case Value::Kind::kBoolean:
        return WriteView(value.boolean() ? "true" : "false", out);
      case Value::Kind::kAddress:
        *out++ = '"';
        out += value.address().Format(out, Ipv6Form::kCanonical);
        *out++ = '"';
        return out;
      case Value::Kind::kTimestamp:
      case Value::Kind::kDuration:
        return WriteMilliseconds(NanosecondsOf(value), out);
      default:
        break;
    }
    return WriteView("null", out);
  }

  // The name of a code, or of a sum an array of names; what has no name stays a number.
  static char* WriteCodeNames(uint64_t number, const CodeTable& codes, size_t room,
                              RowBuffer& buffer, char* out) {
    const auto append_one = [&](uint64_t code) {
      const Code* const found =
          code <= UINT32_MAX ? codes.Find(static_cast<uint32_t>(code)) : nullptr;
      if (found != nullptr && !found->name.empty()) return AppendJsonString(found->name, buffer);
      buffer.Append(absl::StrCat(code));
    };
    buffer.Commit(out);
    if (!codes.is_set) {
      append_one(number);
      return buffer.Reserve(room);
    }
    buffer.Append("[");
    for (uint64_t bits = number; bits != 0; bits &= bits - 1) {
      if (bits != number) buffer.Append(",");
      append_one(bits & (0 - bits));
    }
    buffer.Append("]");
    return buffer.Reserve(room);
  }

  std::vector<Plan> plans_;  // by RowTable::index
};

}  // namespace

absl::StatusOr<std::unique_ptr<ExportFormat>> MakeJsonFormat(const ExportDefaults& defaults,
                                                             ExportOptions* options) {
  absl::StatusOr<ExportSelection> selection = ExportSelection::Take(defaults, options);
  if (!selection.ok()) return selection.status();
  absl::StatusOr<std::string_view> codes = options->TakeWord("codes", kCodeWords);
  if (!codes.ok()) return codes.status();
  return std::make_unique<JsonFormat>(*std::move(selection), *codes == kCodeNames);
}

}  // namespace tstat::internal
