// SPDX-License-Identifier: BSD-3-Clause
//
// The menus, check boxes, fields and links of a page.
#ifndef TSTAT_RRD_CGI_PAGE_CONTROLS_H_
#define TSTAT_RRD_CGI_PAGE_CONTROLS_H_

#include "tstat-rrd-cgi/page_model.h"
#include "tstat-rrd-cgi/view_state.h"

namespace tstat::viewer {

// Adds to the model: page_title, trace, selects, checkboxes, fields, links and current, as the
// original has them; and the same as links that a page without scripts shows: traces, menus, more,
// directions, toggles, templates, times, buttons.
void AddControls(const ViewState& state, const PageContext& context, Json& model);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_PAGE_CONTROLS_H_
