// SPDX-License-Identifier: BSD-3-Clause
//
// The settings that each control of a page keeps, sets and drops.
#ifndef TSTAT_RRD_CGI_PAGE_LINKS_H_
#define TSTAT_RRD_CGI_PAGE_LINKS_H_

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tstat-rrd-cgi/query.h"

namespace tstat::viewer {

using Json = nlohmann::ordered_json;

// Objects of parameters, without the control's own: `query` is that of the page's ViewState.
[[nodiscard]] Json KeptByAll(const Query& query);       // all settings
[[nodiscard]] Json KeptByTrace(const Query& query);     // without dir
[[nodiscard]] Json KeptByMetric(const Query& query);    // without var, limits and filters
[[nodiscard]] Json KeptByLink(const Query& query);      // of time spans
[[nodiscard]] Json KeptByTemplate(const Query& query);  // the same, and the span between two times
// A check box or menu: all but its own; some of them end automatic limits.
[[nodiscard]] Json KeptByControl(const Query& query, std::string_view own, bool ends_automatic);
// What makes the picture of a query with a template, and a duration or a span.
[[nodiscard]] Json OfPicture(const Query& query);

// Where its picture is: {png, png_dense, dark, dark_dense, svg, eps, pdf, csv, data}.
[[nodiscard]] Json PictureLinks(const Query& query, std::string_view script);

// "?dir=Lab&var=ip_len": those that are not empty, after the program's own path.
[[nodiscard]] std::string LinkOf(std::string_view script, const Json& parameters);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_PAGE_LINKS_H_
