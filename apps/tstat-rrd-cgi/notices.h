// SPDX-License-Identifier: BSD-3-Clause
//
// What the server's log should hear, but only once of each process: what a request can do without,
// and what each of them would find again.
#ifndef TSTAT_RRD_CGI_NOTICES_H_
#define TSTAT_RRD_CGI_NOTICES_H_

#include <string>

namespace tstat::viewer {

void Notice(const std::string& text);
// Those that were not taken yet, in one line; empty: none. A text is taken once.
[[nodiscard]] std::string TakeNotices();

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_NOTICES_H_
