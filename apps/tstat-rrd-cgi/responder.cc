// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/responder.h"

#include <algorithm>
#include <ctime>

#include "tstat-rrd-cgi/gallery.h"
#include "tstat-rrd-cgi/gallery_form.h"
#include "tstat-rrd-cgi/gallery_page.h"
#include "tstat-rrd-cgi/grafana.h"
#include "tstat-rrd-cgi/graph_data.h"
#include "tstat-rrd-cgi/html.h"
#include "tstat-rrd-cgi/notices.h"
#include "tstat-rrd-cgi/page_files.h"
#include "tstat-rrd-cgi/page_model.h"
#include "tstat-rrd-cgi/page_picture.h"
#include "tstat-rrd-cgi/picture.h"
#include "tstat-rrd-cgi/query.h"
#include "tstat-rrd-cgi/text.h"
#include "tstat-rrd-cgi/view_state.h"

namespace tstat::viewer {
namespace {

constexpr char kProgram[] = "tstat_rrd.cgi";
constexpr std::string_view kGalleryPath = "/gallery/";
constexpr uint64_t kMostRead = uint64_t{1} << 20;  // of a body
// Pages need their own style sheet, script, pictures, numbers and forms; nothing may stand in them.
constexpr char kContentPolicy[] =
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

// Drawings say each line's colour where it stands; they hold nothing else.
constexpr char kDrawingPolicy[] =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";

std::string_view ReasonOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

// A plain absolute path, or the program's name, relative to wherever it stands.
std::string ScriptOf(const Request& request) {
  const std::string& path = request.script_name;
  const bool is_plain =
      path.starts_with('/') && !path.starts_with("//") && std::ranges::all_of(path, [](char c) {
        return IsAlnum(c) || std::string_view("/._~-").find(c) != std::string_view::npos;
      });
  return is_plain ? path : kProgram;
}

// The name that the client used, if it looks like one; it is shown in examples, nowhere else.
std::string OriginOf(const Request& request) {
  const std::string& host = request.host;
  const bool is_plain =
      !host.empty() && host.size() <= kMaxValueLength && std::ranges::all_of(host, [](char c) {
        return IsAlnum(c) || std::string_view(".-:[]").find(c) != std::string_view::npos;
      });
  return Cat(request.secure ? "https://" : "http://", is_plain ? host : "HOST");
}

std::string HttpDate(int64_t time) {
  const auto seconds = static_cast<time_t>(time);
  std::tm utc{};
  if (gmtime_r(&seconds, &utc) == nullptr) return "";
  constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char day[16], rest[32];
  std::snprintf(day, sizeof(day), "%02d", utc.tm_mday);
  std::snprintf(rest, sizeof(rest), "%d %02d:%02d:%02d GMT", utc.tm_year + 1900, utc.tm_hour,
                utc.tm_min, utc.tm_sec);
  return Cat(kDays[utc.tm_wday], ", ", day, " ", kMonths[utc.tm_mon], " ", rest);
}

bool Matches(std::string_view if_none_match, std::string_view tag) {
  for (std::string_view one : Split(if_none_match, ",")) {
    one = Trimmed(one);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == tag || one == "*") return true;
  }
  return false;
}

// What has not changed since the client got it is not sent again.
void AddTag(const Request& request, const std::string& key, Response& response) {
  const std::string tag = Cat("\"", key, "\"");
  response.headers.emplace_back("ETag", tag);
  response.headers.emplace_back("Cache-Control", "no-cache");
  if (response.status != 200 || !Matches(request.if_none_match, tag)) return;
  response.status = 304;
  response.body.clear();
}

// What a browser calls the file that it saves: "Lab-North.ip_len_both.idx.3d.png".
std::string FileNameOf(const Query& graph, std::string_view suffix) {
  const std::string span = graph.has_span() ? Cat(graph.start, "-", graph.end) : graph.duration;
  const bool has_direction = !graph.direction.empty() && graph.direction != "NULL";
  std::string name =
      Cat(graph.dir, graph.dir.empty() ? "" : ".", graph.var, has_direction ? "_" : "",
          has_direction ? graph.direction : "", ".", graph.graph_template, ".", span, suffix);
  for (char& c : name) {
    if (!IsAlnum(c) && std::string_view("._-").find(c) == std::string_view::npos) c = '-';
  }
  return name;
}

void AddFileName(const Query& graph, std::string_view suffix, Response& response) {
  response.headers.emplace_back("Content-Disposition",
                                Cat("inline; filename=\"", FileNameOf(graph, suffix), "\""));
}

Response PageResponse(const Request& request, const Page& page, bool as_model) {
  Response response;
  response.status = page.status;
  response.log = page.log;
  if (as_model) {
    // The menus of a trace that is not there are a model like others.
    if (page.model["kind"] != "error") response.status = 200;
    response.headers.emplace_back("Content-Type", "application/json");
    response.body = page.model.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  } else {
    response.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
    response.body = PageHtml(page.model);
  }
  if (response.status == 405) response.headers.emplace_back("Allow", "GET, HEAD");
  const std::string body[] = {response.body};
  AddTag(request, PictureKey(body, {}), response);
  return response;
}

Response FileResponse(const Request& request, const PageFile& file) {
  Response response;
  response.headers.emplace_back("Content-Type", std::string(file.content_type));
  response.body = std::string(file.content);
  const std::string body[] = {response.body};
  AddTag(request, PictureKey(body, {}), response);
  return response;
}

Response ErrorResponse(const Request& request, const PageContext& context, int status,
                       std::string_view sentence, std::string_view log = "") {
  Page page = ErrorPage(status, sentence, context);
  page.log = std::string(log);
  return PageResponse(request, page, false);
}

// Draws, or takes from what was drawn.
Response PictureResponse(const Request& request, const Query& query, const Graph& graph,
                         const PageContext& context) {
  const PictureForm form{query.view, query.theme, query.dense, query.small};
  const std::vector<std::string> arguments = PictureArguments(graph, form);
  const std::string key = PictureKey(arguments, graph.databases);
  Response response;
  response.headers.emplace_back("Content-Type", std::string(FormatOf(form.format).content_type));
  response.headers.emplace_back("Last-Modified", HttpDate(LastChange(graph.databases)));
  AddFileName(query, FormatOf(form.format).suffix, response);
  AddTag(request, key, response);
  if (response.status == 304) return response;
  absl::StatusOr<std::string> picture = CachedPicture(context.settings, key, form, arguments);
  if (!picture.ok()) {
    return ErrorResponse(request, context, 500, "The picture cannot be drawn.",
                         std::string(picture.status().message()));
  }
  response.body = *std::move(picture);
  return response;
}

// `unit`: of the axis of the picture that they belong to.
Response NumbersResponse(const Request& request, const Query& query, const Graph& graph,
                         std::string_view unit, const PageContext& context) {
  const absl::StatusOr<GraphData> data = DataOf(query, graph);
  absl::StatusOr<PlotArea> area = PlotArea();
  const bool with_area = query.view == View::kData && query.theme != Theme::kPlain;
  if (with_area) {
    area = PlotAreaOf(PictureArguments(graph, {View::kPng, query.theme, query.dense, query.small}));
  }
  if (!data.ok() || !area.ok()) {
    return ErrorResponse(request, context, 500, "The databases cannot be read.",
                         std::string((data.ok() ? area.status() : data.status()).message()));
  }
  const bool as_csv = query.view == View::kCsv;
  Response response;
  response.headers.emplace_back("Content-Type",
                                as_csv ? "text/csv; charset=utf-8" : "application/json");
  response.headers.emplace_back("Last-Modified", HttpDate(LastChange(graph.databases)));
  AddFileName(query, as_csv ? ".csv" : ".json", response);
  response.body = as_csv ? CsvOf(*data) : JsonOf(*data, with_area ? &*area : nullptr, unit);
  const std::string body[] = {response.body};
  AddTag(request, PictureKey(body, {}), response);
  return response;
}

Response GraphResponse(const Request& request, const Query& query, const PageContext& context) {
  const absl::StatusOr<ViewState> state = Resolve(query, context.settings, context.trusted);
  if (!state.ok()) {
    return ErrorResponse(request, context, 503, "The databases cannot be read at the moment.",
                         std::string(state.status().message()));
  }
  const std::vector<Query> graphs = state->Graphs();
  if (graphs.size() != 1 || (graphs[0].duration.empty() && !graphs[0].has_span())) {
    return ErrorResponse(
        request, context, 404,
        "There is no such graph: it needs a trace, metric, template, and duration or span.");
  }
  absl::StatusOr<Graph> graph = BuildGraph(graphs[0], state->trace, context.reader, "-");
  if (!graph.ok()) {
    const bool asks_wrongly =
        absl::IsInvalidArgument(graph.status()) || absl::IsResourceExhausted(graph.status());
    return ErrorResponse(request, context, asks_wrongly ? 400 : 404,
                         std::string(graph.status().message()));
  }
  const bool is_on_page = query.theme != Theme::kPlain;
  const int64_t interval =
      is_on_page || query.per_second ? IntervalOf(state->trace, context.reader, graph->last) : 0;
  if (is_on_page) FitToPage(graphs[0], interval, *graph);
  ShowPerSecond(graphs[0], interval, *graph);
  if (query.wants_numbers()) {
    // In the colours, and with the area, of the picture that they belong to.
    if (is_on_page) {
      graph->arguments = PictureArguments(*graph, {View::kPng, query.theme, false});
    }
    const Halves halves = HalvesOf(graphs[0].var, graphs[0].direction);
    const AxisUnit unit =
        UnitOfAxis(halves.positive, graphs[0].graph_template, interval, query.per_second);
    return NumbersResponse(request, graphs[0], *graph, unit.text, context);
  }
  return PictureResponse(request, graphs[0], *graph, context);
}

Response GalleryFormResponse(const Request& request, const PageContext& context, int64_t now) {
  const GalleryOutcome outcome = ChangeGallery(request, context, now);
  if (outcome.status != 303) {
    return ErrorResponse(request, context, outcome.status, outcome.sentence, outcome.log);
  }
  Response response;
  response.status = 303;
  response.headers.emplace_back("Location", LinkOf(context.script, {{"gallery_show", "1"}}));
  response.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  response.body = "The gallery was changed.\n";
  return response;
}

// "/gallery/ID.png": the copy that was kept.
Response GalleryPictureResponse(const Request& request, const PageContext& context) {
  std::string_view id = request.path_info;
  id.remove_prefix(kGalleryPath.size());
  const Gallery gallery(context.settings.gallery_dir);
  if (id.ends_with(".png")) {
    id.remove_suffix(4);
    const absl::StatusOr<GalleryEntry> entry = gallery.Entry(std::string(id));
    if (entry.ok() && !IsHiddenEntry(*entry, context)) {
      if (auto picture = gallery.Picture(entry->id); picture.ok()) {
        Response response;
        response.headers.emplace_back("Content-Type", "image/png");
        AddTag(request, entry->id, response);
        if (response.status == 200) response.body = *std::move(picture);
        return response;
      }
    }
  }
  return ErrorResponse(request, context, 404, "There is no such picture in the gallery.");
}

Response AnswerQuery(const Request& request, const PageContext& context, int64_t now) {
  const auto error = [&](int status, std::string_view sentence, bool as_model = false) {
    return PageResponse(request, ErrorPage(status, sentence, context), as_model);
  };
  if (IsGrafanaPath(request.path_info)) return AnswerGrafana(request, context);
  const bool is_file =
      std::ranges::find(PageFiles(), request.path_info, &PageFile::path) != PageFiles().end();
  if (request.method == "POST" && !request.path_info.empty() && !is_file) {
    return JsonMistake(404, "There is no such address.");
  }
  if (request.method == "POST" && request.path_info.empty()) {
    return GalleryFormResponse(request, context, now);
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return error(405, "This address is only read.");
  }
  for (const PageFile& file : PageFiles()) {
    if (request.path_info == file.path) return FileResponse(request, file);
  }
  if (request.path_info.starts_with(kGalleryPath)) return GalleryPictureResponse(request, context);
  if (!request.path_info.empty()) return error(404, "There is no such page.");
  const absl::StatusOr<Query> query = ParseQuery(request.query_string);
  if (!query.ok()) return error(400, std::string(query.status().message()));
  const bool as_model = query->view == View::kModel;
  if (query->gallery_change) {
    return error(405, "A link cannot change the gallery.", as_model);
  }
  if (query->wants_graph()) {
    return GraphResponse(request, *query, context);
  }
  return PageResponse(request, BuildPage(*query, context), as_model);
}

void AddPolicies(Response& response) {
  const bool is_drawing = std::ranges::any_of(
      response.headers, [](const auto& header) { return header.second == "image/svg+xml"; });
  response.headers.emplace_back("Content-Security-Policy",
                                is_drawing ? kDrawingPolicy : kContentPolicy);
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "same-origin");
}

}  // namespace

