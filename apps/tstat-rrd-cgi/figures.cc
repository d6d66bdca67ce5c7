// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/figures.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "tstat-rrd-cgi/graph_command.h"
#include "tstat-rrd-cgi/human.h"
#include "tstat-rrd-cgi/labels.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

constexpr std::string_view kWays[] = {"_in", "_out", "_loc"};
constexpr size_t kMostServices = 10;

using Number = std::optional<double>;
using Reading = std::function<Number(std::string_view histogram, std::string_view statistic)>;

// Over all classes of a histogram ("idx0", ..., "idxoth").
Number SumOfClasses(const Trace& trace, const std::string& histogram, const Reading& read) {
  std::vector<Number> values;
  for (const std::string& part : PartsOf(trace, histogram, "idx")) {
    values.push_back(read(histogram, Cat("idx", part)));
  }
  return SumOf(values);
}

// Databases of a way that no packet took need not be read. ("_loc": most probes stand where no
// local traffic passes.)
std::vector<std::string_view> WaysWithTraffic(const SpanReader& span) {
  const Reading mean = [&](std::string_view h, std::string_view s) { return span.Mean(h, s); };
  std::vector<std::string_view> ways;
  for (std::string_view way : kWays) {
    const Number traffic = SumOfClasses(span.trace(), Cat("ip_bitrate", way), mean);
    if (!traffic || *traffic > 0) ways.push_back(way);
  }
  return ways;
}

class Figures {
 public:
  explicit Figures(const SpanReader& span)
      : span_(span), trace_(span.trace()), ways_(WaysWithTraffic(span)) {}

  Json Take(FigureSet set) {
    const bool is_brief = set == FigureSet::kBrief;
    AddTraffic();
    if (!is_brief) AddPackets();
    AddFlows();
    AddRoundTrips();
    if (!is_brief) AddRetransmissions();
    return std::move(all_);
  }

 private:
  void Add(std::string_view name, std::string value, std::string note) {
    all_.push_back(
        {{"name", std::string(name)}, {"value", std::move(value)}, {"note", std::move(note)}});
  }

  [[nodiscard]] Reading newest() const {
    return [this](std::string_view h, std::string_view s) { return span_.Newest(h, s); };
  }
  [[nodiscard]] Reading mean() const {
    return [this](std::string_view h, std::string_view s) { return span_.Mean(h, s); };
  }

  void AddTraffic() {
    constexpr std::pair<std::string_view, std::string_view> kDirections[] = {
        {"ip_bitrate_in", "Received"}, {"ip_bitrate_out", "Sent"}, {"ip_bitrate_loc", "Local"}};
    for (const auto& [histogram, name] : kDirections) {
      const Number now = SumOfClasses(trace_, std::string(histogram), newest());
      const Number usual = SumOfClasses(trace_, std::string(histogram), mean());
      if (!now && !usual) continue;
      if (name == "Local" && now.value_or(0) + usual.value_or(0) <= 0) continue;
      Add(name, now ? BitrateText(*now) : "unknown",
          usual ? Cat(BitrateText(*usual), " on average") : "");
    }
  }

  void AddPackets() {
    std::vector<Number> now, usual;
    for (std::string_view way : ways_) {
      const std::string histogram = Cat("ip_protocol", way);
      now.push_back(SumOfClasses(trace_, histogram, newest()));
      usual.push_back(SumOfClasses(trace_, histogram, mean()));
    }
    const int64_t interval = span_.interval();
    const Number count = SumOf(now), average = SumOf(usual);
    if (!count || interval <= 0) return;
    const auto seconds = static_cast<double>(interval);
    Add("Packets", Cat(CountText(*count / seconds), " /s"),
        average ? Cat(CountText(*average / seconds), " /s on average") : "");
  }

  void AddFlows() {
    const Number udp = span_.Newest("profile_flows", "idx1");
    const Number tcp = span_.Newest("profile_flows", "idx3");
    const Number all = SumOf({udp, tcp});
    if (!all) return;
    Add("Live flows", CountText(*all),
        udp && tcp ? Cat("followed at once: TCP ", CountText(*tcp), ", UDP ", CountText(*udp))
                   : "followed at once");
  }

