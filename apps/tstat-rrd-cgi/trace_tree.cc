// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/trace_tree.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "tstat-rrd-cgi/mustache.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

// More of them are folded.
constexpr size_t kMostOpen = 60;

constexpr std::string_view kNodeHtml =
    R"html(<li>{{#folder}}<details{{#open}} open{{/open}}><summary>{{name}}</summary>
<a class="whole" href="{{href}}"{{#current}} aria-current="page"{{/current}}>{{#trace}}{{name}}{{/trace}}{{^trace}}All of {{name}}{{/trace}}</a>
{{{below}}}</details>{{/folder}}{{^folder}}<a href="{{href}}"{{#current}} aria-current="page"{{/current}}>{{name}}</a>{{/folder}}</li>
)html";

unsigned SlashFirst(char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); }

class Tree {
 public:
  Tree(std::string_view dir, std::string_view script, bool is_open)
      : dir_(dir), script_(script), is_open_(is_open) {}

  // Of traces whose names begin with `prefix`, "" or "Campus/".
  [[nodiscard]] Json Level(std::span<const std::string> traces, const std::string& prefix) const {
    Json level = Json::array();
    for (size_t first = 0; first < traces.size();) {
      const std::string name = NameAt(traces[first], prefix);
      const std::string path = prefix + name;
      size_t end = first + 1;
      while (end < traces.size() && NameAt(traces[end], prefix) == name) ++end;
      const bool is_trace = traces[first] == path;
      const auto below =
          traces.subspan(first + (is_trace ? 1 : 0), end - first - (is_trace ? 1 : 0));
      level.push_back({{"name", name},
                       {"href", LinkOf(script_, {{"dir", path}, {"var", "NULL"}})},
                       {"trace", is_trace},
                       {"current", path == dir_},
                       {"open", is_open_ || path == dir_ || dir_.starts_with(path + "/")},
                       {"children", Level(below, path + "/")}});
      first = end;
    }
    return level;
  }

 private:
  static std::string NameAt(std::string_view trace, const std::string& prefix) {
    trace.remove_prefix(prefix.size());
    return std::string(trace.substr(0, trace.find('/')));
  }

  std::string_view dir_, script_;
  bool is_open_;
};

}  // namespace

bool IsFolder(std::string_view dir, std::span<const std::string> traces) {
  if (dir.empty()) return false;
  const std::string prefix = Cat(dir, "/");
  return std::ranges::any_of(traces,
                             [&](const std::string& name) { return name.starts_with(prefix); });
}

Json TreeOf(std::span<const std::string> traces, std::string_view dir, std::string_view script) {
  std::vector<std::string> names;
  bool has_folder = false;
  for (const std::string& name : traces) {
    if (name.empty()) continue;
    names.push_back(name);
    has_folder |= name.find('/') != std::string::npos;
  }
  if (!has_folder || names.size() < 2) return Json::array();
  // Each directory before what is in it, and all of that before what is called alike: "a/b" comes
  // before "a.c" then.
  std::ranges::sort(names, [](std::string_view a, std::string_view b) {
    return std::ranges::lexicographical_compare(a, b, std::less(), SlashFirst, SlashFirst);
  });
  return Tree(dir, script, names.size() <= kMostOpen).Level(names, "");
}

std::string TreeHtml(const Json& tree) {
  std::string html = "<ul>\n";
  for (const Json& node : tree) {
    Json values = node;
    values["folder"] = !node["children"].empty();
    values["below"] = TreeHtml(node["children"]);
    html += Render(kNodeHtml, values);
  }
  return html + "</ul>\n";
}

}  // namespace tstat::viewer
