// SPDX-License-Identifier: BSD-3-Clause
//
// The page for those who write programs: what there is, with examples that can be run as they are.
#ifndef TSTAT_RRD_CGI_API_PAGE_H_
#define TSTAT_RRD_CGI_API_PAGE_H_

#include <string_view>

#include "tstat-rrd-cgi/page_model.h"

namespace tstat::viewer {

// `view=api`; adds {"examples": [{"title", "about", "command"}]}: of the first trace and metric
// that the client may see, with the address under which it has reached the viewer.
[[nodiscard]] Page ApiPage(const PageContext& context);

// For the HTML templates.
[[nodiscard]] std::string_view ApiTemplate();

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_API_PAGE_H_
