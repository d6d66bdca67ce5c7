// SPDX-License-Identifier: BSD-3-Clause
//
// The directories that traces lie in, as boxes within boxes.
#ifndef TSTAT_RRD_CGI_TRACE_TREE_H_
#define TSTAT_RRD_CGI_TRACE_TREE_H_

#include <span>
#include <string>
#include <string_view>

#include "tstat-rrd-cgi/page_links.h"

namespace tstat::viewer {

// Whether it is a directory with traces below it; the empty one, the data root, is none.
[[nodiscard]] bool IsFolder(std::string_view dir, std::span<const std::string> traces);

// [{name, href, trace, current, open, children}], by name: `trace` says whether the directory holds
// databases itself; `current` is the directory that is shown, and `open` holds it, or all are. Of
// sorted names of traces; empty if there is one only, or none that lies in another directory than
// the root.
[[nodiscard]] Json TreeOf(std::span<const std::string> traces, std::string_view dir,
                          std::string_view script);

// The lists of a page.
[[nodiscard]] std::string TreeHtml(const Json& tree);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_TRACE_TREE_H_
