// SPDX-License-Identifier: BSD-3-Clause
//
// Rows made by hand, and formats by their options.
#ifndef TSTAT_TESTS_OUTPUT_FORMATS_ROWS_H_
#define TSTAT_TESTS_OUTPUT_FORMATS_ROWS_H_

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "output/formats/format.h"
#include "schema/row_tables.h"
#include "tstat/table_row.h"
#include "tstat/value.h"

namespace tstat::internal {

// A row of a table: all values absent until they are set.
class RowOf {
 public:
  explicit RowOf(std::string_view table) : table_(*FindRowTable(table)) {
    values_.resize(table_.columns.size());
    cells_.resize(table_.columns.size());
  }
  RowOf& Set(std::string_view column, Value value) {
    values_[*table_.Find(column)] = value;
    return *this;
  }
  RowOf& SetCell(std::string_view column, std::string_view cell) {
    cells_[*table_.Find(column)] = cell;
    return *this;
  }
  RowOf& SetFlow(uint64_t number) {
    flow_ = number;
    return *this;
  }
  TableRow row() const {
    return {.table = &table_, .values = values_, .flow_number = flow_, .cells = cells_};
  }

 private:
  const RowTable& table_;
  std::vector<Value> values_;
  std::vector<std::string_view> cells_;
  std::optional<uint64_t> flow_;
};

// The format of these options; both profiles' logs can be chosen.
inline absl::StatusOr<std::unique_ptr<ExportFormat>> TryFormat(
    std::string_view name, std::string_view options_text, const ExportDefaults& defaults = {}) {
  absl::StatusOr<ExportOptions> options = ExportOptions::Parse(options_text);
  if (!options.ok()) return options.status();
  auto format = MakeExportFormat(name, defaults, &*options);
  if (!format.ok()) return format.status();
  if (absl::Status left = options->ExpectNone({}); !left.ok()) return left;
  return format;
}
inline std::unique_ptr<ExportFormat> FormatOf(std::string_view name, std::string_view options,
                                              const ExportDefaults& defaults = {}) {
  auto format = TryFormat(name, options, defaults);
  EXPECT_TRUE(format.ok()) << format.status();
  return *std::move(format);
}

// All items of a row, without a frame.
inline std::string ItemsOf(ExportFormat& format, const TableRow& row) {
  RowBuffer out;
  const size_t count = format.ItemsOf(row);
  for (size_t i = 0; i < count; ++i) format.AppendItem(row, i, out);
  return std::string(out.view());
}

// The batches of some rows.
inline std::vector<std::string> BatchesOf(ExportFormat& format, const std::vector<TableRow>& rows,
                                          const BatchWriter::Limits& limits = {}) {
  std::vector<std::string> batches;
  BatchWriter writer(&format, limits,
                     [&](const Batch& batch, size_t) { batches.emplace_back(batch.body); });
  for (const TableRow& row : rows) writer.Append(row);
  writer.Finish();
  return batches;
}

// Bytes that mean something to a format, or that are no UTF-8, among others.
inline std::string HostileText(std::mt19937& random) {
  constexpr std::string_view kPieces[] = {"\"",
                                          "\\",
                                          ",",
                                          "=",
                                          " ",
                                          "\n",
                                          "\r",
                                          "\t",
                                          "%",
                                          "\x7f",
                                          "\x1b",
                                          "a",
                                          "\xc3\xa4",
                                          "\xc3",
                                          "\xed\xa0\x80",
                                          "{",
                                          "}",
                                          "\xf4\x90\x80\x80",
                                          "\xe2\x82\xac",
                                          "#",
                                          ":",
                                          "[*]",
                                          "'",
                                          "\xff"};
  std::string text;
  const size_t length = random() % 12;
  for (size_t i = 0; i < length; ++i) text += kPieces[random() % std::size(kPieces)];
  if (random() % 8 == 0) text.push_back('\0');
  return text;
}

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_OUTPUT_FORMATS_ROWS_H_
