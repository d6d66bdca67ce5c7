// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/metrics.h"

#include <algorithm>
#include <array>

#include "tstat-rrd-cgi/metric_tables.h"
#include "tstat-rrd-cgi/text.h"
#include "tstat/histogram.h"

namespace tstat::viewer {
namespace {

template <size_t N>
bool BeginsWithAny(std::string_view name, const std::array<std::string_view, N>& prefixes) {
  return std::ranges::any_of(prefixes, [&](std::string_view p) { return name.starts_with(p); });
}

constexpr std::array<std::string_view, 3> kIp = {"ip_", "flow_", "L3_"};
constexpr std::array<std::string_view, 6> kMedia = {"mm_",    "rtp_", "rtcp_",
                                                    "skype_", "msn_", "chat_"};
constexpr std::array<std::string_view, 3> kWeb = {"L7_VIDEO", "L7_WEB", "L7_WWW"};
constexpr std::array<std::string_view, 3> kWebRates = {"web_bitrate", "video_rate", "www_bitrate"};
constexpr std::array<std::string_view, 9> kClasses = {"L7_",         "L4_",          "tcp_bitrate",
                                                      "udp_bitrate", "http_bitrate", "bt_",
                                                      "p2p_bitrate", "tls_bitrate",  "google_"};

constexpr MetricGroup kGroups[] = {
    {"Ethernet", "eth", [](std::string_view m) { return m.starts_with("eth"); }},
    {"IP", "ip", [](std::string_view m) { return BeginsWithAny(m, kIp); }},
    {"TCP", "tcp",
     [](std::string_view m) { return m.starts_with("tcp_") && !m.starts_with("tcp_bitrate"); }},
    {"UDP", "udp",
     [](std::string_view m) { return m.starts_with("udp_") && !m.starts_with("udp_bitrate"); }},
    {"MMedia", "mm", [](std::string_view m) { return BeginsWithAny(m, kMedia); }},
    {"Classifier", "L7",
     [](std::string_view m) { return BeginsWithAny(m, kClasses) && !BeginsWithAny(m, kWeb); }},
    {"P2P-TV", "p2ptv", [](std::string_view m) { return m.starts_with("p2ptv_"); }},
    {"Video", "video",
     [](std::string_view m) { return BeginsWithAny(m, kWeb) || BeginsWithAny(m, kWebRates); }},
    {"Profile", "profile", [](std::string_view m) { return m.starts_with("profile_"); }},
};

constexpr std::array<std::string_view, 5> kDirectionTags = {"_in", "_out", "_loc", "_c2s", "_s2c"};
constexpr std::array<std::string_view, 7> kTextTags = {"_loc", "_in",  "_out", "_c2s",
                                                       "_s2c", "_src", "_dst"};

const MetricText* FindText(std::string_view name) {
  const auto* found = std::ranges::find(kMetricTexts, name, &MetricText::name);
  return found == std::end(kMetricTexts) ? nullptr : found;
}

bool AnyFileBegins(std::span<const std::string> files, std::string_view prefix) {
  const auto at = std::ranges::lower_bound(
      files, prefix, {}, [](const std::string& s) { return std::string_view(s); });
  return at != files.end() && at->starts_with(prefix);
}

}  // namespace

std::span<const MetricGroup> MetricGroups() { return kGroups; }

std::optional<std::string_view> DescriptionOf(std::string_view metric) {
  if (const MetricText* text = FindText(metric)) return text->description;
  for (std::string_view tag : kTextTags) {
    if (!metric.ends_with(tag)) continue;
    const std::string_view base = metric.substr(0, metric.size() - tag.size());
    if (IsUndirected(base)) return std::nullopt;
    if (const MetricText* text = FindText(base)) return text->description;
    return std::nullopt;
  }
  return std::nullopt;
}

std::string TitleOf(std::string_view metric) {
  if (const auto text = DescriptionOf(metric)) return std::string(*text);
  for (const HistogramInfo& h : AllHistograms()) {
    if (h.name == metric || h.family == metric) return std::string(h.description);
  }
  return std::string(metric);
}

std::string MetricOfFile(std::string_view file) {
  const std::string_view name = file.substr(0, file.find('.'));
  size_t first = std::string_view::npos;
  std::string_view tag;
  for (std::string_view t : kDirectionTags) {
    const size_t at = name.find(t);
    if (at < first) {
      first = at;
      tag = t;
    }
  }
  if (first == std::string_view::npos) return std::string(name);
  return Cat(name.substr(0, first), name.substr(first + tag.size()));
}

bool IsUndirected(std::string_view metric) {
  return std::ranges::find(kUndirectedMetrics, metric) != std::end(kUndirectedMetrics);
}

bool HasClientAndServer(std::string_view metric) {
  return std::ranges::find(kClientServerMetrics, metric) != std::end(kClientServerMetrics);
}

std::vector<Direction> DirectionsOf(std::string_view metric, std::span<const std::string> files) {
  constexpr Direction kAll = {"NULL", "--Aggregate only--"};
  if (metric.empty() || metric == "NULL") return {};
  if (IsUndirected(metric)) return {kAll};
  const auto has = [&](std::string_view tag) { return AnyFileBegins(files, Cat(metric, tag)); };
  std::vector<Direction> found;
  const bool in = has("_in"), out = has("_out"), c2s = has("_c2s"), s2c = has("_s2c");
  if (in || out) found.push_back({"both", "Incoming and outgoing"});
  if (in) found.push_back({"in", "Incoming traffic only"});
  if (out) found.push_back({"out", "Outgoing traffic only"});
  if (has("_loc")) found.push_back({"loc", "Local traffic only"});
  if (c2s || s2c) found.push_back({"bothcs", "Client to/from server"});
  if (c2s) found.push_back({"c2s", "Client to server only"});
  if (s2c) found.push_back({"s2c", "Server to client only"});
  if (found.empty() && has(".")) found.push_back(kAll);
  return found;
}

std::string EffectiveDirection(std::string_view asked, std::span<const Direction> available) {
  const auto has = [&](std::string_view value) {
    return std::ranges::find(available, value, &Direction::value) != available.end();
  };
  if (!asked.empty() && asked != "NONE" && has(asked)) return std::string(asked);
  for (std::string_view value : {"both", "bothcs", "NULL"}) {
    if (has(value)) return std::string(value);
  }
  return std::string(asked);
}

std::string ShownDirection(std::string_view metric, std::span<const std::string> files) {
  const std::vector<Direction> directions = DirectionsOf(metric, files);
  if (directions.empty()) return "";
  std::string shown = EffectiveDirection("", directions);
  return shown.empty() ? std::string(directions.front().value) : shown;
}

Halves HalvesOf(std::string_view metric, std::string_view direction) {
  const auto with = [&](std::string_view tag) { return Cat(metric, tag); };
  if (direction == "both") {
    return {with("_out"), with("_in"), with("_in"), "  [out (+) in (-)]"};
  }
  if (direction == "bothcs") {
    return {with("_c2s"), with("_s2c"), with("_c2s"), "  [client (+) server (-)]"};
  }
  for (std::string_view value : {"in", "out", "loc", "c2s", "s2c"}) {
    if (direction == value) return {with(Cat("_", value)), "", with(Cat("_", value)), ""};
  }
  return {std::string(metric), "", std::string(metric), ""};
}

}  // namespace tstat::viewer
