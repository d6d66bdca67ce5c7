// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/api_page.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tstat-rrd-cgi/grafana_targets.h"
#include "tstat-rrd-cgi/text.h"
#include "tstat-rrd-cgi/view_state.h"

namespace tstat::viewer {
namespace {

constexpr std::string_view kApiTemplate = R"html({{#api}}<section class="card api">
<p>Everything that the pages show can be had by programs, too. These commands can be run as they are.</p>
{{#examples}}<h2>{{title}}</h2>
<p>{{about}}</p>
<pre class="command" tabindex="0">{{command}}</pre>
{{/examples}}</section>
{{/api}})html";

// What the examples are about.
struct Sample {
  Target target{"Lab", "ip_bitrate", "both", "idx", "*"};
  int64_t last = 1500000000;
};

// The first graph that there is.
Sample FindSample(const PageContext& context) {
  const absl::StatusOr<std::vector<std::string>> traces = ListTraces(context.settings);
  constexpr size_t kMostTried = 50;
  size_t tried = 0;
  for (const std::string& name : traces.ok() ? *traces : std::vector<std::string>()) {
    if (!context.trusted && name.starts_with("test")) continue;
    if (++tried > kMostTried) break;
    const absl::StatusOr<Trace> trace = OpenTrace(context.settings.data_root, name);
    if (!trace.ok()) continue;
    std::vector<Target> targets;
    AddTargets(*trace, "", kMostTried, targets);
    for (const Target& target : targets) {
      const auto graph = BuildGraph(target.ToQuery(), *trace, context.reader, "-");
      if (graph.ok() && target.series == "*") return {target, graph->last};
    }
  }
  return {};
}

// As one word of a shell.
std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

class Examples {
 public:
  Examples(Sample sample, const PageContext& context)
      : sample_(std::move(sample)), base_(BaseOf(context)) {}

  void AddRead(const char* title, std::string about, const char* view, bool with_graph) {
    Json parameters = {{"dir", sample_.target.trace}};
    if (with_graph) {
      parameters["var"] = sample_.target.metric;
      const Query query = sample_.target.ToQuery();
      parameters["direction"] = query.direction;
      parameters["template"] = query.graph_template;
      parameters["duration"] = "1d";
    } else {
      parameters["var"] = "NULL";
    }
    parameters["view"] = view;
    const bool is_picture = std::string_view(view) == "png";
    Add(title, std::move(about),
        Cat("curl -sSf ", is_picture ? "-o graph.png " : "", Quoted(LinkOf(base_, parameters))));
  }

  void AddPost(const char* title, std::string about, std::string_view path, const Json& body) {
    const std::string text = body.dump(-1, ' ', true, Json::error_handler_t::replace);
    Add(title, std::move(about),
        Cat("curl -sSf -H 'Content-Type: application/json' -d ", Quoted(text), " ",
            Quoted(Cat(base_, path))));
  }

  void Add(const char* title, std::string about, std::string command) {
    all_.push_back(
        {{"title", title}, {"about", std::move(about)}, {"command", std::move(command)}});
  }

  [[nodiscard]] const Sample& sample() const { return sample_; }
  [[nodiscard]] const std::string& base() const { return base_; }
  [[nodiscard]] Json Take() { return std::move(all_); }

 private:
  static std::string BaseOf(const PageContext& context) {
    return Cat(context.origin, context.script.starts_with('/') ? "" : "/", context.script);
  }

  Sample sample_;
  std::string base_;
  Json all_ = Json::array();
};

Json ExamplesFor(const PageContext& context) {
  Examples examples(FindSample(context), context);
  const Sample& sample = examples.sample();
  const std::string target = sample.target.Text();
  const Json range = {{"from", (sample.last - 86400) * 1000}, {"to", sample.last * 1000}};
  examples.AddRead(
      "Numbers of a graph",
      "A line with the names, then one for each step: Unix time of its end, and the "
      "values. What is not known is an empty cell; what is below the axis is negative.",
      "csv", true);
  examples.AddRead("The same as JSON", "Start, step, and a list of values for each series.", "data",
                   true);
  examples.AddRead("A picture",
                   "png, svg, eps or pdf; theme=light or dark, scale=2 for twice the "
                   "pixels.",
                   "png", true);
  examples.AddRead(
      "A page as JSON",
      "What a page is made of: traces, metrics, directions, templates, graph commands.", "json",
      false);
  examples.Add("Data source of Grafana: the connection",
               "The plug-in simpod-json-datasource takes this address, without the slash at its "
               "end, as its URL.",
               Cat("curl -sSf ", Quoted(Cat(examples.base(), "/"))));
  examples.AddPost("Names of series",
                   "TRACE:METRIC:DIRECTION:TEMPLATE:SERIES; all that hold the text.", "/search",
                   {{"target", sample.target.metric}});
  examples.AddPost("Values of series",
                   "Of up to 32 names, over any span; * stands for all series of a graph.",
                   "/query",
                   {{"range", range},
                    {"maxDataPoints", 100},
                    {"targets", Json::array({Json{{"target", target}, {"type", "timeserie"}}})}});
  examples.AddPost("Times without data", "Gaps of a trace, and when its probe stopped.",
                   "/annotations",
                   {{"range", range}, {"annotation", {{"query", sample.target.trace}}}});
  return examples.Take();
}

}  // namespace

Page ApiPage(const PageContext& context) {
  Page page = ErrorPage(200, "", context);
  page.model["kind"] = "start";
  page.model["page_title"] = "Data for programs";
  page.model.erase("message");
  page.model["api"] = {{"examples", ExamplesFor(context)}};
  return page;
}

std::string_view ApiTemplate() { return kApiTemplate; }

}  // namespace tstat::viewer
