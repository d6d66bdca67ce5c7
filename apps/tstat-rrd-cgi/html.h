// SPDX-License-Identifier: BSD-3-Clause
//
// Pages: the model of a page in HTML, and their style sheet.
#ifndef TSTAT_RRD_CGI_HTML_H_
#define TSTAT_RRD_CGI_HTML_H_

#include <string>
#include <string_view>

#include "tstat-rrd-cgi/page_links.h"

namespace tstat::viewer {

[[nodiscard]] std::string PageHtml(const Json& model);

[[nodiscard]] std::string_view StyleSheet();

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_HTML_H_
