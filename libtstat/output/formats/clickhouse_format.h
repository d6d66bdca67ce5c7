// SPDX-License-Identifier: BSD-3-Clause
//
// Rows for ClickHouse, as bodies of its HTTP interface: a statement that inserts, and the rows of
// one table in RowBinary or TabSeparated (docs/clickhouse.md). A batch has a section for each table
// (destinations/sections.h).
#ifndef TSTAT_OUTPUT_FORMATS_CLICKHOUSE_FORMAT_H_
#define TSTAT_OUTPUT_FORMATS_CLICKHOUSE_FORMAT_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "output/formats/format.h"

namespace tstat::internal {

// Those of ExportSelection; dialect: present or old; database; cluster and ttl_days, of the
// statements that make the tables; encoding: RowBinary or TabSeparated.
inline constexpr std::string_view kClickHouseOptions[] = {
    "logs", "columns", "dialect", "database", "cluster", "ttl_days", "encoding"};
absl::StatusOr<std::unique_ptr<ExportFormat>> MakeClickHouseFormat(const ExportDefaults& defaults,
                                                                   ExportOptions* options);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_CLICKHOUSE_FORMAT_H_
