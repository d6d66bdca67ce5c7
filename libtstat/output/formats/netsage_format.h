// SPDX-License-Identifier: BSD-3-Clause
//
// Messages of the NetSage pipeline: JSON arrays of at most 100 flows, one for each direction of a
// row of log_tcp_complete or log_udp_complete, made of what the text log prints (docs/exports.md).
#ifndef TSTAT_OUTPUT_FORMATS_NETSAGE_FORMAT_H_
#define TSTAT_OUTPUT_FORMATS_NETSAGE_FORMAT_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "output/formats/format.h"

namespace tstat::internal {

// logs: of the two; threshold: MB that a direction must have to be sent, 1000; sensor: the host's
// name; instance: 0.
inline constexpr std::string_view kNetsageOptions[] = {"logs", "threshold", "sensor", "instance"};
absl::StatusOr<std::unique_ptr<ExportFormat>> MakeNetsageFormat(const ExportDefaults& defaults,
                                                                ExportOptions* options);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_NETSAGE_FORMAT_H_
