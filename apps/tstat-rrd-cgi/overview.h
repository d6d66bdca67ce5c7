// SPDX-License-Identifier: BSD-3-Clause
//
// The first page of a trace: pictures of what most people look for.
#ifndef TSTAT_RRD_CGI_OVERVIEW_H_
#define TSTAT_RRD_CGI_OVERVIEW_H_

#include "tstat-rrd-cgi/page_model.h"
#include "tstat-rrd-cgi/view_state.h"

namespace tstat::viewer {

// Adds `overview`: {spans: [{text, href, current}], cards: [{title, about, href, picture}],
// last_update}; nothing if the trace has none of the metrics.
void AddOverview(const ViewState& state, const PageContext& context, Json& model);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_OVERVIEW_H_
