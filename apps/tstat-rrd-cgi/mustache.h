// SPDX-License-Identifier: BSD-3-Clause
//
// Templates: text with values of a JSON object in it. A part of Mustache (mustache.github.io):
//
//   {{name}}              the value, with the characters that have a meaning in HTML escaped
//   {{{name}}}            the value as it is: for HTML that the administrator wrote, nothing else
//   {{#name}}...{{/name}} once for each element of an array; once if it is true or an object
//   {{^name}}...{{/name}} if it is missing, false, null, empty text or an empty array
//   {{.}}                 the element itself;  {{a.b}}: a member of a member, {{a.0}}: its first
//
// Names are looked up in the innermost element first, then in those around it.
#ifndef TSTAT_RRD_CGI_MUSTACHE_H_
#define TSTAT_RRD_CGI_MUSTACHE_H_

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace tstat::viewer {

// A template that is not well formed renders as far as it is.
[[nodiscard]] std::string Render(std::string_view text, const nlohmann::ordered_json& values);

[[nodiscard]] std::string EscapeHtml(std::string_view text);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_MUSTACHE_H_
