// SPDX-License-Identifier: BSD-3-Clause
//
// What a page shows, as one JSON object: `view=json` answers it, the HTML templates render it, and
// nothing else is on the page. docs/viewer.md has its form.
#ifndef TSTAT_RRD_CGI_PAGE_MODEL_H_
#define TSTAT_RRD_CGI_PAGE_MODEL_H_

#include <string>
#include <string_view>

#include "tstat-rrd-cgi/configuration.h"
#include "tstat-rrd-cgi/databases.h"
#include "tstat-rrd-cgi/page_links.h"
#include "tstat-rrd-cgi/query.h"

namespace tstat::viewer {

struct PageContext {
  const Configuration& settings;
  const DatabaseReader& reader;
  bool trusted = false;
  std::string script;         // the path that links go to
  std::string gallery_token;  // for forms that change the gallery; empty: there are none
  std::string origin;         // "http://HOST", as far as it is known
};

struct Page {
  int status = 200;
  Json model;
  std::string log;  // for the server's log
};

[[nodiscard]] Page BuildPage(const Query& query, const PageContext& context);

// One sentence in the form of a page.
[[nodiscard]] Page ErrorPage(int status, std::string_view sentence, const PageContext& context);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_PAGE_MODEL_H_
