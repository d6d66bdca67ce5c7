// SPDX-License-Identifier: BSD-3-Clause
//
// When a trace has no data: its probe was not running, or could not write.
#ifndef TSTAT_RRD_CGI_OUTAGES_H_
#define TSTAT_RRD_CGI_OUTAGES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tstat-rrd-cgi/databases.h"
#include "tstat-rrd-cgi/trace_index.h"

namespace tstat::viewer {

struct Outage {
  int64_t from = 0, to = 0;  // Unix time
  bool is_last = false;      // nothing came afterwards
};

// Between two times, in their order, at most `most` of the newest: unknown stretches of the
// database that was updated last, as fine as its archive of that span is, and what is after its
// last update. Before its first known value there is none: nobody says that there should have been.
[[nodiscard]] std::vector<Outage> OutagesOf(const Trace& trace, const DatabaseReader& reader,
                                            int64_t from, int64_t to, size_t most);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_OUTAGES_H_
