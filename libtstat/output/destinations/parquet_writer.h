// SPDX-License-Identifier: BSD-3-Clause
//
// Typed rows as Parquet files, which DuckDB writes: a database in memory takes the rows in vectors
// and copies them to the file. What it needs at once is bounded by the rows of a file.
//
//   ParquetWriter writer(**LoadDuckDb());
//   absl::Status status = writer.Write(table, rows, {"probe", "border1"}, "dir/.name.part");
#ifndef TSTAT_OUTPUT_DESTINATIONS_PARQUET_WRITER_H_
#define TSTAT_OUTPUT_DESTINATIONS_PARQUET_WRITER_H_

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "output/destinations/duckdb_library.h"
#include "output/destinations/typed_rows.h"

namespace tstat::internal {

class ParquetWriter {
 public:
  explicit ParquetWriter(const DuckDbFunctions& functions) : duckdb_(functions) {}
  ~ParquetWriter() { Close(); }
  ParquetWriter(const ParquetWriter&) = delete;
  ParquetWriter& operator=(const ParquetWriter&) = delete;

  // A column that has the same text in all rows of a file, behind the others.
  using Constant = std::pair<std::string, std::string>;
  // Writes a file anew. DataLoss: a row is none of the table; else what DuckDB says, which may be
  // about the disk.
  absl::Status Write(const TypedTable& table, std::span<const std::string_view> rows,
                     const Constant& constant, const std::string& path);
  // Gives the memory back; Write may come again.
  void Close();

 private:
  absl::Status Open();
  absl::Status Run(const std::string& statement);
  absl::Status Append(const TypedTable& table, std::span<const std::string_view> rows);

  const DuckDbFunctions& duckdb_;
  DuckDbDatabase database_ = nullptr;
  DuckDbConnection connection_ = nullptr;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_PARQUET_WRITER_H_
