// SPDX-License-Identifier: BSD-3-Clause
//
// The fields of HTTP heads that somebody looks at: those of the log's columns, those that say how
// long a message is, and HTTP/2's pseudo-header fields.
//
//   Show(FindHttpField("user-AGENT"));   // HttpField::kUserAgent; a name in any case
#ifndef TSTAT_L7_HTTP_HTTP_FIELD_H_
#define TSTAT_L7_HTTP_HTTP_FIELD_H_

#include <cstdint>
#include <string_view>

namespace tstat::internal {

enum class HttpField : uint8_t {
  kOther,  // any other name
  kMethod,
  kPath,
  kAuthority,
  kStatus,
  kHost,
  kReferer,
  kUserAgent,
  kCookie,
  kDoNotTrack,
  kContentLength,
  kContentType,
  kServer,
  kContentRange,
  kLocation,
  kSetCookie,
  kTransferEncoding,
  kUpgrade,
};

// No name of a field above is longer.
inline constexpr uint32_t kLongestHttpField = 17;

HttpField FindHttpField(std::string_view name);

// Whether the letters of `text`, in lower case, are those of `lower`.
bool EqualsInAnyCase(std::string_view text, std::string_view lower);

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_HTTP_FIELD_H_
