// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/page_model.h"

#include <fcntl.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "tstat-rrd-cgi/api_page.h"
#include "tstat-rrd-cgi/encoding.h"
#include "tstat-rrd-cgi/files.h"
#include "tstat-rrd-cgi/gallery_form.h"
#include "tstat-rrd-cgi/gallery_page.h"
#include "tstat-rrd-cgi/human.h"
#include "tstat-rrd-cgi/metric_reference.h"
#include "tstat-rrd-cgi/metric_search.h"
#include "tstat-rrd-cgi/overview.h"
#include "tstat-rrd-cgi/page_controls.h"
#include "tstat-rrd-cgi/page_picture.h"
#include "tstat-rrd-cgi/probes.h"
#include "tstat-rrd-cgi/text.h"
#include "tstat-rrd-cgi/time_range.h"
#include "tstat-rrd-cgi/trace_tree.h"
#include "tstat-rrd-cgi/view_state.h"

namespace tstat::viewer {
namespace {

constexpr size_t kMaxNoteBytes = 64 * 1024;

Json BareModel(int status, const PageContext& context) {
  Json model = Json::object();
  model["kind"] = "error";
  model["status"] = status;
  model["title"] = context.settings.title;
  model["script"] = context.script;
  model["headings"] = Json::array();
  if (HasGalleryForms(context.settings)) {
    model["gallery_link"] = LinkOf(context.script, {{"gallery_show", "1"}});
  }
  if (!context.gallery_token.empty()) model["gallery_token"] = context.gallery_token;
  model["api_link"] = LinkOf(context.script, {{"view", "api"}});
  return model;
}

// NAME.html as it is, else NAME as plain text; null if there is neither.
Json NoteOf(const std::string& directory, const std::string& name) {
  const Descriptor at(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!at.ok()) return nullptr;
  if (auto html = ReadFileAt(at.get(), name + ".html", kMaxNoteBytes); html.ok()) {
    return Json{{"html", PageText(*html)}};
  }
  if (auto text = ReadFileAt(at.get(), name, kMaxNoteBytes); text.ok()) {
    return Json{{"text", PageText(*text)}};
  }
  return nullptr;
}

std::string SpanText(const ViewState& state, const std::string& duration) {
  if (state.query.has_span()) return RangeText(RangeOf(state.query));
  for (const TimeSpan& span : TimeSpans(state.high_frequency())) {
    if (span.value == duration) {
      return state.high_frequency() ? std::string(span.text) : Cat(span.text, " Graph");
    }
  }
  return Cat("Custom Duration (", duration, ")");
}

// Whose values are on which side of the axis, and until when.
std::string NoteOnGraph(const Query& query, const Graph& graph) {
  // What is below the axis has no logarithm.
  const bool is_log = query.logscale == "true";
  const std::string_view sides =
      query.direction == "both" ? (is_log ? "Only out, which a logarithmic axis can show. "
                                          : "Out above the axis, in below it. ")
      : query.direction == "bothcs"
          ? (is_log ? "Only the client, which a logarithmic axis can show. "
                    : "Client above the axis, server below it. ")
          : "";
  return Cat(sides, "Last update: ", MomentText(graph.last));
}

// Links to what there is of the metric, where a direction that was asked for lacks databases.
Json OtherDirections(const ViewState& state, const PageContext& context) {
  Json ways = Json::array();
  for (const Direction& direction : state.directions) {
    const Halves halves = HalvesOf(state.query.var, direction.value);
    const auto is_there = [&](const Template& t) {
      return HasTemplate(state.trace, halves.probe, t.name);
    };
    if (!halves.negative.empty() || std::ranges::none_of(AllTemplates(), is_there)) continue;
    Json target = KeptByMetric(state.query);
    target["var"] = state.query.var;
    target["direction"] = std::string(direction.value);
    ways.push_back(
        {{"href", LinkOf(context.script, target)}, {"text", std::string(direction.text)}});
  }
  return ways;
}

void AddGraphs(const ViewState& state, const PageContext& context, Page& page) {
  Json& model = page.model;
  const bool show_command = state.query.advcmd == "true";
  std::set<std::string> unusable;
  // By the names of the pictures; the sections have the order of the page.
  std::map<std::string, Json> graphs;
  model["graphs"] = Json::array();
  model["sections"] = Json::array();
  for (const Query& query : state.Graphs()) {
    const std::string heading = state.shown_template.empty()
                                    ? std::string(TemplateText(query.graph_template))
                                    : SpanText(state, query.duration);
    const std::string picture =
        Cat(query.var, ".", query.graph_template, ".",
            query.has_span() ? Cat(query.start, "-", query.end) : query.duration, ".png");
    std::vector<std::string> left_out;
    absl::StatusOr<Graph> graph =
        BuildGraph(query, state.trace, context.reader, picture, &left_out);
    if (graph.ok() && query.per_second) {
      ShowPerSecond(query, IntervalOf(state.trace, context.reader, graph->last), *graph);
    }
    const std::string why(graph.status().message());
    if (absl::IsInvalidArgument(graph.status())) {
      page = ErrorPage(400, why, context);
      return;
    }
    if (absl::IsNotFound(graph.status())) {
      page = ErrorPage(404, why, context);
      page.model["ways"] = OtherDirections(state, context);
      return;
    }
    // With its controls, which can leave some out.
    if (absl::IsResourceExhausted(graph.status())) {
      page.status = 400;
      model["status"] = 400;
      model["message"] = why;
      return;
    }
    model["headings"].push_back(heading);
    Json section = {{"heading", heading}};
    if (!graph.ok()) {
      section["message"] = why;
    } else if (show_command) {
      section["command"] = ShellText(graph->arguments);
    } else {
      section["picture"] = PictureLinks(query, context.script);
      section["note"] = NoteOnGraph(query, *graph);
      section["last"] = graph->last;
      section["alt"] = Cat(TitleOf(query.var), ", ", heading);
      section["big"] = query.bigpic == "true";
      if (!context.gallery_token.empty()) section["keep"] = GalleryFields(state, query);
      graphs[picture] = {{"heading", heading}, {"command", graph->arguments}};
    }
    unusable.insert(left_out.begin(), left_out.end());
    model["sections"].push_back(std::move(section));
  }
  for (auto& [name, graph] : graphs) model["graphs"].push_back(std::move(graph));
  if (!unusable.empty())
    model["unusable"] = std::vector<std::string>(unusable.begin(), unusable.end());
}

// A trace's first page, or what of all traces there is to see.
void AddStart(const ViewState& state, const PageContext& context, Json& model) {
  if (state.trace_exists && !state.query.search.empty()) {
    AddSearch(state.query.search, model);
    return;
  }
  AddOverview(state, context, model);
  if (state.trace_exists) return;
  if (IsFolder(state.query.dir, state.traces)) {
    AddProbes(state, context, model);
    return;
  }
  if (!state.query.dir.empty()) return;
  if (state.traces.empty()) {
    model["message"] = "There are no databases below data_root that this program may read.";
    return;
  }
  // The only probe is shown at once.
  if (state.traces.size() == 1) {
    const std::optional<ViewState> only = StateOf(state.traces.front(), state, context);
    if (!only) return;
    AddOverview(*only, context, model);
    if (model.contains("overview")) model["page_title"] = only->query.dir;
  } else {
    AddProbes(state, context, model);
    if (model.contains("probes")) model["page_title"] = "Probes";
  }
}

void AddMetric(const ViewState& state, const PageContext& context, Page& page) {
  Json& model = page.model;
  const Query& q = state.query;
  if (state.templates.empty()) {
    model["kind"] = q.var.empty() ? "no graph" : "no template";
    if (q.var.empty()) {
      AddStart(state, context, model);
    } else {
      model["message"] = "No template is available for this trace and metric.";
    }
    return;
  }
  if (!q.graph_template.empty() && !q.duration.empty()) {
    page = ErrorPage(400, "Ask for a template or for a time span, not for both.", context);
    return;
  }
  model["kind"] = "graphs";
  if (q.describe == "true") {
    model["headings"].push_back("Description");
    model["description"] = DescribeMetric(state);
    // Of the description itself: no parameters.
    model["links"][TitleOf(q.var)] = Json::object();
  }
  // Likewise of files.
  if (context.trusted) model["links"]["[PostScript]"] = Json::object();
  AddGraphs(state, context, page);
}

// The directory that a page is about: a trace, one of traces, or the data root. Nothing of a trace
// that is not there.
std::optional<std::string> DirectoryOf(const ViewState& state, const PageContext& context) {
  if (state.trace_exists) return state.trace.path;
  if (state.query.dir.empty()) return context.settings.data_root;
  if (!IsFolder(state.query.dir, state.traces)) return std::nullopt;
  absl::StatusOr<Trace> folder = OpenTrace(context.settings.data_root, state.query.dir);
  if (!folder.ok()) return std::nullopt;
  return std::move(folder->path);
}

void AddNotes(const ViewState& state, const PageContext& context, Json& model) {
  const std::optional<std::string> directory = DirectoryOf(state, context);
  Json header = directory ? NoteOf(*directory, "HEADER") : Json();
  if (header.is_null()) header = NoteOf(context.settings.data_root, "HEADER");
  if (!header.is_null()) model["header"] = std::move(header);
  if (directory && (!state.query.has_metric() || state.query.var.empty())) {
    if (Json readme = NoteOf(*directory, "README"); !readme.is_null()) {
      model["readme"] = std::move(readme);
    }
  }
  if (Json footer = NoteOf(context.settings.data_root, "FOOTER"); footer.contains("html")) {
    model["footer"] = std::move(footer);
  }
}

}  // namespace

Page BuildPage(const Query& query, const PageContext& context) {
  if (query.view == View::kApi) return ApiPage(context);
  if (query.gallery_show) {
    Page page{200, BareModel(200, context), ""};
    AddGallery(query, context, page.model);
    return page;
  }
  const absl::StatusOr<ViewState> resolved = Resolve(query, context.settings, context.trusted);
  if (!resolved.ok()) {
    Page page = ErrorPage(503, "The databases cannot be read at the moment.", context);
    page.log = std::string(resolved.status().message());
    return page;
  }
  const ViewState& state = *resolved;
  Page page{200, BareModel(200, context), ""};
  const bool is_folder = !state.trace_exists && IsFolder(state.query.dir, state.traces);
  if (!state.trace_exists && !state.query.dir.empty() && !is_folder) page.status = 404;
  page.model["status"] = page.status;
  AddControls(state, context, page.model);
  if (!state.trace_exists) {
    page.model["tree"] = TreeOf(state.traces, state.query.dir, context.script);
  }
  AddNotes(state, context, page.model);
  if (state.query.has_metric()) {
    AddMetric(state, context, page);
  } else {
    page.model["kind"] = "start";
    AddStart(state, context, page.model);
  }
  if (page.status == 404 && page.model["kind"] != "error") {
    page.model["message"] = Cat("There is no trace ", state.query.dir, ".");
  }
  return page;
}

Page ErrorPage(int status, std::string_view sentence, const PageContext& context) {
  Page page{status, BareModel(status, context), ""};
  page.model["page_title"] = "Error";
  page.model["message"] = std::string(sentence);
  page.model["home"] = context.script;
  return page;
}

}  // namespace tstat::viewer
