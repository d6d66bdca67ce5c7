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
#include "tstat-rrd-cgi/front_span.h"
#include "tstat-rrd-cgi/health.h"
#include "tstat-rrd-cgi/human.h"
#include "tstat-rrd-cgi/metrics.h"
#include "tstat-rrd-cgi/readings.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

struct Card {
  std::string_view title, about;
  std::string_view about_counts;  // where the databases are of counts only
  CardKind kind;
};

constexpr std::string_view kPercentiles = "So many per cent of the values are below each line.";
constexpr std::string_view kCountsOfValues = "How many there were of each value, by the second.";
// In the order of the page.
constexpr Card kCards[] = {
    {"Traffic", "Bits per second, by protocol.", "", {"ip_bitrate", "idx"}},
    {"Packets", "Packets per second, by protocol.", "", {"ip_protocol", "idx"}},
    {"Packet length",
     "Bytes of a packet: the mean, and one standard deviation more.",
     "Packets per second, by their length.",
     {"ip_len", "stdev"}},
    {"Flows", "TCP connections and UDP flows per second.", "", {"L4_flow_number", "idx"}},
    {"Round-trip time",
     "Milliseconds to the other end and back. So many per cent of the connections are below each "
     "line.",
     kCountsOfValues,
     {"tcp_rtt_avg", "prc", "", true}},
    {"Loss and retransmissions",
     "TCP segments per second that were sent again, came twice, or out of order. The others are "
     "left out.",
     "",
     {"tcp_anomalies", "idx", "0"}},
    {"TCP applications", "TCP connections per second, by application.", "", {"L7_TCP_num", "idx"}},
    {"UDP applications", "UDP flows per second, by application.", "", {"L7_UDP_num", "idx"}},
    {"Encrypted services", "Bits per second of TLS, by service.", "", {"tls_bitrate", "idx"}},
    {"Web", "Bits per second, by kind of content.", "", {"web_bitrate", "idx"}},
    {"Video", "Bits per second, by kind of video.", "", {"video_rate", "idx"}},
    {"Voice quality",
     "Jitter: how unevenly packets of voice and video come, in tenths of milliseconds. So many per "
     "cent of the streams are below each line.",
     kCountsOfValues,
     {"mm_avg_jitter", "prc", "", true}},
    {"Capacity",
     "Flows that the probe follows at once, and those it had no room for.",
     "",
     {"profile_flows", "idx"}},
};

struct Cards {
  Json cards = Json::array();
  std::set<std::string> unusable;  // names of files
  int64_t last = 0;                // Unix time of the newest update
};

std::string AboutCard(const Card& card, const Query& query) {
  std::string about(card.about);
  if (query.graph_template != card.kind.graph_template) {
    about = query.graph_template == "prc" ? kPercentiles : card.about_counts;
  }
  if (query.direction == "both") about += " Sent is above the line, received below it.";
  return about;
}

Cards CardsOf(const ViewState& state, const PageContext& context, const std::string& span) {
  Cards all;
  std::vector<std::string> left_out;
  for (const Card& card : kCards) {
    const std::optional<CardGraph> found =
        FindCardGraph(card.kind, span, state.trace, context.reader, &left_out);
    if (!found) continue;
    all.cards.push_back({{"title", std::string(card.title)},
                         {"about", AboutCard(card, found->query)},
                         {"href", BigGraphLink(found->query, context.script)},
                         {"picture", PictureLinks(found->query, context.script)}});
    all.last = std::max(all.last, found->graph.last);
  }
  all.unusable.insert(left_out.begin(), left_out.end());
  return all;
}

std::string CaptionOf(int64_t interval, const std::string& span) {
  const std::string now =
      interval > 0 ? Cat("Large numbers are of the ", AgeText(interval), " before it; averages, ")
                   : "Averages, ";
  return Cat(now, "shares and pictures are of the ", SpanWords(span), " before it.");
}

// In which a card can be shown, the best one first.
std::vector<std::string> DirectionsFor(const CardKind& kind, const Trace& trace) {
  std::vector<std::string> directions;
  const auto add = [&](std::string_view direction) {
    if (std::ranges::find(directions, direction) == directions.end()) {
      directions.emplace_back(direction);
    }
  };
  const std::vector<Direction> all = DirectionsOf(kind.metric, trace.files);
  if (kind.one_way) {
    for (std::string_view one : {"out", "loc", "in", "c2s", "s2c"}) {
      if (std::ranges::find(all, one, &Direction::value) != all.end()) add(one);
    }
  }
  add(ShownDirection(kind.metric, trace.files));
  for (const Direction& one : all) add(one.value);
  return directions;
}

}  // namespace

std::optional<CardGraph> FindCardGraph(const CardKind& kind, const std::string& span,
                                       const Trace& trace, const DatabaseReader& reader,
                                       std::vector<std::string>* unusable) {
  Query query;
  query.dir = trace.name;
  query.var = std::string(kind.metric);
  query.duration = span;
  query.bigpic = "false";
  query.yauto = "true";
  query.exclude = std::string(kind.exclude);
  query.per_second = true;
  const std::vector<std::string> directions = DirectionsFor(kind, trace);
  for (std::string_view shape :
       {kind.graph_template, std::string_view("idx"), std::string_view("prc")}) {
    query.graph_template = std::string(shape);
    for (const std::string& direction : directions) {
      query.direction = direction;
      if (!HasTemplate(trace, HalvesOf(kind.metric, direction).probe, shape)) continue;
      absl::StatusOr<Graph> graph = BuildGraph(query, trace, reader, "card.png", unusable);
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

void AddOverview(const ViewState& state, const PageContext& context, Json& model) {
  if (!state.trace_exists) return;
  const std::string span = state.query.duration.empty() ? FittingSpan(state.trace, context.reader)
                                                        : state.query.duration;
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
      {"last", last},
      {"last_update", MomentText(last)},
      {"caption", CaptionOf(reader.interval(), span)}};
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
