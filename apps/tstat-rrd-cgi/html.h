// SPDX-License-Identifier: BSD-3-Clause
//
// Pages: the model of a page in HTML.
#ifndef TSTAT_RRD_CGI_HTML_H_
#define TSTAT_RRD_CGI_HTML_H_

#include <string>

#include "tstat-rrd-cgi/page_links.h"

namespace tstat::viewer {

[[nodiscard]] std::string PageHtml(const Json& model);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_HTML_H_
