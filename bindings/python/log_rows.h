// SPDX-License-Identifier: BSD-3-Clause
//
// Rows of text logs, of one kind, as Columns.
//
//   LogRows rows(paths, {});
//   while (rows.Next()) Use(rows.Take());
//   for (const std::string& problem : rows.problems()) Tell(problem);
#ifndef TSTAT_BINDINGS_PYTHON_LOG_ROWS_H_
#define TSTAT_BINDINGS_PYTHON_LOG_ROWS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "columns.h"
#include "tstat/log_reader.h"
#include "tstat/table_row.h"

namespace tstat::python {

struct LogRowsOptions {
  size_t chunk_rows = 0;             // 0: all rows at once
  std::vector<std::string> columns;  // that are wanted; empty: all
  bool places = false;               // whether Columns::files and ::lines are filled
};

class LogRows {
 public:
  // Throws StatusError: there is no file, it cannot be read, its name is that of no log, or of
  // another one than the first file's.
  LogRows(std::vector<std::string> paths, LogRowsOptions options);
  ~LogRows();
  LogRows(const LogRows&) = delete;
  LogRows& operator=(const LogRows&) = delete;

  // Reads on until a table has `chunk_rows` rows, or to the end of the last file. False: there was
  // nothing more; so there is, once, for no rows at all. `go_on` is asked now and then; false ends
  // it. Without the interpreter's lock.
  bool Next(const std::function<bool()>& go_on);
  // One for each of Python's tables that the log has.
  std::vector<std::shared_ptr<Columns>> Take();

  // What was left out, and what differs from file to file; the first of each kind.
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  struct Source;  // rows of one table of the schema
  struct Table;   // one table of Python's

  void ReadHeaders();
  // The tables and columns of a file's first lines; empty: they do not tell.
  std::vector<std::pair<const RowTable*, std::vector<size_t>>> HeaderOf(const std::string& path);
  Source* SourceOf(const RowTable* table);
  void AddColumn(Source& source, size_t column);
  void TakeNewColumns(Source& source, const TableRow& row);
  void Append(Source& source, const TableRow& row);
  void OpenNext();

  // A part of a file, of whole lines, with the tables and columns of `whole`.
  LogRows(const LogRows& whole, const std::string& path, uint64_t begin, uint64_t end);
  enum class PartsResult : uint8_t { kRead, kNotSo, kStopped };
  // Large plain files are read by several threads, if there is nothing in them to be told.
  PartsResult ReadInParts(const std::string& path, const std::function<bool()>& go_on);
  bool ReadPart(const std::atomic<bool>& stop);
  bool TakeParts(std::vector<std::unique_ptr<LogRows>>& parts);
  void Tell(std::string problem);

  [[nodiscard]] bool IsShown(const RowColumn& column) const;
  [[nodiscard]] absl::StatusOr<LogReader> Open(const std::string& path, LogReaderOptions options);

  std::vector<std::string> paths_;
  LogRowsOptions options_;
  Log log_ = {};
  size_t next_path_ = 0;
  std::optional<LogReader> reader_;
  uint64_t header_offset_ = UINT64_MAX;
  const RowTable* last_table_ = nullptr;
  std::vector<bool> last_columns_;  // those of the last header that had rows
  std::vector<std::unique_ptr<Table>> tables_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<std::string> problems_;
  bool told_end_ = false;
  uint64_t end_ = 0;  // of a part
};

}  // namespace tstat::python

#endif  // TSTAT_BINDINGS_PYTHON_LOG_ROWS_H_
