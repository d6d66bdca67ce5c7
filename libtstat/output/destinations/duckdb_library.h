// SPDX-License-Identifier: BSD-3-Clause
//
// What is used of DuckDB's C API (libduckdb, 1.1 and later), which is loaded where it is installed:
// Debian has no package of it, and programs that write no Parquet do without. Names and meanings
// are those of DuckDB's documentation.
//
//   absl::StatusOr<const DuckDbFunctions*> duckdb = LoadDuckDb();
//   if (!duckdb.ok()) return duckdb.status();   // how to get it
//   (*duckdb)->open_ext(nullptr, &database, config, &error);
#ifndef TSTAT_OUTPUT_DESTINATIONS_DUCKDB_LIBRARY_H_
#define TSTAT_OUTPUT_DESTINATIONS_DUCKDB_LIBRARY_H_

#include <cstdint>

#include "absl/status/statusor.h"

namespace tstat::internal {

// Handles of the library, one type each so that none is taken for another.
namespace duckdb_handle {
struct Config;
struct Database;
struct Connection;
struct Appender;
struct Chunk;
struct Vector;
struct LogicalType;
}  // namespace duckdb_handle
using DuckDbConfig = duckdb_handle::Config*;
using DuckDbDatabase = duckdb_handle::Database*;
using DuckDbConnection = duckdb_handle::Connection*;
using DuckDbAppender = duckdb_handle::Appender*;
using DuckDbChunk = duckdb_handle::Chunk*;
using DuckDbVector = duckdb_handle::Vector*;
using DuckDbLogicalType = duckdb_handle::LogicalType*;

enum class DuckDbState : int { kSuccess = 0, kError = 1 };

// Types of columns, by their numbers in the library.
enum class DuckDbType : int {
  kBoolean = 1,
  kTinyInt = 2,
  kSmallInt = 3,
  kInteger = 4,
  kBigInt = 5,
  kUTinyInt = 6,
  kUSmallInt = 7,
  kUInteger = 8,
  kUBigInt = 9,
  kDouble = 11,
  kVarchar = 17,
  kTimestampNs = 22,
};

// The answer to a statement: three numbers and three pointers, of which only functions of the
// library know what they are.
struct DuckDbResult {
  uint64_t numbers[3] = {};
  void* pointers[3] = {};
};

struct DuckDbFunctions {
  const char* (*library_version)() = nullptr;
  DuckDbState (*create_config)(DuckDbConfig* config) = nullptr;
  DuckDbState (*set_config)(DuckDbConfig config, const char* name, const char* value) = nullptr;
  void (*destroy_config)(DuckDbConfig* config) = nullptr;
  DuckDbState (*open_ext)(const char* path, DuckDbDatabase* database, DuckDbConfig config,
                          char** error) = nullptr;
  void (*close)(DuckDbDatabase* database) = nullptr;
  DuckDbState (*connect)(DuckDbDatabase database, DuckDbConnection* connection) = nullptr;
  void (*disconnect)(DuckDbConnection* connection) = nullptr;
  void (*free)(void* memory) = nullptr;
  DuckDbState (*query)(DuckDbConnection connection, const char* sql,
                       DuckDbResult* result) = nullptr;
  const char* (*result_error)(DuckDbResult* result) = nullptr;
  void (*destroy_result)(DuckDbResult* result) = nullptr;
  DuckDbState (*appender_create)(DuckDbConnection connection, const char* schema, const char* table,
                                 DuckDbAppender* appender) = nullptr;
  const char* (*appender_error)(DuckDbAppender appender) = nullptr;
  DuckDbState (*appender_close)(DuckDbAppender appender) = nullptr;
  DuckDbState (*appender_destroy)(DuckDbAppender* appender) = nullptr;
  DuckDbState (*append_data_chunk)(DuckDbAppender appender, DuckDbChunk chunk) = nullptr;
  DuckDbLogicalType (*create_logical_type)(DuckDbType type) = nullptr;
  void (*destroy_logical_type)(DuckDbLogicalType* type) = nullptr;
  DuckDbChunk (*create_data_chunk)(DuckDbLogicalType* types, uint64_t count) = nullptr;
  void (*destroy_data_chunk)(DuckDbChunk* chunk) = nullptr;
  void (*data_chunk_reset)(DuckDbChunk chunk) = nullptr;
  DuckDbVector (*data_chunk_get_vector)(DuckDbChunk chunk, uint64_t column) = nullptr;
  void (*data_chunk_set_size)(DuckDbChunk chunk, uint64_t rows) = nullptr;
  uint64_t (*vector_size)() = nullptr;
  void* (*vector_get_data)(DuckDbVector vector) = nullptr;
  void (*vector_ensure_validity_writable)(DuckDbVector vector) = nullptr;
  uint64_t* (*vector_get_validity)(DuckDbVector vector) = nullptr;
  void (*vector_assign_string_element_len)(DuckDbVector vector, uint64_t row, const char* text,
                                           uint64_t length) = nullptr;
};

// The file that TSTAT_DUCKDB_LIBRARY in the environment names, else libduckdb.so where the system
// finds libraries. Loaded once a process. Unimplemented: it is not there, or no such library.
absl::StatusOr<const DuckDbFunctions*> LoadDuckDb();

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_DUCKDB_LIBRARY_H_
