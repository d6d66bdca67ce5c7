// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/overview.h"

#include <algorithm>
#include <ctime>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tstat-rrd-cgi/figures.h"
#include "tstat-rrd-cgi/health.h"
#include "tstat-rrd-cgi/metrics.h"
#include "tstat-rrd-cgi/readings.h"

namespace tstat::viewer {
namespace {

struct Card {
  std::string_view title, about;
  std::string_view metric, graph_template;
};

// In the order of the page.
constexpr Card kCards[] = {
    {"Traffic", "Bits per second by protocol: sent above the line, received below it.",
     "ip_bitrate", "idx"},
    {"Packets", "Packets by protocol.", "ip_protocol", "idx"},
    {"Packet length", "How long packets are.", "ip_len", "stdev"},
    {"Flows", "Connections that were followed.", "L4_flow_number", "idx"},
    {"Round-trip time", "Milliseconds to the other end and back.", "tcp_rtt_avg", "prc"},
    {"Loss and retransmissions", "What was sent again, and why.", "tcp_anomalies", "idx"},
    {"TCP applications", "Connections by application.", "L7_TCP_num", "idx"},
    {"UDP applications", "Flows by application.", "L7_UDP_num", "idx"},
    {"Encrypted services", "Bits per second by service.", "tls_bitrate", "idx"},
    {"Web", "Bits per second by kind of content.", "web_bitrate", "idx"},
    {"Video", "Bits per second by kind of video.", "video_rate", "idx"},
    {"Voice quality", "Variation of the delay of voice and video streams.", "mm_avg_jitter", "prc"},
    {"Capacity", "Flows that the probe follows, and those it missed.", "profile_flows", "idx"},
};

constexpr std::string_view kDefaultSpan = "1wk";

struct Cards {
  Json cards = Json::array();
  std::set<std::string> unusable;  // names of files
  int64_t last = 0;                // Unix time of the newest update
};

Cards CardsOf(const ViewState& state, const PageContext& context, const std::string& span) {
  Cards all;
  for (const Card& card : kCards) {
    const std::optional<CardGraph> found =
        FindCardGraph(card.metric, card.graph_template, span, state.trace, context.reader);
    if (!found) continue;
    all.cards.push_back({{"title", std::string(card.title)},
                         {"about", std::string(card.about)},
                         {"href", BigGraphLink(found->query, context.script)},
                         {"picture", PictureLinks(found->query, context.script)}});
    all.unusable.insert(found->graph.unusable.begin(), found->graph.unusable.end());
    all.last = std::max(all.last, found->graph.last);
  }
  return all;
}

}  // namespace

std::optional<CardGraph> FindCardGraph(std::string_view metric, std::string_view graph_template,
                                       const std::string& span, const Trace& trace,
                                       const DatabaseReader& reader) {
  Query query;
  query.dir = trace.name;
  query.var = std::string(metric);
  query.duration = span;
  query.bigpic = "false";
  query.yauto = "true";
  std::vector<std::string> directions = {ShownDirection(metric, trace.files)};
  for (const Direction& one : DirectionsOf(metric, trace.files)) {
    if (one.value != directions.front()) directions.emplace_back(one.value);
  }
  for (std::string_view kind : {graph_template, std::string_view("idx"), std::string_view("prc")}) {
    query.graph_template = std::string(kind);
    for (const std::string& direction : directions) {
      query.direction = direction;
      if (!HasTemplate(trace, HalvesOf(metric, direction).probe, kind)) continue;
      absl::StatusOr<Graph> graph = BuildGraph(query, trace, reader, "card.png");
      if (graph.ok()) return CardGraph{query, *std::move(graph)};
    }
  }
  return std::nullopt;
}

std::string BigGraphLink(const Query& query, std::string_view script) {
  Json target = KeptByLink(query);
  target["bigpic"] = "true";
  target["template"] = query.graph_template;
  return LinkOf(script, target);
}

std::string SpanOf(const Query& query) {
  return query.duration.empty() ? std::string(kDefaultSpan) : query.duration;
}

Json SpanLinks(const Json& parameters, std::string_view span, std::string_view script) {
  Json links = Json::array();
  for (const TimeSpan& s : TimeSpans(false)) {
    Json query = parameters;
    query["duration"] = std::string(s.value);
    links.push_back({{"text", std::string(s.text)},
                     {"href", LinkOf(script, query)},
                     {"current", s.value == span || (s.value == "1w" && span == "1wk")}});
  }
  return links;
}

void AddOverview(const ViewState& state, const PageContext& context, Json& model) {
  if (!state.trace_exists) return;
  const std::string span = SpanOf(state.query);
  Cards cards = CardsOf(state, context, span);
  if (!cards.unusable.empty()) {
    model["unusable"] = std::vector<std::string>(cards.unusable.begin(), cards.unusable.end());
  }
  const auto steady = FindSteady(state.trace, context.reader);
  const int64_t last = std::max(cards.last, steady ? steady->last : 0);
  if (last == 0) return;
  const SpanReader reader(state.trace, context.reader, last, SpanSeconds(span));
  const Json own = {{"dir", state.query.dir}, {"var", "NULL"}};
  model["overview"] = {
      {"trace", state.query.dir},
      {"href", LinkOf(context.script, own)},
      {"spans", SpanLinks(own, span, context.script)},
      {"health", HealthOf(reader, context.reader, context.settings, std::time(nullptr))},
      {"figures", FiguresOf(reader)},
      {"services", ServicesOf(reader, context.script)},
      {"cards", std::move(cards.cards)},
      {"last_update", DateText(last)}};
}

std::optional<ViewState> StateOf(const std::string& name, const ViewState& state,
                                 const PageContext& context) {
  absl::StatusOr<Trace> trace = OpenTrace(context.settings.data_root, name);
  if (!trace.ok()) return std::nullopt;
  ViewState own;
  own.query = state.query;
  own.query.dir = name;
  own.trace_exists = true;
  own.trace = *std::move(trace);
  return own;
}

}  // namespace tstat::viewer
