// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/parquet_writer.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace tstat::internal {
namespace {

struct StoredType {
  const char* name;
  DuckDbType type;
};
// By TypedKind.
constexpr StoredType kStoredTypes[] = {
    {"UTINYINT", DuckDbType::kUTinyInt}, {"USMALLINT", DuckDbType::kUSmallInt},
    {"UINTEGER", DuckDbType::kUInteger}, {"UBIGINT", DuckDbType::kUBigInt},
    {"TINYINT", DuckDbType::kTinyInt},   {"SMALLINT", DuckDbType::kSmallInt},
    {"INTEGER", DuckDbType::kInteger},   {"BIGINT", DuckDbType::kBigInt},
    {"DOUBLE", DuckDbType::kDouble},     {"BOOLEAN", DuckDbType::kBoolean},
    {"VARCHAR", DuckDbType::kVarchar},   {"TIMESTAMP_NS", DuckDbType::kTimestampNs},
};
static_assert(std::size(kStoredTypes) == kTypedKinds);

const StoredType& StoredTypeOf(TypedKind kind) { return kStoredTypes[static_cast<size_t>(kind)]; }

// Settings of the database: its memory, no threads of its own, nothing fetched from a network.
constexpr std::pair<const char*, const char*> kDuckDbSettings[] = {
    {"threads", "1"},
    {"memory_limit", "1GB"},
    {"autoinstall_known_extensions", "false"},
    {"autoload_known_extensions", "false"},
    {"allow_community_extensions", "false"},
};

std::string SqlName(const std::string& name) {
  return absl::StrCat("\"", absl::StrReplaceAll(name, {{"\"", "\"\""}}), "\"");
}
std::string SqlText(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "''"}}), "'");
}

// Vectors of some rows, on their way into a table.
class RowVectors {
 public:
  RowVectors(const DuckDbFunctions& duckdb, const TypedTable& table)
      : duckdb_(duckdb), size_(duckdb.vector_size()) {
    std::vector<DuckDbLogicalType> types;
    for (const TypedColumn& column : table.columns) {
      types.push_back(duckdb.create_logical_type(StoredTypeOf(column.kind).type));
      columns_.push_back({.kind = column.kind});
    }
    chunk_ = duckdb.create_data_chunk(types.data(), types.size());
    for (DuckDbLogicalType& type : types) duckdb.destroy_logical_type(&type);
    Begin();
  }
  ~RowVectors() { duckdb_.destroy_data_chunk(&chunk_); }
  RowVectors(const RowVectors&) = delete;
  RowVectors& operator=(const RowVectors&) = delete;

  // False: it is no row of the table. REQUIRES: !is_full()
  bool Add(std::string_view row) {
    TypedRowReader reader(row, columns_.size());
    for (size_t i = 0; i < columns_.size(); ++i) {
      Column& column = columns_[i];
      if (reader.Has(i)) {
        Store(column, reader);
      } else {
        column.validity[rows_ / 64] &= ~(uint64_t{1} << rows_ % 64);
      }
    }
    ++rows_;
    return reader.is_good() && reader.at_end();
  }
  [[nodiscard]] bool is_full() const { return rows_ == size_; }
  [[nodiscard]] bool empty() const { return rows_ == 0; }

  DuckDbState AppendTo(DuckDbAppender appender) {
    duckdb_.data_chunk_set_size(chunk_, rows_);
    const DuckDbState state = duckdb_.append_data_chunk(appender, chunk_);
    duckdb_.data_chunk_reset(chunk_);
    Begin();
    return state;
  }

 private:
  struct Column {
    TypedKind kind;
    DuckDbVector vector = nullptr;
    void* data = nullptr;
    uint64_t* validity = nullptr;
  };

  void Begin() {
    rows_ = 0;
    for (size_t i = 0; i < columns_.size(); ++i) {
      Column& column = columns_[i];
      column.vector = duckdb_.data_chunk_get_vector(chunk_, i);
      duckdb_.vector_ensure_validity_writable(column.vector);
      column.data = duckdb_.vector_get_data(column.vector);
      column.validity = duckdb_.vector_get_validity(column.vector);
      std::fill_n(column.validity, (size_ + 63) / 64, ~uint64_t{0});
    }
  }

  // What a column can hold: never another number modulo its size.
  template <typename Number>
  void StoreUnsigned(const Column& column, uint64_t number) {
    static_cast<Number*>(column.data)[rows_] =
        static_cast<Number>(std::min<uint64_t>(number, std::numeric_limits<Number>::max()));
  }
  template <typename Number>
  void StoreSigned(const Column& column, int64_t number) {
    static_cast<Number*>(column.data)[rows_] = static_cast<Number>(std::clamp<int64_t>(
        number, std::numeric_limits<Number>::min(), std::numeric_limits<Number>::max()));
  }

