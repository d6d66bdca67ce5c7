// SPDX-License-Identifier: BSD-3-Clause
//
// What pictures on pages have that the original's lack: the unit at the axis, gaps where nothing is
// known, and, if asked for, counts per second in place of counts per interval.
#ifndef TSTAT_RRD_CGI_PAGE_PICTURE_H_
#define TSTAT_RRD_CGI_PAGE_PICTURE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "tstat-rrd-cgi/graph_command.h"

namespace tstat::viewer {

// What the numbers at the axis are.
struct AxisUnit {
  std::string text;       // "bit/s", "packets / 5 min"; empty: not known
  bool is_count = false;  // of each interval, so that it has a rate
};
// `interval`: seconds between two values of the databases; 0: not known.
[[nodiscard]] AxisUnit UnitOfAxis(std::string_view histogram, std::string_view graph_template,
                                  int64_t interval, bool per_second);

// Divides what the graph shows by the interval, if it shows counts and `query.per_second` is set.
void ShowPerSecond(const Query& query, int64_t interval, Graph& graph);

// For pictures with the colours of pages, of queries with a template. Numbers of such a graph are
// those of its picture.
void FitToPage(const Query& query, int64_t interval, Graph& graph);

// Seconds of an interval of the trace's databases; 0: none of them can be read.
[[nodiscard]] int64_t IntervalOf(const Trace& trace, const DatabaseReader& reader, int64_t last);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_PAGE_PICTURE_H_
