// SPDX-License-Identifier: BSD-3-Clause
//
// The time spans of first pages: an hour to a year, and which of them a trace is shown over.
#ifndef TSTAT_RRD_CGI_FRONT_SPAN_H_
#define TSTAT_RRD_CGI_FRONT_SPAN_H_

#include <span>
#include <string>
#include <string_view>

#include "tstat-rrd-cgi/databases.h"
#include "tstat-rrd-cgi/page_links.h"
#include "tstat-rrd-cgi/trace_index.h"

namespace tstat::viewer {

struct FrontSpan {
  std::string_view value, text, words;  // "1d", "Day", "day"
};
[[nodiscard]] std::span<const FrontSpan> FrontSpans();

// The longest of hour, day and week of which the trace knows at least a third, so that pictures are
// not mostly empty; a week where nothing can be read.
[[nodiscard]] std::string FittingSpan(const Trace& trace, const DatabaseReader& reader);

// [{text, href, current}]: pages with these parameters over each of the spans. A span that is none
// of them stands at the end.
[[nodiscard]] Json SpanLinks(const Json& parameters, std::string_view span,
                             std::string_view script);

// "day" of "1d"; of a span that is none of the usual ones, itself.
[[nodiscard]] std::string SpanWords(std::string_view span);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_FRONT_SPAN_H_
