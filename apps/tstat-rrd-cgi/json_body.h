// SPDX-License-Identifier: BSD-3-Clause
//
// JSON that a program sends: bounded, and checked member by member.
#ifndef TSTAT_RRD_CGI_JSON_BODY_H_
#define TSTAT_RRD_CGI_JSON_BODY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tstat-rrd-cgi/page_links.h"

namespace tstat::viewer {

inline constexpr int kMaxJsonDepth = 16;

// An object; nothing at all counts as an empty one. INVALID_ARGUMENT with a sentence.
[[nodiscard]] absl::StatusOr<Json> ParseJsonBody(std::string_view body);

// Members of an object; nothing if there is none, or one of another kind.
[[nodiscard]] std::string TextMember(const Json& object, const char* name);
[[nodiscard]] std::optional<int64_t> NumberMember(const Json& object, const char* name);
// Null if there is none.
[[nodiscard]] const Json& Member(const Json& object, const char* name);

// Unix time in milliseconds: a number, or "2017-07-14T04:32:03.5Z" with the zone Z or +01:00
// (RFC 3339).
[[nodiscard]] std::optional<int64_t> MillisecondsOf(const Json& value);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_JSON_BODY_H_
