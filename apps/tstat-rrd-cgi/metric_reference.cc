// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/metric_reference.h"

#include <string>
#include <string_view>

#include "tstat-rrd-cgi/text.h"
#include "tstat/histogram.h"

namespace tstat::viewer {
namespace {

std::string_view KindText(HistogramKind kind) {
  switch (kind) {
    case HistogramKind::kDistribution:
      return "counts what had each value in an interval";
    case HistogramKind::kRate:
      return "bit rates of an interval, one for each class";
    case HistogramKind::kAverage:
      return "averages over an interval";
    case HistogramKind::kSum:
      return "sums over an interval";
  }
  return "";
}

std::string_view TemplateMeaning(std::string_view name) {
  if (name == "stdev") return "the mean of an interval, and above it one standard deviation more";
  if (name == "avg") return "the mean of an interval between its smallest and its largest value";
  if (name == "hit") return "how many samples an interval had";
  if (name == "prc") return "values that the given percentage of the samples does not exceed";
  if (name == "idx") return "how often single values or classes occurred, one upon another";
  return "the same as shares of their sum, in percent";
}

// "IP packet length [byte]" of "IP packet length [byte] - outgoing packets".
std::string_view WithoutDirection(std::string_view description) {
  const size_t dash = description.rfind(" - ");
  return dash == std::string_view::npos ? description : description.substr(0, dash);
}

}  // namespace

const HistogramInfo* FindHistogram(std::string_view name) {
  // Files have the last of two with the same name.
  const HistogramInfo* found = nullptr;
  for (const HistogramInfo& h : AllHistograms()) {
    if (h.name == name) found = &h;
  }
  return found;
}

Json DescribeMetric(const ViewState& state) {
  Json description = Json::object();
  description["metric"] = state.query.var;
  description["text"] = TitleOf(state.query.var);
  Json facts = Json::array();
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) facts.push_back({{"name", name}, {"value", value}});
  };
  if (const HistogramInfo* h = FindHistogram(state.halves.positive)) {
    const bool has_both = !state.halves.negative.empty();
    description["text"] =
        std::string(Trimmed(has_both ? WithoutDirection(h->description) : h->description));
    add("Unit", std::string(h->unit));
    add("Holds", std::string(KindText(h->kind)));
    add("Range", Cat(h->min, " to ", h->max, ", in steps of ", h->width));
  }
  add("Databases", state.halves.negative.empty() ? state.halves.positive
                                                 : Cat(state.halves.positive, " above the axis, ",
                                                       state.halves.negative, " below it"));
  description["facts"] = std::move(facts);
  Json templates = Json::array();
  for (const Template& t : state.templates) {
    if (!state.shown_template.empty() && t.name != state.shown_template) continue;
    templates.push_back(
        {{"name", std::string(t.text)}, {"text", std::string(TemplateMeaning(t.name))}});
  }
  description["templates"] = std::move(templates);
  return description;
}

}  // namespace tstat::viewer
