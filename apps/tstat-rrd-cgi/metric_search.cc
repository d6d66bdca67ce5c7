// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/metric_search.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tstat-rrd-cgi/human.h"
#include "tstat-rrd-cgi/text.h"
#include "tstat/histogram.h"

namespace tstat::viewer {
namespace {

std::string Lowered(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return lowered;
}

// What the histogram reference has; empty: nothing.
struct Reference {
  std::string description, unit;
};
Reference ReferenceOf(std::string_view metric) {
  const HistogramInfo* found = nullptr;
  for (const HistogramInfo& h : AllHistograms()) {
    if (h.name == metric || h.family == metric) found = &h;
    if (h.name == metric) break;
  }
  if (found == nullptr) return {};
  // "IP packet length [bytes] - incoming packets": the family's part.
  const size_t dash =
      found->name == metric ? std::string_view::npos : found->description.find(" - ");
  return {std::string(found->description.substr(0, dash)),
          std::string(found->unit == "-" ? "" : found->unit)};
}

// What it says that the menu does not: "cpu load [clock/time] (per cent CPU)".
std::string AboutOf(const Reference& reference, std::string_view title) {
  if (reference.description == title) return "";
  const bool has_unit = reference.description.find(reference.unit) != std::string::npos;
  return has_unit ? reference.description : Cat(reference.description, " (", reference.unit, ")");
}

}  // namespace

void AddSearch(const std::string& text, Json& model) {
  std::vector<std::string> words;
  for (std::string_view word : Split(text, " ")) {
    if (!word.empty()) words.push_back(Lowered(word));
  }
  Json results = Json::array();
  for (const Json& menu : model["menus"]) {
    for (const Json& metric : menu["options"]) {
      const std::string name = metric["name"], title = metric["text"], group = menu["name"];
      const Reference reference = ReferenceOf(name);
      const std::string all = Lowered(
          Cat(name, "\n", title, "\n", group, "\n", reference.description, "\n", reference.unit));
      const bool has_all = std::ranges::all_of(
          words, [&](const std::string& word) { return all.find(word) != std::string::npos; });
      if (!has_all) continue;
      results.push_back({{"group", group},
                         {"name", name},
                         {"text", title},
                         {"about", AboutOf(reference, title)},
                         {"href", metric["href"]}});
    }
  }
  const auto count = static_cast<int64_t>(results.size());
  model["search"] = {{"text", text},
                     {"sentence", count == 0 ? "No statistic of this trace has these words."
                                             : Cat(Counted(count, "statistic", "statistics"), ".")},
                     {"results", std::move(results)}};
}

}  // namespace tstat::viewer
