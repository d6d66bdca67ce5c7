// SPDX-License-Identifier: BSD-3-Clause
//
// Whether a probe works, in sentences: how old its last values are, what it did not see.
#ifndef TSTAT_RRD_CGI_HEALTH_H_
#define TSTAT_RRD_CGI_HEALTH_H_

#include <cstdint>

#include "tstat-rrd-cgi/configuration.h"
#include "tstat-rrd-cgi/page_links.h"
#include "tstat-rrd-cgi/readings.h"

namespace tstat::viewer {

// {state, state_text, text, items: [{name, state, state_text, text}]}. A state is `good`, `look`
// (somebody should), or `unknown` (not measured). That of the whole is `look` if one item's is,
// else `good` if one is; its text is the sentence of the first item that is to be looked at.
// Databases that were written later than their last values are of a recording, which has no probe
// that could have stopped: the state of their last update is `unknown`. `now`: Unix time.
[[nodiscard]] Json HealthOf(const SpanReader& span, const DatabaseReader& reader,
                            const Configuration& settings, int64_t now);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_HEALTH_H_