  void Store(const Column& column, TypedRowReader& reader) {
    switch (column.kind) {
      case TypedKind::kUInt8:
        return StoreUnsigned<uint8_t>(column, reader.Unsigned());
      case TypedKind::kUInt16:
        return StoreUnsigned<uint16_t>(column, reader.Unsigned());
      case TypedKind::kUInt32:
        return StoreUnsigned<uint32_t>(column, reader.Unsigned());
      case TypedKind::kUInt64:
        return StoreUnsigned<uint64_t>(column, reader.Unsigned());
      case TypedKind::kInt8:
        return StoreSigned<int8_t>(column, reader.Signed());
      case TypedKind::kInt16:
        return StoreSigned<int16_t>(column, reader.Signed());
      case TypedKind::kInt32:
        return StoreSigned<int32_t>(column, reader.Signed());
      case TypedKind::kInt64:
        return StoreSigned<int64_t>(column, reader.Signed());
      case TypedKind::kReal:
        static_cast<double*>(column.data)[rows_] = reader.Bytes8<double>();
        return;
      case TypedKind::kBoolean:
        static_cast<bool*>(column.data)[rows_] = reader.Unsigned() != 0;
        return;
      case TypedKind::kTime:
        static_cast<int64_t*>(column.data)[rows_] = reader.Bytes8<int64_t>();
        return;
      case TypedKind::kText: {
        const std::string_view text = reader.Text();
        duckdb_.vector_assign_string_element_len(column.vector, rows_, text.data(), text.size());
        return;
      }
    }
  }

  const DuckDbFunctions& duckdb_;
  const size_t size_;
  std::vector<Column> columns_;
  DuckDbChunk chunk_ = nullptr;
  size_t rows_ = 0;
};

}  // namespace

absl::Status ParquetWriter::Open() {
  if (connection_ != nullptr) return absl::OkStatus();
  DuckDbConfig config = nullptr;
  if (duckdb_.create_config(&config) != DuckDbState::kSuccess) {
    return absl::InternalError("DuckDB: no settings can be made");
  }
  // One that a version does not know is its default there.
  for (const auto& [name, value] : kDuckDbSettings) (void)duckdb_.set_config(config, name, value);
  char* error = nullptr;
  DuckDbState state = duckdb_.open_ext(nullptr, &database_, config, &error);
  duckdb_.destroy_config(&config);
  if (state == DuckDbState::kSuccess) state = duckdb_.connect(database_, &connection_);
  absl::Status status;
  if (state != DuckDbState::kSuccess) {
    status = absl::InternalError(absl::StrCat("DuckDB: ", error != nullptr ? error : "no session"));
    Close();
  }
  if (error != nullptr) duckdb_.free(error);
  return status;
}

void ParquetWriter::Close() {
  if (connection_ != nullptr) duckdb_.disconnect(&connection_);
  if (database_ != nullptr) duckdb_.close(&database_);
  connection_ = nullptr;
  database_ = nullptr;
}

absl::Status ParquetWriter::Run(const std::string& statement) {
  DuckDbResult result;
  absl::Status status;
  if (duckdb_.query(connection_, statement.c_str(), &result) != DuckDbState::kSuccess) {
    const char* const error = duckdb_.result_error(&result);
    status = absl::UnavailableError(
        absl::StrCat("DuckDB: ", error != nullptr ? error : "a statement failed"));
  }
  duckdb_.destroy_result(&result);
  return status;
}

absl::Status ParquetWriter::Append(const TypedTable& table,
                                   std::span<const std::string_view> rows) {
  DuckDbAppender appender = nullptr;
  absl::Status status;
  const auto note = [&](DuckDbState state) {
    if (state == DuckDbState::kSuccess || !status.ok()) return;
    const char* const error = appender == nullptr ? nullptr : duckdb_.appender_error(appender);
    status =
        absl::UnavailableError(absl::StrCat("DuckDB: ", error != nullptr ? error : "no appender"));
  };
  note(duckdb_.appender_create(connection_, nullptr, "flows", &appender));
  if (status.ok()) {
    RowVectors vectors(duckdb_, table);
    for (const std::string_view row : rows) {
      if (!vectors.Add(row)) status = absl::DataLossError("a row is none of its table");
      if (vectors.is_full() && status.ok()) note(vectors.AppendTo(appender));
      if (!status.ok()) break;
    }
    if (status.ok() && !vectors.empty()) note(vectors.AppendTo(appender));
    if (status.ok()) note(duckdb_.appender_close(appender));
  }
  if (appender != nullptr) (void)duckdb_.appender_destroy(&appender);
  return status;
}

absl::Status ParquetWriter::Write(const TypedTable& table, std::span<const std::string_view> rows,
                                  const Constant& constant, const std::string& path) {
  if (absl::Status status = Open(); !status.ok()) return status;
  std::string columns;
  for (const TypedColumn& column : table.columns) {
    absl::StrAppend(&columns, columns.empty() ? "" : ", ", SqlName(column.name), " ",
                    StoredTypeOf(column.kind).name);
  }
  absl::Status status = Run(absl::StrCat("CREATE OR REPLACE TABLE flows (", columns, ")"));
  if (status.ok()) status = Append(table, rows);
  if (status.ok()) {
    status = Run(absl::StrCat("COPY (SELECT *, ", SqlText(constant.second), " AS ",
                              SqlName(constant.first), " FROM flows) TO ", SqlText(path),
                              " (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"));
  }
  const absl::Status dropped = Run("DROP TABLE IF EXISTS flows");
  if (status.ok()) status = dropped;
  // After a mistake, such as a lack of memory, the next try has a database of its own.
  if (!status.ok()) Close();
  return status;
}

}  // namespace tstat::internal
