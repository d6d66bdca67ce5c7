// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/front_span.h"

#include <algorithm>
#include <iterator>

#include "tstat-rrd-cgi/readings.h"

namespace tstat::viewer {
namespace {

constexpr FrontSpan kFrontSpans[] = {{"1h", "Hour", "hour"},
                                     {"1d", "Day", "day"},
                                     {"1w", "Week", "week"},
                                     {"1m", "Month", "month"},
                                     {"1y", "Year", "year"}};
constexpr std::string_view kOffered[] = {"1wk", "1d", "1h"};  // without being asked for
constexpr int64_t kKnownParts = 3;                            // of which one has to be known

// Queries have "1wk", which librrd understands.
std::string_view AsOffered(std::string_view span) { return span == "1wk" ? "1w" : span; }

}  // namespace

std::span<const FrontSpan> FrontSpans() { return kFrontSpans; }

std::string FittingSpan(const Trace& trace, const DatabaseReader& reader) {
  const auto steady = FindSteady(trace, reader);
  if (!steady) return std::string(kOffered[0]);
  const std::string path = trace.PathOf(steady->file);
  for (std::string_view offered : kOffered) {
    const int64_t seconds = SpanSeconds(offered);
    const auto readings = reader.Read(path, steady->histogram, steady->last, seconds);
    if (readings == nullptr) return std::string(offered);
    const int64_t first = GapsOf(*readings, 0).first_known;
    if (first != 0 && (steady->last - first) * kKnownParts >= seconds) return std::string(offered);
  }
  return std::string(*std::rbegin(kOffered));
}

Json SpanLinks(const Json& parameters, std::string_view span, std::string_view script) {
  const std::string_view shown = AsOffered(span);
  Json links = Json::array();
  bool is_usual = false;
  const auto add = [&](std::string_view value, std::string_view text) {
    Json query = parameters;
    query["duration"] = std::string(value);
    const bool is_shown = value == shown;
    is_usual |= is_shown;
    links.push_back(
        {{"text", std::string(text)}, {"href", LinkOf(script, query)}, {"current", is_shown}});
  };
  for (const FrontSpan& one : kFrontSpans) add(one.value, one.text);
  if (!is_usual) add(shown, shown);
  return links;
}

std::string SpanWords(std::string_view span) {
  const auto* found = std::ranges::find(kFrontSpans, AsOffered(span), &FrontSpan::value);
  return std::string(found == std::end(kFrontSpans) ? span : found->words);
}

}  // namespace tstat::viewer
