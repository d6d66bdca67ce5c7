// SPDX-License-Identifier: BSD-3-Clause
//
// The file that says what goes into RRD databases (-R).
//
//   absl::StatusOr<RrdConfig> config = ReadRrdConfig("rrd.conf", global, l3);
//   if (!config.ok()) ...                  // the reference's text
//   config->SelectIn(&selection);          // what it names is collected, too
//
// A directive a line, separated by spaces: a histogram, then any of
//   avg min max var stdev hit    idx:V,V,...[,other]    prc:P,P,...
// Lines with a '#' anywhere are ignored.
#ifndef TSTAT_CONFIG_RRD_CONFIG_H_
#define TSTAT_CONFIG_RRD_CONFIG_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat/histogram.h"

namespace tstat::internal {

// What is stored of one histogram.
struct RrdDirective {
  static constexpr size_t kMaxValues = 256;  // of a list

  std::string histogram;
  size_t id = 0;  // in the order of definition
  bool hit = false, avg = false, min = false, max = false, var = false, stdev = false;
  std::vector<double> percentiles;
  std::vector<int> indexes;
  bool other = false;
};

struct RrdConfig {
  std::vector<RrdDirective> directives;  // latest definition first: the order of updates

  void SelectIn(HistogramSelection* selection) const;
};

// `name` stands in the messages; `global`, `l3`: whether the histograms of -g and of the 3.3
// profile are known. Errors: InvalidArgument "rrdtool: ...".
absl::StatusOr<RrdConfig> ParseRrdConfig(std::string_view text, std::string_view name, bool global,
                                         bool l3);
// Errors also: those of ReadTextFile.
absl::StatusOr<RrdConfig> ReadRrdConfig(const std::string& path, bool global, bool l3);

}  // namespace tstat::internal

#endif  // TSTAT_CONFIG_RRD_CONFIG_H_
