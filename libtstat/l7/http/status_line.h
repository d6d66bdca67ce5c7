// SPDX-License-Identifier: BSD-3-Clause
//
// The first line of an HTTP response (RFC 9112, 4).
#ifndef TSTAT_L7_HTTP_STATUS_LINE_H_
#define TSTAT_L7_HTTP_STATUS_LINE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "decode/byte_reader.h"
#include "l7/text_match.h"

namespace tstat::internal {

struct HttpStatusLine {
  std::string_view code;  // "200": up to three digits, at least one; in the payload

  // Of a payload that begins with "HTTP". Nothing when no digit stands in its place.
  static std::optional<HttpStatusLine> Parse(ByteReader payload) {
    constexpr size_t kCode = 9, kDigits = 3, kShortest = 14;  // "HTTP/1.1 200 O"
    if (payload.size() < kShortest) return std::nullopt;
    const std::string_view code = payload.Text(kCode, kDigits);
    const size_t digits = RunLength(byte_class::kDigit, code, 0);
    if (digits == 0) return std::nullopt;
    return HttpStatusLine{code.substr(0, digits)};
  }
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_STATUS_LINE_H_
