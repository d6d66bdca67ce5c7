// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/page_controls.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tstat-rrd-cgi/text.h"
#include "tstat-rrd-cgi/time_range.h"

namespace tstat::viewer {
namespace {

constexpr char kSelectTrace[] = "--Select a trace--";
constexpr char kSelectMetric[] =
    "---------------------------- Select a parameter ----------------------------";

struct MetricEntry {
  std::string text, name;
  auto operator<=>(const MetricEntry&) const = default;
};

// The metrics of a trace, by description.
std::vector<MetricEntry> MetricsOf(const Trace& trace) {
  std::set<MetricEntry> found;
  for (const std::string& file : trace.files) {
    std::string metric = MetricOfFile(file);
    if (const auto text = DescriptionOf(metric)) {
      found.insert({std::string(*text), std::move(metric)});
    }
  }
  return {found.begin(), found.end()};
}

// Metrics that the original's menus lack, because a direction is in the middle of their names:
// tcp_interrupted, for instance.
std::vector<MetricEntry> HiddenMetricsOf(const Trace& trace) {
  std::set<MetricEntry> found;
  for (const std::string& file : trace.files) {
    std::string name = file.substr(0, file.find('.'));
    for (const char* tag : {"_in", "_out", "_loc", "_c2s", "_s2c"}) {
      if (name.ends_with(tag)) {
        name.resize(name.size() - std::string_view(tag).size());
        break;
      }
    }
    if (MetricOfFile(name) == name) continue;
    std::string title = TitleOf(name);
    if (title != name) found.insert({std::move(title), std::move(name)});
  }
  return {found.begin(), found.end()};
}

// Of a form whose other parameters are hidden fields.
Json HiddenFields(const Json& query) {
  Json hidden = Json::array();
  for (const auto& [name, value] : query.items()) {
    hidden.push_back({{"name", name}, {"value", value}});
  }
  return hidden;
}

bool AnyCurrent(const Json& links) {
  return std::ranges::any_of(links, [](const Json& link) { return link["current"].get<bool>(); });
}

class Controls {
 public:
  Controls(const ViewState& state, const PageContext& context, Json& model)
      : state_(state), q_(state.query), context_(context), model_(model) {}

  void AddTraces() {
    const std::string root(context_.settings.root_name());
    const Json query = KeptByTrace(q_);
    Json options = Json::array(), links = Json::array();
    // The names of all traces begin there; a request for nothing shows no such entry.
    if (q_.dir.empty() && !q_.empty) options.push_back({root, kSelectTrace, true});
    for (const std::string& name : state_.traces) {
      const bool is_shown = state_.trace_exists && name == q_.dir;
      if (name.empty()) continue;
      options.push_back({name, name, is_shown});
      links.push_back({{"name", name},
                       {"href", LinkOf(context_.script, {{"dir", name}, {"var", "NULL"}})},
                       {"current", is_shown}});
    }
    model_["selects"]["trace"] = {{"options", std::move(options)}, {"query", query}};
    model_["trace_fields"] = HiddenFields(query);
    model_["traces"] = std::move(links);
  }

  void AddMetricMenus() {
    const std::vector<MetricEntry> metrics = MetricsOf(state_.trace);
    const Json query = KeptByMetric(q_);
    Json menus = Json::array();
    for (const MetricGroup& group : MetricGroups()) {
      const bool is_own = q_.has_metric() && q_.var.starts_with(group.key);
      Json options = Json::array(), links = Json::array();
      options.push_back({"NULL", kSelectMetric, !is_own});
      for (const MetricEntry& metric : metrics) {
        if (!group.holds(metric.name)) continue;
        options.push_back({metric.name, metric.text, is_own && metric.name == q_.var});
        links.push_back(MetricLink(metric, query));
      }
      const std::string name(group.name);
      if (!links.empty()) {
        const bool is_open = AnyCurrent(links);
        menus.push_back({{"name", name}, {"options", std::move(links)}, {"current", is_open}});
      }
      model_["selects"][name] = {{"options", std::move(options)}, {"query", query}};
    }
    Json more = Json::array();
    for (const MetricEntry& metric : HiddenMetricsOf(state_.trace)) {
      more.push_back(MetricLink(metric, query));
    }
    if (!more.empty()) {
      const bool is_open = AnyCurrent(more);
      menus.push_back({{"name", "More"}, {"options", std::move(more)}, {"current", is_open}});
    }
    model_["menus"] = std::move(menus);
  }

  void AddDirections() {
    Json options = Json::array(), links = Json::array();
    const Json query = KeptByControl(q_, "direction", true);
    for (const Direction& direction : state_.directions) {
      const std::string value(direction.value), text(direction.text);
      const bool is_shown = value == q_.direction;
      options.push_back({value, text, is_shown});
      links.push_back({{"text", value == "NULL" ? "All traffic" : text},
                       {"href", With(query, "direction", value)},
                       {"current", is_shown}});
    }
    model_["selects"]["direction"] = {{"options", std::move(options)}, {"query", query}};
    model_["directions"] = std::move(links);
  }