Request Request::FromVariables(const std::function<const char*(const char*)>& variable) {
  const auto text = [&](const char* name) {
    const char* value = variable(name);
    return std::string(value == nullptr ? "" : value);
  };
  Request request;
  if (std::string method = text("REQUEST_METHOD"); !method.empty()) request.method = method;
  request.query_string = text("QUERY_STRING");
  request.script_name = text("SCRIPT_NAME");
  request.path_info = text("PATH_INFO");
  request.remote_address = text("REMOTE_ADDR");
  request.remote_user = text("REMOTE_USER");
  request.if_none_match = text("HTTP_IF_NONE_MATCH");
  request.host = text("HTTP_HOST");
  const std::string https = text("HTTPS");
  request.secure = !https.empty() && https != "off";
  request.origin = text("HTTP_ORIGIN");
  request.fetch_site = text("HTTP_SEC_FETCH_SITE");
  request.content_type = text("CONTENT_TYPE");
  request.content_length = text("CONTENT_LENGTH");
  request.transfer_encoding = text("HTTP_TRANSFER_ENCODING");
  return request;
}

void Request::ReadBody(const std::function<size_t(char* buffer, size_t size)>& read) {
  if (method != "POST") return;
  // Without a length it ends where it ends; without either there is none (RFC 3875, 4.2).
  if (content_length.empty() && transfer_encoding.empty()) return;
  const std::optional<uint64_t> length =
      content_length.empty() ? kMostRead : NumberIn<uint64_t>(content_length);
  if (!length) {
    body_problem = "The length of the request is not a number.";
    return;
  }
  // What is too long is read, too, and forgotten: some servers take no answer before.
  const auto wanted = static_cast<size_t>(std::min<uint64_t>(*length, kMostRead));
  std::string piece(kMaxBody, '\0');
  size_t done = 0;
  while (done < wanted) {
    const size_t got = read(piece.data(), std::min(piece.size(), wanted - done));
    if (got == 0) break;
    done += got;
    if (done <= kMaxBody) body.append(piece, 0, got);
  }
  if (done > kMaxBody || (!content_length.empty() && *length > kMaxBody)) {
    body_problem = "The request is too long.";
  } else if (!content_length.empty() && done < wanted) {
    body_problem = "The request ends too early.";
  }
  if (!body_problem.empty()) body.clear();
}

