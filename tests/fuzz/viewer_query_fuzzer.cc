// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: a query string of the web viewer. What passes holds nothing that has a meaning
// in a path, in a graph command or in HTML.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tstat-rrd-cgi/mustache.h"
#include "tstat-rrd-cgi/query.h"

namespace tstat::viewer {
namespace {

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

bool IsPlain(std::string_view text) {
  return text.find_first_of("/\\:'\"<>&;|$`*?[]{}()\n\r\t ") == std::string_view::npos &&
         text.find('\0') == std::string_view::npos;
}

void Check(std::string_view text) {
  const absl::StatusOr<Query> query = ParseQuery(text);
  if (!query.ok()) {
    Require(absl::IsInvalidArgument(query.status()), "another error");
    Require(query.status().message().size() < 200, "a long error");
    return;
  }
  Require(text.size() <= kMaxQueryLength, "too long");
  for (const std::string* value :
       {&query->var, &query->direction, &query->graph_template, &query->duration, &query->ymin,
        &query->ymax, &query->include, &query->exclude, &query->logscale, &query->bigpic,
        &query->style, &query->format}) {
    Require(IsPlain(*value), "a character that is not plain");
    Require(value->size() <= kMaxValueLength, "a long value");
  }
  Require(query->dir.empty() || IsCleanTraceName(query->dir), "not a clean name");
  Require(("/" + query->dir + "/").find("/../") == std::string::npos, "a way out");
  Require(query->duration.empty() || SpanSeconds(query->duration) > 0, "no span");
  const absl::StatusOr<Query> again = ParseQuery("dir=" + PercentEncode(query->dir));
  Require(again.ok() && again->dir == query->dir, "not the same name again");
  Require(EscapeHtml(query->dir).find_first_of("<>\"'") == std::string::npos, "not escaped");
}

}  // namespace
}  // namespace tstat::viewer

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tstat::viewer::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
