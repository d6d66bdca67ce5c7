// SPDX-License-Identifier: BSD-3-Clause
//
// The file that selects histograms (-H); tstat-histo.conf(5).
//
//   absl::StatusOr<HistogramConfig> config = ReadHistogramConfig("histo.conf", {}, /*l3=*/false);
//   if (!config.ok()) ...              // the reference's text, with the number of the entry
//   options.histograms = std::make_shared<const HistogramSelection>(config->selection);
//
// Entries are a keyword and an argument, anything white between them:
//   include ALL | ADX | NAME    include_matching PART
//   adx_mask M    adx2_mask M    adx2_sample SECONDS    adx3_sample SECONDS
// '#' at the start of a line or after an entry begins a comment.
#ifndef TSTAT_HISTOGRAM_CONFIG_H_
#define TSTAT_HISTOGRAM_CONFIG_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat/export.h"
#include "tstat/histogram.h"

namespace tstat::inline v1 {

struct HistogramConfig {
  HistogramSelection selection;
  std::vector<std::string> warnings;
};

// Adds to `before`, whose `totals` says whether the histograms of -g are known; `l3`: whether those
// of the 3.3 profile are. Errors: InvalidArgument "HISTO: cannot find histogram ...".
TSTAT_EXPORT absl::StatusOr<HistogramConfig> ParseHistogramConfig(std::string_view text,
                                                                  const HistogramSelection& before,
                                                                  bool l3);
// Errors also: those of ReadTextFile. A second line says the place and what is allowed there.
TSTAT_EXPORT absl::StatusOr<HistogramConfig> ReadHistogramConfig(const std::string& path,
                                                                 const HistogramSelection& before,
                                                                 bool l3);

// What -H '?' prints.
[[nodiscard]] TSTAT_EXPORT std::string HistogramListing(bool l3, bool global);

}  // namespace tstat::inline v1

#endif  // TSTAT_HISTOGRAM_CONFIG_H_