std::string Response::Text(bool with_body) const {
  std::string text = Cat("Status: ", status, " ", ReasonOf(status), "\r\n");
  for (const auto& [name, value] : headers) text += Cat(name, ": ", value, "\r\n");
  if (status != 304) text += Cat("Content-Length: ", body.size(), "\r\n");
  text += "\r\n";
  if (with_body) text += body;
  return text;
}

Response Answer(const Request& request, const absl::StatusOr<Configuration>& settings,
                const DatabaseReader& reader) {
  Response response;
  if (settings.ok()) {
    PageContext context{*settings,         reader, IsTrusted(*settings, request.remote_address),
                        ScriptOf(request), "",     OriginOf(request)};
    const int64_t now = std::time(nullptr);
    std::string log;
    context.gallery_token = GalleryTokenFor(request, context, now, log);
    response = AnswerQuery(request, context, now);
    for (const std::string& more : {log, TakeNotices()}) {
      if (response.log.empty()) response.log = more;
    }
  } else {
    const Configuration defaults;
    const PageContext context{defaults, reader, false, ScriptOf(request), "", ""};
    response = PageResponse(
        request, ErrorPage(500, "The viewer's configuration cannot be used.", context), false);
    response.log = std::string(settings.status().message());
  }
  AddPolicies(response);
  return response;
}

Response TooLateAnswer(const Request& request, const absl::StatusOr<Configuration>& settings,
                       const DatabaseReader& reader) {
  const Configuration defaults;
  const PageContext context{
      settings.ok() ? *settings : defaults, reader, false, ScriptOf(request), "", ""};
  Response response =
      PageResponse(request, ErrorPage(503, "The answer would take too long.", context), false);
  AddPolicies(response);
  return response;
}

}  // namespace tstat::viewer
