// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/probes.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tstat-rrd-cgi/figures.h"
#include "tstat-rrd-cgi/front_span.h"
#include "tstat-rrd-cgi/health.h"
#include "tstat-rrd-cgi/human.h"
#include "tstat-rrd-cgi/metrics.h"
#include "tstat-rrd-cgi/overview.h"
#include "tstat-rrd-cgi/readings.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

struct ProbeCard {
  std::string_view title;
  CardKind kind;
  bool is_count = false;  // of each interval
};
constexpr ProbeCard kProbeCards[] = {
    {"Traffic [bit/s]", {"ip_bitrate", "idx"}},
    {"Flows per second", {"L4_flow_number", "idx"}, true},
    {"Round-trip time [ms]", {"tcp_rtt_avg", "prc", "", true}},
};
constexpr size_t kCardCount = std::size(kProbeCards);
// Pages that have a link: the first, the last, and so many on both sides of the one that is shown.
constexpr size_t kNeighbours = 3;

struct Probe {
  ViewState state;
  int64_t last = 0;
  std::optional<Query> graphs[kCardCount];
  std::vector<std::string> unusable;  // names of files
};

// "a.rrd, b.rrd, c.rrd and 3 more files are missing or no databases of tstat, and left out."
std::string SentenceOn(std::vector<std::string> files) {
  constexpr size_t kMostNamed = 3;
  std::ranges::sort(files);
  files.erase(std::unique(files.begin(), files.end()), files.end());
  std::string names;
  for (size_t i = 0; i < std::min(files.size(), kMostNamed); ++i) {
    const bool is_end = i + 1 == files.size();
    names += Cat(i == 0 ? "" : is_end ? " and " : ", ", files[i]);
  }
  if (files.size() > kMostNamed) {
    const auto left = static_cast<int64_t>(files.size() - kMostNamed);
    names += Cat(" and ", Counted(left, "more file", "more files"));
  }
  return Cat(names,
             files.size() == 1 ? " is missing or no database" : " are missing or no databases",
             " of tstat, and left out.");
}

// How far a graph reaches from the axis.
double ReachOf(const SpanReader& span, const std::string& histogram,
               std::string_view graph_template) {
  const bool is_stacked = graph_template == "idx";
  std::vector<double> heights;
  for (const std::string& part : PartsOf(span.trace(), histogram, graph_template)) {
    const auto readings = span.Series(histogram, Cat(graph_template, part));
    if (readings == nullptr) continue;
    heights.resize(std::max(heights.size(), readings->values.size()));
    for (size_t i = 0; i < readings->values.size(); ++i) {
      const double value = std::isfinite(readings->values[i]) ? readings->values[i] : 0;
      heights[i] = is_stacked ? heights[i] + value : std::max(heights[i], value);
    }
  }
  return heights.empty() ? 0 : *std::ranges::max_element(heights);
}

// The next of 1, 1.5, 2, 3, 5, 7.5, 10, 15, ..., with decimals below ten; what is drawn touches no
// edge.
std::string RoundLimit(double reach) {
  constexpr int kSmallest = -4, kLargest = 17;  // powers of ten: more fits no axis
  constexpr int kSteps[] = {10, 15, 20, 30, 50, 75};
  for (int power = kSmallest; power <= kLargest; ++power) {
    for (int step : kSteps) {
      const double limit = step * std::pow(10.0, power - 1);
      if (limit < reach * 1.02) continue;
      std::string digits = std::to_string(step);
      if (power >= 1) return digits + std::string(static_cast<size_t>(power) - 1, '0');
      const auto zeros = static_cast<size_t>(-power);
      digits = zeros == 0 ? Cat(digits.substr(0, 1), ".", digits.substr(1))
                          : Cat("0.", std::string(zeros - 1, '0'), digits);
      digits.erase(digits.find_last_not_of('0') + 1);
      if (digits.ends_with('.')) digits.pop_back();
      return digits;
    }
  }
  return "1" + std::string(kLargest + 1, '0');
}

