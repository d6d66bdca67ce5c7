// SPDX-License-Identifier: BSD-3-Clause
//
// InfluxDB line protocol (docs/exports.md), in one of two forms:
//
//   points=roll   the measurements `server` and `client` that the Tstat roll's scripts send: two
//                 points a row of log_tcp_complete, values as the text log prints them
//   points=full   a measurement for each kind of rows, with tags and typed fields
#ifndef TSTAT_OUTPUT_FORMATS_INFLUX_FORMAT_H_
#define TSTAT_OUTPUT_FORMATS_INFLUX_FORMAT_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "output/formats/format.h"

namespace tstat::internal {

// points: roll (the default) or full; with full those of ExportSelection, and tags: a list of
// columns.
inline constexpr std::string_view kInfluxOptions[] = {"points", "logs", "columns", "tags"};
absl::StatusOr<std::unique_ptr<ExportFormat>> MakeInfluxFormat(const ExportDefaults& defaults,
                                                               ExportOptions* options);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_INFLUX_FORMAT_H_
