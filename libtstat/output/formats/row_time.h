// SPDX-License-Identifier: BSD-3-Clause
//
// The time of a row, of formats that put rows where their time is: partitions by day or hour.
#ifndef TSTAT_OUTPUT_FORMATS_ROW_TIME_H_
#define TSTAT_OUTPUT_FORMATS_ROW_TIME_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "tstat/table_row.h"
#include "tstat/value.h"

namespace tstat::internal {

// The first time that the row has in these columns, in nanoseconds since the Unix epoch; nothing
// where it has none.
inline std::optional<int64_t> FirstTime(std::span<const size_t> columns, const TableRow& row) {
  std::optional<int64_t> first;
  for (const size_t i : columns) {
    if (row.values[i].kind() != Value::Kind::kTimestamp) continue;
    const int64_t time = row.values[i].timestamp().nanoseconds();
    if (!first.has_value() || time < *first) first = time;
  }
  return first;
}

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_ROW_TIME_H_
