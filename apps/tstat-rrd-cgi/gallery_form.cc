// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/gallery_form.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tstat-rrd-cgi/gallery.h"
#include "tstat-rrd-cgi/page_picture.h"
#include "tstat-rrd-cgi/picture.h"
#include "tstat-rrd-cgi/text.h"
#include "tstat-rrd-cgi/view_state.h"

namespace tstat::viewer {
namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

// A token holds for whom it was made: nobody can hand his own one to another's browser.
std::string ClientOf(const Request& request) {
  return Cat(request.remote_user, "\n", request.remote_address);
}

bool EqualsWithoutCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; };
    return lower(x) == lower(y);
  });
}

// "example.org" of "example.org:8080", "[::1]" of "[::1]:80".
std::string_view WithoutPort(std::string_view host) {
  const size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && host.find(']', colon) == host.npos;
  return has_port ? host.substr(0, colon) : host;
}

// Whether the page that sends the form is one of this server's, as far as the browser says.
bool IsFromHere(const Request& request) {
  const std::string& site = request.fetch_site;
  if (!site.empty() && site != "same-origin" && site != "none") return false;
  if (request.origin.empty()) return true;
  const size_t slashes = request.origin.find("://");
  if (slashes == std::string::npos || request.host.empty()) return false;
  const std::string_view from = std::string_view(request.origin).substr(slashes + 3);
  // nginx of some distributions hands on the name only.
  const bool has_port = WithoutPort(request.host) != request.host;
  return EqualsWithoutCase(has_port ? from : WithoutPort(from), request.host);
}

bool IsForm(std::string_view type) {
  type = Trimmed(type.substr(0, type.find(';')));
  return EqualsWithoutCase(type, kFormType);
}

std::string WithPlainLineEnds(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    plain += text[i] == '\r' ? '\n' : text[i];
  }
  return plain;
}

GalleryOutcome Save(const GalleryForm& form, const PageContext& context, Gallery& gallery,
                    int64_t now) {
  if (!IsGalleryText(form.text)) {
    return {400, Cat("The text must be plain text of at most ", kMaxGalleryText, " bytes."), ""};
  }
  const absl::StatusOr<Query> query = ParseQuery(form.settings);
  if (!query.ok()) return {400, std::string(query.status().message()), ""};
  // gallery_add, gallery_cmd: in the original, files that were copied.
  if (query->gallery_change) return {400, "A form cannot name files.", ""};
  const absl::StatusOr<ViewState> state = Resolve(*query, context.settings, context.trusted);
  if (!state.ok()) {
    return {503, "The databases cannot be read at the moment.",
            std::string(state.status().message())};
  }
  std::vector<Query> graphs = state->Graphs();
  if (graphs.size() != 1 || (graphs[0].duration.empty() && !graphs[0].has_span())) {
    return {404,
            "There is no such graph: it needs a trace, metric, template, and duration or span.",
            ""};
  }
  absl::StatusOr<Graph> graph = BuildGraph(graphs[0], state->trace, context.reader, "-");
  if (!graph.ok()) {
    return {absl::IsInvalidArgument(graph.status()) ? 400 : 404,
            std::string(graph.status().message()), ""};
  }
  const int64_t interval = IntervalOf(state->trace, context.reader, graph->last);
  FitToPage(graphs[0], interval, *graph);
  ShowPerSecond(graphs[0], interval, *graph);
  const PictureForm look{View::kPng, Theme::kLight, true};
  const absl::StatusOr<std::string> picture = Draw(PictureArguments(*graph, look));
  if (!picture.ok() || picture->size() > kMaxGalleryPicture) {
    return {503, "The picture cannot be drawn.", std::string(picture.status().message())};
  }
  const absl::Status added = gallery.Add({"", now, form.text, graphs[0], graph->last}, *picture,
                                         context.settings.gallery_entries);
  if (absl::IsResourceExhausted(added)) {
    return {403, "The gallery is full: delete an entry first.", ""};
  }
  if (!added.ok()) return {503, "The gallery cannot be written.", std::string(added.message())};
  return {};
}

GalleryOutcome Remove(const std::string& id, Gallery& gallery) {
  const absl::Status removed = gallery.Remove(id);
  if (absl::IsNotFound(removed)) return {404, "There is no such entry in the gallery.", ""};
  if (!removed.ok()) return {503, "The gallery cannot be written.", std::string(removed.message())};
  return {};
}

}  // namespace

bool HasGalleryForms(const Configuration& settings) {
  return settings.gallery_for_trusted || settings.gallery_for_users;
}

bool MayChangeGallery(const Request& request, const PageContext& context) {
  return (context.settings.gallery_for_trusted && context.trusted) ||
         (context.settings.gallery_for_users && !request.remote_user.empty());
}

std::string GalleryTokenFor(const Request& request, const PageContext& context, int64_t now,
                            std::string& log) {
  if (!MayChangeGallery(request, context)) return "";
  const absl::StatusOr<std::string> secret = Gallery(context.settings.gallery_dir).Secret();
  if (secret.ok()) return GalleryToken(*secret, ClientOf(request), now);
  log = std::string(secret.status().message());
  return "";
}

absl::StatusOr<GalleryForm> ParseGalleryForm(std::string_view body) {
  GalleryForm form;
  std::string name, value;
  for (std::string_view part : Split(body, "&")) {
    const size_t equals = std::min(part.find('='), part.size());
    const std::string_view after = part.substr(std::min(equals + 1, part.size()));
    if (!PercentDecode(part.substr(0, equals), name) || !PercentDecode(after, value)) {
      return absl::InvalidArgumentError("The form has a percent sign without two digits.");
    }
    if (name == "gallery_token") {
      form.token = value;
    } else if (name == "gallery_text") {
      form.text = WithPlainLineEnds(value);
    } else if (name == "gallery_delete") {
      form.removed = value;
    } else if (name == "gallery_save") {
      form.save = true;
    } else if (!part.empty()) {
      form.settings += Cat(form.settings.empty() ? "" : "&", part);
    }
  }
  if (form.save != form.removed.empty()) {
    return absl::InvalidArgumentError("The form asks for nothing, or for two things at once.");
  }
  return form;
}

GalleryOutcome ChangeGallery(const Request& request, const PageContext& context, int64_t now) {
  if (!HasGalleryForms(context.settings)) return {405, "This address is only read.", ""};
  if (!MayChangeGallery(request, context)) {
    return {403, "The gallery cannot be changed from here.", ""};
  }
  if (!IsFromHere(request)) return {403, "The form is of another site.", ""};
  if (!request.body_problem.empty()) return {400, request.body_problem, ""};
  if (!IsForm(request.content_type)) return {400, "The request is not a form of a page.", ""};
  const absl::StatusOr<GalleryForm> form = ParseGalleryForm(request.body);
  if (!form.ok()) return {400, std::string(form.status().message()), ""};
  Gallery gallery(context.settings.gallery_dir);
  const absl::StatusOr<std::string> secret = gallery.Secret();
  if (!secret.ok()) {
    return {503, "The gallery cannot be written.", std::string(secret.status().message())};
  }
  if (!IsGalleryToken(form->token, *secret, ClientOf(request), now)) {
    return {403, "The form is too old: open the page again.", ""};
  }
  return form->save ? Save(*form, context, gallery, now) : Remove(form->removed, gallery);
}

}  // namespace tstat::viewer
