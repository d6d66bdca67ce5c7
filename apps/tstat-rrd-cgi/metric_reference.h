// SPDX-License-Identifier: BSD-3-Clause
//
// What a metric means: from the library's own reference of histograms.
#ifndef TSTAT_RRD_CGI_METRIC_REFERENCE_H_
#define TSTAT_RRD_CGI_METRIC_REFERENCE_H_

#include <string_view>

#include "tstat-rrd-cgi/page_links.h"
#include "tstat-rrd-cgi/view_state.h"
#include "tstat/histogram.h"

namespace tstat::viewer {

// Null if there is no histogram of that name.
[[nodiscard]] const HistogramInfo* FindHistogram(std::string_view name);

// {metric, text, facts: [{name, value}], templates: [{name, text}]}.
[[nodiscard]] Json DescribeMetric(const ViewState& state);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_METRIC_REFERENCE_H_
