// SPDX-License-Identifier: BSD-3-Clause
//
// The value of one column of a record, by the column's name.
#ifndef TSTAT_TESTS_SCHEMA_VALUES_H_
#define TSTAT_TESTS_SCHEMA_VALUES_H_

#include <gtest/gtest.h>

#include <string_view>

#include "tstat/schema.h"

namespace tstat::internal {

template <typename Record>
Value ValueOf(const LogTable<Record>& table, std::string_view name, const Record& record) {
  for (const auto& column : table.columns()) {
    if (column.info.Name() == name) return column.read(record);
  }
  ADD_FAILURE() << "no column " << name;
  return {};
}

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_SCHEMA_VALUES_H_
