// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/gallery_page.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tstat-rrd-cgi/human.h"
#include "tstat-rrd-cgi/metrics.h"
#include "tstat-rrd-cgi/text.h"
#include "tstat-rrd-cgi/time_range.h"
#include "tstat-rrd-cgi/view_state.h"

namespace tstat::viewer {
namespace {

constexpr std::string_view kGalleryTemplate = R"html({{#gallery}}<div class="controls">
<div class="row"><h2>Pictures</h2><ul class="choice">
{{#views}}<li><a href="{{href}}"{{#current}} aria-current="true"{{/current}}>{{text}}</a></li>
{{/views}}</ul></div>
</div>
{{#entries}}<section class="card graph kept{{#big}} big{{/big}}">
<h2 id="entry-{{id}}"><a href="{{href}}">{{heading}}</a></h2>
{{#text}}<p class="text">{{.}}</p>
{{/text}}<p class="updated">{{note}}</p>
{{#message}}<p class="message">{{.}}</p>
{{/message}}{{#kept}}<img src="{{src}}" width="{{width}}" height="{{height}}" alt="{{heading}}, as it was" loading="lazy">
{{/kept}}{{#picture}}<picture>
<source media="screen and (prefers-color-scheme: dark)" srcset="{{dark}} {{width}}w, {{dark_dense}} {{dense_width}}w" sizes="{{sizes}}">
<img src="{{png}}" srcset="{{png}} {{width}}w, {{png_dense}} {{dense_width}}w" sizes="{{sizes}}" width="{{width}}" height="{{height}}" alt="{{heading}}" loading="lazy">
</picture>
{{/picture}}{{#gallery_token}}<details class="remove"><summary>Delete</summary>
<form method="post" action="{{script}}">
<input type="hidden" name="gallery_token" value="{{gallery_token}}">
<input type="hidden" name="gallery_delete" value="{{id}}">
<p>The entry, its text and its picture will be gone for good.</p>
<button type="submit" aria-describedby="entry-{{id}}">Delete for good</button>
</form></details>
{{/gallery_token}}</section>
{{/entries}}{{/gallery}})html";

struct Size {
  unsigned width, height;
};
// From the head of a PNG file (RFC 2083, 4.1.1).
std::optional<Size> SizeOfPng(std::string_view picture) {
  constexpr std::string_view kHead("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
  if (!picture.starts_with(kHead) || picture.size() < kHead.size() + 8) return std::nullopt;
  const auto number = [&](size_t at) {
    unsigned value = 0;
    for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(picture[at + i]);
    return value;
  };
  return Size{number(kHead.size()), number(kHead.size() + 4)};
}

// Where the entry's metric is shown, over the same span, with the same limits.
std::string PageOf(const Query& query, const PageContext& context) {
  Json target = KeptByTemplate(query);
  target["template"] = query.graph_template;
  if (query.yauto == "false") {
    target["yauto"] = query.yauto;
    target["ymin"] = query.ymin;
    target["ymax"] = query.ymax;
  }
  return LinkOf(context.script, target);
}

Json EntryModel(const GalleryEntry& entry, bool as_now, const PageContext& context,
                const Gallery& gallery) {
  const Query& query = entry.query;
  Json model = {{"id", entry.id},
                {"heading", Cat(TitleOf(query.var), query.dir.empty() ? "" : " - ", query.dir)},
                {"text", entry.text},
                {"added", entry.added},
                {"href", PageOf(query, context)},
                {"big", query.bigpic == "true"}};
  // A span of its own has its own end.
  const bool has_span = query.has_span();
  std::string note = Cat(TemplateText(query.graph_template), ", ",
                         has_span ? RangeText(RangeOf(query)) : Cat(query.duration, " until "));
  const absl::StatusOr<ViewState> state = Resolve(query, context.settings, context.trusted);
  std::optional<int64_t> last;
  if (state.ok()) {
    const std::vector<Query> graphs = state->Graphs();
    if (graphs.size() == 1) {
      const auto graph = BuildGraph(graphs[0], state->trace, context.reader, "gallery.png");
      if (graph.ok()) last = graph->last;
    }
  }
  if (!last) {
    model["message"] = Cat("The databases of ", query.var, " in ",
                           query.dir.empty() ? "the data root" : query.dir, " are gone.");
  }
  if (as_now) {
    if (!has_span) note += MomentText(last.value_or(entry.last));
    if (last) model["picture"] = PictureLinks(query, context.script);
  } else {
    if (!has_span) note += MomentText(entry.last);
    const absl::StatusOr<std::string> picture = gallery.Picture(entry.id);
    const std::optional<Size> size = SizeOfPng(picture.ok() ? *picture : std::string());
    if (size) {
      // It has two pixels for one.
      model["kept"] = {{"src", Cat(context.script, "/gallery/", entry.id, ".png")},
                       {"width", size->width / 2},
                       {"height", size->height / 2}};
    } else {
      model["message"] = "The kept picture is gone.";
    }
  }
  model["note"] = Cat(note, ". Kept ", MomentText(entry.added), ".");
  return model;
}

}  // namespace

void AddGallery(const Query& query, const PageContext& context, Json& model) {
  const bool as_now = query.gallery_as_now;
  model["kind"] = "start";
  model["headings"] = Json::array({"Tstat's Gallery"});
  model["page_title"] = "Gallery";
  model["home"] = LinkOf(context.script, {{"var", "NULL"}});
  const Gallery gallery(context.settings.gallery_dir);
  Json entries = Json::array();
  for (const GalleryEntry& entry : gallery.Entries()) {
    if (IsHiddenEntry(entry, context)) continue;
    entries.push_back(EntryModel(entry, as_now, context, gallery));
  }
  if (entries.empty()) model["message"] = "No pictures in the gallery yet !";
  const Json stored = {{"gallery_show", "1"}};
  const Json now = {{"gallery_show", "1"}, {"gallery_asnow", "1"}};
  Json views = Json::array();
  views.push_back({{"text", "As stored in the gallery"},
                   {"href", LinkOf(context.script, stored)},
                   {"current", !as_now}});
  views.push_back(
      {{"text", "As it is now"}, {"href", LinkOf(context.script, now)}, {"current", as_now}});
  model["gallery"] = {
      {"as_now", as_now}, {"views", std::move(views)}, {"entries", std::move(entries)}};
}

bool IsHiddenEntry(const GalleryEntry& entry, const PageContext& context) {
  return !context.trusted && entry.query.dir.starts_with("test");
}

Json GalleryFields(const ViewState& state, const Query& query) {
  Json fields = Json::array();
  const Json settings = OfPicture(query);
  for (const auto& [name, value] : settings.items()) {
    fields.push_back({{"name", name}, {"value", value}});
  }
  // What the original's form begins with.
  const auto direction = std::ranges::find(state.directions, query.direction, &Direction::value);
  const std::string flows =
      direction == state.directions.end() ? "" : Cat("Flows: ", direction->text, "\n");
  return {{"fields", std::move(fields)},
          {"text", Cat("Trace: ", query.dir, "\n", flows, "Stats: ", TitleOf(query.var), "\n")}};
}

std::string_view GalleryTemplate() { return kGalleryTemplate; }

}  // namespace tstat::viewer
