// SPDX-License-Identifier: BSD-3-Clause
//
// First lines of HTTP/1 messages (RFC 9112, 3 and 4), any method, and what bytes that may be
// something else, in a body or behind a gap, look like one.
#ifndef TSTAT_L7_HTTP_START_LINE_H_
#define TSTAT_L7_HTTP_START_LINE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "decode/byte_reader.h"

namespace tstat::internal {

struct HttpRequestLine {
  std::string_view method, target;  // in the line; blanks in the target are of clients' making
  bool versioned = true;            // false: HTTP/0.9, or cut before the version
  bool target_cut = false;          // it goes on behind the line

  // `cut`: the line is longer than `line`. Then only a target that is a path or a URL counts. A
  // whole line without a version is only one of GET for a path.
  static std::optional<HttpRequestLine> Parse(std::string_view line, bool cut);
  // Of a method that is known, with a version unless the line is cut before it.
  bool IsCertain(bool cut) const;
};

struct HttpResponseLine {
  uint16_t status = 0;
  std::string_view digits;  // three, in the line

  static std::optional<HttpResponseLine> Parse(std::string_view line);
};

// Whether the begin of a line may go on as a first line of any method.
bool MayBeHttpFirstLine(std::string_view text, bool request);
// The same of a method that is known, and of a response with its status; Begins: all that is there.
bool MayBeginHttpMessage(std::string_view text, bool request);
bool BeginsHttpMessage(std::string_view text, bool request);
// A field's name and its colon.
bool IsHttpFieldLine(std::string_view line);

// Whether a direction begins with HTTP: of the side that asks, or of the one that answers. kMaybe:
// more bytes will tell, as long as there are fewer than kHttpBeginningBytes.
inline constexpr size_t kHttpBeginningBytes = 64;
enum class HttpBeginning : uint8_t { kNo, kMaybe, kYes };
HttpBeginning LooksLikeHttpRequest(ByteReader bytes);
HttpBeginning LooksLikeHttpResponse(ByteReader bytes);

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_START_LINE_H_
