// SPDX-License-Identifier: BSD-3-Clause
//
// Tables of ClickHouse for kinds of rows (docs/clickhouse.md): the types of their columns, and the
// statements that make them, in two dialects.
//
//   ClickHouseTable table = ClickHouseTableOf(selection, tcp_complete);
//   const std::string first = table.columns[0].name;  // "time"; then day, probe, run, row, ...
//   ClickHouseDdlOptions options = {.database = "d", .cluster = "c"};
//   const std::string sql = CreateStatements(table, options);
#ifndef TSTAT_OUTPUT_FORMATS_CLICKHOUSE_SCHEMA_H_
#define TSTAT_OUTPUT_FORMATS_CLICKHOUSE_SCHEMA_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output/formats/export_selection.h"
#include "tstat/table_row.h"

namespace tstat::internal {

enum class ClickHouseDialect : uint8_t {
  kPresent,  // 20.8 and later: DateTime64, IPv6, LowCardinality, codecs, TTL
  kOld,      // 18.16, of Debian 12: times as Int64 of nanoseconds, addresses as FixedString(16)
};

// How a value is written. Both dialects have the same bytes.
enum class ClickHouseType : uint8_t {
  kUInt8,
  kUInt16,
  kUInt32,
  kUInt64,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kFloat64,
  kString,
  kAddress,  // 16 bytes; of IPv4, ::ffff:a.b.c.d
  kTime,     // nanoseconds since the Unix epoch, of 8 bytes
  kDay,      // days since then, of 2 bytes
};

// What there is to know of each.
struct ClickHouseTypeInfo {
  std::string_view present, old;  // names, by dialect
  uint8_t size = 0;               // of a value, in bytes; 0: any
  bool is_signed = false;         // of integers
};
// By ClickHouseType.
inline constexpr ClickHouseTypeInfo kClickHouseTypes[] = {
    {"UInt8", "UInt8", 1},
    {"UInt16", "UInt16", 2},
    {"UInt32", "UInt32", 4},
    {"UInt64", "UInt64", 8},
    {"Int8", "Int8", 1, true},
    {"Int16", "Int16", 2, true},
    {"Int32", "Int32", 4, true},
    {"Int64", "Int64", 8, true},
    {"Float64", "Float64", 8},
    {"String", "String"},
    {"IPv6", "FixedString(16)", 16},
    {"DateTime64(9, 'UTC')", "Int64", 8},
    {"Date", "Date", 2},
};
constexpr const ClickHouseTypeInfo& InfoOf(ClickHouseType type) {
  return kClickHouseTypes[static_cast<size_t>(type)];
}

// What a row has beside the values of its table.
enum class RowKey : uint8_t {
  kTime,   // the first time that the row has; else 0
  kDay,    // of that time, in UTC: partitions
  kProbe,  // the measuring point
  kRun,    // a number for each start of the program
  kRow,    // of the row in its run and table, from 0
  kFlow,   // TableRow::flow_number
  kLabel,  // TableRow::label
};

struct ClickHouseColumn {
  std::string name;
  ClickHouseType type = ClickHouseType::kUInt64;
  bool is_nullable = false;
  bool is_repetitive = false;  // few different texts: LowCardinality
  std::optional<RowKey> key;   // else:
  size_t index = 0;            // the place in RowTable::columns
  std::string comment;
};

struct ClickHouseTable {
  std::string name;
  std::vector<ClickHouseColumn> columns;
  std::vector<size_t> times;  // places of what may be its time, in RowTable::columns
};
// REQUIRES: selection.Has(table)
ClickHouseTable ClickHouseTableOf(const ExportSelection& selection, const RowTable& table);

struct ClickHouseDdlOptions {
  ClickHouseDialect dialect = ClickHouseDialect::kPresent;
  std::string database = {};  // empty: that of the connection
  // Replicated tables NAME_local on all its servers, and tables NAME that spread rows over them.
  // REQUIRES: with a database
  std::string cluster = {};
  int ttl_days = 0;  // rows go by themselves; of the present dialect
};
// Statements, each with ";" and a newline at its end. Rows that come twice become one when parts
// are merged, and at once with FINAL.
std::string CreateStatements(const ClickHouseTable& table, const ClickHouseDdlOptions& options);

// "INSERT INTO `tcp_complete` (`time`, ...) FORMAT RowBinary\n"
std::string InsertStatement(const ClickHouseTable& table, std::string_view database,
                            std::string_view format);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_CLICKHOUSE_SCHEMA_H_
