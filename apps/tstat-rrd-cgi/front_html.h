// SPDX-License-Identifier: BSD-3-Clause
//
// Templates of the first pages: of a trace, of several probes, and of a search.
#ifndef TSTAT_RRD_CGI_FRONT_HTML_H_
#define TSTAT_RRD_CGI_FRONT_HTML_H_

#include <string_view>

namespace tstat::viewer {

// How the probe is, what it sees, and of which services it was.
inline constexpr std::string_view kSummaryHtml = R"html({{#figures.0}}<dl class="figures">
{{#figures}}<div><dt>{{name}}</dt><dd><b>{{value}}</b> <span>{{note}}</span></dd></div>
{{/figures}}</dl>
{{/figures.0}}<div class="summary">
{{#health}}<section class="card health">
<h2>Health <span class="state {{state}}">{{state_text}}</span></h2>
<dl class="checks">
{{#items}}<div class="{{state}}"><dt>{{name}} <span class="state {{state}}">{{state_text}}</span></dt><dd>{{text}}</dd></div>
{{/items}}</dl>
</section>
{{/health}}{{#services}}<section class="card services">
<h2>{{title}}</h2>
<p>{{about}}</p>
{{#rows.0}}<table>
<thead><tr><th scope="col">Service</th><th scope="col" class="number">{{measure}}</th><th scope="col" class="number">Share</th></tr></thead>
<tbody>
{{#rows}}<tr><th scope="row">{{#href}}<a href="{{.}}">{{name}}</a>{{/href}}{{^href}}{{name}}{{/href}}
<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect width="{{width}}" height="4"/></svg></th>
<td class="number">{{value}}</td><td class="number">{{share}}</td></tr>
{{/rows}}</tbody>
</table>
{{/rows.0}}{{^rows}}<p>Nothing in this span.</p>
{{/rows}}</section>
{{/services}}</div>
)html";

// Above the summary of the only trace, where none was asked for.
inline constexpr std::string_view kOnlyTraceHtml =
    R"html({{#overview}}<p class="all"><a href="{{href}}">All statistics of {{trace}}</a></p>
{{/overview}})html";

inline constexpr std::string_view kProbesHtml = R"html({{#probes}}<div class="controls">
<div class="row"><h2>Time</h2><ul class="choice" data-row="time">
{{#spans}}<li><a href="{{href}}"{{#current}} aria-current="true"{{/current}}>{{text}}</a></li>
{{/spans}}</ul></div>
<div class="row"><h2>Scale</h2><ul class="choice">
{{#scales}}<li><a href="{{href}}"{{#current}} aria-current="true"{{/current}}>{{text}}</a></li>
{{/scales}}</ul></div>
{{#pages.0}}<div class="row"><h2>Page</h2><ul class="choice">
{{#pages}}<li><a href="{{href}}"{{#current}} aria-current="page"{{/current}}>{{text}}</a></li>
{{/pages}}</ul>
<p class="updated">Probes {{first}} to {{last}} of {{total}}</p></div>
{{/pages.0}}</div>
<p class="updated">{{caption}}</p>
<div class="probes">
{{#traces}}<section class="card probe" data-last="{{last}}">
<div class="about">
<h2><a href="{{href}}">{{name}}</a></h2>
<div class="now">
{{#health}}<p><span class="state {{state}}">{{state_text}}</span> {{text}}</p>
{{/health}}{{#message}}<p class="message">{{.}}</p>
{{/message}}{{#figures.0}}<dl class="figures">
{{#figures}}<div><dt>{{name}}</dt><dd><b>{{value}}</b></dd></div>
{{/figures}}</dl>
{{/figures.0}}</div></div>
{{#cards}}<figure>
<figcaption>{{title}}</figcaption>
{{#picture}}<a href="{{href}}"><picture>
<source media="screen and (prefers-color-scheme: dark)" srcset="{{dark}} 360w, {{dark_dense}} 720w" sizes="{{probe_sizes}}">
<img src="{{png}}" srcset="{{png}} 360w, {{png_dense}} 720w" sizes="{{probe_sizes}}" width="368" height="171" alt="{{title}} of {{name}}" loading="lazy">
</picture></a>
{{/picture}}</figure>
{{/cards}}</section>
{{/traces}}</div>
{{/probes}})html";

inline constexpr std::string_view kSearchFormHtml =
    R"html(<form class="search" method="get" action="{{script}}" role="search">
<input type="hidden" name="dir" value="{{trace}}">
<label class="hidden" for="search">Search the statistics</label>
<input id="search" type="search" name="search" value="{{search.text}}" maxlength="64" placeholder="Search the statistics">
<button type="submit">Search</button>
</form>
)html";

inline constexpr std::string_view kSearchHtml = R"html({{#search}}<section class="card found">
<h2>Statistics with “{{text}}”</h2>
<p>{{sentence}}</p>
{{#results.0}}<ul>
{{#results}}<li><a href="{{href}}">{{text}}</a> <span class="group">{{group}}</span> <code>{{name}}</code>{{#about}}<p>{{.}}</p>{{/about}}</li>
{{/results}}</ul>
{{/results.0}}</section>
{{/search}})html";

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_FRONT_HTML_H_
