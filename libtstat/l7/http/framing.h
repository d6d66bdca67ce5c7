// SPDX-License-Identifier: BSD-3-Clause
//
// What the header lines of an HTTP/1 message say of its length (RFC 9112, 6.3), and to which
// protocol a response changes.
#ifndef TSTAT_L7_HTTP_FRAMING_H_
#define TSTAT_L7_HTTP_FRAMING_H_

#include <cstdint>
#include <string_view>

#include "l7/http/http_field.h"

namespace tstat::internal {

enum class HttpUpgrade : uint8_t { kNone, kHttp2, kWebSocket, kOther };

struct HttpFraming {
  bool has_length = false;
  bool has_coding = false;  // Transfer-Encoding: a length does not count beside it
  bool chunked = false;     // it is the last coding
  bool faulty = false;      // lengths that contradict each other, or are none
  uint64_t length = 0;
  HttpUpgrade upgrade = HttpUpgrade::kNone;

  // A field's value, or one more line of it. `cut`: not all of it is known.
  void Add(HttpField field, std::string_view value, bool cut);

 private:
  void AddLengths(std::string_view list);
  void AddCodings(std::string_view list);
  void AddUpgrades(std::string_view list);
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_FRAMING_H_
