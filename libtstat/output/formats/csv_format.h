// SPDX-License-Identifier: BSD-3-Clause
//
// CSV (RFC 4180, with newlines as line ends): a header line, then a line a row; absent values are
// empty cells (docs/exports.md). All rows of a stream are of one table.
#ifndef TSTAT_OUTPUT_FORMATS_CSV_FORMAT_H_
#define TSTAT_OUTPUT_FORMATS_CSV_FORMAT_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "output/formats/format.h"

namespace tstat::internal {

// Those of ExportSelection.
inline constexpr std::string_view kCsvOptions[] = {"logs", "columns"};
absl::StatusOr<std::unique_ptr<ExportFormat>> MakeCsvFormat(const ExportDefaults& defaults,
                                                            ExportOptions* options);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_CSV_FORMAT_H_
