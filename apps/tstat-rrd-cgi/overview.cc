// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/overview.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
    {"Health", "Flows that the probe follows, and those it missed.", "profile_flows", "idx"},
};

constexpr std::string_view kDefaultSpan = "1wk";

}  // namespace

void AddOverview(const ViewState& state, const PageContext& context, Json& model) {
  if (!state.trace_exists) return;
  const std::string span =
      state.query.duration.empty() ? std::string(kDefaultSpan) : state.query.duration;
  Json cards = Json::array();
  int64_t last = 0;
  for (const Card& card : kCards) {
    Query query;
    query.dir = state.query.dir;
    query.var = std::string(card.metric);
    query.graph_template = std::string(card.graph_template);
    query.duration = span;
    query.bigpic = "false";
    query.yauto = "true";
    const std::vector<Direction> directions = DirectionsOf(query.var, state.trace.files);
    if (directions.empty()) continue;
    query.direction = EffectiveDirection("", directions);
    if (query.direction.empty()) query.direction = std::string(directions.front().value);
    const Halves halves = HalvesOf(query.var, query.direction);
    if (!HasTemplate(state.trace, halves.probe, card.graph_template)) continue;
    const absl::StatusOr<Graph> graph = BuildGraph(query, state.trace, context.reader, "card.png");
    if (!graph.ok()) continue;
    Json target = KeptByLink(query);
    target["bigpic"] = "true";
    target["template"] = query.graph_template;
    cards.push_back({{"title", std::string(card.title)},
                     {"about", std::string(card.about)},
                     {"href", LinkOf(context.script, target)},
                     {"picture", PictureLinks(query, context.script)}});
    const auto updated = context.reader.LastUpdate(graph->databases.front(), halves.positive);
    last = std::max(last, updated.value_or(0));
  }
  if (cards.empty()) return;
  Json spans = Json::array();
  for (const TimeSpan& s : TimeSpans(false)) {
    const Json query = {
        {"dir", state.query.dir}, {"var", "NULL"}, {"duration", std::string(s.value)}};
    spans.push_back({{"text", std::string(s.text)},
                     {"href", LinkOf(context.script, query)},
                     {"current", s.value == span || (s.value == "1w" && span == "1wk")}});
  }
  model["overview"] = {
      {"spans", std::move(spans)}, {"cards", std::move(cards)}, {"last_update", DateText(last)}};
}

}  // namespace tstat::viewer
