// SPDX-License-Identifier: BSD-3-Clause
//
// Databases of several probes become one: row by row of each archive, by the rule that belongs to
// the statistic in the file's name. Nothing here knows files.
//
//   const std::optional<Rule> rule = RuleOfName("ip_len_out.idx40.rrd");  // kSum
//   const Database merged = Merge(*rule, databases);
#ifndef TSTAT_APPS_TSTAT_RRD_MERGE_MERGE_H_
#define TSTAT_APPS_TSTAT_RRD_MERGE_MERGE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tstat::rrd_merge {

enum class Rule : uint8_t { kSum, kMinimum, kMaximum, kMean };

// Of "HISTOGRAM.STATISTIC.rrd" or "HISTOGRAM/STATISTIC.rrd"; empty: tstat writes no such file.
// Counts (hit, idx...) are added, min and max are those of all, of anything else there is the mean.
std::optional<Rule> RuleOfName(std::string_view path);

// Of the values that are known; NaN, which is "unknown", without any.
double Combine(Rule rule, std::span<const double> values);

struct Archive {
  int64_t steps_per_row = 1;
  double xff = 0.5;            // share of a row that may be unknown
  std::vector<double> values;  // oldest first; NaN: unknown
};

// One data source, and archives of means.
struct Database {
  std::string source;  // its name
  int64_t step_s = 0;
  int64_t heartbeat_s = 0;
  int64_t last_update_s = 0;  // Unix time
  std::vector<Archive> archives;

  // The time at which the last row of an archive ends.
  int64_t EndOf(const Archive& archive) const {
    return last_update_s - last_update_s % (step_s * archive.steps_per_row);
  }
};

// Both have the same source, step and archives (of as many rows).
bool HaveSameLayout(const Database& a, const Database& b);

// `databases`: one or more of the same layout. The result ends with the latest of them; of rows
// that a database does not reach, or no longer, it knows nothing.
Database Merge(Rule rule, std::span<const Database> databases);

}  // namespace tstat::rrd_merge

#endif  // TSTAT_APPS_TSTAT_RRD_MERGE_MERGE_H_
