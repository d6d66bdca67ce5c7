// SPDX-License-Identifier: BSD-3-Clause
//
// Several probes side by side: the same few pictures of each, on the same scale.
#ifndef TSTAT_RRD_CGI_PROBES_H_
#define TSTAT_RRD_CGI_PROBES_H_

#include <cstddef>

#include "tstat-rrd-cgi/page_model.h"
#include "tstat-rrd-cgi/view_state.h"

namespace tstat::viewer {

// Of one page.
inline constexpr size_t kMostProbes = 24;

// Adds `probes`: {spans, scales: [{text, href, current}], first, last, total, pages: [{text, href,
// current}], traces: [{name, href, health: {state, state_text, text}, figures, cards: [{title,
// href, picture}], message}]}; nothing if there are no traces below the root. `pages` is empty if
// there is one.
void AddProbes(const ViewState& state, const PageContext& context, Json& model);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_PROBES_H_