  // Of connections from inside to outside where there are such.
  void AddRoundTrips() {
    for (const char* histogram :
         {"tcp_rtt_avg_out", "tcp_rtt_avg_loc", "tcp_rtt_avg_in", "tcp_rtt_avg_c2s"}) {
      const Number half = span_.MeanOfSamples(histogram, "prc50");
      if (!half) continue;
      const Number most = span_.MeanOfSamples(histogram, "prc95");
      const std::string rest = most ? Cat(", 95 % below ", CountText(*most), " ms") : "";
      // A percentile is the lower end of a bin of a millisecond.
      const std::string value = *half < 1 ? "below 1 ms" : Cat(CountText(*half), " ms");
      Add("Round-trip time", value, Cat("half of the connections are below", rest));
      return;
    }
  }

  // Of all segments that were classified: 1, 2, 6 and 7 were sent again.
  void AddRetransmissions() {
    std::vector<Number> again, all;
    for (std::string_view way : ways_) {
      const std::string histogram = Cat("tcp_anomalies", way);
      if (!trace_.Has(Cat(histogram, ".idx0.rrd"))) continue;
      all.push_back(SumOfClasses(trace_, histogram, mean()));
      for (const char* one : {"idx1", "idx2", "idx6", "idx7"}) {
        again.push_back(span_.Mean(histogram, one));
      }
    }
    const Number segments = SumOf(all), resent = SumOf(again);
    if (!segments || !resent || *segments <= 0) return;
    Add("Sent again", ShareText(*resent / *segments),
        "of the TCP segments: they were lost, or taken for lost");
  }

  const SpanReader& span_;
  const Trace& trace_;
  std::vector<std::string_view> ways_;
  Json all_ = Json::array();
};

struct ServiceSource {
  std::string_view metric;
  std::string_view tag;  // behind a service's name, where sources share one
};

// One table of the page: of the first kind that the trace has.
struct ServiceKind {
  std::string_view title, about, measure;
  bool is_rate;  // bit/s; else a count of each interval
  ServiceSource sources[2];
};
constexpr ServiceKind kApplications[] = {
    {"Top services",
     "By traffic in all directions, on average over this span.",
     "Traffic",
     true,
     {{"tcp_bitrate", " (TCP)"}, {"udp_bitrate", " (UDP)"}}},
    {"Top services",
     "By connections in all directions, counted over this span.",
     "Flows",
     false,
     {{"L7_TCP_num", " (TCP)"}, {"L7_UDP_num", " (UDP)"}}},
    {"Top services",
     "By attempts to connect to a TCP port, counted over this span.",
     "Attempts",
     false,
     {{"tcp_port_syndst", ""}, {"", ""}}},
};
constexpr ServiceKind kEncrypted[] = {
    {"Top encrypted services",
     "TLS traffic by the name of the server, on average over this span.",
     "Traffic",
     true,
     {{"tls_bitrate", ""}, {"", ""}}},
    {"Top encrypted services",
     "TLS connections by the name of the server, counted over this span.",
     "Flows",
     false,
     {{"L7_TLS_num", ""}, {"", ""}}},
};

struct Service {
  std::string name, metric, number;  // "33", "-1": what a link includes
  double value = 0;
};

class Services {
 public:
  Services(const SpanReader& span, std::string_view script)
      : span_(span), script_(script), ways_(WaysWithTraffic(span)) {}

  // Null if the trace has none of the kinds.
  Json Table(std::span<const ServiceKind> kinds) const {
    for (const ServiceKind& kind : kinds) {
      std::vector<Service> found;
      for (const ServiceSource& source : kind.sources) {
        if (!source.metric.empty()) Collect(kind, source, found);
      }
      if (!found.empty()) return Ranked(kind, std::move(found));
      // Over each span the same kind.
      if (HasDatabases(kind)) break;
    }
    return nullptr;
  }

 private:
  [[nodiscard]] bool HasDatabases(const ServiceKind& kind) const {
    return std::ranges::any_of(kind.sources, [&](const ServiceSource& source) {
      return !source.metric.empty() && std::ranges::any_of(kWays, [&](std::string_view way) {
        return !PartsOf(span_.trace(), Cat(source.metric, way), "idx").empty();
      });
    });
  }

