// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/page_picture.h"

#include <algorithm>
#include <iterator>

#include "tstat-rrd-cgi/metric_reference.h"
#include "tstat-rrd-cgi/readings.h"
#include "tstat-rrd-cgi/text.h"
#include "tstat/histogram.h"

namespace tstat::viewer {
namespace {

// What a histogram counts: its description ends with it ("TCP options - outgoing segments").
std::string_view CountedThings(const HistogramInfo& histogram) {
  // Each segment of the flow has its class.
  if (histogram.family == "tcp_anomalies") return "segments";
  if (histogram.kind == HistogramKind::kSum) return histogram.unit;
  for (std::string_view things : {"packets", "segments", "flows", "flow"}) {
    if (Trimmed(histogram.description).ends_with(things))
      return things == "flow" ? "flows" : things;
  }
  return histogram.description.find("flow") != std::string_view::npos ? "flows" : "samples";
}

bool IsCounted(const HistogramInfo& histogram, std::string_view graph_template) {
  if (graph_template == "hit") return true;
  return graph_template == "idx" &&
         (histogram.kind == HistogramKind::kDistribution || histogram.kind == HistogramKind::kSum);
}

// Small pictures have room for some fifteen letters.
std::string ShortTime(int64_t seconds) {
  constexpr int64_t kAMinute = 60, kAnHour = 3600;
  if (seconds % kAnHour == 0) return Cat(seconds / kAnHour, " h");
  if (seconds % kAMinute == 0) return Cat(seconds / kAMinute, " min");
  return Cat(seconds, " s");
}

std::string CountedText(std::string_view things, int64_t interval, bool per_second) {
  if (per_second && interval > 0) return Cat(things, "/s");
  return interval > 0 ? Cat(things, " / ", ShortTime(interval)) : std::string(things);
}

}  // namespace

AxisUnit UnitOfAxis(std::string_view histogram, std::string_view graph_template, int64_t interval,
                    bool per_second) {
  if (graph_template == "normidx") return {"%", false};
  const HistogramInfo* info = FindHistogram(histogram);
  if (info == nullptr) return {};
  if (IsCounted(*info, graph_template)) {
    const std::string_view things = graph_template == "hit" ? "samples" : CountedThings(*info);
    return {CountedText(things, interval, per_second), true};
  }
  return {std::string(info->unit), false};
}

void ShowPerSecond(const Query& query, int64_t interval, Graph& graph) {
  const Halves halves = HalvesOf(query.var, query.direction);
  const bool is_count = UnitOfAxis(halves.positive, query.graph_template, interval, true).is_count;
  if (!query.per_second || interval <= 0 || !is_count) return;
  for (std::string& argument : graph.arguments) {
    const bool is_shown = argument.starts_with("CDEF:pos_") || argument.starts_with("CDEF:neg_");
    const bool is_sum = argument.substr(0, argument.find('=')).ends_with("_sum");
    if (is_shown && !is_sum) argument += Cat(",", interval, ",/");
  }
}

void FitToPage(const Query& query, int64_t interval, Graph& graph) {
  const Halves halves = HalvesOf(query.var, query.direction);
  const AxisUnit unit =
      UnitOfAxis(halves.positive, query.graph_template, interval, query.per_second);
  if (!unit.text.empty()) {
    graph.arguments.insert(graph.arguments.begin() + 1, {"--vertical-label", unit.text});
  }
  // Lines end where nothing is known; what is stacked goes on, as 0. Nothing that is drawn as lines
  // is negative but percentiles of no samples.
  constexpr std::string_view kLineTemplates[] = {"avg", "hit", "prc"};
  if (std::ranges::find(kLineTemplates, query.graph_template) == std::end(kLineTemplates)) return;
  for (std::string& argument : graph.arguments) {
    if (!argument.starts_with("CDEF:c_")) continue;
    const size_t equals = argument.find('=');
    const size_t comma = argument.find(',', equals);
    const std::string source = argument.substr(equals + 1, comma - equals - 1);
    argument.replace(equals + 1, std::string::npos, Cat(source, ",0,LT,UNKN,", source, ",IF"));
  }
}

int64_t IntervalOf(const Trace& trace, const DatabaseReader& reader, int64_t last) {
  constexpr int64_t kAnHour = 3600;
  return SpanReader(trace, reader, last, kAnHour).interval();
}

}  // namespace tstat::viewer
