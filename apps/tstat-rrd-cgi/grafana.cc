// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/grafana.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tstat-rrd-cgi/grafana_targets.h"
#include "tstat-rrd-cgi/graph_data.h"
#include "tstat-rrd-cgi/json_body.h"
#include "tstat-rrd-cgi/outages.h"
#include "tstat-rrd-cgi/text.h"
#include "tstat-rrd-cgi/view_state.h"

namespace tstat::viewer {
namespace {

// Traces that a search opens: where there are more, it has to name the trace.
constexpr size_t kMaxSearchedTraces = 200;
constexpr int64_t kDefaultPoints = 1000, kFewestRows = 10;

using Answered = absl::StatusOr<Json>;

absl::StatusOr<std::vector<std::string>> VisibleTraces(const PageContext& context) {
  absl::StatusOr<std::vector<std::string>> traces = ListTraces(context.settings);
  if (traces.ok() && !context.trusted) {
    std::erase_if(*traces, [](const std::string& name) { return name.starts_with("test"); });
  }
  return traces;
}

absl::StatusOr<std::vector<Target>> Search(std::string_view text, const PageContext& context) {
  absl::StatusOr<std::vector<std::string>> traces = VisibleTraces(context);
  if (!traces.ok()) return traces.status();
  // Those whose names the text may begin with come first: not all can be opened.
  const std::string_view first = text.substr(0, text.find(':'));
  std::stable_partition(traces->begin(), traces->end(),
                        [&](const std::string& name) { return HoldsText(name, first); });
  std::vector<Target> found;
  size_t opened = 0;
  for (const std::string& name : *traces) {
    if (found.size() >= kMaxFound || ++opened > kMaxSearchedTraces) break;
    const absl::StatusOr<Trace> trace = OpenTrace(context.settings.data_root, name);
    if (trace.ok()) AddTargets(*trace, text, kMaxFound, found);
  }
  return found;
}

Answered FindTargets(const Json& body, const PageContext& context) {
  const absl::StatusOr<std::vector<Target>> found = Search(TextMember(body, "target"), context);
  if (!found.ok()) return found.status();
  Json names = Json::array();
  for (const Target& target : *found) names.push_back(target.Text());
  return names;
}

Answered FindMetrics(const Json& body, const PageContext& context) {
  const absl::StatusOr<std::vector<Target>> found = Search(TextMember(body, "metric"), context);
  if (!found.ok()) return found.status();
  Json metrics = Json::array();
  for (const Target& target : *found) {
    metrics.push_back(
        {{"label", target.Text()}, {"value", target.Text()}, {"payloads", Json::array()}});
  }
  return metrics;
}

Answered ListValues(const Json& body, const PageContext& context) {
  const std::string target = TextMember(Member(body, "payload"), "target");
  std::vector<std::string> names;
  if (target.empty() || target == "traces") {
    absl::StatusOr<std::vector<std::string>> traces = VisibleTraces(context);
    if (!traces.ok()) return traces.status();
    names = *std::move(traces);
  } else {
    const absl::StatusOr<std::vector<Target>> found = Search(target, context);
    if (!found.ok()) return found.status();
    for (const Target& one : *found) names.push_back(one.Text());
  }
  Json values = Json::array();
  for (const std::string& name : names) values.push_back({{"__text", name}, {"__value", name}});
  return values;
}

// The parts of a name, which filters can be about.
struct Part {
  std::string_view name;
  std::string Target::*value;
};
constexpr Part kParts[] = {{"trace", &Target::trace},
                           {"metric", &Target::metric},
                           {"direction", &Target::direction},
                           {"template", &Target::graph_template},
                           {"series", &Target::series}};

Answered TagKeys(const Json&, const PageContext&) {
  Json keys = Json::array();
  for (const Part& part : kParts) {
    keys.push_back({{"type", "string"}, {"text", std::string(part.name)}});
  }
  return keys;
}

Answered TagValues(const Json& body, const PageContext& context) {
  const auto* part = std::ranges::find(kParts, TextMember(body, "key"), &Part::name);
  if (part == std::end(kParts)) return absl::InvalidArgumentError("There is no such key.");
  const absl::StatusOr<std::vector<std::string>> traces = VisibleTraces(context);
  if (!traces.ok()) return traces.status();
  std::set<std::string> values;
  size_t opened = 0;
  for (const std::string& name : *traces) {
    if (part->value == &Target::trace) {
      values.insert(name);
      continue;
    }
    if (++opened > kMaxSearchedTraces) break;
    const absl::StatusOr<Trace> trace = OpenTrace(context.settings.data_root, name);
    if (!trace.ok()) continue;
    std::vector<Target> targets;
    AddTargets(*trace, "", SIZE_MAX, targets);
    for (const Target& target : targets) values.insert(target.*(part->value));
  }
  Json texts = Json::array();
  for (const std::string& value : values) texts.push_back({{"text", value}});
  return texts;
}

struct Range {
  int64_t from = 0, to = 0;  // Unix time, seconds
};

absl::StatusOr<Range> AskedRange(const Json& body) {
  const Json& range = Member(body, "range");
  const auto from = MillisecondsOf(Member(range, "from"));
  const auto to = MillisecondsOf(Member(range, "to"));
  if (!from || !to) {
    return absl::InvalidArgumentError(
        "range must have from and to, such as \"2017-07-14T04:32:03Z\" or milliseconds.");
  }
  const Range seconds{*from / 1000, (*to + 999) / 1000};
  if (seconds.from < kMinTime || seconds.to > kMaxTime || seconds.from >= seconds.to) {
    return absl::InvalidArgumentError("range must begin before it ends, from 1980 to 2106.");
  }
  if (seconds.to - seconds.from > kMaxSpanSeconds) {
    return absl::InvalidArgumentError("range must be at most 30 years long.");
  }
  return seconds;
}

// Whether all filters let the target pass. INVALID_ARGUMENT: one is about something else.
absl::StatusOr<bool> Passes(const Target& target, const Json& filters) {
  if (filters.is_null()) return true;
  if (!filters.is_array()) return absl::InvalidArgumentError("adhocFilters must be an array.");
  for (const Json& filter : filters) {
    const auto* part = std::ranges::find(kParts, TextMember(filter, "key"), &Part::name);
    const std::string comparison = TextMember(filter, "operator");
    if (part == std::end(kParts) || (comparison != "=" && comparison != "!=")) {
      return absl::InvalidArgumentError(
          "A filter must compare trace, metric, direction, template or series by = or !=.");
    }
    const bool is_equal = target.*(part->value) == TextMember(filter, "value");
    if (is_equal != (comparison == "=")) return false;
  }
  return true;
}

absl::StatusOr<GraphData> ValuesOf(const Target& target, const DataSpan& span,
                                   const PageContext& context) {
  const Query query = target.ToQuery();
  const absl::StatusOr<ViewState> state = Resolve(query, context.settings, context.trusted);
  if (!state.ok()) return state.status();
  if (!state->trace_exists) {
    return absl::NotFoundError(Cat("There is no trace ", target.trace, "."));
  }
  const std::vector<Query> graphs = state->Graphs();
  if (graphs.size() != 1 || state->query.direction != query.direction) {
    return absl::NotFoundError(Cat("There is no series ", target.Text(), "."));
  }
  const absl::StatusOr<Graph> graph = BuildGraph(graphs[0], state->trace, context.reader, "-");
  if (!graph.ok()) return absl::NotFoundError(Cat("There is no series ", target.Text(), "."));
  absl::StatusOr<GraphData> data = DataOf(graphs[0], *graph, &span);
  if (!data.ok()) return data.status();
  return *std::move(data);
}

// "idx1500" and "1500", "prc50" and "50", "stdev" and "stdev".
bool IsPart(std::string_view part, const Target& target) {
  if (target.series == "*") return true;
  const bool has_kind = part.starts_with("idx") || part.starts_with("prc");
  return part.substr(has_kind ? 3 : 0) == target.series;
}

// Rows of a table: times, then the columns of the target.
Json TableOf(const GraphData& data, const std::vector<size_t>& columns) {
  Json table = {{"type", "table"}, {"columns", Json::array()}, {"rows", Json::array()}};
  table["columns"].push_back({{"text", "Time"}, {"type", "time"}});
  for (size_t column : columns) {
    table["columns"].push_back({{"text", data.series[column]}, {"type", "number"}});
  }
  for (size_t row = 0; row < data.rows(); ++row) {
    Json cells = Json::array({(data.start + static_cast<int64_t>(row) * data.step) * 1000});
    for (size_t column : columns) {
      const double value = data.values[row * data.series.size() + column];
      cells.push_back(std::isfinite(value) ? Json(value) : Json(nullptr));
    }
    table["rows"].push_back(std::move(cells));
  }
  return table;
}

void AddSeries(const Target& target, const GraphData& data, const std::vector<size_t>& columns,
               Json& answer) {
  for (size_t column : columns) {
    Json points = Json::array();
    for (size_t row = 0; row < data.rows(); ++row) {
      const double value = data.values[row * data.series.size() + column];
      points.push_back(Json::array({std::isfinite(value) ? Json(value) : Json(nullptr),
                                    (data.start + static_cast<int64_t>(row) * data.step) * 1000}));
    }
    const std::string name = Cat(target.trace, " ", target.metric, ": ", data.series[column]);
    answer.push_back({{"target", std::string(Trimmed(name))}, {"datapoints", std::move(points)}});
  }
}

absl::StatusOr<DataSpan> SpanOf(const Json& body) {
  const absl::StatusOr<Range> range = AskedRange(body);
  if (!range.ok()) return range.status();
  const int64_t points = NumberMember(body, "maxDataPoints").value_or(kDefaultPoints);
  if (points < 1) return absl::InvalidArgumentError("maxDataPoints must be 1 or more.");
  DataSpan span{range->from, range->to, std::min(points, kMaxPoints), 1};
  const int64_t milliseconds = NumberMember(body, "intervalMs").value_or(0);
  span.step = std::clamp<int64_t>(milliseconds / 1000, 1, span.end - span.start);
  return span;
}

Answered Values(const Json& body, const PageContext& context) {
  const absl::StatusOr<DataSpan> asked = SpanOf(body);
  if (!asked.ok()) return asked.status();
  const Json& targets = Member(body, "targets");
  if (!targets.is_array() || targets.size() > kMaxTargets) {
    return absl::InvalidArgumentError(
        Cat("targets must be an array of at most ", kMaxTargets, " names of series."));
  }
  DataSpan span = *asked;
  span.most_rows = std::max(span.most_rows, kFewestRows);
  Json answer = Json::array();
  std::set<std::string> seen;
  size_t values = 0;
  for (const Json& wanted : targets) {
    const std::string text = TextMember(wanted, "target");
    const Json& hidden = Member(wanted, "hide");
    // A panel that was just made asks for nothing.
    if (text.empty() || (hidden.is_boolean() && hidden.get<bool>())) continue;
    const std::optional<Target> target = ParseTarget(text);
    if (!target) {
      return absl::InvalidArgumentError("A target must be TRACE:METRIC:DIRECTION:TEMPLATE:SERIES.");
    }
    const bool as_table = TextMember(wanted, "type") == "table";
    // The same once more says nothing new.
    if (!seen.insert(Cat(as_table ? "table " : "", text)).second) continue;
    const absl::StatusOr<bool> passes = Passes(*target, Member(body, "adhocFilters"));
    if (!passes.ok()) return passes.status();
    if (!*passes) continue;
    const absl::StatusOr<GraphData> data = ValuesOf(*target, span, context);
    if (!data.ok()) return data.status();
    std::vector<size_t> columns;
    for (size_t i = 0; i < data->series.size(); ++i) {
      if (IsPart(data->parts[i], *target)) columns.push_back(i);
    }
    if (columns.empty()) {
      return absl::NotFoundError(Cat("There is no series ", target->Text(), "."));
    }
    const GraphData thin = Thinned(*data, static_cast<size_t>(asked->most_rows));
    values += thin.rows() * columns.size();
    if (values > kMaxValues) {
      return absl::InvalidArgumentError(
          Cat("The answer would have more than ", kMaxValues,
              " values: ask for fewer series, or for fewer points by maxDataPoints."));
    }
    if (as_table) {
      answer.push_back(TableOf(thin, columns));
    } else {
      AddSeries(*target, thin, columns, answer);
    }
  }
  return answer;
}

Answered Annotations(const Json& body, const PageContext& context) {
  const absl::StatusOr<Range> range = AskedRange(body);
  if (!range.ok()) return range.status();
  const Json& annotation = Member(body, "annotation");
  const std::string wanted = TextMember(annotation, "query");
  absl::StatusOr<std::vector<std::string>> traces = VisibleTraces(context);
  if (!traces.ok()) return traces.status();
  if (!wanted.empty()) {
    if (!std::ranges::binary_search(*traces, wanted)) {
      return absl::NotFoundError(Cat("There is no trace ", wanted, "."));
    }
    *traces = {wanted};
  }
  if (traces->size() > kMaxTargets) traces->resize(kMaxTargets);
  Json answer = Json::array();
  for (const std::string& name : *traces) {
    const absl::StatusOr<Trace> trace = OpenTrace(context.settings.data_root, name);
    if (!trace.ok()) continue;
    for (const Outage& outage :
         OutagesOf(*trace, context.reader, range->from, range->to, kMaxAnnotations)) {
      const std::string_view title = outage.is_last ? "Probe stopped" : "No data";
      answer.push_back({{"annotation", annotation},
                        {"time", outage.from * 1000},
                        {"timeEnd", outage.to * 1000},
                        {"isRegion", true},
                        {"title", std::string(title)},
                        {"text", Cat(name, ": ", outage.is_last ? "last update " : "no data since ",
                                     DateText(outage.from))},
                        {"tags", {outage.is_last ? "stop" : "gap"}}});
    }
  }
  return answer;
}

struct Endpoint {
  std::string_view path;
  Answered (*answer)(const Json& body, const PageContext& context);
};
constexpr Endpoint kEndpoints[] = {{"/search", FindTargets},      {"/metrics", FindMetrics},
                                   {"/variable", ListValues},     {"/query", Values},
                                   {"/annotations", Annotations}, {"/tag-keys", TagKeys},
                                   {"/tag-values", TagValues}};
constexpr std::string_view kRoot = "/";

Response JsonResponse(int status, const Json& body) {
  Response response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/json");
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return response;
}

}  // namespace

Response JsonMistake(int status, std::string_view sentence) {
  return JsonResponse(status, {{"message", std::string(sentence)}});
}

bool IsGrafanaPath(std::string_view path_info) {
  return path_info == kRoot ||
         std::ranges::find(kEndpoints, path_info, &Endpoint::path) != std::end(kEndpoints);
}

Response AnswerGrafana(const Request& request, const PageContext& context) {
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  if (request.path_info == kRoot) {
    if (is_read) return JsonResponse(200, {{"status", "ok"}});
    Response response = JsonMistake(405, "This address is only read.");
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  if (request.method != "POST") {
    Response response = JsonMistake(405, "This address takes POST only.");
    response.headers.emplace_back("Allow", "POST");
    return response;
  }
  if (!request.body_problem.empty()) return JsonMistake(400, request.body_problem);
  const Answered body = ParseJsonBody(request.body);
  if (!body.ok()) return JsonMistake(400, std::string(body.status().message()));
  const auto* endpoint = std::ranges::find(kEndpoints, request.path_info, &Endpoint::path);
  const Answered answer = endpoint->answer(*body, context);
  if (answer.ok()) return JsonResponse(200, *answer);
  const std::string message(answer.status().message());
  if (absl::IsInvalidArgument(answer.status())) return JsonMistake(400, message);
  if (absl::IsNotFound(answer.status())) return JsonMistake(404, message);
  Response response = JsonMistake(503, "The databases cannot be read at the moment.");
  response.log = message;
  return response;
}

}  // namespace tstat::viewer
