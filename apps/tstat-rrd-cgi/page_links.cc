// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/page_links.h"

#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

void AddSpan(const Query& q, Json& kept) {
  if (!q.has_span()) return;
  kept["start"] = q.start;
  kept["end"] = q.end;
}

void AddRate(const Query& q, Json& kept) {
  if (q.per_second) kept["per"] = "second";
}

// A page shows graphs of one template or of one time span; that is kept.
void AddLoop(const Query& q, Json& kept) {
  if (q.has_span()) {
    kept["template"] = q.graph_template;
    AddSpan(q, kept);
  } else if (q.duration.empty()) {
    kept["template"] = q.graph_template;
  } else {
    kept["duration"] = q.duration;
  }
}

}  // namespace

Json KeptByAll(const Query& q) {
  Json kept = Json::object();
  AddLoop(q, kept);
  kept["exclude"] = q.exclude;
  kept["include"] = q.include;
  kept["var"] = q.var;
  kept["dir"] = q.dir;
  kept["logscale"] = q.logscale;
  kept["bigpic"] = q.bigpic;
  kept["advopt"] = q.advopt;
  kept["yauto"] = q.yauto;
  if (q.yauto == "false") {
    kept["ymin"] = q.ymin;
    kept["ymax"] = q.ymax;
  }
  // The aggregate of a metric without directions has no name there.
  kept["direction"] = q.direction == "NULL" ? "" : q.direction;
  kept["advcmd"] = q.advcmd;
  kept["describe"] = q.describe;
  kept["hifreq"] = q.hifreq;
  AddRate(q, kept);
  return kept;
}

Json KeptByTrace(const Query& q) {
  Json kept = KeptByAll(q);
  kept.erase("dir");
  return kept;
}

Json KeptByMetric(const Query& q) {
  Json kept = KeptByAll(q);
  for (const char* dropped : {"var", "ymin", "ymax", "exclude", "include"}) kept.erase(dropped);
  kept["yauto"] = "true";
  return kept;
}

Json KeptByLink(const Query& q) {
  Json kept = Json::object();
  kept["dir"] = q.dir;
  kept["var"] = q.var;
  kept["exclude"] = q.exclude;
  kept["include"] = q.include;
  kept["hifreq"] = q.hifreq;
  kept["bigpic"] = q.bigpic;
  kept["logscale"] = q.logscale;
  kept["direction"] = q.direction;
  AddRate(q, kept);
  return kept;
}

Json KeptByTemplate(const Query& q) {
  Json kept = KeptByLink(q);
  AddSpan(q, kept);
  return kept;
}

Json KeptByControl(const Query& q, std::string_view own, bool ends_automatic) {
  Json kept = KeptByAll(q);
  if (ends_automatic) kept["yauto"] = "false";
  kept.erase(std::string(own));
  return kept;
}

Json OfPicture(const Query& q) {
  Json kept = KeptByLink(q);
  kept["template"] = q.graph_template;
  kept["duration"] = q.duration;
  AddSpan(q, kept);
  kept["yauto"] = q.yauto;
  kept["ymin"] = q.ymin;
  kept["ymax"] = q.ymax;
  kept.erase("hifreq");
  return kept;
}

Json PictureLinks(const Query& query, std::string_view script) {
  Json parameters = OfPicture(query);
  const auto link = [&](const char* view, const char* theme, const char* scale) {
    parameters["view"] = view;
    parameters["theme"] = theme;
    parameters["scale"] = scale;
    return LinkOf(script, parameters);
  };
  Json links = Json::object();
  links["png"] = link("png", "light", "");
  links["png_dense"] = link("png", "light", "2");
  links["dark"] = link("png", "dark", "");
  links["dark_dense"] = link("png", "dark", "2");
  for (const char* view : {"svg", "eps", "pdf", "csv", "data"}) links[view] = link(view, "", "");
  return links;
}

std::string LinkOf(std::string_view script, const Json& parameters) {
  std::string link(script);
  char separator = '?';
  for (const auto& [name, value] : parameters.items()) {
    const std::string& text = value.get_ref<const std::string&>();
    // What is left out has its default, which is "true" for one of them.
    if (text.empty() && name != "bigpic" && name != "advopt") continue;
    link += Cat(std::string(1, separator), name, "=", PercentEncode(text));
    separator = '&';
  }
  return link;
}

}  // namespace tstat::viewer
