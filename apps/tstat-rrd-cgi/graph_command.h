// SPDX-License-Identifier: BSD-3-Clause
//
// The arguments of librrd's graph function for one picture: what is drawn, in which colours, with
// which labels, limits and span. The same as the original's.
#ifndef TSTAT_RRD_CGI_GRAPH_COMMAND_H_
#define TSTAT_RRD_CGI_GRAPH_COMMAND_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat-rrd-cgi/databases.h"
#include "tstat-rrd-cgi/metrics.h"
#include "tstat-rrd-cgi/query.h"
#include "tstat-rrd-cgi/trace_index.h"

namespace tstat::viewer {

// Kinds of graphs.
struct Template {
  std::string_view name, text;  // "idx", "Specific Values"
};
// In the order of the menu: the first one there is shown.
[[nodiscard]] std::span<const Template> AllTemplates();
// In the order of a page that shows them all.
[[nodiscard]] std::span<const Template> TemplatesOfPage();
[[nodiscard]] std::string_view TemplateText(std::string_view name);
// The parts behind HISTOGRAM.KIND in the names of its databases, for idx and prc: "1500", "oth".
[[nodiscard]] std::vector<std::string> PartsOf(const Trace& trace, std::string_view histogram,
                                               std::string_view kind);
// Whether the databases of a histogram are there.
[[nodiscard]] bool HasTemplate(const Trace& trace, std::string_view histogram,
                               std::string_view name);

// Of one graph, above the axis.
inline constexpr size_t kMaxSeries = 512;

struct Graph {
  std::vector<std::string> arguments;  // the picture file first
  int64_t last = 0;                    // Unix time of the last update: where it ends
  std::vector<std::string> databases;  // paths of what is read
};

// The picture of the query's metric, direction and template, over its duration or its span; none of
// these is empty.
// INVALID_ARGUMENT: nothing is left of the series. RESOURCE_EXHAUSTED: more than kMaxSeries are.
// NOT_FOUND: all databases of a direction are missing.
// FAILED_PRECONDITION: none that is needed can be read.
// Names of files that are missing or no such databases are added to `unusable`, whatever comes of
// it: they are left out, and so is what is on the other side of the axis if it is not there.
[[nodiscard]] absl::StatusOr<Graph> BuildGraph(const Query& query, const Trace& trace,
                                               const DatabaseReader& reader,
                                               std::string_view picture,
                                               std::vector<std::string>* unusable = nullptr);

// "Fri Jul 14 04:32:03 2017": local time, as ctime() has it.
[[nodiscard]] std::string DateText(int64_t time);

// As a user can run it: one quoted argument a line.
[[nodiscard]] std::string ShellText(std::span<const std::string> arguments);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_GRAPH_COMMAND_H_
