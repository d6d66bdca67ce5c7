// SPDX-License-Identifier: BSD-3-Clause
//
// Which rows and columns an export has: `logs=tcp,udp&columns=default`.
//
//   absl::StatusOr<ExportSelection> selection = ExportSelection::Take(defaults, &options);
//   if (selection->Has(*row.table)) for (size_t i : selection->ColumnsOf(*row.table)) ...
#ifndef TSTAT_OUTPUT_FORMATS_EXPORT_SELECTION_H_
#define TSTAT_OUTPUT_FORMATS_EXPORT_SELECTION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "output/formats/export_options.h"
#include "schema/row_tables.h"
#include "tstat/event_mask.h"
#include "tstat/options.h"
#include "tstat/schema.h"
#include "tstat/table_row.h"
#include "tstat/text_logs.h"

namespace tstat::internal {

// What holds where an export says nothing.
struct ExportDefaults {
  CompatProfile profile = {};       // columns, and which logs there are
  bool of_logs = false;             // instead: what any version's logs have
  LogSet logs = DefaultTextLogs();  // those whose text logs are on
  LogLevels levels = {};            // column sets of the text logs
  bool has_labels = false;          // ports have names: a further column, kLabelColumn
  uint32_t ipfix_pen = 32473;       // enterprise number of elements (RFC 5612: documentation)
};

// Of rows with ports, behind all others: TableRow::label.
inline constexpr std::string_view kLabelColumn = "label";

class ExportSelection {
 public:
  // The tables of the logs of `defaults`, with the columns of their text.
  explicit ExportSelection(const ExportDefaults& defaults = {});

  // By the options, which are taken:
  //
  //   logs     all, or a list: names of logs ("log_tcp_complete"), short ("tcp_complete", "tcp"),
  //   of
  //            tables ("http_request"), tls, dns_resolution, histogram, histogram_network
  //   columns  default: those of the text logs; all: of the profile; or a list of names; each
  //            must be in a table that is selected, and tables without any are left out
  //
  // InvalidArgument names what is not known, and what is.
  static absl::StatusOr<ExportSelection> Take(const ExportDefaults& defaults,
                                              ExportOptions* options);
  // Only the option `logs`: of formats that have columns of their own.
  static absl::StatusOr<ExportSelection> TakeLogs(const ExportDefaults& defaults,
                                                  ExportOptions* options);

  [[nodiscard]] bool Has(const RowTable& table) const { return tables_[table.index]; }
  // Places in table.columns, in the order that they are to be written in: that of the table, or of
  // the list.
  [[nodiscard]] const std::vector<size_t>& ColumnsOf(const RowTable& table) const {
    return columns_[table.index];
  }
  // Default columns that the log of a row does not have are no columns of the row, unless the form
  // needs the same ones for all.
  [[nodiscard]] bool follows_logs() const { return follows_logs_; }
  // Rows of this table have a label as their last column.
  [[nodiscard]] bool HasLabel(const RowTable& table) const { return labelled_[table.index]; }
  // The column is one of ColumnsOf, or the label is made of it.
  [[nodiscard]] bool Needs(const RowTable& table, size_t column) const;
  [[nodiscard]] size_t table_count() const;
  // The events that give the rows.
  [[nodiscard]] EventMask events() const;
  [[nodiscard]] const ExportDefaults& defaults() const { return defaults_; }

 private:
  absl::Status SelectTables(std::string_view list);
  absl::Status SelectColumns(std::string_view list);
  [[nodiscard]] bool IsIn(const Presence& presence) const {
    return defaults_.of_logs || presence.In(defaults_.profile);
  }
  [[nodiscard]] bool HasRows(const RowTable& table) const {
    return IsIn(table.presence) && (table.text_log.has_value() || !defaults_.of_logs);
  }
  [[nodiscard]] std::vector<size_t> DefaultColumnsOf(const RowTable& table) const;
  [[nodiscard]] std::vector<size_t> AllColumnsOf(const RowTable& table) const;

  ExportDefaults defaults_;
  bool follows_logs_ = false;
  std::vector<bool> tables_;                  // by RowTable::index
  std::vector<std::vector<size_t>> columns_;  // likewise
  std::vector<bool> labelled_;                // likewise
};

// "tcp" of "log_tcp_complete": what `logs` takes for a table's log, beside its other names.
std::string_view ShortNameOf(const RowTable& table);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_EXPORT_SELECTION_H_
