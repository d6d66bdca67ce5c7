// SPDX-License-Identifier: BSD-3-Clause
//
// Rows without the types of records: what exports write, and what the reader of logs gives
// (tstat/log_reader.h). The tables are those of tstat/schema.h, and some that no text log has: TLS
// handshakes, DNS resolutions, histograms.
//
//   void ShowRow(const tstat::TableRow& row) {
//     for (size_t i = 0; i < row.values.size(); ++i) {
//       if (!row.values[i].is_absent()) Show(row.table->columns[i].name, row.values[i]);
//     }
//   }
#ifndef TSTAT_TABLE_ROW_H_
#define TSTAT_TABLE_ROW_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tstat/event_mask.h"
#include "tstat/export.h"
#include "tstat/options.h"
#include "tstat/schema.h"
#include "tstat/value.h"

namespace tstat::inline v1 {

struct RowColumn {
  ColumnInfo info;
  // The label in the text log where the column is printed, else info.Name(): "c_ip".
  std::string name;
  // A cell of the text that is no value of its own: the letter T of log_chat_complete, ...
  bool only_in_text = false;
  // Another column of this name has the value: never to be shown.
  bool is_repeated = false;
};

// One kind of rows.
struct RowTable {
  size_t index = 0;       // in RowTables()
  std::string_view name;  // "tcp_complete", "tls_handshake"
  // The file that has such rows; of a table without a text log, its name.
  std::string_view log;  // "log_tcp_complete", "tls_handshake"
  std::optional<Log> text_log;
  Event event = Event::kTcpFlow;  // that gives the rows
  Presence presence;              // profiles that have such rows
  std::vector<RowColumn> columns;

  // The place of a column; nullopt: there is none.
  [[nodiscard]] TSTAT_EXPORT std::optional<size_t> Find(std::string_view column_name) const;
};

// All tables: those of the logs in the order of kLogRegistry, then the others.
[[nodiscard]] TSTAT_EXPORT std::span<const RowTable> RowTables();
// Null: no table of this name.
[[nodiscard]] TSTAT_EXPORT const RowTable* FindRowTable(std::string_view name);

// Views what it was made of.
struct TableRow {
  const RowTable* table = nullptr;
  // One for each of table->columns; absent also where the profile, or the log's column sets, do not
  // have the column.
  //
  // Times that the text log prints in ms are, to the nanosecond, what it prints: Tstat rounds a
  // time since the epoch through a double, so that ...218.414 ms becomes ...218.414062. An export
  // of an analysis and one of its logs are thus the same.
  std::span<const Value> values;
  // TcpFlow::flow_number and the like; logs do not have it, but for those of chats.
  std::optional<uint64_t> flow_number;
  // The cells of the text log, one for each column; without data() where it has no such column.
  // Empty as a whole where nobody asked for them.
  std::span<const std::string_view> cells;
  // The name of the row's port, which exports have as a column "label" where ports have names at
  // all (tstat/exports.h). Without data(): the port has none.
  std::string_view label = {};
};

}  // namespace tstat::inline v1

#endif  // TSTAT_TABLE_ROW_H_
