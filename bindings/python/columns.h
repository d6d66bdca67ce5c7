// SPDX-License-Identifier: BSD-3-Clause
//
// Rows of one table as columns, which NumPy and Arrow look at without copies: whoever shows a
// column's memory holds the Columns.
//
//   auto columns = std::make_shared<Columns>("tcp");
//   columns->Add(info);                                // once for each column
//   columns->data[0].Append(value); ...                // one for each column, then
//   ++columns->rows;
#ifndef TSTAT_BINDINGS_PYTHON_COLUMNS_H_
#define TSTAT_BINDINGS_PYTHON_COLUMNS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tstat/column_batch.h"
#include "tstat/schema.h"

namespace tstat::python {

struct Columns {
  explicit Columns(std::string table_name) : name(std::move(table_name)) {}

  void Add(const ColumnInfo& info) {
    names.push_back(info.Name());
    data.emplace_back(info);
  }

  std::string name;  // of the table, as Python has it: "tcp"
  size_t rows = 0;
  std::vector<std::string> names;
  std::vector<ColumnData> data;
  // Of rows of logs, if that was wanted: which file each is from, from 0, and its line there,
  // from 1.
  std::vector<uint64_t> files, lines;
  // Of an analysis, one for each row: the number of its flow and of the packet that made it.
  std::vector<uint64_t> flow_numbers, packet_numbers;
};

// Texts of a column by number: those that are different, in the order of their first rows, and for
// each row the place of its own, or -1.
struct TextCodes {
  std::vector<int32_t> codes;
  std::deque<std::string> texts;
};
// Of a column of texts or addresses. Not with the interpreter's lock.
TextCodes CodesOfTexts(const ColumnData& column);

// UTF-8 as it is; a byte that is none becomes \xNN.
[[nodiscard]] bool IsUtf8(std::string_view text);
[[nodiscard]] std::string Readable(std::string_view text);
// Of 16 bytes, IPv4 mapped into IPv6: "192.0.2.1", "2001:db8::1".
[[nodiscard]] std::string AddressText(const uint8_t* bytes);

}  // namespace tstat::python

#endif  // TSTAT_BINDINGS_PYTHON_COLUMNS_H_
