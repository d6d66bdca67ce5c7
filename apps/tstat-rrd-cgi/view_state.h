// SPDX-License-Identifier: BSD-3-Clause
//
// A request seen in the light of what databases there are: the trace, the direction, template and
// time spans that are shown.
#ifndef TSTAT_RRD_CGI_VIEW_STATE_H_
#define TSTAT_RRD_CGI_VIEW_STATE_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat-rrd-cgi/configuration.h"
#include "tstat-rrd-cgi/graph_command.h"
#include "tstat-rrd-cgi/metrics.h"
#include "tstat-rrd-cgi/query.h"
#include "tstat-rrd-cgi/trace_index.h"

namespace tstat::viewer {

struct TimeSpan {
  std::string_view value, text;  // "12h", "Hourly"
};
[[nodiscard]] std::span<const TimeSpan> TimeSpans(bool high_frequency);

struct ViewState {
  Query query;  // with the direction that is shown, and without a template that is not there
  std::vector<std::string> traces;  // that the client may see
  bool trace_exists = false;
  Trace trace;  // without files if it does not exist
  Halves halves;
  std::vector<Direction> directions;
  std::vector<Template> templates;  // that the metric has in this direction, as in the menu
  std::string shown_template;       // of all graphs of the page; empty: there is one of each

  [[nodiscard]] bool is_root() const { return query.dir.empty() && !trace_exists; }
  [[nodiscard]] bool high_frequency() const { return query.hifreq == "true"; }
  [[nodiscard]] bool advanced() const { return query.advopt == "true"; }

  // One query for each graph of the page: with a template, and a duration or a span.
  [[nodiscard]] std::vector<Query> Graphs() const;
};

// UNAVAILABLE if the data root cannot be read; the message is for the server's log.
[[nodiscard]] absl::StatusOr<ViewState> Resolve(const Query& query, const Configuration& settings,
                                                bool trusted);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_VIEW_STATE_H_
