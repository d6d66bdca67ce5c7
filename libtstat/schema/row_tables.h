// SPDX-License-Identifier: BSD-3-Clause
//
// Tables without the types of their records (tstat/table_row.h): how rows are read from records,
// and how the text log prints their columns.
//
//   const RowTable& table = RowTableOf(TcpCompleteTable());
//   std::vector<Value> values(table.columns.size());
//   ReadRow(TextOf(TcpCompleteTable()), flow, values.data());
#ifndef TSTAT_SCHEMA_ROW_TABLES_H_
#define TSTAT_SCHEMA_ROW_TABLES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "schema/log_schema.h"
#include "schema/text_column.h"
#include "tstat/options.h"
#include "tstat/schema.h"
#include "tstat/table_row.h"
#include "tstat/value.h"

namespace tstat::internal {

// How the text log prints the columns of a RowTable.
struct RowText {
  TableInfo info;
  std::vector<TextInfo> columns;               // one for each of RowTable::columns
  std::vector<uint8_t> level_bit, absent_bit;  // likewise: of the block that it is in
};
// REQUIRES: one of RowTables().
const RowText& RowTextOf(const RowTable& table);

// Column sets of the text logs.
struct LogLevels {
  uint8_t tcp = tcp_level::kDefault;
  uint8_t video = video_level::kDefault;
  uint8_t udp = udp_level::kDefault;

  uint8_t Of(const TableInfo& info) const {
    if (info.level == LevelKind::kTcp) return tcp;
    if (info.level == LevelKind::kUdp) return udp;
    return info.level == LevelKind::kVideo ? video : 0;
  }
};

// The columns that a row of the text log has, in its order: places in RowTable::columns. Cells that
// repeat another column are among them. Empty: a table without a text log.
std::vector<size_t> PrintedColumns(const RowTable& table, const CompatProfile& profile,
                                   const LogLevels& levels);

// The table of this one's rows. REQUIRES: one of RowTables().
template <typename Record>
const RowTable& RowTableOf(const LogTable<Record>& table) {
  return *FindRowTable(table.info().name);
}

// Reads TableRow::values.
template <typename Record>
void ReadRow(const LogTable<Record>& table, const Record& record, Value* values) {
  for (const ColumnBlock<Record>& block : TextOf(table).blocks) {
    block.read_all(record, values);
    values += block.size;
  }
}

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_ROW_TABLES_H_
