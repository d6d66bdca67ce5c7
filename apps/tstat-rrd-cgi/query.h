// SPDX-License-Identifier: BSD-3-Clause
//
// What a request asks for: the query string, checked against a grammar for each parameter.
#ifndef TSTAT_RRD_CGI_QUERY_H_
#define TSTAT_RRD_CGI_QUERY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tstat-rrd-cgi/encoding.h"

namespace tstat::viewer {

enum class View : uint8_t { kPage, kModel, kPng, kSvg, kEps, kPdf, kCsv, kData, kApi };
// Colours of a picture: as the graph command says, or as those of the pages around it.
enum class Theme : uint8_t { kPlain, kLight, kDark };

// The values as they were given: links carry them on. Each has passed its grammar, so that none
// holds a character that has a meaning in paths, in commands of librrd or in a page.
struct Query {
  bool empty = true;  // no parameter at all
  std::string dir;    // the trace
  std::string var = "NULL";
  std::string direction, graph_template, duration;
  std::string logscale, bigpic = "true", advopt = "true", advcmd, describe, yauto;
  std::string ymin, ymax;  // empty: automatic
  std::string hifreq = "false";
  std::string exclude, include;
  std::string start, end;     // Unix times of a span in place of the duration; both or none
  std::string format, style;  // accepted, without effect
  std::string search;         // words that metrics have in their names or texts
  std::string page;           // of the probes: "2"
  bool gallery_show = false;
  bool gallery_as_now = false;  // drawn anew, in place of the kept pictures
  bool gallery_change = false;  // gallery_add, gallery_save: nothing that a link may do

  View view = View::kPage;
  Theme theme = Theme::kPlain;
  bool dense = false;       // a picture has two pixels for one
  bool small = false;       // it is one of many on a page
  bool per_second = false;  // counts are shown by the second, not by the interval

  // One graph, as a picture or as numbers.
  [[nodiscard]] bool wants_graph() const {
    return view != View::kPage && view != View::kModel && view != View::kApi;
  }
  [[nodiscard]] bool wants_numbers() const { return view == View::kCsv || view == View::kData; }
  [[nodiscard]] bool has_metric() const { return var != "NULL"; }
  [[nodiscard]] bool has_span() const { return !start.empty(); }
};

// Bytes of a whole query string and of one value.
inline constexpr size_t kMaxQueryLength = 8192, kMaxValueLength = 256;
// Numbers in `include` or `exclude`.
inline constexpr size_t kMaxListEntries = 256;
// The longest span of a graph.
inline constexpr int64_t kMaxSpanSeconds = int64_t{30} * 366 * 86400;
// The first and the last Unix time that a span may begin or end at: in 1979 and 2106. Smaller
// numbers are dates and times of day to librrd.
inline constexpr int64_t kMinTime = 315360001;
inline constexpr int64_t kMaxTime = 0xffffffff;

// The parameters, separated by '&' or ';' and percent-encoded; unknown ones are ignored, of one
// that is given twice the first counts, but each has to fit. INVALID_ARGUMENT, with a sentence for
// the page, on what does not fit. Limits that make no sense together (ymin >= ymax; <= 0 on a
// logarithmic axis) are left out; a span that ends before it begins, or has one end only, does not
// fit.
[[nodiscard]] absl::StatusOr<Query> ParseQuery(std::string_view text);

// Path of a trace below the data root: components that are neither empty nor "." nor "..", without
// control characters, in UTF-8.
[[nodiscard]] bool IsCleanTraceName(std::string_view name);

// The span in seconds, as librrd reads it (months of 31 days, years of 366); 0: none.
[[nodiscard]] int64_t SpanSeconds(std::string_view duration);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_QUERY_H_
