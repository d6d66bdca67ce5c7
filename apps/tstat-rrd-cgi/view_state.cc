// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/view_state.h"

#include <algorithm>
#include <utility>

#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

constexpr TimeSpan kSpans[] = {
    {"12h", "Hourly"}, {"3d", "Daily"}, {"1w", "Weekly"}, {"1m", "Monthly"}, {"1y", "Yearly"}};
constexpr TimeSpan kShortSpans[] = {
    {"1h", "1hr"}, {"4h", "4hrs"}, {"12h", "12hrs"}, {"24h", "24hrs"}, {"48h", "48hrs"}};

// What the data root is called in links of the original.
constexpr std::string_view kUsualRoot = "rrd_data";

std::string WithoutRoot(std::string_view dir, std::string_view root) {
  for (std::string_view name : {root, kUsualRoot}) {
    if (name.empty() || !dir.starts_with(name)) continue;
    if (dir.size() == name.size()) return "";
    if (dir[name.size()] == '/') return std::string(dir.substr(name.size() + 1));
  }
  return std::string(dir);
}

// librrd would take "1w" for nothing; the links of the original have "1wk".
std::string WithWholeWeeks(const std::string& duration) {
  const bool is_week = duration.ends_with('w') && DigitsAt(duration) + 1 == duration.size();
  return is_week ? duration + "k" : duration;
}

}  // namespace

std::span<const TimeSpan> TimeSpans(bool high_frequency) {
  if (high_frequency) return kShortSpans;
  return kSpans;
}

std::vector<Query> ViewState::Graphs() const {
  std::vector<Query> all;
  Query one = query;
  if (templates.empty()) return all;
  const bool has_one_span = query.has_span() || !query.duration.empty();
  if (!shown_template.empty() && has_one_span) {
    one.graph_template = shown_template;
    all.push_back(one);
  } else if (!shown_template.empty()) {
    one.graph_template = shown_template;
    for (const TimeSpan& span : TimeSpans(high_frequency())) {
      one.duration = std::string(span.value);
      all.push_back(one);
    }
  } else {
    for (const Template& t : TemplatesOfPage()) {
      if (std::ranges::find(templates, t.name, &Template::name) == templates.end()) continue;
      one.graph_template = std::string(t.name);
      all.push_back(one);
    }
  }
  return all;
}

absl::StatusOr<ViewState> Resolve(const Query& query, const Configuration& settings, bool trusted) {
  ViewState state;
  state.query = query;
  Query& q = state.query;
  q.duration = q.has_span() ? "" : WithWholeWeeks(q.duration);
  absl::StatusOr<std::vector<std::string>> traces = ListTraces(settings);
  if (!traces.ok()) return traces.status();
  state.traces = *std::move(traces);
  if (!trusted) {
    std::erase_if(state.traces, [](const std::string& name) { return name.starts_with("test"); });
  }
  // A trace may be called as the root is.
  if (!std::ranges::binary_search(state.traces, q.dir)) {
    q.dir = WithoutRoot(q.dir, settings.root_name());
  }
  state.trace.name = q.dir;
  if (std::ranges::binary_search(state.traces, q.dir)) {
    absl::StatusOr<Trace> trace = OpenTrace(settings.data_root, q.dir);
    state.trace_exists = trace.ok();
    if (trace.ok()) state.trace = *std::move(trace);
    state.trace.vlan_names = settings.vlan_names;
  }
  if (!q.has_metric() || q.var.empty()) return state;
  state.directions = DirectionsOf(q.var, state.trace.files);
  q.direction = EffectiveDirection(q.direction, state.directions);
  state.halves = HalvesOf(q.var, q.direction);
  for (const Template& t : AllTemplates()) {
    if (HasTemplate(state.trace, state.halves.probe, t.name)) state.templates.push_back(t);
  }
  const bool has_template = std::ranges::find(state.templates, q.graph_template, &Template::name) !=
                            state.templates.end();
  if (!has_template) q.graph_template.clear();
  if (has_template) {
    state.shown_template = q.graph_template;
  } else if (q.duration.empty() && !q.has_span() && !state.templates.empty()) {
    state.shown_template = std::string(state.templates.front().name);
  }
  return state;
}

}  // namespace tstat::viewer
