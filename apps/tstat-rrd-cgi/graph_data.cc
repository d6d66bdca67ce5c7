// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/graph_data.h"

#include <rrd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

// Whose values are above and below the axis.
struct Sides {
  std::string_view above, below;
};

Sides SidesOf(const Query& query) {
  if (query.direction == "both") return {", out", ", in"};
  if (query.direction == "bothcs") return {", client", ", server"};
  return {"", ""};
}

std::string Unescaped(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    plain += text[i];
  }
  return std::string(Trimmed(plain));
}

// "AREA:pos_A#A0522D:1500 Bytes": what is drawn, and its label. Empty: no element.
std::pair<std::string, std::string> ElementOf(std::string_view argument) {
  const bool is_element = argument.starts_with("LINE") || argument.starts_with("AREA:") ||
                          argument.starts_with("STACK:");
  const size_t colon = argument.find(':'), hash = argument.find('#');
  if (!is_element || hash == std::string_view::npos) return {};
  const size_t label = argument.find(':', hash);
  return {std::string(argument.substr(colon + 1, hash - colon - 1)),
          label == std::string_view::npos ? "" : Unescaped(argument.substr(label + 1))};
}

// What librrd allocated.
struct Exported {
  char** legends = nullptr;
  rrd_value_t* values = nullptr;
  unsigned long columns = 0;
  Exported() = default;
  Exported(const Exported&) = delete;
  Exported& operator=(const Exported&) = delete;
  ~Exported() {
    if (legends != nullptr) {
      for (unsigned long i = 0; i < columns; ++i) rrd_freemem(legends[i]);
    }
    rrd_freemem(legends);
    rrd_freemem(values);
  }
};

std::string NumberText(double value) {
  char text[40];
  const auto [end, error] = std::to_chars(text, text + sizeof(text), value);
  return error == std::errc() ? std::string(text, end) : "";
}

std::string CsvCell(std::string_view text) {
  if (text.find_first_of(",\"\n") == std::string_view::npos) return std::string(text);
  std::string cell = "\"";
  for (char c : text) cell += c == '"' ? "\"\"" : std::string(1, c);
  return cell + "\"";
}

// [[time, seconds]]: from that time on, local time is so many seconds ahead of UTC.
nlohmann::ordered_json ClockOf(const GraphData& data) {
  auto changes = nlohmann::ordered_json::array();
  std::optional<long> last;
  for (size_t row = 0; row < data.rows(); ++row) {
    const auto time = static_cast<time_t>(data.start + static_cast<int64_t>(row) * data.step);
    std::tm local{};
    if (localtime_r(&time, &local) == nullptr || local.tm_gmtoff == last) continue;
    last = local.tm_gmtoff;
    changes.push_back({static_cast<int64_t>(time), local.tm_gmtoff});
  }
  return changes;
}

}  // namespace

absl::StatusOr<GraphData> DataOf(const Query& query, const Graph& graph) {
  GraphData data;
  std::vector<std::string> arguments = {"xport"};
  std::vector<std::string> labels;
  const Sides sides = SidesOf(query);
  for (size_t i = 1; i < graph.arguments.size(); ++i) {
    const std::string& argument = graph.arguments[i];
    if (argument == "--start" || argument == "--end") {
      arguments.insert(arguments.end(), {argument, graph.arguments[++i]});
    } else if (argument.starts_with("DEF:") || argument.starts_with("CDEF:")) {
      arguments.push_back(argument);
    } else if (const auto [name, label] = ElementOf(argument); !name.empty()) {
      // Elements below the axis have the labels of those above, in the same order.
      const bool is_below = name.starts_with("neg_");
      if (!is_below) labels.push_back(label);
      const size_t place = data.series.size() - (is_below ? labels.size() : 0);
      const std::string& own = is_below && place < labels.size() ? labels[place] : label;
      data.series.push_back(Cat(own, is_below ? sides.below : sides.above));
      data.colours.push_back(argument.substr(argument.find('#'), 7));
      arguments.push_back(Cat("XPORT:", name));
    }
  }
  std::vector<char*> words;
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  int size = 0;
  time_t start = 0, end = 0;
  unsigned long step = 1;
  Exported exported;
  rrd_clear_error();
  if (rrd_xport(static_cast<int>(arguments.size()), words.data(), &size, &start, &end, &step,
                &exported.columns, &exported.legends, &exported.values) != 0) {
    const std::string message = rrd_get_error();
    rrd_clear_error();
    return absl::InternalError(message);
  }
  if (exported.columns != data.series.size() || step == 0) {
    return absl::InternalError("librrd exported other columns");
  }
  const auto rows = static_cast<size_t>(end - start) / step;
  data.start = start + static_cast<int64_t>(step);
  data.step = static_cast<int64_t>(step);
  data.values.assign(exported.values, exported.values + rows * exported.columns);
  return data;
}

std::string CsvOf(const GraphData& data) {
  std::string text = "time";
  for (const std::string& name : data.series) text += Cat(",", CsvCell(name));
  text += '\n';
  const size_t columns = data.series.size();
  for (size_t row = 0; row < data.rows(); ++row) {
    text += Cat(data.start + static_cast<int64_t>(row) * data.step);
    for (size_t column = 0; column < columns; ++column) {
      const double value = data.values[row * columns + column];
      text += ',';
      if (std::isfinite(value)) text += NumberText(value);
    }
    text += '\n';
  }
  return text;
}

std::string JsonOf(const GraphData& data, const PlotArea* area) {
  using Object = nlohmann::ordered_json;
  Object object = {{"start", data.start}, {"step", data.step}};
  if (area != nullptr) {
    object["plot"] = {{"left", area->left},     {"right", area->right}, {"top", area->top},
                      {"bottom", area->bottom}, {"start", area->start}, {"end", area->end}};
    object["clock"] = ClockOf(data);
  }
  Object series = Object::array();
  const size_t columns = data.series.size();
  for (size_t column = 0; column < columns; ++column) {
    Object values = Object::array();
    for (size_t row = 0; row < data.rows(); ++row) {
      const double value = data.values[row * columns + column];
      values.push_back(std::isfinite(value) ? Object(value) : Object(nullptr));
    }
    Object one = {{"name", data.series[column]}};
    if (area != nullptr) one["colour"] = data.colours[column];
    one["values"] = std::move(values);
    series.push_back(std::move(one));
  }
  object["series"] = std::move(series);
  return object.dump() + "\n";
}

}  // namespace tstat::viewer
