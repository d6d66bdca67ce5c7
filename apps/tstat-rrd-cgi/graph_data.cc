// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/graph_data.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "loaded-library/locked_database.h"
#include "tstat-rrd-cgi/rrd_library.h"
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

// "CDEF:pos_A=c_A": the name, and what it is made of.
struct Definition {
  std::string_view name, value;
};
Definition DefinitionOf(std::string_view argument) {
  argument.remove_prefix(argument.find(':') + 1);
  const size_t equals = argument.find('=');
  return {argument.substr(0, equals), argument.substr(equals + 1)};
}

// The name of the database's definition that an element shows: "oth_A" of "neg_A".
std::string SourceOf(std::string_view element) {
  if (element.starts_with("pos_")) return std::string(element.substr(4));
  if (element == "p1s") return "stdev";
  if (element == "neg_p1s") return "oth_stdev";
  if (element.starts_with("neg_")) return Cat("oth_", element.substr(4));
  return std::string(element);
}

// "idx1500" of "PATH/ip_len_in.idx1500.rrd:ip_len_in:AVERAGE".
std::string PartOf(std::string_view definition) {
  constexpr std::string_view kSuffix = ".rrd:";
  definition = definition.substr(0, definition.rfind(kSuffix));
  definition.remove_prefix(definition.rfind('/') + 1);
  return std::string(definition.substr(definition.find('.') + 1));
}

// The graph's arguments for exporting: definitions, and in place of what is drawn its values.
struct Export {
  std::vector<std::string> arguments = {"xport"};
  std::vector<std::string> series, parts, colours;
};

Export ExportOf(const Query& query, const Graph& graph, const DataSpan* span) {
  Export made;
  std::vector<std::string> labels;
  std::map<std::string, std::string, std::less<>> parts;
  const Sides sides = SidesOf(query);
  for (size_t i = 1; i < graph.arguments.size(); ++i) {
    const std::string& argument = graph.arguments[i];
    if (argument == "--start" || argument == "--end") {
      ++i;
      if (span == nullptr) {
        made.arguments.insert(made.arguments.end(), {argument, graph.arguments[i]});
      }
    } else if (argument.starts_with("DEF:")) {
      const Definition definition = DefinitionOf(argument);
      parts.emplace(definition.name, PartOf(definition.value));
      made.arguments.push_back(argument);
    } else if (argument.starts_with("CDEF:")) {
      const Definition definition = DefinitionOf(argument);
      const std::string source = SourceOf(definition.name);
      const bool is_element = definition.name != source && parts.contains(source);
      made.arguments.push_back(is_element ? Cat("CDEF:", definition.name, "=", source, ",UN,UNKN,",
                                                definition.value, ",IF")
                                          : argument);
    } else if (const auto [name, label] = ElementOf(argument); !name.empty()) {
      // Elements below the axis have the labels of those above, in the same order.
      const bool is_below = name.starts_with("neg_");
      if (!is_below) labels.push_back(label);
      const size_t place = made.series.size() - (is_below ? labels.size() : 0);
      const std::string& own = is_below && place < labels.size() ? labels[place] : label;
      made.series.push_back(Cat(own, is_below ? sides.below : sides.above));
      made.parts.push_back(parts[SourceOf(name)]);
      made.colours.push_back(argument.substr(argument.find('#'), 7));
      made.arguments.push_back(Cat("XPORT:", name));
    }
  }
  return made;
}

// What librrd allocated.
struct Exported {
  const RrdLibrary& rrd;
  char** legends = nullptr;
  rrd_value_t* values = nullptr;
  unsigned long columns = 0;
  explicit Exported(const RrdLibrary& library) : rrd(library) {}
  Exported(const Exported&) = delete;
  Exported& operator=(const Exported&) = delete;
  ~Exported() {
    if (legends != nullptr) {
      for (unsigned long i = 0; i < columns; ++i) rrd.freemem(legends[i]);
    }
    rrd.freemem(legends);
    rrd.freemem(values);
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

absl::StatusOr<GraphData> DataOf(const Query& query, const Graph& graph, const DataSpan* span) {
  const absl::StatusOr<const RrdLibrary*> loaded = LoadRrd();
  if (!loaded.ok()) return loaded.status();
  const RrdLibrary& rrd = **loaded;
  Export made = ExportOf(query, graph, span);
  if (span != nullptr) {
    made.arguments.insert(made.arguments.end(),
                          {"--start", Cat(span->start), "--end", Cat(span->end), "--maxrows",
                           Cat(span->most_rows), "--step", Cat(span->step)});
  }
  GraphData data;
  data.series = std::move(made.series);
  data.parts = std::move(made.parts);
  data.colours = std::move(made.colours);
  int size = 0;
  time_t start = 0, end = 0;
  unsigned long step = 1;
  Exported exported(rrd);
  const auto read = [&] {
    RrdWords words(made.arguments);
    return rrd.xport(words.count(), words.words(), &size, &start, &end, &step, &exported.columns,
                     &exported.legends, &exported.values) == 0;
  };
  if (!WhenUnlocked(rrd, read)) {
    const std::string message = rrd.get_error();
    rrd.clear_error();
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

GraphData Thinned(const GraphData& data, size_t most_rows) {
  const size_t rows = data.rows(), columns = data.series.size();
  if (rows <= most_rows || most_rows == 0) return data;
  const size_t many = (rows + most_rows - 1) / most_rows;
  GraphData thin = data;
  thin.start += static_cast<int64_t>(many - 1) * data.step;
  thin.step *= static_cast<int64_t>(many);
  thin.values.clear();
  for (size_t first = 0; first < rows; first += many) {
    for (size_t column = 0; column < columns; ++column) {
      double sum = 0;
      size_t known = 0;
      for (size_t row = first; row < std::min(first + many, rows); ++row) {
        const double value = data.values[row * columns + column];
        if (!std::isfinite(value)) continue;
        sum += value;
        ++known;
      }
      thin.values.push_back(known == 0 ? std::numeric_limits<double>::quiet_NaN()
                                       : sum / static_cast<double>(known));
    }
  }
  return thin;
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

std::string JsonOf(const GraphData& data, const PlotArea* area, std::string_view unit) {
  using Object = nlohmann::ordered_json;
  Object object = {{"start", data.start}, {"step", data.step}};
  if (area != nullptr) {
    object["plot"] = {{"left", area->left},     {"right", area->right}, {"top", area->top},
                      {"bottom", area->bottom}, {"start", area->start}, {"end", area->end}};
    object["clock"] = ClockOf(data);
    object["unit"] = unit;
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