class Probes {
 public:
  Probes(const ViewState& state, const PageContext& context)
      : state_(state),
        context_(context),
        span_(state.query.duration),
        own_scales_(state.query.yauto == "true") {}

  Json Model() {
    std::vector<std::string> names;
    // Below the directory that was asked for, if one was.
    const std::string folder = state_.query.dir.empty() ? "" : state_.query.dir + "/";
    for (const std::string& name : state_.traces) {
      if (!name.empty() && name.starts_with(folder)) names.push_back(name);
    }
    const size_t pages = (names.size() + kMostProbes - 1) / kMostProbes;
    const size_t asked = NumberIn<size_t>(state_.query.page).value_or(1);
    const size_t page = std::clamp<size_t>(asked, 1, std::max<size_t>(pages, 1));
    const size_t first = (page - 1) * kMostProbes;
    const size_t end = std::min(names.size(), first + kMostProbes);
    for (size_t i = first; i < end; ++i) Open(names[i]);
    if (span_.empty()) ChooseSpan();
    for (Probe& probe : probes_) FindGraphs(probe);
    if (!own_scales_) ShareScales();
    Json traces = Json::array();
    for (const Probe& probe : probes_) traces.push_back(ModelOf(probe));
    return {{"spans", Spans(page)},
            {"scales", Scales(page)},
            {"caption", Cat("Pictures of the last ", SpanWords(span_), " of each probe",
                            own_scales_ ? ", each with a scale of its own." : ", on one scale.")},
            {"first", first + 1},
            {"last", end},
            {"total", names.size()},
            {"pages", Pages(page, pages)},
            {"traces", std::move(traces)}};
  }

 private:
  [[nodiscard]] SpanReader ReaderOf(const Probe& probe) const {
    return {probe.state.trace, context_.reader, probe.last, SpanSeconds(span_)};
  }

  void Open(const std::string& name) {
    std::optional<ViewState> own = StateOf(name, state_, context_);
    if (!own) return;
    Probe probe;
    probe.state = *std::move(own);
    if (const auto steady = FindSteady(probe.state.trace, context_.reader)) {
      probe.last = steady->last;
    }
    probes_.push_back(std::move(probe));
  }

  // The longest that fits one of the probes.
  void ChooseSpan() {
    for (const Probe& probe : probes_) {
      if (probe.last == 0) continue;
      std::string fitting = FittingSpan(probe.state.trace, context_.reader);
      if (SpanSeconds(fitting) > SpanSeconds(span_)) span_ = std::move(fitting);
    }
    if (span_.empty()) span_ = "1wk";
  }

  void FindGraphs(Probe& probe) const {
    for (size_t i = 0; i < kCardCount && probe.last != 0; ++i) {
      const CardKind& kind = kProbeCards[i].kind;
      const auto found =
          FindCardGraph(kind, span_, probe.state.trace, context_.reader, &probe.unusable);
      // Pictures of one column are of one kind.
      if (found && found->query.graph_template == kind.graph_template) {
        probe.graphs[i] = found->query;
      }
    }
  }

  // Gives the graphs of one kind the limits that all of them fit into.
  void ShareScales() {
    for (size_t i = 0; i < kCardCount; ++i) {
      double above = 0, below = 0;
      for (const Probe& probe : probes_) {
        if (!probe.graphs[i]) continue;
        const SpanReader span = ReaderOf(probe);
        const Halves halves = HalvesOf(probe.graphs[i]->var, probe.graphs[i]->direction);
        const std::string_view shape = kProbeCards[i].kind.graph_template;
        const bool is_rate = kProbeCards[i].is_count && span.interval() > 0;
        const double unit = is_rate ? static_cast<double>(span.interval()) : 1;
        above = std::max(above, ReachOf(span, halves.positive, shape) / unit);
        if (halves.negative.empty()) continue;
        below = std::max(below, ReachOf(span, halves.negative, shape) / unit);
      }
      if (above <= 0 && below <= 0) continue;
      for (Probe& probe : probes_) {
        if (!probe.graphs[i]) continue;
        probe.graphs[i]->yauto = "false";
        probe.graphs[i]->ymax = above > 0 ? RoundLimit(above) : "1";
        probe.graphs[i]->ymin = below > 0 ? Cat("-", RoundLimit(below)) : "0";
      }
    }
  }

