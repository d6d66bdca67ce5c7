// SPDX-License-Identifier: BSD-3-Clause
//
// The tables that Python has, by its names for them.
#ifndef TSTAT_BINDINGS_PYTHON_TABLE_NAMES_H_
#define TSTAT_BINDINGS_PYTHON_TABLE_NAMES_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tstat/options.h"
#include "tstat/table_row.h"

namespace tstat::python {

struct TableName {
  std::string_view name;    // "tcp"
  std::string_view tables;  // of RowTables(), with a blank between: their rows are in it
};

// Those that a table of Python's is made of: more than one have all columns of all of them.
[[nodiscard]] std::span<const TableName> TableNames();
// Empty: no table has this name.
[[nodiscard]] std::vector<const RowTable*> TablesOf(std::string_view name);
[[nodiscard]] bool IsInProfile(std::string_view name, const CompatProfile& profile);

// A column of a table of Python's.
struct TableColumn {
  const RowColumn* column = nullptr;
  std::string name;                     // unique in the table
  std::vector<const RowTable*> tables;  // that have it
};
// Those that are values, in the order of the tables.
[[nodiscard]] std::vector<TableColumn> ColumnsOf(std::string_view name);

}  // namespace tstat::python

#endif  // TSTAT_BINDINGS_PYTHON_TABLE_NAMES_H_
