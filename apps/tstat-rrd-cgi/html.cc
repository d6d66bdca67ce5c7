// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/html.h"

#include "tstat-rrd-cgi/api_page.h"
#include "tstat-rrd-cgi/front_html.h"
#include "tstat-rrd-cgi/gallery_page.h"
#include "tstat-rrd-cgi/mustache.h"
#include "tstat-rrd-cgi/text.h"

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
{{#root}}<option value="">Select a trace</option>
{{/root}}{{#traces}}<option{{#current}} selected{{/current}}>{{name}}</option>
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

constexpr std::string_view kControls = R"html({{#metric}}<div class="controls">
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
{{#toggles}}<li><a href="{{href}}"{{#checked}} aria-current="true"{{/checked}}>{{text}}<span class="hidden"> ({{#checked}}on{{/checked}}{{^checked}}off{{/checked}})</span></a></li>
{{/toggles}}</ul></div>
{{#fields}}<form class="row limits" method="get" action="{{script}}">
<h2>Limits</h2>
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}<label>Ymin <input name="ymin" value="{{ymin}}" size="5" maxlength="10" inputmode="decimal" placeholder="auto"></label>
<label>Ymax <input name="ymax" value="{{ymax}}" size="5" maxlength="10" inputmode="decimal" placeholder="auto"></label>
<button type="submit">Apply</button>
</form>
{{/fields}}</div>
{{/metric}})html";

constexpr std::string_view kContent = R"html({{#message}}<p class="message">{{.}}</p>
{{/message}}{{#has_unusable}}<div class="warning"><p>These files are no databases of this metric, and are left out:</p><ul>
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
{{/description}}{{#has_sections}}<div class="graphs">
{{/has_sections}}{{#sections}}<section class="card graph">
<h2>{{heading}}</h2>
{{#note}}<p>{{.}}</p>
{{/note}}{{#picture}}<a href="{{svg}}"><picture>
<source media="(max-width: 30rem) and (prefers-color-scheme: dark)" srcset="{{dark}}&amp;size=small 1x, {{dark_dense}}&amp;size=small 2x">
<source media="(max-width: 30rem)" srcset="{{png}}&amp;size=small 1x, {{png_dense}}&amp;size=small 2x">
<source media="(prefers-color-scheme: dark)" srcset="{{dark}} 1x, {{dark_dense}} 2x">
<img src="{{png}}" srcset="{{png_dense}} 2x" alt="{{alt}}" loading="lazy"{{#big}} class="big"{{/big}}>
</picture></a>
<p class="files"><a href="{{png_dense}}">PNG</a> <a href="{{svg}}">SVG</a> <a href="{{pdf}}">PDF</a> <a href="{{eps}}">EPS</a> <a href="{{csv}}">CSV</a> <a href="{{data}}">JSON</a></p>
{{/picture}}{{#keep}}<details class="keep"><summary>Keep in the gallery</summary>
<form method="post" action="{{script}}">
<input type="hidden" name="gallery_token" value="{{gallery_token}}">
<input type="hidden" name="gallery_save" value="1">
{{#fields}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/fields}}<label>What it shows <textarea name="gallery_text" rows="3" maxlength="4000"></textarea></label>
<button type="submit">Keep</button>
</form></details>
{{/keep}}{{#command}}<pre class="command" tabindex="0">{{.}}</pre>
{{/command}}{{#message}}<p class="message">{{.}}</p>
{{/message}}</section>
{{/sections}}{{#has_sections}}</div>
{{/has_sections}}{{#overview}}<div class="controls">
<div class="row"><h2>Time</h2><ul class="choice" data-row="time">
{{#spans}}<li><a href="{{href}}"{{#current}} aria-current="true"{{/current}}>{{text}}</a></li>
{{/spans}}</ul>
<p class="updated">Last update: <time>{{last_update}}</time></p></div>
</div>
{{{summary}}}<div class="cards">
{{#cards}}<section class="card">
<h2><a href="{{href}}">{{title}}</a></h2>
<p>{{about}}</p>
{{#picture}}<a href="{{href}}"><picture>
<source media="(max-width: 30rem) and (prefers-color-scheme: dark)" srcset="{{dark}}&amp;size=small 1x, {{dark_dense}}&amp;size=small 2x">
<source media="(max-width: 30rem)" srcset="{{png}}&amp;size=small 1x, {{png_dense}}&amp;size=small 2x">
<source media="(prefers-color-scheme: dark)" srcset="{{dark}} 1x, {{dark_dense}} 2x">
<img src="{{png}}" srcset="{{png_dense}} 2x" alt="{{title}}" loading="lazy">
</picture></a>
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

bool HasAny(const Json& model, const char* name) {
  return model.contains(name) && !model[name].empty();
}

}  // namespace

std::string PageHtml(const Json& model) {
  // Which parts there are follows from the model alone.
  Json values = model;
  for (const char* name : {"directions", "templates", "unusable", "menus", "sections"}) {
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
  if (HasAny(model, "overview")) values["summary"] = Render(kSummaryHtml, model["overview"]);
  values["help"] = starts && !model.value("root", true);
  std::string_view shape = HasAny(model, "menus") ? "with-menus" : "without-menus";
  std::string page = Render(kHead, values);
  page += Cat("<div class=\"layout ", shape, "\">\n");
  if (HasAny(model, "menus")) page += Render(kMenus, values);
  page += "<main id=\"content\">\n";
  page += Render("<h1>{{page_title}}</h1>\n", values);
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