  void AddCheckboxes() {
    const auto add = [&](const char* text, const std::string& own, const std::string& value,
                         bool ends_automatic) {
      const bool checked = value == "true";
      const Json query = KeptByControl(q_, own, ends_automatic);
      // The original never shows automatic limits as chosen.
      model_["checkboxes"][text] = {{"checked", checked && own != "yauto"}, {"query", query}};
      model_["toggles"].push_back({{"text", text},
                                   {"checked", checked},
                                   {"href", With(query, own, checked ? "false" : "true")}});
    };
    model_["toggles"] = Json::array();
    add("Describe...", "describe", q_.describe, true);
    add("Advanced...", "advopt", q_.advopt, false);
    add("RRDcmd", "advcmd", q_.advcmd, true);
    if (!state_.advanced()) return;
    add("Autoconf", "yauto", q_.yauto, false);
    add("Log", "logscale", q_.logscale, false);
    add("Bigpic", "bigpic", q_.bigpic, false);
    add("HiFreq", "hifreq", q_.hifreq, true);
  }

  void AddLimits() {
    if (!state_.advanced()) return;
    const bool automatic = q_.yauto == "true";
    Json query = KeptByControl(q_, "ymin", true);
    query.erase("ymax");
    model_["fields"] = {{"hidden", HiddenFields(query)},
                        {"ymin", automatic ? "auto" : q_.ymin},
                        {"ymax", automatic ? "auto" : q_.ymax}};
  }

  void AddTemplatesAndTimes() {
    model_["links"] = Json::object();
    model_["current"] = Json::array();
    Json templates = Json::array(), times = Json::array();
    for (const Template& t : state_.templates) {
      Json query = KeptByTemplate(q_);
      query["template"] = std::string(t.name);
      query["duration"] = "";
      templates.push_back(LinkOrCurrent(std::string(t.text), query, t.name == state_.shown_template,
                                        t.name == state_.shown_template));
    }
    for (const TimeSpan& span : TimeSpans(state_.high_frequency())) {
      Json query = KeptByLink(q_);
      query["template"] = "";
      query["duration"] = std::string(span.value);
      // The original never marks the week, whose span it has changed by then.
      const bool is_shown =
          span.value == q_.duration || (span.value == "1w" && q_.duration == "1wk");
      times.push_back(
          LinkOrCurrent(std::string(span.text), query, span.value == q_.duration, is_shown));
    }
    model_["templates"] = std::move(templates);
    model_["times"] = std::move(times);
  }

  // The span between two times, and what is beside it.
  void AddSpan() {
    if (!q_.has_span()) return;
    const TimeRange range = RangeOf(q_);
    const Json kept = KeptByControl(q_, "", false);
    Json links = Json::array();
    const auto add = [&](const char* text, const TimeRange& to) {
      if (to == range) return;
      Json query = kept;
      query["start"] = std::to_string(to.start);
      query["end"] = std::to_string(to.end);
      links.push_back({{"text", text}, {"href", LinkOf(context_.script, query)}});
    };
    add("Earlier", Beside(range, -1));
    add("Later", Beside(range, 1));
    if (range.seconds() >= 2 * kMinOfferedSeconds) add("Closer", Closer(range));
    add("Wider", Wider(range));
    if (!q_.graph_template.empty()) {
      Json query = kept;
      query.erase("template");
      links.push_back({{"text", "All templates"}, {"href", LinkOf(context_.script, query)}});
    }
    model_["span"] = {{"start", range.start},
                      {"end", range.end},
                      {"text", RangeText(range)},
                      {"links", std::move(links)}};
  }

  void AddButtons() {
    const std::string home = LinkOf(context_.script, {{"var", "NULL"}});
    model_["home"] = home;
    if (state_.trace_exists) {
      model_["start_over"] = LinkOf(context_.script, {{"dir", q_.dir}, {"var", "NULL"}});
      if (!context_.settings.raw_data_url.empty()) {
        model_["raw_data"] = Cat(context_.settings.raw_data_url, "/", PercentEncode(q_.dir));
      }
    }
  }

 private:
  [[nodiscard]] std::string With(Json query, const std::string& own,
                                 const std::string& value) const {
    query[own] = value;
    return LinkOf(context_.script, query);
  }

  [[nodiscard]] Json MetricLink(const MetricEntry& metric, const Json& query) const {
    return {{"name", metric.name},
            {"text", metric.text},
            {"href", With(query, "var", metric.name)},
            {"current", metric.name == q_.var}};
  }

  // `marked` as the original marks it; `shown` as it is.
  Json LinkOrCurrent(const std::string& text, const Json& query, bool marked, bool shown) {
    if (marked) {
      model_["current"].push_back(text);
    } else {
      model_["links"][text] = query;
    }
    return {{"text", text}, {"href", LinkOf(context_.script, query)}, {"current", shown}};
  }

  const ViewState& state_;
  const Query& q_;
  const PageContext& context_;
  Json& model_;
};

}  // namespace

void AddControls(const ViewState& state, const PageContext& context, Json& model) {
  const Query& q = state.query;
  model["trace"] = q.dir;
  model["root"] = q.dir.empty();
  model["page_title"] = q.has_metric() && !q.var.empty() ? TitleOf(q.var)
                        : q.dir.empty()                  ? "Traces"
                                                         : q.dir;
  Controls controls(state, context, model);
  controls.AddTraces();
  controls.AddMetricMenus();
  controls.AddButtons();
  if (!q.has_metric()) return;
  model["metric"] = q.var;
  controls.AddDirections();
  controls.AddCheckboxes();
  controls.AddLimits();
  controls.AddTemplatesAndTimes();
  controls.AddSpan();
}

}  // namespace tstat::viewer
