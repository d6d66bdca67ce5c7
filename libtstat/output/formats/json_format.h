// SPDX-License-Identifier: BSD-3-Clause
//
// JSON lines (docs/exports.md): {"log":"log_tcp_complete","flow":12,"c_ip":"10.0.0.1",...}
#ifndef TSTAT_OUTPUT_FORMATS_JSON_FORMAT_H_
#define TSTAT_OUTPUT_FORMATS_JSON_FORMAT_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "output/formats/format.h"

namespace tstat::internal {

// Those of ExportSelection; codes: numbers (the default), or their names.
inline constexpr std::string_view kJsonOptions[] = {"logs", "columns", "codes"};
absl::StatusOr<std::unique_ptr<ExportFormat>> MakeJsonFormat(const ExportDefaults& defaults,
                                                             ExportOptions* options);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_JSON_FORMAT_H_
