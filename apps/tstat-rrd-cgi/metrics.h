// SPDX-License-Identifier: BSD-3-Clause
//
// Metrics (`ip_len`), their groups and their directions; the names of databases are made of them.
#ifndef TSTAT_RRD_CGI_METRICS_H_
#define TSTAT_RRD_CGI_METRICS_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tstat::viewer {

struct MetricGroup {
  std::string_view name;  // "Ethernet": the heading of its menu
  std::string_view key;   // a chosen metric is marked in the menu whose key its name begins with
  bool (*holds)(std::string_view metric);
};
[[nodiscard]] std::span<const MetricGroup> MetricGroups();

// The menu text of a metric, which holds for its directions, too; none: it is in no menu.
[[nodiscard]] std::optional<std::string_view> DescriptionOf(std::string_view metric);
// The same, or what the histogram reference says, or the name.
[[nodiscard]] std::string TitleOf(std::string_view metric);

// The metric of a database's file name (`ip_len_in.avg.rrd`): the first direction anywhere in the
// name is left out, as in the original, whose links have such names.
[[nodiscard]] std::string MetricOfFile(std::string_view file);

[[nodiscard]] bool IsUndirected(std::string_view metric);
[[nodiscard]] bool HasClientAndServer(std::string_view metric);

struct Direction {
  std::string_view value, text;  // "both", "Incoming and outgoing"
};
// What the direction menu has for a metric; `files` are sorted names of databases.
[[nodiscard]] std::vector<Direction> DirectionsOf(std::string_view metric,
                                                  std::span<const std::string> files);
// The direction that is shown: the asked one if there is such, else both ends, else both sides,
// else all. What has none of them stays as it was asked.
[[nodiscard]] std::string EffectiveDirection(std::string_view asked,
                                             std::span<const Direction> available);

// That of a graph that nobody asked a direction of; empty: the metric has no databases.
[[nodiscard]] std::string ShownDirection(std::string_view metric,
                                         std::span<const std::string> files);

// Names of histograms: of the part above the axis, and below it (empty: none).
struct Halves {
  std::string positive, negative;
  std::string probe;      // whose files say which templates there are
  std::string_view note;  // "  [out (+) in (-)]"
};
[[nodiscard]] Halves HalvesOf(std::string_view metric, std::string_view direction);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_METRICS_H_
