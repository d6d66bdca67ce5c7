// SPDX-License-Identifier: BSD-3-Clause
//
// What the cells of a log's rows are: by its header line, or by the schema where it has none.
#ifndef TSTAT_READER_LOG_LAYOUT_H_
#define TSTAT_READER_LOG_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reader/cell_parser.h"
#include "tstat/schema.h"
#include "tstat/table_row.h"

namespace tstat::internal {

// The rows of one table, as one header line has them.
struct LogLayout {
  struct CellOf {
    std::optional<size_t> column;  // in table->columns; nullopt: no column of this name is known
    std::optional<CellParser> parser;
  };
  // `column` of cells that have none, for those who look at nothing else of a cell.
  static constexpr uint32_t kNoColumn = UINT32_MAX;
  const RowTable* table = nullptr;
  std::string header;  // the line that it was made of; empty: the schema
  char separator = ' ';
  std::vector<CellOf> cells;
  std::vector<uint32_t> columns;  // of the cells; set by SetColumns

  void SetColumns();
};

// Of a header line, which begins with `#`. nullopt: none of the log's columns are in it.
std::optional<LogLayout> LayoutOfHeader(Log log, std::string_view line);
// The kinds of rows of a log that has no header line.
std::vector<LogLayout> LayoutsWithoutHeader(Log log);
// Which of some layouts, of one log, a row has. Null: one of another number of cells.
const LogLayout* LayoutOfRow(const std::vector<LogLayout>& layouts, std::string_view line,
                             std::vector<std::string_view>& cells);

// The log that a file has by its name: log_tcp_complete, log_tcp_complete.gz.
std::optional<Log> LogOfFile(std::string_view path);

}  // namespace tstat::internal

#endif  // TSTAT_READER_LOG_LAYOUT_H_