  Json ModelOf(const Probe& probe) const {
    const std::string& name = probe.state.trace.name;
    Json model = {
        {"name", name},
        {"last", probe.last},
        {"href", LinkOf(context_.script, {{"dir", name}, {"var", "NULL"}, {"duration", span_}})}};
    if (probe.last == 0) {
      model["message"] = "None of its databases can be read.";
      model["health"] = {{"state", "look"}, {"state_text", "Look here"}};
      return model;
    }
    const SpanReader span = ReaderOf(probe);
    Json health = HealthOf(span, context_.reader, context_.settings, std::time(nullptr));
    health.erase("items");
    if (!probe.unusable.empty()) {
      const std::string before =
          health["state"] == "look" ? Cat(health["text"].get<std::string>(), " ") : "";
      health["state"] = "look";
      health["state_text"] = "Look here";
      health["text"] = Cat(before, SentenceOn(probe.unusable));
    }
    model["health"] = std::move(health);
    model["figures"] = FiguresOf(span, FigureSet::kBrief);
    Json cards = Json::array();
    for (size_t i = 0; i < kCardCount; ++i) {
      if (!probe.graphs[i]) continue;
      cards.push_back({{"title", std::string(kProbeCards[i].title)},
                       {"href", BigGraphLink(*probe.graphs[i], context_.script)},
                       {"picture", SmallPicture(*probe.graphs[i])}});
    }
    model["cards"] = std::move(cards);
    return model;
  }

  [[nodiscard]] Json SmallPicture(const Query& query) const {
    Json links = PictureLinks(query, context_.script);
    for (Json& link : links) link = link.get<std::string>() + "&size=small";
    return links;
  }

  [[nodiscard]] Json ParametersOf(size_t page, bool own_scales) const {
    return {{"dir", state_.query.dir},
            {"var", "NULL"},
            {"page", page == 1 ? "" : std::to_string(page)},
            {"yauto", own_scales ? "true" : ""}};
  }

  [[nodiscard]] Json Spans(size_t page) const {
    return SpanLinks(ParametersOf(page, own_scales_), span_, context_.script);
  }

  [[nodiscard]] Json Scales(size_t page) const {
    Json links = Json::array();
    for (const bool own : {false, true}) {
      Json query = ParametersOf(page, own);
      query["duration"] = state_.query.duration;
      links.push_back({{"text", own ? "Own" : "Same for all"},
                       {"href", LinkOf(context_.script, query)},
                       {"current", own == own_scales_}});
    }
    return links;
  }

  [[nodiscard]] Json Pages(size_t page, size_t pages) const {
    Json links = Json::array();
    for (size_t i = 1; pages > 1 && i <= pages; ++i) {
      const bool is_near = i + kNeighbours >= page && i <= page + kNeighbours;
      if (i != 1 && i != pages && !is_near) continue;
      Json query = ParametersOf(i, own_scales_);
      query["duration"] = state_.query.duration;
      links.push_back({{"text", std::to_string(i)},
                       {"href", LinkOf(context_.script, query)},
                       {"current", i == page}});
    }
    return links;
  }

  const ViewState& state_;
  const PageContext& context_;
  std::string span_;
  bool own_scales_;
  std::vector<Probe> probes_;
};

}  // namespace

void AddProbes(const ViewState& state, const PageContext& context, Json& model) {
  Json probes = Probes(state, context).Model();
  if (probes["traces"].empty()) return;
  model["probes"] = std::move(probes);
}

}  // namespace tstat::viewer
