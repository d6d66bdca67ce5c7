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
// [{title, about, href, picture}], last_update, caption}, and `unusable` where databases of cards
// cannot be read; nothing if none of the trace's databases can. health.h and figures.h have their
// parts.
void AddOverview(const ViewState& state, const PageContext& context, Json& model);

// The same for a trace in the state of a request that named none.
[[nodiscard]] std::optional<ViewState> StateOf(const std::string& name, const ViewState& state,
                                               const PageContext& context);

struct CardKind {
  std::string_view metric, graph_template;
  std::string_view exclude = {};  // values that are left out
  // Of what has no sign, such as a time: one direction, the outgoing one if there is such.
  bool one_way = false;
};

// The picture of a card: with the template, or "idx" or "prc" where its databases are missing; in
// both directions, or in the first one that can be drawn; counts are shown by the second. Nothing
// if none can be drawn. `unusable`: as of BuildGraph.
struct CardGraph {
  Query query;
  Graph graph;
};
[[nodiscard]] std::optional<CardGraph> FindCardGraph(const CardKind& kind, const std::string& span,
                                                     const Trace& trace,
                                                     const DatabaseReader& reader,
                                                     std::vector<std::string>* unusable = nullptr);
// The page with that graph over all time spans.
[[nodiscard]] std::string BigGraphLink(const Query& query, std::string_view script);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_OVERVIEW_H_
