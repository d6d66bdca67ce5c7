// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/clickhouse_schema.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "config/absl_text.h"

namespace tstat::internal {
namespace {

// Of 8, 16, 32 or 64 bits; the types of a kind follow each other.
ClickHouseType IntegerOf(ClickHouseType of_8_bits, uint8_t bits) {
  ClickHouseType type = of_8_bits;
  while (InfoOf(type).size * 8 < bits) {
    type = static_cast<ClickHouseType>(static_cast<size_t>(type) + 1);
  }
  return type;
}

ClickHouseType TypeOf(const ColumnType& type) {
  switch (type.kind) {
    case ColumnKind::kUnsigned:
    case ColumnKind::kEnumeration:
    case ColumnKind::kBitSet:
      return IntegerOf(ClickHouseType::kUInt8, type.bits);
    case ColumnKind::kSigned:
      return IntegerOf(ClickHouseType::kInt8, type.bits);
    case ColumnKind::kReal:
      return ClickHouseType::kFloat64;
    case ColumnKind::kBoolean:
      return ClickHouseType::kUInt8;
    case ColumnKind::kText:
      return ClickHouseType::kString;
    case ColumnKind::kAddress:
      return ClickHouseType::kAddress;
    case ColumnKind::kTimestamp:
      return ClickHouseType::kTime;
    case ColumnKind::kDuration:
      return ClickHouseType::kInt64;
  }
  return ClickHouseType::kString;
}

ClickHouseColumn KeyColumn(RowKey key, std::string_view name, ClickHouseType type,
                           std::string_view comment) {
  ClickHouseColumn column;
  column.name = name;
  column.type = type;
  column.key = key;
  column.comment = comment;
  return column;
}

std::string Quoted(std::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(View(text), {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

// Labels may hold what names without quotes may not: `_2:dir`.
std::string Name(std::string_view name) {
  return absl::StrCat("`", absl::StrReplaceAll(View(name), {{"\\", "\\\\"}, {"`", "\\`"}}), "`");
}

std::string TableName(std::string_view database, std::string_view table) {
  return absl::StrCat(database.empty() ? "" : absl::StrCat(Name(database), "."), Name(table));
}

std::string TypeText(const ClickHouseColumn& column, ClickHouseDialect dialect) {
  const bool is_old = dialect == ClickHouseDialect::kOld;
  const ClickHouseTypeInfo& names = InfoOf(column.type);
  std::string text(is_old ? names.old : names.present);
  if (column.is_nullable) text = absl::StrCat("Nullable(", text, ")");
  if (column.is_repetitive && !is_old) text = absl::StrCat("LowCardinality(", text, ")");
  if (is_old) return text;
  if (column.key == RowKey::kRow) return absl::StrCat(text, " CODEC(Delta, ZSTD)");
  return column.type == ClickHouseType::kTime && !column.is_nullable
             ? absl::StrCat(text, " CODEC(DoubleDelta, ZSTD)")
             : text;
}

std::string ColumnLines(const ClickHouseTable& table, ClickHouseDialect dialect) {
  std::string lines;
  for (const ClickHouseColumn& column : table.columns) {
    // Comments come between type and codec; the old dialect has none on columns of new tables.
    std::string type = TypeText(column, dialect);
    if (dialect == ClickHouseDialect::kPresent && !column.comment.empty()) {
      const size_t codec = type.find(" CODEC(");
      const std::string comment = absl::StrCat(" COMMENT ", Quoted(column.comment));
      type.insert(codec == std::string::npos ? type.size() : codec, comment);
    }
    absl::StrAppend(&lines, lines.empty() ? "" : ",\n", "  ", Name(column.name), " ", type);
  }
  return lines;
}

constexpr std::string_view kLocal = "_local";

}  // namespace

ClickHouseTable ClickHouseTableOf(const ExportSelection& selection, const RowTable& table) {
  ClickHouseTable made;
  made.name = table.name;
  made.columns.push_back(
      KeyColumn(RowKey::kTime, "time", ClickHouseType::kTime, "the first time that the row has"));
  made.columns.push_back(KeyColumn(RowKey::kDay, "day", ClickHouseType::kDay, "of that time, UTC"));
  made.columns.push_back(
      KeyColumn(RowKey::kProbe, "probe", ClickHouseType::kString, "measuring point"));
  made.columns.back().is_repetitive = true;
  made.columns.push_back(KeyColumn(RowKey::kRun, "run", ClickHouseType::kUInt64,
                                   "one number for each start of the program"));
  made.columns.push_back(KeyColumn(RowKey::kRow, "row", ClickHouseType::kUInt64,
                                   "number of the row in its run, from 0"));
  made.columns.push_back(
      KeyColumn(RowKey::kFlow, "flow", ClickHouseType::kUInt64, "number of the flow in its run"));
  made.columns.back().is_nullable = true;
  const size_t keys = made.columns.size();
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].info.type.kind == ColumnKind::kTimestamp) made.times.push_back(i);
  }
  for (const size_t i : selection.ColumnsOf(table)) {
    const RowColumn& from = table.columns[i];
    ClickHouseColumn column;
    column.name = from.name;
    // Labels are not unique against the names above.
    for (size_t k = 0; k < keys; ++k) {
      if (made.columns[k].name == column.name) column.name += '_';
    }
    column.type = TypeOf(from.info.type);
    column.is_nullable = from.info.nullable() || from.only_in_text;
    column.index = i;
    column.comment = from.info.description;
    made.columns.push_back(std::move(column));
  }
  if (selection.HasLabel(table)) {
    made.columns.push_back(
        KeyColumn(RowKey::kLabel, kLabelColumn, ClickHouseType::kString, "name of the port"));
    made.columns.back().is_nullable = true;
    made.columns.back().is_repetitive = true;
  }
  return made;
}

std::string CreateStatements(const ClickHouseTable& table, const ClickHouseDdlOptions& options) {
  const bool is_cluster = !options.cluster.empty();
  const std::string on =
      is_cluster ? absl::StrCat(" ON CLUSTER ", Name(options.cluster)) : std::string();
  const std::string stored = absl::StrCat(table.name, is_cluster ? View(kLocal) : "");
  const std::string engine =
      is_cluster ? absl::StrCat("ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/",
                                options.database, "/", stored, "', '{replica}')")
                 : "ReplacingMergeTree()";
  std::string text =
      absl::StrCat("CREATE TABLE IF NOT EXISTS ", TableName(options.database, stored), on, "\n(\n",
                   ColumnLines(table, options.dialect), "\n)\nENGINE = ", engine,
                   "\nPARTITION BY day\nORDER BY (time, probe, run, row)");
  if (options.dialect == ClickHouseDialect::kPresent && options.ttl_days > 0) {
    absl::StrAppend(&text, "\nTTL day + INTERVAL ", options.ttl_days, " DAY");
  }
  absl::StrAppend(&text, ";\n");
  if (is_cluster) {
    // A row that comes again goes to the same shard.
    absl::StrAppend(&text, "CREATE TABLE IF NOT EXISTS ", TableName(options.database, table.name),
                    on, " AS ", TableName(options.database, stored), "\nENGINE = Distributed(",
                    Name(options.cluster), ", ", Quoted(options.database), ", ", Quoted(stored),
                    ", cityHash64(probe, run, row));\n");
  }
  return text;
}

std::string InsertStatement(const ClickHouseTable& table, std::string_view database,
                            std::string_view format) {
  std::string names;
  for (const ClickHouseColumn& column : table.columns) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", Name(column.name));
  }
  return absl::StrCat("INSERT INTO ", TableName(database, table.name), " (", names, ") FORMAT ",
                      View(format), "\n");
}

}  // namespace tstat::internal
