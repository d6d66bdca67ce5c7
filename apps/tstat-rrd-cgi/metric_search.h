// SPDX-License-Identifier: BSD-3-Clause
//
// The metrics of a trace by words of their names, texts and groups.
#ifndef TSTAT_RRD_CGI_METRIC_SEARCH_H_
#define TSTAT_RRD_CGI_METRIC_SEARCH_H_

#include <string>

#include "tstat-rrd-cgi/page_links.h"

namespace tstat::viewer {

// Adds `search`: {text, sentence, results: [{group, name, text, about, href}]}, of the model's
// `menus`. Each word has to be in the name, the menu text, the group, or what the histogram
// reference says (`about`); small and capital letters of ASCII are the same.
void AddSearch(const std::string& text, Json& model);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_METRIC_SEARCH_H_
