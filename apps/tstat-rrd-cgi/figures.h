// SPDX-License-Identifier: BSD-3-Clause
//
// The first page's numbers: how much traffic there is now, and of which services it was.
#ifndef TSTAT_RRD_CGI_FIGURES_H_
#define TSTAT_RRD_CGI_FIGURES_H_

#include <string_view>

#include "tstat-rrd-cgi/page_links.h"
#include "tstat-rrd-cgi/readings.h"

namespace tstat::viewer {

enum class FigureSet { kAll, kBrief };  // the brief one: without packets and retransmissions

// [{name, value, note}]: traffic, packets, flows of the newest interval; round-trip time and
// retransmissions of the span. What is not measured is left out.
[[nodiscard]] Json FiguresOf(const SpanReader& span, FigureSet set = FigureSet::kAll);

// [{title, about, measure, rows: [{name, value, share, width, href}]}]: the largest first; `width`
// is the length of the row's bar in per cent.
[[nodiscard]] Json ServicesOf(const SpanReader& span, std::string_view script);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_FIGURES_H_
