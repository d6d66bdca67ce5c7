// SPDX-License-Identifier: BSD-3-Clause
//
// The numbers of a graph, for programs.
#ifndef TSTAT_RRD_CGI_GRAPH_DATA_H_
#define TSTAT_RRD_CGI_GRAPH_DATA_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat-rrd-cgi/graph_command.h"
#include "tstat-rrd-cgi/picture.h"
#include "tstat-rrd-cgi/query.h"

namespace tstat::viewer {

// Values at the end of each step, in the order of the series: row i is at start + i * step. What
// librrd does not know is NaN. Values below the axis are negative, as they are drawn.
struct GraphData {
  int64_t start = 0, step = 0;       // Unix time, seconds
  std::vector<std::string> series;   // labels; those below the axis say whose they are
  std::vector<std::string> parts;    // ends of the databases' names: "idx1500", "stdev"
  std::vector<std::string> colours;  // "#A0522D"
  std::vector<double> values;        // rows * series
  [[nodiscard]] size_t rows() const { return series.empty() ? 0 : values.size() / series.size(); }
};

// What is asked for, in place of the span of the graph: Unix time, rows at most (10 or more), and
// the shortest step in seconds.
struct DataSpan {
  int64_t start = 0, end = 0;
  int64_t most_rows = 400;
  int64_t step = 1;
};

// Over the span of the graph, with at most as many rows as a picture of it can show, or over
// another one. A picture draws what is not known as 0; here it stays unknown. INTERNAL with
// librrd's message, which is for the log.
[[nodiscard]] absl::StatusOr<GraphData> DataOf(const Query& query, const Graph& graph,
                                               const DataSpan* span = nullptr);

// With so many rows at most: each is the mean of some that follow each other, as far as they are
// known.
[[nodiscard]] GraphData Thinned(const GraphData& data, size_t most_rows);

// A line with the names, then one for each row: seconds and values, nothing for what is not known.
[[nodiscard]] std::string CsvOf(const GraphData& data);
// {"start", "step", "series": [{"name", "values": [number or null]}]}. With the area of a picture
// what lays them over it, too: "plot", "clock" ([[from this time on, seconds that local time is
// ahead of UTC]]), the "unit" of its axis, and a "colour" of each series.
[[nodiscard]] std::string JsonOf(const GraphData& data, const PlotArea* area = nullptr,
                                 std::string_view unit = "");

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_GRAPH_DATA_H_
