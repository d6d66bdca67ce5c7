// SPDX-License-Identifier: BSD-3-Clause
//
// Text logs as rows again: ours and those of Tstat 3.1.1 and 3.3, with any sets of columns, plain
// or gzip, complete or still growing. Columns are found by the names in the header line and typed
// by the schema.
//
//   const std::string path = "2017_07_14_02_40.out/log_tcp_complete";
//   absl::StatusOr<tstat::LogReader> log = tstat::LogReader::Open(path);
//   if (!log.ok()) return log.status();
//   while (true) {
//     absl::StatusOr<bool> has_row = log->Next();
//     if (!has_row.ok()) return has_row.status();
//     if (!*has_row) break;                          // nothing more for now: call again later
//     Use(log->row());
//   }
//
// What the text does not tell stays as it is printed: docs/exports.md says where a 0 may be the
// absence of a value.
#ifndef TSTAT_LOG_READER_H_
#define TSTAT_LOG_READER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tstat/export.h"
#include "tstat/schema.h"
#include "tstat/table_row.h"

namespace tstat::inline v1 {

// Something in a log that is no row. Reading goes on behind it.
struct LogProblem {
  enum class Kind : uint8_t {
    kWrongCellCount,  // a row with more or fewer cells than the header line has names
    kRepeatedHeader,  // a header line like the one before
    kNoHeader,        // a row before any header line, in a log that has one
    kLineTooLong,
    kBadCell,  // a cell that is nothing of its column's type: the row comes without it
  };
  Kind kind = Kind::kWrongCellCount;
  uint64_t line = 0;    // from 1
  size_t cells = 0;     // of the line; kWrongCellCount
  std::string message;  // "PATH:LINE: 129 cells where the header line has 130"
};

// Where a reader stands: what has to be kept to go on in another process.
struct LogPosition {
  uint64_t offset = 0;         // of the first byte that was not taken, in the uncompressed log
  uint64_t line = 0;           // lines before it
  uint64_t header_offset = 0;  // of the header lines that hold there
  uint64_t inode = 0;          // of the file; 0: any
};

struct LogReaderOptions {
  // Which log the file is; nullopt: by its name, as log_tcp_complete or log_tcp_complete.gz.
  std::optional<Log> log = std::nullopt;
  // Where to begin. FailedPrecondition, by Open, if the file is another one than that of the inode,
  // or shorter.
  LogPosition start = {};
  size_t max_line_bytes = size_t{1} << 20;  // longer lines are left out
  bool values = true;                       // false: TableRow::values are all absent
  // Whether this column's values are read; those of others may be absent, and what is wrong in
  // their cells is not told. Null: all.
  std::function<bool(const RowTable& table, size_t column)> needs_column = nullptr;
  std::function<void(const LogProblem& problem)> on_problem = nullptr;
};

struct LogReaderCounters {
  uint64_t rows = 0;
  uint64_t wrong_cell_counts = 0, repeated_headers = 0, rows_without_header = 0;
  uint64_t long_lines = 0, bad_cells = 0;
};

// Not thread-safe.
class TSTAT_EXPORT LogReader {
 public:
  // Errors name the file: NotFound, PermissionDenied ... of the system; InvalidArgument when no log
  // has its name.
  static absl::StatusOr<LogReader> Open(const std::string& path,
                                        const LogReaderOptions& options = {});
  ~LogReader();
  LogReader(LogReader&& other) noexcept;
  LogReader& operator=(LogReader&& other) noexcept;

  // What is done with a last line that has no newline.
  enum class LastLine : uint8_t {
    kWait,  // it may go on: it is taken when its newline has come
    kTake,  // the log is complete
  };
  // Reads the next row. False: there is none yet; what is appended to the file meanwhile is found
  // by a later call. Errors: of the system; DataLoss for what is no gzip any more;
  // FailedPrecondition for a file that was cut.
  absl::StatusOr<bool> Next(LastLine last_line = LastLine::kWait);
  // The row that Next read, with its cells; valid until the next call. REQUIRES: Next gave true.
  [[nodiscard]] const TableRow& row() const;
  // Its line in the file, from 1.
  [[nodiscard]] uint64_t line() const;

  // Behind the last row that Next gave (and what was left out before it).
  [[nodiscard]] LogPosition position() const;
  [[nodiscard]] const LogReaderCounters& counters() const;
  // When Next gave false: behind position() is part of a line.
  [[nodiscard]] bool has_open_line() const;
  // Likewise: the compressed file ends in the middle. It was cut, or is being written.
  [[nodiscard]] bool is_cut() const;

 private:
  class TSTAT_NO_EXPORT Impl;
  explicit LogReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_LOG_READER_H_