  void Collect(const ServiceKind& kind, const ServiceSource& source,
               std::vector<Service>& found) const {
    const auto labels = LabelsOf(source.metric);
    std::vector<std::string> parts;
    for (std::string_view way : ways_) {
      for (std::string& part : PartsOf(span_.trace(), Cat(source.metric, way), "idx")) {
        if (std::ranges::find(parts, part) == parts.end()) parts.push_back(std::move(part));
      }
    }
    for (const std::string& part : parts) {
      std::vector<Number> values;
      for (std::string_view way : ways_) {
        const std::string histogram = Cat(source.metric, way), statistic = Cat("idx", part);
        values.push_back(kind.is_rate ? span_.Mean(histogram, statistic)
                                      : span_.Total(histogram, statistic));
      }
      const Number value = SumOf(values);
      if (!value) continue;
      const int number = NumberIn<int>(part).value_or(-1);
      const auto label = std::ranges::find(labels, number, &ValueLabel::value);
      std::string name = part == "oth"           ? "Others"
                         : label != labels.end() ? std::string(label->label)
                                                 : Cat("Number ", part);
      found.push_back(
          {Cat(name, source.tag), std::string(source.metric), std::to_string(number), *value});
    }
  }

  Json Ranked(const ServiceKind& kind, std::vector<Service> found) const {
    std::erase_if(found, [](const Service& service) { return service.value <= 0; });
    std::ranges::stable_sort(found, std::ranges::greater(), &Service::value);
    double sum = 0;
    for (const Service& service : found) sum += service.value;
    Json rows = Json::array();
    const double largest = found.empty() ? 1 : found.front().value;
    double rest = sum;
    for (const Service& service : found) {
      if (rows.size() == kMostServices) break;
      rest -= service.value;
      Json row = Row(kind, service.name, service.value, sum, largest);
      row["href"] = LinkOf(script_, {{"dir", span_.trace().name},
                                     {"var", service.metric},
                                     {"direction", DirectionOf(service)},
                                     {"exclude", "ALL"},
                                     {"include", service.number},
                                     {"template", "idx"}});
      rows.push_back(std::move(row));
    }
    if (found.size() > kMostServices) {
      const auto others = static_cast<int64_t>(found.size() - kMostServices);
      rows.push_back(
          Row(kind, Counted(others, "other service", "other services"), rest, sum, largest));
    }
    return {{"title", std::string(kind.title)},
            {"about", std::string(kind.about)},
            {"measure", std::string(kind.measure)},
            {"rows", std::move(rows)}};
  }

  // Both, or the first that has the service's database.
  [[nodiscard]] std::string DirectionOf(const Service& service) const {
    const auto has = [&](std::string_view way) {
      const std::string part = service.number == "-1" ? "oth" : service.number;
      return span_.trace().Has(Cat(service.metric, way, ".idx", part, ".rrd"));
    };
    if (has("_in")) return has("_out") ? "both" : "in";
    return has("_out") ? "out" : "loc";
  }

  static Json Row(const ServiceKind& kind, const std::string& name, double value, double sum,
                  double largest) {
    // The column is narrow.
    constexpr std::string_view kLess = "less than ";
    std::string share = ShareText(value / sum);
    if (share.starts_with(kLess)) share.replace(0, kLess.size(), "< ");
    const double width = std::round(std::min(1.0, value / largest) * 1000) / 10;
    return {{"name", name},
            {"value", kind.is_rate ? BitrateText(value) : CountText(std::round(value))},
            {"share", std::move(share)},
            {"width", width}};
  }

  const SpanReader& span_;
  std::string_view script_;
  std::vector<std::string_view> ways_;
};

}  // namespace

Json FiguresOf(const SpanReader& span, FigureSet set) { return Figures(span).Take(set); }

Json ServicesOf(const SpanReader& span, std::string_view script) {
  const Services services(span, script);
  Json tables = Json::array();
  for (const std::span<const ServiceKind> kinds :
       {std::span<const ServiceKind>(kApplications), std::span<const ServiceKind>(kEncrypted)}) {
    if (Json table = services.Table(kinds); !table.is_null()) tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace tstat::viewer
