// SPDX-License-Identifier: BSD-3-Clause
//
// Names of series for programs: TRACE:METRIC:DIRECTION:TEMPLATE:SERIES, "Lab:ip_len:in:idx:1500".
//
//   TRACE      below the data root; it may hold colons itself
//   METRIC     `var` of the pages
//   DIRECTION  both in out loc bothcs c2s s2c, or all: of a metric without directions
//   TEMPLATE   avg stdev hit idx prc normidx
//   SERIES     the end of the database's name: a value or oth (idx, normidx), a percentile (prc),
//              min avg max, avg stdev, hit; or *: all of them
#ifndef TSTAT_RRD_CGI_GRAFANA_TARGETS_H_
#define TSTAT_RRD_CGI_GRAFANA_TARGETS_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tstat-rrd-cgi/query.h"
#include "tstat-rrd-cgi/trace_index.h"

namespace tstat::viewer {

struct Target {
  std::string trace, metric, direction, graph_template, series;

  [[nodiscard]] std::string Text() const;
  // Of the graph that has the series.
  [[nodiscard]] Query ToQuery() const;
};

// Nothing if it is no such name.
[[nodiscard]] std::optional<Target> ParseTarget(std::string_view text);

// Whether the text is a part of the name, without regard to case.
[[nodiscard]] bool HoldsText(std::string_view name, std::string_view text);

// Adds the targets of a trace whose names hold the text, without regard to case, in the order of
// names, until there are `most` of them.
void AddTargets(const Trace& trace, std::string_view text, size_t most,
                std::vector<Target>& targets);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_GRAFANA_TARGETS_H_
