// SPDX-License-Identifier: BSD-3-Clause
//
// Rows for Parquet files (docs/parquet.md): a section of each batch for each table, typed by the
// schema (destinations/typed_rows.h). The destination makes files of them
// (destinations/parquet_destination.h).
#ifndef TSTAT_OUTPUT_FORMATS_PARQUET_FORMAT_H_
#define TSTAT_OUTPUT_FORMATS_PARQUET_FORMAT_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "output/formats/format.h"

namespace tstat::internal {

// Those of ExportSelection.
inline constexpr std::string_view kParquetOptions[] = {"logs", "columns"};
// InvalidArgument also where the rows are not those of logs.
absl::StatusOr<std::unique_ptr<ExportFormat>> MakeParquetFormat(const ExportDefaults& defaults,
                                                                ExportOptions* options);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_PARQUET_FORMAT_H_
