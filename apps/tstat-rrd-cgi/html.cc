// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/html.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tstat-rrd-cgi/api_page.h"
#include "tstat-rrd-cgi/front_html.h"
#include "tstat-rrd-cgi/gallery_page.h"
#include "tstat-rrd-cgi/mustache.h"
#include "tstat-rrd-cgi/text.h"
#include "tstat-rrd-cgi/trace_tree.h"

namespace tstat::viewer {
namespace {

constexpr std::string_view kHead = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{page_title}} - {{title}}</title>
<link rel="icon" href="{{script}}/icon.svg">
<link rel="stylesheet" href="{{script}}/style.css">
<script src="{{script}}/script.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<a class="brand" href="{{home}}">{{title}}</a>
{{#selects.trace}}
<form class="trace" method="get" action="{{script}}">
{{#trace_fields}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/trace_fields}}<label for="dir">Trace</label>
<select id="dir" name="dir">
{{#pick_trace}}<option value="">Select a trace</option>
{{/pick_trace}}{{#traces}}<option{{#current}} selected{{/current}}>{{name}}</option>
{{/traces}}</select>
<button type="submit">Open</button>
</form>
{{/selects.trace}}
<nav class="places" aria-label="Places">
{{#has_menus}}<a class="to-menus" href="#menus">Statistics</a>
{{/has_menus}}{{#start_over}}<a href="{{.}}">Start over</a>
{{/start_over}}<a href="{{home}}">Home</a>
{{#gallery_link}}<a href="{{.}}">Gallery</a>
{{/gallery_link}}{{#raw_data}}<a href="{{.}}">RRdata</a>
{{/raw_data}}</nav>
</header>
{{#header}}<section class="note" aria-label="Note on the trace">{{{html}}}{{#text}}<pre tabindex="0">{{.}}</pre>{{/text}}</section>
{{/header}})html";

constexpr std::string_view kMenus = R"html(<nav class="menus" id="menus" aria-label="Statistics">
{{{search_form}}}{{#menus}}<details{{#current}} open{{/current}}>
<summary>{{name}}</summary>
<ul>
{{#options}}<li><a href="{{href}}"{{#current}} aria-current="page"{{/current}} title="{{name}}">{{text}}</a></li>
{{/options}}</ul>
</details>
{{/menus}}</nav>
)html";

constexpr std::string_view kTreeHtml =
    R"html(<nav class="tree" aria-label="Directories of traces">
{{{tree_lists}}}</nav>
)html";

// Telephones show them when the box is ticked, and paper only what they say.
constexpr std::string_view kControls =
    R"html({{#metric}}<p class="shown">{{trace}}{{#directions}}{{#current}} · {{text}}{{/current}}{{/directions}}{{#templates}}{{#current}} · {{text}}{{/current}}{{/templates}}{{#times}}{{#current}} · {{text}}{{/current}}{{/times}}{{#span}} · {{text}}{{/span}}</p>
<p class="change"><input type="checkbox" id="change"><label for="change">Change what is shown</label></p>
<div class="controls">
{{#has_directions}}<div class="row"><h2>Direction</h2><ul class="choice" data-row="direction">
{{#directions}}<li><a href="{{href}}"{{#current}} aria-current="true"{{/current}}>{{text}}</a></li>
{{/directions}}</ul></div>
{{/has_directions}}{{#has_templates}}<div class="row"><h2>Template</h2><ul class="choice" data-row="template">
{{#templates}}<li><a href="{{href}}"{{#current}} aria-current="true"{{/current}}>{{text}}</a></li>
{{/templates}}</ul></div>
<div class="row"><h2>Time</h2><ul class="choice" data-row="time">
{{#times}}<li><a href="{{href}}"{{#current}} aria-current="true"{{/current}}>{{text}}</a></li>
{{/times}}</ul></div>
{{#span}}<div class="row span"><h2>Span</h2><p>{{text}}</p><ul class="choice">
{{#links}}<li><a href="{{href}}">{{text}}</a></li>
{{/links}}</ul></div>
{{/span}}{{/has_templates}}<div class="row"><h2>Options</h2><ul class="choice toggles">
{{#basic_toggles}}<li><a href="{{href}}"{{#checked}} aria-current="true"{{/checked}}>{{text}}<span class="hidden"> ({{#checked}}on{{/checked}}{{^checked}}off{{/checked}})</span></a></li>
{{/basic_toggles}}</ul></div>
{{#fields}}<details class="advanced"{{#is_advanced}} open{{/is_advanced}}><summary>Limits, axis and size</summary>
<ul class="choice toggles">
{{#advanced_toggles}}<li><a href="{{href}}"{{#checked}} aria-current="true"{{/checked}}>{{text}}<span class="hidden"> ({{#checked}}on{{/checked}}{{^checked}}off{{/checked}})</span></a></li>
{{/advanced_toggles}}</ul>
<form class="row limits" method="get" action="{{script}}">
<h2>Limits</h2>
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}<label>Ymin <input name="ymin" value="{{ymin}}" size="5" maxlength="10" inputmode="decimal" placeholder="auto"></label>
<label>Ymax <input name="ymax" value="{{ymax}}" size="5" maxlength="10" inputmode="decimal" placeholder="auto"></label>
<button type="submit">Apply</button>
</form></details>
{{/fields}}</div>
{{/metric}})html";

constexpr std::string_view kContent = R"html({{#message}}<p class="message">{{.}}</p>
{{/message}}{{#back.0}}<ul class="back">
{{#back}}<li><a href="{{href}}">{{text}}</a></li>
{{/back}}</ul>
{{/back.0}}{{#has_unusable}}<div class="warning"><p>These files are missing, or no databases of what is shown, and are left out:</p><ul>
{{#unusable}}<li><code>{{.}}</code></li>
{{/unusable}}</ul></div>
{{/has_unusable}}{{#description}}<section class="card description" aria-labelledby="description">
<h2 id="description">Description</h2>
<p><code>{{metric}}</code>: {{text}}</p>
<dl>
{{#facts}}<dt>{{name}}</dt><dd>{{value}}</dd>
{{/facts}}{{#templates}}<dt>{{name}}</dt><dd>{{text}}</dd>
{{/templates}}</dl>
</section>
{{/description}}{{#has_sections}}<div class="graphs{{#sections.0.big}} big{{/sections.0.big}}">
{{/has_sections}}{{#sections}}<section class="card graph"{{#last}} data-last="{{.}}"{{/last}}>
<h2>{{heading}}</h2>
{{#note}}<p>{{.}}</p>
{{/note}}{{#picture}}<a href="{{svg}}"><picture>
<source media="screen and (max-width: 30rem) and (prefers-color-scheme: dark)" srcset="{{dark}}&amp;size=small 360w, {{dark_dense}}&amp;size=small 720w" sizes="92vw" width="338" height="157">
<source media="(max-width: 30rem)" srcset="{{png}}&amp;size=small 360w, {{png_dense}}&amp;size=small 720w" sizes="92vw" width="338" height="157">
<source media="screen and (prefers-color-scheme: dark)" srcset="{{dark}} {{width}}w, {{dark_dense}} {{dense_width}}w" sizes="{{sizes}}">
<img src="{{png}}" srcset="{{png}} {{width}}w, {{png_dense}} {{dense_width}}w" sizes="{{sizes}}" width="{{width}}" height="{{height}}" alt="{{alt}}" loading="lazy">
</picture></a>
<p class="files"><a href="{{png_dense}}">PNG</a> <a href="{{svg}}">SVG</a> <a href="{{pdf}}">PDF</a> <a href="{{eps}}">EPS</a> <a href="{{csv}}">CSV</a> <a href="{{data}}">JSON</a></p>
{{/picture}}{{#keep}}<details class="keep"><summary>Keep in the gallery</summary>
<form method="post" action="{{script}}">
<input type="hidden" name="gallery_token" value="{{gallery_token}}">
<input type="hidden" name="gallery_save" value="1">
{{#fields}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/fields}}<label>What it shows <textarea name="gallery_text" rows="4" maxlength="4000">{{text}}</textarea></label>
<button type="submit">Keep</button>
</form></details>
{{/keep}}{{#command}}<pre class="command" tabindex="0">{{.}}</pre>
{{/command}}{{#message}}<p class="message">{{.}}</p>
{{/message}}</section>
{{/sections}}{{#has_sections}}</div>
{{/has_sections}}{{#overview}}<div class="controls">
<div class="row"><h2>Time</h2><ul class="choice" data-row="time">
{{#spans}}<li><a href="{{href}}"{{#current}} aria-current="true"{{/current}}>{{text}}</a></li>
{{/spans}}</ul></div>
</div>
<p class="updated">Last update: <time>{{last_update}}</time>. {{caption}}</p>
{{{summary}}}<div class="cards" data-last="{{last}}">
{{#cards}}<section class="card">
<h2><a href="{{href}}">{{title}}</a></h2>
<p>{{about}}</p>
{{#picture}}<a href="{{href}}"><picture>
<source media="screen and (prefers-color-scheme: dark)" srcset="{{dark}}&amp;size=small 360w, {{dark_dense}}&amp;size=small 720w" sizes="{{card_sizes}}">
<img src="{{png}}&amp;size=small" srcset="{{png}}&amp;size=small 360w, {{png_dense}}&amp;size=small 720w" sizes="{{card_sizes}}" width="368" height="171" alt="{{title}}" loading="lazy">
</picture></a>
<p class="files"><a href="{{png_dense}}">PNG</a> <a href="{{svg}}">SVG</a> <a href="{{pdf}}">PDF</a> <a href="{{eps}}">EPS</a> <a href="{{csv}}">CSV</a> <a href="{{data}}">JSON</a></p>
{{/picture}}</section>
{{/cards}}</div>
{{/overview}}{{#trace_list}}<ul class="traces">
{{#traces}}<li><a href="{{href}}">{{name}}</a></li>
{{/traces}}</ul>
{{/trace_list}}{{#readme}}<section class="card readme">{{{html}}}{{#text}}<pre tabindex="0">{{.}}</pre>{{/text}}</section>
{{/readme}}{{#help}}<section class="card help">
<h2>What is here</h2>
<p>The menus list the statistics of this trace. Choose one to see its graphs; then choose whose
traffic is shown, a template (one kind of graph over all time spans) or a time (all kinds of graphs
over one span).</p>
</section>
{{/help}})html";

constexpr std::string_view kFoot =
    R"html({{#footer}}<section class="note" aria-label="Note on the site">{{{html}}}</section>
{{/footer}}<footer class="bottom"><p>Made by tstat from the databases of its probes.{{#api_link}} <a href="{{.}}">Data for programs</a>{{/api_link}}</p></footer>
</body>
</html>
)html";

// How wide pictures are, with one pixel for one, and where the style sheet shows them larger, so
// that browsers take those with two. Media conditions know no font size but the browser's own.
constexpr char kCardSizes[] =
    "(max-width: 30rem) 92vw, (min-width: 84rem) and (max-width: 150rem) 22.5rem, 45rem";
constexpr char kProbeSizes[] = "(min-width: 60rem) and (max-width: 95rem) 22.5rem, 45rem";
constexpr char kGraphSizes[] = "(max-width: 110rem) 55rem, 110rem";
constexpr char kSmallGraphSizes[] = "(max-width: 110rem) 35rem, 70rem";
constexpr int kGraphWidth = 880, kSmallGraphWidth = 560;
// Places are kept free for pictures that have not come yet. A legend of more lines needs more.
constexpr int kGraphHeight = 300, kSmallGraphHeight = 182;

bool HasAny(const Json& model, const char* name) {
  return model.contains(name) && !model[name].empty();
}

void AddGraphSize(Json& graph) {
  const bool is_big = graph.value("big", false);
  const int width = is_big ? kGraphWidth : kSmallGraphWidth;
  graph["width"] = width;
  graph["height"] = is_big ? kGraphHeight : kSmallGraphHeight;
  graph["dense_width"] = 2 * width;
  graph["sizes"] = is_big ? kGraphSizes : kSmallGraphSizes;
}

void AddSizes(Json& values) {
  values["card_sizes"] = kCardSizes;
  values["probe_sizes"] = kProbeSizes;
  if (HasAny(values, "sections")) {
    for (Json& section : values["sections"]) AddGraphSize(section);
  }
  if (HasAny(values, "gallery")) {
    for (Json& entry : values["gallery"]["entries"]) AddGraphSize(entry);
  }
}

// Those behind "Advanced..." are folded as long as none of them is set.
void SplitToggles(Json& values) {
  Json basic = Json::array(), advanced = Json::array();
  bool is_set = false;
  const bool has_fields = HasAny(values, "fields");
  Json switch_off;
  for (const Json& toggle : values["toggles"]) {
    const std::string& text = toggle["text"].get_ref<const std::string&>();
    const bool is_checked = toggle["checked"].get<bool>();
    const bool is_basic = text == "Describe..." || text == "RRDcmd" || !has_fields;
    if (text == "Advanced..." && has_fields) {
      switch_off = toggle;
    } else {
      (is_basic ? basic : advanced).push_back(toggle);
    }
    if (text == "Bigpic") is_set |= !is_checked;
    if (text == "Log" || text == "HiFreq") is_set |= is_checked;
  }
  if (!switch_off.is_null()) advanced.push_back(std::move(switch_off));
  for (const char* limit : {"ymin", "ymax"}) {
    if (!has_fields) continue;
    const std::string& text = values["fields"][limit].get_ref<const std::string&>();
    is_set |= !text.empty() && text != "auto";
  }
  values["basic_toggles"] = std::move(basic);
  values["advanced_toggles"] = std::move(advanced);
  values["is_advanced"] = is_set;
}

// No line ends between a number and its sign.
std::string WithFirmPercents(std::string html) {
  for (size_t at = 0; (at = html.find(" %", at)) != std::string::npos;)
    html.replace(at, 1, "&nbsp;");
  return html;
}

// From a page that shows nothing to those that do.
Json WaysBack(const Json& model) {
  Json ways = Json::array();
  const bool shows_nothing = model["kind"] == "error" || model["kind"] == "no template" ||
                             model.value("status", 200) != 200;
  if (!shows_nothing) return ways;
  if (model.contains("ways")) ways = model["ways"];
  if (model.contains("start_over")) {
    ways.push_back({{"href", model["start_over"]},
                    {"text", "To the first page of " + model.value("trace", std::string())}});
  }
  ways.push_back({{"href", model["home"]}, {"text", "To the first page of all"}});
  return ways;
}

}  // namespace

std::string PageHtml(const Json& model) {
  // Which parts there are follows from the model alone.
  Json values = model;
  for (const char* name : {"directions", "templates", "unusable", "menus", "sections", "tree"}) {
    values[Cat("has_", name)] = HasAny(model, name);
  }
  const bool starts = model["kind"] == "start" || model["kind"] == "no graph";
  const bool is_gallery = model.contains("gallery");
  // Neither the gallery nor the page for programs says whether it is the root.
  // Probes side by side are links already.
  const bool shows_all =
      HasAny(model, "probes") ||
      (HasAny(model, "overview") && model.contains("traces") && model["traces"].size() <= 1);
  values["trace_list"] = starts && model.value("root", false) && !shows_all;
  values["search_form"] = Render(kSearchFormHtml, values);
  values["trace_only"] = model.value("root", false) && HasAny(model, "overview") &&
                         !model["overview"].value("trace", "").empty();
  if (HasAny(model, "overview")) {
    values["summary"] = WithFirmPercents(Render(kSummaryHtml, model["overview"]));
  }
  values["help"] = starts && HasAny(model, "menus");
  values["back"] = WaysBack(model);
  const auto is_current = [](const Json& trace) { return trace.value("current", false); };
  values["pick_trace"] =
      !HasAny(model, "traces") || std::ranges::none_of(model["traces"], is_current);
  AddSizes(values);
  if (HasAny(model, "toggles")) SplitToggles(values);
  if (HasAny(model, "tree")) values["tree_lists"] = TreeHtml(model["tree"]);
  const bool has_menus = HasAny(model, "menus");
  std::string_view shape = has_menus ? "with-menus" : "without-menus";
  std::string page = Render(kHead, values);
  page += Cat("<div class=\"layout ", shape, "\">\n");
  if (has_menus) page += Render(kMenus, values);
  page += "<main id=\"content\">\n";
  page += Render("<h1>{{page_title}}</h1>\n", values);
  if (HasAny(model, "tree")) page += Render(kTreeHtml, values);
  page += Render(kControls, values);
  if (values["trace_only"].get<bool>()) page += Render(kOnlyTraceHtml, values);
  page += Render(kSearchHtml, values);
  page += Render(kProbesHtml, values);
  page += Render(kContent, values);
  if (is_gallery) page += Render(GalleryTemplate(), values);
  if (model.contains("api")) page += Render(ApiTemplate(), values);
  page += "</main>\n</div>\n";
  page += Render(kFoot, values);
  return page;
}

}  // namespace tstat::viewer
