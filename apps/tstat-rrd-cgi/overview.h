// SPDX-License-Identifier: BSD-3-Clause
//
// The first page of a trace: how it is, what it sees now, and pictures of what most people look
// for.
#ifndef TSTAT_RRD_CGI_OVERVIEW_H_
#define TSTAT_RRD_CGI_OVERVIEW_H_

#include <optional>
#include <string>
#include <string_view>

#include "tstat-rrd-cgi/page_model.h"
#include "tstat-rrd-cgi/view_state.h"

namespace tstat::viewer {

// Adds `overview`: {trace, href, spans: [{text, href, current}], health, figures, services, cards:
// [{title, about, href, picture}], last_update}, and `unusable` where databases of cards cannot be
// read; nothing if none of the trace's databases can. health.h and figures.h have their parts.
void AddOverview(const ViewState& state, const PageContext& context, Json& model);

// The same for a trace in the state of a request that named none.
[[nodiscard]] std::optional<ViewState> StateOf(const std::string& name, const ViewState& state,
                                               const PageContext& context);

// The picture of a card: with the template, or "idx" or "prc" where its databases are missing; in
// both directions, or in the first one that can be drawn. Nothing if none can.
struct CardGraph {
  Query query;
  Graph graph;
};
[[nodiscard]] std::optional<CardGraph> FindCardGraph(std::string_view metric,
                                                     std::string_view graph_template,
                                                     const std::string& span, const Trace& trace,
                                                     const DatabaseReader& reader);
// The page with that graph over all time spans.
[[nodiscard]] std::string BigGraphLink(const Query& query, std::string_view script);

// What a request for no metric is shown over: its own duration, or a week.
[[nodiscard]] std::string SpanOf(const Query& query);

// [{text, href, current}]: pages with these parameters over each of the usual spans.
[[nodiscard]] Json SpanLinks(const Json& parameters, std::string_view span,
                             std::string_view script);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_OVERVIEW_H_
