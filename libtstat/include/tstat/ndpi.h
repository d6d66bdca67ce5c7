// SPDX-License-Identifier: BSD-3-Clause
//
// Whether libndpi can look at flows, too (AnalyzerOptions::ndpi, docs/ndpi.md). It is loaded when
// it is asked for; nothing else needs it.
//
//   if (absl::Status status = tstat::NdpiStatus(); !status.ok()) return status;
//   options.ndpi = options.profile.ndpi_column = true;
#ifndef TSTAT_NDPI_H_
#define TSTAT_NDPI_H_

#include "absl/status/status.h"
#include "tstat/export.h"

namespace tstat::inline v1 {

// Unavailable, with the reason, where libndpi is not installed, or is of a version whose interface
// is another one.
[[nodiscard]] TSTAT_EXPORT absl::Status NdpiStatus();

}  // namespace tstat::inline v1

#endif  // TSTAT_NDPI_H_
