// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/grafana_targets.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "tstat-rrd-cgi/graph_command.h"
#include "tstat-rrd-cgi/metrics.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

constexpr char kAllSeries[] = "*", kAllTraffic[] = "all";
constexpr std::string_view kDirections[] = {"both",   "in",  "out", "loc",
                                            "bothcs", "c2s", "s2c", kAllTraffic};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 32);
  }
  return lower;
}

bool IsSeries(std::string_view text) {
  return text == kAllSeries ||
         (!text.empty() && text.size() <= 16 &&
          std::ranges::all_of(text, [](char c) { return IsAlnum(c) || c == '.'; }));
}

// The metric of a histogram: without the direction at its end.
std::string MetricOf(std::string_view histogram) {
  for (std::string_view tag : {"_in", "_out", "_loc", "_c2s", "_s2c"}) {
    if (histogram.ends_with(tag)) histogram.remove_suffix(tag.size());
  }
  return std::string(histogram);
}

// All series of a graph, in the order of its databases' names.
std::vector<std::string> SeriesOfGraph(const Trace& trace, const std::string& histogram,
                                       std::string_view graph_template) {
  if (graph_template == "avg") return {"avg", "max", "min"};
  if (graph_template == "stdev") return {"avg", "stdev"};
  if (graph_template == "hit") return {"hit"};
  std::vector<std::string> series;
  for (const std::string& part :
       PartsOf(trace, histogram, graph_template == "prc" ? "prc" : "idx")) {
    series.push_back(part);
  }
  return series;
}

}  // namespace

std::string Target::Text() const {
  return Cat(trace, ":", metric, ":", direction, ":", graph_template, ":", series);
}

Query Target::ToQuery() const {
  Query query;
  query.empty = false;
  query.dir = trace;
  query.var = metric;
  query.direction = direction == kAllTraffic ? "NULL" : direction;
  query.graph_template = graph_template;
  query.duration = "1h";
  query.bigpic = "false";
  // A share of all series needs all of them.
  if (series != kAllSeries && (graph_template == "idx" || graph_template == "prc")) {
    query.exclude = "ALL";
    query.include = series == "oth" ? "-1" : series;
  }
  return query;
}

std::optional<Target> ParseTarget(std::string_view text) {
  if (text.size() > 2 * kMaxValueLength) return std::nullopt;
  // From the end: only the name of the trace may hold colons.
  std::array<std::string_view, 4> parts;
  for (size_t i = parts.size(); i-- > 0;) {
    const size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    parts[i] = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  const Target target{std::string(text), std::string(parts[0]), std::string(parts[1]),
                      std::string(parts[2]), std::string(parts[3])};
  const auto templates = AllTemplates();
  if (!(text.empty() || IsCleanTraceName(text)) || target.metric.empty() ||
      target.metric.size() > 64 ||
      !std::ranges::all_of(target.metric, [](char c) { return IsAlnum(c) || c == '_'; }) ||
      std::ranges::find(kDirections, target.direction) == std::end(kDirections) ||
      std::ranges::find(templates, target.graph_template, &Template::name) == templates.end() ||
      !IsSeries(target.series)) {
    return std::nullopt;
  }
  return target;
}

bool HoldsText(std::string_view name, std::string_view text) {
  return Lower(name).find(Lower(text)) != std::string::npos;
}

void AddTargets(const Trace& trace, std::string_view text, size_t most,
                std::vector<Target>& targets) {
  std::set<std::string> metrics;
  for (const std::string& file : trace.files)
    metrics.insert(MetricOf(file.substr(0, file.find('.'))));
  const auto add = [&](const Target& target) {
    if (targets.size() < most && HoldsText(target.Text(), text)) targets.push_back(target);
  };
  for (const std::string& metric : metrics) {
    for (const Direction& direction : DirectionsOf(metric, trace.files)) {
      const Halves halves = HalvesOf(metric, direction.value);
      for (const Template& t : AllTemplates()) {
        if (targets.size() >= most) return;
        if (!HasTemplate(trace, halves.probe, t.name) ||
            !HasTemplate(trace, halves.positive, t.name)) {
          continue;  // both: of one of them
        }
        Target target{trace.name, metric,
                      std::string(direction.value == "NULL" ? kAllTraffic : direction.value),
                      std::string(t.name), kAllSeries};
        add(target);
        for (const std::string& series : SeriesOfGraph(trace, halves.positive, t.name)) {
          target.series = series;
          add(target);
        }
      }
    }
  }
}

}  // namespace tstat::viewer
