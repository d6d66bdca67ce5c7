// SPDX-License-Identifier: BSD-3-Clause
//
// The protocol of Grafana's JSON data sources (simpod-json-datasource and its predecessor): what
// follows the program's path in an address.
//
//   GET  /            whether the viewer answers
//   POST /search      names of series (grafana_targets.h) that hold {"target": text}
//   POST /metrics     the same with labels; {"metric": text}
//   POST /variable    names of traces, or of series; {"payload": {"target": "traces" or text}}
//   POST /query       values: {"range": {"from", "to"}, "maxDataPoints", "intervalMs", "targets":
//                     [{"target", "type": "timeserie" or "table", "hide"}], "adhocFilters"}
//   POST /annotations times without data: {"range", "annotation": {"query": trace}}
//   POST /tag-keys, /tag-values   what ad-hoc filters can be about: the parts of names of series
//
// Mistakes are answered {"message": a sentence}.
#ifndef TSTAT_RRD_CGI_GRAFANA_H_
#define TSTAT_RRD_CGI_GRAFANA_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tstat-rrd-cgi/page_model.h"
#include "tstat-rrd-cgi/responder.h"

namespace tstat::viewer {

inline constexpr size_t kMaxTargets = 32;       // of a query
inline constexpr size_t kMaxFound = 1000;       // of a search
inline constexpr int64_t kMaxPoints = 10000;    // of a series
inline constexpr size_t kMaxAnnotations = 500;  // of a trace
inline constexpr size_t kMaxValues = 300000;    // of an answer

[[nodiscard]] bool IsGrafanaPath(std::string_view path_info);
// REQUIRES: IsGrafanaPath(request.path_info).
[[nodiscard]] Response AnswerGrafana(const Request& request, const PageContext& context);
// As a program reads it.
[[nodiscard]] Response JsonMistake(int status, std::string_view sentence);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_GRAFANA_H_
